"""What is said of a code beside its title, as properties of FHIR. No Django."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from codes.fhir.outcome import Resource
from codes.fhir.terms import Listed, Site, When, category_coding
from codes.page import FIELDS, KINDS

# How far a page is verified: the code of it -> in words.
VERIFICATIONS = {
    "wholly": "An editor has verified every item of the page against the edition in force.",
    "partly": "An editor has verified some items of the page against the edition in force.",
    "outdated": "Some items are verified against an older edition only.",
    "none": "No editor has verified anything of the page.",
}
OF_ITEMS = {
    "verified": "An editor has verified it against the edition in force.",
    "outdated": "It is verified against an older edition only.",
    "unverified": "No editor has verified it.",
}
# Property -> its codes in words.
WORDS = {"verification": VERIFICATIONS, "validityVerification": OF_ITEMS}
# What a claim needs.
FACTS = ("site", "teeth", "surfaces", "per", "attachments")
_INACTIVE = "http://hl7.org/fhir/concept-properties#inactive"


@dataclass(frozen=True)
class Defined:
    """A property as a CodeSystem declares it; `short`: it is in the CodeSystem, the others in $lookup alone."""

    kind: str
    description: str
    uri: str = ""
    short: bool = False


@dataclass(frozen=True)
class Property:
    code: str
    kind: str
    value: Any

    @property
    def valued(self) -> Resource:
        return {f"value{self.kind[0].upper()}{self.kind[1:]}": self.value}

    @property
    def of_concept(self) -> Resource:
        """As a concept of a CodeSystem holds it."""
        return {"code": self.code, **self.valued}


def _said(codes: Mapping[str, str]) -> str:
    return " ".join(f"{code}: {words}" for code, words in codes.items())


# FHIR's own effectiveDate and deprecationDate are about the concept's record: these have no address of theirs.
DEFINED = {
    "category": Defined("Coding", "The category that it belongs to.", short=True),
    "effectiveDate": Defined("dateTime", "The first date of service on which it may be reported.", short=True),
    "deprecationDate": Defined("dateTime", "The first date of service on which it may not be reported.", short=True),
    "inactive": Defined("boolean", "Whether it may not be reported on the date.", _INACTIVE, short=True),
    "replacedBy": Defined("code", "A code to report instead, after the last date of service.", short=True),
    "verification": Defined(
        "code",
        f"How far its page is verified. {_said(VERIFICATIONS)}",
        short=True,
    ),
    "validityVerification": Defined("code", f"The same of the years in which it is valid. {_said(OF_ITEMS)}"),
    "disputed": Defined("boolean", "Whether some item of the page is disputed."),
    "subcategory": Defined("string", "The sub-category that this site puts it into."),
    "page": Defined("string", "The address of its page, with sources and proof."),
    "answer": Defined("string", f"{FIELDS['answer'].title}: what it is for, in our words."),
    **{name: Defined("string", f"{FIELDS[name].title}, in our words.") for name in FACTS},
    **{name: Defined("string", f"{kind.title}, in our words.") for name, kind in KINDS.items()},
}
# What $lookup gives without being asked.
BY_DEFAULT = (
    *(name for name, d in DEFINED.items() if d.short),
    *("validityVerification", "disputed", "subcategory", "page", "answer"),
)


def declared() -> list[Resource]:
    """The properties, as a CodeSystem declares them."""
    return [
        {"code": code, **({"uri": d.uri} if d.uri else {}), "description": d.description, "type": d.kind}
        for code, d in DEFINED.items()
    ]


def prop(code: str, value: Any) -> Property:
    return Property(code, DEFINED[code].kind, value)


def short(site: Site, code: Listed, when: When, verification: str) -> list[Property]:
    """What is said of a code wherever it is listed."""
    v = code.validity
    found = [prop("category", category_coding(site, code.category))]
    if v.first_day:
        found.append(prop("effectiveDate", v.first_day.isoformat()))
    if v.until:
        found.append(prop("deprecationDate", date(v.until + 1, 1, 1).isoformat()))
    found.append(prop("inactive", not when.allows(v)))
    found += [prop("replacedBy", number) for number in v.replaced_by]
    return [*found, prop("verification", verification)]
