"""What is known of each item of a page: verified by whom against what, disputed, last changed. Reads, never writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from codes.acts.corrections import Disputes, disputes
from codes.acts.verifying import Survey, survey, verifications
from codes.models import Revision, Verification
from codes.page import Page

SIGNS = {"verified": "●", "outdated": "◐", "unverified": "○"}


@dataclass(frozen=True)
class Mark:
    """What is known of one item: its state as in `Survey.state`, and whether it is disputed.

    `verified` is what counts against the edition of the year `edition`, the current one, or an older; `ahead` is
    against a coming one. `counts` is False for a label, which is not verified on its own. `waiting` is how many open
    corrections change the item, disputed or not, and `changed` the revision that did last.
    """

    state: str
    verified: Verification | None
    ahead: Verification | None
    edition: int
    counts: bool
    disputed: bool
    waiting: int
    changed: Revision | None

    @property
    def sign(self) -> str:
        return SIGNS[self.state]

    @property
    def said(self) -> str:
        """The state in a few words."""
        if not self.verified:
            return "not verified yet"
        return f"verified against {self.verified.edition}" + (" only" if self.state == "outdated" else "")

    @property
    def proof(self) -> str:
        """The state in whole: against what, when, by whom and by which source."""
        if not self.verified:
            return f"Not verified against CDT {self.edition}" if self.ahead else "Not verified yet"
        older = f" not yet against CDT {self.edition};" if self.state == "outdated" else ""
        return f"Verified against {self.verified.edition},{older} {self.verified.signed}"

    @property
    def proof_ahead(self) -> str:
        """The same of the coming edition, "" if nobody checked the item against one."""
        return f"already checked against the coming {self.ahead.edition}, {self.ahead.signed}" if self.ahead else ""


@dataclass(frozen=True)
class Marks:
    """What is known of the items of one page. `changed`: item key -> the revision that changed it last."""

    survey: Survey
    disputes: Disputes
    changed: Mapping[str, Revision] = field(default_factory=dict)

    def of(self, key: str) -> Mark:
        return Mark(
            state=self.survey.state(key),
            verified=self.survey.standing.get(key),
            ahead=self.survey.ahead.get(key),
            edition=self.survey.edition,
            counts=key in self.survey.digests,
            disputed=key in self.disputes.disputed,
            waiting=self.disputes.waiting[key],
            changed=self.changed.get(key),
        )

    @property
    def total(self) -> int:
        """How many items an editor can verify."""
        return len(self.survey.digests)

    @property
    def verified(self) -> int:
        """How many of them are verified against the current edition."""
        return len(self.survey.verified)

    @property
    def verified_at(self) -> datetime | None:
        """When the last of these was."""
        return max((self.survey.standing[key].at for key in self.survey.verified), default=None)

    @property
    def disputed(self) -> int:
        """How many of `total` are disputed."""
        return len(self.survey.digests.keys() & self.disputes.disputed)

    @property
    def open_corrections(self) -> int:
        """How many corrections of the page wait for an editor."""
        return self.disputes.corrections

    @property
    def uncounted(self) -> list[str]:
        """How many of `total` are verified against another edition, in words."""
        outdated, ahead = len(self.survey.outdated), len(self.survey.digests.keys() & self.survey.ahead.keys())
        said = [
            (outdated, "only against an older edition"),
            (ahead, "already checked against a coming edition"),
        ]
        return [f"{count} {words}" for count, words in said if count]


def marks_of(shown: Mapping[str, Page], history: Iterable[Revision] = ()) -> dict[str, Marks]:
    """Code number -> what is known of the items of its page, in three queries however many pages.

    `history` are the revisions of these codes, newest first, if it matters what changed an item last.
    """
    verified, waiting = verifications(shown), disputes(shown)
    changed: dict[str, dict[str, Revision]] = {}
    for revision in history:
        for key in revision.items:
            changed.setdefault(revision.code_id, {}).setdefault(key, revision)
    return {
        number: Marks(survey(page, verified.get(number, ())), waiting.get(number, Disputes()), changed.get(number, {}))
        for number, page in shown.items()
    }
