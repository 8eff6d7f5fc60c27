"""Questions that only the area's procedure asks: before a stage is entered, on settling it, at a check back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django import forms

from cases.forms.base import Fields, Moving, StepForm
from cases.procedures.parts import BackItem, FormQuestion
from cases.procedures.rungs import Rung
from escalation.forms import DayField, LongTextField, ManyCards, ShortTextField, YesNoField

CHECKS = "entry_checks"


def _yes_no(question: FormQuestion) -> forms.Field:
    return YesNoField(
        label=question.question,
        help_text=question.hint,
        required=question.required,
        missing=f"Choose yes or no: “{question.question}”",
    )


def _day(question: FormQuestion) -> forms.Field:
    return DayField(
        label=question.question,
        help_text=question.hint,
        noun="The day",
        future=bool(question.duty),
        required=question.required,
        missing=f"Enter the day: “{question.question}”",
    )


def _text(question: FormQuestion) -> forms.Field:
    kind = ShortTextField if question.answer == "text" else LongTextField
    more: dict[str, Any] = {} if question.answer == "text" else {"rows": 3}
    return kind(
        label=question.question,
        help_text=question.hint,
        required=question.required,
        missing=f"Answer “{question.question}”",
        **more,
    )


FIELD: dict[str, Callable[[FormQuestion], forms.Field]] = {
    "yes_no": _yes_no,
    "day": _day,
    "text": _text,
    "long_text": _text,
}


class WithQuestions(StepForm):
    """A settlement that asks what the stage's procedure asks beside it; `answers()` gives them once it is valid."""

    def question_fields(self) -> Fields:
        """Return the questions of the stage, in the order of the procedure."""
        return {f"asked_{q.key}": FIELD[q.answer](q) for q in self.rung.questions_on_resolve}

    @property
    def question_names(self) -> list[str]:
        return self.starting("asked_")

    def answers(self) -> dict[str, str | bool | date]:
        """Return the answers by the key of their question; those left open are left out."""
        return self.nested("asked_")


class Entering(Moving):
    """A step that takes the case into a further stage, which may want something confirmed first."""

    @property
    def target(self) -> Rung | None:
        """Return the stage the case would go to."""
        return self.case.next_rung

    def check_fields(self, *, required: bool = True) -> Fields:
        """Return the boxes to tick before the next stage, if it has any; in danger today they may stay open."""
        target = self.target
        if target is None or not target.checks_on_entry:
            return {}
        danger = self.case.urgency == "immediate"
        return {
            CHECKS: ManyCards(
                label=f"Before it goes to {target.label}, confirm",
                help_text="There is danger today, so you may go on without." if danger else "",
                choices=[(item.key, item.label) for item in target.checks_on_entry],
                required=required and not danger,
                missing="Confirm each of these, or do first what is missing",
            )
        }

    def ask_for_checks(self, given: dict[str, Any]) -> None:
        """Add an error when something is left unconfirmed."""
        if CHECKS not in self.fields or CHECKS in self.errors or self.case.urgency == "immediate":
            return
        target = self.target
        keys = [item.key for item in target.checks_on_entry] if target else []
        if set(keys) - set(given.get(CHECKS) or ()):
            self.add_error(CHECKS, "Confirm each of these, or do first what is missing")

    def confirmed(self) -> list[str]:
        """Return the keys of what was confirmed."""
        return list(self.cleaned_data.get(CHECKS) or ())


def back_fields(items: Iterable[BackItem], round_: str) -> Fields:
    """Return what both sides confirm in one round of checking back, beside its own question."""
    return {
        f"also_{item.key}": YesNoField(label=item.label, missing=f"Choose yes or no: “{item.label}”")
        for item in items
        if item.round == round_
    }
