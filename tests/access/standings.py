"""The situations of tests/access/steps.txt: how each case came to stand where it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db.models import F

from accounts.models import User
from cases.actions import chairing, climbing, managing, pace, settling
from cases.models import Case, Participation
from cases.models.participation import Relation, Side
from cases.workflow import State
from tests.cases.steps import audit, case_at, close, determined, fresh
from tests.cast import TUESDAY, Cast, opened
from tests.meetings.panel import Panel
from tests.pages.desk import HOUR, accepted, advice_asked, checked_back, declined, referred, told, view_asked

#: When everybody looks: on Tuesday evening, before anything is due.
EVENING = TUESDAY + 12 * HOUR
LATE = TUESDAY + timedelta(days=60)


def _told(cast: Cast, case: Case) -> Case:
    by = case.holder
    assert by is not None
    climbing.notify_intention(case, by=by, audit=audit(case, TUESDAY + 10 * HOUR), message="I go on.")
    return fresh(case)


def _senior_declined(cast: Cast) -> Case:
    case = accepted(cast, State.SENIOR_MANAGERS)
    managing.decline(
        case,
        by=cast.health_senior,
        audit=audit(case, TUESDAY + 10 * HOUR),
        why="The joint visit has settled it.",
        feedback="The visit did what you asked for.",
    )
    return fresh(case)


def _stand_in(cast: Cast) -> Case:
    case = accepted(cast, State.LINE_MANAGER)
    _joins(case, cast, "health_senior", Relation.SENIOR_MANAGER, Side.RAISING)
    Case.objects.filter(pk=case.pk).update(stand_in=cast.health_senior)
    return fresh(case)


def _danger(case: Case) -> Case:
    Case.objects.filter(pk=case.pk).update(urgency="immediate", version=F("version") + 1)
    return fresh(case)


def _decider_stands_in(cast: Cast) -> Case:
    """The time of the chief officer's stage ran out, and a senior manager stands in: who decides nothing alone."""
    case = accepted(cast, State.CSWO)
    Case.objects.filter(pk=case.pk).update(stand_in=cast.health_senior)
    return fresh(case)


def _convened(cast: Cast) -> Case:
    panel = Panel.of(cast)
    chair = User.objects.get(full_name="Tavish Row")
    chairing.convene(
        panel.case,
        panel.convening(chair=chair),
        by=cast.cpc_officer,
        audit=audit(panel.case, TUESDAY + 5 * HOUR),
    )
    return fresh(panel.case)


def _conflict(cast: Cast) -> Case:
    case = accepted(cast, State.CSWO)
    _joins(case, cast, "cswo", Relation.SENIOR_MANAGER, Side.RECEIVING, ended_at=EVENING)
    return fresh(case)


def _joins(
    case: Case, cast: Cast, name: str, relation: str, side: str, ended_at: datetime | None = None
) -> None:
    person = getattr(cast, name)
    Participation.of(
        case,
        user=person,
        agency_id=person.agency_id,
        relation=relation,
        side=side,
        started_at=TUESDAY,
        ended_at=ended_at,
    ).save()


def _extended(cast: Cast) -> Case:
    case = opened(cast)
    pace.extend(case, by=cast.nurse, audit=audit(case, TUESDAY + HOUR), amount=1, reason="A visit on Friday.")
    return fresh(case)


def _paused(cast: Cast) -> Case:
    case = opened(cast)
    pace.pause(
        case,
        by=cast.nurse,
        audit=audit(case, TUESDAY + HOUR),
        resumes_on=date(2026, 6, 5),
        reason="Both wait for the paediatrician.",
    )
    return fresh(case)


def _agreed(cast: Cast) -> Case:
    case = opened(cast)
    settling.agree(
        case,
        by=cast.nurse,
        audit=audit(case, TUESDAY + 2 * HOUR),
        agreement="Joint visit this week.",
        actions=[settling.NewAction("Joint visit", cast.police_officer, date(2026, 6, 4))],
    )
    return fresh(case)


def _closed(cast: Cast) -> Case:
    case = checked_back(cast)
    close(case, cast.nurse, EVENING)
    return fresh(case)


def _withdrawn(cast: Cast) -> Case:
    case = opened(cast)
    settling.withdraw(case, by=cast.nurse, audit=audit(case, TUESDAY + HOUR), statement="The child is safe.")
    return fresh(case)


def _diverted(cast: Cast) -> Case:
    case = accepted(cast, State.LINE_MANAGER)
    settling.divert(
        case,
        by=cast.nurse_manager,
        audit=audit(case, TUESDAY + 9 * HOUR),
        route="complaints",
        reason="It is about conduct.",
        feedback="Complaints take it from here.",
    )
    return fresh(case)


STANDINGS: dict[str, Callable[[Cast], Case]] = {
    "resolution": opened,
    "resolution-told": told,
    "resolution-danger": lambda c: opened(c, urgency="immediate", child_safe="no"),
    "resolution-urgent": lambda c: opened(c, urgency="urgent"),
    "resolution-unsure": lambda c: opened(c, child_safe="unsure"),
    "resolution-advice": advice_asked,
    "resolution-late": opened,
    "resolution-extended": _extended,
    "resolution-paused": _paused,
    "line": lambda c: case_at(c, State.LINE_MANAGER),
    "line-accepted": lambda c: accepted(c, State.LINE_MANAGER),
    "line-stand-in": _stand_in,
    "line-declined": declined,
    "line-view-asked": view_asked,
    "managers": lambda c: case_at(c, State.MANAGERS),
    "managers-told": lambda c: _told(c, case_at(c, State.MANAGERS)),
    "senior": lambda c: case_at(c, State.SENIOR_MANAGERS),
    "senior-accepted": lambda c: accepted(c, State.SENIOR_MANAGERS),
    "senior-told": lambda c: _told(c, accepted(c, State.SENIOR_MANAGERS)),
    "senior-declined": _senior_declined,
    "cswo": lambda c: case_at(c, State.CSWO),
    "cswo-accepted": lambda c: accepted(c, State.CSWO),
    "cswo-conflict": _conflict,
    "committee": referred,
    "agreed": _agreed,
    "determined": determined,
    "closed": _closed,
    "withdrawn": _withdrawn,
    "diverted": _diverted,
    "panel": lambda c: Panel.of(c).case,
    "panel-convened": _convened,
    "panel-decides": lambda c: Panel.of(c, outcomes='outcomes = ["committee_determined"]').case,
    "managers-danger": lambda c: _danger(case_at(c, State.MANAGERS)),
    "senior-danger": lambda c: _danger(case_at(c, State.SENIOR_MANAGERS)),
    "cswo-stand-in": _decider_stands_in,
}


def when(name: str) -> datetime:
    """Return the instant at which people look at a situation."""
    return LATE if name == "resolution-late" else EVENING
