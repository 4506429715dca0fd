"""The correction form: the live page as fields, item by item, and back to a proposed page. It never acts."""

import re
from dataclasses import dataclass, field

from django import forms
from django.core.exceptions import ValidationError

from codes import page as pages
from codes.display import wording
from codes.guard import CodeNumbers, GuardedForm, Text, WebAddress, paragraph
from codes.merge import Conflict, changes, merge, pick, too_much
from codes.models import Revision
from codes.number import mentioned
from codes.page import FIELDS, KINDS, LISTS, MAX_LINE, MAX_TEXT, RELATIONS, Malformed, Page

_REMOVABLE = "."  # Statements, relations and sources have a dot in their key; fields of the page stay.
_CHOICES = {"specialties": pages.SPECIALTIES, "site": pages.SITES}
_NEW_RELATION = "new.related"
_NEW_VIDEO = "new.video"
MAX_SAID = 5000  # A note may be a whole comment that an editor promotes.
_CLASH = (
    "This item changed while you wrote. Your words are still here, under what the page says now. "
    "Send again to propose yours."
)


def item_fields(key: str, content: dict | None) -> dict[str, forms.Field]:
    """The fields for one item, part -> field, holding its content (None: an item still to be written)."""
    head = key.removeprefix("new.").partition(".")[0]
    content = content or {}
    if head in FIELDS:
        return _page_fields(head, content["value"])
    if head == "source":
        return {
            "title": _line("Source", content.get("title"), 300),
            "url": WebAddress(label="Its web address", initial=content.get("url")),
        }
    if head == "related":
        made: dict[str, forms.Field] = {}
        if key == _NEW_RELATION:
            choices = [("", "choose"), *RELATIONS.items()]
            made["kind"] = forms.ChoiceField(required=False, choices=choices, label="How it is related")
            made["code"] = CodeNumbers(required=False, max_length=10, label="The other code")
        return made | {"note": _lines("The difference, in a line", content.get("note"), pages.MAX_NOTE, 2)}
    made = {"heading": _line(KINDS[head].heading, content.get("heading"))} if KINDS[head].heading else {}
    labels = {"faq": "Answer", "denial": "What fixes it", "myth": "Why it is wrong", "video": "What it shows"}
    made |= {"text": _lines(labels.get(head, "Text"), content.get("text"))}
    if key == _NEW_VIDEO:
        made["url"] = WebAddress(label="Its address at YouTube or Vimeo")
    return made


def _page_fields(name: str, value) -> dict[str, forms.Field]:
    label = FIELDS[name]
    if name == "validity":
        year = {"required": False, "min_value": pages.FIRST_EDITION, "max_value": pages.LAST_EDITION}
        revised = "\n".join(f"{year}: {note}" for year, note in value["revised"])
        return {
            "since": forms.IntegerField(label="First edition (year)", initial=value["since"], **year),
            "until": forms.IntegerField(label="Last edition (year), if deleted", initial=value["until"], **year),
            "replaced_by": CodeNumbers(
                required=False,
                max_length=MAX_LINE,
                label="Replaced by (code numbers)",
                initial=" ".join(value["replaced_by"]),
            ),
            "revised": _lines("Revised, one line an edition, as “2025: what changed”", revised),
        }
    if name in _CHOICES:
        widget = forms.CheckboxSelectMultiple
        made = forms.MultipleChoiceField(
            choices=_CHOICES[name], widget=widget, required=False, label=label, initial=value
        )
    elif name in LISTS:
        made = _lines(f"{label}, one a line", "\n".join(value), 4000, 4)
    elif name == "category":
        choices = [(c, c.capitalize()) for c in pages.CATEGORIES]
        made = forms.ChoiceField(choices=choices, label=label, initial=value, required=False)
    elif name == "answer":
        made = _lines(label, value, pages.MAX_ANSWER)
    else:
        made = _line(label, value)
    return {"value": made}


def _line(label: str, initial, limit: int = MAX_LINE) -> Text:
    return Text(required=False, max_length=limit, label=label, initial=initial)


def _lines(label: str, initial, limit: int = MAX_TEXT, rows: int = 3) -> Text:
    return paragraph(limit, rows, required=False, label=label, initial=initial)


