"""The page of a procedure: the ladder drawn, every rung in words, every limit with the mark of who set it (X3)."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString, mark_safe

from cases.procedures.definitions import Procedure
from cases.procedures.drawing import NARROW, WIDE, draw
from cases.procedures.telling import Section, ToldLimit, silences, tell
from cases.procedures.telling.words import MARKS
from cases.procedures.vocabulary import SOURCE_WORDS

COLOURS = {"document": "green", "local_setting": "yellow", "silent": "grey"}


def mark(source: str) -> dict[str, str]:
    """Return the tag that says in two words where a value comes from."""
    return {"text": MARKS[source], "colour": COLOURS[source]}


def legend() -> list[dict[str, Any]]:
    """Return what each mark means, as rows of a summary list."""
    return [{"key": MARKS[source], "value": said} for source, said in SOURCE_WORDS.items()]


def drawings(procedure: Procedure, *, current: str | None = None) -> dict[str, SafeString]:
    """Return the ladder drawn twice: for a desk and for paper, and for a telephone. Styles show one of them."""
    # Safe: built as a tree by our own code, which escapes every word that stands in it.
    return {
        name: mark_safe(draw(procedure, current=current, id_prefix=f"ladder-{name}", width=width))  # noqa: S308
        for name, width in (("wide", WIDE), ("narrow", NARROW))
    }


def procedure_page(procedure: Procedure) -> dict[str, Any]:
    """Return what the page of a procedure shows; `procedure` has the partnership's own limits in it already."""
    sections = tell(procedure)
    rungs = [section for section in sections if section.key.startswith("rungs.")]
    return {
        "title": procedure.title,
        "owner": procedure.owner,
        "drawings": drawings(procedure),
        "legend": legend(),
        "rungs": [_section(procedure, section) for section in rungs],
        "rest": [_section(procedure, section) for section in sections if section not in rungs],
        "jumps": [
            *({"label": section.heading, "url": f"#{_id(section)}"} for section in sections),
            {"label": "What the guide does not say", "url": "#silent"},
        ],
        "silences": [{"heading": heading, "labels": labels} for heading, labels in silences(sections)],
    }


def _id(section: Section) -> str:
    return section.key.replace(".", "-")


def _section(procedure: Procedure, section: Section) -> dict[str, Any]:
    return {
        "id": _id(section),
        "heading": section.heading,
        "lead": section.lead,
        "rules": _rules(section) if section.facts else None,
        "limits": _limits(procedure, section) if section.limits else None,
    }


def _rules(section: Section) -> dict[str, Any]:
    return {
        "caption": "What holds here",
        "caption_size": "s",
        "columns": [{"label": "Rule"}, {"label": "What it says"}, {"label": "Who laid it down"}],
        "rows": [
            [fact.label, in_one(fact.text), {"text": "", "tag": mark(fact.source)}] for fact in section.facts
        ],
    }


def in_one(texts: tuple[str, ...]) -> str:
    """Return several sentences or items as one text: questions end by themselves, items are parted."""
    said = ""
    for text in texts:
        said += (" " if said[-1:] in "?.!" else "; ") * bool(said) + text
    return said


def _limits(procedure: Procedure, section: Section) -> dict[str, Any]:
    """Return the limits of a section as a table: one row a duty, one column an urgency."""
    urgencies = [urgency.label for urgency in procedure.urgencies]
    duties: dict[str, dict[str, ToldLimit]] = {}
    for limit in section.limits:
        duties.setdefault(_duty_of(limit), {})[limit.urgency] = limit
    rows = []
    for of_urgency in duties.values():
        one = next(iter(of_urgency.values()))
        said = f"{one.who}, {one.starts}" + (f". In the guide’s words: “{one.words}”" if one.words else "")
        cells = [_cell(of_urgency.get(urgency)) for urgency in urgencies]
        rows.append([{"text": one.what, "small": said}, *cells])
    columns = ["What is due", *urgencies]
    return {
        "caption": "How long each may take",
        "caption_size": "s",
        "columns": [{"label": label} for label in columns],
        "rows": rows,
    }


def _duty_of(limit: ToldLimit) -> str:
    """Return what the limits of one duty have in common: the path without the urgency."""
    first, *rest = limit.key.split(".")
    return f"{first}.{rest[-1]}" if first == "urgencies" else limit.key.rpartition(".")[0]


def _cell(limit: ToldLimit | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    return {"text": limit.text[:1].upper() + limit.text[1:], "tag": mark(limit.source)}
