"""What the four areas of the fixtures need of the service: dates, people and messages, worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from accounts.models import Agency
from accounts.roles import Role
from cases.models import Case, Deadline, Participation
from cases.refusals import NotNow
from notifications.delivery import send_due
from notifications.models import Kind, Message
from tests.cast import TUESDAY, Cast
from tests.factories import member
from tests.procedures.walking import Walk, published

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
#: Far enough not to be due in these cases.
SAFE = {"safety_until": datetime(2026, 8, 1, tzinfo=LONDON)}


def june(day: int, hour: int = 17, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=LONDON)


def due(case: Case, clock: str = "settle") -> datetime:
    return Deadline.objects.get(stage=case.current_stage, clock=clock, ordinal__lt=100).due_at


def test_west_yorkshire_shares_five_days_among_the_steps_still_to_climb(cast: Cast) -> None:
    """From Tuesday 2 June, 10:30: steps 1 to 5 together end on Tuesday 9 June at closing time."""
    walk = Walk(cast, published("west-yorkshire"), changes=SAFE)
    assert june(2, 10, 30) == TUESDAY
    # Step 1 has two working days of its own, and a fifth of what is left: 34.9 hours, so Wednesday evening.
    assert due(walk.case) == june(3)
    walk.at = june(3, 9) - timedelta(minutes=1)
    walk.up()
    # A quarter of what is left from Wednesday 9:00, 38 hours: Thursday 23:00, so in working time.
    assert (walk.case.rung_key, due(walk.case)) == ("step_2", june(4))
    walk.at = june(8, 16) - timedelta(minutes=1)
    walk.up()
    # Three steps share 25 hours from Monday 16:00: the night is none, so what is left of Monday.
    assert (walk.case.rung_key, due(walk.case)) == ("step_3", june(8))
    walk.at = june(9, 16) - timedelta(minutes=1)
    walk.up()
    # Two steps share the last hour: half an hour each, which is the least anybody is given.
    assert (walk.case.rung_key, due(walk.case)) == ("step_4", june(9, 16, 30))
    walk.at = june(10, 9) - timedelta(minutes=1)
    walk.up()
    # The five days are over. Nobody is given less than half an hour.
    assert (walk.case.rung_key, due(walk.case)) == ("step_5", june(10, 9, 30))
    walk.at = june(10, 10) - timedelta(minutes=1)
    walk.up()
    # Step 6 has 14 working days of its own; 15 June is a day off.
    assert (walk.case.rung_key, due(walk.case)) == ("step_6", june(30) + timedelta(days=1))
    assert [d.capped for d in Deadline.objects.filter(case=walk.case, clock="settle").order_by("pk")] == [
        *[True] * 5,
        False,
    ]


def test_west_yorkshire_has_a_track_of_24_hours_beside_it(cast: Cast) -> None:
    walk = Walk(cast, published("west-yorkshire"), "immediate", changes=SAFE)
    assert walk.procedure.track("immediate") == ("step_1", "step_5", "step_6")
    # Three steps share 24 hours: 8 each, and four hours are the limit of step 1.
    assert due(walk.case) == TUESDAY + timedelta(hours=4)
    walk.at = TUESDAY + timedelta(hours=20) - timedelta(minutes=1)
    walk.up()
    assert (walk.case.rung_key, due(walk.case)) == ("step_5", TUESDAY + timedelta(hours=22))


def test_lincolnshire_counts_48_hours_or_two_working_days_whichever_is_later(cast: Cast) -> None:
    friday = Walk(cast, published("lincolnshire"), changes=SAFE, at=june(5, 10))
    assert due(friday.case) == june(9), "48 hours end on Sunday, two working days on Tuesday"
    assert due(friday.case, "receipt") == june(5, 14)


def test_lincolnshire_a_small_agency_is_escalated_for_by_the_one_that_acts_for_it(cast: Cast) -> None:
    practice = Agency.objects.create(
        partnership=cast.partnership,
        name="Mill Lane Practice",
        short_name="Practice",
        represented_by=cast.health,
    )
    doctor = member("Dr Ellis Tarn", Role.PRACTITIONER, practice)
    walk = Walk(cast, published("lincolnshire"), by=doctor, changes=SAFE | {"raising_team_id": None})
    walk.climb("step_3")
    assert (walk.case.raiser, walk.case.raising_agency) == (doctor, practice)
    assert walk.holder == walk.case.current_stage.acting == cast.health_senior
    [part] = Participation.objects.filter(case=walk.case, user=cast.health_senior)
    assert (part.side, part.agency) == ("raising", cast.health)
    assert walk.case.current_stage.opposite == cast.social_work_senior
    walk.settle()
    walk.close()
    assert walk.case.state == "closed"


def test_lincolnshire_is_for_disagreements_between_agencies_alone(cast: Cast) -> None:
    inside = SAFE | {"counterpart": cast.colleague, "counterpart_team_id": cast.health_team.pk}
    with pytest.raises(NotNow, match="for disagreements between agencies"):
        Walk(cast, published("lincolnshire"), changes=inside)
    assert Walk(cast, published("london"), changes=inside).case.receiving_agency == cast.health


def test_lincolnshire_a_pattern_across_several_children_is_taken_up_without_one(cast: Cast) -> None:
    """A case about a theme names no child and no age, and is played to its end like any other."""
    theme = {"subject": "theme", "subject_reference": "", "age_band": ""}
    walk = Walk(cast, published("lincolnshire"), changes=SAFE | theme)
    walk.climb()
    walk.settle()
    walk.close()
    case = walk.again()
    assert (case.subject, case.subject_reference, case.age_band, case.state) == ("theme", "", "", "closed")
    assert walk.way == ["step_1", "step_2", "step_3", "step_4b"]


@pytest.mark.parametrize(
    ("opened", "ends"),
    [
        (
            june(2, 10),
            june(9),
        ),  # five working days from a Tuesday are the next Tuesday; seven days end that midnight
        (
            june(12, 10),
            june(19, 24 - 1, 0) + timedelta(hours=1),
        ),  # 15 June is a day off: seven days are sooner
    ],
)
def test_london_takes_a_working_week_or_seven_days_whichever_is_less(
    cast: Cast, opened: datetime, ends: datetime
) -> None:
    walk = Walk(cast, published("london"), changes=SAFE, at=opened)
    assert due(walk.case) == ends


def test_sefton_tells_the_business_manager_of_stage_2_without_a_way_in(cast: Cast, settings: Any) -> None:
    settings.DEMO_MODE, settings.SEND_MAIL = False, True  # to the test's own outbox
    walk = Walk(cast, published("sefton"), changes=SAFE)
    assert not Message.objects.filter(recipient=cast.cpc_officer).exists(), "not of stage 1"
    walk.climb("stage_2")
    [told] = Message.objects.filter(recipient=cast.cpc_officer)
    assert (told.kind, told.case, told.deadline) == (Kind.STAGE_OUTSIDE, walk.case, None)
    assert not Case.objects.visible_to(cast.cpc_officer).exists()
    Message.objects.exclude(pk=told.pk).delete()
    assert send_due(walk.at + timedelta(days=1)).sent == 1
    [sent] = mail.outbox
    assert sent.to == [cast.cpc_officer.email]
    assert walk.case.reference in sent.subject + sent.body
    assert "http" not in sent.body
    for person in (walk.case.raiser, walk.case.counterpart):
        assert person.full_name not in sent.body


def test_sefton_has_clocks_one_after_the_other_on_the_side_that_receives(cast: Cast) -> None:
    walk = Walk(cast, published("sefton"), changes=SAFE)
    review = Deadline.objects.get(case=walk.case, clock="review")
    assert (review.person, review.due_at) == (cast.social_worker, june(5))
    assert not Deadline.objects.filter(case=walk.case, clock="letter").exists(), "it waits for the review"