def item_content(key: str, parts: dict, before: dict | None) -> dict:
    """The item's content from its cleaned fields; sources stay as they were. Raises ValidationError."""
    sources = list((before or {}).get("sources", ()))
    head = key.removeprefix("new.").partition(".")[0]
    if head in _CHOICES or head == "category":
        return {"value": parts["value"], "sources": sources}
    if head in LISTS:
        lines = [line.strip() for line in parts["value"].split("\n") if line.strip()]
        return {"value": list(dict.fromkeys(lines)), "sources": sources}
    if head == "validity":
        revised = []
        for line in filter(None, (line.strip() for line in parts["revised"].split("\n"))):
            match = re.fullmatch(r"(\d{4})\s*:\s*(.+)", line)
            if not match:
                raise ValidationError(f"“{line[:40]}” is not of the form “2025: what changed”.")
            revised.append([int(match[1]), match[2]])
        replaced_by = mentioned(parts["replaced_by"].upper())
        if not replaced_by and parts["replaced_by"]:
            raise ValidationError("Replaced by: write code numbers, such as D6191 D6192.")
        return {
            "value": {"since": parts["since"], "until": parts["until"], "replaced_by": replaced_by, "revised": revised},
            "sources": sources,
        }
    if head in FIELDS:
        return {"value": parts["value"], "sources": sources}
    if head == "source":
        return {"title": parts["title"], "url": parts["url"]}
    if head == "related":
        return {"note": parts["note"], "sources": sources}
    return {"text": parts["text"], "heading": parts.get("heading", ""), "sources": sources}


class SayForm(GuardedForm):
    """What a contributor says to the editors about a correction."""

    text = paragraph(MAX_SAID, 4, label="Your words to the editor")


@dataclass
class ItemForm:
    """One item as the template shows it."""

    key: str
    label: str
    fields: list[forms.BoundField]
    remove: forms.BoundField | None = None
    notice: str = ""
    live: str = ""

    @property
    def is_new(self) -> bool:
        return self.key.startswith("new.")

    @property
    def is_open(self) -> bool:
        """Whether a blank item is shown unfolded: something is in it."""
        return any(field.errors or field.value() for field in self.fields)


@dataclass
class Section:
    title: str
    items: list[ItemForm] = field(default_factory=list)


