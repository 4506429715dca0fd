"""Browsing: which codes a list shows."""

import django_filters
from taggit.models import Tag

from codes import page as pages
from codes.models import ProcedureCode, Specialty, today

STATUSES = [("active", "Valid today"), ("deleted", "Deleted"), ("future", "Not yet valid")]


class CodeFilter(django_filters.FilterSet):
    """category, status (on today's date), specialty and tag, combinable; each state is a link."""

    category = django_filters.ChoiceFilter(
        choices=[(c, c.capitalize()) for c in pages.CATEGORIES], empty_label="All categories"
    )
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

    def by_status(self, queryset, name, value):
        return queryset.with_status(value, today())
