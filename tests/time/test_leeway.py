"""Dates worked out again: more time, clocks that stand still, urgency, horizon, calendar and local limits (G16)."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Partnership, User
from cases import reckoning, reprojecting
from cases.access import Look
from cases.actions import pace
from cases.audit import Audit
from cases.calendars import count_up
from cases.clock import sweep
from cases.models import Case, ClosedDay, Deadline, Extension, MovedDate, OpeningHours, Pause, Reprojection
from cases.models.deadline import Rule
from cases.policies import can, extend, pause, resume
from cases.presenters.climb import ladder
from cases.presenters.reached import how_reached
from cases.procedures import publishing
from cases.reading import Record
from cases.refusals import NotNow
from cases.workflow import State
from escalation.trail.models import Event
from notifications.models import Message
from tests.cases.steps import case_at, determined, fresh
from tests.cast import TUESDAY, Cast, opened

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Five working days from Tuesday 2 June; a working day more and so on, each at 5pm in Scotland.
FIFTH = datetime.fromisoformat("2026-06-09T16:00:00+00:00")


def duty(case: Case, rule: Rule = Rule.SETTLE) -> Deadline:
    return Deadline.objects.open().get(case=case, rule=rule, ordinal__lt=10_000)


def due(case: Case, rule: Rule = Rule.SETTLE) -> datetime:
    return duty(case, rule).due_at


def now_and_version(case: Case, at: datetime = TUESDAY + HOUR) -> Any:
    return Audit(at, version=fresh(case).version)


def look(case: Case, user: User, at: datetime) -> Look:
    return Look.at_case(fresh(case), user, at)


def facts(case: Case, verb: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Event.objects.get(chain=case.chain, verb=verb).payload)
    return found


def close_day(partnership: Partnership, day: date) -> Reprojection:
    """Close a day of a partnership as the administrator's page does."""
    with transaction.atomic():
        ClosedDay.objects.create(partnership=partnership, date=day, name="Local day", source="set locally")
        count_up(partnership)
        return reprojecting.ask(
            partnership, Reprojection.Cause.CALENDAR, reason="Local day", by=None, at=TUESDAY
        )


# More time


def test_more_time_is_given_once_with_a_reason_and_everybody_concerned_is_told(cast: Cast) -> None:
    case = opened(cast)
    Message.objects.all().delete()
    new = pace.extend(
        case,
        by=cast.nurse,
        audit=now_and_version(case),
        amount=2,
        reason="Both are at a course until Friday.",
    )
    assert new == due(case) == FIFTH + 2 * DAY
    assert fresh(case).due_at == fresh(case).current_stage.due_at == new
    assert fresh(case).current_stage.first_due_at == FIFTH, "what was promised stays for the reports"
    assert due(case, Rule.REPLY) == new, "an answer that was due with the stage moves with it"
    assert facts(case, "extended")["moved"][0] == {
        "rule": "settle",
        "was": FIFTH.isoformat(),
        "is": new.isoformat(),
    }
    assert list(Message.objects.values_list("kind", "recipient__full_name")) == [
        ("date_moved", "Callum Petrie")
    ]
    assert Extension.objects.filter(case=case).count() == 1
    with pytest.raises(NotNow, match="has had all the time"):
        pace.extend(case, by=cast.nurse, audit=now_and_version(case), amount=1, reason="More.")


@pytest.mark.parametrize(
    ("change", "amount", "why"),
    [
        ({}, 4, "3 working days more at most"),
        ({"urgency": "urgent"}, 1, "no more time for a stage at this urgency"),
        ({"urgency": "immediate"}, 1, "no more time for a stage at this urgency"),
        ({"horizon_at": TUESDAY + 5 * DAY}, 1, "harm could occur before that"),
    ],
)
def test_more_time_is_refused(cast: Cast, change: dict[str, Any], amount: int, why: str) -> None:
    case = opened(cast, **change)
    before = due(case)
    with pytest.raises(NotNow, match=why):
        pace.extend(case, by=cast.nurse, audit=now_and_version(case), amount=amount, reason="x")
    assert (due(case), Extension.objects.count()) == (before, 0)


def test_more_time_is_not_given_once_the_time_is_up(cast: Cast) -> None:
    case = opened(cast)
    with pytest.raises(NotNow, match="The time is up already"):
        pace.extend(case, by=cast.nurse, audit=now_and_version(case, FIFTH), amount=1, reason="x")


# Pauses


