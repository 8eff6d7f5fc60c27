"""What the home page says of work that is no case, to whoever it waits on and to nobody else."""

from __future__ import annotations

from typing import Any

import time_machine

from accounts.models import Membership, User
from cases.learning import items
from tests.cast import TUESDAY, Cast
from tests.factories import cover
from tests.meetings.room import Room
from tests.pages.scene import HOUR, signed_in, words

ARRANGE = "Somebody asked for a meeting and hears nothing until you set a day. Arrange 1 Re-think"
DECIDE = "Whoever raised it is told what you decide. Decide on 2 items of learning"


def home(person: User) -> str:
    with time_machine.travel(TUESDAY + HOUR, tick=False):
        return words(signed_in(person).get("/"))


def test_a_rethink_waits_with_its_coordinator_and_their_deputy_until_it_is_arranged(cast: Cast) -> None:
    room = Room.of(cast)
    assert ARRANGE not in home(room.coordinator)
    asked = room.asked()
    cover(Membership.objects.get(user=room.coordinator), cast.teacher)
    for person in (room.coordinator, cast.teacher):
        assert ARRANGE in home(person)
        assert "Nothing else waits for you now" in home(person)
    for person in (room.facilitator, cast.nurse, cast.cpc_officer, cast.administrator):
        assert "Re-think waits" not in home(person)
    room.arranged(rethink=asked)
    assert "Re-think waits" not in home(room.coordinator)
    assert "Nothing waits for you now" in home(room.coordinator)


def test_learning_waits_with_the_officer_until_it_is_decided_on(cast: Cast) -> None:
    what: dict[str, Any] = {
        "theme": "guidance",
        "source": "guidance",
        "route": "cpc",
        "what": "Say who calls.",
    }
    raised = [items.raise_item(by=cast.nurse, **what, at=TUESDAY) for _ in range(2)]
    assert DECIDE in home(cast.cpc_officer)
    for person in (cast.nurse, cast.auditor, cast.cswo, cast.administrator):
        assert "Learning waits" not in home(person)
    for item in raised:
        decided: dict[str, Any] = {
            "adopted": False,
            "decision": "Known.",
            "theme": "guidance",
            "shared": False,
        }
        items.decide(item, by=cast.cpc_officer, **decided, at=TUESDAY)
    assert "Learning waits" not in home(cast.cpc_officer)
