"""What `cdtsite.widgets` writes by hand is what Django's templates write."""

from django import forms
from django.forms.renderers import DjangoTemplates

from cdtsite.widgets import Widgets

BAD = "<b onclick='x'>\"&quot; \n{{ 7 }} %s"


class AllKinds(forms.Form):
    line = forms.CharField(max_length=5, widget=forms.TextInput(attrs={"data-on": True, "data-off": False}))
    address = forms.URLField(required=False, assume_scheme="https")
    mail = forms.EmailField(help_text="why")
    number = forms.IntegerField(min_value=1, max_value=9)
    tick = forms.BooleanField(required=False)
    hidden = forms.CharField(widget=forms.HiddenInput)
    lines = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}))
    ticks = forms.MultipleChoiceField(choices=[("a", "<A>"), ("0", BAD)], widget=forms.CheckboxSelectMultiple)
    grouped = forms.MultipleChoiceField(choices=[("G", [("0", "0")])], widget=forms.CheckboxSelectMultiple)
    choice = forms.ChoiceField(choices=[("a", "<A>")])


def test_each_widget_is_written_as_django_writes_it():
    for typed in (None, {}, dict.fromkeys(AllKinds.base_fields, BAD), dict.fromkeys(AllKinds.base_fields, "0")):
        assert rendered(Widgets(), typed) == rendered(DjangoTemplates(), typed)


def rendered(renderer, typed):
    return [str(field) for field in AllKinds(typed, renderer=renderer)]
