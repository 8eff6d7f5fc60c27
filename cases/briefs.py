"""The brief that goes up with a case: built from its record, then edited, never typed again (G19).

    record = Record.load(case, user, at)     # cases.reading: the case as one person may read it
    built = build(record)                    # {"concerns": "...", "steps": "...", ...} by the keys of the rung's brief

Each part begins with what the last brief said, as its writer had edited it, and adds what was recorded since. Only
what everybody in the case may read goes into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cases.models import Case, Entry
from cases.models.entry import Kind, Visibility
from cases.models.participation import Side
from cases.procedures.definitions import Procedure
from cases.procedures.parts import BriefPart
from cases.reading import Record
from escalation.templatetags.words import plain_day


def brief_parts(case: Case) -> tuple[BriefPart, ...]:
    """Return the parts of the brief that leaves the present rung; where it names none, those of the rung below."""
    return parts_of(case.definition, case.current_stage.rung_key)


def parts_of(procedure: Procedure, key: str) -> tuple[BriefPart, ...]:
    """Return the parts of the brief that leaves a rung, or of the nearest one below that has a brief."""
    below = procedure.ladder[: procedure.ladder.index(key) + 1]
    return next((rung.brief for rung in map(procedure.rung, reversed(below)) if rung.brief), ())


def build(record: Record) -> dict[str, str]:
    """Return the text each part of the present rung's brief begins with."""
    return {part.key: _part(record, part) for part in brief_parts(record.case)}


def what_was_tried(record: Record) -> str:
    """Return what the record says was done so far to settle it (G17)."""
    return _steps(record)


def threshold(record: Record) -> str:
    """Return why it cannot be left as it is, as the last brief put it."""
    last = record.latest(Kind.BRIEF)
    return str(last.texts.get("threshold") or "") if last else ""


def text_of(record: Record, entry: Entry | None, *keys: str) -> str:
    """Return named texts of an entry as paragraphs, with the corrections that its author added."""
    if entry is None:
        return ""
    words = [str(entry.texts.get(key) or "") for key in keys]
    words += [
        f"Corrected later: {c.texts.get('correction', '')}" for c in record.corrections.get(entry.pk, ())
    ]
    return _paragraphs(words)


def _part(record: Record, part: BriefPart) -> str:
    builder = BUILDERS.get(part.built_from)
    if builder is not None:
        return builder(record)
    last = record.latest(Kind.BRIEF)
    return str(last.texts.get("brief", {}).get(part.key, "")) if last else ""


def _said_before(record: Record, built_from: str) -> str:
    """Return what the last brief said in the part that was built from the same thing."""
    last = record.latest(Kind.BRIEF)
    if last is None:
        return ""
    parts = parts_of(record.procedure, record.stage_of[last.stage_id].rung_key)
    given: dict[str, str] = last.texts.get("brief") or {}
    return _paragraphs(given.get(p.key, "") for p in parts if p.built_from == built_from)


def _recorded(record: Record, *kinds: Kind, after: Entry | None = None) -> list[Entry]:
    """Return the shared entries of these kinds in the order of the trail, those after an entry when one is given."""
    start = record.entries.index(after) + 1 if after is not None else 0
    return [
        e
        for e in record.entries[start:]
        if e.kind in kinds and e.visibility == Visibility.SHARED and not record.why_closed(e)
    ]


def _concern(record: Record) -> str:
    """What happened as it was logged or last put, and what has come up since."""
    last = record.latest(Kind.BRIEF)
    begins = _said_before(record, "concern") or text_of(record, record.latest(Kind.CONCERN), "what")
    news = _recorded(record, Kind.UPDATE, Kind.NEW_FACTS, after=last)
    return _paragraphs(
        [
            begins,
            *(f"New on {plain_day(e.happened_at)}: {text_of(record, e, 'update', 'facts')}" for e in news),
        ]
    )


