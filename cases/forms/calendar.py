"""Forms of the calendar's pages. Each is sent twice: `confirmed` comes with the second time alone."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms

from accounts.models import Agency
from cases.models.calendar import Weekday
from escalation.forms import (
    Choice,
    ChoiceCards,
    ClockField,
    DayField,
    EscalationForm,
    LongTextField,
    ShortTextField,
)


class Confirmed(EscalationForm):
    """A form whose answers are shown with what they lead to before they count."""

    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def to_confirm(self) -> list[dict[str, str]]:
        """Return the hidden fields with which the second step sends the answers of the first again."""
        kept = [
            {"name": name, "value": str(value)}
            for name, value in self.data.items()
            if name not in ("csrfmiddlewaretoken", "confirmed")
        ]
        return [*kept, {"name": "confirmed", "value": "on"}]

    def reason_of(self) -> str:
        return str(self.cleaned_data.get("reason", ""))


def _reason() -> LongTextField:
    return LongTextField(
        label="Why?",
        help_text="It stays in the record, and whoever has a date that moves can read it. Name no child.",
        rows=2,
        max_length=300,
        missing="Say why",
    )


class DayForm(Confirmed):
    """One day that differs from its weekday."""

    day = DayField(label="Which day?", noun="The day", future=True, missing="Enter the day")
    name = ShortTextField(
        label="What is this day called?",
        help_text="For example: local holiday, training day.",
        max_length=120,
        missing="Say what this day is called",
    )
    whose = forms.ChoiceField(
        label="For whom?",
        help_text="A day of one agency says when its people are reminded. Dates follow the days of everybody.",
    )
    kind = ChoiceCards(
        label="Is anybody at work?",
        choices=[Choice("closed", "Closed all day"), Choice("hours", "Open for some hours")],
        missing="Choose whether anybody is at work",
    )
    opens = ClockField(label="Opens at", noun="Opening", required=False)
    closes = ClockField(label="Closes at", noun="Closing", required=False)
    reason = _reason()

    def __init__(self, *args: Any, agencies: list[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._agencies = {str(agency.pk): agency for agency in agencies}
        pairs = [("", "Everybody"), *((key, agency.name) for key, agency in self._agencies.items())]
        self.fields["whose"].choices = pairs  # type: ignore[attr-defined]
        self.fields["whose"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == "hours":
            for name, words in (("opens", "Enter when it opens"), ("closes", "Enter when it closes")):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, words)
            opens, closes = cleaned.get("opens"), cleaned.get("closes")
            if opens and closes and closes != time(0) and closes <= opens:
                self.add_error("closes", "The day must close after it opens")
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return the answers as the action takes them."""
        given = self.cleaned_data
        hours = (given["opens"], given["closes"]) if given["kind"] == "hours" else None
        return {
            "day": given["day"],
            "name": given["name"],
            "hours": hours,
            "agency": self._agencies.get(given["whose"]),
            "reason": given["reason"],
        }


class ReasonForm(Confirmed):
    """Only why."""

    reason = _reason()


class HoursForm(Confirmed):
    """The opening hours of a week; a day with both boxes empty is not worked."""

    mark_optional = False  # the page says what empty boxes mean
    in_pairs = True
    reason = _reason()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        boxes: dict[str, forms.Field] = {}
        for day in Weekday:
            boxes[f"opens_{day.value}"] = ClockField(
                label=f"{day.label} opens at", noun=f"{day.label} opening", required=False, help_text=""
            )
            boxes[f"closes_{day.value}"] = ClockField(
                label=f"{day.label} closes at", noun=f"{day.label} closing", required=False, help_text=""
            )
        self.fields = {**boxes, **self.fields}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for day in Weekday:
            opens, closes = cleaned.get(f"opens_{day.value}"), cleaned.get(f"closes_{day.value}")
            if (opens is None) != (closes is None):
                empty = "opens" if opens is None else "closes"
                self.add_error(f"{empty}_{day.value}", f"Enter both times for {day.label}, or neither")
            elif opens is not None and closes != time(0) and closes is not None and closes <= opens:
                self.add_error(f"closes_{day.value}", f"{day.label} must close after it opens")
        return cleaned

    def week(self) -> dict[int, tuple[time, time]]:
        """Return the hours by weekday."""
        given = self.cleaned_data
        return {
            day.value: (given[f"opens_{day.value}"], given[f"closes_{day.value}"])
            for day in Weekday
            if given.get(f"opens_{day.value}") is not None
        }


class FillForm(Confirmed):
    """Up to the end of which year public holidays are filled in."""

    year = forms.ChoiceField(label="Up to the end of which year?")

    def __init__(self, *args: Any, this_year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = [str(this_year + n) for n in range(4)]
        self.fields["year"].choices = [(year, year) for year in years]  # type: ignore[attr-defined]
