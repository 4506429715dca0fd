"""Which codes one place or visit takes together, as tables. No Django. `codes.checks.claims` judges by them."""

import re
from dataclasses import dataclass


def numbers(*spans: str) -> frozenset[str]:
    """ "2740-2743 2799" -> the codes from D2740 to D2743, and D2799."""
    ends = (span.partition("-")[::2] for words in spans for span in words.split())
    return frozenset(f"D{n:04}" for first, last in ends for n in range(int(first), int(last or first) + 1))


@dataclass(frozen=True)
class OneOf:
    """Codes of which one place or visit has one: `place` is "tooth", "surface", "quadrant", "arch" or "visit"."""

    codes: frozenset[str]
    place: str
    degree: str
    says: str


EXTRACTIONS = numbers("7111 7140 7210-7241 7250-7252")
FILLINGS = numbers("2140-2161 2330-2335 2390-2394")
CROWNS = numbers("2510-2794 2960-2962 2928-2934 6058-6077 6082-6088 6094 6097-6099 6205-6253 6545-6794 2390")
PULP = numbers("3220 3222 3230-3330 3332 3346-3348")
ONE_OF = (
    OneOf(CROWNS, "tooth", "problem", "one tooth takes one crown, veneer, onlay, pontic or retainer"),
    OneOf(numbers("2950 2952 2954"), "tooth", "problem", "one tooth takes one buildup or one post and core"),
    OneOf(EXTRACTIONS, "tooth", "problem", "one tooth is taken out once"),
    OneOf(PULP, "tooth", "problem", "one tooth takes one pulp treatment on a date"),
    OneOf(numbers("3351-3353 3310-3330"), "tooth", "look", "apexification includes the root canal filling"),
    OneOf(numbers("3410 3421 3425"), "tooth", "problem", "the three codes are for different kinds of teeth"),
    OneOf(numbers("6010 6013 6040 6050"), "tooth", "problem", "one site takes one implant"),
    OneOf(numbers("6056 6057 6051"), "tooth", "look", "one implant takes one abutment"),
    OneOf(numbers("6049 6081 6101-6102"), "tooth", "look", "only one such treatment is paid for an implant on a date"),
    OneOf(numbers("7953 7950 6104"), "tooth", "look", "one site takes one graft code"),
    OneOf(FILLINGS, "surface", "look", "a surface is filled once"),
    OneOf(numbers("4210-4211 4240-4241 4260-4261 4341-4342"), "quadrant", "look",
           "a quadrant takes one of these on a date"),
    OneOf(numbers("5110-5140 5211-5228 5863-5866 6110-6117"), "arch", "look", "an arch takes one denture"),
    OneOf(numbers("7310-7321"), "quadrant", "look", "a quadrant takes one alveoloplasty"),
    OneOf(numbers("0120 0140-0180"), "visit", "look", "payers pay one exam a visit"),
    OneOf(numbers("1110 1120 4346 4355 4910"), "visit", "problem", "a visit has one cleaning of the whole mouth"),
    OneOf(numbers("0270-0277 0210 0709"), "visit", "look", "a visit has one set of bitewings"),
    OneOf(numbers("1206 1208"), "visit", "look", "a visit has one topical fluoride"),
    OneOf(numbers("3110 3120"), "tooth", "look", "one tooth takes one pulp cap"),
    OneOf(numbers("0364-0367"), "visit", "look", "payers pay one cone beam scan a visit"),
    OneOf(numbers("8010-8090"), "visit", "look", "a visit starts one orthodontic treatment"),
)  # fmt: skip
# What a crown is prepared and seated for; a temporary one is followed by another.
LASTING_CROWNS = CROWNS - numbers("2390 6085 6253 6793")
# Work that needs the tooth.
ON_A_TOOTH = FILLINGS | (CROWNS - numbers("6000-6999")) | PULP | numbers("2940-2962 1351-1355 3110-3120 3221 3351-3357")
# What primary teeth do not carry: made crowns and veneers, implants and bridges.
FOR_PERMANENT = numbers("2710-2794 2960-2962 6010-6199 6205-6794")
_COMPLETE = numbers("5110-5140")
_DENTURES = _COMPLETE | numbers("5211-5228")