def _consequence(record: Record) -> str:
    logged = record.latest(Kind.CONCERN)
    return _said_before(record, "consequence") or (logged.texts.get("consequence", "") if logged else "")


def _steps(record: Record) -> str:
    """The steps so far, each in a line, after those the last brief told."""
    before = _said_before(record, "steps")
    recent = _recorded(record, *STEP_KINDS, after=record.latest(Kind.BRIEF) if before else None)
    methods = {m.key: m.label for m in record.procedure.contact_methods}
    return "\n".join(filter(None, [before, *(_line(e, methods) for e in recent)]))


def _other_position(record: Record) -> str:
    """The other side's position once the writer may read it; before that, what the last brief said of it."""
    position = record.latest(Kind.POSITION, side=Side.RECEIVING)
    if position is None:
        return _said_before(record, "other_position")
    given: dict[str, str] = position.texts.get("position") or {}
    prompts = record.procedure.position_prompts  # in the procedure's order: an entry keeps its texts by name
    return _paragraphs(_named(p.heading, given.get(p.key)) for p in prompts)


def _blocked(record: Record) -> str:
    """What is still disputed or missing, and the question to decide."""
    ground = record.latest(Kind.COMMON_GROUND)
    texts = ground.texts if ground else {}
    named = {"Still disputed": "disputed", "Missing": "missing", "The question to decide": "question"}
    found = [_named(label, texts.get(key)) for label, key in named.items()]
    return _paragraphs(found) or _said_before(record, "blocked")


def _situation(record: Record) -> str:
    return text_of(record, record.latest(Kind.SITUATION), "situation")


BUILDERS: dict[str, Callable[[Record], str]] = {
    "concern": _concern,
    "consequence": _consequence,
    "steps": _steps,
    "other_position": _other_position,
    "blocked": _blocked,
    "situation": _situation,
}
STEP_KINDS = (
    Kind.CONTACT,
    Kind.MEETING,
    Kind.MANAGER_VIEW,
    Kind.INDEPENDENT_VIEW,
    Kind.ADVICE,
    Kind.INTENTION,
)


def _line(entry: Entry, methods: dict[str, str]) -> str:
    """Return one step as a line of the brief, in the words of who wrote it."""
    texts, when = entry.texts, plain_day(entry.happened_at)
    match entry.kind:
        case Kind.CONTACT:
            missed = " (not reached)" if texts.get("reached") is False else ""
            head = f"{when}, {_method(texts, methods)}, {texts.get('people', '')}{missed}"
            return _sentences(head, texts.get("discussed"), _named("Came of it", texts.get("result")))
        case Kind.MEETING:
            head = f"{when}, meeting ({_method(texts, methods)}), {texts.get('people', '')}"
            notes = texts.get("agreed") or " ".join(map(str, (texts.get("notes") or {}).values()))
            return _sentences(head, notes)
        case Kind.MANAGER_VIEW:
            answer = "supported the concern" if texts.get("supports") else "did not support the concern"
            return _sentences(f"{when}, {entry.role.lower()} {answer}", texts.get("why"))
        case Kind.INDEPENDENT_VIEW:
            answer = "supports" if texts.get("supports") else "does not support"
            return _sentences(f"{when}, an independent view {answer} the concern", texts.get("view"))
        case Kind.ADVICE:
            return _sentences(f"{when}, advice of the child protection lead", texts.get("advice"))
        case _:
            return f"{when}: the other side was told that this would be taken further."


def _method(texts: dict[str, Any], methods: dict[str, str]) -> str:
    key = str(texts.get("method", ""))
    return methods.get(key, key).lower()


def _named(label: str, text: Any) -> str:
    return f"{label}: {text}" if text else ""


def _sentences(head: str, *texts: Any) -> str:
    """Return "head: text. text" on one line."""
    said = " ".join(" ".join(str(t).split()) for t in texts if t)
    return f"{head}: {said}" if said else f"{head}."


def _paragraphs(texts: Iterable[str]) -> str:
    return "\n\n".join(t for t in texts if t)
