"""Forms for adopting a version of a procedure and for choosing one to compare it with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from cases.models import ProcedureVersion
from escalation.forms import DayField, EscalationForm, LongTextField


class AdoptForm(EscalationForm):
    """From which day, and why. `confirmed` is sent by the second step alone."""

    from_date = DayField(
        label="From which day should new cases follow it?",
        noun="The day",
        future=True,
        missing="Enter the day from which new cases follow it",
    )
    reason = LongTextField(
        label="Why does your partnership adopt it?",
        help_text="For example: the committee agreed it on 12 May. It stays in the record. Name no child.",
        rows=3,
        max_length=1000,
        missing="Say why your partnership adopts it",
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput())

    @classmethod
    def to_confirm(cls, answers: dict[str, Any]) -> list[dict[str, str]]:
        """Return the hidden fields with which the second step sends the answers of the first again."""
        day: date = answers["from_date"]
        return [
            {"name": "from_date_day", "value": str(day.day)},
            {"name": "from_date_month", "value": str(day.month)},
            {"name": "from_date_year", "value": str(day.year)},
            {"name": "reason", "value": answers["reason"]},
            {"name": "confirmed", "value": "on"},
        ]


class ChooseForm(EscalationForm):
    """Which version to compare with; it stays in the address."""

    mark_optional = False

    def __init__(self, *args: Any, versions: Sequence[ProcedureVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._versions = {str(version.pk): version for version in versions}
        choices = [(key, str(version)) for key, version in self._versions.items()]
        self.fields["with"] = forms.ChoiceField(label="Compare with", choices=choices)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "with" in cleaned:
            cleaned["with"] = self._versions[cleaned["with"]]
        return cleaned
