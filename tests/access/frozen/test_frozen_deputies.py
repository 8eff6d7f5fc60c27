"""Which deputies decide: judged from looks in a file, like tests/access/frozen/test_frozen_table.py."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from accounts.roles import Role
from accounts.standing import Covered
from cases.access import DECIDES_AS, Look
from cases.models import Participation
from cases.models.participation import Relation
from cases.policies.settling import free_to_decide
from cases.refusals import NotAllowed
from tests.access.frozen.looks import WHERE, thawed
from tests.access.frozen.test_frozen_table import refused, varied

pytestmark = pytest.mark.skipif(not WHERE.exists(), reason="make mutate writes the looks first")

SOMEBODY = 10**9  # takes no part in any case


@pytest.fixture(scope="module")
def situations() -> dict[str, tuple[dict[str, Look], set[str]]]:
    return thawed()


def covering(look: Look, *covers: tuple[int, Role]) -> Look:
    """Return the look of somebody who covers these people in these roles and nobody else."""
    rows = tuple(Covered(user_id, "Nobody Known", role, 1, None, None) for user_id, role in covers)
    return replace(look, standing=replace(look.standing, covering=rows))


def part_of(look: Look, relation: Relation, user_id: int) -> Participation:
    """Return a part like one of the look's, of this person in this relation."""
    part = copy.copy(look.parts[0])
    part.relation, part.user_id = relation, user_id
    return part


def test_who_acts_for_a_party_today_has_a_conflict(
    situations: dict[str, tuple[dict[str, Look], set[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.access.barred", lambda *given: {SOMEBODY})
    decider = situations["cswo-accepted"][0]["cswo_deputy"]
    hers = (decider.case.holder_id, Role.CSWO)
    manager = situations["senior"][0]["senior"]
    assert manager.mine[0].relation not in DECIDES_AS
    assert decider.case.rung.acts == Role.CSWO
    assert manager.case.rung.acts == Role.SENIOR_MANAGER
    found = [
        covering(look, *beside, (SOMEBODY, role)).has_conflict
        for look, beside in ((decider, (hers,)), (manager, ()))
        for role in (
            Role.PRACTITIONER,
            Role.CPC_OFFICER,
            Role.CSWO,
            Role.INDEPENDENT_CHAIR,
            Role.SENIOR_MANAGER,
        )
    ]
    assert found == [True, True, False, False, True, True, True, True, True, False]
    assert covering(decider, hers).has_conflict is False


def test_only_a_deputy_in_the_role_that_decides_decides(
    situations: dict[str, tuple[dict[str, Look], set[str]]],
) -> None:
    look = situations["cswo-accepted"][0]["cswo_deputy"]
    for relation, deciding in (
        (Relation.DECIDER, {Role.CSWO, Role.INDEPENDENT_CHAIR}),
        (Relation.CHAIR, {Role.INDEPENDENT_CHAIR}),
        (Relation.COMMITTEE, {Role.CPC_OFFICER}),
        (Relation.SENIOR_MANAGER, set(Role)),
        (Relation.RAISER, set(Role)),
    ):
        theirs, mine = part_of(look, relation, SOMEBODY), part_of(look, relation, look.user.pk)
        may = {role for role in Role if covering(look, (SOMEBODY, role)).may_decide_as(theirs)}
        assert may == deciding, relation
        assert all(covering(look, (SOMEBODY, role)).may_decide_as(mine) for role in Role)
        others = {role for role in Role if covering(look, (SOMEBODY + 1, role)).may_decide_as(theirs)}
        assert others == (set() if relation in DECIDES_AS else set(Role)), "the same role of somebody else"


def test_what_a_deputy_is_told_who_may_not_decide(
    situations: dict[str, tuple[dict[str, Look], set[str]]],
) -> None:
    look = situations["cswo-accepted"][0]["cswo_deputy"]
    holder = look.case.holder_id
    assert holder is not None
    assert free_to_decide(varied(look)) is None
    refused(
        free_to_decide,
        varied(look, conflict=True),
        NotAllowed,
        "You have a part in this disagreement, or act for somebody who has, so you cannot decide it. "
        "Your deputy can.",
    )
    helper = covering(look, (holder, Role.PRACTITIONER))
    words = (
        "You act for Nobody Known in another role. Only their deputy in the role that decides can do this."
    )
    refused(free_to_decide, varied(helper), NotAllowed, words)
    stand_in = varied(helper, holder_id=None, stand_in_id=holder)
    refused(free_to_decide, stand_in, NotAllowed, words)
    mine = part_of(look, Relation.SENIOR_MANAGER, look.user.pk)
    theirs = part_of(look, Relation.DECIDER, SOMEBODY)
    both = replace(covering(look, (SOMEBODY, Role.PRACTITIONER)), parts=(mine, theirs))
    refused(free_to_decide, varied(both, holder_id=None, stand_in_id=None), NotAllowed, words)
    assert free_to_decide(varied(both, holder_id=look.user.pk, stand_in_id=None)) is None, (
        "it is mine to decide"
    )
    assert free_to_decide(varied(both, holder_id=None, stand_in_id=look.user.pk)) is None
