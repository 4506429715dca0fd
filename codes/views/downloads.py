"""The whole content as files, and the page that lists them."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from codes import page as pages
from codes.downloads import files, reading
from codes.downloads.tables import TABLES

# As they stand in an address; "" is all of them.
_CATEGORIES = {"all": ""} | {pages.tag_slug(category): category for category in pages.CATEGORIES}
# By its name for good, without the digest that names what it is now.
_SCRIPT = f"{settings.STATIC_URL}cdt/cards.js"


@dataclass(frozen=True)
class Offered:
    """A file as the page lists it."""

    name: str
    form: str
    url: str
    size: str


@dataclass(frozen=True)
class Scope:
    """What there is to download of a category, or of all."""

    category: str
    codes: int
    as_of: datetime
    files: list[Offered]

    @property
    def wholes(self) -> list[Offered]:
        """The files that hold all tables."""
        return [file for file in self.files if file.form != "CSV"]

    @property
    def tables(self) -> list[Offered]:
        """Those that hold one."""
        return [file for file in self.files if file.form == "CSV"]


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    extents = reading.extents()
    scopes = [_scope(slug, name, extents[name]) for slug, name in _CATEGORIES.items() if name in extents]
    context = {
        "scopes": scopes,
        "tables": TABLES.values(),
        "about": reading.about("", extents.get("")),
        "script": _SCRIPT,
    }
    return render(request, "codes/downloads.html", context)


@require_safe
def file(request: HttpRequest, scope: str, name: str) -> HttpResponse | FileResponse | HttpResponseRedirect:
    """One of FILES, of a category or of all; `cdtsite.kept` has it made once for each change."""
    if scope not in _CATEGORIES or name not in files.FILES:
        raise Http404(name)
    if request.META.get("QUERY_STRING"):
        return HttpResponseRedirect(request.path)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        files.write({name: path}, _CATEGORIES[scope])
        body = path.open("rb")
    return FileResponse(
        body,
        as_attachment=True,
        filename=f"{slugify(settings.SITE_NAME)}-{scope}-{name}",
        content_type=files.FILES[name].content_type,
        headers={"Access-Control-Allow-Origin": "*"},
    )


def _scope(slug: str, category: str, extent: reading.Extent) -> Scope:
    offered = [_offered(slug, name, file, extent) for name, file in files.FILES.items()]
    return Scope(category, extent.codes, extent.as_of, offered)


def _offered(slug: str, name: str, file: files.File, extent: reading.Extent) -> Offered:
    least, each = file.size
    return Offered(name, file.form, reverse("download", args=[slug, name]), _rounded(least + each * extent.characters))


def _rounded(size: float) -> str:
    """Bytes in words, to two places."""
    unit, name = (1e6, "MB") if size >= 950_000 else (1e3, "kB")
    return f"{size / unit:.2g} {name}" if size < 99.5 * unit else f"{size / unit:.0f} {name}"
