"""The clocks of a case beside a Re-think: they run on, and stand still only where a procedure says so (PO01, X3)."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from cases.actions import pace, rethinking
from cases.audit import Audit
from cases.models import Case, Deadline, Pause, ProcedureVersion
from cases.models.deadline import Rule
from cases.procedures.loading import problems_in, shipped_files
from escalation.trail.models import Event
from notifications.models import Message
from tests import in_place
from tests.cases.steps import fresh
from tests.cast import TUESDAY, Cast, opened
from tests.meetings.room import MEETS, Room

pytestmark = pytest.mark.django_db
RUN_ON = shipped_files()["perth-and-kinross-2025"].read_text(encoding="utf-8")
STOPS = RUN_ON.replace('formal_clocks = "run_on"', 'formal_clocks = "stand_still"')
DAY = timedelta(days=1)


@pytest.fixture
def room(cast: Cast) -> Room:
    """The room of an area whose clocks stand still meanwhile, for five working days at most."""
    area = STOPS.replace('version = "1.1"', 'version = "2"', 1)
    version: ProcedureVersion = in_place.publish(area, name="stops.toml").version
    in_place.adopt(cast.partnership, version, from_date=date(2026, 1, 1), reason="for this test")
    cast.procedure = version
    return Room.of(cast)


def due(case: Case, rule: Rule = Rule.SETTLE) -> datetime:
    return Deadline.objects.get(case=case, rule=rule).due_at


def facts(case: Case, verb: str) -> list[Any]:
    rows = Event.objects.filter(chain=case.chain, verb=verb).order_by("seq")
    return [json.loads(row.payload) for row in rows]


def test_they_stand_still_from_when_it_is_arranged_until_the_day_it_meets(room: Room) -> None:
    case = opened(room.cast)
    before, safety, situation = due(case), due(case, Rule.SAFETY), due(case, Rule.SITUATION)
    rethink = room.asked(case=case)
    assert due(case) == before, "asking alone stops nothing"
    Message.objects.all().delete()
    room.arranged(rethink=rethink, meets_at=TUESDAY + 3 * DAY)
    [row] = Pause.objects.all()
    assert (row.first_day, row.resumes_on, row.rethink) == (date(2026, 6, 2), date(2026, 6, 5), rethink)
    # The 3rd and the 4th do not count; the day on which the clock stopped never did.
    assert due(case) == before + 2 * DAY
    assert (due(case, Rule.SAFETY), due(case, Rule.SITUATION)) == (safety, situation), "these wait for nobody"
    [said] = facts(case, "paused")
    assert (said["rethink"], said["until"], said["moved"][0]["rule"]) == (rethink.pk, "2026-06-05", "settle")
    told = Message.objects.filter(case=case, kind="date_moved").values_list("recipient__full_name", flat=True)
    assert sorted(told) == ["Callum Petrie", "Nadia Reid"]


def test_a_meeting_that_moves_moves_the_day_within_what_a_pause_may_be(room: Room) -> None:
    case = opened(room.cast)
    rethink = room.arranged(rethink=room.asked(case=case), meets_at=TUESDAY + 2 * DAY)
    room.arranged(rethink=rethink, at=TUESDAY + timedelta(hours=1), meets_at=TUESDAY + 30 * DAY)
    assert Pause.objects.get().resumes_on == date(2026, 6, 9), "five working days are the most"
    room.arranged(rethink=rethink, at=TUESDAY + DAY, meets_at=TUESDAY + 3 * DAY)
    assert Pause.objects.get().resumes_on == date(2026, 6, 5)
    assert fresh(case).current_stage.times_paused == 1
    assert len(facts(case, "paused")) == 3


@pytest.mark.parametrize("how", ["call_off", "hold"])
def test_they_run_again_once_it_was_held_or_called_off(room: Room, how: str) -> None:
    case = opened(room.cast)
    before = due(case)
    rethink = room.arranged(rethink=room.asked(case=case), meets_at=TUESDAY + 3 * DAY)
    assert due(case) > before
    audit = Audit(TUESDAY + DAY)
    if how == "call_off":
        rethinking.call_off(rethink, by=room.coordinator, audit=audit, why="The room is flooded.")
        assert due(case) == before
        assert Pause.objects.get().ended_at == audit.at
        assert len(facts(case, "resumed")) == 1
    else:  # on the day it meets the clock runs by itself
        room.held(rethink)
        assert (Pause.objects.get().ended_at, facts(case, "resumed")) == (None, [])


@pytest.mark.parametrize(
    "change",
    [
        {"urgency": "immediate"},
        {"urgency": "urgent"},
        {"child_safe": "unsure"},
        {"horizon_at": TUESDAY + DAY},
    ],
)
def test_they_run_on_where_a_pause_may_not_be(room: Room, change: dict[str, Any]) -> None:
    case = opened(room.cast, **change)
    before = due(case)
    room.arranged(rethink=room.asked(case=case))
    assert (due(case), Pause.objects.count(), facts(case, "paused")) == (before, 0, [])


def test_a_stage_that_stood_still_before_does_not_stand_still_again(room: Room) -> None:
    case = opened(room.cast)
    audit = Audit(TUESDAY, version=case.version)
    pace.pause(case, by=room.cast.nurse, audit=audit, resumes_on=date(2026, 6, 4), reason="A report.")
    room.arranged(rethink=room.asked(case=fresh(case)))
    assert Pause.objects.count() == 1


def test_where_the_procedure_does_not_say_so_they_run_on(cast: Cast) -> None:
    room, case = Room.of(cast), opened(cast)
    before = due(case)
    room.arranged(rethink=room.asked(case=case), meets_at=MEETS)
    assert (due(case), Pause.objects.count()) == (before, 0)


def test_a_file_that_stops_clocks_must_say_for_how_long() -> None:
    start = STOPS.index("[pause]")
    text = STOPS[:start] + STOPS[STOPS.index("# Reminders of every clock") :]
    [problem] = problems_in(text, "stops.toml")
    assert (problem.key, problem.what) == (
        "rethink.formal_clocks",
        "nothing says how long the clocks may stand still",
    )
    assert "add [pause]" in problem.mend
