"""Which codes the list of codes shows, and which changes the list of changes."""

from urllib.parse import quote, urlencode

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from taggit.models import Tag

from codes import number as numbers
from codes import page as pages
from codes.models import ProcedureCode, Revision, Specialty, today

STATUSES = [("active", "Valid today"), ("deleted", "Deleted"), ("future", "Not yet valid")]
_CATEGORIES = [(c, c.capitalize()) for c in pages.CATEGORIES]


class CodeFilter(django_filters.FilterSet):
    """category, status (on today's date), specialty and tag, combinable; each state is a link."""

    category = django_filters.ChoiceFilter(choices=_CATEGORIES, empty_label="All categories")
    status = django_filters.ChoiceFilter(
        choices=STATUSES, method="by_status", label="Validity", empty_label="Valid or not"
    )
    specialty = django_filters.ModelChoiceFilter(
        queryset=Specialty.objects.order_by("name"),
        field_name="specialties",
        to_field_name="slug",
        label="Who uses it",
        empty_label="All specialties",
    )
    tag = django_filters.ModelChoiceFilter(
        queryset=Tag.objects.filter(code_tags__isnull=False).distinct().order_by("name"),
        field_name="tags",
        to_field_name="slug",
        empty_label="All tags",
    )

    class Meta:
        model = ProcedureCode
        fields = []

    @property
    def query(self) -> str:
        """The choices that count, in one order, as a query string: two ways of asking for one list give one."""
        taken = {name: self.data[name] for name in self.filters if self.form.cleaned_data.get(name)}
        return urlencode(taken, quote_via=quote)

    def by_status(self, queryset, name, value):
        return queryset.with_status(value, today())


class CodeNumberField(forms.CharField):
    """A code number in any shape that people type; cleans to its one shape, D6011."""

    def to_python(self, value):
        typed = super().to_python(value)
        number = numbers.parse(typed)
        if typed and number is None:
            raise ValidationError("This is no code number. Type it like 6011 or D6011.")
        return number or ""


class CodeNumberFilter(django_filters.Filter):
    field_class = CodeNumberField


class ChangeFilter(django_filters.FilterSet):
    """source, category and code, combinable; a value that none has chooses nothing, and the form says so."""

    source = django_filters.ChoiceFilter(choices=Revision.Source.choices, widget=forms.HiddenInput)
    category = django_filters.ChoiceFilter(
        choices=_CATEGORIES, field_name="code__category", label="Category", empty_label="All categories"
    )
    code = CodeNumberFilter(label="Code number", max_length=20)

    class Meta:
        model = Revision
        fields = []
