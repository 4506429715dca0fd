"""The correction form: the live page as fields, item by item, and back to a proposed page. It never acts."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from codes import page as pages
from codes.acts.corrections import Reports
from codes.editorial import outside
from codes.forms.guard import CodeNumbers, GuardedForm, MailAddress, Text, WebAddress, paragraph
from codes.forms.source import record_field
from codes.models import Evidence, Published, Revision
from codes.page import FIELDS, KINDS, LISTS, MAX_LINE, MAX_TEXT, PARTS, RELATIONS, Itemized, ItemKey, Malformed, Source
from codes.page.merge import MAX_CHANGED, Conflict, changes, merge, pick, too_much
from codes.page.wording import Difference, differences, wording
from codes.text.markup import tidy
from codes.text.number import listed

_CHOICES = {name: words for name, words in pages.VOCABULARIES.items() if name in LISTS}
MAX_SAID = 5000  # A note may be a whole comment that an editor promotes.
_CLASH = (
    "This item changed while you wrote. Your words are still here, under what the page says now. "
    "Send again to propose yours."
)


# What every page says; only the form of a first page shows them empty.
_NEEDED = ("title", "answer", "category")
# The key of an item that a page had, as it comes back with a form: anybody can send one of another shape.
_PART = re.compile(r"[a-z_]+(?:\.[\w-]+)+", re.ASCII)
# The parts of an item's fields that are not its words.
_AGAIN, _REMOVE = "again", "remove"


def item_fields(key: str, content: dict[str, Any] | None, cited: Iterable[Source] = ()) -> dict[str, forms.Field]:
    """The fields for one item, part -> field, holding its content (None: an item still to be written).

    `cited` are the sources that the item cites on the page: each may be said to say the new words too.
    """
    key = ItemKey(key)
    made = _word_fields(key, content)
    if cited := list(cited):
        shows_video = key.kind in PARTS and PARTS[key.kind].address
        made[_AGAIN] = forms.MultipleChoiceField(
            choices=[(source.key, source.title) for source in cited],
            # Where a video is, is no evidence for the words beside it.
            initial=[source.key for source in cited if source.video and shows_video],
            widget=forms.CheckboxSelectMultiple,
            required=False,
            label="If you change these words: which source cited here says the new words too?",
        )
    return made


def _word_fields(key: ItemKey, content: dict[str, Any] | None) -> dict[str, forms.Field]:
    content = content or {}
    made: dict[str, forms.Field] = {}
    if key.is_document:
        return {"value": record_field(key.slug, content["value"])}
    if key.is_field:
        return _page_fields(key, content["value"])
    if key.is_source and content.get("document"):
        # What it is called and where it is, its record says, for every page.
        label = f"Where in “{content['title']}”: page, section or row"
        return {"place": _line(label, content.get("place"), pages.MAX_PLACE)}
    if key.is_source:
        return {
            "title": _line("Source", content.get("title"), 300),
            "url": WebAddress(label="Its web address", initial=content.get("url")),
        }
    if key.is_relation:
        if key.is_new:
            choices = [("", "choose"), *((name, relation.title) for name, relation in RELATIONS.items())]
            made["kind"] = forms.ChoiceField(required=False, choices=choices, label="How it is related")
            made["code"] = CodeNumbers(required=False, max_length=10, label="The other code")
        return made | {"note": _lines("The difference, in a line", content.get("note"), pages.MAX_NOTE, 2)}
    kind = PARTS[key.kind]
    if kind.heading:
        made["heading"] = _line(kind.heading, content.get("heading"))
    made["text"] = _lines(kind.text, content.get("text"))
    if key.is_new and kind.address:
        made["url"] = WebAddress(label=kind.address)
    return made


def _page_fields(name: str, value: Any) -> dict[str, forms.Field]:
    label = FIELDS[name].title
    if name == "validity":
        year: dict[str, Any] = {"required": False, "min_value": pages.FIRST_EDITION, "max_value": pages.LAST_EDITION}
        revised = "\n".join(_revised_lines(value))
        return {
            "since": forms.IntegerField(label="First edition (year)", initial=value["since"], **year),
            "until": forms.IntegerField(label="Last edition (year), if deleted", initial=value["until"], **year),
            "replaced_by": CodeNumbers(
                required=False,
                max_length=MAX_LINE,
                label="Replaced by (code numbers)",
                initial=" ".join(value["replaced_by"]),
            ),
            "revised": _lines("Revised, one line per edition, like “2025: what changed”", revised),
        }
    made: forms.Field
    if name in _CHOICES:
        widget = forms.CheckboxSelectMultiple
        made = forms.MultipleChoiceField(
            choices=_CHOICES[name], widget=widget, required=False, label=label, initial=value
        )
    elif name in LISTS:
        made = _lines(f"{label}, one a line", "\n".join(map(_one_line, value)), 4000, 4)
    elif name == "per":
        choices = [("", "Not said"), *pages.PER.items()]
        made = forms.ChoiceField(choices=choices, label=label, initial=value, required=False)
    elif name == "category":
        choices = [(c, c.capitalize()) for c in pages.CATEGORIES]
        made = forms.ChoiceField(choices=choices, label=label, initial=value, required=False)
    elif name == "answer":
        made = _lines(label, value, pages.MAX_ANSWER)
    else:
        made = _line(label, value)
    return {"value": made}


def _line(label: str, initial: str | None, limit: int = MAX_LINE) -> Text:
    return Text(required=False, max_length=limit, label=label, initial=initial)


def _lines(label: str, initial: str | None, limit: int = MAX_TEXT, rows: int = 3) -> Text:
    return paragraph(limit, rows, required=False, label=label, initial=initial)


def _one_line(text: str) -> str:
    """A text as it stands on one line of several in a text area."""
    return " ".join(tidy(text).split("\n"))


def _revised_lines(validity: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {_one_line(f"{year}: {note}"): [year, note] for year, note in validity["revised"]}


def read_item(
    form: forms.Form, item: str, shown: dict[str, Any] | None, before: dict[str, Any] | None, if_empty: str
) -> dict[str, Any] | None:
    """The content of an item from the fields that `item_fields` made, once they are cleaned.

    `shown` is the content that they held, `before` that of the page. A field that came back as it was shown changes
    nothing, nor is it wrong. Other words lose the sources of `before`, but for those that are ticked. None for an item
    that is neither there nor written, and where something is wrong: that stands beside its field; `if_empty` says what
    to do instead of leaving it empty.
    """
    key = ItemKey(item)
    names = {part: f"{key}:{part}" for part in _word_fields(key, shown)}
    touched = {part: name for part, name in names.items() if _is_touched(form, name)}
    for part in set(names) - set(touched):
        form.errors.pop(names[part], None)
    if shown is None and not touched or any(name in form.errors for name in touched.values()):
        return None
    content = {**(shown or _blank(key))}
    for part, name in touched.items():
        try:
            _put(content, key, part, form.cleaned_data[name])
        except ValidationError as error:
            form.add_error(name, error)
        else:
            if form.cleaned_data[name] == "" and not (part in ("url", "place") or key.may_be_empty):
                form.add_error(name, f"This is empty. {if_empty}".strip())
    if shown is None and (missing := next((part for part in names if part != "url" and part not in touched), None)):
        form.add_error(names[missing], "This is empty.")
    if any(name in form.errors for name in names.values()):
        return None
    if "sources" not in content:
        return content
    if before and pages.words(content) == pages.words(before):
        return content | {"sources": before["sources"]}
    own = [source for source in content["sources"] if not before or source not in before["sources"]]
    return pages.with_sources(content | {"sources": own}, form.cleaned_data.get(f"{key}:{_AGAIN}", ()))


def _blank(key: ItemKey) -> dict[str, Any]:
    """The content of a statement, relation or source before anything is written."""
    if key.is_source:
        return {"title": "", "url": ""}
    return {"note": "", "sources": []} if key.is_relation else {"text": "", "heading": "", "sources": []}


def _is_touched(form: forms.Form, name: str) -> bool:
    """Whether a field came back otherwise than a browser sends back what it showed."""
    return _differ(form.fields[name], form[name].initial, form[name].data)


def _differ(made: forms.Field, shown: Any, sent: Any) -> bool:
    """Whether two values of a field are not the same to who reads them in it."""
    if isinstance(made, forms.MultipleChoiceField):
        return set(shown or ()) != set(sent or ())
    old, new = (tidy(str("" if value is None else value)) for value in (shown, sent))
    if isinstance(made.widget, forms.Textarea):
        return old != new
    return old.replace("\n", "") != new.replace("\n", "")  # A line keeps no line ends.


def _added_key(kind: str, of: Mapping[str, str]) -> ItemKey:
    return ItemKey.of(kind, f"added-{pages.digest(of)[:10]}")


def _put(content: dict[str, Any], key: str, part: str, typed: Any) -> None:
    """Write one cleaned field into an item's content; what it held and still holds stays as it was."""
    if key == "validity":
        value = content["value"]
        if part == "replaced_by":
            typed = _codes(typed)
        elif part == "revised":
            typed = _revisions(typed, value)
        content["value"] = {**value, part: typed}
    elif key in _CHOICES:
        kept = [v for v in content["value"] if v in typed]
        content["value"] = kept + [v for v in typed if v not in kept]
    elif key in LISTS:
        held = {_one_line(v): v for v in content["value"]}
        lines = filter(None, map(str.strip, typed.split("\n")))
        content["value"] = list(dict.fromkeys(held.get(line, line) for line in lines))
    else:
        content[part] = typed


