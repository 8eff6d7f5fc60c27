"""What stands below on the page of a case: how it was decided, what is due, actions, check backs, concern, people."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cases.models import Action, CheckBack, Deadline
from cases.models.case import NOT_BORN, About
from cases.models.deadline import Rule
from cases.models.entry import Entry, Kind
from cases.models.participation import Participation, Relation, Side
from cases.presenters.entries import Row, rows_of
from cases.presenters.wording import capital, lower_first, relation_words, timing
from cases.reading import Record
from escalation.templatetags.words import count, moment, plain_day

Table = dict[str, Any]
_SIDES = {Side.RAISING: "Raised it", Side.RECEIVING: "Other side", Side.NEUTRAL: "Neither side"}


def concern(record: Record) -> list[Row]:
    """Return what the case is about, the child as far as people need to know, and the situation now."""
    case, procedure = record.case, record.procedure
    child = procedure.subject_label(case.subject)
    if case.age_band and case.age_band != NOT_BORN:  # an unborn baby says as much
        child = f"{child}, {lower_first(case.age_band)}"
    if case.expected_on is not None:
        child = f"{child}, expected on {plain_day(case.expected_on)}"
    rows: list[Row] = [
        {"key": "Child", "value": child},
        {"key": "About", "value": f"{About(case.about).label} by {case.receiving_agency}"},
        {"key": "Kind of disagreement", "value": [procedure.reason(key).label for key in case.reasons]},
    ]
    if case.subject_reference and case.raising_agency_id in {p.agency_id for p in record.look.mine}:
        rows.append(
            {"key": f"Reference at {case.raising_agency.short_name}", "value": case.subject_reference}
        )
    first = record.latest(Kind.CONCERN)
    if first is not None:
        rows += rows_of(record, first)
    situation = record.latest(Kind.SITUATION)
    if situation is not None:
        rows += _dated(record, situation)
    line = record.latest(Kind.SAFETY_LINE)
    if line is not None:
        rows += [row for row in rows_of(record, line) if row["key"] != "Is the child safe now?"]
    rows.append({"key": "How urgent", "value": procedure.urgency(case.urgency).label})
    if horizon := record.latest(Kind.HORIZON):
        rows += rows_of(record, horizon)
    rows.append({"key": "Procedure", "value": procedure.title})
    return rows


def _dated(record: Record, entry: Entry) -> list[Row]:
    written = f"(written at {moment(entry.written_at, record.at)})"
    return [{**row, "value": f"{row['value']}\n{written}"} for row in rows_of(record, entry)]


def due_table(record: Record) -> Table:
    """Return every open duty of the case: what, who, by when, each with the page that says how its date was reached."""
    rows = []
    for duty in _once(record.duties):
        due = timing(duty.due_at, record.at)
        who = record.names[duty.person_id]
        if duty.person_id == record.look.user.pk:
            who = f"You ({who})"
        when: dict[str, Any] = {
            "text": due.words,
            "url": reverse("case_due", args=[record.case.reference, duty.pk]),
        }
        if due.tag:
            when["tag"] = due.tag
        rows.append([_what(record, duty), who, when])
    return {
        "caption": "What is due",
        "columns": [{"label": "What"}, {"label": "From whom"}, {"label": "By when, and why then"}],
        "rows": rows,
        "empty": "Nothing is due.",
    }


def _what(record: Record, duty: Deadline) -> str:
    numbers = {a.number for a in record.actions if a.stage_id == duty.stage_id}
    if duty.rule == Rule.ACTION and duty.ordinal in numbers:
        return f"Carry out agreed action {duty.ordinal}"
    return duty.words


def _once(duties: list[Deadline]) -> list[Deadline]:
    """Leave out a second and further feedback to be read: reading it all is one thing to do."""
    kept, seen = [], set()
    for duty in duties:
        if duty.rule != Rule.ACKNOWLEDGE or duty.person_id not in seen:
            kept.append(duty)
        if duty.rule == Rule.ACKNOWLEDGE:
            seen.add(duty.person_id)
    return kept


def action_table(record: Record) -> Table:
    """Return the agreed actions: what, who, agency, by when, how it stands (G24)."""
    many_stages = len({a.stage_id for a in record.actions}) > 1
    return {
        "caption": "Agreed actions",
        "columns": [{"label": "Action"}, {"label": "Who"}, {"label": "By"}, {"label": "How it stands"}],
        "rows": [_action(record, a, many_stages) for a in record.actions],
    }


def _action(record: Record, action: Action, many_stages: bool) -> list[Any]:
    entry = record.entry_of[str(action.entry_id)]
    what = str(entry.texts.get("what", "")) if entry.content else "The words were removed"
    small = ""
    if action.report_id is not None:
        report = record.entry_of[str(action.report_id)]
        small = str(report.texts.get("evidence", ""))
    return [
        {"text": f"{action.number}. {what}"},
        {"text": action.owner.full_name, "small": action.agency.short_name},
        plain_day(action.due_on),
        {"text": "", "tag": _standing(record, action), "small": small},
    ]


def _standing(record: Record, action: Action) -> dict[str, str]:
    if action.status == Action.Status.OPEN:
        duty = next(
            (
                d
                for d in record.duties
                if d.rule == Rule.ACTION and d.ordinal == action.number and d.stage_id == action.stage_id
            ),
            None,
        )
        if duty is not None:
            return timing(duty.due_at, record.at).tag or {"text": "To do", "colour": "soon"}
        return {"text": "No longer needed", "colour": "closed"}
    if action.status == Action.Status.DONE:
        return {"text": "Done", "colour": "agreed"}
    return {"text": "Not done", "colour": "danger"}


def check_back_table(record: Record) -> Table:
    """Return the check backs: who was asked what, and what they said (G25, G36)."""
    rounds = {
        CheckBack.Round.UNDERSTOOD: record.procedure.checkbacks.understood,
        CheckBack.Round.DONE: record.procedure.checkbacks.done,
    }
    rows = []
    for asked in record.check_backs:
        asking = rounds[CheckBack.Round(asked.round)]
        helped = ""
        if asked.helped:
            helped = f"{asking.helped_question} {asked.get_helped_display()}."
        answered = record.entry_of.get(str(asked.entry_id))
        if answered is not None and answered.acting_for_id is not None:
            helped = f"{helped} Answered by {record.who_answered(asked)}.".strip()
        answer: dict[str, Any] = {"text": asked.get_answer_display() if asked.answer else "", "small": helped}
        if not asked.answer:
            current = asked.stage_id == record.case.current_stage_id and record.case.settled
            answer["tag"] = (
                {"text": "Not answered yet", "colour": "waiting"}
                if current
                else {"text": "Not asked any more", "colour": "closed"}
            )
        rows.append([asked.asked_of.full_name, asking.question, answer])
    return {
        "caption": "Check back",
        "columns": [{"label": "Who"}, {"label": "Question"}, {"label": "Answer"}],
        "rows": rows,
    }


def people_table(record: Record) -> Table:
    """Return who takes part: name, role, agency, side, since when; those who no longer do stand last."""
    ordered = sorted(record.parts, key=lambda p: p.ended_at is not None)
    return {
        "caption": "Who takes part",
        "columns": [
            {"label": "Name"},
            {"label": "Part"},
            {"label": "Agency"},
            {"label": "Side"},
            {"label": "Since"},
        ],
        "rows": [_person(record, p) for p in ordered],
    }


def _person(record: Record, part: Participation) -> list[Any]:
    since = plain_day(part.started_at)
    if part.ended_at is not None:
        since = f"{since} to {plain_day(part.ended_at)}"
    place = part.team.name if part.team else ""
    name: dict[str, Any] = {"text": part.user.full_name, "small": part.user.job_title}
    if part.mail_failed_at is not None and part.ended_at is None:
        name["tag"] = {"text": "Email did not arrive: ring them", "colour": "danger"}
    return [
        name,
        {"text": capital(relation_words(part.relation)), "small": capital(part.why)},
        {"text": part.agency.short_name, "small": place},
        _SIDES[Side(part.side)],
        since,
    ]


def still_missing(record: Record) -> list[str]:
    """Return what must still happen before a settled case can be closed, as `actions.following` asks it; no query."""
    case = record.case
    if not case.settled:
        return []
    missing = []
    for asked in record.check_backs:
        if asked.stage_id == case.current_stage_id and not asked.answer:
            what = (
                "has to confirm what was agreed"
                if asked.round == CheckBack.Round.UNDERSTOOD
                else "has to say whether it was done and whether it helped"
            )
            missing.append(f"{asked.asked_of.full_name} {what}")
    rules = [d.rule for d in record.duties]
    missing += [
        f"{record.names[d.person_id]} has to do this: {d.words}" for d in record.duties if d.rule == Rule.DUTY
    ]
    if open_actions := rules.count(Rule.ACTION):
        missing.append(f"{count(open_actions, 'agreed action')} must be reported")
    if Rule.ACKNOWLEDGE in rules:
        missing.append(f"{record.names[case.raiser_id]} has to read the feedback and say so")
    return missing


def decided(record: Record) -> list[dict[str, Any]]:
    """Return the panels of how it was settled or ended, newest first: heading, rows, and who wrote them when."""
    headings = {
        Kind.AGREEMENT: "The agreement",
        Kind.DETERMINATION: "The determination",
        Kind.REFERRAL: "Referral",
        Kind.COMMITTEE_OUTCOME: "Outcome of the referral",
        Kind.CLOSING: "How it ended",
    }
    panels = []
    for entry in reversed(record.entries):
        if entry.kind not in headings or record.why_closed(entry):
            continue
        kind = Kind(entry.kind)
        role = record.role_of(entry)
        role = lower_first(role) if role in Relation.labels else role
        by = f"{record.names[entry.author_id]} ({role}), {moment(entry.written_at, record.at)}"
        rows = rows_of(record, entry)
        if kind == Kind.CLOSING and record.case.ended and record.case.outcome:
            outcome = record.procedure.outcome_label(record.case.outcome)
            rows.insert(0, {"key": "Outcome", "value": outcome})
        panels.append({"heading": headings[kind], "rows": [*rows, {"key": "Written by", "value": by}]})
    return panels
