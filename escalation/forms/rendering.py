"""How a field is drawn: label, prompt, hint, error and control, as GOV.UK markup, for any Django field.

One template for the group around a control (templates/forms/group.html) and one for choices; everything else is
Django's own widget with our classes on it.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.forms.renderers import DjangoTemplates
from django.template.backends.django import DjangoTemplates as Engine
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from escalation.forms.fields import ChoiceLabel, LongTextField
from escalation.forms.prompts import Prompt
from escalation.forms.times import PartsWidget

# Nothing points to a hidden input, and two forms of a page may have the same one.
NO_ID: dict[str, str | bool] = {"id": False}
GROUPED = ("radios", "checkboxes", "parts")  # drawn inside a fieldset with a legend


class GovukBoundField(forms.BoundField):
    """A field with its data that knows its own markup. `as_field_group()` and `{% field %}` draw it."""

    @cached_property
    def kind(self) -> str:
        """Which control is drawn, told from the widget."""
        widget = self.field.widget
        for kind, classes in (
            ("hidden", (forms.HiddenInput, forms.MultipleHiddenInput)),
            ("checkboxes", forms.CheckboxSelectMultiple),
            ("radios", forms.RadioSelect),
            ("select", forms.Select),
            ("checkbox", forms.CheckboxInput),
            ("textarea", forms.Textarea),
            ("parts", PartsWidget),
            ("file", forms.FileInput),
        ):
            if isinstance(widget, classes):
                return kind
        return "text"

    @property
    def stem(self) -> str:
        """The id that all ids of this field start with."""
        return self.field.widget.attrs.get("id") or self.auto_id or self.html_name

    @property
    def wrong_part(self) -> str:
        """The box of a date that its error is about: "day", "time", "all", or "" without an error."""
        problems = self.form.errors.as_data().get(self.name, [])
        return (getattr(problems[0], "params", None) or {}).get("part", "all") if problems else ""

    @property
    def anchor(self) -> str:
        """The id that a link in the error summary leads to."""
        if self.kind == "parts":
            return f"{self.stem}_{'day' if self.wrong_part in ('', 'all') else self.wrong_part}"
        return self.stem

    @property
    def prompt(self) -> Prompt | None:
        """The guidance shown above the control."""
        return getattr(self.form, "prompts", {}).get(self.name)

    @property
    def words(self) -> str:
        """The label, marked when the question is optional."""
        marked = getattr(self.form, "mark_optional", True) and self.kind != "checkbox"
        optional = marked and not (self.field.required or self.field.disabled)
        return f"{self.label} (optional)" if optional else str(self.label)

    @property
    def described_by(self) -> str:
        """The ids of prompt, hint, error and character count, in reading order."""
        shown = {
            "prompt": self.prompt,
            "hint": self.help_text,
            "error": self.errors,
            "info": self.counted,
        }
        return " ".join(f"{self.stem}-{name}" for name, there in shown.items() if there)

    @property
    def errors_here(self) -> list[str]:
        """The errors as they stand under the question: without its words, which stand right above.

        The list at the head of the page keeps them: “Choose yes or no: “Is it safe?”” is “Choose yes or no” here.
        """
        label = re.escape(str(self.label))
        again = re.compile(f"(: | for | under )“{label}”(?=:|$)")
        return [
            "Answer this" if text == f"Answer “{self.label}”" else again.sub("", text)
            for text in map(str, self.errors)
        ]

    @property
    def counted(self) -> int:
        """The number of characters allowed, when they are counted while typing; else 0."""
        field = self.field
        return field.max_length or 0 if isinstance(field, LongTextField) and field.count else 0

    def draw(self) -> SafeString:
        """Return the whole field as markup."""
        if self.kind == "hidden":
            return self.as_hidden(attrs=NO_ID)
        heading = getattr(self.form, "page_heading", "") == self.name
        context = {
            "bf": self,
            "stem": self.stem,
            "kind": self.kind,
            "words": self.words,
            "hint": self.help_text,
            "prompt": self.prompt,
            "errors": self.errors_here,
            "counted": self.counted,
            "described_by": self.described_by,
            "heading": heading,
            "size": "l" if heading else "m" if self.kind in GROUPED else "s",
            "control": self._choices() if self.kind in ("radios", "checkboxes") else self._input(),
        }
        fieldset = "forms/fieldset.html" if self.kind in GROUPED else "forms/group.html"
        return self.renderer_of_forms().render(fieldset, context)

    def as_field_group(self) -> SafeString:
        """Return the whole field: what Django calls for {{ field.as_field_group }}."""
        return self.draw()

    def renderer_of_forms(self) -> "GovukRenderer":
        """The renderer of the form, or ours where a form has brought one that lacks our templates."""
        return self.renderer if isinstance(self.renderer, GovukRenderer) else govuk()

    def _input(self) -> SafeString:
        """Return Django's own widget with our classes, and nothing that makes a browser refuse or cut words."""
        widget = self.field.widget
        if self.kind == "parts":
            return self.as_widget(attrs={"wrong": self.wrong_part, "aria-describedby": False})
        attrs: dict[str, Any] = {"class": self._classes(), "aria-describedby": self.described_by or False}
        attrs |= dict.fromkeys(("maxlength", "minlength", "required", "min", "max", "step"), False)
        if isinstance(widget, forms.NumberInput):
            whole = isinstance(self.field, forms.IntegerField)
            widget = forms.TextInput({**widget.attrs, "inputmode": "numeric" if whole else "decimal"})
        elif isinstance(widget, forms.EmailInput):
            attrs |= {"spellcheck": "false", "autocomplete": widget.attrs.get("autocomplete", "email")}
        elif isinstance(widget, forms.Textarea | forms.TextInput):
            # A browser keeps what stands in boxes on its disk, with the history of the window, sent or not (E6).
            attrs |= {"autocomplete": widget.attrs.get("autocomplete", "off")}
        return self.as_widget(widget=widget, attrs=attrs)

    def _classes(self) -> str:
        base = {
            "select": "govuk-select",
            "textarea": "govuk-textarea",
            "file": "govuk-file-upload",
            "checkbox": "govuk-checkboxes__input",
        }
        stem = base.get(self.kind, "govuk-input")
        width = getattr(self.field, "width", 5 if isinstance(self.field, forms.IntegerField) else None)
        parts = [
            stem,
            self.field.widget.attrs.get("class", ""),
            f"govuk-input--width-{width}" if width else "",
            f"{stem}--error" if self.errors and self.kind != "checkbox" else "",
            "govuk-js-character-count" if self.counted else "",
        ]
        return " ".join(part for part in parts if part)

    def _choices(self) -> SafeString:
        rows = []
        offered = [option.data for option in self.subwidgets if option.data["value"] != ""]
        for number, data in enumerate(offered, 1):
            label = data["label"]
            drawn = label if isinstance(label, ChoiceLabel) else None
            rows.append(
                {
                    "value": data["value"],
                    "label": label,
                    "hint": drawn.hint if drawn else "",
                    "divider": drawn.divider if drawn else "",
                    "picked": data["selected"],
                    "disabled": data["attrs"].get("disabled", False),
                    "id": self.stem if number == 1 else f"{self.stem}-{number}",
                    "revealed": [bound(self.form, name).draw() for name in drawn.reveals] if drawn else [],
                }
            )
        context = {
            "kind": self.kind,
            "name": self.html_name,
            "rows": rows,
            "inline": getattr(self.field, "inline", False) or self.name in getattr(self.form, "inline", ()),
        }
        return self.renderer_of_forms().render("forms/choices.html", context)


