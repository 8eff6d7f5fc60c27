"""The world of the walk: a case for each step that can be taken, and one of everything else that has a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock

from accounts import actions
from accounts.actions import resets
from accounts.models import Membership, User
from accounts.roles import Role
from accounts.sign_in import resetting
from cases import glass
from cases.actions import calendar, raising
from cases.audit import Audit
from cases.learning import items
from cases.models import (
    Case,
    ChairedMeeting,
    ClosedDay,
    Deadline,
    Entry,
    ReflectiveAccount,
    Reprojection,
    SavedSearch,
)
from cases.procedures.local import open_limits
from cases.record import forgetting, reviewing, wishing
from cases.reports import making, papers
from cases.reports.base import Period
from tests import factories
from tests.cast import TUESDAY, Cast, make_cast, opened
from tests.factories import cover, member
from tests.meetings import panel
from tests.meetings.room import Room
from tests.pages import situation
from tests.pages.desk import HOUR, NOW
from tests.pages.situations import SITUATIONS
from tests.sign_in.proof import with_app

STAFF = "Name,Email,Job,Team,Role\nIsla Newton,isla.newton@example.org,Midwife,,Practitioner\n"


@dataclass
class World:
    """Everybody by name, and what stands in addresses: `case:escalate` is the case whose next step that is."""

    cast: Cast
    people: dict[str, User]
    places: dict[str, Any]

    def person(self, name: str) -> User:
        """Return somebody of the cast, or of those who were added."""
        return self.people.get(name) or getattr(self.cast, name)

    def part(self, word: str) -> Any:
        """Return what a word of a stop stands for in an address: itself, when it stands for nothing else."""
        return self.places.get(word, word.removeprefix("step:"))


def make_world() -> World:
    """Make the world. Call it at `NOW` of tests.pages.desk, with the clock standing still."""
    cast = make_cast()
    people: dict[str, User] = {}

    def once(name: str, *args: Any, **more: Any) -> User:
        """Two situations bring the same chair: hire each person once."""
        if name not in people:
            people[name] = factories.member(name, *args, **more)
        return people[name]

    places: dict[str, Any] = {}
    with mock.patch.object(situation, "member", once), mock.patch.object(panel, "member", once):
        for key, now in SITUATIONS.items():
            places[f"case:{key}"] = now.case(cast).reference
    world = World(cast, people, places)
    with mock.patch("tests.meetings.room.member", once):
        room = Room.of(cast)
    people |= {
        "chair": people["Ivor Strand"],
        "coordinator": room.coordinator,
        "facilitator": room.facilitator,
        "newcomer": factories.UserFactory(full_name="Yusuf Noll", agency=cast.health),
        "foreign": member(
            "Otto Blane", Role.ADMINISTRATOR, cast.stranger.agency.partnership, agency=cast.stranger.agency
        ),
    }
    _cases(world)
    _rethinks(world, room)
    _offices(world)
    _records(world)
    _learning(world)
    _signing_in(world)
    return world


def _cases(world: World) -> None:
    cast, places = world.cast, world.places
    case = opened(cast)
    places["duty"] = Deadline.objects.filter(case=case).order_by("pk")[0].pk
    places["case"] = case.reference
    long_ago = NOW - timedelta(days=30)
    at_that_time = {"happened_at": long_ago - HOUR, "safety_until": NOW + 5 * timedelta(days=1)}
    places["case:lapsed"] = opened(cast, at=long_ago, **at_that_time).reference
    seen = Case.objects.get(reference=places["case:divert"])
    places["look"] = glass.open_case(
        seen.reference, by=cast.social_work_lead, reason="The duty team asks about tonight.", at=NOW
    ).pk
    places["looked"] = seen.reference
    places["panel"] = ChairedMeeting.objects.get(case__reference=places["case:record-meeting"]).reference
    concern = raising.raise_concern(
        by=cast.nurse,
        about=cast.police,
        families=["information"],
        words="Reports of visits reach us three weeks late.",
        audit=Audit(TUESDAY),
    )
    places["concern"] = concern.reference
    decided = raising.raise_concern(
        by=cast.nurse,
        about=cast.education,
        families=["timescale"],
        words="Nobody rings back before the bell.",
        audit=Audit(TUESDAY),
    )
    raising.decide(
        decided,
        by=cast.health_lead,
        audit=Audit(TUESDAY + HOUR),
        decision="with_the_agency",
        reasons="The midwives say the same.",
        told="I have raised it with the head of service.",
        follow_up_on=date(2026, 6, 3),
    )
    places["concern:decided"] = decided.reference


def _rethinks(world: World, room: Room) -> None:
    places = world.places
    places["rethink:asked"] = room.asked().reference
    places["rethink:arranged"] = room.arranged().reference
    places["rethink:met"] = room.arranged(meets_at=TUESDAY + 5 * HOUR).reference
    places["rethink:held"] = room.held().reference


def _offices(world: World) -> None:
    cast, places = world.cast, world.places
    held = Membership.objects.get(user=cast.teacher)
    places["role"] = held.pk
    places["deputy"] = cover(held, cast.education_manager).pk
    places["person"], places["agency"], places["version"] = (
        cast.teacher.pk,
        cast.education.pk,
        cast.procedure.pk,
    )
    places["request"] = actions.request_role(
        person=cast.teacher,
        role=Role.LINE_MANAGER,
        place=cast.school_team,
        by=cast.second_administrator,
        at=NOW,
    ).pk
    places["list"] = actions.propose_staff_list(
        agency=cast.education, text=STAFF, by=cast.second_administrator, at=NOW
    ).pk
    resets.ask_for_reset(
        person=with_app(cast.social_work_lead),
        checked="I rang her manager",
        by=cast.second_administrator,
        at=NOW,
    )
    places["locked out"] = with_app(cast.education_manager).pk
    places["invitation"] = _invited("Ina Forrest", world, NOW)
    places["limit"] = sorted(open_limits(cast.procedure.definition))[0]
    calendar.set_day(
        cast.partnership,
        day=date(2026, 6, 5),
        name="Local holiday",
        hours=None,
        reason="The council has set it.",
        by=cast.administrator,
        at=NOW,
    )
    places["change"] = Reprojection.objects.filter(partnership=cast.partnership).latest("pk").pk
    places["day"] = ClosedDay.objects.filter(partnership=cast.partnership).order_by("pk")[0].pk


def _invited(name: str, world: World, at: datetime) -> str:
    person = actions.add_person(
        agency=world.cast.health,
        full_name=name,
        email=f"{name.split(maxsplit=1)[0].lower()}@example.org",
        job_title="",
        by=world.cast.administrator,
        at=at,
    )
    return actions.invite(person=person, by=world.cast.administrator, at=at)


def _records(world: World) -> None:
    cast, places = world.cast, world.places
    case = Case.objects.get(reference=places["case"])
    entry = Entry.objects.filter(case=case, kind="concern")[0]
    forgetting.ask_for_text(entry, ground="court_order", authority="Order 7", by=cast.cswo, at=NOW)
    places["hold"] = forgetting.place_hold(case, authority="The inquiry", by=cast.cswo, at=NOW).pk
    reviewing.ask(case.reference, reason="The learning review of the autumn", by=cast.cpc_officer, at=NOW)
    places["wish"] = wishing.ask(
        case,
        entry.pk,
        ground="wrong_child",
        why="It is about another child altogether.",
        by=cast.nurse,
        at=NOW,
    ).pk
    quarter = Period(date(2026, 1, 1), date(2026, 3, 31))
    places["paper"] = papers.draft(cast.partnership, quarter, by=cast.cpc_officer, at=NOW).pk
    done = papers.draft(
        cast.partnership, Period(date(2025, 10, 1), date(2025, 12, 31)), by=cast.cpc_officer, at=NOW
    )
    papers.approve(done, by=cast.cpc_officer, at=NOW)
    places["paper:approved"] = done.pk
    places["run"] = making.ask(cast.partnership, quarter, by=cast.cpc_officer, at=NOW).pk


def _learning(world: World) -> None:
    cast, places = world.cast, world.places
    words = {"theme": "guidance", "source": "guidance", "route": "cpc"}
    raised = items.raise_item(by=cast.nurse, what="Nobody says who is told at a nursery.", at=NOW, **words)
    adopted = items.raise_item(by=cast.nurse, what="Who keeps the minutes?", at=NOW, **words)
    items.decide(
        adopted,
        by=cast.cpc_officer,
        adopted=True,
        decision="We write it down.",
        theme="guidance",
        shared=True,
        owner="Lead officer",
        due_on=date(2026, 9, 1),
        at=NOW,
    )
    places["item"], places["item:adopted"] = raised.pk, adopted.pk
    items.recognise(
        by=cast.nurse,
        colleague=cast.social_worker,
        manager=cast.social_work_manager,
        words="He rang.",
        at=NOW,
    )
    account = ReflectiveAccount.objects.create(
        owner=cast.nurse,
        title="Speaking up",
        on=date(2026, 6, 2),
        setting="supervision",
        practice="I disagreed and said so.",
        learned="To say early what I fear.",
        changed="I ask how others came to their view.",
        codes=["nmc"],
        relevance="It is about raising concerns.",
        saved_at=NOW,
    )
    places["reflection"] = account.pk


def _signing_in(world: World) -> None:
    world.places["saved"] = SavedSearch.objects.create(
        user=world.cast.nurse, name="Lapsed", query="due=lapsed", saved_at=NOW
    ).pk
    world.places["forgotten"] = resetting.token_for(world.cast.nurse, NOW)
    with_app(world.cast.social_worker)
