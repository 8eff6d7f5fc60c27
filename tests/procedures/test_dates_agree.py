"""What the what-if page says is due when is what the service makes due in a case: one arithmetic, two ways to it (G16).

DATES sets how many beginnings are tried: a dozen with `make test`, hundreds at night (DATES=400).
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cases.actions import following
from cases.audit import Audit
from cases.deadlines import LEAST, calendar_of, in_force
from cases.models import Deadline
from cases.models.deadline import Rule
from cases.projecting import DutyAhead, project
from tests.cast import Cast
from tests.procedures.walking import FILES, MINUTE, Walk, published

DATES = int(os.environ.get("DATES", "12"))
MONDAY = datetime(2026, 3, 23, tzinfo=UTC)
SAFE = {"safety_until": datetime(2028, 1, 1, tzinfo=UTC), "happened_at": None}


def do_when_due(walk: Walk, ahead: dict[str, DutyAhead]) -> None:
    """Do what only this procedure asks for on a stage at the very instant it is due, so that what follows begins."""
    while True:
        open_ones = Deadline.objects.open().filter(
            case=walk.case, stage=walk.case.current_stage, rule=Rule.DUTY
        )
        followed = {d.clock.follows for d in ahead.values()}
        duty = open_ones.filter(clock__in=[f for f in followed if f]).order_by("due_at").first()
        if duty is None or ahead[duty.clock].clock.ends_by != "saying_so":
            return
        walk.again()
        audit = Audit(duty.due_at, version=walk.case.version)
        following.do_duty(walk.case, by=duty.person, audit=audit, duty=duty, how="Done.", done_at=duty.due_at)


def compared(walk: Walk, begins: datetime, horizon: datetime | None) -> int:
    """Climb to the top, everybody at the last moment; return how many dates were compared on the way."""
    walk.again()
    procedure, calendar = in_force(walk.version, walk.case.partnership), calendar_of(walk.case.partnership)
    count = 0
    for rung in project(procedure, walk.urgency, begins, calendar, horizon).rungs:
        ahead = {duty.clock.key: duty for duty in rung.duties}
        if "acknowledge" in ahead:
            walk.at = ahead["acknowledge"].due.at - MINUTE
            walk.accept()
        do_when_due(walk, ahead)
        stage = walk.again().current_stage
        assert (stage.rung_key, stage.entered_at) == (rung.rung.key, rung.starts)
        made = Deadline.objects.filter(stage=stage).exclude(clock="").values_list("clock", "due_at", "capped")
        for clock, due_at, capped in made:
            due = ahead[clock].due
            assert (clock, due_at, capped) == (clock, due.at, due.capped), (walk.version.key, rung.rung.key)
            # Whoever is asked at the very end of a stage still has the least time to act.
            ends = max(rung.ends, due.starts + LEAST) if due.starts else rung.ends
            assert ahead[clock].clock.lasts or due_at <= ends, "nothing of a stage is due after it"
            count += 1
        if walk.case.next_rung is not None:
            walk.at = rung.ends - 2 * MINUTE
            walk.tell()
            walk.at = rung.ends - MINUTE
            walk.up()
    return count


@pytest.mark.requirement("G16")
@pytest.mark.django_db
def test_what_if_and_a_case_come_to_the_same_dates(cast: Cast) -> None:
    versions = {name: published(name) for name in FILES}
    tried: list[int] = []

    @settings(
        max_examples=DATES,
        deadline=None,
        database=None,
        derandomize=DATES <= 12,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if DATES > 12 else [Phase.generate],
    )
    @given(
        name=st.sampled_from(sorted(versions)),
        urgency=st.sampled_from(["standard", "urgent", "immediate"]),
        minutes=st.integers(0, 30 * 24 * 60),
        horizon=st.none() | st.integers(1, 40 * 24),
    )
    def beginnings(name: str, urgency: str, minutes: int, horizon: int | None) -> None:
        version = versions[name]
        if urgency not in [u.key for u in version.definition.urgencies]:
            return
        begins = MONDAY + timedelta(minutes=minutes)
        harm = None if horizon is None else begins + timedelta(hours=horizon)
        with transaction.atomic():
            changes = SAFE | {"happened_at": begins, "horizon_at": harm}
            walk = Walk(cast, version, urgency, changes=changes, at=begins)
            tried.append(compared(walk, begins, harm))
            transaction.set_rollback(True)

    beginnings()
    assert len(tried) >= DATES / 2
    assert sum(tried) >= 5 * len(tried), f"{sum(tried)} dates of {len(tried)} cases agreed"
