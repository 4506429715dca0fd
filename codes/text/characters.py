"""Characters that a reader does not see, or takes for others. No Django.

The rules are those of Unicode: TR 36 and 39 for what deceives, UAX 44 for the categories and the property
Default_Ignorable_Code_Point (DerivedCoreProperties.txt), which Python's tables do not hold.
"""

import re
import unicodedata
from functools import lru_cache

from codes.text.number import PATTERN

# Default ignorable, beside those of category Cf and those that are not assigned.
_IGNORED = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0000, 0xE0FFF),
)
# Drawn as nothing, or as a box that stands for nothing, though they are letters, marks or signs.
_BLANK = "\u2800\ufffc\U00016fe4\U0001d159"
# Control, format, surrogate, private use, not assigned (with the noncharacters), line and paragraph separator.
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# No living spelling puts more marks on one letter; more climb over the lines around it.
MOST_MARKS = 4
MAX_MARKS = 30  # In a row, of a text that is composed at all.
# Letters of other scripts that look like a Latin letter, from Unicode's confusables.txt.
_LATIN_TWINS = dict(
    zip(
        "АВЕЅІЈКМНОРСТХУԌԚԜаеѕіјорсухԁԛԝһӏ" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαονιρϲϳ" "ՕՏԼօոսցհ" "Ꭰᗞᗪꓓ",
        "ABESIJKMHOPCTXYGQWaesijopcyxdqwhl" "ABEZHIKMNOPTYXaovipcj" "OSLonugh" "DDDD",
        strict=True,
    )
)  # fmt: skip
# ASCII letters that look like a digit.
_DIGIT_TWINS = str.maketrans("OoQIl|", "000111")
_NOT_ON_KEYBOARDS = re.compile(r"[^\n\r\t -~]")
_WORD = re.compile(r"[^\W_]+(?:\|[^\W_]+)*")


def hidden_character(text: str) -> str | None:
    """What is wrong with a text that holds a character which cannot be seen; None if it holds none.

    Newline and tab are fine, and so is every blank that Unicode calls a space.
    """
    hidden = {c for c in set(_NOT_ON_KEYBOARDS.findall(text)) if _is_hidden(c)}
    for place, c in enumerate(text if hidden else "", start=1):
        if c in hidden:
            return f"Character {place} cannot be seen ({_named(c)}). Delete it and send again."
    return None


def seen(text: str) -> str:
    """The text without its characters that cannot be seen; newline and tab stay."""
    return _NOT_ON_KEYBOARDS.sub(lambda found: "" if _is_hidden(found[0]) else found[0], text)


def false_number(text: str) -> str | None:
    """What is wrong with a text in which a word looks like a code number and is written with other characters."""
    for word in dict.fromkeys(_WORD.findall(text)):
        number = _looks_like(word)
        if number and not re.fullmatch(rf"[Dd]{PATTERN[1:]}", word):
            return f"“{word}” looks like the code number {number}, and is written with other characters. Type {number}."
    return None


def flooded(text: str) -> str | None:
    """What is wrong with a text in which more than MOST_MARKS marks stand on one letter."""
    if text.isascii():
        return None
    marks = {c for c in set(text) if unicodedata.category(c) in ("Mn", "Me")}
    place = _end_of_row(text, marks, MOST_MARKS + 1)
    if place is None:
        return None
    return f"Character {place} is one of more than {MOST_MARKS} marks on one letter. Delete what is too many."


def look_alikes(text: str) -> list[str]:
    """Each word that a reader may take for another: it mixes scripts, or all of it only looks like Latin letters."""
    found: list[str] = []
    if text.isascii():
        return found
    for word in dict.fromkeys(_WORD.findall(text)):
        odd = _odd(word)
        if odd:
            named = (_named(c) for c in dict.fromkeys(word) if c in odd)
            found.append(f"“{word}” is not what it looks like: {', '.join(named)}")
    return found


def shown(text: str, changed: bool = False) -> str:
    """The text with the code point behind each character that is not seen or not what it looks like.

    With `changed` it is a run that was put in or taken out: then its own blanks are drawn, if it has nothing else.
    """
    if not (changed and text.isspace()) and not _NOT_ON_KEYBOARDS.search(text):
        return text
    if changed and text.isspace():
        return "".join({" ": "␣", "\n": "↵\n", "\t": "⇥"}.get(c) or f"⟦U+{ord(c):04X}⟧" for c in text)
    return re.sub(r"[^\W_]+|.", lambda found: _drawn(found[0]), text, flags=re.DOTALL)


