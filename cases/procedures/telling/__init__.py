"""A procedure in plain sentences, each with the mark of where it comes from (X3): what pages show and compare.

One home for these words: the procedure page prints them, the page that compares two versions sets them side by side,
and the list of what the guide leaves open is made of those marked `silent`.
"""

from __future__ import annotations

from cases.procedures.definitions import Procedure
from cases.procedures.telling import rest
from cases.procedures.telling.rung import rung_section
from cases.procedures.telling.told import Fact, Section, ToldLimit

__all__ = ["Fact", "Section", "ToldLimit", "silences", "tell"]


def tell(procedure: Procedure) -> tuple[Section, ...]:
    """Return the whole procedure in sentences: rungs first, then what holds on all of them and what comes after."""
    sections = (
        *(rung_section(procedure, rung, place) for place, rung in enumerate(procedure.rungs, start=1)),
        rest.in_short(procedure),
        rest.afterwards(procedure),
        rest.pace(procedure),
        rest.rules(procedure),
        rest.beside(procedure),
        rest.scope(procedure),
        rest.reasons(procedure),
        rest.reading(procedure),
        rest.about(procedure),
    )
    return tuple(section for section in sections if section.facts or section.limits)


def silences(sections: tuple[Section, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """Return what the source leaves open: the heading of each section with the labels of what is silent in it."""
    found = []
    for section in sections:
        said = [fact.label for fact in section.facts if fact.source == "silent"]
        said += dict.fromkeys(f"{x.what}: how long" for x in section.limits if x.source == "silent")
        if said:
            found.append((section.heading, tuple(said)))
    return found
