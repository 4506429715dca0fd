"""What there is: the CapabilityStatement and the TerminologyCapabilities. No Django."""

from codes.fhir import given, searching
from codes.fhir.given import Operation
from codes.fhir.outcome import Resource
from codes.fhir.properties import DEFINED
from codes.fhir.systems import CATEGORIES_ID
from codes.fhir.terms import CDT, FHIR, NOTICE, Calendar, Site

# The day on which these doors last became others.
_SINCE = "2026-11-22"
_OPERATIONS = {
    "CodeSystem": (given.LOOKUP, given.CODE_VALIDATION, given.SUBSUMES),
    "ValueSet": (given.EXPAND, given.SET_VALIDATION),
}


def capabilities(site: Site) -> Resource:
    resources = [_resource(kind, operations) for kind, operations in _OPERATIONS.items()]
    return {
        **_heading(site, "CapabilityStatement", "metadata"),
        "name": "CDTTerminologyServer",
        "title": f"FHIR R4 terminology of {site.name}",
        "software": {"name": "Open Dental Code Reference"},
        "fhirVersion": FHIR,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Reading only: nothing that is posted is stored, and nobody has to log in.",
                "security": {"cors": True, "description": "Open to everybody; no login."},
                "resource": resources,
            }
        ],
    }


def terminology(site: Site, calendar: Calendar) -> Resource:
    editions = [
        {
            "code": str(year),
            "isDefault": year == calendar.today.year,
            "compositional": False,
            "language": ["en"],
            "filter": [{"code": "category", "op": ["=", "in"]}, {"code": "inactive", "op": ["="]}],
            "property": list(DEFINED),
        }
        for year in calendar.versions()
    ]
    return {
        **_heading(site, "TerminologyCapabilities", "metadata?mode=terminology"),
        "name": "CDTTerminology",
        "title": f"Terminology of {site.name}",
        "codeSystem": [
            {"uri": CDT, "version": editions, "subsumption": True},
            {"uri": site.categories, "subsumption": True},
        ],
        "expansion": {
            "hierarchical": False,
            "paging": True,
            "incomplete": True,
            "parameter": [{"name": name} for name in given.EXPAND.takes],
            "textFilter": "The site's own search, and words that begin words of a title or another name.",
        },
        "codeSearch": "all",
        "validateCode": {"translations": False},
    }


def _heading(site: Site, kind: str, path: str) -> Resource:
    return {
        "resourceType": kind,
        "url": f"{site.base}/{path}",
        "status": "active",
        "experimental": False,
        "date": _SINCE,
        "publisher": site.name,
        "description": f"{CDT} as a fragment with titles of our own, our {CATEGORIES_ID}, and value sets of them.",
        "copyright": NOTICE,
        "kind": "instance",
        "implementation": {"description": site.name, "url": site.base},
    }


def _resource(kind: str, operations: tuple[Operation, ...]) -> Resource:
    return {
        "type": kind,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{kind}",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "conditionalRead": "not-match",
        "searchParam": [{"name": name, "type": type_} for name, type_ in searching.PARAMETERS.items()],
        "operation": [
            {"name": one.name, "definition": f"http://hl7.org/fhir/OperationDefinition/{kind}-{one.name}"}
            for one in operations
        ],
    }
