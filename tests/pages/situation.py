"""What a situation is, and what several of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from accounts.roles import Role
from cases.actions import pace
from cases.audit import Audit
from cases.models import Case
from tests.cast import Cast, opened
from tests.factories import member
from tests.meetings.panel import Panel
from tests.pages.desk import (
    HOUR,
    NOW,
    Typed,
)

BRIEF = {
    "brief_concerns": "The child was hungry on three visits.",
    "brief_consequences": "The child's health is likely to suffer.",
    "brief_steps": "2 June: telephone. No agreement.",
    "brief_other_position": "They see the threshold as not met.",
}
SELF_CHECK = {f"check_{key}": "yes" for key in ("said_clearly", "tried_directly", "asked_manager")}
NEXT_WEEK = date(2026, 6, 10)


@dataclass(frozen=True)
class Situation:
    """A step that may be taken: the case, who takes it, who is refused, what is typed, and what may not be missing."""

    case: Callable[[Cast], Case]
    by: str
    typed: Callable[[Cast, Case], Typed] = field(repr=False)
    missing: str  # a field without which the form is refused
    refused: str = ""  # somebody in the case who may not; without one everybody in it may
    state: str = ""  # where the case stands afterwards
    duties: tuple[tuple[str, str], ...] = ()  # duties that are there afterwards
    gone: tuple[tuple[str, str], ...] = ()  # duties that are no longer open afterwards


def paused(cast: Cast) -> Case:
    case = opened(cast)
    pace.pause(
        case,
        by=cast.nurse,
        audit=Audit(NOW, version=case.version),
        resumes_on=NOW.date() + timedelta(days=3),
        reason="The report comes then.",
    )
    return case


def words(**words: Any) -> Callable[[Cast, Case], Typed]:
    return lambda cast, case: words


def before_the_panel(cast: Cast) -> Case:
    return Panel.of(cast).case


def after_the_panel(cast: Cast) -> Case:
    return Panel.of(cast).convened(meets_at=NOW - HOUR).case


def with_a_coordinator(cast: Cast) -> Case:
    member("Roisin Keel", Role.RETHINK_COORDINATOR, cast.partnership, agency=cast.education)
    return opened(cast)
