"""A9: whatever administrators do in whatever order, the stored rights are those that memberships and covers give.

Random sequences of people coming, moving, standing in and leaving, of new teams and of nights that pass. After each
step every stored row is compared with a table of roles written by hand. GRANT_STEPS sets how many steps are tried:
some 240 with `make test`, 10,000 at night (GRANT_STEPS=10000).
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts import actions
from accounts.audit import THE_SERVICE
from accounts.grants import sync
from accounts.models import (
    Agency,
    AgencyUserObjectPermission,
    Cover,
    Membership,
    PartnershipUserObjectPermission,
    Team,
    TeamUserObjectPermission,
    User,
)
from accounts.refusals import Refused
from accounts.roles import Role
from tests.cast import TUESDAY, Cast

STEPS = int(os.environ.get("GRANT_STEPS", "240"))
LENGTH = 40  # steps of one sequence
TABLES = {
    "partnership": PartnershipUserObjectPermission,
    "agency": AgencyUserObjectPermission,
    "team": TeamUserObjectPermission,
}
#: What each role gives, by hand: what it gives on the agency, on each of its teams, on the partnership.
GIVES: dict[str, dict[str, tuple[str, ...]]] = {
    "practitioner": {"agency": ("log_disagreement",)},
    "line_manager": {"agency": ("log_disagreement", "open_in_emergency"), "team": ("manage_team",)},
    "senior_manager": {"agency": ("log_disagreement", "open_in_emergency", "lead_agency")},
    "designated_lead": {"agency": ("log_disagreement", "open_in_emergency", "advise")},
    "cswo": {"partnership": ("determine",)},
    "cpc_officer": {"partnership": ("view_reports", "receive_referrals")},
    "rethink_coordinator": {"partnership": ("arrange_rethink",)},
    "auditor": {"partnership": ("view_reports", "verify_trail")},
    "administrator": {"partnership": ("administer",)},
}
Row = tuple[int, str, str, int]
WHAT = (
    *("grant", "grant", "grant", "ask_and_confirm", "end_role", "end_role", "name_deputy", "name_deputy"),
    *("end_deputy", "leave", "come_back", "move", "add_team", "night"),
)


def due_by_hand(today: date) -> set[Row]:
    """Return every right there should be: (person, permission, kind of place, place)."""
    active = set(User.objects.filter(is_active=True).values_list("pk", flat=True))
    teams: dict[int, list[int]] = {}
    for pk, agency in Team.objects.values_list("pk", "agency"):
        teams.setdefault(agency, []).append(pk)
    rows: set[Row] = set()
    deputies: dict[int, list[int]] = {}
    for membership, deputy, first, last in Cover.objects.values_list(
        "membership", "deputy", "starts_on", "ends_on"
    ):
        if first <= today and (last is None or last >= today):
            deputies.setdefault(membership, []).append(deputy)
    for m in Membership.objects.all():
        if m.starts_on > today or (m.ends_on is not None and m.ends_on < today):
            continue
        mine = [m.team_id] if m.team_id else teams.get(m.agency_id or 0, [])
        places = {"partnership": [m.partnership_id], "agency": [m.agency_id], "team": mine}
        for who in {m.user_id, *deputies.get(m.pk, [])} & active:
            for kind, names in GIVES.get(m.role, {}).items():
                rows |= {(who, name, kind, place) for name in names for place in places[kind] if place}
    return rows


def stored() -> set[Row]:
    """Return every right there is."""
    return {
        (user, name, kind, place)
        for kind, table in TABLES.items()
        for user, name, place in table.objects.values_list("user", "permission__codename", "content_object")
    }


class Office:
    """Two administrators who do what the dice say, to anybody but themselves."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.at = cast, TUESDAY
        keep = {cast.administrator.pk, cast.second_administrator.pk}
        here = User.objects.filter(agency__partnership=cast.partnership).exclude(pk__in=keep)
        self.people = list(here.order_by("pk").values_list("pk", flat=True))
        self.agencies = list(Agency.objects.filter(partnership=cast.partnership).order_by("pk"))

    @property
    def today(self) -> date:
        return self.at.date()

    def person(self, n: int) -> User:
        return User.objects.select_related("agency__partnership").get(pk=self.people[n % len(self.people)])

    def place(self, person: User, role: Role, n: int) -> Any:
        """Return a place in which the role may be held, and sometimes one where it may not."""
        teams = list(Team.objects.filter(agency=person.agency).order_by("pk"))
        if n % 11 == 0:
            return self.agencies[n % len(self.agencies)]
        if set(GIVES.get(role, {"partnership": ()})) == {"partnership"}:
            return self.cast.partnership
        return [person.agency, *teams][n % (1 + len(teams))]

    def does(self, what: str, one: int, other: int, role: Role, days: int) -> None:
        """Do one thing. Raises Refused when it may not be."""
        person, by = self.person(one), self.cast.administrator
        common: dict[str, Any] = {"by": by, "at": self.at}
        first = self.today + timedelta(days=max(days - 4, 0))
        last = None if days % 3 == 0 else first + timedelta(days=days % 5)
        match what:
            case "grant":
                place = self.place(person, role, other)
                dates = {"starts_on": first, "ends_on": last}
                actions.grant_role(person=person, role=role, place=place, **dates, by=THE_SERVICE, at=self.at)
            case "ask_and_confirm":
                place = self.place(person, role, other)
                asked = actions.request_role(person=person, role=role, place=place, **common)
                actions.confirm_role(request=asked, by=self.cast.second_administrator, at=self.at)
            case "end_role":
                day = None if days % 2 else self.today + timedelta(days=days)
                actions.end_role(membership=self.one_of(Membership, one), last_day=day, **common)
            case "name_deputy":
                membership = self.one_of(Membership, one)
                near = [p for p in self.people if User.objects.get(pk=p).agency_id == membership.agency_id]
                deputy = self.person(other) if not near else User.objects.get(pk=near[other % len(near)])
                actions.name_deputy(
                    membership=membership, deputy=deputy, starts_on=first, ends_on=last, **common
                )
            case "end_deputy":
                actions.end_deputy(cover=self.one_of(Cover, one), **common)
            case "leave":
                actions.deactivate_person(person=person, **common)
            case "come_back":
                gone = list(User.objects.filter(pk__in=self.people, is_active=False).order_by("pk"))
                if not gone:
                    raise Refused("Nobody has left.")
                actions.reactivate_person(person=gone[one % len(gone)], **common)
            case "move":
                agency = self.agencies[other % len(self.agencies)]
                actions.move_person(person=person, agency=agency, role=None, **common)
            case "add_team":
                agency = self.agencies[one % len(self.agencies)]
                actions.create_team(agency=agency, name=f"Team {other}", **common)
            case _:
                self.at += timedelta(days=1)
                sync(day=self.today)  # as the clock does every night

    def one_of(self, model: Any, n: int) -> Any:
        """Return a role or cover of somebody who is not an administrator. Raises Refused when there is none."""
        person = "user" if model is Membership else "deputy"
        found = list(model.objects.filter(**{f"{person}__in": self.people}).order_by("pk"))
        if not found:
            raise Refused("There is none.")
        return found[n % len(found)]