@dataclass(frozen=True)
class Against:
    """Two kinds of work that one place, as in `OneOf`, does not take on one date.

    `proof` finds the statement of either page that says so, by its heading and words; with `unplaced` it is also said
    where one of the lines names no place. `since` is the edition from which on it is so.
    """

    one: frozenset[str]
    two: frozenset[str]
    place: str
    degree: str
    says: str
    proof: re.Pattern[str] | None = None
    unplaced: bool = False
    since: int = 0


AGAINST = (
    Against(EXTRACTIONS - {"D7252"}, ON_A_TOOTH, "surface", "problem", "the tooth is taken out on that date"),
    Against(FILLINGS - {"D2390"}, CROWNS - {"D2390"}, "surface", "look", "a crown includes the filling of its tooth"),
    Against(FILLINGS, numbers("2950 2952 2954"), "surface", "look",
            "a buildup or a core includes the filling of its tooth"),
    Against(numbers("0210"), numbers("0230"), "visit", "problem", "a full-mouth series includes its periapicals",
            re.compile(r"\ball periapicals\b", re.I)),
    Against(numbers("9110"), EXTRACTIONS | FILLINGS | PULP, "tooth", "look",
            "relieving the pain is part of treating the tooth",
            re.compile(r"\bdefinitive treatment on the same date\b", re.I), unplaced=True),
    Against(numbers("7953"), numbers("6010 6013"), "tooth", "look",
            "a graft around an implant placed that day is D6104", re.compile(r"\bD6104\b")),
    Against(numbers("6103"), numbers("6010 6013"), "tooth", "look",
            "a graft around an implant placed that day is D6104", re.compile(r"\bD6104\b")),
    Against(numbers("4263-4264"), EXTRACTIONS, "tooth", "look",
            "it is for a tooth that stays; a graft in the socket is D7953"),
    Against(numbers("4266-4267"), EXTRACTIONS, "tooth", "look",
            "it is for a tooth that stays; a membrane in the socket is D7956 or D7957", since=2023),
    Against(numbers("7320-7321"), EXTRACTIONS, "quadrant", "look",
            "reshaping with extractions in the quadrant is D7310 or D7311"),
    Against(numbers("9210"), EXTRACTIONS | FILLINGS | PULP | CROWNS, "quadrant", "look",
            "it is for anesthesia without treatment in the area"),
    Against(numbers("2920 2980 6930 6092"), LASTING_CROWNS, "tooth", "look",
            "the new crown takes the place of the old one"),
    Against(_COMPLETE, ON_A_TOOTH, "arch", "look", "a complete denture replaces every tooth of its arch"),
    Against(_DENTURES, numbers("5410-5422"), "arch", "look", "adjustments after delivery are part of the denture",
            re.compile(r"\bsettling-in time\b|\baftercare\b", re.I)),
    Against(_DENTURES, numbers("5710-5761"), "arch", "look", "payers count relines and rebases from the delivery",
            re.compile(r"\bwithin months of delivery\b", re.I)),
)  # fmt: skip

# A code that only adds to another -> the codes of which one has to stand on the claim, and how surely it is denied.
ADDS_TO: dict[str, tuple[frozenset[str], str]] = {
    "D0230": (numbers("0220"), "look"),
    "D3426": (numbers("3421 3425"), "problem"),
    "D3429": (numbers("3428"), "problem"),
    "D3430": (numbers("3410 3421 3425 3426 3470"), "look"),
    "D4264": (numbers("4263"), "problem"),
    "D4278": (numbers("4277"), "problem"),
    "D4283": (numbers("4273"), "problem"),
    "D4285": (numbers("4275"), "problem"),
    "D7310": (numbers("7140 7210 7220 7230 7240-7241 7250"), "look"),
    "D7311": (numbers("7140 7210 7220 7230 7240-7241 7250"), "look"),
    "D9223": (numbers("9222"), "problem"),
    "D9225": (numbers("9224"), "problem"),
    "D9243": (numbers("9239"), "problem"),
    "D9247": (numbers("9246"), "problem"),
}
