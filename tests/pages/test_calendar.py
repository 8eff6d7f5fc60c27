"""The calendar's pages: what a change would move is shown first, then made, recorded and listed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.urls import reverse

from cases import deadlines
from cases.calendars import calendar_for
from cases.clock import sweep
from cases.models import ClosedDay, Deadline, OpeningHours, Reprojection
from escalation.trail.models import REGISTRY, Event
from tests.cast import TUESDAY, Cast, opened
from tests.pages.scene import signed_in, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday")]
DAY = {
    "day_day": "5",
    "day_month": "6",
    "day_year": "2026",
    "name": "Local holiday",
    "whose": "",
    "kind": "closed",
    "opens": "",
    "closes": "",
    "reason": "The council closes.",
}
CONFIRMED = {"confirmed": "on"}
FIFTH = datetime.fromisoformat("2026-06-09T16:00:00+00:00")


@pytest.fixture
def tuesday(time_machine: Any) -> None:
    time_machine.move_to(TUESDAY, tick=False)


def settle(case: Any) -> Deadline:
    return Deadline.objects.get(case=case, rule="settle")


def test_it_shows_hours_days_and_where_each_came_from(cast: Cast) -> None:
    said = words(signed_in(cast.administrator).get(reverse("calendar")))
    assert "Monday Hours 9am to 5pm" in said
    assert "Saturday Hours Closed" in said
    # The Scottish day of 2026 alone.
    assert "Monday 15 June" in said
    assert "Holidays package 0.109, Scotland" in said
    assert "run out" not in said


def test_it_warns_when_the_holidays_run_out_within_a_year(cast: Cast, time_machine: Any) -> None:
    time_machine.move_to(datetime.fromisoformat("2028-01-02T10:00:00+00:00"))
    said = words(signed_in(cast.administrator).get(reverse("calendar")))
    assert "public holidays are known until 31 December 2028" in said


def test_only_administrators_see_it(cast: Cast) -> None:
    names = ["calendar", "calendar_add_day", "calendar_hours", "calendar_fill"]
    for name in names:
        assert signed_in(cast.nurse).get(reverse(name)).status_code == 403
    row = ClosedDay.objects.first()
    assert row is not None
    assert signed_in(cast.nurse).post(reverse("calendar_day", args=[row.pk])).status_code == 403


def test_a_day_is_shown_with_what_it_moves_and_then_closed(cast: Cast) -> None:
    case, client = opened(cast), signed_in(cast.administrator)
    first = client.post(reverse("calendar_add_day"), DAY)
    said = words(first)
    assert "3 open dates would move" in said
    assert "Settle this or take it further Until now 5pm on Tuesday 9 June" in said
    assert case.reference not in said, "administrators see no case"
    assert (ClosedDay.objects.filter(date=date(2026, 6, 5)).count(), Reprojection.objects.count()) == (0, 0)
    assert settle(case).due_at == FIFTH

    assert client.post(reverse("calendar_add_day"), DAY | CONFIRMED).url == reverse("calendar")
    row = ClosedDay.objects.get(date=date(2026, 6, 5))
    assert (row.name, row.source, row.opens) == (
        "Local holiday",
        "set locally by Anders Blair on 2 June 2026",
        None,
    )
    event = Event.objects.filter(chain=REGISTRY).latest("seq")
    assert (event.verb, event.actor_id) == ("calendar_day_set", cast.administrator.pk)
    assert sweep(TUESDAY).moved == 3
    assert settle(case).due_at == FIFTH + timedelta(days=1)
    change = Reprojection.objects.get()
    said = words(client.get(reverse("calendar_change", args=[change.pk])))
    assert "The council closes." in said
    assert case.reference not in said
    assert (
        "Settle this or take it further Before 5pm on Tuesday 9 June After 5pm on Wednesday 10 June" in said
    )
    assert "Dates moved" in words(client.get(reverse("calendar")))
    strange = client.get(reverse("calendar_change", args=[change.pk]), {"page": "9" * 30})
    assert "Settle this or take it further" in words(strange), "the last page there is"
    assert all(version < 1_000 for *_, version in deadlines._in_force), "nothing is kept of a rehearsal"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"name": ""}, "Say what this day is called"),
        ({"day_day": "31"}, "The day must be a real date"),
        ({"day_year": "2025"}, "today or in the future"),
        ({"kind": "hours"}, "Enter when it opens"),
        ({"kind": "hours", "opens": "1pm", "closes": "9am"}, "The day must close after it opens"),
        ({"reason": ""}, "Say why"),
    ],
)
def test_a_day_with_something_wrong_is_given_back(cast: Cast, answers: dict[str, str], why: str) -> None:
    page = signed_in(cast.administrator).post(reverse("calendar_add_day"), DAY | CONFIRMED | answers)
    assert page.status_code == 200
    assert why in words(page)
    assert not ClosedDay.objects.filter(date=date(2026, 6, 5)).exists()


def test_a_day_of_one_agency_moves_no_date(cast: Cast) -> None:
    opened(cast)
    answers = DAY | {"whose": str(cast.health.pk)}
    client = signed_in(cast.administrator)
    assert "No open date would move" in words(client.post(reverse("calendar_add_day"), answers))
    client.post(reverse("calendar_add_day"), answers | CONFIRMED)
    assert not calendar_for(cast.partnership.pk, cast.health.pk).is_working_day(date(2026, 6, 5))
    assert calendar_for(cast.partnership.pk).is_working_day(date(2026, 6, 5))


def test_a_public_holiday_that_is_worked_stays_a_row_so_that_no_list_closes_it_again(cast: Cast) -> None:
    row = ClosedDay.objects.get(partnership=cast.partnership, date=date(2026, 6, 15))
    client, where = signed_in(cast.administrator), reverse("calendar_day", args=[row.pk])
    assert "Let Monday 15 June 2026 be as every Monday" in words(client.get(where))
    client.post(where, {"reason": "We work.", **CONFIRMED})
    row.refresh_from_db()
    assert (row.opens, row.closes) == (time(9), time(17))
    client.post(reverse("calendar_fill"), {"year": "2028", **CONFIRMED})
    assert calendar_for(cast.partnership.pk).is_working_day(date(2026, 6, 15))


def test_the_hours_of_a_week_are_changed(cast: Cast) -> None:
    case, client = opened(cast), signed_in(cast.administrator)
    week = {f"opens_{n}": "8:30am" for n in range(5)} | {f"closes_{n}": "4:30pm" for n in range(5)}
    week |= {f"{what}_{n}": "" for n in (5, 6) for what in ("opens", "closes")}
    answers = week | {"reason": "New hours."}
    assert "3 open dates would move" in words(client.post(reverse("calendar_hours"), answers))
    client.post(reverse("calendar_hours"), answers | CONFIRMED)
    assert set(OpeningHours.objects.filter(agency=None).values_list("opens", "closes")) == {
        (time(8, 30), time(16, 30))
    }
    sweep(TUESDAY)
    assert settle(case).due_at == FIFTH - timedelta(minutes=30)
    half = answers | {"closes_2": ""}
    assert "Enter both times for Wednesday, or neither" in words(client.post(reverse("calendar_hours"), half))
    nothing = {key: "" for key in week} | {"reason": "x", **CONFIRMED}
    assert "Give hours for at least one day" in words(client.post(reverse("calendar_hours"), nothing))


def test_another_partnerships_days_and_changes_are_not_found(cast: Cast) -> None:
    from accounts.models import Partnership

    other = Partnership.objects.exclude(pk=cast.partnership.pk).first()
    row = ClosedDay.objects.create(partnership=other, date=date(2026, 6, 5), name="x", source="x")
    client = signed_in(cast.administrator)
    assert client.get(reverse("calendar_day", args=[row.pk])).status_code == 404
    assert client.get(reverse("calendar_agency_hours", args=[cast.stranger.agency_id])).status_code == 404
