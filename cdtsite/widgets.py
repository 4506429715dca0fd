"""How fields become HTML: by hand, because a form of a whole page has over two hundred, and a list as many choices."""

from html import escape
from typing import Any

from django.forms import BoundField
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

_PLAIN = ("text", "hidden", "url", "email", "number", "date", "password", "checkbox")
_INPUTS = {f"django/forms/widgets/{kind}.html" for kind in _PLAIN}
_TEXTAREA, _SELECT = "django/forms/widgets/textarea.html", "django/forms/widgets/select.html"
_TICKS = {"django/forms/widgets/checkbox_select.html", "django/forms/widgets/radio.html"}


class Widgets(DjangoTemplates):
    """Writes what Django's own templates write, many times faster, but for a few rare widgets; and a field with its
    label and what is wrong with it, `{{ field.as_field_group }}`.
    """

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name == self.field_template_name:
            return SafeString(_group(context["field"]))
        widget = context.get("widget", {})
        if template_name in _INPUTS:
            return SafeString(_input(widget))
        if template_name == _TEXTAREA:
            said = {"name": widget["name"], **widget["attrs"]}
            return SafeString(f"<textarea{_attributes(said)}>\n{escape(str(widget['value'] or ''))}</textarea>")
        if template_name == _SELECT:
            said = {"name": widget["name"], **widget["attrs"]}
            groups = "".join(_choices(group, options) for group, options, _ in widget["optgroups"])
            return SafeString(f"<select{_attributes(said)}>{groups}\n</select>")
        if template_name in _TICKS and not any(group for group, *_ in widget["optgroups"]):
            said = {name: widget["attrs"][name] for name in ("id", "class") if widget["attrs"].get(name)}
            ticks = "".join(_tick(option) for _, options, _ in widget["optgroups"] for option in options)
            return SafeString(f"<div{_attributes(said)}>{ticks}\n</div>")
        return super().render(template_name, context, request)


def _group(field: BoundField) -> str:
    label, errors = conditional_escape(field.label), field.errors
    # A form may be sent back with names of fields that anybody made up.
    labelled, told = escape(field.id_for_label), escape(f"{field.auto_id}_error")
    if field.use_fieldset:
        said = f"<fieldset><legend>{label}</legend>{field}</fieldset>"
    elif getattr(field.field.widget, "input_type", "") == "checkbox":
        said = f'<label for="{labelled}">{field} {label}</label>'
    else:
        said = f'<label for="{labelled}">{label}</label>{field}'
    if not errors:
        return f'<div class="field">{said}</div>'
    wrong = "".join(f"<li>{conditional_escape(str(error))}</li>" for error in errors)
    # Django names this list in the field's aria-describedby.
    return f'<div class="field bad">{said}<ul class="errors" id="{told}">{wrong}</ul></div>'


def _input(widget: dict[str, Any]) -> str:
    value = {} if widget["value"] is None else {"value": widget["value"]}
    return f"<input{_attributes({'type': widget['type'], 'name': widget['name'], **value, **widget['attrs']})}>"


def _choices(group: str | None, options: list[dict[str, Any]]) -> str:
    said = "".join(
        f"\n  <option{_attributes({'value': option['value'], **option['attrs']})}>{conditional_escape(option['label'])}"
        "</option>\n"
        for option in options
    )
    return f'\n  <optgroup label="{conditional_escape(group)}">{said}\n  </optgroup>' if group else said


def _tick(option: dict[str, Any]) -> str:
    label = _attributes({"for": option["attrs"]["id"]} if option["attrs"].get("id") else {})
    return f"<div>\n    <label{label}>{_input(option)}\n {conditional_escape(option['label'])}</label>\n\n</div>"


def _attributes(said: dict[str, Any]) -> str:
    """As in django/forms/widgets/attrs.html, in the same order."""
    shown = {name: value for name, value in said.items() if value is not False}
    return "".join(f" {name}" if value is True else f' {name}="{escape(str(value))}"' for name, value in shown.items())
