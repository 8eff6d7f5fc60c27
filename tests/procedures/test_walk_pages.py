"""Every procedure played in the service's own pages: logged, taken to its last rung, settled, checked back, closed.

Each form is filled in by what it asks, whatever the area; what the pages say must be the area's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.models import Action, Case, CheckBack, Deadline
from cases.models.deadline import Rule
from cases.workflow import State
from escalation.forms import ChoiceCards, DayField, ManyCards, WhenField, YesNoField
from tests import in_place
from tests.cast import TUESDAY, Cast
from tests.pages.desk import address, at, client_of, hidden, on
from tests.procedures.walking import FILES, published

SOON = TUESDAY + timedelta(days=4)
#: Questions that ask for a day still to come; all others ask for one that has passed.
AHEAD = ("safety_until", "asked_review_on")
LEFT_OPEN = ("horizon_at", "horizon_why", "expected_on", "start_why", "no_notice_why")


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(TUESDAY + timedelta(hours=1), tick=False) as clock:
        yield clock


def filled(form: Any) -> dict[str, Any]:
    """Return an answer to every question of a form, by what kind of question it is."""
    given: dict[str, Any] = {}
    for name, field in form.fields.items():
        if field.widget.is_hidden or name in LEFT_OPEN or re.match(r"action_\d", name):
            continue
        match field:
            case YesNoField():
                given[name] = "yes"
            case ManyCards():
                given[name] = [str(value) for value, _ in field.choices]
            case ChoiceCards():
                given[name] = str(next(iter(field.choices))[0])
            case WhenField():
                given |= at(name, SOON if name in AHEAD else TUESDAY)
            case DayField():
                given |= on(name, SOON.date() if name in AHEAD else TUESDAY.date())
            case _ if hasattr(field, "choices"):
                given[name] = str(list(field.choices)[-2][0])
            case _:
                given[name] = "As it was."
    return given


class Desk:
    """People at their browsers, and one case."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.case = cast, Case()
        self.clients: dict[int, Client] = {}

    def client(self, who: User) -> Client:
        return self.clients.setdefault(who.pk, client_of(who))

    def again(self) -> Case:
        self.case = Case.objects.whole().get(pk=self.case.pk)
        return self.case

    def logs(self, who: User, other: User) -> None:
        """Answer page after page of the log, and open it."""
        client = self.client(who)
        for page in ("scope", "about", "what", "safety", "pace", "who"):
            url = reverse("log_page", args=[page])
            search = f"?q={other.full_name.split()[-1]}" if page == "who" else ""
            form = client.get(url + search).context["form"]
            typed = filled(form)
            if page == "scope":
                typed = dict.fromkeys(typed, "no")
            if page == "safety":
                typed["child_safe"] = "yes"
            if page == "pace":
                typed["urgency"] = "standard"
            answer = client.post(url + search, typed)
            assert answer.status_code == 302, (page, answer.context["form"].errors)
        check = client.get(reverse("log_page", args=["check"]))
        token = str(check.context["form"]["form_token"].value())
        client.post(reverse("log_page", args=["check"]), {"form_token": token})
        self.case = Case.objects.get()
        self.again()

    def reads(self, who: User) -> str:
        """Return what the page of the case says to somebody."""
        answer = self.client(who).get(reverse("case", args=[self.case.reference]))
        assert answer.status_code == 200
        return unescape(answer.content.decode())

    def does(self, who: User, step: str, **typed: Any) -> str:
        """Take a step on its page, and return what the page asked."""
        client, url = self.client(who), address(self.again(), step)
        page = client.get(url)
        assert page.status_code == 200, (step, unescape(page.content.decode())[:3000])
        form = page.context["form"]
        answer = client.post(url, {**filled(form), **hidden(page), **typed})
        assert answer.status_code == 302, (step, answer.context and answer.context["form"].errors)
        self.again()
        return unescape(page.content.decode())

    def holder(self) -> User:
        found = self.again().holder
        assert found is not None
        return found


def goes_up(desk: Desk) -> None:
    """Take it from one rung to the next as its pages want it done, and find the area's words on the way."""
    rung, who = desk.again().rung, desk.holder()
    if rung.acknowledge:
        desk.does(who, "accept")
    page = desk.reads(who)
    assert rung.label in page
    assert rung.title[1:] in page  # inside a sentence it begins small
    target = desk.case.next_rung
    assert target is not None
    if rung.state == "line_manager":
        asked = desk.does(who, "manager-view")
    else:
        if rung.intention_notice:
            desk.does(who, "intention")
        asked = desk.does(who, "escalate")
        assert desk.case.definition.words.threshold_question in asked
        assert all(part.question in asked for part in rung.brief)
    assert all(item.label in asked for item in target.checks_on_entry)
    assert desk.again().rung_key == target.key


def settles(desk: Desk) -> None:
    """Settle it on its last rung, with one action."""
    rung, who = desk.again().rung, desk.holder()
    if rung.acknowledge:
        desk.does(who, "accept")
    due = date(2026, 6, 12)
    action = {"action_1_what": "Do it", "action_1_owner": str(who.pk), **on("action_1_due", due)}
    steps = {"cswo": "determine", "committee": "committee-outcome"}
    step = steps.get(rung.state, "agree")
    if rung.kind == "chaired_meeting" or "committee_determined" not in rung.outcomes:
        step = "agree" if step == "committee-outcome" else step
    asked = desk.does(who, step, **action)
    assert all(question.question in asked for question in rung.questions_on_resolve)


def is_followed_up(desk: Desk) -> None:
    """Do what is due, answer both check backs in the area's words, and close."""
    case, procedure = desk.case, desk.case.definition
    while duty := Deadline.objects.open().filter(case=case, rule=Rule.DUTY).select_related("person").first():
        assert duty.label in desk.does(duty.person, "duty", duty=str(duty.pk))
    for action in Action.objects.filter(case=case, status="open").select_related("owner"):
        desk.does(action.owner, "report-action", action=str(action.pk))
    rung = desk.again().rung
    for asked in CheckBack.objects.filter(case=case, answer="").select_related("asked_of").order_by("-round"):
        first = asked.round == CheckBack.Round.UNDERSTOOD
        page = desk.does(asked.asked_of, "check-understood" if first else "check-done")
        backs = procedure.checkbacks
        assert (backs.understood if first else backs.done).question in page
        assert all(item.label in page for item in rung.checks_back if item.round == asked.round)
    if Deadline.objects.open().filter(case=case, rule=Rule.ACKNOWLEDGE).exists():
        desk.does(desk.cast.nurse, "acknowledge")
    page = desk.does(desk.holder(), "close")
    assert procedure.debrief.question in page
    assert procedure.family_question.question in page


@pytest.mark.parametrize("name", list(FILES))
def test_played_in_its_own_pages_from_log_to_closed(cast: Cast, name: str) -> None:
    version = published(name)
    in_place.adopt(cast.partnership, version, from_date=date(2026, 1, 1), reason="for this walk")
    desk = Desk(cast)
    desk.logs(cast.nurse, cast.social_worker)
    assert desk.case.procedure == version
    start = version.definition.first_rung.key
    if desk.case.rung_key != start:
        pytest.fail(f"it began on {desk.case.rung_key}")
    while desk.again().next_rung is not None:
        goes_up(desk)
    assert desk.case.rung_key == version.definition.track("standard")[-1]
    settles(desk)
    is_followed_up(desk)
    assert desk.again().state == State.CLOSED
    assert version.definition.outcome_label(desk.case.outcome) in desk.reads(cast.nurse)