class CorrectionForm(GuardedForm):
    """`revision` is the one whose text the form holds; `only` limits it to one item; `start` is what to show."""

    base = forms.IntegerField(widget=forms.HiddenInput, required=False)
    note = paragraph(MAX_SAID, required=False, label="Why: what is wrong, and how do you know?")
    source_title = Text(required=False, max_length=300, label="Source: title, page or table, edition")
    source_url = WebAddress(label="Its web address, if it has one")
    credit = Text(required=False, max_length=80, label="Your name for the credit (public, optional)")
    email = forms.EmailField(required=False, label="E-mail address (private, optional; used for this correction only)")

    ABOUT = ("note", "source_title", "source_url", "credit", "email")

    def __init__(
        self, *args, revision: Revision, only: str | None = None, start: Page | None = None, notices=None, **kwargs
    ):
        super().__init__(*args, **kwargs)
        self.revision, self.page, self.only, self.notices = revision, revision.page, only, notices or {}
        self.fields["base"].initial = revision.number
        apart = pages.items(start or self.page)
        self._before = pages.items(self.page)
        self.keys = [key for key in {**self._before, **apart, **self._given_back()} if only in (None, key)]
        for key in self.keys:
            for part, made in item_fields(key, apart.get(key, self._before.get(key))).items():
                self.fields[f"{key}:{part}"] = made
            if _REMOVABLE in key and key in self._before:
                self.fields[f"{key}:remove"] = forms.BooleanField(
                    required=False, label="Remove this item", initial=key not in apart
                )
        self.new_keys = [] if only else [*(f"new.{kind}" for kind in KINDS), _NEW_RELATION]
        for key in self.new_keys:
            for part, made in item_fields(key, None).items():
                self.fields[f"{key}:{part}"] = made

    def _given_back(self) -> dict[str, None]:
        """Posted items that the page has not: a clash showed them, removed meanwhile or added by the contributor."""
        posted = dict.fromkeys(name.rpartition(":")[0] for name in self.data)
        heads = {*KINDS, "related", "source"}
        return {key: None for key in posted if _REMOVABLE in key and key.partition(".")[0] in heads}

    def sections(self) -> list[Section]:
        """The items under the headings of the page, each kind's blank one last."""
        groups = {"": Section("The code")}
        groups |= {kind: Section(KINDS[kind].title) for kind in KINDS}
        groups |= {"related": Section("Related codes"), "source": Section("Sources")}
        for key in self.keys + self.new_keys:
            head = key.removeprefix("new.").partition(".")[0]
            name = "" if head in FIELDS else head
            parts = [self[f] for f in self.fields if f.startswith(f"{key}:") and not f.endswith(":remove")]
            remove = self[f"{key}:remove"] if f"{key}:remove" in self.fields else None
            groups[name].items.append(ItemForm(key, pages.label(key), parts, remove, *self.notices.get(key, ())))
        return [section for section in groups.values() if section.items]

    def about(self) -> list[forms.BoundField]:
        return [self[name] for name in self.ABOUT]

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        proposed = dict(self._before)
        for key in self.keys:
            if cleaned.get(f"{key}:remove"):
                del proposed[key]
            elif (content := self._content(key)) is not None:
                proposed[key] = content
        for key in self.new_keys:
            self._add_new(key, proposed)
        if self.errors:
            return cleaned
        self._cite_video_addresses(proposed)
        try:
            self.proposed = pages.assemble(self._without_lost_sources(proposed))
        except Malformed as error:
            key, _, why = str(error).partition(": ")
            at = next((f for f in self.fields if f.startswith(f"{key}:")), None)
            self.add_error(at, f"{why or error}.".capitalize())
            return cleaned
        found = changes(self.page, self.proposed)
        if said := too_much(found):
            self.add_error(None, said)
        if not found:
            self.add_error(None, "Nothing differs from the page yet. Change at least one item, then send.")
        return cleaned

    def changed_keys(self) -> list[str]:
        return [change.key for change in changes(self.page, self.proposed)]

    def rebased(self, live: Revision) -> "CorrectionForm | None":
        """This form on the live page, with what was typed and a notice at each clash; None if nothing clashes."""
        try:
            merge(self.page, live.page, self.proposed)
            return None
        except Conflict as conflict:
            notices = {key: (_CLASH, wording(live.page, key)) for key in conflict.items}
        start = pick(live.page, self.proposed, self.changed_keys())
        initial = {name: self.cleaned_data[name] for name in (*self.ABOUT, "ticket")}
        only = self.only if self.only in pages.items(live.page) else None
        fresh = CorrectionForm(revision=live, only=only, start=start, notices=notices, initial=initial)
        fresh.fields["ticket"].initial = initial["ticket"]
        return fresh

    def _content(self, key: str) -> dict | None:
        parts = {f.partition(":")[2]: self.cleaned_data[f] for f in self.fields if f.startswith(f"{key}:")}
        before = self._before.get(key)
        if before is None and not any(parts.values()):
            return None
        try:
            content = item_content(key, parts, before)
        except ValidationError as error:
            self.add_error(f"{key}:{next(reversed(parts))}" if "revised" not in parts else f"{key}:revised", error)
            return None
        for part in ("heading", "text", "note", "title", "value"):
            optional = key in LISTS or key in ("validity", "subcategory") or f"{key}:{part}" not in self.fields
            if part in content and not content[part] and not optional:
                tick = " To take the item out, tick “Remove this item”." if f"{key}:remove" in self.fields else ""
                self.add_error(f"{key}:{part}", f"This is empty.{tick}")
                return None
        return content

    def _add_new(self, key: str, proposed: dict) -> None:
        parts = {f.partition(":")[2]: self.cleaned_data[f] for f in self.fields if f.startswith(f"{key}:")}
        if not any(parts.values()):
            return
        if missing := next((part for part, value in parts.items() if not value), None):
            self.add_error(f"{key}:{missing}", "This is empty. Fill it, or clear the others.")
            return
        if key == _NEW_RELATION:
            codes = mentioned(parts["code"].upper())
            if len(codes) != 1:
                self.add_error(f"{key}:code", "Write one code number, such as D6010.")
                return
            made = f"related.{parts['kind']}.{codes[0]}"
            if made in proposed:
                self.add_error(f"{key}:code", "The page has this relation already; change it above.")
                return
        elif key == _NEW_VIDEO and not pages.video_at(parts["url"]):
            self.add_error(f"{key}:url", "This is no video at YouTube or Vimeo. Copy the address of the video’s page.")
            return
        else:
            made = f"{key.removeprefix('new.')}.added-{pages.digest({'ticket': self.cleaned_data['ticket']})[:10]}"
        proposed[made] = item_content(key, parts, None)
        if key == _NEW_VIDEO:
            source = made.replace("video.", "source.", 1)
            proposed[source] = {"title": parts["heading"], "url": parts["url"]}

    def _cite_video_addresses(self, proposed: dict) -> None:
        """A new video cites the source that holds its address; both were added under one name."""
        for key, item in proposed.items():
            kind, _, name = key.partition(".")
            if kind == "video" and key not in self._before and f"source.{name}" in proposed:
                item["sources"] = [name]

    @staticmethod
    def _without_lost_sources(proposed: dict) -> dict:
        """Items that cited a source which the contributor removes cite it no more."""
        return {
            key: {**item, "sources": [s for s in item["sources"] if f"source.{s}" in proposed]}
            if "sources" in item
            else item
            for key, item in proposed.items()
        }
