"""The record of a document as fields and as a form of the desk, and what else an editor does with one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from codes import page as pages
from codes.forms.guard import Text, WebAddress, paragraph
from codes.models import Document, DocumentRevision
from codes.page import DOCUMENT, Malformed, Source


class Day(forms.DateField):
    """A day as a record has it, "2026-11-21"; "" for none."""

    def clean(self, value: Any) -> Any:
        return str(super().clean(value) or "")


class SourceName(Text):
    """The short name of a source that the register has, or nothing."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not Document.objects.filter(slug=value).exists():
            raise ValidationError("There is no source of this name.")


def record_field(name: str, value: Any = None, *, required: bool = False) -> forms.Field:
    """The field for one of DOCUMENT, holding what the record says."""
    about: dict[str, Any] = {"required": required, "label": DOCUMENT[name].title, "initial": value}
    match name:
        case "kind":
            return forms.ChoiceField(choices=[*pages.SOURCE_KINDS.items()], **about)
        case "dated":
            return Text(max_length=10, **about | {"label": "Date of the document (2014, 2025-10 or 2025-10-01)"})
        case "seen":
            label = "Last seen: the day on which you had it before you (2026-11-21)"
            return Day(**about | {"label": label})
        case "url":
            return WebAddress(label=DOCUMENT[name].title, initial=value)
        case "print_only":
            return forms.BooleanField(**about | {"label": "It is in print only and has no address"})
        case "attests":
            widget = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(choices=[*pages.ATTESTS.items()], widget=widget, **about)
        case "replaced_by":
            label = "Replaced by (short name of another source: the last part of its address here)"
            return SourceName(max_length=pages.MAX_KEY, **about | {"label": label})
    return Text(max_length=pages.MAX_SOURCE if name == "title" else pages.MAX_LINE, **about)


class DocumentForm(forms.Form):
    """What the register says of a document; cleans to `record`. `base` is the version that the fields held."""

    slug = Text(max_length=pages.MAX_KEY, label="Short name, for good (letters, digits, hyphens)")
    title = record_field("title", required=True)
    publisher = record_field("publisher", required=True)
    kind = record_field("kind", required=True)
    dated = record_field("dated")
    seen = record_field("seen")
    url = record_field("url")
    print_only = record_field("print_only")
    attests = record_field("attests")
    replaced_by = record_field("replaced_by")
    reason = paragraph(500, 2, label="Why it is added or changed (public)")
    base = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, version: DocumentRevision | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        if not version:
            self.fields["kind"] = forms.ChoiceField(
                choices=[("", "Choose"), *pages.SOURCE_KINDS.items()],
                label=self.fields["kind"].label,
                error_messages={"required": "Choose what kind of source it is."},
            )
        else:
            del self.fields["slug"]
            self._slug = version.document_id
            self.initial.update(pages.to_data(version.record), base=version.number)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        said = {name: cleaned[name] for name in DOCUMENT}
        try:
            self.record = pages.from_data({"slug": cleaned.get("slug") or self._slug, **said})
        except Malformed as error:
            name, _, why = str(error).partition(": ")
            self.add_error(name if name in self.fields else None, f"{why[:1].upper()}{why[1:]}.")
        return cleaned

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if Document.objects.filter(slug=slug).exists():
            raise ValidationError("There is a source of this name already.")
        return slug


class RecheckForm(forms.Form):
    """Which codes were looked at again, each "D6011:3" with the number of the revision that was shown."""

    looked = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label="Lines that cite it still hold for")
    reason = paragraph(500, 2, label="What you looked at (public)")
    base = forms.IntegerField(widget=forms.HiddenInput)

    prefix = "recheck"

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["looked"].choices = choices  # type: ignore[attr-defined]

    @property
    def revisions(self) -> dict[str, int]:
        """Number of the code -> of the revision that was shown."""
        pairs = (one.split(":") for one in self.cleaned_data["looked"])
        return {code: int(number) for code, number in pairs}


class RevertDocumentForm(forms.Form):
    """To which earlier version the record goes back."""

    number = forms.TypedChoiceField(coerce=int, label="Back to what it said in")
    reason = paragraph(500, 2, label="Why (public)")
    base = forms.IntegerField(widget=forms.HiddenInput)

    prefix = "revert"

    def __init__(self, *args: Any, version: DocumentRevision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.initial["base"] = version.number
        choices = [(number, f"version {number}") for number in range(version.number - 1, 0, -1)]
        self.fields["number"].choices = choices  # type: ignore[attr-defined]


class RecordsForm(forms.Form):
    """Which records the sources of a page are that name none; empty for one that stays as it is."""

    reason = paragraph(500, 2, label="Why (public)")
    base = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, sources: list[Source], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        urls = {source.url for source in sources} - {""}
        known = dict(Document.objects.filter(url__in=urls).values_list("url", "slug"))
        self._keys = {str(source.item): source.key for source in sources}
        named = {
            str(source.item): Text(
                max_length=pages.MAX_KEY, required=False, label=source.named, initial=known.get(source.url)
            )
            for source in sources
        }
        self.fields = {**named, **self.fields}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = {item: cleaned[item] for item in self._keys if cleaned.get(item)}
        there = set(Document.objects.filter(slug__in=typed.values()).values_list("slug", flat=True))
        for item in (item for item, slug in typed.items() if slug not in there):
            self.add_error(item, "There is no source of this name.")
        self.records = {self._keys[item]: slug for item, slug in typed.items()}
        if not self.records and not self.errors:
            raise ValidationError("No source was named.")
        return cleaned
