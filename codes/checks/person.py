"""What looks like a person's name, number or address: in a claim line, or over a column of a list. No Django."""

import re
from collections.abc import Sequence

# What a check says of it, and does no more.
REFUSED = (
    "This looks like {}. Nothing was checked. Take it out: a check needs codes, dates and teeth, "
    "never who the patient is."
)

_BIRTH, _SSN, _PHONE = "a date of birth", "a social security number", "a phone number"
_WHO = "the name or number of a patient or member"
_WHERE = "an address or a phone number"
# Words for whom a claim is about or who pays for it.
_PERSONS = r"patient|subscriber|member|insured|policy ?holder|guarantor|surname|mrn"

# What a claim line never holds. Dates stand as 0 here. "ID", "MS" and "DOB" alone may be surfaces or a tooth.
_IN_TEXT = (
    (r"[^\s@]+@[^\s@]+\.\w", "an e-mail address"),
    (r"(?<![\d-])\d{3}[- ]\d{2}[- ]\d{4}(?![\d-])|\bsocial security\b|\bssn\b", _SSN),
    (r"(?<![\d-])\(?\d{3}\)?[-. ]{1,2}\d{3}[-. ]\d{4}(?![\d-])", _PHONE),
    (r"\b(?:date of birth|birth ?date|birthday|born|d\.o\.b\.?)\b|\bdob\b\W*\d", _BIRTH),
    (
        rf"\b(?:{_PERSONS}|chart|policy|name|pt)\b|\b(?:mrs?|miss) [a-z]|\bid ?:|\bid\W{{0,3}}[a-z]*\d{{4}}",
        _WHO,
    ),
    (r"\b(?:phone|tel|mobile|cell|e-?mail|address|zip)\b", _WHERE),
    (r"\b[a-z]{0,4}\d{7,}\b", "the number of a member or a policy"),
)

# Headings, in small letters and with one blank between words: "PatNum" is "pat num", "Chart #" is "chart #". A code
# list has columns too that are called "Name", "Preferred", "Age", "Parent code" or "Zip".
_NUMBER = r"(?:#|nums?|no|nbr|number|id|identifier)"
# Behind "patient" in what is said of a code: "Patient-friendly description". So are "New patient", "Max per patient".
_OF_A_CODE = "friendly|facing|desc|term|wording|language|instr|education|age|type"
_HEADINGS = (
    (r"(?:.* )?birth.*|(?:.* )?(?:dob|d o b|b ?day|b ?date)(?: .*)?", _BIRTH),
    (r"(?:.* )?ssn(?: .*)?|(?:.* )?soc(?:ial)? ?sec.*|s ?s " + _NUMBER, _SSN),
    (
        rf"(?:.* )?(?<!new )(?<!non )(?<!per )(?:{_PERSONS})(?!ship| (?:{_OF_A_CODE})).*"
        r"|(?:.* )?(?:pat|pt|resp(?:onsible)? party|account holder|head of household|recipient|guardian|spouse)(?: .*)?"
        r"|(?:legal |pref(?:erred)? )?(?:first|last|middle|given|family|maiden|nick|f|l|m) ?name(?: .*)?"
        r"|(?:.* )?forename|name (?:first|last|middle).*|(?:last|first) (?:first|last)(?: .*)?"
        rf"|(?:middle|m) (?:i|initial)|chart(?: {_NUMBER})?"
        rf"|(?:policy|account|acct|family|medicaid|medicare|medical record|ins|insurance|subs) {_NUMBER}",
        _WHO,
    ),
    (
        rf"(?:(?:home|hm|work|wk|wireless|cell|mobile|contact) )?(?:tele)?phone(?: {_NUMBER}| ?[12])?"
        r"|(?:.* )?e ?mail(?: addr(?:ess)?)?|(?:(?:home|street|mailing|billing) )?addr(?:ess)?(?: ?(?:line )?[12])?",
        _WHERE,
    ),
)
_LONGEST = 60  # Of a heading.
_MONEY = re.compile(
    r"fee|price|rate|amount|charge|cost|paid|pays|pay\b|portion|share|balance|discount|ucr|usd|\$|%|percent|coins|deduct"
    r"|responsib(?!le)|\best",
    re.I,
)


def in_text(text: str) -> str | None:
    """What of a person `text` looks like, "a phone number", or None. Dates are taken out before.

    Errs on the safe side: a check that is refused costs a word, one that is not costs a person's privacy.
    """
    return next((what for pattern, what in _IN_TEXT if re.search(pattern, text, re.IGNORECASE)), None)


def over_column(names: Sequence[str]) -> str | None:
    """What of a person one of these columns is headed as, with the heading: "a date of birth (column “DOB”)"; or None.

    >>> over_column(["ProcCode", "PatNum"]), over_column(["Code", "Patient portion"])
    ('the name or number of a patient or member (column “PatNum”)', None)
    """
    plain = {name: _plain(name) for name in names if len(name) <= _LONGEST and not is_money(name)}
    for name, said in plain.items():
        # "First" alone may be an edition.
        whole = f"{said} name" if said in ("first", "last") and {"first", "last"} <= {*plain.values()} else said
        for pattern, what in _HEADINGS:
            if re.fullmatch(pattern, whole):
                return f"{what} (column “{name[:40]}”)"
    return None


def is_money(heading: str) -> bool:
    """Whether a heading is one of fees, "Member fee", "2026 UCR", and so none of a person."""
    return _MONEY.search(heading) is not None


def _plain(heading: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", heading).replace("#", " # ")
    return re.sub(r"[^a-z0-9#]+", " ", apart.lower()).strip()
