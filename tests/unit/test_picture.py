"""The picture of a link: a PNG of the size that is announced, the same for the same texts, nothing outside of it."""

from io import BytesIO

import pytest
from PIL import Image

from codes.display.picture import HEIGHT, WIDTH, draw

PAPER, ACCENT = (252, 251, 248), (11, 93, 94)


def read(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png)).convert("RGB")


def ink(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    """How many pixels of a part are not paper."""
    return sum(pixel != PAPER for pixel in picture.crop(box).get_flattened_data())


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("D6011", "Uncovering a buried implant (second stage)"),
        ("D6011", "A title that is long " * 40),
        ("W" * 300, "W" * 300),
        ("D6011", ""),
        ("Ø", "é ü µ ½ ≥ – “quoted” 牙 \u202e"),
    ],
)
def test_png_has_its_size_a_bar_on_top_and_free_margins(heading, text):
    png = draw(heading, text, "The Reference")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    picture = read(png)
    assert picture.size == (WIDTH, HEIGHT) == (1200, 630)
    assert picture.getpixel((600, 8)) == ACCENT
    assert ink(picture, (0, 20, 70, HEIGHT)) == ink(picture, (1130, 20, WIDTH, HEIGHT)) == 0
    assert ink(picture, (0, 600, WIDTH, HEIGHT)) == 0
    assert ink(picture, (80, 100, 1120, 240)) > 500


def test_text_is_wrapped_set_smaller_and_cut_after_three_lines():
    lines = [(80, 290, 1120, 345), (80, 365, 1120, 415), (80, 440, 1120, 490)]
    short, long, longer = (read(draw("D6011", "word " * times, "")) for times in (3, 12, 100))
    assert [ink(short, box) > 0 for box in lines] == [True, False, False]
    assert [ink(long, box) > 0 for box in lines] == [True, True, False]
    assert ink(longer, (80, 500, 1120, 529)) == 0
    assert draw("D6011", "word " * 100, "") == draw("D6011", "word " * 101, "")


def test_same_texts_give_the_same_bytes_and_other_texts_others():
    draw.cache_clear()
    first = draw("D6011", "Uncovering", "The Reference")
    draw.cache_clear()
    assert draw("D6011", "Uncovering", "The Reference") == first
    others = [
        ("D6010", "Uncovering", "The Reference"),
        ("D6011", "Placing", "The Reference"),
        ("D6011", "Uncovering", "X"),
    ]
    assert first not in [draw(*texts) for texts in others]
