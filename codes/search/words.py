"""What is searched for: the words of a page with their weights, the words of a query. No Django.

Both databases hold them as plain data and rank nothing, so both give the same answers in the same order.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import Stemmer
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from codes.page import FIELDS, KINDS, PARTS, Page

_STOP = frozenset(
    (
        "a ada an and are as at be by can cdt code codes d dental do does for from get got has have how i in into is "
        "it its me my need needed needs of on or our out s so t that the their them then there this to use used was "
        "w we what when where which who why will with you your"
    ).split(" ")
)
# Forms that the stemmer keeps apart, two that it would take for "remove" and "fix", British ones, and misspellings that
# it takes for another word. Counts are digits, so that "two surfaces" and "2 surfaces" are the same.
_FORMS = dict(
    pair.split("=")
    for pair in (
        "one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 teeth=tooth children=child taken=take took=take "
        "broke=break broken=break fell=fall fallen=fall came=come lost=lose gave=give given=give min=minutes "
        "mins=minutes quad=quadrant temp=temporary no=without removable=removabl fixed=fixt 1st=first 2nd=second "
        "3rd=third fpd=bridge prefab=prefabricated colour=color coloured=colored maintainence=maintenance "
        "maintainance=maintenance receding=recession profy=prophy emerg=emergency addl=additional amal=amalgam "
        "recem=recement cust=custom abut=abutment adj=adjustment occl=occlusal hr=hour hrs=hours pall=palliative "
        "imm=immediate wo=without nsrct=rct alveo=alveoloplasty surf=surface ltd=limited appt=appointment "
        "appts=appointment ex=exam tx=treatment pro=prophy porc=porcelain occ=occlusal prov=provisional perm=permanent "
        "maint=maintenance max=maxillary mand=mandibular ant=anterior prim=primary sx=surgical fx=break eval=exam "
        "evaluation=exam flex=flexible zr=zirconia zirc=zirconia impl=implant imp=implant cd=denture anes=anesthesia "
        "bicusp=premolar cannel=canal cannal=canal pas=pa bwxs=bwx dx=diagnostic apf=fluoride naf=fluoride "
        "sed=sedation inj=injection immed=immediate biteing=bitewing"
    ).split(" ")
)
_FORM = re.compile(rf"(?<![a-z])(?:{'|'.join(_FORMS)})(?![a-z])")
# What claims say -> what everybody does, where the single words mean something else.
_PHRASES = {
    "fixed partial denture": "bridge",
    "endodontic therapy": "root canal",
    "endodontic treatment": "root canal",
    "radiographic image": "xray",
    "porcelain fused to": "pfm",
    "ct graft": "connective tissue graft",
    "complete denture": "full denture",
    "complete upper": "full upper",
    "upper complete": "full upper",
    "lower complete": "full lower",
    "complete lower": "full lower",
    "complete maxillary": "full upper",
    "complete mandibular": "full lower",
    "excluding varnish": "without varnish",
    # Of what is set apart nobody asks.
    "excluding final restoration": "",
    "primary or permanent": "",
    "not in conjunction with": "without",
    "in conjunction with": "with",
}
_PHRASE = re.compile("|".join(_PHRASES))
# "MOD amalgam" and "comp #19 DO" speak of three surfaces and of two. Some such letters are words: "do fillings last".
_MATERIAL = r"(?:amal|amalgam|comp|composite|resin|filling|inlay|onlay)"
_LETTERS = (
    r"(?!(?:bid|do|foil|fold|id|if|lid|li|lo|mid|mild|mold|oil|old)\b)(?!\w*(?P<twice>\w)\w*(?P=twice))[modblfi]{2,5}"
)
_SURFACES = re.compile(rf"\b(?:do(?= {_MATERIAL}\b)|{_LETTERS}(?=(?: \w+)? {_MATERIAL}s?\b))\b", re.IGNORECASE)
_ONE_SURFACE = re.compile(rf"\b({_MATERIAL}s? )[modblf](?= #\d)", re.IGNORECASE)
_SURFACES_BEHIND = re.compile(rf"\b({_MATERIAL}s?(?: #?\w+)? )({_LETTERS}|do$)\b", re.IGNORECASE)
# The same by their names, "mesial and occlusal", and by their count, "2s" and "two sided".
_SURFACE = "(?:mesial|occlusal|distal|buccal|lingual|facial|incisal|palatal)"
_SURFACES_NAMED = re.compile(rf"\b{_SURFACE}(?:(?:[\s,/-]| and | & )+{_SURFACE})+\b", re.IGNORECASE)
_SURFACES_COUNTED = re.compile(
    r"(?<![\w#])(?:([1-5])[ -]?s|(one|two|three|four|five|[1-5])[ -](?:sides|sided?))\b(?! of)", re.IGNORECASE
)
# Of what is counted by the quadrant "2 teeth" are one to three, and "five teeth" four or more.
_BY_QUADRANT = re.compile(r"\b(?:srp|scaling|planing|deep clean\w*|gingivectomy|ging|osseous|flap)\b", re.IGNORECASE)
_FEW_TEETH = re.compile(
    r"\b(?:(?:less|fewer) than (?:4|four)|(?:up to )?(?:[1-3]|one|two|three))(?= (?:teeth|tooth)\b)", re.IGNORECASE
)
_MANY_TEETH = re.compile(r"\b(?:[5-8]|five|six|seven|eight)(?= teeth\b)", re.IGNORECASE)
_OF_MATERIAL = re.compile(rf"\b{_MATERIAL}s?\b", re.IGNORECASE)
# Of what is on a tooth or has surfaces "comp" is no comprehensive one.
_COMPOSITE = re.compile(
    r"\bcomps?\b(?=(?: on| for)? (?:#|tooth|fill|rest|resin|\d surf))"
    r"|(?:(?<=surf )|(?<=surface )|(?<=#\d )|(?<=#\d\d ))comps?\b",
    re.IGNORECASE,
)
# What offices shorten to words that mean something else, or to two at once.
# By the word that stands in such a query.
_SHORT = {
    word: (re.compile(pattern, re.IGNORECASE), meant)
    for words, pattern, meant in (
        ("per", r"\bper(?= (?:ex|exam|eval)\b)", "periodic"),
        ("hn", r"\bhn\b", "high noble"),
        ("fl fl2", r"\bfl2?(?= (?:tx|treatment|trt))|\bfl2\b", "fluoride"),
        ("pan", r"\bpan(?= (?:x|film|image|radio))", "pano"),
        ("mt", r"(?<=perio )mt\b", "maintenance"),
        ("pm pre", r"(?:(?<=endo )|(?<=rct )|(?<=retreat )|(?<=retx )|(?<=apico ))(?:pm|pre)\b", "premolar"),
        ("amp", r"\bamp\b", "amputation"),
        ("imp", r"(?:(?<=tissue )|(?<=bony ))imp\b", "impaction"),
        ("comp", r"(?<=ortho )comp\b|\bcomp(?= (?:ortho|ex|oral|eval))", "comprehensive"),
        ("gen", r"\bgen(?= an)", "general"),
        ("ret", r"\bret(?= cr)", "retainer"),
        ("sp", r"\bsp(?= graft)", "socket preservation"),
        ("md", r"\bmd\b", "medical doctor"),
        ("fmc fcc", r"\bf[cm]c\b", "full metal crown"),
        ("pfz", r"\bpfz\b", "porcelain zirconia"),
        ("gi gic rmgi rmgic", r"\b(?:rm)?gic?(?= fill| rest)", "glass ionomer"),
        ("tpa", r"\btpa\b", "transpalatal arch"),
        ("all allon allonx allon4", r"\ball[ -]?on[ -]?(?:x|\d)\b", "all on 4"),
        ("disilicate", r"\blithium disilicate\b", "emax"),
        ("ankyloglossia", r"\bankyloglossia\b", "tongue tie"),
        ("xerostomia", r"\bxerostomia\b", "dry mouth"),
        ("oss bioss biooss", r"\bbio?[ -]?oss\b", "xenograft"),
    )
    for word in words.split(" ")
}
_TYPED = re.compile(r"\w+")
_AGAIN = re.compile(r"\bre-(?=[a-z])")
# As it stands in charts: I&D, I & D, b/u.
_CHARTED = re.compile(r"\b([a-z])(?: ?& ?|/)([a-z])\b")
_SPAN = re.compile(r"\b(\d+)\s*(?:-|to)\s*(\d+)\b")
_DIGIT = re.compile(r"\d")
_ALIKE = ("aeiouy", "cksqxz", "fpv", "gj", "td", "bp", "mn")  # First letters that are taken for each other.
_TAKEN_FOR = {letter: {*"".join(group for group in _ALIKE if letter in group)} for letter in "".join(_ALIKE)}
_LONG = re.compile(r"[a-z]{6,}", re.IGNORECASE)
_WORD = re.compile(r"\d+to\d+|[a-z]+|\d+")
# Everyday and trade words for one thing.
_SAME = (
    "upper top maxillary maxilla",
    "lower bottom mandibular mandible",
    "front anterior",
    "back posterior molar",
    "premolar bicuspid",
    "silver amalgam",
    "white composite resin compomer",
    "crown cap crn",
    "extraction pulled",
    "child kid",
    "gum gingival gingiva",
    "glue glued cement recement reglue",
    "mending repair fix",
    "numbing anesthetic anesthesia freeze frozen",
    "whitening bleaching",
    "retreatment retx",
    "xray radiograph",
    "bitewing bw bwx",
    "fall come",
    "prophy prophylaxis",
    "unlisted unspecified",
    "zirconia zirconium",
    "transitional mixed",
    "first initial",
    "partial rpd",
    # One word of the trade in several forms, which the stemmer keeps apart.
    "drain drainage",
    "expose exposure",
    "resorb resorption",
    "regen regeneration",
    "saliva salivary",
    "diagnosis diagnostic",
    "place placement",
    "uncover uncovery",
    "refer referral",
    "surgery surgical surg",
    "teen teenager adolescent",
    "photo photograph picture",
    "perio periodontal",
    "ortho orthodontic",
    "endo endodontic",
    "apico apicoectomy",
    "pano panoramic panorex",
    "ceph cephalometric",
    "overgrown overgrowth hyperplasia hyperplastic",
    "sensitivity hypersensitivity",
    "dead necrotic",
    "supernumerary mesiodens",
    "coronectomy decoronation",
    "graft xenograft alloplast",
    # Names of makers for one kind of thing.
    "lidocaine novocaine articaine septocaine xylocaine marcaine carbocaine mepivacaine bupivacaine prilocaine",
    "invisalign clearcorrect suresmile",
    "botox dysport xeomin jeuveau",
    "juvederm restylane radiesse",
    "itero trios primescan omnicam",
    "retainer hawley vivera",
    "halcion triazolam",
    "emax empress procera",
    "atridox actisite doxycycline",
    "chlorhexidine peridex",
    "diagnodent carivu soprolife",
    "velscope vizilite identafi",
    "expander rpe",
    "lanap lapt",
    "prf lprf",
)
# Which tooth it was, whose, what it costs and who pays tell nothing of the code: "crown #30", "price of dentures",
# "does insurance cover braces".
_TOOTH = re.compile(
    r"(?:\btooth\s*(\d{1,2})|(?:\btooth\s*)?#\s*(\d{1,2}|[a-t]))\b(?!\s*surf)"
    r"(?:\s*[-,&]\s*#?\s*\d{1,2}\b(?!\s*surf))*",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\bhow much(?: is| are| does| do)?\b|\b(?:(?:average|cash) )?(?:costs?|prices?|fees?)(?: of| for)?\b"
    r"|\b(?:dentists?|doctors?|hygienists?|drs?) (?:did|does|wants?|sa(?:ys?|id)|told (?:me|us))\b"
    r"|\b(?:dentists?|doctors?) (?=\w+ (?:me|my|us|a|the|it)\b)"
    r"|\b(?:patients?|pts?|drs?)\b"
    r"|\binsurances?(?: (?:cover|pay)s?(?: for)?)?\b|\b(?:covered|paid) by (?=insurances?\b)"
    # What anybody says around it.
    r"|\b(?:please|pl[sz]|thanks?|thank you|hi|hello|hey|help (?=me|with)|asap|urgent|today|yesterday|correctly"
    r"|properly|tell me|looking for|look(?:ing)? up|wants?|wanted|near me|out of pocket)\b"
    r"|\b(?:best|right|correct|proper|procedure|billing|insurance|exact) (?=codes?\b)"
    r"|\b(?:(?:we|i|just|already) )(?:did|do|billed|use)\b|\bdid (?=you|we|i\b)",
    re.IGNORECASE,
)
# What became of the claim says nothing of the code either, but much of why a page is worth reading. Bone covers a
# tooth, a graft a root and an onlay the cusps.
_OF_CLAIM = re.compile(
    r"\b(?:bill|bills|billed|billing|billable|submit|submitted|submitting|claims?)\b"
    r"|\b(?:keeps? getting |got |was |were |is |being )?(?:denied|den(?:y|ies|ials?)|reject(?:ed|s|ions?)?)\b"
    r"|(?<!gum.)(?<!bone.)(?<!tissue.)\b(?:not )?covered\b"
    r"(?! (?:by|with|in|over) (?!med|ins|del|my|this|our|ppo))"
    r"|(?<!root )(?<!cusp )(?<!cuspal )(?<!full )\bcoverage\b",
    re.IGNORECASE,
)
# "crown procedure" is a crown, but an unlisted procedure one of those that are called so.
_PROCEDURE = re.compile(r"\bprocedures?\b", re.IGNORECASE)
_UNLISTED = re.compile(r"\b(?:unlisted|unspecified|misc\w*|other|by report)\b", re.IGNORECASE)
# What a word of a title or an alias weighs in `terms` at the least, and no other.
NAME = round(1000 * FIELDS["aliases"].weight)
# Two neighboring words of a title or alias written as one, behind this mark.
JOINED = "+"
MAX_QUERY = 200
MAX_WORDS = 12


def tokens(text: str) -> list[str]:
    """The words of a text as the index holds them: lower case, no accents, no stop words, stems.

    >>> tokens("Re-gluing implant crowns")
    ['reglu', 'implant', 'crown']
    """
    return [_stem(word) for word in _plain(text)]


def in_full(query: str) -> str:
    """A query with what it shortens in full, the surfaces that it names counted, four at the most, and the teeth of
    what is counted by the quadrant.

    >>> in_full("MOD amalgam"), in_full("comp #19 DO"), in_full("#8 comp"), in_full("per ex"), in_full("do fillings")
    ('3 surface amalgam', 'composite #19 2 surface', '#8 composite', 'periodic ex', 'do fillings')
    """
    for word in _TYPED.findall(query.lower()):
        if short := _SHORT.get(word):
            query = short[0].sub(short[1], query)
    query = _SURFACES.sub(lambda letters: _counted(letters[0]), query)
    query = _SURFACES_BEHIND.sub(lambda found: found[1] + _counted(found[2]), query)
    if _BY_QUADRANT.search(query):
        query = _MANY_TEETH.sub("4", _FEW_TEETH.sub("1-3", query))
    if _OF_MATERIAL.search(query):
        query = _ONE_SURFACE.sub(r"\g<1>1 surface", query)
        query = _SURFACES_NAMED.sub(lambda named: _counted(named[0].lower().split("al")[1:]), query)
        query = _SURFACES_COUNTED.sub(lambda found: f"{found[1] or found[2]} surface", query)
    return _COMPOSITE.sub("composite", query)


def _counted(letters: Sequence[str]) -> str:
    return f"{min(len(letters), 4)} surface"


def telling(query: str) -> str:
    """A query without the number of the tooth, whose it is, what became of the claim and what anybody says around it,
    if then something is left.

    >>> telling("crown tooth #30"), telling("cost of dentures"), telling("tooth #30"), telling("srp denied")
    ('crown ', ' dentures', 'tooth #30', 'srp ')
    """
    left = _OF_CLAIM.sub("", _ASIDE.sub("", _TOOTH.sub("", query)))
    if not _UNLISTED.search(left):
        left = _PROCEDURE.sub("", left)
    return left if tokens(left) else query


def of_claim(query: str) -> list[str]:
    """The tokens of what a query says of the claim.

    >>> of_claim("why was srp denied")
    ['deni']
    """
    return tokens(" ".join(found[0] for found in _OF_CLAIM.finditer(query)))


def tooth(query: str) -> str | None:
    """The first tooth that a query numbers, 1 to 32 or A to T.

    >>> tooth("rct #9"), tooth("ssc # k"), tooth("extraction tooth 30"), tooth("a tooth a day"), tooth("#45")
    ('9', 'K', '30', None, None)
    """
    found = _TOOTH.search(query)
    named = (found[1] or found[2]).upper() if found else ""
    return named if named.isalpha() or named and 1 <= int(named) <= 32 else None


def written(text: str) -> dict[str, str]:
    """Each of the `tokens` of a text -> the word that it is the stem of, as it was written.

    >>> written("implant crowns")
    {'implant': 'implant', 'crown': 'crowns'}
    """
    return {_stem(word): word for word in reversed(_plain(text))}


def joined(text: str) -> dict[str, tuple[str, str]]:
    """Each two neighboring words written as one -> the two, for those who write "night guard" or "nightguard".

    >>> joined("soft night guards")
    {'softnight': ('soft', 'night'), 'nightguard': ('night', 'guard')}
    """
    plain = _plain(text)
    pairs = zip(plain, plain[1:], strict=False)
    return {_stem(a + b): (_stem(a), _stem(b)) for a, b in pairs if not (a + b).isdigit()}


def parted(query: str, known: Container[str]) -> str:
    """A query with each word that titles and aliases write as two, and no page as one, as these two.

    >>> parted("hard nightguards", {"+nightguard", "night", "guard"})
    'hard night guards'
    """
    return _LONG.sub(lambda word: _two(word[0], known), query)


def _two(word: str, known: Container[str]) -> str:
    one = _stem(word.lower())
    if JOINED + one in known and one not in known:
        for end in range(3, len(word) - 2):
            if _stem(word[:end].lower()) in known and _stem(word[end:].lower()) in known:
                return f"{word[:end]} {word[end:]}"
    return word


def wholes(lines: Iterable[str]) -> list[str]:
    """Titles and aliases, each once: the tokens of each in order of the alphabet, with a space between; one without a
    telling word gives none.

    >>> wholes(["Night guards", "a guard for the night"])
    ['guard night']
    """
    return sorted({" ".join(stemmed(line)) for line in as_written(lines)})


def as_written(lines: Iterable[str]) -> list[str]:
    """The same with the words that the tokens are stems of.

    >>> as_written(["Night guards"])
    ['guards night']
    """
    return sorted({" ".join(sorted(set(words))) for line in lines if (words := _plain(line))})


def stemmed(words: str) -> tuple[str, ...]:
    """Written words with a space between -> their tokens, each once, in order of the alphabet."""
    return tuple(sorted({*map(_stem, words.split(" "))}))


def stems(written: Iterable[str]) -> dict[str, str]:
    """Each written word -> its token."""
    return {word: _stem(word) for word in written}


def terms(page: Page) -> dict[str, int]:
    """term -> weight in thousandths for one page: a word weighs as in its best place, a little more if it recurs."""
    best: dict[str, float] = defaultdict(float)
    count: dict[str, int] = defaultdict(int)

    def add(text: str, weight: float) -> None:
        for word in tokens(text):
            best[word] = max(best[word], weight)
            count[word] += 1

    for name in ("title", "answer", "subcategory"):
        add(getattr(page, name), FIELDS[name].weight)
    for name in ("aliases", "tags"):
        for text in getattr(page, name):
            add(text, FIELDS[name].weight)
    for text in (page.title, *page.aliases):
        for word in joined(text):
            best[JOINED + word] = FIELDS["aliases"].weight
    for text in page.attachments:
        add(f"attach {text}", FIELDS["attachments"].weight)
    for s in page.statements:
        add(f"{s.heading} {s.text}", KINDS[s.kind].weight)
    for r in page.related:
        add(r.note, PARTS["related"].weight)
    return {
        word[:80]: round(weight * (1000 + min(max(count[word] - 1, 0), 4) * 50))
        for word, weight in sorted(best.items())
    }


def same(word: str) -> frozenset[str]:
    """Other words for the same thing, as the index holds them."""
    return _OTHERS.get(word, frozenset())


class Spellings:
    """Known terms, for `closest`, by how they are written. Each writing with its length and its letters, which narrow
    down what to compare.
    """

    def __init__(self, terms: Iterable[str], written: Mapping[str, str]) -> None:
        """`written`: words of pages -> their terms; a term is also written as it is, but for its mark."""
        self.terms = frozenset(terms)
        forms = {**written, **{form: _stem(meant) for form, meant in _FORMS.items()}}
        self.writings = {term.removeprefix(JOINED): term for term in sorted(self.terms)}
        self.writings |= {term: term for term in self.terms if not term.startswith(JOINED)}
        self.writings |= {form: term for form, term in forms.items() if term in self.terms}
        self._words = [*self.writings]
        self._lengths = np.fromiter(map(len, self._words), np.int16, len(self._words))
        self._letters = _letters(self._words)

    def near(self, word: str, slips: int) -> list[str]:
        """All writings that may be so many slips away, and others: a slip changes at most two of the letters."""
        alike = np.bitwise_count(self._letters ^ _letters([word])[0]) <= 2 * slips
        alike &= np.abs(self._lengths - len(word)) <= slips
        return [self._words[place] for place in np.flatnonzero(alike).tolist()]


def closest(word: str, known: Spellings) -> list[str]:
    """The known terms that a misspelt word, as it was written, most likely stands for, the likeliest first: one slip
    for short words, two for longer.

    A word may have an ending that no page writes: then its beginning is the term that was meant.
    """
    if len(word) < 4:
        return []
    slips = 1 if len(word) < 7 else 2
    # Hardly anybody misses the first letter, but by one that sounds like it, or leaves it out, or types it second.
    first = word[0]
    begins = _TAKEN_FOR.get(first, {first})
    choices = [writing for writing in known.near(word, slips) if writing[0] in begins or writing[1:2] == first]
    near = process.extract(word, choices, scorer=OSA.distance, score_cutoff=slips, limit=None, processor=None)
    best = min((distance for _, distance, _ in near), default=None)
    if best not in (0, 1):
        for length in range(len(word), 4, -1):
            if word[:length] in known.terms:
                return [word[:length]]
    equal = [writing for writing, distance, _ in near if distance == best]
    ranked = sorted(equal, key=lambda writing: (-JaroWinkler.similarity(word, writing), writing))
    return list(dict.fromkeys(known.writings[writing] for writing in ranked))


def _letters(words: Sequence[str]) -> NDArray[np.uint64]:
    """A bit for each letter and digit that stands in a word."""
    bits: NDArray[np.uint64] = np.zeros(len(words), np.uint64)
    if any(words):
        letters = np.frombuffer("".join(words).encode("ascii"), np.uint8)
        at = np.repeat(np.arange(len(words)), [len(word) for word in words])
        np.bitwise_or.at(bits, at, np.uint64(1) << (letters & 63).astype(np.uint64))
    return bits


# Of one page the same texts are asked for again and again.
@lru_cache(maxsize=256)
def _plain(text: str) -> tuple[str, ...]:
    plain = text.lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.replace("–", "-")).encode("ascii", "ignore").decode()
    # Most texts have nothing of what three of the patterns try at each letter, which takes half the time.
    if "re-" in plain:
        plain = _AGAIN.sub("re", plain)
    plain = plain.replace("'", "")
    if "&" in plain or "/" in plain:
        plain = _CHARTED.sub(r"\1\2", plain)
    plain = _PHRASE.sub(lambda phrase: _PHRASES[phrase[0]], plain)
    plain = _FORM.sub(lambda word: _FORMS[word[0]], plain)
    # "1–3 teeth" speaks of no three of anything.
    if _DIGIT.search(plain):
        plain = _SPAN.sub(r"\1to\2", plain)
    return tuple(word for word in _WORD.findall(plain) if word not in _STOP)


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    # A stemmer holds the word that it is at, so that threads cannot share one; a new one takes a microsecond.
    return str(Stemmer.Stemmer("english", 0).stemWord(word))


_OTHERS = {
    _stem(word): frozenset(map(_stem, group.split(" "))) - {_stem(word)} for group in _SAME for word in group.split(" ")
}
