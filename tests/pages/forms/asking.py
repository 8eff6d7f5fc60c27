"""Asks one question, as a form of ours does."""

from datetime import UTC, date, datetime
from typing import Any

from django import forms

from escalation.forms import (
    EscalationForm,
)
from escalation.templatetags.form_tags import field

NOW = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)  # midday in London, a Friday
TOKEN = "6f1c1c58-5e0c-4a3f-9d59-6a2b8a0d9d11"


def form_of(one: forms.Field, data: dict[str, Any] | None = None, **attributes: Any) -> EscalationForm:
    """Return a form with one field, `x`, bound when data is given."""
    return type("OneField", (EscalationForm,), {"x": one, **attributes})(data)


def drawn(one: forms.Field, data: dict[str, Any] | None = None, **attributes: Any) -> str:
    return field(form_of(one, data, **attributes)["x"])


def errors(one: forms.Field, **data: Any) -> list[str]:
    return list(form_of(one, data).errors.get("x", []))


def given(one: forms.Field, **data: Any) -> Any:
    form = form_of(one, data)
    assert form.errors == {}
    return form.cleaned_data["x"]


def day_of(value: date) -> dict[str, str]:
    return {"x_day": str(value.day), "x_month": str(value.month), "x_year": str(value.year)}
