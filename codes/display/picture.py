"""The picture that stands beside a link to a page elsewhere: texts in, a PNG out. No models, no requests."""

from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

# The size that Open Graph's readers show whole.
WIDTH, HEIGHT = 1200, 630
# By the names and with the light values of cdt/css/tokens.css; tests/unit/test_style.py holds them equal.
COLORS = {"page": "#fcfbf8", "text": "#1c2326", "quiet": "#566065", "border": "#dcd9d0", "accent": "#0b5d5e"}
_LEFT, _RIGHT = 80, WIDTH - 80
_MOST_LINES = 3
# Source Serif Pro, as Adobe released it, under the SIL Open Font License beside it; Pillow's own type has no accents.
_FONTS = Path(__file__).with_name("fonts")


@lru_cache(maxsize=16)
def draw(heading: str, text: str, foot: str) -> bytes:
    """A PNG of WIDTH by HEIGHT: a short heading, a text in up to three lines, a line at the foot.

    What is too long is set smaller; what is still too long is cut and ends with an ellipsis. The same texts give the
    same bytes.
    """
    picture = Image.new("RGB", (WIDTH, HEIGHT), COLORS["page"])
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, WIDTH, 16), fill=COLORS["accent"])
    _write(pen, 230, [heading], _fitting(heading, "Bold", (160, 96, 72), 1), COLORS["accent"])
    font = _fitting(text, "Semibold", (64, 52), _MOST_LINES)
    lines = _lines(text, font)
    _write(pen, 330, [*lines[: _MOST_LINES - 1], " ".join(lines[_MOST_LINES - 1 :])], font, COLORS["text"])
    pen.line((_LEFT, 530, _RIGHT, 530), fill=COLORS["border"], width=2)
    _write(pen, 580, [foot], _fitting(foot, "Regular", (34, 28), 1), COLORS["quiet"])
    file = BytesIO()
    picture.quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()


@cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO((_FONTS / f"SourceSerifPro-{weight}.ttf").read_bytes()), size)


def _fits(text: str, font: ImageFont.FreeTypeFont) -> bool:
    return font.getlength(text) <= _RIGHT - _LEFT


def _fitting(text: str, weight: str, sizes: tuple[int, ...], lines: int) -> ImageFont.FreeTypeFont:
    """The largest of these sizes in which a text takes that many lines at most, else the smallest."""
    fonts = [_font(weight, size) for size in sizes]
    return next((font for font in fonts if len(_lines(text, font)) <= lines), fonts[-1])


def _lines(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    """A text broken between words into lines that fit; a word that is too long for a line has one of its own."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if _fits(longer, font) or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _write(pen: ImageDraw.ImageDraw, base: float, lines: list[str], font: ImageFont.FreeTypeFont, fill: str) -> None:
    for line in lines:
        shown = line
        while not _fits(shown, font):
            shown = shown.rstrip("…")[:-1].rstrip() + "…"
        pen.text((_LEFT, base), shown, font=font, fill=fill, anchor="ls")
        base += font.size * 1.2