def _codes(typed: str) -> list[str]:
    found, unread = listed(typed)
    if typed and not found or re.search("[0-9]", "".join(unread)):
        raise ValidationError("Replaced by: write code numbers, such as D6191 D6192.")
    return found


def _revisions(typed: str, validity: Mapping[str, Any]) -> list[list[Any]]:
    revised, held = [], _revised_lines(validity)
    for line in filter(None, (line.strip() for line in typed.split("\n"))):
        match = re.fullmatch(r"([0-9]{4})\s*:\s*(.+)", line)
        if not match:
            raise ValidationError(f"“{line[:40]}” is not of the form “2025: what changed”.")
        revised.append(held.get(line, [int(match[1]), match[2]]))
    return revised


_NO_SOURCE = "evidence_none"
EVIDENCE = ("evidence_title", "evidence_url", "evidence_note", _NO_SOURCE)


def _evidence_fields(said: Mapping[str, str] | None) -> dict[str, forms.Field]:
    """The fields for how one item is known, holding what `Correction.evidence` has of it (None: nothing)."""
    said = said or {}
    title, url = said.get("source_title", ""), said.get("source_url", "")
    none = "source_title" in said and not title
    fields = (
        _line("Source for this item (title, page or table, edition)", title, pages.MAX_SOURCE),
        WebAddress(label="Its web address, if it has one", initial=url),
        _lines("Why: how do you know?", said.get("note", ""), rows=2),
        forms.BooleanField(required=False, label="I have no source for this item", initial=none),
    )
    return dict(zip(EVIDENCE, fields, strict=True))


