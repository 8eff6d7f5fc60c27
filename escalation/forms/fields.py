"""Fields for words and choices. A choice may carry a hint, a divider above it and the fields it reveals."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms

Pairs = Iterable[Any] | Callable[[], Iterable[Any]]


class ChoiceLabel(str):
    """A choice's words, with what is drawn beside them. Django passes labels through untouched, so they carry it."""

    hint: str
    reveals: tuple[str, ...]
    divider: str


def Choice(
    value: Any, label: str, hint: str = "", reveals: str | tuple[str, ...] = (), divider: str = ""
) -> tuple[Any, ChoiceLabel]:
    """Return one choice for any choice field.

    `reveals` names fields of the same form, drawn inside this choice and asked only when it is picked;
    `divider` is a word ("or") drawn above it.
    """
    words = ChoiceLabel(label)
    words.hint, words.divider = hint, divider
    words.reveals = (reveals,) if isinstance(reveals, str) else tuple(reveals)
    return value, words


class ChoiceCards(forms.TypedChoiceField):
    """One of several answers, as radios. Gives a `str`, or what `coerce` makes of it; "" when optional and empty."""

    widget = forms.RadioSelect

    def __init__(
        self, *, choices: Pairs = (), missing: str = "", inline: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(choices=choices, **kwargs)
        self.missing, self.inline = missing, inline


class ManyCards(forms.TypedMultipleChoiceField):
    """Any number of several answers, as checkboxes. Gives a list."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, choices: Pairs = (), missing: str = "", **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)
        self.missing = missing


class YesNoField(ChoiceCards):
    """Yes or no. Gives True, False, or None when optional and not answered.

    `yes` and `no` may change the words or reveal fields: `no={"label": "No, not yet", "reveals": "why_not"}`.
    """

    def __init__(
        self, *, yes: dict[str, Any] | None = None, no: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        answers = [
            Choice("yes", **{"label": "Yes", **(yes or {})}),
            Choice("no", **{"label": "No", **(no or {})}),
        ]
        kwargs.setdefault("inline", not any(label.hint or label.reveals for _, label in answers))
        super().__init__(choices=answers, coerce=lambda value: value == "yes", empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Turn an initial True or False into the radio's value."""
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


class _Words(forms.CharField):
    """Text without a maxlength attribute: a browser would cut pasted words off in silence."""

    def __init__(self, *, missing: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.missing = missing

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class ShortTextField(_Words):
    """One line of text, stripped. `width`: how wide the box is drawn, in characters (2, 3, 4, 5, 10, 20, 30)."""

    def __init__(self, *, max_length: int = 200, width: int | None = None, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        self.width = width


class LongTextField(_Words):
    """Several lines of text, stripped, with line ends as one character each so that our count is the browser's."""

    widget = forms.Textarea

    def __init__(self, *, max_length: int = 4000, rows: int = 5, count: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        self.widget.attrs["rows"] = rows
        self.count = count

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return (text or "").replace("\r\n", "\n").replace("\r", "\n")
