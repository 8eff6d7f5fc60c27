"""What a new version changes: rule by rule and limit by limit, in words (G32). Pure Python: no Django.

What `telling` says in sentences is compared as sentences, with the mark of where it comes from. Every other value of
the file is compared too, under its place in the file, so that no change can pass unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cases.procedures.definitions import Procedure
from cases.procedures.telling import Section, tell
from cases.procedures.telling.words import capital

#: Plain names of what stands in a file beside rungs, clocks and rules.
PLACES = {
    "words": "Sentences on the pages",
    "tips": "Do and avoid",
    "self_check": "Questions to oneself",
    "position_prompts": "Headings of a position",
    "contacts": "Emergency contacts",
    "contact_methods": "Ways of meeting",
    "signposts": "Further reading",
    "role_names": "Names of roles",
    "outcome_names": "Names of outcomes",
    "subjects": "Who a case may be about",
    "source_documents": "Source documents",
}
NAMES = ("key", "state", "role", "outcome", "step")


@dataclass(frozen=True, slots=True)
class Said:
    """One thing as one version says it: the words, and the mark of who laid it down ("" where it has none)."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two versions say differently; None where a version does not say it at all."""

    what: str
    was: Said | None
    now: Said | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs in one part of the procedure."""

    heading: str
    differences: tuple[Difference, ...]


def compare(old: Procedure, new: Procedure) -> tuple[Changes, ...]:
    """Return what `new` changes, part by part in the order of the new version; empty when they say the same."""
    before, after = ({section.key: section for section in tell(each)} for each in (old, new))
    found, told = [], set[str]()
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = _sayings(before.get(key)), _sayings(after.get(key))
        named = {path: what for sayings in (was, now) for path, (what, _) in sayings.items()}
        differing = [path for path in named if _said(was, path) != _said(now, path)]
        told |= set(differing)
        if differing:
            section = after.get(key) or before[key]
            rows = tuple(Difference(named[path], _said(was, path), _said(now, path)) for path in differing)
            found.append(Changes(section.heading, rows))
    rest = tuple(_rest(old, new, told))
    return (*found, Changes("Other words of the procedure", rest)) if rest else tuple(found)


Sayings = dict[str, tuple[str, Said]]


def _said(sayings: Sayings, path: str) -> Said | None:
    return sayings[path][1] if path in sayings else None


def _sayings(section: Section | None) -> Sayings:
    """Return what a section says by path: what it is about, and the words with their mark."""
    if section is None:
        return {}
    said: Sayings = {f"{section.key} heading": ("Name", Said(section.heading))}
    if section.lead:
        said[f"{section.key} lead"] = ("What happens here", Said(section.lead))
    for fact in section.facts:
        said[fact.key] = fact.label, Said("; ".join(fact.text), fact.source)
    for limit in section.limits:
        said[limit.key] = f"{limit.what}: {limit.urgency}", Said(capital(limit.text), limit.source)
        said[f"{limit.key} who"] = f"{limit.what}: from whom", Said(f"{limit.who}, {limit.starts}")
    return said


def _rest(old: Procedure, new: Procedure, told: set[str]) -> Iterator[Difference]:
    """Yield the values that differ and that no sentence above has told."""
    before, after = dict(_values(old.model_dump())), dict(_values(new.model_dump()))
    for path in dict.fromkeys([*after, *before]):
        if before.get(path) == after.get(path) or any(_covers(key, path) for key in told):
            continue
        was, now = ((Said(v[path]) if path in v else None) for v in (before, after))
        yield Difference(_place(path), was, now)


def _covers(key: str, path: tuple[str, ...]) -> bool:
    """Return whether a sentence about `key` has told the change of the value at `path`."""
    steps = [step for step in path if step not in ("limits", "clock")]
    where = ".".join(steps)
    bare, _, part = key.partition(" ")
    if part == "heading":
        return where in (f"{bare}.label", f"{bare}.title")
    if part == "lead":
        return where == f"{bare}.description"
    if part == "who":
        return where.rpartition(".")[0] == bare.rpartition(".")[0] and steps[-1] in ("on", "starts", "label")
    return (
        where == bare
        or where.startswith(f"{bare}.")
        or where == f"{bare.rpartition('.')[0]}.sources.{steps[-1]}"
    )


def _values(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each single value with its path; items of a list go by their key, so that their order may change."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _values(inner, (*path, str(name)))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        if value and all(isinstance(item, Mapping) for item in value):
            for name, item in _named(value):
                yield from _values(item, (*path, name))
        else:
            yield path, ", ".join(map(str, value))
    elif value not in (None, ""):
        yield path, str(value)


def _named(items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the items of a list by their names, told apart by a number where several have the same one."""
    times: Counter[str] = Counter()
    for item in items:
        name = next((str(item[key]) for key in NAMES if item.get(key)), "")
        times[name] += 1
        yield (f"{name} {times[name]}".strip() if not name or times[name] > 1 else name), item


def _place(path: tuple[str, ...]) -> str:
    first, *rest = path
    return ", ".join([PLACES.get(first, capital(first)), *rest]).replace("_", " ")