NUMBER = st.integers(0, 60)


@pytest.mark.django_db
def test_rights_are_what_roles_give_after_each_step(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    tried = {"done": 0, "refused": 0}
    kinds: set[str] = set()

    @settings(
        max_examples=max(STEPS // LENGTH, 1),
        deadline=None,
        database=None,
        derandomize=STEPS <= 240,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if STEPS > 240 else [Phase.generate],
    )
    @given(
        st.lists(
            st.tuples(st.sampled_from(WHAT), NUMBER, NUMBER, st.sampled_from(list(Role)), st.integers(0, 9)),
            min_size=LENGTH,
            max_size=LENGTH,
        )
    )
    def sequences(steps: list[tuple[str, int, int, Role, int]]) -> None:
        with transaction.atomic(), time_machine.travel(TUESDAY, tick=False) as clock:
            sync(cast.cswo_deputy)  # the cast names the deputy behind the actions' back
            office = Office(cast)
            for what, *numbers in steps:
                try:
                    with transaction.atomic():
                        office.does(what, *numbers)
                    tried["done"] += 1
                    kinds.add(what)
                except Refused:
                    tried["refused"] += 1
                clock.move_to(office.at)
                assert stored() == due_by_hand(office.today), (what, numbers)
            transaction.set_rollback(True)

    sequences()
    with capsys.disabled():
        print(f"\n{sum(tried.values()):,} steps on roles and covers: {tried}")  # noqa: T201
    assert sum(tried.values()) >= STEPS
    assert tried["done"] > sum(tried.values()) / 4, "most of what is tried must not be refused"
    assert kinds == set(WHAT)
