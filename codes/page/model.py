"""All that a published page says, as a frozen value. No Django, no database.

A page is taken apart into *items*, each with a key that never changes its meaning: a field ("answer"), a statement
("use_when.buried"), a relation ("related.confused_with.D6010") or a source ("source.ihs-2014"). Merging, partial
acceptance, verification, disputes and history all speak of items by these keys.

A citation vouches for words, not for a place. It is the key of a source, bound to the words of the item that it was
made for; an item whose words are others does not hold it. A plain key is a citation made for the words beside it.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date

from codes.text import number as numbers
from codes.text import web


@dataclass(frozen=True)
class Kind:
    """One kind of statement: `title` heads its section; `heading` names its heading line, "" if it has none."""

    title: str
    one: str
    heading: str = ""


# The order is the order of the sections on a page.
KINDS: dict[str, Kind] = {
    "plain_language": Kind("In plain words", "plain-language text"),
    "context": Kind("What it is and why it is done", "background"),
    "use_when": Kind("Use it when", "“use it when” line"),
    "do_not_use_when": Kind("Do not use it when", "“do not use it when” line"),
    "includes": Kind("Included", "included part"),
    "excludes": Kind("Not included", "part not included"),
    "precondition": Kind("Before you bill it", "precondition"),
    "documentation": Kind("Documentation checklist", "documentation line"),
    "narrative": Kind("Writing the narrative", "narrative advice"),
    "preauthorization": Kind("Prior authorization", "prior authorization note"),
    "denial": Kind("Denied because, and what fixes it", "denial reason", "Reason given"),
    "appeal": Kind("Appeal", "appeal advice"),
    "billing_step": Kind("Billing, step by step", "billing step"),
    "billing_tip": Kind("Billing tips", "billing tip"),
    "coverage": Kind("Coverage and what patients pay", "coverage note"),
    "frequency": Kind("How often payers allow it", "frequency rule"),
    "privacy": Kind("Consent and privacy", "privacy note"),
    "case": Kind("Example", "example", "Title"),
    "faq": Kind("Questions", "question", "Question"),
    "video": Kind("Videos", "video", "Title"),
    "myth": Kind("Often stated, not correct", "wrong belief", "What is said"),
}

# How the other code stands to this page's code.
RELATIONS: dict[str, str] = {
    "confused_with": "Often confused with",
    "precedes": "Comes before this",
    "follows": "Comes after this",
    "same_day_conflict": "Not on the same day",
    "part_of": "Part of",
    "alternative": "Alternative",
}
# Each symmetrical relation and what the other page must say of this one.
COUNTERPARTS: dict[str, str] = {
    "confused_with": "confused_with",
    "same_day_conflict": "same_day_conflict",
    "alternative": "alternative",
    "precedes": "follows",
    "follows": "precedes",
}

CATEGORIES: dict[str, tuple[str, str]] = {
    "diagnostic": ("D0100", "D0999"),
    "preventive": ("D1000", "D1999"),
    "restorative": ("D2000", "D2999"),
    "endodontics": ("D3000", "D3999"),
    "periodontics": ("D4000", "D4999"),
    "prosthodontics, removable": ("D5000", "D5899"),
    "maxillofacial prosthetics": ("D5900", "D5999"),
    "implant services": ("D6000", "D6199"),
    "prosthodontics, fixed": ("D6200", "D6999"),
    "oral and maxillofacial surgery": ("D7000", "D7999"),
    "orthodontics": ("D8000", "D8999"),
    "adjunctive general services": ("D9000", "D9999"),
}
# D6280 (2026) stands among the bridge numbers but is implant maintenance.
CATEGORY_EXCEPTIONS = {"D6280": "implant services"}

SPECIALTIES: dict[str, str] = {
    "general-dentistry": "General dentistry",
    "pediatric-dentistry": "Pediatric dentistry",
    "endodontics": "Endodontics",
    "periodontics": "Periodontics",
    "prosthodontics": "Prosthodontics",
    "oral-surgery": "Oral and maxillofacial surgery",
    "orthodontics": "Orthodontics",
    "radiology": "Oral and maxillofacial radiology",
    "pathology": "Oral and maxillofacial pathology",
    "oral-medicine": "Oral medicine and orofacial pain",
    "anesthesiology": "Dental anesthesiology",
    "dental-hygiene": "Dental hygiene",
    "public-health": "Dental public health",
}
SITES: dict[str, str] = {
    "tooth": "Tooth number",
    "tooth range": "First and last tooth",
    "surface": "Surface",
    "quadrant": "Quadrant",
    "arch": "Arch",
    "none": "No tooth or area",
}
# The claim facts. The words for teeth come in groups: position, dentition, jaw. A tooth fits a code when in each group
# of which the code names any it is one of those named; a third molar is a molar too.
TEETH_GROUPS = (("anterior", "premolar", "molar", "third molar"), ("primary", "permanent"), ("upper", "lower"))
TEETH: dict[str, str] = {word: f"{word.capitalize()} teeth" for group in TEETH_GROUPS for word in group} | {
    "premolar": "Premolars",
    "molar": "Molars",
    "third molar": "Third molars",
    "upper": "Upper jaw",
    "lower": "Lower jaw",
}
SURFACE_COUNTS: dict[str, str] = {str(n): f"{n} surface{'s' * (n > 1)}" for n in range(1, 6)}
PER: dict[str, str] = {
    "tooth": "Per tooth",
    "root": "Per root",
    "surface": "Per surface",
    "site": "Per site",
    "quadrant": "Per quadrant",
    "arch": "Per arch",
    "image": "Per image",
    "visit": "Once a visit",
    "15 minutes": "Per 15 minutes",
    "mouth": "Once for the whole mouth",
}
# The fields whose members are words of a list: the field -> each word and how it is read.
VOCABULARIES: dict[str, dict[str, str]] = {
    "specialties": SPECIALTIES,
    "site": SITES,
    "teeth": TEETH,
    "surfaces": SURFACE_COUNTS,
    "per": PER,
}

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
MAX_TEXT = 2000
MAX_ANSWER = 600
MAX_NOTE = 400
MAX_LINE = 200
MAX_SOURCE = 300
MAX_TAG = 100
MAX_KEY = 80
FIRST_EDITION, LAST_EDITION = 1969, 2100


class Malformed(ValueError):
    """The data is no page; the message names the item and what is wrong with it."""


@dataclass(frozen=True)
class Video:
    """A video at `host`: its page there, and its player, at a host that sets no cookie before it plays.

    Both are made from its id, whatever else stood in what was typed.
    """

    host: str
    address: str
    player: str

    @property
    def player_host(self) -> str:
        return self.player.split("/")[2]


_YOUTUBE = r"(?:www\.|m\.)?youtube(?:-nocookie)?\.com/(?:watch\?(?:[^#]*&)?v=|embed/|shorts/)|youtu\.be/"
_VIMEO = r"(?:www\.)?vimeo\.com/|player\.vimeo\.com/video/"
_VIDEOS = (
    (
        "www.youtube.com",
        "https://www.youtube.com/watch?v={}",
        "https://www.youtube-nocookie.com/embed/{}",
        rf"(?:{_YOUTUBE})([A-Za-z0-9_-]{{11}})(?![A-Za-z0-9_-]).*",
    ),
    (
        "vimeo.com",
        "https://vimeo.com/{}",
        "https://player.vimeo.com/video/{}?dnt=1",
        rf"(?:{_VIMEO})([0-9]{{1,12}})(?![A-Za-z0-9]).*",
    ),
)


def video_at(url: str) -> Video | None:
    """The video of an address at YouTube or Vimeo; None for every other address."""
    for host, address, player, pattern in _VIDEOS:
        if found := re.fullmatch(rf"https?://{pattern}", url):
            return Video(host, address.format(found[1]), player.format(found[1]))
    return None


@dataclass(frozen=True)
class Source:
    """Where a fact is from. `url` may be empty: a printed book has none."""

    key: str
    title: str
    url: str = ""

    @property
    def video(self) -> Video | None:
        return video_at(self.url)

    @property
    def host(self) -> str:
        """Where its address leads, as a browser reads it; "" without one, and for one that is not to be linked."""
        return web.host(self.url)

    @property
    def named(self) -> str:
        """Its title, and the host behind it."""
        return f"{self.title} ({self.host})" if self.host else self.title


class Citation(str):
    """The key of a source, cited for `words`: what `words` gives of the item then. It equals its key.

    Stored data holds the key alone, beside the words: no page can hold a citation of others.
    """

    __slots__ = ("words",)

    def __new__(cls, key: str, words: dict):
        made = super().__new__(cls, key)
        made.words = words
        return made

    def __reduce__(self):
        return Citation, (str(self), self.words)


def words(item: Mapping) -> dict:
    """What an item says: its content without the sources that it cites."""
    return {name: value for name, value in item.items() if name != "sources"}


def bound(keys: Iterable[str], said: dict) -> tuple[Citation, ...]:
    """Those of an item's citations that were made for what it says; a plain key is made for it now."""
    return tuple(
        key if isinstance(key, Citation) else Citation(key, said)
        for key in keys
        if not isinstance(key, Citation) or key.words == said
    )


