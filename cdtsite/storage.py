"""How the static files are collected: named by their content and compressed, each style sheet whole."""

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join

from whitenoise.storage import CompressedManifestStaticFilesStorage

PART = re.compile(r'@import "(.+?)" layer\((\w+)\);')


class Whole(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, which puts the parts that a style sheet of the site imports into that sheet.

    A page is not painted before its style is there: one file comes on the connection that brought the page, parts of
    their own need others, and imported ones are only asked for when the sheet that names them has been read.
    """

    def post_process(self, paths: dict, dry_run: bool = False, **options) -> Iterator[tuple]:
        """The files by name, as Django collected them; gives what became of each, as Django's does."""

        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                return file.read().decode()

        def whole(name: str) -> str:
            folder = dirname(name)
            return PART.sub(lambda part: f"@layer {part[2]} {{\n{read(join(folder, part[1]))}}}\n", read(name))

        for name in [] if dry_run else ("cdt/site.css", "cdt/admin.css"):
            Path(self.path(name)).write_text(whole(name))
            paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)