def test_while_a_clock_stands_still_no_working_day_counts(cast: Cast) -> None:
    case = opened(cast)
    pace.pause(
        case,
        by=cast.nurse,
        audit=now_and_version(case, TUESDAY + DAY),
        resumes_on=date(2026, 6, 8),
        reason="The assessment comes on Monday.",
    )
    # Wednesday to Friday do not count: three working days later than without.
    assert due(case) == FIFTH + 3 * DAY
    assert fresh(case).current_stage.paused_until == date(2026, 6, 8)
    assert sweep(FIFTH).lapsed == 2, "safety and situation are still to be confirmed in time"
    assert Event.objects.filter(verb="lapsed", payload__contains='"settle"').count() == 0
    assert facts(case, "paused")["until"] == "2026-06-08"


def test_a_clock_that_runs_again_early_has_lost_only_the_days_it_stood(cast: Cast) -> None:
    case = opened(cast)
    pace.pause(
        case,
        by=cast.nurse,
        audit=now_and_version(case),
        resumes_on=date(2026, 6, 8),
        reason="For the report.",
    )
    pace.resume(
        case, by=cast.social_worker, audit=now_and_version(case, TUESDAY + DAY), reason="It came today."
    )
    [row] = Pause.objects.all()
    assert (row.first_day, row.resumes_on, row.ended_at) == (
        date(2026, 6, 2),
        date(2026, 6, 3),
        TUESDAY + DAY,
    )
    assert due(case) == FIFTH, "the day it started never counts, so nothing was lost"
    assert not can(resume, look(case, cast.nurse, TUESDAY + DAY))
    assert not can(pause, look(case, cast.nurse, TUESDAY + DAY)), "once on a stage"


@pytest.mark.parametrize(
    ("change", "until", "why"),
    [
        ({}, date(2026, 6, 10), "5 working days at most: until Tuesday 9 June"),
        ({}, date(2026, 6, 2), "a day still to come"),
        ({"urgency": "urgent"}, date(2026, 6, 4), "at this urgency"),
        ({"child_safe": "unsure"}, date(2026, 6, 4), "only while the child is safe"),
        ({"horizon_at": TUESDAY + 3 * DAY}, date(2026, 6, 5), "Harm could occur before then"),
    ],
)
def test_a_clock_does_not_stand_still(cast: Cast, change: dict[str, Any], until: date, why: str) -> None:
    case = opened(cast, **change)
    with pytest.raises(NotNow, match=why):
        pace.pause(case, by=cast.nurse, audit=now_and_version(case), resumes_on=until, reason="x")
    assert Pause.objects.count() == 0


def test_danger_today_ends_pauses_and_extensions(cast: Cast) -> None:
    case = opened(cast)
    pace.extend(case, by=cast.nurse, audit=now_and_version(case), amount=3, reason="A course.")
    at = TUESDAY + DAY
    pace.change_urgency(
        case, by=cast.nurse, audit=now_and_version(case, at), urgency="immediate", reason="Left alone."
    )
    # Midnight is 13.5 hours away, and five stages share them; nobody's time is up before they know.
    assert at + reckoning.LEAST <= due(case) <= at + timedelta(hours=13.5) / 5
    assert due(case, Rule.REPLY) == due(case)
    assert not can(extend, look(case, cast.nurse, at))


# Calendar and limits of the partnership


def test_a_day_that_is_closed_later_moves_open_dates_and_says_so(cast: Cast) -> None:
    case, other = opened(cast), case_at(cast, State.MANAGERS)
    Message.objects.all().delete()
    versions = [fresh(c).version for c in (case, other)]
    changed_at = fresh(case).changed_at
    asked = close_day(cast.partnership, date(2026, 6, 5))
    assert due(case) == FIFTH, "nobody waits for it"
    assert sweep(TUESDAY + HOUR).moved >= 2
    assert due(case) == FIFTH + DAY
    assert fresh(case).due_at == fresh(case).current_stage.due_at == FIFTH + DAY
    assert [fresh(c).version for c in (case, other)] == versions, "reckoning is no activity"
    assert fresh(case).changed_at == changed_at
    moved = MovedDate.objects.filter(reprojection=asked, reference=case.reference, rule="settle")
    assert list(moved.values_list("was", "becomes")) == [(FIFTH, FIFTH + DAY)]
    assert facts(case, "dates_moved")["cause"] == "calendar"
    told = Message.objects.filter(case=case).values_list("kind", "recipient__full_name", "needed_by")
    assert sorted(told) == [
        ("date_moved", "Callum Petrie", FIFTH + DAY),
        ("date_moved", "Nadia Reid", FIFTH + DAY),
    ]
    again = (sweep(TUESDAY + HOUR).moved, Reprojection.objects.filter(done_at=None).count())
    assert again == (0, 0)