@dataclass(frozen=True)
class Statement:
    """One claim of one kind; `text` is in the small Markdown subset, `heading` is a plain line."""

    key: str  # "use_when.buried": kind, dot, slug
    text: str
    heading: str = ""
    sources: tuple[str, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "sources", bound(self.sources, {"text": self.text, "heading": self.heading}))

    @property
    def kind(self) -> str:
        return self.key.partition(".")[0]


@dataclass(frozen=True)
class Relation:
    """How another code stands to this one; `note` is the difference in one line."""

    kind: str
    code: str
    note: str
    sources: tuple[str, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "sources", bound(self.sources, {"note": self.note}))

    @property
    def key(self) -> str:
        return f"related.{self.kind}.{self.code}"


@dataclass(frozen=True)
class Validity:
    """The editions (calendar years) in which the code may be reported; a year is that of its edition.

    `since` None: in the set since before our records. `until` None: still current. `revised`: (year, what changed).
    """

    since: int | None = None
    until: int | None = None
    replaced_by: tuple[str, ...] = ()
    revised: tuple[tuple[int, str], ...] = ()

    @property
    def first_day(self) -> date | None:
        return date(self.since, 1, 1) if self.since else None

    @property
    def last_day(self) -> date | None:
        return date(self.until, 12, 31) if self.until else None

    def on(self, day: date) -> str:
        """ "active", "future" or "deleted" for a date of service."""
        if self.last_day and day > self.last_day:
            return "deleted"
        return "future" if self.first_day and day < self.first_day else "active"


