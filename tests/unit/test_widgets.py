"""What `cdtsite.widgets` writes by hand: a widget as Django's templates write it, a field with what is about it."""

from datetime import date

from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.html import escape

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
    choice = forms.ChoiceField(choices=[("", "none"), ("a", "<A>"), (0, BAD)])
    choices = forms.MultipleChoiceField(choices=[("a", "A"), (BAD, [(BAD, BAD), ("0", "0")]), ("c", "C")])
    kinds = forms.ChoiceField(choices=[("a", "<A>"), ("0", BAD)], widget=forms.RadioSelect(attrs={"class": "few"}))
    day = forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), disabled=True)
    secret = forms.CharField(widget=forms.PasswordInput(render_value=True))
    file = forms.FileField()


def test_each_widget_is_written_as_django_writes_it():
    names = AllKinds.base_fields
    for typed in (None, {}, *(dict.fromkeys(names, said) for said in (BAD, "0", ["a", "0", BAD], date(2026, 3, 14)))):
        assert rendered(Widgets(), typed) == rendered(DjangoTemplates(), typed)


def rendered(renderer, typed):
    return [str(field) for field in AllKinds(typed, renderer=renderer)]


def test_the_name_of_a_field_ends_no_attribute():
    made = type("Odd", (forms.Form,), {BAD: forms.CharField(), f"tick {BAD}": forms.BooleanField()})
    odd = escape(f"id_{BAD}")
    form = made({}, renderer=Widgets())
    line, tick = (str(field.as_field_group()) for field in form)
    assert line.startswith(f'<div class="field bad"><label for="{odd}">')
    assert line.endswith(f'<ul class="errors" id="{odd}_error"><li>This field is required.</li></ul></div>')
    assert tick.startswith(f'<div class="field bad"><label for="{odd.replace("id_", "id_tick ")}">')


class Few(forms.Form):
    line = forms.CharField(label=BAD)
    tick = forms.BooleanField(label="<i>")
    ticks = forms.MultipleChoiceField(label="<u>", choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)


def test_a_field_stands_with_its_label_and_what_is_wrong_with_it():
    form = Few(renderer=Widgets())
    line, tick, ticks = (str(field.as_field_group()) for field in form)
    assert line == f'<div class="field"><label for="id_line">{escape(BAD)}</label>{form["line"]}</div>'
    assert tick == f'<div class="field"><label for="id_tick">{form["tick"]} &lt;i&gt;</label></div>'
    assert ticks == f'<div class="field"><fieldset><legend>&lt;u&gt;</legend>{form["ticks"]}</fieldset></div>'


def test_what_is_wrong_is_escaped_and_is_what_the_field_names():
    form = Few({"tick": "on", "ticks": "a"}, renderer=Widgets())
    form.add_error("line", BAD)
    line, tick, _ = (str(field.as_field_group()) for field in form)
    assert line == (
        f'<div class="field bad"><label for="id_line">{escape(BAD)}</label>{form["line"]}'
        f'<ul class="errors" id="id_line_error"><li>This field is required.</li><li>{escape(BAD)}</li></ul></div>'
    )
    assert 'aria-describedby="id_line_error"' in line
    assert tick.startswith('<div class="field"><label')
