"""What is stored. Pages are written by `publishing`, corrections by `corrections`, and by nothing else."""

from codes.models.auditlog import AuditEntry
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
from codes.models.correction import Correction, Evidence, Exchange, Reason, due_on, is_late
from codes.models.count import RateCount, ReadCount, TryCount
from codes.models.editor import editor_name
from codes.models.mail import Address, Mail
from codes.models.pulse import Pulse
from codes.models.stamp import Stamp
from codes.models.verification import Verification

__all__ = [
    "Address",
    "AuditEntry",
    "CodeSpecialty",
    "CodeTag",
    "Correction",
    "Edition",
    "Evidence",
    "Exchange",
    "ImportedPage",
    "Mail",
    "ProcedureCode",
    "Pulse",
    "RateCount",
    "ReadCount",
    "Reason",
    "RelatedCode",
    "Revision",
    "SearchTerm",
    "Specialty",
    "Stamp",
    "TryCount",
    "Verification",
    "due_on",
    "is_late",
    "editor_name",
    "today",
]
