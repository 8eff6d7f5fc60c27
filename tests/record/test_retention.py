"""How long things are kept: schedules are data, a hold keeps what is held, and nothing goes by time alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from cases.models import Case, LegalHold, Removal, Rethink
from cases.record import forgetting, retention
from cases.refusals import NotAllowed, NotNow
from escalation.trail.models import REGISTRY, Event
from tests.cast import TUESDAY, Cast
from tests.meetings.room import Room
from tests.record.removing import closed, ended, verified


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[Any]:
    with time_machine.travel(TUESDAY + timedelta(hours=9), tick=False) as clock:
        yield clock


def test_a_hold_keeps_a_case_a_rethink_and_a_concern_and_the_database_says_so_too(cast: Cast) -> None:
    """Nothing on which a legal hold lasts is disposed of: not by the two people, and not past them."""
    keepers: dict[str, Any] = {"by": cast.cswo, "at": TUESDAY}
    room = Room.of(cast)
    rethink, beside = room.held(), room.held()
    Rethink.objects.filter(pk=beside.pk).update(case=closed(cast))
    beside.refresh_from_db()
    concern = ended(cast)
    held: list[tuple[forgetting.Matter, forgetting.Matter]] = [
        (rethink, rethink),
        (concern, concern),
        (beside, Case.objects.get(pk=beside.case_id)),  # it would go with its case
    ]
    for matter, kept in held:
        asked = forgetting.ask_for_case(kept, authority="Schedule 4", **keepers)
        with pytest.raises(NotNow, match="Name the court"):
            forgetting.place_hold(matter, authority=" ", **keepers)
        hold = forgetting.place_hold(matter, authority="The inquiry", **keepers)
        with pytest.raises(NotNow, match="legal hold"):
            forgetting.approve(asked, by=cast.health_lead, at=TUESDAY)
        with pytest.raises(DatabaseError, match="legal hold"), transaction.atomic():
            Removal.objects.filter(pk=asked.pk).update(approved_by=cast.health_lead)
            forgetting._carry_out(asked)
        with pytest.raises(DatabaseError, match="legal hold"), transaction.atomic():
            LegalHold.objects.filter(pk=hold.pk).delete()
        with pytest.raises(NotAllowed):
            forgetting.lift_hold(hold, why="I want to", by=cast.nurse, at=TUESDAY)
        said = io.StringIO()
        call_command("retention", "--holds", stdout=said)
        assert said.getvalue() == f"{hold.pk}: {forgetting.name_of(matter)}, The inquiry, since 2 June 2026\n"
        call_command(
            "retention", "--lift", str(hold.pk), "--why", "It is over", "--by", cast.cswo.email, stdout=said
        )
        forgetting.approve(asked, by=cast.health_lead, at=TUESDAY)
        assert not type(kept)._default_manager.filter(pk=kept.pk).exists()
    found = Event.objects.filter(chain=REGISTRY, verb__in=["hold_placed", "hold_lifted"])
    refs = [f"rethink:{rethink.pk}", f"concern:{concern.pk}", f"rethink:{beside.pk}"]
    assert sorted(found.values_list("object_ref", flat=True)) == sorted(refs * 2)
    assert verified().code == 2


def test_schedules_are_data_and_nothing_goes_by_time_alone(cast: Cast, tuesday: Any) -> None:
    case = closed(cast)
    lay = {
        "trigger": "ended",
        "authority": "Schedule 4 of the council",
        "by": cast.cpc_officer,
        "at": TUESDAY,
    }
    today = date(2100, 1, 1)
    assert (
        list(retention.due_for_review(cast.partnership, today)) == []
    )  # nobody laid anything down: it is kept
    retention.lay_down(cast.partnership, kind="settled", years=10, **lay)
    retention.lay_down(cast.partnership, kind="settled", years=35, agency=cast.health, **lay)
    (due,) = retention.due_for_review(cast.partnership, today)
    assert (due.matter.pk, due.kept_until, due.rule.years, due.held) == (case.pk, date(2061, 6, 2), 35, False)
    assert list(retention.due_for_review(cast.partnership, date(2061, 6, 2))) == []
    assert len(list(retention.due_for_review(cast.partnership, date(2061, 6, 3)))) == 1
    forgetting.place_hold(case, authority="An inquiry", by=cast.cswo, at=TUESDAY)
    assert next(iter(retention.due_for_review(cast.partnership, today))).held
    with pytest.raises(NotAllowed):
        retention.lay_down(cast.partnership, kind="settled", years=1, **lay | {"by": cast.nurse})
    assert Case.objects.filter(pk=case.pk).exists()
    assert Event.objects.filter(chain=REGISTRY, verb="retention_set").count() == 2
    out = io.StringIO()
    call_command("retention", "--at", "2100-01-01", stdout=out)
    assert f"{case.reference}: kept until 2 June 2061" in out.getvalue()
    assert "under a legal hold" in out.getvalue()


def test_the_command_explains_what_it_cannot_do(cast: Cast) -> None:
    with pytest.raises(CommandError, match="There is no case"):
        call_command("retention", "--ask", "222-2222", "--by", cast.cswo.email, "--authority", "x")
