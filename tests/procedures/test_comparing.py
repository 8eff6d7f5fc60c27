"""What a new version changes: no change may pass unseen, and what is told is told in words (G32)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from cases.procedures import comparing
from cases.procedures.comparing import Changes, Difference, Said, compare
from cases.procedures.definitions import Procedure
from cases.procedures.loading import load_shipped, load_text, shipped_files
from cases.procedures.local import open_limits, with_limits


def of(changes: tuple[Changes, ...]) -> dict[str, tuple[Difference, ...]]:
    return {part.heading: part.differences for part in changes}


def test_two_versions_that_say_the_same_have_no_differences(pk: Procedure, made_up: Procedure) -> None:
    assert compare(pk, pk) == ()
    assert compare(made_up, made_up) == ()


def test_a_new_version_in_words(pk: Procedure, pk_text: str) -> None:
    text = (
        pk_text.replace('version = "1.1"', 'version = "2"', 1)
        .replace(
            'label = "Stage 2"\ntitle = "Senior managers meet"', 'label = "Stage 2"\ntitle = "Heads meet"'
        )
        .replace(
            'sources = { title = "silent", intention_notice = "silent", advice',
            'sources = { title = "silent", advice',
        )
    )
    old = with_limits(pk, {"rungs.managers.clocks.settle.standard": (4, "working_days")})
    changes = of(compare(old, load_text(text)))
    assert changes == {
        "2. Stage 1: talk to your line manager": (
            Difference(
                "Before it goes up from here",
                Said("The other side need not be told first.", "silent"),
                Said("The other side need not be told first.", "document"),
            ),
        ),
        "3. Stage 1: managers meet": (
            Difference(
                "Meet and settle it: Weeks ahead",
                Said("4 working days", "local_setting"),
                Said("5 working days", "local_setting"),
            ),
        ),
        "4. Stage 2: heads meet": (
            Difference("Name", Said("4. Stage 2: senior managers meet"), Said("4. Stage 2: heads meet")),
        ),
        "About this procedure": (
            Difference("Version of this file", Said("1.1", "local_setting"), Said("2", "local_setting")),
        ),
        "Other words of the procedure": (
            Difference("Rungs, cswo, sources, intention notice", Said("silent"), None),
        ),
    }


def test_another_procedure_altogether(pk: Procedure, made_up: Procedure) -> None:
    changes = of(compare(made_up, pk))
    assert next(iter(changes)) == "1. Resolution: talk to each other"
    gone = changes["1. Resolution: talk to each other"]
    assert (
        Difference("Who acts", Said("Practitioner", "document"), Said("Practitioner", "document")) not in gone
    )
    new = changes["5. Stage 3: the Chief Social Work Officer decides"]
    assert all(difference.was is None for difference in new)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every single value of a dumped procedure."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path, value


def changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"{value} and more"


def mutated(dump: Any, path: tuple[Any, ...]) -> Any:
    """Return a copy of a dump with the one value at `path` changed."""
    if not path:
        return changed(dump)
    first, *rest = path
    if isinstance(dump, dict):
        return {**dump, first: mutated(dump[first], tuple(rest))}
    return tuple(mutated(v, tuple(rest)) if place == first else v for place, v in enumerate(dump))


@pytest.mark.parametrize("key", [*shipped_files(), "two rungs"])
def test_no_value_of_the_file_is_left_out_of_the_comparison(key: str, made_up: Procedure) -> None:
    """Each single value of the file stands in it once, under a place of its own."""
    dump = (made_up if key == "two rungs" else load_shipped(key)).model_dump()
    compared = list(comparing._values(dump))
    assert len(dict(compared)) == len(compared) > 300
    every = [str(value) for _, value in leaves(dump) if value not in (None, "")]
    assert sorted(", ".join(text for _, text in compared if text).split(", ")) == sorted(
        ", ".join(every).split(", ")
    )


@pytest.mark.parametrize("key", [*shipped_files(), "two rungs"])
def test_a_change_of_any_value_is_told(key: str, made_up: Procedure) -> None:
    """Sixty values drawn at random and changed by themselves: each is told, in words or under its place."""
    procedure = made_up if key == "two rungs" else load_shipped(key)
    dump = procedure.model_dump()
    drawn = random.Random(7).sample([path for path, value in leaves(dump) if value is not None], 60)
    told = comparing.tell(procedure)
    for path in drawn:
        tampered = SimpleNamespace(model_dump=lambda path=path: mutated(dump, path))
        with patch.object(comparing, "tell", lambda _: told):
            assert compare(procedure, tampered), path  # type: ignore[arg-type]


def test_each_limit_that_changes_is_told_as_a_limit(pk: Procedure) -> None:
    """Each limit changed by itself: one difference, in the words of the limit, and nothing beside it."""
    for path in open_limits(pk):
        changes = compare(pk, with_limits(pk, {path: (77, "calendar_hours")}))
        assert len(changes) == 1, path
        assert [d.now for d in changes[0].differences] == [Said("77 hours", "local_setting")], path