@dataclass(frozen=True)
class Page:
    """Everything the page of one code says. Lists keep their order; `cites` gives a field's sources by field name."""

    title: str
    answer: str
    category: str
    subcategory: str = ""
    aliases: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    teeth: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    per: str = ""
    attachments: tuple[str, ...] = ()
    validity: Validity = field(default_factory=Validity)
    statements: tuple[Statement, ...] = ()
    related: tuple[Relation, ...] = ()
    sources: tuple[Source, ...] = ()
    cites: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __post_init__(self):
        made = ((name, bound(keys, {"value": _content(self, name)})) for name, keys in self.cites)
        object.__setattr__(self, "cites", tuple((name, keys) for name, keys in made if keys))

    def of_kind(self, kind: str) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if s.kind == kind)

    def source(self, key: str) -> Source | None:
        return next((s for s in self.sources if s.key == key), None)


FIELDS: dict[str, str] = {
    "title": "Title",
    "answer": "Answer",
    "category": "Category",
    "subcategory": "Sub-category",
    "aliases": "Also called",
    "specialties": "Specialties",
    "tags": "Tags",
    "site": "Required on the claim",
    "teeth": "Teeth",
    "surfaces": "Surfaces",
    "per": "Counted",
    "attachments": "Usually attached",
    "validity": "Validity",
}
LISTS = ("aliases", "specialties", "tags", "site", "teeth", "surfaces", "attachments")


def items(page: Page) -> dict[str, dict]:
    """The page taken apart: item key -> its content as JSON data. `assemble` puts it together again."""
    cites = dict(page.cites)
    apart: dict[str, dict] = {}
    for name in FIELDS:
        apart[name] = {"value": _content(page, name), "sources": list(cites.get(name, ()))}
    for s in page.statements:
        apart[s.key] = {"text": s.text, "heading": s.heading, "sources": list(s.sources)}
    for r in page.related:
        apart[r.key] = {"note": r.note, "sources": list(r.sources)}
    for s in page.sources:
        apart[f"source.{s.key}"] = {"title": s.title, "url": s.url}
    return apart


def cited(page: Page, key: str) -> tuple[Source, ...]:
    """The sources that an item cites, in its order; none if the page has no such item."""
    return tuple(s for s in map(page.source, items(page).get(key, {}).get("sources", ())) if s)


def says_something(item: Mapping) -> bool:
    """Whether an item has content: a field of the page may be empty."""
    value = item.get("value", "text")
    return any(value.values()) if isinstance(value, dict) else bool(value)


