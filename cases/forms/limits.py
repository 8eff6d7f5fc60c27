"""The form of one limit that a partnership sets for itself."""

from __future__ import annotations

from typing import Any

from django import forms

from cases.procedures.local import MOST
from cases.procedures.vocabulary import WORKING_UNITS
from escalation.forms import Choice, ChoiceCards, EscalationForm, LongTextField, ShortTextField

UNITS = {
    "working_minutes": Choice("working_minutes", "Working minutes"),
    "working_hours": Choice("working_hours", "Working hours", "Counted in opening hours only."),
    "working_days": Choice("working_days", "Working days", "Ends when the last of them closes."),
    "calendar_hours": Choice("calendar_hours", "Hours", "Round the clock, weekends too."),
    "calendar_days": Choice("calendar_days", "Calendar days", "Weekends and holidays too; ends at midnight."),
    "end_of_day": Choice("end_of_day", "End of the day", "1 is the same day, 2 the next."),
}


class LimitForm(EscalationForm):
    """How long, in which unit, and why. `confirmed` is sent by the second step alone."""

    amount = ShortTextField(label="How many?", width=4, max_length=6, missing="Enter how many, like 5")
    unit = ChoiceCards(label="Of what?", choices=[], missing="Choose hours, days or another unit")
    reason = LongTextField(
        label="Why is this limit set?",
        help_text="For example: agreed by the committee on 12 May. It stays in the record. Name no child.",
        rows=3,
        max_length=300,
        missing="Say why this limit is set",
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, danger: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            choice for unit, choice in UNITS.items() if not (danger and unit in WORKING_UNITS)
        ]

    def clean_amount(self) -> int:
        typed: str = self.cleaned_data["amount"]
        if not typed.isascii() or not typed.isdigit() or not 1 <= int(typed) <= MOST:
            raise forms.ValidationError(f"How many must be a whole number from 1 to {MOST}")
        return int(typed)

    @classmethod
    def to_confirm(cls, answers: dict[str, Any]) -> list[dict[str, str]]:
        """Return the hidden fields with which the second step sends the answers of the first again."""
        return [
            {"name": name, "value": str(value)} for name, value in [*answers.items(), ("confirmed", "on")]
        ]
