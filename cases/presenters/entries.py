"""What people wrote, as labelled rows: one table says for each kind of entry which texts it holds and what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from cases.models.case import Safe
from cases.models.entry import Entry, Kind
from cases.presenters.wording import capital, stage_name
from cases.procedures.definitions import Procedure
from cases.reading import Record
from escalation.templatetags.words import by, day, moment

Row = dict[str, Any]
Shape = Callable[[Any, Procedure, datetime], Any]


def _text(value: Any, procedure: Procedure, now: datetime) -> Any:
    return value


def _yes(value: Any, procedure: Procedure, now: datetime) -> str:
    return "Yes" if value else "No"


def _moment(value: Any, procedure: Procedure, now: datetime) -> str:
    return moment(datetime.fromisoformat(value), now)


def _by(value: Any, procedure: Procedure, now: datetime) -> str:
    words = by(datetime.fromisoformat(value), now)
    return capital(words)


def _day(value: Any, procedure: Procedure, now: datetime) -> str:
    return capital(day(date.fromisoformat(value), now))


def _safe(value: Any, procedure: Procedure, now: datetime) -> str:
    return Safe(value).label


def _urgency(value: Any, procedure: Procedure, now: datetime) -> str:
    return procedure.urgency(value).label


def _method(value: Any, procedure: Procedure, now: datetime) -> str:
    return next((m.label for m in procedure.contact_methods if m.key == value), str(value))


def _rung(value: Any, procedure: Procedure, now: datetime) -> str:
    return stage_name(procedure.rung(value)) if value in procedure.ladder else str(value)


def _body(value: Any, procedure: Procedure, now: datetime) -> str:
    return procedure.referral_body(value).label


def _round(value: Any, procedure: Procedure, now: datetime) -> str:
    rounds = {"understood": procedure.checkbacks.understood, "done": procedure.checkbacks.done}
    return rounds[value].question if value in rounds else str(value)


def _route(value: Any, procedure: Procedure, now: datetime) -> str:
    labels = {r.key: r.label for r in procedure.learning.routes}
    labels |= {q.diverts_to: q.signpost_title for q in procedure.scope}
    labels.setdefault("agency_procedure", "The agency’s own procedure")
    return labels.get(value, str(value))


def _family(value: Any, procedure: Procedure, now: datetime) -> str:
    return next((o.label for o in procedure.family_question.options if o.key == value), str(value))


def _labels(value: Any, procedure: Procedure, now: datetime) -> list[str]:
    labels = {item.key: item.label for rung in procedure.rungs for item in rung.checklist_on_resolve}
    return [labels.get(key, str(key)) for key in value]


def _entry_checks(value: Any, procedure: Procedure, now: datetime) -> list[str]:
    labels = {item.key: item.label for rung in procedure.rungs for item in rung.checks_on_entry}
    return [labels.get(key, str(key)) for key in value]


#: For each kind its named texts: key, label on the page, and how the stored value is shown.
TEXTS: dict[Kind, tuple[tuple[str, str, Shape], ...]] = {
    Kind.CONCERN: (
        ("what", "What happened", _text),
        ("consequence", "What could follow for the child", _text),
        ("start_why", "Why it began on a higher stage", _text),
    ),
    Kind.SAFETY_LINE: (
        ("safe", "Is the child safe now?", _safe),
        ("line", "What keeps the child safe meanwhile", _text),
        ("owner", "Who makes sure of it", _text),
        ("until", "To be confirmed again", _by),
    ),
    Kind.SITUATION: (("situation", "The situation now", _text),),
    Kind.CONTACT: (
        ("method", "How", _method),
        ("people", "Who", _text),
        ("reached", "Reached", _yes),
        ("discussed", "What was said", _text),
        ("result", "What came of it", _text),
    ),
    Kind.MEETING: (
        ("method", "How", _method),
        ("people", "Who came", _text),
        ("notes", "", _text),
        ("agreed", "What was agreed", _text),
        ("held_back", "Who spoke, and who held back", _text),
        ("record_holder", "Who holds the record", _text),
    ),
    Kind.POSITION: (("position", "", _text),),
    Kind.COMMON_GROUND: (
        ("agreed", "Both sides agree", _text),
        ("disputed", "In dispute", _text),
        ("missing", "Not known yet", _text),
        ("question", "The question to decide", _text),
    ),
    Kind.INTENTION: (("message", "What they were told", _text),),
    Kind.BRIEF: (
        ("to", "For", _rung),
        ("brief", "", _text),
        ("tried", "What was tried", _text),
        ("threshold", "Why it cannot be left", _text),
        ("no_notice_why", "Why the other side was not told first", _text),
        ("self_check", "", _text),
    ),
    Kind.MANAGER_VIEW: (
        ("supports", "Supports the concern", _yes),
        ("discussion", "What was talked through", _text),
        ("why", "Why", _text),
    ),
    Kind.NEW_FACTS: (("facts", "New facts", _text),),
    Kind.VIEW_REQUEST: (("question", "What the lead was asked", _text),),
    Kind.INDEPENDENT_VIEW: (("supports", "Supports the concern", _yes), ("view", "The view", _text)),
    Kind.ADVICE_REQUEST: (("question", "What the lead was asked", _text),),
    Kind.ADVICE: (("advice", "The advice", _text),),
    Kind.UPDATE: (("update", "New information", _text),),
    Kind.GLASS: (
        ("glass", "Why it was read", _text),
        ("justified", "Was it right?", _yes),
        ("review", "Why", _text),
    ),
    Kind.URGENCY: (("from", "From", _urgency), ("to", "To", _urgency), ("why", "Why", _text)),
    Kind.HORIZON: (("by", "Harm could occur", _by), ("why", "Why by then", _text)),
    Kind.EXTENSION: (("more", "How much more", _text), ("due", "Due now", _by), ("why", "Why", _text)),
    Kind.PAUSE: (
        ("from", "From", _day),
        ("until", "It runs again on", _day),
        ("why", "Why", _text),
    ),
    Kind.RESUMED: (("why", "Why", _text),),
    Kind.AGREEMENT: (
        ("agreement", "What was agreed", _text),
        ("checklist", "Made sure of", _labels),
        ("differ", "The two views are left standing", _yes),
        ("risk", "The risk meanwhile, and why it is low enough", _text),
        ("answers", "", _text),
    ),
    Kind.ACTION: (("what", "Action", _text),),
    Kind.ACTION_DONE: (
        ("number", "Action", _text),
        ("done", "Done", _yes),
        ("evidence", "Where this can be seen", _text),
    ),
    Kind.DUTY_DONE: (("duty", "Duty", _text), ("how", "How it was done", _text)),
    Kind.ENTRY_CHECK: (("to", "For", _rung), ("confirmed", "Confirmed", _entry_checks)),
    Kind.DETERMINATION: (
        ("question", "The question", _text),
        ("decision", "What was decided", _text),
        ("reasons", "Why", _text),
        ("told", "Who is told", _text),
        ("answers", "", _text),
    ),
    Kind.REFERRAL: (("body", "To", _body), ("on", "On", _day), ("reason", "Why", _text)),
    Kind.CHAIRED_MEETING: (
        ("at", "When", _moment),
        ("place", "Where", _text),
        ("link", "Online", _text),
        ("chair", "Who chairs it", _text),
        ("invited", "Who is invited", _text),
        ("why", "Why", _text),
    ),
    Kind.MINUTES: (
        ("there", "Who came", _text),
        ("minutes", "Minutes", _text),
        ("held_back", "Who spoke, and who held back", _text),
        ("outcome", "How it ended", _text),
        ("record_holder", "Who holds the record", _text),
    ),
    Kind.COMMITTEE_OUTCOME: (
        ("on", "On", _day),
        ("outcome", "What was decided", _text),
        ("answers", "", _text),
    ),
    Kind.FEEDBACK: (("feedback", "Feedback to the person who raised it", _text),),
    Kind.CHECK_BACK: (
        ("round", "Asked", _round),
        ("answer", "Answer", _yes),
        ("helped", "Did it help the child?", _yes),
        ("words", "In their words", _text),
        ("closing", "", _text),
        ("also", "", _text),
    ),
    Kind.DEBRIEF: (
        ("debrief", "Who was talked to", _text),
        ("learning", "What can be learnt", _text),
        ("route", "Where that goes", _route),
    ),
    Kind.CLOSING: (
        ("statement", "Closing statement", _text),
        ("route", "Taken up by", _route),
        ("after_refusal", "After the refusal", _yes),
        ("family", "Does the family know?", _family),
        ("family_words", "Who told them, or why not", _text),
    ),
    Kind.REOPENING: (("reason", "Why it is open again", _text),),
    Kind.CORRECTION: (("correction", "Correction", _text),),
}


def rows_of(record: Record, entry: Entry) -> list[Row]:
    """Return the texts of an entry that the person may read, as {key, value}, in the order of TEXTS.

    A text this table does not know is shown under its own name: no word of the record is ever swallowed.
    """
    procedure, texts = record.procedure, entry.texts
    rows: list[Row] = []
    if entry.kind == Kind.CONCERN:
        words = moment(entry.happened_at, record.at)
        rows.append({"key": "When it happened", "value": capital(words)})
    if entry.kind == Kind.DEBRIEF:
        rows.append({"key": "Last talk", "value": capital(day(entry.happened_at, record.at))})
    known = TEXTS[Kind(entry.kind)]
    strange = [
        (key, key.replace("_", " ").capitalize(), _text) for key in texts if key not in {k for k, *_ in known}
    ]
    for key, label, shape in (*known, *strange):
        value = texts.get(key)
        if value is None or not record.reading.may_read_part(entry, key):
            continue
        if key == "tried" and value in texts.get("brief", {}).values():
            continue  # one part of the brief says it already
        if isinstance(value, Mapping):
            headings = _headings(record, entry, key)
            ordered = [*(k for k in headings if k in value), *(k for k in value if k not in headings)]
            rows += [
                {"key": headings.get(part, part.replace("_", " ").capitalize()), "value": _said(value[part])}
                for part in ordered
                if value[part]
            ]
        else:
            rows.append({"key": label, "value": shape(value, procedure, record.at)})
    return rows


def _said(answer: str) -> str:
    """Return an answer as a sentence is begun: a bare yes or no with its capital."""
    return answer.capitalize() if answer in ("yes", "no") else answer


def _headings(record: Record, entry: Entry, key: str) -> dict[str, str]:
    """Return what the parts of a text are called: prompts, agenda, questions, as the procedure words them."""
    procedure = record.procedure
    rung = procedure.rung(record.stage_of[entry.stage_id].rung_key)
    match key:
        case "position":
            return {p.key: p.heading for p in procedure.position_prompts}
        case "notes":
            return {p.key: p.heading for p in rung.meeting_agenda}
        case "brief":
            return {p.key: p.question for p in rung.brief}
        case "closing":
            return {q.key: q.question for q in procedure.closing_questions}
        case "answers":
            return {q.key: q.question for q in rung.questions_on_resolve}
        case "also":
            return {item.key: item.label for item in rung.checks_back}
        case "self_check":
            return {q.key: q.question for q in procedure.self_check}
    return {}
