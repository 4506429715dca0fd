"""$subsumes: a category subsumes the codes in it. No Django."""

from collections.abc import Mapping

from codes.fhir.given import Coding
from codes.fhir.outcome import Resource, quoted, unknown
from codes.fhir.terms import CDT, SLUGS, Listed, Site, own_system, parameter, parameters


def placed(site: Site, coding: Coding) -> Coding:
    """The coding in the system that its code belongs to, whichever of the two is named.

    The numbers of CDT and the codes of our categories are never the same. Raises Refused for another system.
    """
    own_system(site, coding.system)
    return Coding(site.categories if coding.code in SLUGS else CDT, coding.code)


def outcome(site: Site, a: Coding, b: Coding, codes: Mapping[str, Listed]) -> Resource:
    """The answer on two codings as `placed` gives them; `codes` are those that are here, by number."""
    first, second = (_group(site, one, codes) for one in (a, b))
    if a == b:
        said = "equivalent"
    elif a.system != b.system and first == second:
        said = "subsumes" if a.system == site.categories else "subsumed-by"
    else:
        said = "not-subsumed"
    return parameters(parameter("outcome", "Code", said))


def _group(site: Site, coding: Coding, codes: Mapping[str, Listed]) -> str:
    """The category that a coding is, or that it is in; raises Refused for a code that is not here."""
    if coding.system == site.categories and coding.code in SLUGS:
        return SLUGS[coding.code]
    if coding.system == CDT and coding.code in codes:
        return codes[coding.code].category
    raise unknown(f"There is no code {quoted(coding.code)} of {coding.system} here.")
