"""What can go wrong while somebody is at a page: each is brought about, and the page that says so is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from playwright.sync_api import Page

from cases.actions import talking
from cases.models import Case
from cases.record.looks import LookNotRecorded, TooManyLooks
from tests.cases.steps import audit
from tests.pages.desk import NOW
from tests.walk.stops import Stop
from tests.walk.world import World

#: Where each trouble comes up: a form that somebody has begun, and the same person's first page.
FORM = Stop("case_step", "nurse", ("case:intention", "step:intention"))
HOME = Stop("home", "nurse", plain="stands without the service behind it")
BOX, BUTTON = "What do you tell the other side?", "Tell them"
WORDS = "I shall go to my manager tomorrow."
#: Called by the view of the first page before anything else.
ASKED = "cases.views.home.person"


@dataclass(frozen=True)
class Trouble:
    """One of them: where it comes up, and what the page then says."""

    name: str
    status: int  # 0 when nothing is answered at all
    says: str
    raised: Exception | None = None  # what the first page meets
    happens: Callable[[Page, World], object] | None = (
        None  # what befalls a form whose words are written but not sent
    )

    @property
    def stop(self) -> Stop:
        """Return where it comes up."""
        return HOME if self.raised else FORM

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Let the first page meet this for a while."""
        with mock.patch(ASKED, side_effect=self.raised):
            yield

    def befalls(self, page: Page, world: World) -> None:
        """Write into the form, let it happen, and press the button."""
        page.get_by_label(BOX).fill(WORDS)
        assert self.happens is not None
        self.happens(page, world)
        page.get_by_role("button", name=BUTTON, exact=True).click()


def _overtaken(page: Page, world: World) -> None:
    case = Case.objects.get(reference=world.part(FORM.parts[0]))
    talking.give_update(case, by=world.cast.social_worker, audit=audit(case, NOW), update="He has rung.")


TROUBLES = (
    Trouble("unreadable", 400, "We could not read what was sent", raised=SuspiciousOperation("unreadable")),
    Trouble("broken", 500, "Something went wrong on our side", raised=RuntimeError("broken")),
    Trouble("closed", 503, "Escalation is closed for a short time", raised=LookNotRecorded("closed")),
    Trouble("too many", 429, "Please wait a little", raised=TooManyLooks("too many")),
    Trouble(
        "signed out",
        401,
        "You have been signed out",
        happens=lambda page, world: page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME),
    ),
    Trouble(
        "open too long",
        403,
        "This page was open too long",
        happens=lambda page, world: page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME),
    ),
    Trouble("overtaken", 409, "Somebody changed this before you", happens=_overtaken),
    Trouble(
        "offline",
        0,
        "Not sent: no connection. Your words are still here.",
        happens=lambda page, world: page.context.set_offline(True),
    ),
)