class SayForm(GuardedForm):
    """What a contributor says to the editors about a correction."""

    text = paragraph(MAX_SAID, 4, label="Your words to the editor")


@dataclass
class ItemForm:
    """One item as the template shows it."""

    key: ItemKey
    fields: list[forms.BoundField]
    again: forms.BoundField | None = None
    remove: forms.BoundField | None = None
    evidence: list[forms.BoundField] = field(default_factory=list)
    is_previewed: bool = False
    reported: Reports | None = None
    is_touched: bool = False
    notice: str = ""
    live: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a blank item is shown unfolded: something is in it."""
        return any(field.errors or field.value() for field in self.fields)

    @property
    def has_evidence(self) -> bool:
        """Whether something is said of how this item alone is known, or wrong with it."""
        return any(field.errors or field.value() for field in self.evidence)

    @property
    def shows_evidence(self) -> bool:
        """Whether a source for this one alone can be named here: once the preview has shown it beside others."""
        return self.has_evidence or bool(self.evidence) and self.is_previewed


@dataclass(frozen=True)
class Preview:
    """One changed item before it is sent: the difference, and how its contributor knows.

    `form_key` is where the form has it; `may_differ`: whether another source can be named there, for this item alone;
    `reported`: what others have sent of it.
    """

    difference: Difference
    evidence: Evidence
    form_key: str
    may_differ: bool
    reported: Reports | None = None


@dataclass
class Section:
    title: str
    items: list[ItemForm] = field(default_factory=list)
    is_asked_for: bool = False

    @property
    def on_page(self) -> int:
        """How many of its items the page has."""
        return sum(not item.key.is_new for item in self.items)

    @property
    def is_open(self) -> bool:
        """Whether it is shown unfolded: something in it is asked for, was touched, or is to be looked at."""
        return self.is_asked_for or any(item.is_touched for item in self.items)


class CorrectionForm(GuardedForm):
    """`revision` is the one whose text the form holds; `only` limits it to one item; `start` is what to show.

    `evidence` is what was said of single items, by item key, as `Correction.evidence` has it, `reported` what others
    have sent of them, as `corrections.reports` has it. When valid: `proposed` is the page, `said` all that
    `corrections.submit` takes beside it.
    """

    base = forms.IntegerField(widget=forms.HiddenInput, required=False)
    note = paragraph(MAX_SAID, required=False, label="Why: what is wrong, and how do you know?")
    source_title = Text(required=False, max_length=300, label="Source: title, page or table, edition")
    source_url = WebAddress(label="Its web address, if it has one")
    credit = Text(required=False, max_length=80, label="Your name for the credit (public, optional)")

    ABOUT: tuple[str, ...] = ("note", "source_title", "source_url", "credit")

    def __init__(
        self,
        *args: Any,
        revision: Published,
        only: str | None = None,
        start: Itemized | None = None,
        notices: Mapping[str, tuple[str, str]] | None = None,
        evidence: Mapping[str, Mapping[str, str]] | None = None,
        reported: Mapping[str, Reports] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.revision, self.only, self.notices, self.reported = revision, only, notices or {}, reported or {}
        self.page: Itemized = revision.page
        self.previewed: set[str] = set()
        self.fields["base"].initial = revision.number
        self._before, apart = pages.items(self.page), pages.items(start or self.page)
        self._shown = {**self._before, **apart}
        self.keys = [ItemKey(key) for key in (*self._shown, *self._given_back()) if only in (None, key)]
        for key in self.keys:
            for part, made in item_fields(key, self._shown.get(key), pages.cited(self.page, key)).items():
                self.fields[f"{key}:{part}"] = made
            if f"{key}:{_AGAIN}" in self.fields and pages.words(self._shown[key]) != pages.words(self._before[key]):
                self.fields[f"{key}:{_AGAIN}"].initial = [*map(str, self._shown[key]["sources"])]
            if not key.is_field and key in self._before:
                self.fields[f"{key}:{_REMOVE}"] = forms.BooleanField(
                    required=False, label="Remove this item", initial=key not in apart
                )
        # A source comes with what it is cited for; a record has nothing but its fields.
        adds = not only and isinstance(revision, Revision)
        self.new_keys = [ItemKey.new(kind) for kind in PARTS if kind != "source"] if adds else []
        for key in self.new_keys:
            for part, made in item_fields(key, None).items():
                self.fields[f"{key}:{part}"] = made
        # What is said of a form of one item is said of that item.
        for key in [] if only else self.keys + self.new_keys:
            said = (evidence or {}).get(key)
            if said or any(f"{key}:{part}" in self.data for part in EVIDENCE):
                self._ask_for_evidence(key, said)

    def _ask_for_evidence(self, key: ItemKey, said: Mapping[str, str] | None = None) -> None:
        """Make the fields for how this item alone is known, if they are not there."""
        if not key.is_source and f"{key}:{_NO_SOURCE}" not in self.fields:
            self.fields |= {f"{key}:{part}": made for part, made in _evidence_fields(said).items()}

    def _given_back(self) -> list[ItemKey]:
        """Posted items that the page has not: a clash showed them, removed meanwhile or added by the contributor."""
        posted = dict.fromkeys(ItemKey(name.rpartition(":")[0]) for name in self.data)
        parts = (key for key in posted if _PART.fullmatch(key) and key.kind in PARTS and not key.is_new)
        # One more than a correction may hold is refused as too many; a thousand would be a second's work before that.
        return [*islice((key for key in parts if key not in self._shown), MAX_CHANGED + 1)]

    def sections(self) -> list[Section]:
        """The items under the headings of the page, each kind's blank one last."""
        of_code = isinstance(self.revision, Revision)
        groups = {"": Section("The code" if of_code else "The source", is_asked_for=self.is_proposal or not of_code)}
        groups |= {name: Section(part.title) for name, part in PARTS.items()}
        fields: dict[str, dict[str, forms.BoundField]] = defaultdict(dict)
        for name in self.fields:
            key_of, _, part = name.rpartition(":")
            fields[key_of][part] = self[name]
        for key in self.keys + self.new_keys:
            parts = fields[key]
            again, remove = parts.pop(_AGAIN, None), parts.pop(_REMOVE, None)
            evidence = [parts.pop(part) for part in EVIDENCE if part in parts]
            written, is_previewed = [*parts.values()], key in self.previewed
            item = ItemForm(key, written, again, remove, evidence, is_previewed, self.reported.get(key))
            item.notice, item.live = self.notices.get(key, ("", ""))
            item.is_touched = not self.is_fresh and self._is_worked_on(item)
            groups["" if key.is_field else key.kind].items.append(item)
        return [section for section in groups.values() if section.items]

    def _is_worked_on(self, item: ItemForm) -> bool:
        """Whether an item holds other words than the page, is to be removed, or something is said or wrong there."""
        if item.notice or item.is_previewed or item.has_evidence or item.remove and item.remove.value():
            return True
        page = self.page_values
        return any(one.errors or _differ(one.field, page.get(one.name), one.value()) for one in item.fields)

    @property
    def is_fresh(self) -> bool:
        """Whether it shows the page as it is, with nothing typed yet."""
        return not self.is_bound and not self.notices and not self.initial

    @cached_property
    def page_values(self) -> dict[str, Any]:
        """What the page says in the fields for words, by the name of the field; a blank item has none."""
        parts = ((key, _word_fields(key, self._before.get(key))) for key in self.keys)
        return {f"{key}:{part}": made.initial for key, fields in parts for part, made in fields.items()}

    def called(self, bound: forms.BoundField) -> str:
        key, _, part = bound.name.rpartition(":")
        own = super().called(bound)
        return f"{ItemKey(key).label}: {own}" if key and ItemKey(key).label != own else own

    def about(self) -> list[forms.BoundField]:
        return [self[name] for name in self.ABOUT if name in self.fields]

    @property
    def is_proposal(self) -> bool:
        """Whether it is the form of a first page, for a code that has none."""
        return not self.revision.number

    @property
    def code_reported(self) -> Reports | None:
        """What others have sent of the code, whatever they change."""
        return self.reported.get("")

    @property
    def said(self) -> dict[str, Any]:
        """What `corrections.submit` takes beside the page: what was said of all of it, and of single items."""
        return {name: self.cleaned_data[name] for name in self.ABOUT if name in self.fields} | {
            "evidence": self.evidence
        }

    def preview(self) -> list[Preview]:
        """The changed items, each with what its contributor says of how it is known."""
        whole = {name: self.cleaned_data[name] for name in ("note", "source_title", "source_url")}
        found = differences(self.page, self.proposed)
        shown = []
        if len(found) > 1:
            self.previewed = {self._form_key(difference.key) for difference in found}
        for key in [] if self.only else self.previewed:
            self._ask_for_evidence(ItemKey(key))
        for difference in found:
            evidence, key = Evidence(**whole | self.evidence.get(difference.key, {})), self._form_key(difference.key)
            may_differ = len(found) > 1 and f"{key}:{_NO_SOURCE}" in self.fields
            shown.append(Preview(difference, evidence, key, may_differ, self.reported.get(difference.key)))
        return shown

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned, proposed = self.cleaned_data, dict(self._before)
        self._added: dict[str, ItemKey] = {}
        for key in self.keys:
            if cleaned.get(f"{key}:{_REMOVE}"):
                self._forget_words_of(key)
                del proposed[key]
                continue
            if key not in self._before and self._is_emptied(key):
                self._forget_words_of(key)
                continue
            tick = "To remove the item, check “Remove this item”." if f"{key}:{_REMOVE}" in self.fields else ""
            content = read_item(self, key, self._shown.get(key), self._before.get(key), tick)
            if content is not None:
                proposed[key] = content
        if self.errors:
            return cleaned
        for key in self.new_keys:
            self._add_new(key, proposed)
        self._miss(proposed)
        if self.errors:
            return cleaned
        self._cite_video_addresses(proposed)
        try:
            self.proposed = pages.rebuilt(self.page, self._without_lost_sources(proposed))
        except Malformed as error:
            item, _, why = str(error).partition(": ")
            at = next((f for f in self.fields if f.startswith(f"{item}:")), None)
            self.add_error(at, f"{why or error}.".capitalize())
            return cleaned
        found = changes(self.page, self.proposed)
        if not found:
            self.add_error(None, "Nothing differs from the page yet. Change at least one item, then send.")
        else:
            self.evidence = self._evidence({change.key for change in found})
            if said := too_much(found, self.evidence):
                self.add_error(None, said)
        return cleaned

    def _miss(self, proposed: Mapping[str, dict[str, Any]]) -> None:
        """Say beside its field what a first page lacks."""
        for name in _NEEDED if self.is_proposal else ():
            if not proposed[name]["value"]:
                self.add_error(f"{name}:value", "A page needs this.")

    def changed_keys(self) -> list[str]:
        return [change.key for change in changes(self.page, self.proposed)]

    def rebased(self, live: Published) -> "CorrectionForm | None":
        """This form on the live page, with what was typed and a notice at each clash; None if nothing clashes."""
        try:
            merge(self.page, live.page, self.proposed)
            return None
        except Conflict as conflict:
            notices = {key: (_CLASH, wording(live.page, key)) for key in conflict.items}
        start = pick(live.page, self.proposed, self.changed_keys())
        initial = {name: self.cleaned_data[name] for name in (*self.ABOUT, "ticket") if name in self.fields}
        only = self.only if self.only in live.page.keys else None
        fresh = type(self)(
            revision=live,
            only=only,
            start=start,
            notices=notices,
            evidence=self.evidence,
            reported=self.reported,
            initial=initial,
        )
        fresh.fields["ticket"].initial = initial["ticket"]
        return fresh

    def _is_emptied(self, key: ItemKey) -> bool:
        return not any(self[f"{key}:{part}"].data for part in _word_fields(key, self._shown.get(key)))

    def _forget_words_of(self, key: str) -> None:
        """Words of an item that is removed stop nobody."""
        for name in [name for name in self.errors if name.startswith(f"{key}:")]:
            del self.errors[name]

    def _form_key(self, key: str) -> str:
        """The key under which the form has an item: that of the blank one for an added one."""
        return self._added.get(key, key)

    def _evidence(self, changed: set[str]) -> dict[str, dict[str, str]]:
        """What was said of single items; beside one that is not changed it is refused, so that it is not lost."""
        found: dict[str, dict[str, str]] = {}
        by_form_key = {self._form_key(key): key for key in changed}
        for key in self.keys + self.new_keys:
            title, url, note, without = (self.cleaned_data.get(f"{key}:{part}", "") for part in EVIDENCE)
            own = {"source_title": title, "source_url": url} if title or url or without else {}
            own |= {"note": note} if note else {}
            if own and key not in by_form_key:
                self.add_error(f"{key}:{EVIDENCE[0]}", "You change nothing here. Clear this, or change the item too.")
            elif without and (title or url):
                self.add_error(f"{key}:{_NO_SOURCE}", "Name a source, or say that there is none; not both.")
            elif own:
                found[by_form_key[key]] = own
        return found

    def _add_new(self, key: ItemKey, proposed: dict[str, dict[str, Any]]) -> None:
        parts = {part: self.cleaned_data[f"{key}:{part}"] for part in _word_fields(key, None)}
        if not any(parts.values()):
            return
        if missing := next((part for part, value in parts.items() if not value), None):
            self.add_error(f"{key}:{missing}", "This is empty. Fill it, or clear the others.")
            return
        if key.is_relation:
            codes, unread = listed(parts["code"])
            if len(codes) != 1 or unread:
                self.add_error(f"{key}:code", "Write one code number, such as D6010.")
                return
            made = ItemKey.of("related", parts["kind"], codes[0])
            if made in proposed:
                self.add_error(f"{key}:code", "The page already has this relation. Change it above.")
                return
        elif "url" in parts and not pages.video_at(parts["url"]):
            self.add_error(
                f"{key}:url", "This is not a video on YouTube or Vimeo. Copy the address of the video’s page."
            )
            return
        else:
            # The same words added twice are one proposal; a key that has other words by now is not taken again.
            made = _added_key(key.kind, parts)
            if made in proposed:
                made = _added_key(key.kind, {**parts, "ticket": self.cleaned_data["ticket"]})
        proposed[made] = {part: parts.get(part, said) for part, said in _blank(made).items()}
        self._added[made] = key
        if "url" in parts:
            proposed[ItemKey.of("source", made.slug)] = {"title": parts["heading"], "url": parts["url"]}

    def _cite_video_addresses(self, proposed: dict[str, dict[str, Any]]) -> None:
        """A new video cites the source that holds its address; both were added under one name."""
        for key, item in ((ItemKey(key), item) for key, item in proposed.items()):
            added = key.kind in KINDS and KINDS[key.kind].address and key not in self._before
            if added and ItemKey.of("source", key.slug) in proposed:
                item["sources"] = [key.slug]

    @staticmethod
    def _without_lost_sources(proposed: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Items that cited a source which the contributor removes cite it no more."""
        return {
            key: {**item, "sources": [s for s in item["sources"] if ItemKey.of("source", s) in proposed]}
            if "sources" in item
            else item
            for key, item in proposed.items()
        }

    @classmethod
    def with_more(cls, revision: Published, posted: QueryDict, reported: Mapping[str, Reports]) -> Self:
        """The form of the whole page with what was typed into that of one item; nothing of it is judged yet."""
        form = cls(revision=revision, reported=reported)
        form.initial = {
            name: posted.getlist(name) if isinstance(made, forms.MultipleChoiceField) else posted.get(name)
            for name, made in form.fields.items()
            if name in posted and name != "base"
        }
        return form


class NewCorrectionForm(CorrectionForm):
    """What somebody sends whom the site cannot reach yet: with an e-mail address, which nobody is shown again."""

    email = MailAddress(required=False, label="E-mail address (private, optional; used for this correction only)")

    may_show = forms.BooleanField(
        required=False,
        label="If it is rejected, an editor may show it to everybody, with the reason and the name you gave",
    )

    ABOUT = (*CorrectionForm.ABOUT, "email", "may_show")


def first_page(code: str) -> pages.Page:
    """What the form of a first page shows to begin with: the category of the number, and what we call it elsewhere."""
    title = outside.OUTSIDE.get(code) or outside.FORMER.get(code, "")
    return replace(pages.EMPTY, title=title, category=pages.category_of(code) or "")