def assemble(apart: Mapping[str, dict]) -> Page:
    """A page from its items, in the mapping's order; raises Malformed."""
    values: dict[str, object] = {}
    cites: dict[str, list[str]] = {}
    statements, related, sources = [], [], []
    for key, item in apart.items():
        head, _, tail = key.partition(".")
        try:
            if key in FIELDS:
                values[key] = item["value"]
                if item["sources"]:
                    cites[key] = item["sources"]
            elif head == "related":
                kind, _, code = tail.partition(".")
                related.append({"kind": kind, "code": code, **item})
            elif head == "source":
                sources.append({"key": tail, **item})
            else:
                statements.append({"key": key, **item})
        except (KeyError, TypeError) as error:
            raise Malformed(f"{key}: {error}") from error
    return from_json({**values, "statements": statements, "related": related, "sources": sources, "cites": cites})


def to_json(page: Page) -> dict:
    """JSON data with one fixed shape: equal pages give equal data."""
    data = {f.name: _plain(getattr(page, f.name)) for f in fields(page)}
    data["validity"] = _plain(asdict(page.validity))
    data["statements"] = [_plain(asdict(s)) for s in page.statements]
    data["related"] = [_plain(asdict(r)) for r in page.related]
    data["sources"] = [asdict(s) for s in page.sources]
    data["cites"] = {name: list(keys) for name, keys in page.cites}
    return data


def from_json(data: Mapping) -> Page:
    """The page that `to_json` gave; raises Malformed for anything that is not one."""
    try:
        unknown = set(data) - {f.name for f in fields(Page)}
        if unknown:
            raise Malformed(f"unknown field {sorted(unknown)[0]}")
        v = dict(data.get("validity") or {})
        page = Page(
            title=_text(data, "title"),
            answer=_text(data, "answer"),
            category=_text(data, "category"),
            subcategory=_text(data, "subcategory", default=""),
            per=_text(data, "per", default=""),
            **{name: _strings(name, data.get(name, ())) for name in LISTS},
            validity=Validity(
                since=v.pop("since", None),
                until=v.pop("until", None),
                replaced_by=_strings("replaced_by", v.pop("replaced_by", ())),
                revised=tuple((year, note) for year, note in v.pop("revised", ())),
            ),
            statements=tuple(_sourced(Statement, s) for s in data.get("statements", ())),
            related=tuple(_sourced(Relation, r) for r in data.get("related", ())),
            sources=tuple(Source(**s) for s in data.get("sources", ())),
            cites=tuple(
                sorted((name, _strings(name, keys)) for name, keys in dict(data.get("cites", {})).items() if keys)
            ),
        )
        if v:
            raise Malformed(f"validity: unknown field {sorted(v)[0]}")
        _check(page)
    except Malformed:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Malformed(f"not the shape of a page: {error!r}") from error
    return page


