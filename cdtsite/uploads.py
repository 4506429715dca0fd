"""How much a request may bring, and that no form takes a file that it did not ask for.

A view that takes more than a form says how much in its `largest_body`, and one that takes files how much of them in its
`largest_upload`; these are kept in memory. One that names a folder in `upload_folder` has them written there, from
accounts that have its `upload_permission`. Everything else is refused before a byte of it is kept.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, MemoryFileUploadHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.template.loader import render_to_string

_PIECE = 64 * 1024
# A browser shows an answer only when it has sent all that it wanted to send. So much is taken from it, and dropped.
_DROPPED = 64 * 1024 * 1024


class Request(WSGIRequest):
    """A request that is read as UTF-8, whatever charset it names. By that Django would read the address already while
    it makes the request, when nothing answers for what fails: a charset of no text, or too many parameters.
    """

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, named: str) -> None:
        """Nothing is kept of it."""


class NoFiles(FileUploadHandler):
    """Refuses a file where it begins."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        raise BadRequest("This form does not accept files.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never reached."""

    def file_complete(self, file_size: int) -> None:
        """Never reached."""


class InMemory(MemoryFileUploadHandler):
    """Keeps the files of a request in memory, never on disk, and of all of them together no more than `most` bytes.

    What is over is dropped as it comes in; the file's `size` still tells how large it was.
    """

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.room = most

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        kept = raw_data[: self.room]
        self.room -= len(kept)
        self.file.write(kept)


class OnDisk(FileUploadHandler):
    """Writes a file into a folder, and no more than `most` bytes of it; its `size` still tells how large it was.

    The file is gone when the request is over, unless somebody has given it another name.
    """

    def __init__(self, request: HttpRequest, most: int, folder: Path) -> None:
        super().__init__(request)
        self.room, self.folder = most, folder

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = NamedTemporaryFile(dir=self.folder, prefix="upload.")  # noqa: SIM115 - it is closed with the request

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        kept = raw_data[: self.room]
        self.room -= len(kept)
        self.file.write(kept)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.file.flush()
        return UploadedFile(self.file, self.file_name, self.content_type, file_size)


class Bounded:
    """Middleware: a body that is larger than the view takes is answered with 413 and not kept.

    It stands before everything that reads a body. What has no length, as a chunked body, is never read at all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        _drop_rest(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        largest_body = getattr(view, "largest_body", settings.LARGEST_FORM)
        if folder := getattr(view, "upload_folder", None):
            if request.user.has_perm(view.upload_permission):  # type: ignore[attr-defined]  # It says so beside it.
                request.upload_handlers = [OnDisk(request, view.largest_upload, folder())]  # type: ignore[attr-defined]
            else:
                largest_body = settings.LARGEST_FORM
        elif upload := getattr(view, "largest_upload", 0):
            request.upload_handlers = [InMemory(request, upload)]
        # Percent signs make a body of text cost twenty times its size; parts are taken as they are.
        parts = request.content_type == "multipart/form-data"
        most = largest_body if parts else settings.LARGEST_FORM
        if _length(request) <= most:
            return None
        return render(request, "413.html", {"most": most}, status=413)


def counted(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: an address of more than DATA_UPLOAD_MAX_NUMBER_FIELDS parameters is refused, whatever it leads to:
    the page of another error would read them too.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        len(request.GET)  # Raises TooManyFieldsSent.
        return get_response(request)

    return respond


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of a request that was refused with 400; made without it, as to look at it again may fail again."""
    return HttpResponse(render_to_string("400.html"), status=400)


def _length(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isascii() and said.isdecimal() else 0


def _drop_rest(request: HttpRequest) -> None:
    left = _DROPPED
    try:
        while left > 0 and (piece := request.read(_PIECE)):
            left -= len(piece)
    except UnreadablePostError:
        pass  # The browser has gone.
