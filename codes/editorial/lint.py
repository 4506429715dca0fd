"""What a machine can see wrong in a page, alone and beside the others. No Django.

`check(code, page, others)` is used on a file, on a submission and at approval; `check_all(pages)` on the whole set.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from codes.editorial import glossary, outside
from codes.page import KINDS, RELATIONS, TEETH_GROUPS, Page, category_of, texts
from codes.text import web
from codes.text.characters import look_alikes
from codes.text.markup import links, objection
from codes.text.number import mentioned


@dataclass(frozen=True)
class Finding:
    """`rule` names the check, `item` the item key, `why` says it in a sentence."""

    code: str
    item: str
    rule: str
    why: str


# Takes the item, the rule and the why of a finding.
_Say = Callable[[str, str, str], None]

# Words that say a code is not current any more.
_GONE = re.compile(
    r"\b(delet|ended|end of|retired|replac|former|no longer|until|discontinu|removed|old code|split|merged|before 20"
    r"|dropped|withdrawn|was |were |used to|through 20|up to 20|last valid|predecessor|took over|took the place|past)",
    re.IGNORECASE,
)
_CPT = re.compile(r"\bCPT\b[^.;]{0,20}\bD\d{4}\b|\bD\d{4}\b[^.;]{0,20}\bCPT\b", re.IGNORECASE)
_NOT_CPT = re.compile(
    r"\bnot\b|\bnever\b|\bno CPT\b|\bisn.t\b|\brather than\b|\binstead of\b|\bmap|\bcross", re.IGNORECASE
)
FILLER = (
    "proper documentation is",
    "documentation is crucial",
    "documentation is essential",
    "documentation is key",
    "always verify",
    "always check with",
    "verify coverage",
    "verify benefits",
    "check with the carrier",
    "check with the payer",
    "check the patient's plan",
    "it is important to",
    "it is essential to",
    "please note",
    "best practice",
    "in order to ensure",
    "ensure accurate",
    "accurate coding",
    "coverage varies",
    "coverage may vary",
    "plays a crucial role",
    "comprehensive care",
    "optimal outcome",
    "medical necessity must be",
)
# Each word denies the others of its row; a page claims a role when its title or answer says so.
_ROLES = (
    {"custom": r"custom", "prefabricated": r"prefab|stock\b|ready-made"},
    {"initial": r"initial|first\b", "each additional": r"each additional|additional|later units?|subsequent"},
    {"maxillary": r"maxillary|upper\b", "mandibular": r"mandibular|lower\b"},
    {
        "abutment-supported": r"abutment[- ]supported|on an (?:implant )?abutment",
        "implant-supported": r"implant[- ]supported|(?:straight|directly) to the implant",
    },
)
_CLAUSE = re.compile(r"[.;:!?,()\n]|\s[—–-]\s|\b(?:while|whereas|but|not|unless|instead|and then)\b")
# Another code spoken of and not named; what other code sets have, and codes to come, have no number to name.
_OTHER_CODE = re.compile(
    r"\b(?:own|another|separate|further) (?:\w+[ -])?codes?\b|\bown numbers?\b|\bcodes? of (?:its|their) own\b",
    re.IGNORECASE,
)
_NO_OTHER_CODE = re.compile(
    r"\b(?:no|not|nothing|neither|never|medical\w*|Medicaid|CPT|announced)\b|\?$", re.IGNORECASE
)
_NO_CODE = re.compile(
    r"(?<!that )\bno (?:\w+[ -]){0,3}codes? (?:for|of its own|describes?|names?|counts?|fits?|repairs?|exist\w*)\b"
    r"|\bwithout a code\b|\bhas no code\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b20\d\d\b")
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\bundated\b")
# A payer, a program or a state is named by such a word; these of titles name none.
_NAME = re.compile(r"\b[A-Z][A-Za-z]{2,}")
_NOBODY = frozenset(
    "Administrative Code Dental Department Division Health Human Insurance Manual Medicaid Policy Program Provider"
    " Rule Section Service Services State The".split()
)
MINIMUM_ALIASES = 3
# Words of a title -> the claim facts that they state: the members that the field has of their group, and no others.
_TITLE_TEETH = (
    (r"anterior", 0, {"anterior"}),
    (r"posterior", 0, {"premolar", "molar"}),
    (r"premolar", 0, {"premolar"}),
    (r"molar", 0, {"molar"}),
    (r"third molar", 0, {"third molar"}),
    (r"primary (?:anterior |molar )?(?:tooth|teeth|molar)", 1, {"primary"}),
    (r"permanent (?:tooth|teeth)", 1, {"permanent"}),
    (r"upper|maxillary", 2, {"upper"}),
    (r"lower|mandibular", 2, {"lower"}),
)
_SURFACES_TITLE = re.compile(r"\b([1-5])(\+?) surfaces?\b", re.IGNORECASE)
_PER_TITLE = re.compile(r"\bper (tooth|root|site|quadrant|arch)\b", re.IGNORECASE)
TOO_OFTEN = 3
LONGEST_TITLE = 70
_SHINGLE, _NEAR = 4, 0.75


def check(code: str, page: Page, others: Mapping[str, Page]) -> list[Finding]:
    """What is wrong on `page`, given the pages of the other codes (its own, if among them, is ignored)."""
    found: list[Finding] = []

    def say(item: str, rule: str, why: str) -> None:
        found.append(Finding(code, item, rule, why))

    _alone(code, page, say)
    return found + _beside(code, page, others)


def _beside(code: str, page: Page, others: Mapping[str, Page]) -> list[Finding]:
    """What is wrong on `page` as far as it hangs on the pages of the other codes."""
    others = {number: other for number, other in others.items() if number != code}
    found: list[Finding] = []

    def say(item: str, rule: str, why: str) -> None:
        found.append(Finding(code, item, rule, why))

    _references(code, page, others, say)
    _roles(code, page, others, say)
    _relations(code, page, others, say)
    _withheld(page, others, say)
    for other, theirs in sorted(others.items()):
        names = {name.casefold() for name in (theirs.title, *theirs.aliases)}
        for alias in sorted({a.casefold() for a in page.aliases} & names):
            say("aliases", "alias of two codes", f"“{alias}” is also a name of {other}")
    return found


def check_all(pages: Mapping[str, Page]) -> list[Finding]:
    """What is wrong in a whole set: every page beside the others, completeness, titles, and sentences that recur."""
    found = []
    for code, page in sorted(pages.items()):
        found += check(code, page, pages)
        found += completeness(code, page) + to_come(code, page)
    return found + titles(pages) + recurring(pages)


def completeness(code: str, page: Page) -> list[Finding]:
    """What an entry of the starter content still lacks (a reader's correction need not mend all of it)."""
    deleted = page.validity.until is not None
    found = []

    def need(item: str, has: int, wanted: int) -> None:
        if has < wanted:
            found.append(Finding(code, item, "incomplete", f"has {has}, needs {wanted}"))

    for name, kind in KINDS.items():
        need(name, len(page.of_kind(name)), kind.least_deleted if deleted else kind.least)
    need("sources", len(page.sources), 1)
    if not deleted:
        need("aliases", len(page.aliases), MINIMUM_ALIASES)
        for name in ("subcategory", "site", "specialties", "tags"):
            need(name, len(getattr(page, name)), 1)
        if page.of_kind("do_not_use_when") and not any(mentioned(s.text) for s in page.of_kind("do_not_use_when")):
            found.append(Finding(code, "do_not_use_when", "incomplete", "names no code to use instead"))
    for statement in (*page.of_kind("frequency"), *page.of_kind("coverage")):
        if not _DATED.search(statement.text):
            found.append(Finding(code, statement.key, "incomplete", "says of no document when it held, nor “undated”"))
        titles = " ".join(source.title for source in page.cited(statement.key))
        if not ({*_NAME.findall(titles)} - _NOBODY) & {*_NAME.findall(statement.text)}:
            found.append(Finding(code, statement.key, "incomplete", "names no payer or program that it cites"))
    return found


def to_come(code: str, page: Page) -> list[Finding]:
    """What an entry of the starter content says of an edition that is not out: only what was announced, and so called.

    Editors who stage changes for an edition know its codes; this is not for them.
    """
    found: list[Finding] = []

    def say(item: str, why: str) -> None:
        found.append(Finding(code, item, "to come", why))

    later = outside.EDITION + 1
    if (page.validity.since or 0) >= later or (page.validity.until or 0) >= later:
        say("validity", f"no code that begins or ends after {outside.EDITION} is known by its number")
    if any(year >= later for year, _ in page.validity.revised) and code not in outside.ANNOUNCED:
        say("validity", f"no revision of {code} for {later} was announced by its number")
    for key, text in texts(page).items():
        if not (years := [year for year in _YEAR.findall(text) if int(year) >= later]):
            continue
        if "announce" not in text.lower():
            say(key, f"speaks of {years[0]} and does not say that it is announced")
        for clause in re.split(r"(?<=[.;!?])\s+|\n", text):
            if any(year in clause for year in years):
                for number in set(mentioned(clause)) - outside.ANNOUNCED:
                    say(key, f"says of {number} what nobody announced for {years[0]}")
    return found


def titles(pages: Mapping[str, Page]) -> list[Finding]:
    """Titles that hold no term of the trade, are too long for a list, or can be taken for each other."""
    found: list[Finding] = []
    alike: dict[frozenset[str], str] = {}
    for code, page in sorted(pages.items()):
        if not glossary.holds_term(page.title):
            found.append(Finding(code, "title", "title", f"“{page.title}” holds no term of the trade"))
        if len(page.title) > LONGEST_TITLE:
            found.append(Finding(code, "title", "title", f"longer than {LONGEST_TITLE} characters"))
        other = alike.setdefault(glossary.likeness(page.title), code)
        if other != code:
            found.append(Finding(code, "title", "title", f"“{page.title}” can be taken for the title of {other}"))
    return found


def recurring(pages: Mapping[str, Page]) -> list[Finding]:
    """Sentences that stand, near enough, in more than TOO_OFTEN entries: what is true of all belongs to a guide.

    Near enough: after leaving out code numbers and digits, at least three quarters of the four-word runs are shared.
    """
    sentences: list[tuple[str, str, str, set[tuple[str, ...]]]] = []
    by_run: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for code, page in sorted(pages.items()):
        for key, text in texts(page).items():
            if key.is_field and key != "answer":
                continue
            for sentence in re.split(r"(?<=[.!?])\s+|\n", text):
                words = re.findall(r"[a-z]+", re.sub(r"\bD\d{4}\b", "", sentence).lower())
                runs = {tuple(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1)}
                if len(runs) >= 3:
                    place = len(sentences)
                    sentences.append((code, key, sentence.strip(), runs))
                    for run in runs:
                        by_run[run].append(place)
    found = []
    for code, item, sentence, runs in sentences:
        shared: dict[int, int] = defaultdict(int)
        for run in runs:
            for place in by_run[run]:
                shared[place] += 1
        where = {sentences[p][0] for p, n in shared.items() if n >= _NEAR * max(len(runs), len(sentences[p][3]))}
        if len(where) > TOO_OFTEN:
            others = ", ".join(sorted(where - {code})[:4])
            found.append(Finding(code, item, "recurring sentence", f"“{sentence[:70]}…” stands also in {others}"))
    return found


def _alone(code: str, page: Page, say: _Say) -> None:
    belongs = category_of(code)
    if belongs and page.category != belongs:
        say("category", "category", f"{code} belongs to {belongs}")
    for video in page.of_kind("video"):
        if not any(source.video for key in video.sources if (source := page.source(key))):
            say(video.key, "video", "cites no source at the address of a video at YouTube or Vimeo")
    for source in page.sources:
        if source.url and (wrong := web.refusal(source.url)):
            say(source.item, "address", wrong)
        elif source.url and (name := web.other_host(source.title, source.url)):
            say(source.item, "another host", f"the title names {name}, the link goes to {source.host}")
        _characters(source.item, source.title, say)
    _facts(page, say)
    for key, text in texts(page).items():
        _characters(key, text, say)
        # Each way of writing a link in Markdown has one of these; parsing every text would take seconds.
        for words, address in links(text) if any(sign in text for sign in ("](", "]:", "<")) else ():
            if name := web.other_host(words, address):
                say(key, "another host", f"the link says {name} and goes to {web.host(address) or address}")
        for clause in re.split(r"(?<=[.;!?])\s+", text):
            if _CPT.search(clause) and not _NOT_CPT.search(clause) and key.kind != "myth":
                say(key, "CPT", "a D code is a CDT code (HCPCS Level II), never a CPT code")
        _wording(key, text, say)


def _facts(page: Page, say: _Say) -> None:
    """The title and the claim facts against each other. A deleted code may leave its facts unsaid."""
    stated: dict[int, set[str]] = defaultdict(set)
    for word, group, members in _TITLE_TEETH:
        if re.search(rf"\b(?:{word})\b", page.title, re.IGNORECASE):
            stated[group] |= members
    facts = [("teeth", members, {*page.teeth} & {*TEETH_GROUPS[group]}) for group, members in stated.items()]
    if found := _SURFACES_TITLE.search(page.title):
        facts.append(
            ("surfaces", {str(n) for n in range(int(found[1]), 6 if found[2] else int(found[1]) + 1)}, {*page.surfaces})
        )
    if found := _PER_TITLE.search(page.title):
        facts.append(("per", {found[1].lower()}, {page.per} - {""}))
    for name, said, has in facts:
        if said != has and (has or not page.validity.until):
            whole = f"the title says {_words(said)}, the field {_words(has) or 'nothing'}"
            say(name, "title and claim facts", whole)


def _words(members: set[str]) -> str:
    return " and ".join(sorted(members))


def _wording(key: str, text: str, say: _Say) -> None:
    lower = text.lower()
    for phrase in FILLER:
        if phrase in lower:
            say(key, "filler", f"“{phrase}” is as true on every other page")
    for wrong, right in glossary.wrong_words(text):
        say(key, "word", f"“{wrong}” is not the word of American dentistry: {right}")


def _characters(key: str, text: str, say: _Say) -> None:
    if wrong := objection(text):
        say(key, "characters", wrong)
    for word in look_alikes(text):
        say(key, "look-alike", word)


def _references(code: str, page: Page, others: Mapping[str, Page], say: _Say) -> None:
    successors = {number for p in [page, *others.values()] for number in p.validity.replaced_by}
    for key, text in texts(page).items():
        belief = key.kind == "myth"
        for sentence in re.split(r"(?<=[.;!?])\s+|\n", text):
            for number in mentioned(sentence):
                other = others.get(number)
                if number == code or number in successors and other is None:
                    continue
                if other is None:
                    refuted = belief and re.search(rf"\bno {number}\b|\b{number} is (?:not|no)\b", text)
                    if others and not refuted and not outside.exists(number):
                        say(key, "unknown code", f"{number} is not in the set, nor in codes/editorial/outside.py")
                elif other.validity.until and not page.validity.until and not belief and not _GONE.search(text):
                    say(
                        key,
                        "deleted code",
                        f"{number} was deleted after {other.validity.until}; the text does not say so",
                    )
    for relation in page.related:
        if relation.code == code:
            say(relation.key, "relation to itself", f"{code} is this very code")
        elif others and relation.code not in others:
            say(relation.key, "unknown code", f"{relation.code} is not in the set")


def _withheld(page: Page, others: Mapping[str, Page], say: _Say) -> None:
    """A code that a text speaks of and does not name, denies without an edition, or sends to an unlisted one.

    The page of an unlisted code may speak of what has no code.
    """
    if page.title.startswith("Unlisted"):
        return
    for key, text in texts(page).items():
        if key.is_field and key != "answer":
            continue
        said = text.partition("\n")[2] or text
        for sentence in re.split(r"(?<=[.!?])\s+|\n", said):
            other = _OTHER_CODE.search(sentence)
            if other and not mentioned(sentence) and not _NO_OTHER_CODE.search(sentence):
                say(key, "code not named", f"“{sentence}” speaks of “{other[0]}” and does not name it")
        if (denied := _NO_CODE.search(said)) and not _YEAR.search(text):
            say(key, "code denied", f"“{denied[0]}” names no edition for which that holds")
        named = mentioned(text)
        open_codes = [n for n in named if n in others and others[n].title.startswith("Unlisted") or outside.unlisted(n)]
        for number in outside.listed_for(text) if open_codes and not _YEAR.search(text) else ():
            if number not in named:
                say(key, "unlisted code", f"names {open_codes[0]} where {number} is for that")


def _relations(code: str, page: Page, others: Mapping[str, Page], say: _Say) -> None:
    for relation in page.related:
        other, wanted = others.get(relation.code), RELATIONS[relation.kind].counterpart
        if other and wanted and not any(r.kind == wanted and r.code == code for r in other.related):
            say(relation.key, "one-sided relation", f"the page of {relation.code} has no “{wanted}” with {code}")


def _roles(code: str, page: Page, others: Mapping[str, Page], say: _Say) -> None:
    """A role said of another code in the same clause, which that code's own title and answer deny."""
    for key, text in texts(page).items():
        if key.kind == "myth":
            continue
        for clause in _CLAUSE.split(text):
            named = mentioned(clause)
            if len(named) > 1:
                # Several numbers share a role only as a plain choice behind it: "custom … is D6056 or D6057".
                clause, choice, _ = clause.partition(" or ".join(named))
                if not choice:
                    continue
            for number in named:
                target = page if number == code else others.get(number)
                if target is not None:
                    _role(key, clause, number, target, say)


def _role(key: str, clause: str, number: str, target: Page, say: _Say) -> None:
    own = f"{target.title} {target.answer}".lower()
    for row in _ROLES:
        said = [role for role, words in row.items() if re.search(rf"\b(?:{words})", clause, re.IGNORECASE)]
        owned = [role for role, words in row.items() if re.search(rf"\b(?:{words})", own)]
        if len(said) == 1 and len(owned) == 1 and said != owned:
            say(key, "role", f"“{clause.strip()}”: {number} is {owned[0]} by its own page, not {said[0]}")


def before_and_after(
    code: str, live: Page, proposed: Page, others: Mapping[str, Page]
) -> tuple[list[Finding], list[Finding]]:
    """The findings that `proposed` would fix, and those that it would bring: what is wrong only before, only after."""
    before, after = check(code, live, others), check(code, proposed, others)
    return _newly(after, before), _newly(before, after)


def elsewhere(code: str, live: Page, proposed: Page, referring: Mapping[str, Page]) -> list[Finding]:
    """What `proposed` would make wrong on the pages that speak of `code`: findings of `referring` that are new with it.

    `referring`: number -> live page of those.
    """
    return [
        finding
        for number, page in referring.items()
        for finding in _newly(_beside(number, page, {code: live}), _beside(number, page, {code: proposed}))
    ]


def _newly(before: list[Finding], after: list[Finding]) -> list[Finding]:
    said = {(f.item, f.rule, f.why) for f in before}
    return [f for f in after if (f.item, f.rule, f.why) not in said]