class GovukRenderer(DjangoTemplates):
    """Draws every form with our templates, and falls back on Django's own for its widgets."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/any.html"
    bound_field_class = GovukBoundField

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        """Return a template as markup that needs no further escaping."""
        return SafeString(super().render(template_name, context, request))

    @cached_property
    def engine(self) -> Engine:
        """An engine that knows our templates and Django's widgets, without context processors."""
        builtin = Path(forms.__file__).parent / "templates"
        engines: list[dict[str, Any]] = settings.TEMPLATES
        ours = [folder for engine in engines for folder in engine.get("DIRS", [])]
        return Engine({"NAME": "govuk-forms", "APP_DIRS": False, "DIRS": [*ours, builtin], "OPTIONS": {}})


@lru_cache(maxsize=1)
def govuk() -> GovukRenderer:
    """Return the one renderer that tags use; its templates are compiled once."""
    return GovukRenderer()


def draw_form(form: forms.BaseForm, *names: str) -> SafeString:
    """Return fields of a form as markup: the named ones, or all, hidden ones last.

    Fields revealed by a choice are drawn inside it, unless they are named. Groups of the form become fieldsets.
    """
    if names:
        return SafeString("".join(bound(form, name).draw() for name in names))
    revealed: frozenset[str] = getattr(form, "revealed", frozenset())
    shown = [found.name for found in form.visible_fields() if found.name not in revealed]
    pieces: list[str] = []
    placed: set[str] = set()
    for legend, listed in getattr(form, "groups", ()):
        members = [name for name in listed if name in shown]
        placed.update(members)
        drawn = SafeString("".join(bound(form, name).draw() for name in members))
        if legend and members:
            drawn = govuk().render("forms/section.html", {"legend": legend, "fields": drawn})
        pieces.append(drawn)
    pieces += [bound(form, name).draw() for name in shown if name not in placed]
    pieces += [found.as_hidden(attrs=NO_ID) for found in form.hidden_fields()]
    return SafeString("".join(pieces))


def bound(form: forms.BaseForm, name: str) -> GovukBoundField:
    """Return a field of a form as ours, which can draw itself, whatever renderer the form has."""
    found = form[name]
    return found if isinstance(found, GovukBoundField) else GovukBoundField(form, form.fields[name], name)
