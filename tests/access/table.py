"""Reads tests/access/steps.txt: for each situation who is in the case, and who may take which step."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.access.people import PEOPLE, SIDED

HERE = Path(__file__).parent
DEPUTY_OF = {"raiser": "raiser_deputy", "line": "line_deputy", "cswo": "cswo_deputy"}


@dataclass
class Block:
    """One situation: who is in the case, and step -> who may take it."""

    name: str
    words: str
    inside: frozenset[str] = frozenset()
    may: dict[str, frozenset[str]] = field(default_factory=dict)


def read(text: str) -> dict[str, Block]:
    """Return the blocks of a table by name. Raises ValueError for whatever it does not understand, with the line."""
    blocks: dict[str, Block] = {}
    block: Block | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            name, _, words = line[1:].partition("]")
            if name in blocks:
                raise ValueError(f"line {number}: [{name}] stands there twice")
            block = blocks[name] = Block(name, words.strip())
            continue
        keys, colon, names = line.partition(":")
        if block is None or not colon:
            raise ValueError(f"line {number}: write steps, a colon and people")
        people = _people(names.split(), block, number)
        if keys == "in":
            block.inside = people
            continue
        if not people or people - block.inside:
            raise ValueError(f"line {number}: {sorted(people - block.inside)} cannot see the case")
        for key in keys.split():
            if key in block.may:
                raise ValueError(f"line {number}: {key} stands in [{block.name}] twice")
            block.may[key] = people
    return blocks


def _people(names: list[str], block: Block, number: int) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        if name == "everybody":
            found |= block.inside
        elif name == "sides":
            found |= block.inside & SIDED
        elif name.endswith("*"):
            found |= {name[:-1], DEPUTY_OF[name[:-1]]}
        elif name in PEOPLE:
            found.add(name)
        else:
            raise ValueError(f"line {number}: nobody is called {name}")
    return frozenset(found)


def steps_table() -> dict[str, Block]:
    """Return the table of steps."""
    return read((HERE / "steps.txt").read_text())
