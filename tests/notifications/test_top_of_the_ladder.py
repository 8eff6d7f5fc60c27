"""Where no stage stands above, nobody is told to take it further: pages, mails and calendars say what is due there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from accounts.models import User
from cases.clock import sweep
from cases.models import Case, Deadline
from cases.models.deadline import Rule, to_do
from cases.procedures.loading import load_shipped
from cases.workflow import State
from notifications import feeds
from notifications.delivery import compose
from notifications.models import Kind, Message
from tests.cast import TUESDAY, Cast
from tests.notifications.crowd import only
from tests.pages.case_reading import event, facts, look
from tests.pages.desk import accepted
from tests.pages.scene import HOUR, signed_in, words

LOWER = "Settle this or take it further"
DETERMINE = "Settle this or record the determination"
DECIDE = "Settle this or record what was decided"
CHAIR = "Settle this at the chaired meeting"
WHEN = "5pm on Tuesday 9 June"


@pytest.mark.requirement("PK05", "X2")
@pytest.mark.parametrize(
    ("area", "top"),
    [
        ("perth-and-kinross-2019", [DETERMINE, DECIDE]),
        ("perth-and-kinross-2025", [DETERMINE, DECIDE]),
        ("portsmouth", [DECIDE]),
        ("worcestershire", [CHAIR]),
    ],
)
def test_each_published_ladder_says_what_is_due_where_it_ends(area: str, top: list[str]) -> None:
    procedure = load_shipped(area)
    for urgency in procedure.urgencies:
        said = [to_do(Rule.SETTLE, "", procedure, key, urgency.key) for key in procedure.ladder]
        assert said == [LOWER] * (len(said) - len(top)) + top
    assert to_do(Rule.SETTLE, "Sum it up", procedure, procedure.ladder[-1], "standard") == "Sum it up"
    assert to_do(Rule.REPLY, "", procedure, procedure.ladder[-1], "standard") == Rule.REPLY.label


def due(case: Case) -> tuple[Deadline, datetime]:
    """Return the duty to settle a case on its stage, and the instant at which it is due."""
    found = Deadline.objects.get(case=case, rule=Rule.SETTLE, stage=case.current_stage)
    return found, found.due_at


def page(person: User, name: str, at: datetime, *args: Any) -> str:
    with time_machine.travel(at, tick=False):
        return words(signed_in(person).get(reverse(name, args=args)))


@pytest.mark.requirement("PK05")
def test_whoever_determines_reads_so_on_pages_in_mails_and_in_the_calendar(cast: Cast) -> None:
    case = accepted(cast, State.CSWO)
    duty, until = due(case)
    only(Rule.SETTLE)
    sweep(until)

    asked = Message.objects.filter(recipient=cast.cswo, deadline=duty).latest("pk")
    assert asked.kind == Kind.LAPSED
    assert f"\nWhat is needed: {DETERMINE}\nWhen: by {WHEN}\n" in compose(asked).body
    assert f"SUMMARY:Due: {DETERMINE} ({case.reference})" in feeds.calendar_of(cast.cswo, TUESDAY)

    shown = look(cast.cswo, case, until)
    assert facts(shown)["What is due from you?"].startswith(f"{DETERMINE}, was due")
    assert (
        event(shown, "The time ran out")["heading"]
        == f"The time ran out: {DETERMINE[0].lower()}{DETERMINE[1:]}"
    )
    pages = [
        page(cast.cswo, "home", until),
        page(cast.cswo, "inbox", until),
        page(cast.cswo, "case_due", until, case.reference, duty.pk),
        words(shown),
    ]
    for said in pages:
        assert DETERMINE.lower() in said.lower()
        assert LOWER.lower() not in said.lower()


@pytest.mark.requirement("G16")
def test_the_last_stage_is_not_said_to_go_up_before_harm_could_occur(cast: Cast) -> None:
    case = accepted(cast, State.CSWO)
    stage = case.current_stage
    assert stage.due_at is not None
    for horizon, detail in (
        (stage.due_at + HOUR, "This stage is timed to end before then."),
        (
            stage.due_at - HOUR,
            "This stage, the last one, ends too late for that. Make the child safe first, and settle it now.",
        ),
    ):
        case.horizon_at = horizon
        case.save()
        shown = facts(look(cast.cswo, case, TUESDAY + 8 * HOUR))
        assert shown["By when could harm occur?"].endswith(f" | {detail}")
