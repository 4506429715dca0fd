"""The form of the decision page: a choice for every item, the editor's own words, and what the contributor is told."""

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError

from codes import corrections
from codes import page as pages
from codes.forms import item_fields, read_item
from codes.guard import paragraph
from codes.merge import Conflict
from codes.models import Correction, Reason, Revision

ACCEPT, AMEND, LEAVE = "accept", "amend", "leave"
# The buttons.
PUBLISH, REJECT, ASK = "accept", "reject", "ask"
_EMPTY = {
    REJECT: "A rejection needs a reason: the contributor reads it.",
    ASK: "Write your question here: the contributor reads and answers it.",
}


class ReviewForm(forms.Form):
    """A choice for every item, the editor's own words where wanted, and a reply.

    `live` is the revision that the editor saw; `others` are the corrections of the same topic, to be decided with it.
    When valid: `chosen` (item key -> content, None for the proposed), `said` (the reply, or the text that was picked)
    and `along` (primary key -> version).
    """

    reason = forms.TypedChoiceField(required=False, empty_value=None, label="Start from a text, and change it")
    reply = paragraph(
        2000, 2, required=False, label="Reply to the contributor (the reason if you reject, the question if you ask)"
    )
    also = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Decide with it",
        error_messages={
            "invalid_choice": "A report that was ticked has changed since. Nothing was decided; look again."
        },
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, correction: Correction, live: Revision, others: Iterable[Correction] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.correction, self.live = correction, live
        self.fields["seen"].initial = live.number
        self.fields["version"].initial = correction.version
        self.fields["reply"].initial = correction.reply
        self.starters = {str(reason.pk): reason for reason in Reason.objects.all()}
        groups: dict[str, list] = {}
        for pk, reason in self.starters.items():
            groups.setdefault(reason.get_use_display(), []).append((pk, reason.title))
        self.fields["reason"].choices = [("", "choose"), *groups.items()]
        self.fields["reason"].coerce = self.starters.get
        ticks = [f"{other.pk} {other.version}" for other in others]
        self.fields["also"].choices = [(tick, tick) for tick in ticks]
        self.fields["also"].initial = ticks
        self._proposed = pages.items(correction.page)
        self._live = pages.items(live.page)
        self._base = pages.items(correction.base.page)
        for key in correction.items:
            clash = self.clashes(key)
            choices = [(LEAVE, "Leave")] if clash else [(ACCEPT, "Accept"), (LEAVE, "Leave")]
            if key in self._proposed:
                choices.insert(1 if not clash else 0, (AMEND, "Amend"))
                for part, made in item_fields(key, self._proposed[key], pages.cited(live.page, key)).items():
                    self.fields[f"{key}:{part}"] = made
            self.fields[f"{key}:choice"] = forms.ChoiceField(
                choices=choices, widget=forms.RadioSelect, initial=LEAVE if clash else ACCEPT, label="Decision"
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

    def amendment(self, key: str) -> list[forms.BoundField]:
        return [self[f] for f in self.fields if f.startswith(f"{key}:") and not f.endswith(":choice")]

    def clean(self):
        cleaned = super().clean()
        if self.verb is None:
            raise ValidationError("Nothing was decided: publish the chosen items, reject the correction, or ask.")
        self._forget_what_is_not_used(cleaned)
        starter = cleaned.get("reason")
        self.said = cleaned.get("reply") or (starter.text if starter else "")
        if self.verb != PUBLISH and not self.said.strip() and "reply" not in self.errors:
            self.add_error("reply", _EMPTY[self.verb])
        self.along = {int(pk): int(version) for pk, version in (tick.split() for tick in cleaned.get("also", ()))}
        if self.verb != PUBLISH:
            return cleaned
        self.chosen: dict[str, dict | None] = {}
        for key in self.correction.items:
            choice = cleaned.get(f"{key}:choice")
            if choice == ACCEPT:
                self.chosen[key] = None
            elif choice == AMEND:
                content = read_item(
                    self, key, self._proposed[key], self._live.get(key), "Choose “Leave” to change nothing here."
                )
                if content is None:
                    continue
                self.chosen[key] = content
        return cleaned

    @property
    def verb(self) -> str | None:
        """The button that was pressed."""
        return next((verb for verb in (REJECT, ASK, PUBLISH) if verb in self.data), None)

    def _forget_what_is_not_used(self, cleaned: dict) -> None:
        """Words that are not going to be published stop nobody: those of an item that is not amended, or rejected."""
        for key in self.correction.items:
            if self.verb != PUBLISH or cleaned.get(f"{key}:choice") != AMEND:
                for field in self.amendment(key):
                    self.errors.pop(field.name, None)
            if self.verb != PUBLISH:
                self.errors.pop(f"{key}:choice", None)
