"""What people type for a line of a claim: dates, teeth, surfaces, areas, whole pasted lines. No Django.

A line says which code, on which date of service, and where in the mouth; never whose mouth. Teeth are numbered as on
the American claim form: 1-32 and A-T, supernumerary 51-82 and AS-TS. Areas are its codes of the oral cavity (ISO 3950).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from codes.checks import person
from codes.page import FIRST_EDITION, LAST_EDITION
from codes.text import number as numbers

MAX_LINES = 30
SURFACES = "MODBLFI"
# Area of the oral cavity -> its name and its quadrants.
AREAS: dict[str, tuple[str, frozenset[str]]] = {
    "00": ("whole mouth", frozenset({"10", "20", "30", "40"})),
    "01": ("upper arch", frozenset({"10", "20"})),
    "02": ("lower arch", frozenset({"30", "40"})),
    "10": ("UR", frozenset({"10"})),
    "20": ("UL", frozenset({"20"})),
    "30": ("LL", frozenset({"30"})),
    "40": ("LR", frozenset({"40"})),
}
_AREA_WORDS = {
    "00": "FM FULLMOUTH WHOLEMOUTH ENTIRE MOUTH",
    "01": "UA MAX MAXILLA MAXILLARY UPPER UPPERARCH",
    "02": "LA MAND MANDIBLE MANDIBULAR LOWER LOWERARCH",
    "10": "UR URQ UPPERRIGHT",
    "20": "UL ULQ UPPERLEFT",
    "30": "LL LLQ LOWERLEFT",
    "40": "LR LRQ LOWERRIGHT",
}
_AREA_OF = {word: area for area, words in _AREA_WORDS.items() for word in [area, *words.split()]}

# The teeth in their order round the mouth: a range stays in one of these rows, that is in one jaw.
_ROWS = (
    *([str(n) for n in range(first, first + 16)] for first in (1, 17, 51, 67)),
    list("ABCDEFGHIJ"),
    list("KLMNOPQRST"),
    [f"{c}S" for c in "ABCDEFGHIJ"],
    [f"{c}S" for c in "KLMNOPQRST"],
)
_QUADRANT_OF = {
    tooth: quadrant
    for row, (first, second) in zip(_ROWS, (("10", "20"), ("30", "40")) * 4, strict=True)
    for half, quadrant in ((row[: len(row) // 2], first), (row[len(row) // 2 :], second))
    for tooth in half
}

_FORMATS = "%Y-%m-%d %m-%d-%Y %m-%d-%y %Y%m%d %d-%b-%Y %d-%B-%Y %b-%d-%Y %B-%d-%Y".split()
_DATE = re.compile(
    r"\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|(?:19|20)\d{6}"
    r"|\d{1,2} [a-z]{3,9} \d{4}|[a-z]{3,9} \d{1,2},? \d{4})\b",
    re.IGNORECASE | re.ASCII,
)
_CODE = re.compile(r"\bD[ -]?(?=[A-Z]{0,3}[0-9])[0-9OQILSB]{4}\b", re.IGNORECASE | re.ASCII)
_BARE_CODE = re.compile(r"(?<![$.\w-])[0-9]{4}(?![.\w-])", re.ASCII)
# Words that say what the next one is, or nothing.
_NOISE = set("TOOTH TEETH SURFACE SURFACES SURF DOS DATE ON CODE CDT LINE AND FOR".split())
_AREA_FOLLOWS = set("Q QUAD QUADRANT ARCH AREA".split())


class Unreadable(ValueError):
    """What was typed means nothing here; the message says why, to the person who typed it."""


@dataclass(frozen=True)
class Line:
    """One line of a claim. `surfaces` are letters of SURFACES, `area` is a key of AREAS or "".

    `bare`: all that was typed of the place is 10, 20 or 30, the number of a tooth and of a quadrant.
    """

    code: str
    day: date | None = None
    teeth: tuple[str, ...] = ()
    surfaces: str = ""
    area: str = ""
    bare: bool = False

    @property
    def kinds(self) -> set[str]:
        """What it says of the site, in the words of `page.SITES`; and "whole mouth", which no page asks for."""
        said = {"tooth"} if self.teeth else set()
        if len(self.teeth) > 1:
            said.add("tooth range")
        if self.surfaces:
            said.add("surface")
        if self.area:
            said.add({"00": "whole mouth", "01": "arch", "02": "arch"}.get(self.area, "quadrant"))
        return said

    @property
    def where(self) -> str:
        """The site as it is read: "#19 MO", "UR", "#3, #4", "" for none."""
        said = [", ".join(f"#{tooth}" for tooth in self.teeth), self.surfaces, AREAS[self.area][0] if self.area else ""]
        return " ".join(filter(None, said))

    @property
    def quadrants(self) -> frozenset[str]:
        if self.teeth:
            return frozenset(_QUADRANT_OF[tooth] for tooth in self.teeth)
        return AREAS[self.area][1] if self.area else frozenset()

    def meets(self, other: "Line") -> bool | None:
        """Whether both are at one site; None if one of them names none."""
        if not self.quadrants or not other.quadrants:
            return None
        if self.teeth and other.teeth:
            return bool({*self.teeth} & {*other.teeth})
        return bool(self.quadrants & other.quadrants)

    def dated(self, default: date) -> "DatedLine":
        """The line with its date of service, `default` if it names none."""
        return DatedLine(self.code, self.day or default, self.teeth, self.surfaces, self.area, self.bare)


@dataclass(frozen=True)
class DatedLine(Line):
    """A line whose date of service is known: one that can be checked."""

    day: date


@dataclass(frozen=True)
class TypedLine:
    """A line, and what its place in the form is called: "Row 2", "Pasted line 1"."""

    name: str
    line: DatedLine


def identity(text: str) -> str | None:
    """What of a person `text` looks like, "a phone number", or None."""
    return person.in_text(_DATE.sub(" 0 ", text))


def day(typed: str) -> date:
    """A date of service: 2026-03-14, 3/14/2026, 3/14/26, 20260314, 14 Mar 2026. Raises Unreadable.

    >>> str(day("3/14/26")), str(day("Mar 14, 2026"))
    ('2026-03-14', '2026-03-14')
    """
    plain = re.sub(r"[\s,./-]+", "-", typed.strip())
    for shape in _FORMATS if plain.isascii() else ():
        try:
            found = datetime.strptime(plain, shape).date()  # noqa: DTZ007 - a day, and no moment
        except ValueError:
            continue
        if FIRST_EDITION <= found.year <= LAST_EDITION:
            return found
    raise Unreadable("This is not a date. Type it like 2026-03-14 or 3/14/2026.")


def teeth(typed: str) -> tuple[str, ...]:
    """Tooth numbers, several with commas, a range with a hyphen: "#19", "3-5", "A", "8,9". Raises Unreadable.

    >>> teeth("#19"), teeth("3-5, B")
    (('19',), ('3', '4', '5', 'B'))
    """
    found: list[str] = []
    for piece in filter(None, re.split(r"[\s,;]+", re.sub(r"\s*[-–]\s*", "-", typed.upper().replace("#", " ")))):
        first, _, last = piece.partition("-")
        first, last = _tooth(first), _tooth(last or first)
        row = next((row for row in _ROWS if first in row and last in row), None)
        if row is None:
            raise Unreadable(f"Teeth {first} and {last} are not in one row, so they have no range.")
        ends = sorted((row.index(first), row.index(last)))
        found += row[ends[0] : ends[1] + 1]
    return tuple(dict.fromkeys(found))


def surfaces(typed: str) -> str:
    """Surfaces, each once: "m o d" -> "MOD". Raises Unreadable."""
    letters = re.sub(r"[\s,./-]", "", typed.upper())
    if wrong := next((c for c in letters if c not in SURFACES), ""):
        raise Unreadable(f"“{wrong}” is not a surface. The surfaces are {', '.join(SURFACES)}.")
    return "".join(dict.fromkeys(letters))


def area(typed: str) -> str:
    """A quadrant or an arch: "UR", "10", "upper right" -> "10"; "UA", "01", "upper" -> "01". Raises Unreadable."""
    word = re.sub(r"[\s.-]|QUADRANT|QUAD", "", typed.upper())
    if word and word not in _AREA_OF:
        raise Unreadable("This is not a quadrant (UR, UL, LL, LR or 10 to 40) or an arch (UA, LA or 01, 02).")
    return _AREA_OF.get(word, "")


def read(text: str) -> Line:
    """A pasted line, "D6011 2026-03-14 #19": code, date and site in any order. `day` is None if it names none.

    An amount of money is passed over. Raises Unreadable for every other word, since it could be a name.
    """
    rest, dates = _taken(_DATE, text)
    rest = re.sub(r"^\s*\d{1,2}[.)]\s", " ", rest)
    rest, typed = _taken(_CODE, rest)
    if not typed:
        rest, typed = _taken(_BARE_CODE, rest)
    codes = [code for code in map(numbers.parse, typed) if code]
    if len(codes) != 1:
        raise Unreadable(
            "There is no code number here." if not codes else "There are two code numbers here. Type one per line."
        )
    if len(dates) > 1:
        raise Unreadable("There are two dates here. Type only the date of service.")
    return _placed(Line(codes[0], day(dates[0]) if dates else None), rest)


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, Sequence[str]]:
    return pattern.sub(" ", text), pattern.findall(text)


def _placed(line: Line, rest: str) -> Line:
    """The line with the site that the words beside code and date say."""
    found: list[str] = []
    on, where, expects_area = "", "", False
    # Letters are surfaces beside the number of a tooth, else teeth.
    numbered = re.search(r"(?<![\w$.])#?[0-9]{1,2}(?![0-9.])", rest) is not None
    for word in filter(None, re.split(r"[\s,;|:()]+", rest.upper())):
        glued = re.fullmatch(rf"#?([0-9]{{1,2}})-?([{SURFACES}]+)", word)
        if word in _AREA_FOLLOWS:
            expects_area = True
        elif expects_area or (word in _AREA_OF and word not in _QUADRANT_OF):
            where, expects_area = area(word), False
        elif glued:
            found += teeth(glued[1])
            on += glued[2]
        elif set(word) <= set(SURFACES) and (found or numbered or len(word) > 1):
            on += word
        elif re.fullmatch(r"#?[0-9A-T]{1,2}(?:[-–]#?[0-9A-T]{1,2})?", word) and word not in _NOISE:
            found += teeth(word)
        elif word not in _NOISE and not re.fullmatch(r"[#-]|\$[0-9.]*|[0-9]+\.[0-9]{2}", word):
            raise Unreadable(
                f"“{word[:20].lower()}” is not understood. Leave only code, date, tooth, surfaces, quadrant or arch."
            )
    bare = found in (["10"], ["20"], ["30"]) and not on and not where and "#" not in rest
    return Line(line.code, line.day, tuple(dict.fromkeys(found)), surfaces(on), where, bare)


def _tooth(typed: str) -> str:
    tooth = typed.lstrip("0")
    if tooth not in _QUADRANT_OF:
        raise Unreadable(
            f"“{typed[:20]}” is not a tooth. Teeth are 1 to 32 or A to T, extra teeth 51 to 82 or AS to TS."
        )
    return tooth
