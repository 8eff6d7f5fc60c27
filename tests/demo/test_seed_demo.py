"""The demonstration: everything that the tour shows is there, on whatever day and hour it is seeded."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from accounts.models import Agency, Cover, Membership, User
from accounts.roles import Role
from cases.demo.people import SLUG
from cases.forms.log import AGE_BANDS
from cases.models import Case, CheckBack, Deadline, Entry, Referral
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.workflow import State
from escalation.trail.models import Event

WEDNESDAY = datetime(2026, 6, 3, 10, 20, tzinfo=UTC)
#: Hours at which a story could come out of step.
HOURS = {
    "before opening": datetime(2026, 6, 3, 5, 50, tzinfo=UTC),
    "weekend": datetime(2026, 6, 6, 19, 30, tzinfo=UTC),
    "just past midnight of a holiday": datetime(2026, 1, 2, 0, 20, tzinfo=UTC),
}


def seed(**options: Any) -> str:
    out = io.StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """Seed once for all tests of this file, on a working day; yields what the command said."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(WEDNESDAY, tick=False), override_settings(DEMO_MODE=True):
            said = json.loads(seed(json=True))
        yield said
        transaction.set_rollback(True)


@pytest.fixture
def demo(seeded: dict[str, Any]) -> Iterator[Any]:
    """Return the cases, and take back what one test changes."""
    with (
        time_machine.travel(WEDNESDAY, tick=False),
        override_settings(DEMO_MODE=True),
        transaction.atomic(),
    ):
        yield Case.objects.filter(partnership__slug=SLUG)
        transaction.set_rollback(True)


def test_refused_outside_the_demonstration(demo: Any, settings: Any) -> None:
    settings.DEMO_MODE = False
    with pytest.raises(CommandError, match="DEMO_MODE=true"):
        seed(cases=5)
    assert Case.objects.count() == 16


def test_a_second_run_changes_nothing(demo: Any, seeded: dict[str, Any]) -> None:
    assert seeded == {"created": True, "cases": 16}
    before = (Event.objects.count(), User.objects.count(), Entry.objects.count())
    assert json.loads(seed(json=True)) == {"created": False, "cases": 16}
    assert (Event.objects.count(), User.objects.count(), Entry.objects.count()) == before


def test_with_cases_it_also_generates_some(demo: Any) -> None:
    assert json.loads(seed(json=True, cases=3, seed=3)) == {"created": False, "cases": 19}
    assert "19 cases" in seed(cases=3)


def test_people(demo: Any) -> None:
    held = Membership.objects.filter(partnership__slug=SLUG)
    assert set(held.values_list("role", flat=True)) == {r.value for r in Role if r != Role.INDEPENDENT_CHAIR}
    assert held.values("user").distinct().count() == 30
    assert Cover.objects.get().membership.role == Role.CSWO


def test_agencies(demo: Any) -> None:
    agencies = {a.kind: a for a in Agency.objects.filter(partnership__slug=SLUG)}
    assert set(agencies) == {"health board", "council", "police", "charity", "nursery"}
    nursery = agencies["nursery"]
    managers = Membership.objects.filter(agency=nursery).exclude(role=Role.PRACTITIONER)
    assert nursery.represented_by is not None
    assert not managers.exists()


def test_each_state_and_each_kind_of_disagreement(demo: Any) -> None:
    assert demo.count() == 16
    assert set(demo.values_list("state", flat=True)) == {s.value for s in State}
    kinds = {reason for reasons in demo.values_list("reasons", flat=True) for reason in reasons}
    assert kinds == {r.key for r in demo[0].definition.reasons}
    assert len(kinds) == 5


def test_an_unborn_baby_and_danger_today(demo: Any) -> None:
    unborn = demo.get(subject="unborn_baby")
    assert unborn.horizon_at > WEDNESDAY
    danger = demo.get(urgency="immediate")
    assert (danger.state, danger.child_safe) == (State.CSWO, "no")


def test_one_lapsed_one_due_today(demo: Any) -> None:
    assert [c.subject_reference for c in demo.filter(due_at__lte=WEDNESDAY)] == ["AHS-14-221"]
    today = [c for c in demo.filter(due_at__gt=WEDNESDAY) if timezone.localdate(c.due_at) == WEDNESDAY.date()]
    assert {"AHS-P7-031", "PP-5567"} <= {c.subject_reference for c in today}


def test_two_services_of_one_agency(demo: Any) -> None:
    same = [c for c in demo if c.raising_agency_id == c.receiving_agency_id]
    assert [c.subject_reference for c in same] == ["LT-2210"]
    assert same[0].raising_team_id != same[0].receiving_team_id


def test_one_determined_and_referred(demo: Any) -> None:
    referred = Referral.objects.get().case
    assert referred.state == State.COMMITTEE
    assert Entry.objects.filter(case=referred, kind=Kind.DETERMINATION).count() == 1


def test_one_whose_check_back_failed(demo: Any) -> None:
    failed = CheckBack.objects.get(answer="no").case
    assert (failed.state, failed.current_stage.ordinal) == (State.RESOLUTION, 2)


def test_a_refusal_and_an_independent_view(demo: Any) -> None:
    waiting = Deadline.objects.open().filter(rule__in=[Rule.ANSWER_REFUSAL, Rule.INDEPENDENT_VIEW])
    assert sorted(waiting.values_list("rule", flat=True)) == ["answer_refusal", "independent_view"]


def test_answers_are_those_that_the_form_offers(demo: Any) -> None:
    assert set(demo.values_list("age_band", flat=True)) <= set(AGE_BANDS)
    for case in demo:
        concern = case.entries.get(kind=Kind.CONCERN).texts
        assert len(concern["what"]) > 40
        assert concern["consequence"].endswith(".")


@pytest.mark.parametrize("hour", HOURS.values(), ids=HOURS)
def test_every_story_is_in_order_at_any_hour(db: None, settings: Any, hour: datetime) -> None:
    settings.DEMO_MODE = True
    with time_machine.travel(hour, tick=False):
        seed()
    for case in Case.objects.filter(partnership__slug=SLUG):
        told = list(
            Event.objects.filter(chain=case.chain).order_by("seq").values_list("claimed_at", flat=True)
        )
        assert told == sorted(told), case.subject_reference
        assert told[-1] < hour
        for entry in case.entries.all():
            assert entry.happened_at <= entry.written_at
    assert set(Case.objects.values_list("state", flat=True)) == {s.value for s in State}
