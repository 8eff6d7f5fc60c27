"""The timeline: each event of the case with its words, who in which role, when it happened and when it was written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cases.audit import Verb
from cases.history import Line, headline
from cases.models import Entry
from cases.models.entry import Kind
from cases.models.participation import Relation
from cases.presenters.entries import Row, rows_of
from cases.presenters.wording import capital, lower_first, relation_words
from cases.reading import Happening, Record
from escalation.templatetags.words import moment

#: What was written about so long ago or less happened, for the reader, when it was written.
AT_ONCE = timedelta(minutes=2)
ERASED = "The words were removed under the retention rules."
#: Kinds whose own instant is when the event happened; the others are written about something else at that moment.
_DATED = frozenset({Kind.CONTACT, Kind.MEETING, Kind.UPDATE, Kind.ACTION_DONE, Kind.CORRECTION})

_IN_BRACKETS = {r.label: relation_words(r.value) for r in Relation}


def timeline(record: Record, since: datetime | None = None) -> list[Row]:
    """Return the rows of the timeline, newest first; corrections stand with what they correct.

    What others added since the person last looked is new; or since another instant.
    """
    looked_at = since or record.looked_at
    return [_item(record, event, looked_at) for event in reversed(record.events)]


def anchor(entry: Entry) -> str:
    """Return the id of the place of an entry on the page."""
    return f"entry-{entry.pk}"


def line_of(record: Record, event: Happening) -> Line:
    """Return an event as `cases.history` reads it, with the stage on which it happened."""
    stage = next((s for s in reversed(record.stages) if s.entered_at <= event.claimed_at), record.stages[0])
    if (number := event.facts.get("stage")) is not None and event.verb == Verb.LAPSED:
        stage = next((s for s in record.stages if s.ordinal == number), stage)
    case = record.case
    return Line(event.verb, event.facts, case.definition, record.names, stage.rung_key, case.urgency)


def _item(record: Record, event: Happening, looked_at: datetime | None) -> Row:
    facts = event.facts
    entries = [e for named in facts.get("entries", ()) if (e := record.entry_of.get(named["id"]))]
    own = [e for e in entries if e.supersedes_id is None]
    rows, closed, links, superseded = _event_facts(record, event), "", [], False
    for entry in own:
        if why := record.why_closed(entry):
            closed = why
            continue
        rows += rows_of(record, entry) if entry.content else [{"key": "Removed", "value": ERASED}]
        for correction in record.corrections.get(entry.pk, ()):
            superseded = True
            rows.append(_corrected(record, correction))
    for entry in entries:
        if entry.supersedes_id is not None:
            closed = closed or record.why_closed(entry)
            if not closed:
                links.append(
                    {"label": "See it with what it corrects", "url": f"#{anchor(record.root(entry))}"}
                )
    text = ""
    if len(rows) == 1 and own and not closed and own[0].content:
        text, rows = rows[0]["value"], []
    return {
        "id": anchor(own[0]) if own else f"event-{event.seq}",
        "heading": headline(line_of(record, event)),
        "by": _by(record, event, entries),
        **_times(record, event, own or entries),
        "text": text,
        "facts": rows,
        "links": links,
        "new": bool(looked_at and event.claimed_at > looked_at and event.actor_id != record.look.user.pk),
        "superseded": superseded,
        "empty": closed,
    }


def _times(record: Record, event: Happening, entries: list[Entry]) -> Row:
    """Return when it happened and when it was written; an entry written more than a day later is marked late (G27)."""
    now, dated = record.at, next((e for e in entries if e.kind in _DATED), None)
    happened = dated.happened_at if dated is not None else event.claimed_at
    written = event.claimed_at
    row: Row = {"when": capital(moment(happened, now)), "datetime": happened}
    if dated is not None and dated.late:
        row["written"] = f"Late entry, written {_at(written, now)}"
    elif written - happened > AT_ONCE:
        row["when"] += f" (written {_at(written, now)})"
    return row


def _at(instant: datetime, now: datetime) -> str:
    return f"at {moment(instant, now)}"


def _by(record: Record, event: Happening, entries: list[Entry]) -> str:
    """Return who did it, of which agency, in which role at the time; the service says so where nobody did."""
    if event.actor_id is None:
        return "By the service, by the clock"
    words = [record.names.get(event.actor_id, "Somebody who has left")]
    if event.agency_id in record.agencies:
        words.append(record.agencies[event.agency_id])
    who = ", ".join(words)
    if entries:
        return f"{who} ({_role(record.role_of(entries[0]))})"
    role = relation_words(event.role)
    if event.acting_for_id is not None:
        role += f", acting for {record.names.get(event.acting_for_id, 'somebody else')}"
    return f"{who} ({role})"


def _role(role: str) -> str:
    """Return the role of an entry as it stands in brackets; the names of offices keep their capitals."""
    first, comma, rest = role.partition(",")
    plain = lower_first(first) if " " not in first else first
    return _IN_BRACKETS.get(first, plain) + comma + rest


def _corrected(record: Record, correction: Entry) -> Row:
    words = _at(correction.written_at, record.at)
    if correction.content:
        value: Any = correction.texts.get("correction", "")
    else:
        value = ERASED
    who = record.who(correction.author_id, correction.acting_for_id)
    return {"key": f"Corrected {words} by {who}", "value": value}


def _event_facts(record: Record, event: Happening) -> list[Row]:
    """Return what an event says that no entry holds: whom a lapsed duty passed to, which dates moved."""
    rows: list[Row] = []
    names, facts = record.names, event.facts
    if "due" in facts:
        rows.append(
            {"key": "Was due", "value": capital(moment(datetime.fromisoformat(facts["due"]), record.at))}
        )
        rows.append({"key": "From", "value": names.get(facts.get("person") or 0, "Somebody who has left")})
        if facts.get("to"):
            rows.append(
                {"key": "May act now as well", "value": names.get(facts["to"], "Somebody who has left")}
            )
    for moved in facts.get("moved", ()):
        is_, was = datetime.fromisoformat(moved["is"]), datetime.fromisoformat(moved["was"])
        rows.append(
            {
                "key": f"Due date: {line_of(record, event).to_do(moved['rule']) or moved['rule']}",
                "value": f"{capital(moment(is_, record.at))} (was {moment(was, record.at)})",
            }
        )
    return rows
