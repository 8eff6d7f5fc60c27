"""What a procedure says, in pieces that pages can show and compare: facts, limits and the sections they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cases.procedures.declared import Declared
from cases.procedures.definitions import Procedure
from cases.procedures.limits import Clock, Limit
from cases.procedures.rungs import Rung
from cases.procedures.telling import words
from cases.procedures.vocabulary import PARTY_WORDS, Source


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a procedure lays down. `key` is the path of the value, `text` one or more sentences or items."""

    key: str
    label: str
    text: tuple[str, ...]
    source: Source
    document: str = ""


@dataclass(frozen=True, slots=True)
class ToldLimit:
    """One limit: by when what is due, from whom, counted from what. `key` is its path as in `local.limits_of`."""

    key: str
    what: str
    who: str
    starts: str
    urgency: str
    text: str
    source: Source
    words: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the procedure under a heading: sentences, and limits where it has some."""

    key: str
    heading: str
    lead: str
    facts: tuple[Fact, ...]
    limits: tuple[ToldLimit, ...] = ()


def facts_of(
    procedure: Procedure, prefix: str, of: Declared, *rows: tuple[str, str, str | Sequence[str]]
) -> Iterator[Fact]:
    """Yield a fact for each (name, label, text) that has a text; its mark is that of the value."""
    document = procedure.document_title(of)
    for name, label, text in rows:
        items = (text,) if isinstance(text, str) else text
        said = tuple(words.capital(item) for item in items if item)
        if said:
            yield Fact(f"{prefix}{name}", label, said, of.source_of(name), document)


def limits_of_clock(
    procedure: Procedure, path: str, clock: Clock, rung: Rung | None = None
) -> Iterator[ToldLimit]:
    """Yield the limit of a clock for each urgency; `path` is that of the clock."""
    who = who_words(procedure, clock.on, rung)
    starts = starts_words(clock, rung)
    for urgency in procedure.urgencies:
        limit = clock.limit(urgency.key)
        said = limit.words or clock.words
        yield ToldLimit(
            f"{path}.{urgency.key}",
            clock.label,
            who,
            starts,
            urgency.label,
            limit.describe(),
            limit.source,
            said,
        )


def who_words(procedure: Procedure, on: str, rung: Rung | None = None) -> str:
    """Return from whom a clock asks something, in the area's names for roles."""
    if rung is not None and on in ("holder", "acting_manager"):
        return words.capital(procedure.role_label(rung.acts))
    if rung is not None and on == "counterpart" and rung.counterpart_role:
        return f"{words.capital(procedure.role_label(rung.counterpart_role))} on the other side"
    return words.capital(
        PARTY_WORDS[on] if on in ("holder", "counterpart", "raiser") else procedure.role_label(on)
    )


def starts_words(clock: Clock, rung: Rung | None = None) -> str:
    """Return from when a clock counts."""
    if clock.starts in words.STARTS:
        return words.STARTS[clock.starts]
    before = clock.starts.removeprefix("previous_clock:")
    named = rung.clock(before).label if rung is not None else before
    return f"from when this is done: {words.lower_first(named)}"


def one_limit(
    path: str, what: str, starts: str, urgency: str, limit: Limit | None, said: str = ""
) -> list[ToldLimit]:
    """Return a limit that binds everybody, in a list; empty when the procedure has none."""
    if limit is None:
        return []
    return [
        ToldLimit(
            path, what, "Everybody", starts, urgency, limit.describe(), limit.source, limit.words or said
        )
    ]