def test_a_day_that_is_open_after_all_brings_dates_forward(cast: Cast) -> None:
    close_day(cast.partnership, date(2026, 6, 5))
    case = opened(cast)
    assert due(case) == FIFTH + DAY
    ClosedDay.objects.filter(date=date(2026, 6, 5)).delete()
    count_up(cast.partnership)
    reprojecting.ask(cast.partnership, Reprojection.Cause.CALENDAR, reason="Open", by=None, at=TUESDAY)
    sweep(TUESDAY + HOUR)
    assert due(case) == FIFTH


def test_nobodys_time_is_up_because_of_a_calendar_before_they_know(cast: Cast) -> None:
    case = opened(cast)
    late = FIFTH - HOUR
    for day in (3, 4):
        row = ClosedDay(partnership=cast.partnership, date=date(2026, 6, day), name="x", source="x")
        row.save()
    count_up(cast.partnership)
    reprojecting.ask(cast.partnership, Reprojection.Cause.CALENDAR, reason="x", by=None, at=TUESDAY)
    sweep(TUESDAY + HOUR)
    assert due(case) == FIFTH + 2 * DAY
    ClosedDay.objects.filter(name="x").delete()
    count_up(cast.partnership)
    reprojecting.ask(cast.partnership, Reprojection.Cause.CALENDAR, reason="x", by=None, at=TUESDAY)
    assert sweep(FIFTH + DAY).lapsed == 1  # the safety line
    # It would have been due yesterday: half an hour of working time is left instead.
    assert due(case) == datetime.fromisoformat("2026-06-11T08:30:00+00:00")
    assert late < due(case)


def test_a_limit_of_the_partnership_moves_open_dates(cast: Cast) -> None:
    case = opened(cast)
    publishing.set_limit(
        cast.partnership,
        cast.procedure.definition,
        "rungs.resolution.clocks.settle.standard",
        amount=3,
        unit="working_days",
        reason="The committee wants it sooner.",
        by=cast.administrator,
        at=TUESDAY,
    )
    sweep(TUESDAY + HOUR)
    assert due(case) == datetime.fromisoformat("2026-06-05T16:00:00+00:00")
    [asked] = Reprojection.objects.all()
    assert (asked.cause, asked.made_by, asked.done_at) == ("limit", cast.administrator, TUESDAY + HOUR)


def test_what_a_change_would_move_can_be_seen_before_it_is_made(cast: Cast) -> None:
    case = opened(cast)
    with transaction.atomic():
        mark = transaction.savepoint()
        close_day(cast.partnership, date(2026, 6, 5))
        seen = [(c.pk, m.duty.rule, m.due.at) for c, m in reprojecting.would_move(cast.partnership, TUESDAY)]
        transaction.savepoint_rollback(mark)
    assert (case.pk, "settle", FIFTH + DAY) in seen
    assert (due(case), MovedDate.objects.count(), Reprojection.objects.count()) == (FIFTH, 0, 0)


def test_check_backs_keep_counting_from_the_action_that_is_done(cast: Cast) -> None:
    case = determined(cast)
    before = {d.pk: d.due_at for d in Deadline.objects.open().filter(case=case)}
    assert len(before) >= 3
    reprojecting.ask(cast.partnership, Reprojection.Cause.CALENDAR, reason="x", by=None, at=TUESDAY)
    assert sweep(TUESDAY).moved == 0
    Deadline.objects.filter(case=case, rule=Rule.ACTION).update(state="met")
    reprojecting.ask(cast.partnership, Reprojection.Cause.CALENDAR, reason="x", by=None, at=TUESDAY)
    assert sweep(TUESDAY).moved == 0


def test_every_open_date_stays_when_nothing_changed(cast: Cast) -> None:
    cases = [opened(cast), opened(cast, urgency="urgent"), opened(cast, urgency="immediate")]
    cases += [case_at(cast, state) for state in (State.LINE_MANAGER, State.MANAGERS, State.SENIOR_MANAGERS)]
    cases += [opened(cast, horizon_at=TUESDAY + 6 * DAY)]
    reprojecting.ask(cast.partnership, Reprojection.Cause.CALENDAR, reason="x", by=None, at=TUESDAY)
    assert sweep(TUESDAY).moved == 0
    assert Deadline.objects.open().filter(case__in=cases).count() >= 18


def test_an_ill_case_is_passed_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [opened(cast) for _ in range(5)]
    whole = reckoning.Reckoner.moves

    def ill(self: Any, case: Case, duties: Any) -> Any:
        if case.pk == cases[2].pk:
            raise ValueError("CANARY")
        return whole(self, case, duties)

    monkeypatch.setattr(reckoning.Reckoner, "moves", ill)
    close_day(cast.partnership, date(2026, 6, 5))
    sweep(TUESDAY + HOUR)
    assert [due(c) - FIFTH for c in cases] == [DAY, DAY, timedelta(), DAY, DAY]
    assert Reprojection.objects.get().done_at == TUESDAY + HOUR


