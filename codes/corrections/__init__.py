"""What happens to a correction. Its contributor sends, edits, withdraws, answers and reopens it; editors decide it.

Nothing here sees a request. Each act locks the correction, checks that it may happen now, and writes the audit log.
"""

from codes.corrections.deciding import (
    CLAIM,
    accept,
    agree,
    ask,
    dispute,
    look,
    needs_second,
    publish_due,
    reject,
    undispute,
    undo,
)
from codes.corrections.sending import answer, as_typed, edit, mail_access, reopen, submit, withdraw
from codes.corrections.waiting import (
    AlreadyDecided,
    Disputes,
    Edited,
    NothingChosen,
    NothingDiffers,
    NotNow,
    OwnCorrection,
    SecondEditorNeeded,
    TooMuch,
    disputes,
    is_own,
    merge_item,
    sole_editor,
)

__all__ = [
    "CLAIM",
    "AlreadyDecided",
    "Disputes",
    "Edited",
    "NotNow",
    "NothingChosen",
    "NothingDiffers",
    "OwnCorrection",
    "SecondEditorNeeded",
    "TooMuch",
    "accept",
    "agree",
    "answer",
    "as_typed",
    "ask",
    "dispute",
    "disputes",
    "edit",
    "is_own",
    "look",
    "mail_access",
    "merge_item",
    "needs_second",
    "publish_due",
    "reject",
    "reopen",
    "sole_editor",
    "submit",
    "undispute",
    "undo",
    "withdraw",
]
