"""The words that the fields of a page are chosen from: categories, specialties, sites, teeth, surfaces, counts."""

import re

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
    "visit": "Once per visit",
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
# Who a document is from, which says how far it goes. The press of the trade is literature; whoever sells software,
# billing or a site like this one is a vendor.
SOURCE_KINDS: dict[str, str] = {
    "payer": "Payer policy",
    "government": "Government",
    "law": "Law or regulation",
    "association": "Association",
    "literature": "Literature",
    "vendor": "Vendor",
}
# What a document can show.
ATTESTS: dict[str, str] = {
    "first year": "The first year of a code",
    "end": "The last year of a code",
    "in the set": "That a code was in the set at its date",
    "meaning": "What a code means",
    "claim facts": "What a claim must hold",
    "payment": "What a payer pays and asks for",
}


def category_of(code: str) -> str | None:
    """The category that a number belongs to by the code set's numbering, or None."""
    if code in CATEGORY_EXCEPTIONS:
        return CATEGORY_EXCEPTIONS[code]
    return next((name for name, (first, last) in CATEGORIES.items() if first <= code <= last), None)


def tag_slug(tag: str) -> str:
    """A tag as it stands in an address: "second stage" -> "second-stage"."""
    return re.sub(r"[^a-z0-9]+", "-", tag.lower()).strip("-")