def plain_blanks(text: str) -> str:
    """Every blank of category Zs as the plain space that a keyboard types."""
    if text.isascii():
        return text
    blanks = {ord(c): " " for c in set(text) if c != " " and unicodedata.category(c) == "Zs"}
    return text.translate(blanks) if blanks else text


def _drawn(word: str) -> str:
    odd = _odd(word)
    return "".join(_with_point(c, c in odd) for c in word)


def _with_point(c: str, odd: bool) -> str:
    if c.isascii() and not _is_hidden(c):
        return c
    point = f"⟦U+{ord(c):04X}⟧"
    if _is_hidden(c) or unicodedata.category(c) == "Zs":
        return point
    return f"{c}{point}" if odd else c


def _is_hidden(c: str) -> bool:
    if not _NOT_ON_KEYBOARDS.match(c):
        return False
    return unicodedata.category(c) in _HIDDEN or c in _BLANK or any(a <= ord(c) <= z for a, z in _IGNORED)


def _odd(word: str) -> set[str]:
    """The letters and digits of a word that deceive: styled or wide forms, or of another script than it looks.

    Every character is looked at once, however long the word is.
    """
    used = {c for c in word if not c.isascii()}
    if not used:
        return used
    letters = {c for c in word if c.isalpha()}
    mixed = any(_script(c) == "LATIN" for c in letters)
    twins = letters <= _LATIN_TWINS.keys() and sum(c.isalpha() for c in word) > 1
    numbered = any(c.isascii() and c.isalnum() for c in word) or _looks_like(word) is not None

    def deceives(c: str) -> bool:
        if _styled(c):
            return True
        if unicodedata.category(c) == "Nd":
            return numbered
        script = _script(c)
        # Greek letters that look like no Latin one are signs: μm, βhCG.
        if script in ("", "LATIN") or script == "GREEK" and c not in _LATIN_TWINS:
            return False
        return mixed or c in _LATIN_TWINS and twins

    return {c for c in used if deceives(c)}


def _styled(c: str) -> bool:
    """Whether it is an ASCII letter or digit in a wide, bold, script … form; ², ª and ⅔ are signs of their own."""
    kind = unicodedata.decomposition(c).partition(" ")[0]
    plain = unicodedata.normalize("NFKC", c)
    return kind in ("<wide>", "<font>") and plain.isascii() and plain.isalnum()


def _script(c: str) -> str:
    """The script of a letter, by the first word of its name; "" where the name has none, as with the micro sign."""
    name = unicodedata.name(c, "")
    return name.partition(" ")[0] if c.isalpha() and " LETTER " in name else ""


def _looks_like(word: str) -> str | None:
    """The code number that a reader would take a word for; None for what reads as a word, as DOI10 and DOB18 do."""
    if len(word) > len("D0000") or word.isascii() and (len(word) < len("D0000") or word[0] not in "Dd"):
        return None
    if _latin(word[0])[:1] not in ("D", "d"):
        return None
    latin = "".join(map(_latin, word))
    number = latin[:1].upper() + latin[1:].translate(_DIGIT_TWINS)
    digits = sum(c.isdigit() for c in latin)
    return number if re.fullmatch(PATTERN, number) and (digits > 2 or latin[1].isdigit()) else None


@lru_cache(maxsize=4096)
def _latin(c: str) -> str:
    """What a letter or digit looks like: the value of a digit, the Latin letter that it is or passes for."""
    return _digit(c) or unicodedata.normalize("NFKC", _LATIN_TWINS.get(c, c))


def _digit(c: str) -> str:
    """The value of a digit of any script; "" for what is none."""
    value = unicodedata.digit(c, None)
    return "" if value is None or not c.isdecimal() and not _styled(c) else str(value)


def _named(c: str) -> str:
    return f"U+{ord(c):04X}, {unicodedata.name(c, 'control character').lower()}"


def crowded(text: str) -> bool:
    """Whether more marks (accents and their like) stand in a row than Unicode's stream-safe format (UAX 15) lets."""
    if text.isascii():
        return False
    marks = {c for c in set(text) if unicodedata.combining(c)}
    return _end_of_row(text, marks, MAX_MARKS + 1) is not None


def _end_of_row(text: str, marks: set[str], length: int) -> int | None:
    """How many characters there are up to the end of the first row of so many of these; None if there is no such row.

    Whoever sends a text of a million characters is looked at too, so that nothing but this is done for each.
    """
    row = 0
    for place, c in enumerate(text if marks else "", start=1):
        row = row + 1 if c in marks else 0
        if row == length:
            return place
    return None


def composed(text: str) -> str:
    """The text in composed characters (NFC); a crowded one as it is, because composing it takes the square of its
    length: 200,000 marks a minute.
    """
    return text if crowded(text) else unicodedata.normalize("NFC", text)