def digest(item: Mapping) -> str:
    """What was verified: a hash of an item's content; any change of a word or a source changes it."""
    return hashlib.sha256(json.dumps(item, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def label(key: str) -> str:
    """An item key in a reader's words: "use_when.buried" -> "Use it when"."""
    head, _, tail = key.partition(".")
    if head == "related":
        kind, _, code = tail.partition(".")
        return f"{RELATIONS.get(kind, kind)} {code}"
    if head == "source":
        return "Source"
    return KINDS[head].title if head in KINDS else FIELDS.get(key, key)


def tag_slug(tag: str) -> str:
    """A tag as it stands in an address: "second stage" -> "second-stage"."""
    return re.sub(r"[^a-z0-9]+", "-", tag.lower()).strip("-")


def with_sources(item: Mapping, keys: Iterable[str]) -> dict:
    """The item citing `keys` too, each once, for what it says now."""
    said = words(item)
    made = {key: key for key in bound(item["sources"], said)} | {key: Citation(key, said) for key in keys}
    return {**item, "sources": list(made.values())}


def category_of(code: str) -> str | None:
    """The category that a number belongs to by the code set's numbering, or None."""
    if code in CATEGORY_EXCEPTIONS:
        return CATEGORY_EXCEPTIONS[code]
    return next((name for name, (first, last) in CATEGORIES.items() if first <= code <= last), None)


def texts(page: Page) -> dict[str, str]:
    """Every running text of the page by item key, headings included: what search, lint and references read."""
    found = {name: getattr(page, name) for name in ("title", "answer", "subcategory")}
    found |= {name: "\n".join(getattr(page, name)) for name in ("aliases", "attachments")}
    found["validity"] = "\n".join(note for _, note in page.validity.revised)
    found |= {s.key: f"{s.heading}\n{s.text}".strip() for s in page.statements}
    found |= {r.key: r.note for r in page.related}
    return {key: text for key, text in found.items() if text}


def references(page: Page) -> list[str]:
    """Every code number that the page speaks of, each once."""
    found = [*page.validity.replaced_by, *(r.code for r in page.related)]
    for text in texts(page).values():
        found += numbers.mentioned(text)
    return list(dict.fromkeys(found))


def _content(page: Page, name: str):
    """A field of a page as JSON data; None where a page has no such field."""
    value = getattr(page, name, None)
    return _plain(asdict(value) if isinstance(value, Validity) else value)


def _plain(value):
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def _text(data: Mapping, name: str, default: str | None = None) -> str:
    value = data.get(name, default)
    if not isinstance(value, str):
        raise Malformed(f"{name}: a text is needed")
    return value


def _strings(name: str, value) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(v, str) for v in value):
        raise Malformed(f"{name}: a list of texts is needed")
    return tuple(value)


def _sourced(made: type[Statement] | type[Relation], data: Mapping):
    return made(**{**data, "sources": _strings("sources", data.get("sources", ()))})


def _need(ok: bool, key: str, why: str) -> None:
    if not ok:
        raise Malformed(f"{key}: {why}")


def _line(key: str, text: str, limit: int = MAX_LINE) -> None:
    _need(isinstance(text, str) and text.strip() == text and text != "", key, "empty, or space around it")
    _need(len(text) <= limit, key, f"longer than {limit} characters")


def _check(page: Page) -> None:
    _check_fields(page)
    _check_validity(page.validity)
    keys = [s.key for s in page.statements] + [r.key for r in page.related] + [s.key for s in page.sources]
    for key, times in Counter(keys).items():
        _need(times == 1, key, "is there twice")
    for s in page.statements:
        _need(s.kind in KINDS and re.fullmatch(rf"[a-z_]+\.{SLUG}", s.key) is not None, s.key, "is no statement key")
        _need(len(s.key) <= MAX_KEY, s.key, "key too long")
        _line(s.key, s.text, MAX_TEXT)
        if KINDS[s.kind].heading:
            _line(s.key, s.heading)
        else:
            _need(s.heading == "", s.key, "has a heading that its kind has not")
    for r in page.related:
        _need(r.kind in RELATIONS, r.key, f"{r.kind!r} is no kind of relation")
        _need(re.fullmatch(numbers.PATTERN, r.code) is not None, r.key, f"{r.code!r} is no code number")
        _line(r.key, r.note, MAX_NOTE)
    for s in page.sources:
        key = f"source.{s.key}"
        _need(re.fullmatch(SLUG, s.key) is not None and len(key) <= MAX_KEY, key, "is no source key")
        _line(key, s.title, MAX_SOURCE)
        _need(isinstance(s.url, str) and len(s.url) <= 500, key, "address too long")
        _need(s.url == "" or re.match(r"https?://", s.url) is not None, key, "not a web address")
    _check_citations(page)


def _check_fields(page: Page) -> None:
    _line("title", page.title)
    _line("answer", page.answer, MAX_ANSWER)
    _need(page.category in CATEGORIES, "category", f"{page.category!r} is no category")
    _need(len(page.subcategory) <= MAX_LINE, "subcategory", "too long")
    for name in LISTS:
        values = getattr(page, name)
        _need(len(set(values)) == len(values), name, "says something twice")
        for value in values:
            _line(name, value, MAX_TAG if name == "tags" else MAX_LINE)
    _need(all(tag_slug(tag) for tag in page.tags), "tags", "a tag needs a letter from a to z, or a digit")
    for name, words in VOCABULARIES.items():
        said = getattr(page, name)
        _need(set(said if name in LISTS else filter(None, [said])) <= set(words), name, f"not in the list: {said}")


def _check_validity(v: Validity) -> None:
    for name, year in (("since", v.since), ("until", v.until), *(("revised", y) for y, _ in v.revised)):
        ok = year is None or (type(year) is int and FIRST_EDITION <= year <= LAST_EDITION)
        _need(ok, "validity", f"{name} {year!r} is no edition's year")
    _need(not (v.since and v.until and v.until < v.since), "validity", "ends before it begins")
    _need(not v.replaced_by or v.until is not None, "validity", "replaced, but no last edition")
    for code in v.replaced_by:
        _need(re.fullmatch(numbers.PATTERN, code) is not None, "validity", f"{code!r} is no code number")
    for _, note in v.revised:
        _line("validity", note, MAX_ANSWER)


def _check_citations(page: Page) -> None:
    known = {s.key for s in page.sources}
    cited = [*page.cites, *((s.key, s.sources) for s in page.statements), *((r.key, r.sources) for r in page.related)]
    for key, sources in cited:
        for source in sources:
            _need(source in known, key, f"cites {source!r}, which is not among the sources")
    for name, _ in page.cites:
        _need(name in FIELDS, name, "is no field that could have a source")
