"""A1-A3 at policy level: every step x every kind of person x every situation, against the table written by hand.

The same looks can be written to a file and judged without a database, which is how mutation testing runs this table
thousands of times (make mutate).
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from cases.access import Look
from cases.models import Case
from cases.policies import can
from cases.steps import STEPS
from tests.access.frozen.looks import freeze
from tests.access.people import PEOPLE, crowd, take_their_places
from tests.access.standings import EVENING, STANDINGS, when
from tests.access.table import read, steps_table
from tests.cast import Cast

TABLE = steps_table()


def judged(name: str, looks: dict[str, Look], visible: set[str]) -> list[str]:
    """Return where code and table differ in one situation, in words."""
    block, wrong = TABLE[name], []
    for person in PEOPLE:
        if (person in visible) != (person in block.inside):
            wrong.append(f"[{name}] {person} {'sees' if person in visible else 'does not see'} the case")
        for key, step in STEPS.items():
            wanted = person in block.may.get(key, ())
            allowed = can(step.rule, looks[person]) and person in visible
            if allowed != wanted:
                wrong.append(f"[{name}] {person} {'may' if allowed else 'may not'} {key}")
            if person not in block.inside and can(step.rule, looks[person]):
                wrong.append(f"[{name}] only blindness keeps {person} from {key}")
    return wrong


def test_each_person_may_what_the_table_says_and_nothing_else(cast: Cast) -> None:
    everybody, wrong = crowd(cast, EVENING.date()), list[str]()
    kept: dict[str, tuple[dict[str, Look], set[str]]] = {}
    for name, arrive in STANDINGS.items():
        case, at = arrive(cast), when(name)
        take_their_places(everybody, case, at)
        case = Case.objects.whole().get(pk=case.pk)
        visible = {
            person
            for person, user in everybody.items()
            if Case.objects.visible_to(user).filter(pk=case.pk).exists()
        }
        looks = {person: Look.at_case(case, user, at) for person, user in everybody.items()}
        wrong += judged(name, looks, visible)
        kept[name] = looks, visible
    assert not wrong, "\n".join(wrong)
    if "ACCESS_LOOKS" in os.environ:  # make mutate
        freeze(kept)


def test_the_table_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """No situation, step or person is left out, and each denial has a twin who is let through (A3)."""
    assert TABLE.keys() == STANDINGS.keys()
    written = {key for block in TABLE.values() for key in block.may}
    assert sorted(STEPS.keys() - written) == [], "write these steps into tests/access/steps.txt"
    assert sorted(written - STEPS.keys()) == [], "these steps are no more"
    counted: Counter[str] = Counter()
    for block in TABLE.values():
        for key in STEPS:
            may = block.may.get(key, frozenset())
            counted["allowed"] += len(may)
            counted["denied"] += len(PEOPLE) - len(may)
            counted["denied with a twin in the same situation"] += (len(PEOPLE) - len(may)) if may else 0
    combinations = len(TABLE) * len(STEPS) * len(PEOPLE)
    assert combinations == counted["allowed"] + counted["denied"] >= 10_000
    for person in {name for block in TABLE.values() for name in block.inside}:
        assert any(person in may for block in TABLE.values() for may in block.may.values()), person
    for key in STEPS:
        assert any(key in block.may for block in TABLE.values()), f"nobody may ever {key}: no twin"
    with capsys.disabled():
        print(f"\n{combinations:,} combinations: {dict(counted)}")  # noqa: T201


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("in: raiser", "line 1"),
        ("[a]\nin raiser", "line 2"),
        ("[a]\nin: wizard", "nobody is called wizard"),
        ("[a]\nin: raiser\naccept: line", "cannot see the case"),
        ("[a]\nin: raiser\naccept: sides\naccept: raiser", "twice"),
        ("[a]\n[a]", "twice"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read(text)
