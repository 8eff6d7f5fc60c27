"""The table of tests/access/steps.txt against looks from a file: what mutation testing runs for every mutant.

`make mutate` writes the file first; without it there is nothing to judge here.
"""

from __future__ import annotations

import logging

import pytest

from cases.access import Look
from cases.models.participation import Relation, Side
from cases.policies import can
from cases.refusals import NotAllowed, NotNow
from cases.steps import STEPS
from tests.access.frozen.looks import WHERE, thawed
from tests.access.test_policy_table import TABLE, judged

pytestmark = pytest.mark.skipif(not WHERE.exists(), reason="make mutate writes the looks first")


@pytest.fixture(scope="module")
def situations() -> dict[str, tuple[dict[str, Look], set[str]]]:
    logging.disable(logging.CRITICAL)  # a mutant that fails is a refusal, and says so a thousand times
    return thawed()


def test_the_table_holds(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    assert situations.keys() == TABLE.keys()
    for name, (looks, visible) in situations.items():
        assert judged(name, looks, visible) == []


def test_a_refusal_says_whether_it_is_for_ever_and_why(
    situations: dict[str, tuple[dict[str, Look], set[str]]],
) -> None:
    """A person who may never gets a 403, one who may not now a 409, each with a sentence."""
    for name, (looks, _) in situations.items():
        for person in sorted(TABLE[name].inside):
            for key, step in STEPS.items():
                if person in TABLE[name].may.get(key, ()):
                    assert step.rule(looks[person]) is None
                    continue
                with pytest.raises((NotAllowed, NotNow)) as refusal:
                    step.rule(looks[person])
                words = str(refusal.value)
                assert words[0].isupper() and words.endswith("."), (key, words)
                assert "XX" not in words, "mutmut writes XX into texts"


def test_how_people_stand(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    """What policies ask of a look, said of people by name."""
    looks = situations["cswo-accepted"][0]
    for name in ("raiser", "raiser_deputy"):
        look = looks[name]
        assert (look.is_raiser, look.is_counterpart, look.is_holder, look.is_party) == (
            True,
            False,
            False,
            True,
        )
        assert look.has(Relation.RAISER) and look.has(Relation.RAISER, Side.RAISING)
        assert not look.has(Relation.RAISER, Side.RECEIVING) and not look.has(Relation.DECIDER)
        assert look.sides == {"raising"}
    cswo, deputy = looks["cswo"], looks["cswo_deputy"]
    assert (cswo.is_holder, cswo.is_party, cswo.sides) == (True, False, {"neutral"})
    part = deputy.speaking_as(deputy.case.holder_id)
    assert part.user_id == cswo.user.pk
    assert (deputy.actor(part).user_id, deputy.actor(part).acting_for_id) == (deputy.user.pk, cswo.user.pk)
    assert cswo.actor(part).acting_for_id is None
    assert cswo.role_words(part) == "Chief Social Work Officer"
    assert deputy.role_words(part) == "Chief Social Work Officer, acting for Greta Holm"
    assert [p.relation for p in looks["cswo"].parts_of(Relation.DECIDER)] == ["decider"]
    for name in ("colleague", "leaver", "former", "stranger", "superuser", "reader"):
        assert looks[name].mine == ()
        assert not looks[name].is_party and not looks[name].is_holder
        with pytest.raises(LookupError):
            looks[name].speaking_as(looks[name].user.pk)


def test_an_error_in_a_rule_means_no(situations: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    def broken(look: Look) -> None:
        raise ZeroDivisionError

    def silent(look: Look) -> None:
        return None

    look = situations["resolution"][0]["raiser"]
    assert can(broken, look) is False
    assert can(silent, look) is True
