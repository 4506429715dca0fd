"""What is stored. Pages are written by `publishing`, corrections by `corrections`, and by nothing else."""

from codes.models.code import (
    CodeSpecialty,
    CodeTag,
    Edition,
    ImportedPage,
    ProcedureCode,
    RelatedCode,
    Revision,
    SearchTerm,
    Specialty,
    today,
)
from codes.models.correction import Correction, new_token
from codes.models.count import RateCount
from codes.models.verification import Verification

__all__ = [
    "CodeSpecialty",
    "CodeTag",
    "Correction",
    "Edition",
    "ImportedPage",
    "ProcedureCode",
    "RateCount",
    "RelatedCode",
    "Revision",
    "SearchTerm",
    "Specialty",
    "Verification",
    "new_token",
    "today",
]
