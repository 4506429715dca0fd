"""What happens to a correction. Its contributor sends, edits, withdraws, answers and reopens it; editors decide it.

Nothing here sees a request. Each act locks the correction, checks that it may happen now, and writes the audit log.
"""

from codes.acts.corrections.deciding import (
    accept,
    accept_or_agree,
    agree,
    ask,
    dispute,
    look,
    publish_due,
    reject,
    undispute,
    undo,
)
from codes.acts.corrections.noting import annotate, assign
from codes.acts.corrections.sending import answer, as_typed, change_record, edit, mail_access, reopen, submit, withdraw
from codes.acts.corrections.showing import conceal, keep_private, release
from codes.acts.corrections.together import Together
from codes.acts.corrections.waiting import (
    AlreadyDecided,
    Disputes,
    Edited,
    NothingChosen,
    NothingDiffers,
    NotNow,
    OwnCorrection,
    Reports,
    SecondEditorNeeded,
    TooMuch,
    disputes,
    is_own,
    merge_item,
    reports,
    sole_editor,
)

__all__ = [
    "AlreadyDecided",
    "Disputes",
    "Edited",
    "NotNow",
    "NothingChosen",
    "NothingDiffers",
    "OwnCorrection",
    "Reports",
    "SecondEditorNeeded",
    "Together",
    "TooMuch",
    "accept",
    "accept_or_agree",
    "agree",
    "annotate",
    "answer",
    "as_typed",
    "ask",
    "assign",
    "change_record",
    "conceal",
    "dispute",
    "disputes",
    "edit",
    "is_own",
    "keep_private",
    "look",
    "mail_access",
    "merge_item",
    "publish_due",
    "reject",
    "release",
    "reopen",
    "reports",
    "sole_editor",
    "submit",
    "undispute",
    "undo",
    "withdraw",
]
