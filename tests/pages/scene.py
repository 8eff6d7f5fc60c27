"""Cases as people meet them on the home page and on the page of a case, for the tests of both."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from cases.actions import following, managing, settling, talking
from cases.models import Case, Entry
from cases.models.entry import Kind
from cases.workflow import State
from tests.cases.steps import POSITION, audit, case_at, fresh, tell_and_escalate
from tests.cast import TUESDAY, Cast

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OTHER_POSITION = {
    "seen": "One visit in May. The child was well dressed and lively.",
    "view": "The threshold for assessment is not met.",
    "impact": "Help from the school is enough for now.",
}


def both_positions(case: Case, cast: Cast, at: datetime = TUESDAY) -> None:
    """Let both sides give their position, then write down what they agree on."""
    talking.give_position(case, by=cast.nurse, audit=audit(case, at + HOUR / 2), position=POSITION)
    talking.give_position(
        case, by=cast.social_worker, audit=audit(case, at + HOUR / 2), position=OTHER_POSITION
    )
    talking.set_common_ground(
        case,
        by=cast.nurse,
        audit=audit(case, at + HOUR / 2),
        agreed_facts="The child missed nine days of school.",
        disputed_facts="Whether there is enough food at home.",
        missing_facts="What the father thinks.",
        question="Is the threshold for an assessment met?",
    )


def withdrawn_by_nurse(cast: Cast, **changes: Any) -> Case:
    """Return a case that the nurse withdrew."""
    from tests.cast import opened

    case = opened(cast, **changes)
    settling.withdraw(case, by=cast.nurse, audit=audit(case, TUESDAY), statement="Safe now.")
    return fresh(case)


def long_case(cast: Cast, *, updates: int = 0) -> Case:
    """Return a case with some of everything: late entry, correction, positions, determination, actions."""
    from tests.cast import opened

    case = opened(cast, horizon_at=TUESDAY + 20 * DAY, horizon_why="School holidays begin.")
    talking.record_contact(
        case,
        by=cast.nurse,
        audit=audit(case, TUESDAY + HOUR / 4),
        happened_at=TUESDAY - 3 * DAY,
        method="telephone",
        people="Callum Petrie",
        discussed="The three visits.",
        result="No change of view.",
    )
    contact = Entry.objects.get(case=case, kind=Kind.CONTACT)
    talking.correct_entry(
        case,
        by=cast.nurse,
        audit=audit(case, TUESDAY + HOUR / 3),
        entry=contact,
        correction="It was two visits.",
    )
    both_positions(case, cast)
    for number in range(updates):
        talking.give_update(
            case,
            by=cast.social_worker,
            audit=audit(case, TUESDAY + HOUR / 2),
            update=f"News {number} of the day.",
        )
    tell_and_escalate(case, cast.nurse, TUESDAY + HOUR)
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, TUESDAY + 2 * HOUR))
    managing.support(
        case,
        by=cast.nurse_manager,
        audit=audit(case, TUESDAY + 3 * HOUR),
        discussion="We went through the visits.",
        why="The pattern is clear.",
        feedback="I support you and will meet Tara Munro.",
    )
    following.acknowledge(case, by=cast.nurse, audit=audit(case, TUESDAY + 3 * HOUR), reply="Thank you.")
    tell_and_escalate(case, cast.nurse_manager, TUESDAY + 4 * HOUR)
    managing.accept(case, by=cast.health_senior, audit=audit(case, TUESDAY + 5 * HOUR))
    tell_and_escalate(case, cast.health_senior, TUESDAY + 6 * HOUR)
    managing.accept(case, by=cast.cswo, audit=audit(case, TUESDAY + 7 * HOUR))
    settling.determine(
        case,
        by=cast.cswo,
        audit=audit(case, TUESDAY + 8 * HOUR),
        question="Is the threshold for an assessment met?",
        decision="Yes: an assessment starts this week.",
        reasons="Both visits and the school's record show the same.",
        told="Both managers and both practitioners.",
        actions=[
            settling.NewAction("Start the assessment", cast.social_worker, date(2026, 6, 5)),
            settling.NewAction("Visit with the social worker", cast.nurse, date(2026, 6, 9)),
        ],
        feedback="Your concern was upheld.",
    )
    return fresh(case)


def words(response: HttpResponse) -> str:
    """Return the main part of a page as a reader meets it: words alone, one space between them."""
    page = response.content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def signed_in(person: User) -> Client:
    """Return a browser in which this person is signed in."""
    client = Client()
    client.force_login(person)
    return client


__all__ = [
    "DAY",
    "HOUR",
    "OTHER_POSITION",
    "State",
    "both_positions",
    "case_at",
    "long_case",
    "signed_in",
    "words",
]
