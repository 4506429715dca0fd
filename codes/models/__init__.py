"""What is stored. Pages are written by `publishing`, records of documents by `registering`, corrections by
`corrections`, and by nothing else.
"""

from codes.models.announced import AnnouncedChange, ChangeFile
from codes.models.auditlog import AuditEntry
from codes.models.batch import Batch, BatchRow
from codes.models.code import (
    CodeSpecialty,
    CodeTag,
    Edition,
    Facet,
    ImportedPage,
    ProcedureCode,
    RelatedCode,
    Revision,
    RevisionQuerySet,
    SearchEntry,
    SearchStamp,
    Specialty,
    today,
)
from codes.models.correction import (
    Correction,
    Evidence,
    Exchange,
    Note,
    Published,
    Reason,
    Subject,
    due_on,
    is_late,
)
from codes.models.count import RateCount, ReadCount, Tally, TryCount, count_alone
from codes.models.document import CitedDocument, Document, DocumentRevision, ImportedDocument
from codes.models.editor import editor_name
from codes.models.fees import Fee, RelativeValue
from codes.models.follow import Follow, News, Untold
from codes.models.importing import ImportRow, ImportRun, LicensedWords
from codes.models.mail import Address, LostReceipts, Mail
from codes.models.pulse import Pulse
from codes.models.queued import Queued
from codes.models.stamp import Stamp
from codes.models.verification import Verification, checked_at

__all__ = [
    "Address",
    "AnnouncedChange",
    "AuditEntry",
    "Batch",
    "BatchRow",
    "ChangeFile",
    "CitedDocument",
    "CodeSpecialty",
    "CodeTag",
    "Correction",
    "Document",
    "DocumentRevision",
    "Edition",
    "Evidence",
    "Exchange",
    "Facet",
    "Fee",
    "Follow",
    "ImportedDocument",
    "ImportRow",
    "ImportRun",
    "ImportedPage",
    "LicensedWords",
    "LostReceipts",
    "Mail",
    "News",
    "Note",
    "ProcedureCode",
    "Published",
    "Pulse",
    "Queued",
    "RateCount",
    "ReadCount",
    "Reason",
    "RelatedCode",
    "RelativeValue",
    "Revision",
    "RevisionQuerySet",
    "SearchEntry",
    "SearchStamp",
    "Specialty",
    "Stamp",
    "Subject",
    "Tally",
    "TryCount",
    "Untold",
    "Verification",
    "checked_at",
    "due_on",
    "is_late",
    "editor_name",
    "count_alone",
    "today",
]
