"""Thirty years of keeping, day by day: what is due is due on its day, and nothing under a hold ever goes (bar G6).

All 30 years, 200 records and 50 holds with RECORD_FULL=1; the days around each end otherwise.
"""

from __future__ import annotations

import calendar
import random
import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from cases.models import AgencyConcern
from cases.record import forgetting, retention
from cases.refusals import NotNow
from tests.cast import TUESDAY, Cast
from tests.record.full import PART, count
from tests.record.removing import ended, verified

pytestmark = pytest.mark.django_db
YEARS, KEPT, FIRST = 30, 3, date(2026, 6, 2)


def concerns(cast: Cast, number: int, rng: random.Random) -> list[AgencyConcern]:
    """Return so many concerns that ended on days of 30 years, leap days and both changes of the clock among them."""
    odd = [date(2028, 2, 29), date(2032, 2, 29), date(2027, 3, 28), date(2027, 10, 31), date(2026, 12, 31)]
    row = ended(cast)
    made = [AgencyConcern.objects.get(pk=row.pk)]
    for n in range(number - 1):
        day = odd[n] if n < len(odd) else FIRST + timedelta(days=rng.randrange(365 * (YEARS - KEPT)))
        at = datetime.combine(
            day, time(rng.randrange(24), rng.randrange(60)), timezone.get_current_timezone()
        )
        row.pk, row.reference, row.ended_at = None, f"AC-{9000 + n}", at.astimezone(UTC)
        row.chain = uuid.uuid4()
        row._state.adding = True
        row.save(force_insert=True)
        made.append(AgencyConcern.objects.get(pk=row.pk))
    return made


def last_day(concern: AgencyConcern) -> date:
    """Return the last day on which a concern is kept, counted the slow way."""
    assert concern.ended_at is not None
    day = timezone.localtime(concern.ended_at).date()
    year = day.year + KEPT
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))


def days(wanted: dict[int, date]) -> list[date]:
    """Return every day of the years, or those around each end."""
    whole = [FIRST + timedelta(days=n) for n in range(365 * YEARS + 60)]
    near = {day + timedelta(days=n) for day in wanted.values() for n in (-1, 0, 1)} | {whole[0], whole[-1]}
    return whole if PART >= 1 else [day for day in whole if day in near]


def test_thirty_years_of_keeping(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(30)
    kept = concerns(cast, count(200, 20), rng)
    holding = rng.sample(kept, count(50, 6))
    for concern in holding:
        forgetting.place_hold(concern, authority="The inquiry", by=cast.cswo, at=TUESDAY)
    lay: dict[str, Any] = {
        "trigger": "ended",
        "authority": "Schedule 4",
        "by": cast.cpc_officer,
        "at": TUESDAY,
    }
    retention.lay_down(cast.partnership, kind="concern", years=KEPT, **lay)
    until = {concern.pk: last_day(concern) for concern in kept}
    held, gone, late, refused = {c.pk for c in holding}, dict[int, date](), [], set[int]()
    looked = days(until)
    for today in looked:
        at = datetime.combine(today, time(12), UTC)
        for due in list(retention.due_for_review(cast.partnership, today)):
            assert due.held == (due.matter.pk in held)
            if due.matter.pk in refused:
                continue
            if due.held:
                with pytest.raises(NotNow, match="legal hold"):
                    forgetting.ask_for_case(due.matter, authority="Schedule 4", by=cast.cswo, at=at)
                with pytest.raises(DatabaseError, match="legal hold"), transaction.atomic():
                    forgetting.holds(concern=due.matter.pk).delete()
                refused.add(due.matter.pk)
                continue
            asked = forgetting.ask_for_case(due.matter, authority="Schedule 4", by=cast.cswo, at=at)
            forgetting.approve(asked, by=cast.health_lead, at=at)
            gone[due.matter.pk] = today
        late += [pk for pk, day in until.items() if day < today and pk not in held and pk not in gone]
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{len(looked):,} days of {YEARS} years: {len(gone)} records went, each on the day after its last; "
            f"{len(refused)} under a hold asked for and refused by rule and database"
        )
    assert late == []
    assert gone == {pk: day + timedelta(days=1) for pk, day in until.items() if pk not in held}
    assert refused == held
    assert set(AgencyConcern.objects.filter(ended_at__isnull=False).values_list("pk", flat=True)) == held
    assert verified().code == 2
