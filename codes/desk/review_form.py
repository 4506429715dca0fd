"""The form of the decision page: for every item a choice, a proof and words; others decided with it; what is told."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from codes import page as pages
from codes.acts import corrections
from codes.desk.editor import Editors
from codes.forms.correction import item_fields, read_item
from codes.forms.guard import Text, paragraph
from codes.models import Correction, Published, Reason
from codes.page import ItemKey
from codes.page.merge import Conflict
from codes.page.risk import MUCH, severity

ACCEPT, AMEND, LEAVE = "accept", "amend", "leave"
# The buttons.
PUBLISH, REJECT, ASK, ACCEPT_ALL = "accept", "reject", "ask", "accept_all"
MAX_REPLY = 2000
# So many reports of the same items stand on one page.
ALONG = 10
_EMPTY = {
    REJECT: "A rejection needs a reason: the contributor reads it.",
    ASK: "Write your question here: the contributor reads and answers it.",
}
_CHANGED = {
    "invalid_choice": "A correction whose box you checked has changed since. Nothing was decided. Check it again."
}


class ReviewForm(forms.Form):
    """For every item a choice, whether a source proves it, the editor's own words where wanted, and a reply.

    `live` is the revision that the editor saw; `others` are the corrections of the same topic with other words, `alike`
    the first of those that propose exactly the same. Nothing is chosen or ticked to begin with. When valid:
    `chosen` (item key -> content, None for the proposed), `proofs` (item key -> title of the source), `replies` (item
    key -> words), `said` (the reply, or the text that was picked) and `along` (primary key -> version and reply).
    """

    source = Text(
        required=False,
        max_length=pages.MAX_SOURCE,
        label="Your own source for every item marked as proved: title, page, edition",
    )
    reason = forms.TypedChoiceField(required=False, empty_value=None, label="Insert a canned reply, then edit it")
    reply = paragraph(
        MAX_REPLY,
        2,
        required=False,
        label="Reply to the contributor (the reason if you reject, the question if you ask)",
    )
    also = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Decline too", error_messages=_CHANGED
    )
    private = paragraph(MAX_REPLY, 2, required=False, label="Note to the other editors; the contributor never sees it")
    assignee = Editors(label="Who decides this", empty_label="Nobody yet")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, correction: Correction, live: Published, others: Iterable[Correction] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.correction, self.live, self.others = correction, live, list(others)
        self.alike = list(correction.alike().defer("proposed", "earlier")[:ALONG]) if correction.is_open else []
        self.fields["seen"].initial = live.number
        self.fields["version"].initial = correction.version
        self.fields["reply"].initial = correction.reply
        self.fields["assignee"].initial = correction.assigned_to_id
        self._offer_starters()
        cast(forms.MultipleChoiceField, self.fields["also"]).choices = [
            (tick(other), tick(other)) for other in self.others
        ]
        for other in (*self.alike, *self.others):
            self.fields[f"answer-{other.pk}"] = paragraph(
                MAX_REPLY, 2, required=False, label=f"Answer to the contributor of correction {other.pk}"
            )
        self._proposed = pages.items(correction.page)
        self._live = pages.items(live.page)
        self._base = pages.items(correction.before)
        self._parts: dict[str, list[str]] = {}
        for key in correction.items:
            self._add_item(key)

    def _offer_starters(self) -> None:
        self.starters = {str(reason.pk): reason for reason in Reason.objects.all()}
        groups: dict[str, list[tuple[str, str]]] = {}
        for pk, starter in self.starters.items():
            groups.setdefault(starter.get_use_display(), []).append((pk, starter.title))
        reason = cast(forms.TypedChoiceField, self.fields["reason"])
        reason.choices = [("", "Choose"), *groups.items()]
        reason.coerce = self.starters.get

    def _add_item(self, key: str) -> None:
        choices = [(ACCEPT, "Accept"), (AMEND, "Amend"), (LEAVE, "Leave")]
        offered = {ACCEPT: not self.clashes(key), AMEND: key in self._proposed, LEAVE: True}
        self.fields[f"{key}:choice"] = forms.ChoiceField(
            choices=[(value, name) for value, name in choices if offered[value]],
            widget=forms.RadioSelect,
            label="Decision",
            error_messages={"required": "Not decided yet. Choose one."},
        )
        parts = item_fields(key, self._proposed[key], pages.cited(self.live.page, key)) if key in self._proposed else {}
        self._parts[key] = list(parts)
        for part, made in parts.items():
            self.fields[f"{key}:{part}"] = made
        if self.may_be_proved(key):
            self.fields[f"{key}:proved"] = forms.BooleanField(required=False, label="The source proves this item")
            self.fields[f"{key}:own"] = Text(
                required=False, max_length=pages.MAX_SOURCE, label="Your own source for this item: title, page, edition"
            )
        self.fields[f"{key}:sure"] = forms.BooleanField(
            required=False, label="Publish it without a source and without a note"
        )
        self.fields[f"{key}:reply"] = paragraph(
            MAX_REPLY,
            2,
            required=False,
            initial=self.correction.replies.get(key),
            label="Reply to the contributor about this item only",
        )

    def clashes(self, key: str) -> bool:
        """Whether the live item changed since the contributor looked, otherwise than the contributor proposes."""
        was, live, wanted = self._base.get(key), self._live.get(key), self._proposed.get(key)
        if was == live or live == wanted:
            return False
        try:
            corrections.merge_item(self.correction, self.live, key)
        except Conflict:
            return True
        return False

    def may_be_proved(self, key: str) -> bool:
        """Whether a source can prove it: what is removed says nothing, a source is none for itself, and the records of
        sources are not verified.
        """
        return key in self._proposed and not ItemKey(key).is_source and not ItemKey(key).is_document

    def amendment(self, key: str) -> list[forms.BoundField]:
        return [self[f"{key}:{part}"] for part in self._parts[key]]

    def beside(self, key: str, name: str) -> forms.BoundField | None:
        """What else is asked of an item: "proved", "own" or "sure"; None where it is not."""
        return self[f"{key}:{name}"] if f"{key}:{name}" in self.fields else None

    def asks_once_more(self, key: str) -> bool:
        """Whether the editor has been asked to confirm an item that nobody gives a source or a note for."""
        return bool(self[f"{key}:sure"].errors or self[f"{key}:sure"].value())

    def wrong(self, key: str) -> list[str]:
        """What is wrong with the decision on an item."""
        return [str(why) for name, found in self.errors.items() if name.rpartition(":")[0] == key for why in found]

    def all_accepted(self) -> "ReviewForm":
        """This form with everything that was typed, and each item accepted that can be. It decides nothing."""
        accepted = {f"{key}:choice": ACCEPT for key in self.correction.items if not self.clashes(key)}
        return self._again(self.live, {name: self[name].value() for name in self.fields} | accepted)

    def only_typed(self, live: Published) -> "ReviewForm":
        """The form anew, on the correction as it is now: what was typed stays, nothing is chosen or ticked."""
        words = ["source", "reason", "reply", *(name for name in self.fields if name.startswith("answer-"))]
        for key in self.correction.items:
            words += [f"{key}:own", f"{key}:reply"]
            if self[f"{key}:choice"].value() == AMEND:
                words += [f"{key}:{part}" for part in self._parts[key]]
        return self._again(live, {name: self[name].value() for name in words if name in self.fields})

    def _again(self, live: Published, initial: dict[str, Any]) -> "ReviewForm":
        return ReviewForm(initial=initial, correction=self.correction, live=live, others=self.others)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if self.verb is None:
            raise ValidationError("Nothing was decided: publish the chosen items, reject the correction, or ask.")
        self._forget_what_is_not_used(cleaned)
        starter = cleaned.get("reason")
        self.said = cleaned.get("reply") or (starter.text if starter else "")
        if self.verb != PUBLISH and not self.said.strip() and "reply" not in self.errors:
            self.add_error("reply", _EMPTY[self.verb])
        words = {key: cleaned.get(f"{key}:reply") for key in self.correction.items}
        self.replies = {key: said for key, said in words.items() if said}
        self._take_along(cleaned)
        if self.verb == PUBLISH:
            self._choose(cleaned)
        return cleaned

    def _take_along(self, cleaned: dict[str, Any]) -> None:
        """Those that are declined because they are ticked; and of those that propose the same, the version that was
        shown, 0 if none or another was, and what else than the reply they are told.
        """
        self.along = {
            one.pk: (
                one.version if self.data.get(f"shown-{one.pk}") == str(one.version) else 0,
                cleaned.get(f"answer-{one.pk}", ""),
            )
            for one in self.alike
        }
        for other in self.others if self.verb != ASK else ():
            name = f"answer-{other.pk}"
            answer, ticked = cleaned.get(name, ""), tick(other) in cleaned.get("also", ())
            if ticked and not answer.strip() and name not in self.errors:
                self.add_error(name, "Write what this contributor is told, or clear the box.")
            elif answer and not ticked:
                self.add_error(name, "The box of this correction is not checked. Check it, or delete the answer.")
            elif ticked:
                self.along[other.pk] = other.version, answer

    def _choose(self, cleaned: dict[str, Any]) -> None:
        self.chosen: dict[str, dict[str, Any] | None] = {}
        self.proofs: dict[str, str] = {}
        for key in self.correction.items:
            choice = cleaned.get(f"{key}:choice")
            if choice == ACCEPT:
                self.chosen[key] = None
            elif choice == AMEND:
                instead = "Choose “Leave” to change nothing here."
                content = read_item(self, key, self._proposed[key], self._live.get(key), instead)
                if content is not None:
                    self.chosen[key] = content
            if choice in (ACCEPT, AMEND):
                self._prove(key, cleaned)
        shared = cleaned.get("source")
        if shared and shared not in self.proofs.values():
            self.add_error(
                "source", "It proves nothing yet. Check the box of each item that it proves, or delete the source."
            )

    def _prove(self, key: str, cleaned: dict[str, Any]) -> None:
        given, own = self.correction.evidence_of(key), cleaned.get(f"{key}:own")
        if cleaned.get(f"{key}:proved"):
            if title := own or cleaned.get("source") or given.source_title:
                self.proofs[key] = title
            else:
                self.add_error(f"{key}:proved", "No source is named. Name yours, or clear the box.")
        elif own:
            self.add_error(
                f"{key}:proved", "You name a source. Check this box if it proves the item, or delete the source."
            )
        elif not (cleaned.get(f"{key}:sure") or given.source_title or given.note) and severity([key]) == MUCH:
            said = "An error here can be costly, and nobody named a source or wrote a note. Publish it anyway?"
            self.add_error(f"{key}:sure", said)

    @property
    def verb(self) -> str | None:
        """The button that was pressed."""
        return next((verb for verb in (ACCEPT_ALL, REJECT, ASK, PUBLISH) if verb in self.data), None)

    def _forget_what_is_not_used(self, cleaned: dict[str, Any]) -> None:
        """Words that are not going to be published stop nobody: those of an item that is not amended, or rejected."""
        for key in self.correction.items:
            if self.verb != PUBLISH or cleaned.get(f"{key}:choice") != AMEND:
                for field in self.amendment(key):
                    self.errors.pop(field.name, None)
            if self.verb != PUBLISH:
                self.errors.pop(f"{key}:choice", None)


def tick(correction: Correction) -> str:
    """What the form sends for another correction: which one it is, as it was shown."""
    return f"{correction.pk} {correction.version}"