def test_a_case_in_a_deadlock_is_done_again_and_never_passed_over(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is wrong with it: it is done once whoever is in the way is through, at the next sweep if need be."""
    cases = [opened(cast) for _ in range(4)]
    whole, left = reckoning.Reckoner.moves, {"deadlocks": 2}

    def held(self: Any, case: Case, duties: Any) -> Any:
        if case.pk == cases[1].pk and left["deadlocks"]:
            left["deadlocks"] -= 1
            with connection.cursor() as cursor:  # as the database breaks one off, and its transaction with it
                cursor.execute("DO $$ BEGIN RAISE 'deadlock detected' USING ERRCODE = '40P01'; END $$")
        return whole(self, case, duties)

    monkeypatch.setattr(reckoning.Reckoner, "moves", held)
    close_day(cast.partnership, date(2026, 6, 5))
    sweep(TUESDAY + HOUR)
    assert [due(c) - FIFTH for c in cases] == [DAY] * 4
    assert "could not be worked out" not in caplog.text
    # Somebody is in the way for longer: it waits, with those after it, and nobody else does.
    close_day(cast.partnership, date(2026, 6, 4))
    left["deadlocks"] = 1 + reprojecting.TRIES
    assert sweep(TUESDAY + 2 * HOUR).moved > 0
    assert [due(c) - FIFTH for c in cases] == [2 * DAY, DAY, DAY, DAY]
    assert Reprojection.objects.filter(done_at=None).count() == 1
    sweep(TUESDAY + 3 * HOUR)
    assert [due(c) - FIFTH for c in cases] == [2 * DAY] * 4
    assert "could not be worked out" not in caplog.text
    assert not Reprojection.objects.filter(done_at=None).exists()


def test_reminders_wait_for_the_hours_of_the_agency_they_go_to(cast: Cast) -> None:
    case = opened(cast)
    # The social workers begin at noon; dates do not move for it.
    for weekday in range(5):
        OpeningHours.objects.create(
            partnership=cast.partnership,
            agency=cast.social_work,
            weekday=weekday,
            opens=time(12),
            closes=time(20),
        )
    count_up(cast.partnership)
    Message.objects.all().delete()
    sweep(FIFTH)
    held = dict(
        Message.objects.filter(case=case, kind="lapsed").values_list("recipient__full_name", "not_before")
    )
    assert held == {
        "Nadia Reid": datetime.fromisoformat("2026-06-10T08:00:00+00:00"),  # closed at 5pm: the next morning
        "Callum Petrie": FIFTH,  # at work until 8pm
    }


def test_a_date_says_how_pauses_and_more_time_brought_it_about(cast: Cast) -> None:
    case = opened(cast)
    pace.pause(
        case,
        by=cast.nurse,
        audit=now_and_version(case),
        resumes_on=date(2026, 6, 4),
        reason="For the report.",
    )
    pace.extend(case, by=cast.nurse, audit=now_and_version(case, TUESDAY + DAY), amount=1, reason="A course.")
    settle = Deadline.objects.select_related("stage").get(pk=duty(case).pk)
    how = how_reached(settle, fresh(case), [settle], TUESDAY)
    assert how.reached is not None
    assert how.reached.due == settle.due_at == datetime.fromisoformat("2026-06-11T16:00:00+00:00")
    said = how.lines(TUESDAY)
    assert "Wednesday 3 June: Not counted: the clock stood still." in said
    assert "Wednesday 10 June: 1 working day more were given from here on." in said
    assert sum(step.counted for step in how.reached.steps) == 6


def test_the_ladder_is_laid_against_the_time_by_which_harm_could_occur(cast: Cast) -> None:
    case = opened(cast, horizon_at=TUESDAY + 10 * DAY)
    steps = ladder(Record.load(fresh(case), cast.nurse, TUESDAY))["steps"]
    notes = [s.get("note", "") for s in steps if s["state"] == "next"]
    assert len(notes) == 4
    assert all(note.startswith("If it comes to this: by") for note in notes)
    assert notes[-1] == "If it comes to this: by 10:30am on Friday 12 June at the latest"
    crowded = opened(cast, horizon_at=TUESDAY + timedelta(minutes=50))
    steps = ladder(Record.load(fresh(crowded), cast.nurse, TUESDAY))["steps"]
    assert not any(s.get("note") for s in steps if s["state"] == "next"), "the panel says that it cannot fit"
