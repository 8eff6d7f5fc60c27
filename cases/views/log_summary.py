"""A half-written disagreement made ready for its pages: tasks, answers to check, and what follows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.urls import reverse
from django.utils.text import capfirst

from accounts.models import Partnership
from cases.deadlines import Due, calendar_of, in_force, work_out
from cases.forms.log import PAGES, LogPage, ScopeForm, WhoForm
from cases.forms.log_answers import Answers
from cases.models import ProcedureVersion
from cases.procedures.definitions import Procedure, ScopeQuestion
from cases.procedures.vocabulary import SOURCE_WORDS
from escalation.forms import DayField, WhenField
from escalation.templatetags.words import by, day, moment

Row = dict[str, Any]
Pairs = Iterable[tuple[Any, Any]]
CHANGE = "?then=check"
LOOK_AGAIN = {"text": "Look again", "colour": "orange"}


def page_url(slug: str) -> str:
    """Return the address of a page of the form."""
    return reverse("log_page", args=[slug])


def tasks(answers: Answers) -> list[Row]:
    """Return one line a page with how far it is, for the task list."""
    lines: list[Row] = []
    for form in PAGES:
        if answers.done(form.slug):
            status = {"text": "Done", "colour": "green"}
        elif form.slug in answers.begun:
            status = {"text": "Begun", "colour": "blue"}
        else:
            status = {"text": "Not begun", "colour": "grey"}
        lines.append({"label": form.short, "url": page_url(form.slug), "status": status})
    return lines


def cards(answers: Answers) -> list[Row]:
    """Return each page's answers as a card of rows with a link to change each."""
    return [{"title": form.short, "rows": _rows(form)} for form in answers.forms.values()]


def _rows(form: LogPage) -> list[Row]:
    form.is_valid()
    if isinstance(form, ScopeForm):
        return [_scope_row(form)]
    return [_row(form, name) for name in form.fields if not _needless(form, name)]


def _scope_row(form: ScopeForm) -> Row:
    """Return the questions of the first page as one line: which other routes fit, if any."""
    row: Row = {"key": "Does another route fit?", "change": {"url": page_url(form.slug) + CHANGE}}
    if form.errors:
        return row | {"missing": True}
    return row | {"value": [q.signpost_title for q in form.elsewhere] or "No"}


def _needless(form: LogPage, name: str) -> bool:
    if name in form.errors:
        return False
    if name == "expected_on":
        return form.cleaned_data.get("subject") != "unborn_baby"
    return name in ("horizon_why", "start_why") and not form[name].value()


def _row(form: LogPage, name: str) -> Row:
    asked = form[name]
    row: Row = {
        "key": str(form.fields[name].label),
        "change": {"url": f"{page_url(form.slug)}{CHANGE}#{asked.anchor}"},  # type: ignore[attr-defined]
    }
    if problems := form.errors.get(name):
        empty = not asked.value() or asked.value() == ["", "", "", ""]
        return row | ({"missing": True} if empty else {"value": str(problems[0]), "tag": LOOK_AGAIN})
    return row | {"value": _said(form, name)}


def _said(form: LogPage, name: str) -> str | list[str]:
    """Return an answer in the words in which it was given."""
    answer, field = form.cleaned_data[name], form.fields[name]
    if isinstance(form, WhoForm) and name == "counterpart":
        return [form.chosen.label, form.chosen.hint]
    if isinstance(field, WhenField):
        return capfirst(moment(answer)) if answer else "No time is known"
    if isinstance(field, DayField):
        return day(answer) if answer else "Not known"
    if isinstance(field, forms.ChoiceField):
        labels = {str(value): str(label) for value, label in cast(Pairs, field.choices)}
        if isinstance(answer, bool):
            return "Yes" if answer else "No"
        return [labels[a] for a in answer] if isinstance(answer, list) else labels.get(answer, "None given")
    return str(answer) or "None given"


def first_due(answers: Answers, version: ProcedureVersion, partnership: Partnership) -> Due | None:
    """Return when the first stage would be due, opened at this instant; None when the procedure sets no time."""
    procedure, pace = in_force(version, partnership), answers.forms["pace"].cleaned_data
    rung = procedure.first_rung
    if rung.settle is None:
        return None
    return work_out(
        rung.settle,
        pace["urgency"],
        answers.asking.at,
        calendar_of(partnership),
        horizon=pace["horizon_at"],
        whole_ladder=procedure.urgency(pace["urgency"]).whole_ladder,
        rungs_left=len(procedure.rungs_after(rung.key, pace["urgency"])) + 1,
    )


def what_follows(answers: Answers, version: ProcedureVersion, partnership: Partnership) -> list[str]:
    """Return in plain sentences what happens when the button is pressed."""
    other, due = answers.who.chosen.user, first_due(answers, version, partnership)
    until = f" {by(due.at, answers.asking.at)}. {_how(due)}" if due else "."
    return [
        f"{other} is told that a disagreement was logged. The message has a reference and a link, "
        "and nothing about the child.",
        f"You and {other} try to settle it between you{until}",
        f"You and {other} can read it, and whoever covers for either of you. "
        "Managers join only when it is taken further.",
    ]


def _how(due: Due) -> str:
    if due.capped:
        return "That is sooner than usual, so that every stage fits in before harm could occur."
    return f"{SOURCE_WORDS[due.source]}."


def way_on(question: ScopeQuestion, procedure: Procedure) -> Row | None:
    """Return the button that leads on from a signpost, where the service itself has the way; None elsewhere."""
    if question.diverts_to == "cumulative_concern" and procedure.concerns is not None:
        return {"label": procedure.concerns.label, "url": reverse("concern_raise"), "kind": "secondary"}
    return None


def other_ways(procedure: Procedure) -> list[Row]:
    """Return the links to what the area offers beside logging a disagreement, for the first page."""
    found: list[Row] = []
    if procedure.rethink is not None:
        found.append({"label": f"Ask for a {procedure.rethink.label}", "url": reverse("rethink_ask")})
    if procedure.concerns is not None:
        found.append({"label": procedure.concerns.label, "url": reverse("concerns")})
    return found


def beside(slug: str, procedure: Procedure) -> Row | None:
    """Return the few lines of guidance that stand beside a page, in the area's own words."""
    words = procedure.words
    if slug == "scope":
        return {"heading": "Good to know", "lines": [words.speak_up, words.complements]}
    if slug == "what":
        return {"heading": "Writing it down", "lines": [words.record], "tips": procedure.tips_for("record")}
    if slug in ("safety", "pace"):
        return {"heading": "The child comes first", "lines": [words.paramount]}
    return None
