"""A leaver's open duties are told to the administrator, by reference alone."""

from __future__ import annotations

import pytest

from accounts import actions
from accounts.duties import open_duties
from accounts.models import Membership
from accounts.refusals import Refused
from accounts.roles import Role
from cases.workflow import State
from tests.cases.steps import case_at
from tests.cast import TUESDAY, Cast


def test_a_manager_who_holds_a_case_cannot_leave_before_it_is_handed_over(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    manager = cast.nurse_manager
    lines = [
        f"{case.reference}: {what}"
        for what in ("accept this", "settle this or take it on", "confirm what keeps the child safe")
    ]
    assert sorted(open_duties(manager)) == sorted(lines)
    assert open_duties(manager, Role.LINE_MANAGER) == open_duties(manager)
    assert open_duties(manager, Role.SENIOR_MANAGER) == []
    assert open_duties(cast.health_senior) == []
    office = {"by": cast.administrator, "at": TUESDAY}
    with pytest.raises(Refused, match=f"Morag Lunan still has something to do: {case.reference}: "):
        actions.end_role(membership=Membership.objects.get(user=manager), **office)
    with pytest.raises(Refused, match="Hand this over first"):
        actions.deactivate_person(person=manager, **office)
