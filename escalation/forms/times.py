"""Fields for days and times: boxes read as London clocks show them, given as dates and UTC instants."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from escalation.clock import now
from escalation.forms.clocks import LONDON, Unclear, read_clock, read_day, to_instant
from escalation.templatetags.words import clock as clock_words
from escalation.templatetags.words import plain_day

Day = date | Callable[[], date]
PARTS = {"day": ("Day", 2), "month": ("Month", 2), "year": ("Year", 4)}


class PartsWidget(forms.Widget):
    """Boxes side by side: name_day, name_month, name_year and, for an instant, name_time."""

    template_name = "forms/parts.html"
    use_fieldset = True
    parts = dict(PARTS)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [str(data.get(f"{name}_{part}") or "") for part in self.parts]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(f"{name}_{part}" in data for part in self.parts)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_day" if id_ else id_

    def split(self, value: Any) -> list[str]:
        """Return the texts for the boxes from a date, an instant, or what was typed before."""
        if isinstance(value, list | tuple):
            return [str(text) for text in value]
        if isinstance(value, datetime) and value.tzinfo:
            value = value.astimezone(LONDON)
        return [str(value.day), str(value.month), str(value.year)] if isinstance(value, date) else []

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        given = context["widget"]["attrs"]
        wrong, stem = given.pop("wrong", ""), given.get("id") or name
        texts = self.split(value) or [""] * len(self.parts)
        context["widget"]["parts"] = [
            {
                "label": label,
                "name": f"{name}_{part}",
                "id": f"{stem}_{part}",
                "value": text,
                "width": width,
                "wrong": wrong in {part, "all"},
                "numeric": part in {"day", "year"},
            }
            for (part, (label, width)), text in zip(self.parts.items(), texts, strict=True)
        ]
        return context


class WhenWidget(PartsWidget):
    """Day, month, year and time of day."""

    parts = {**PARTS, "time": ("Time", 5)}

    def split(self, value: Any) -> list[str]:
        texts = super().split(value)
        return [*texts, clock_words(value)] if len(texts) == 3 and isinstance(value, datetime) else texts


class _TimeWords(forms.Field):
    """What days, times and instants share: a noun that starts each error."""

    fallback = "The date"
    default_hint = ""

    def __init__(self, *, noun: str = "", missing: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("help_text", self.default_hint)
        super().__init__(**kwargs)
        label = str(self.label or "")
        self.noun = noun or (label if label and not label.endswith("?") else self.fallback)
        inside = (self.noun[:1].lower() + self.noun[1:]).removeprefix("the ")
        self.missing = missing or f"Enter the {inside}"
        self.error_messages["required"] = self.missing

    def wrong(self, text: str, part: str = "all") -> ValidationError:
        """Return the error "<noun> <text>" that leads to the box `part`."""
        return ValidationError(f"{self.noun} {text}", code="unclear", params={"part": part})


class DayField(_TimeWords):
    """A day. Gives a `date`.

    `past` refuses days after today, `future` days before today (London); `earliest` and `latest` are a date or a
    function that gives one.
    """

    widget = PartsWidget
    default_hint = "For example, 16 6 2026"

    def __init__(
        self,
        *,
        past: bool = False,
        future: bool = False,
        earliest: Day | None = None,
        latest: Day | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.past, self.future, self.earliest, self.latest = past, future, earliest, latest

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, list | tuple):
            if not any(text.strip() for text in value):
                return None
            try:
                return read_day(*value)
            except Unclear as error:
                raise self.wrong(error.text, error.part) from error
        return value or None

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        today = now().astimezone(LONDON).date()
        if self.past and value > today:
            raise self.wrong("must be today or in the past")
        if self.future and value < today:
            raise self.wrong("must be today or in the future")
        earliest = self.earliest() if callable(self.earliest) else self.earliest
        latest = self.latest() if callable(self.latest) else self.latest
        if earliest and value < earliest:
            raise self.wrong(f"must be on or after {plain_day(earliest)}")
        if latest and value > latest:
            raise self.wrong(f"must be on or before {plain_day(latest)}")


class ClockField(_TimeWords):
    """A time of day. Gives a `time`."""

    widget = forms.TextInput
    fallback = "The time"
    default_hint = "For example, 4:30pm or 16:30"
    width = 5

    def to_python(self, value: Any) -> time | None:
        if not isinstance(value, str):
            return value or None
        if not value.strip():
            return None
        try:
            return read_clock(value)[0]
        except Unclear as error:
            raise self.wrong(error.text) from error

    def prepare_value(self, value: Any) -> Any:
        return clock_words(value) if isinstance(value, time) else value


class WhenField(_TimeWords):
    """An instant, typed as a London day and time. Gives an aware `datetime` in UTC.

    `past` refuses instants in the future, `future` instants in the past.
    """

    widget = WhenWidget
    fallback = "The date and time"
    default_hint = "For example, 16 6 2026 at 4:30pm"

    def __init__(self, *, past: bool = False, future: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.past, self.future = past, future

    def to_python(self, value: Any) -> datetime | None:
        if not isinstance(value, list | tuple):
            return value or None
        if not any(text.strip() for text in value):
            return None
        *day, clock = value
        try:
            date_read = read_day(*day)
            if not clock.strip():
                raise Unclear("must include a time, like 4:30pm", "time")
            return to_instant(date_read, *read_clock(clock))
        except Unclear as error:
            raise self.wrong(error.text, error.part) from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if self.past and value > now():
            raise self.wrong("must be in the past")
        if self.future and value < now():
            raise self.wrong("must be in the future")
