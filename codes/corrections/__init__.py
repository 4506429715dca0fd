"""What happens to a correction. Its contributor sends, edits, withdraws, answers and reopens it; editors decide it.

Nothing here sees a request. Each act locks the correction, checks that it may happen now, and writes the audit log.
"""

from codes.corrections.deciding import (
    CLAIM,
    accept,
    agree,
    ask,
    look,
    needs_second,
    publish_due,
    reject,
    says_the_same,
    undo,
)
from codes.corrections.sending import answer, as_typed, edit, reopen, submit, withdraw
from codes.corrections.waiting import (
    AlreadyDecided,
    Edited,
    NothingChosen,
    NothingDiffers,
    NotNow,
    OwnCorrection,
    SecondEditorNeeded,
    disputing,
    is_own,
    merge_item,
    sole_editor,
    waiting_items,
)

__all__ = [
    "CLAIM",
    "AlreadyDecided",
    "Edited",
    "NotNow",
    "NothingChosen",
    "NothingDiffers",
    "OwnCorrection",
    "SecondEditorNeeded",
    "accept",
    "agree",
    "answer",
    "as_typed",
    "ask",
    "disputing",
    "edit",
    "is_own",
    "look",
    "merge_item",
    "needs_second",
    "publish_due",
    "reject",
    "reopen",
    "says_the_same",
    "sole_editor",
    "submit",
    "undo",
    "waiting_items",
    "withdraw",
]
