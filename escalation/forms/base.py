"""The forms everything starts from: errors that say what to do, revealed fields, tokens against sending twice."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypedDict
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict

from escalation.forms.fields import ChoiceLabel
from escalation.forms.prompts import Prompt, speak
from escalation.forms.rendering import bound
from escalation.forms.times import ClockField, DayField, WhenField

STALE = "This page has been open too long or was sent before. Check your answers, then send it again"


class Problem(TypedDict):
    """One line of the error summary; `href` is "" when the error belongs to the whole form."""

    text: str
    href: str


KEPT = ("label", "required", "initial", "disabled", "validators")


def ours(field: forms.Field) -> forms.Field:
    """Return our field in place of a stock Django one that people cannot fill in well, or the field itself."""
    swaps: tuple[tuple[type[forms.Field], type[forms.Widget], type[forms.Field]], ...] = (
        (forms.DateTimeField, forms.DateTimeInput, WhenField),
        (forms.DateField, forms.DateInput, DayField),
        (forms.TimeField, forms.TimeInput, ClockField),
    )
    for stock, widget, own in swaps:
        if type(field) is stock and type(field.widget) is widget:
            kept: dict[str, Any] = {name: getattr(field, name) for name in KEPT}
            if field.help_text:
                kept["help_text"] = field.help_text
            return own(**kept)
    if isinstance(field, forms.MultipleChoiceField) and type(field.widget) is forms.SelectMultiple:
        field.widget = forms.CheckboxSelectMultiple()
        field.widget.choices = field.choices
    return field


class _Talks(forms.Form):
    """What plain forms and model forms share."""

    prompts: ClassVar[Mapping[str, Prompt]] = {}
    missing: ClassVar[Mapping[str, str]] = {}
    page_heading: ClassVar[str] = ""
    inline: ClassVar[frozenset[str] | set[str]] = frozenset()
    groups: ClassVar[list[tuple[str | None, list[str]]]] = []
    mark_optional: ClassVar[bool] = True
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {**self.asked(), **self.fields}
        for name, stock in self.fields.items():
            field = self.fields[name] = ours(stock)
            label = str(field.label if field.label is not None else name.replace("_", " ").capitalize())
            speak(field, label, self.missing.get(name) or str(getattr(field, "missing", "")))

    def asked(self) -> dict[str, forms.Field]:
        """Return fields of this one form, made for it: they come before those of its class."""
        return {}

    def _reveals(self) -> Iterator[tuple[str, str, str]]:
        """Yield (asking field, choice, revealed field) for every choice that reveals something."""
        for name, field in self.fields.items():
            for value, label in getattr(field, "choices", ()):
                for inner in label.reveals if isinstance(label, ChoiceLabel) else ():
                    yield name, str(value), inner

    @property
    def revealed(self) -> frozenset[str]:
        """The names of fields that are drawn inside a choice."""
        return frozenset(inner for _, _, inner in self._reveals())

    def unasked(self) -> set[str]:
        """Return the names of revealed fields whose choice was not picked in what was sent."""
        reveals = list(self._reveals())

        def picked(outer: str, value: str) -> bool:
            sent = self[outer].data
            return value in sent if isinstance(sent, list | tuple) else str(sent) == value

        def asked(name: str) -> bool:
            ways = [(outer, value) for outer, value, inner in reveals if inner == name]
            return not ways or any(picked(outer, value) and asked(outer) for outer, value in ways)

        return {inner for _, _, inner in reveals if not asked(inner)}

    def _clean_fields(self) -> None:
        """Clean every field, then forget what stands in questions that were not asked."""
        super()._clean_fields()  # type: ignore[misc]  # the hook of Django that its stubs leave out
        for name in self.unasked():
            self.errors.pop(name, None)
            many = isinstance(self.fields[name], forms.MultipleChoiceField)
            self.cleaned_data[name] = [] if many else getattr(self.fields[name], "empty_value", None)

    def in_order(self) -> list[str]:
        """Return the names of the fields in the order in which the page asks them."""
        return list(self.fields)

    def error_summary(self) -> list[Problem]:
        """Return every error in the order of the page, each with the link to where it is mended."""
        hidden = {bf.name for bf in self.hidden_fields()}
        whole = [
            *self.errors.get(NON_FIELD_ERRORS, []),
            *(text for name in hidden for text in self.errors.get(name, [])),
        ]
        lines = [Problem(text=str(text), href="") for text in whole]
        for name in self.in_order():
            if name not in hidden:
                anchor = bound(self, name).anchor
                lines += [Problem(text=str(text), href=f"#{anchor}") for text in self.errors.get(name, [])]
        return lines

    @classmethod
    def typed(cls, data: Mapping[str, Any], prefix: str | None = None) -> dict[str, Any]:
        """Return `initial` values out of what somebody had typed before (a saved draft), finished or not.

        Hidden fields are left out: a token or version is never taken from a draft.
        """
        stem = f"{prefix}-" if prefix else ""
        found = {}
        for name, field in cls.base_fields.items():
            widget = ours(field).widget
            if not widget.is_hidden and not widget.value_omitted_from_data(data, {}, stem + name):
                found[name] = widget.value_from_datadict(data, {}, stem + name)
        return found


class EscalationForm(_Talks, forms.Form):
    """A form whose fields, hints and errors come out as GOV.UK markup (docs/components.md)."""


class EscalationModelForm(_Talks, forms.ModelForm):
    """The same for a model."""


class FormTokenMixin(forms.Form):
    """A hidden token, new for each page shown: the action uses it as key, so that a double press makes one entry."""

    form_token = forms.UUIDField(
        widget=forms.HiddenInput, initial=uuid4, error_messages={"required": STALE, "invalid": STALE}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and not self._token_is_readable():
            # The refusal is shown with a fresh token, so that sending again works.
            self._unreadable_token = True
            sent = QueryDict(mutable=True)
            sent.update(self.data)
            sent[self.add_prefix("form_token")] = str(uuid4())
            self.data = sent

    def _token_is_readable(self) -> bool:
        try:
            return bool(UUID(str(self.data.get(self.add_prefix("form_token"), ""))))
        except ValueError:
            return False

    def clean(self) -> dict[str, Any] | None:
        if getattr(self, "_unreadable_token", False):
            self.add_error(None, STALE)
        return super().clean()


class VersionMixin(forms.Form):
    """A hidden version of the thing being changed: `initial={"version": case.version}`; the action checks it."""

    version = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=0,
        error_messages={"required": STALE, "invalid": STALE, "min_value": STALE},
    )
