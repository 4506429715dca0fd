"""The uploaded files, from the upload until they are applied: in a folder of the site, for no longer than UNUSED."""

import os
from contextlib import suppress
from datetime import timedelta
from io import BufferedReader
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from codes.models import ImportRun

# A file that was not applied is forgotten after this time.
UNUSED = timedelta(days=1)


def folder() -> Path:
    """Where they lie; the web server's uploads must be written here."""
    place = Path(settings.VAR) / "imports"
    place.mkdir(mode=0o700, exist_ok=True)
    return place


def keep(run: ImportRun, upload: Path) -> None:
    """Keep what was written into the folder as the file of a run."""
    os.link(upload, _place(run))


def opened(run: ImportRun) -> BufferedReader:
    """The file of a run. Raises FileNotFoundError where it is not, or not on this machine."""
    return _place(run).open("rb")


def drop(run: ImportRun) -> None:
    _place(run).unlink(missing_ok=True)


def sweep() -> None:
    """Delete what was left behind, by whatever ended."""
    oldest = (timezone.now() - UNUSED).timestamp()
    for place in folder().iterdir():
        with suppress(FileNotFoundError):
            if place.stat().st_mtime < oldest:
                place.unlink()


def _place(run: ImportRun) -> Path:
    return folder() / f"{run.pk}-{run.digest[:16]}"
