"""Rights follow from memberships and covers, exactly; nothing else gives any."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as StoredPermission
from django.core.management import call_command
from guardian.shortcuts import assign_perm

from accounts.grants import DECLARED_ON, Drift, Grant, grants_of, holds, sync
from accounts.models import (
    AgencyUserObjectPermission,
    Membership,
    PartnershipUserObjectPermission,
    TeamUserObjectPermission,
    User,
)
from accounts.permissions import Permission
from accounts.roles import ROLES, Role
from escalation.trail.models import REGISTRY, Event
from tests.cast import TUESDAY, Cast
from tests.factories import TeamFactory, cover, join, member

pytestmark = pytest.mark.usefixtures("tuesday")
TODAY = date(2026, 6, 2)
TABLES = (PartnershipUserObjectPermission, AgencyUserObjectPermission, TeamUserObjectPermission)


def rows(user: User) -> set[tuple[str, str]]:
    """Return what is stored for a person: (permission, name of the place)."""
    return {
        (row.permission.codename, str(row.content_object))
        for table in TABLES
        for row in table.objects.filter(user=user).select_related("permission")
    }


def only(user: User, **which: object) -> Membership:
    return Membership.objects.get(user=user, **which)


def test_each_permission_is_declared_on_the_place_it_is_granted_on() -> None:
    assert set(DECLARED_ON) == {permission.value for permission in Permission}
    carried = {permission for facts in ROLES.values() for permission in facts.permissions}
    assert carried == set(Permission), "a permission that no role carries can never be granted"


#: Who in the cast holds what, written out by hand.
EXPECTED = {
    "nurse": {("log_disagreement", "NHS Strathbracken")},
    "nurse_manager": {
        ("log_disagreement", "NHS Strathbracken"),
        ("manage_team", "Health visiting, north"),
        ("open_in_emergency", "NHS Strathbracken"),
    },
    "health_senior": {
        ("log_disagreement", "NHS Strathbracken"),
        ("lead_agency", "NHS Strathbracken"),
        ("open_in_emergency", "NHS Strathbracken"),
    },
    "health_lead": {
        ("log_disagreement", "NHS Strathbracken"),
        ("advise", "NHS Strathbracken"),
        ("open_in_emergency", "NHS Strathbracken"),
    },
    "nursery_worker": {("log_disagreement", "Little Burn Nursery")},
    "cswo": {("determine", "Strathbracken Child Protection Committee")},
    "cpc_officer": {
        ("view_reports", "Strathbracken Child Protection Committee"),
        ("receive_referrals", "Strathbracken Child Protection Committee"),
    },
    "auditor": {
        ("view_reports", "Strathbracken Child Protection Committee"),
        ("verify_trail", "Strathbracken Child Protection Committee"),
    },
    "administrator": {("administer", "Strathbracken Child Protection Committee")},
    "stranger": {("log_disagreement", "Glenfarrow Health")},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_rows_of_each_person_are_those_of_their_role(cast: Cast, name: str) -> None:
    person = getattr(cast, name)
    assert rows(person) == EXPECTED[name]
    assert not sync(person)


def test_a_deputy_carries_what_the_role_carries_on_those_days_only(cast: Cast) -> None:
    membership = only(cast.health_senior)
    row = cover(membership, cast.nurse_manager, starts_on=TODAY, ends_on=TODAY + timedelta(days=3))
    sync(cast.nurse_manager)
    assert ("lead_agency", "NHS Strathbracken") in rows(cast.nurse_manager)
    assert holds(cast.nurse_manager, Permission.LEAD_AGENCY, cast.health)
    sync(cast.nurse_manager, day=row.ends_on + timedelta(days=1))
    assert ("lead_agency", "NHS Strathbracken") not in rows(cast.nurse_manager)


def test_a_role_for_the_whole_agency_is_held_for_each_of_its_teams(cast: Cast) -> None:
    other = TeamFactory(agency=cast.health, name="Midwifery, south")
    manager = member("Una Gray", Role.LINE_MANAGER, cast.health)
    assert {g.place_id for g in grants_of(only(manager)) if g.permission == "manage_team"} == {
        cast.health_team.pk,
        other.pk,
    }
    assert holds(manager, Permission.MANAGE_TEAM, other)
    assert not holds(manager, Permission.MANAGE_TEAM, cast.school_team)
    assert not holds(cast.nurse_manager, Permission.MANAGE_TEAM, other)


def test_holds_asks_about_this_very_place(cast: Cast) -> None:
    assert holds(cast.nurse, Permission.LOG_DISAGREEMENT, cast.health)
    assert not holds(cast.nurse, Permission.LOG_DISAGREEMENT, cast.social_work)
    assert not holds(cast.nurse, Permission.MANAGE_TEAM, cast.health_team)
    assert not holds(cast.administrator, Permission.ADMINISTER, cast.stranger.agency.partnership)
    # The same number on another kind of place is another place.
    assert not holds(cast.administrator, Permission.ADMINISTER, cast.health)  # type: ignore[arg-type]


def test_a_role_counts_from_its_first_day_to_its_last_whenever_the_rows_were_made(cast: Cast) -> None:
    person = member(
        "Una Gray", Role.PRACTITIONER, cast.police, starts_on=TODAY, ends_on=TODAY + timedelta(days=1)
    )
    at = Permission.LOG_DISAGREEMENT, cast.police
    assert holds(person, *at)
    with time_machine.travel(TUESDAY + timedelta(days=1), tick=False):
        assert holds(person, *at)
    with time_machine.travel(TUESDAY + timedelta(days=2), tick=False):
        assert rows(person) == {("log_disagreement", "Strathbracken Police")}, "nobody ran sync_roles"
        assert not holds(person, *at)
        assert sync(person).removed == ((person.pk, Grant("log_disagreement", "agency", cast.police.pk)),)
    later = member("Ivo Rae", Role.PRACTITIONER, cast.police, starts_on=TODAY + timedelta(days=1))
    assert rows(later) == set()
    assert not holds(later, *at)


def test_a_row_without_a_membership_counts_for_nothing(cast: Cast) -> None:
    assign_perm("administer", cast.nurse, cast.partnership)
    assert ("administer", str(cast.partnership)) in rows(cast.nurse)
    assert not holds(cast.nurse, Permission.ADMINISTER, cast.partnership)


def test_a_membership_without_its_row_counts_for_nothing(cast: Cast) -> None:
    PartnershipUserObjectPermission.objects.filter(user=cast.administrator).delete()
    assert not holds(cast.administrator, Permission.ADMINISTER, cast.partnership)


def test_an_inactive_person_holds_nothing_and_keeps_no_row(cast: Cast) -> None:
    assert holds(cast.administrator, Permission.ADMINISTER, cast.partnership)
    cast.administrator.is_active = False
    cast.administrator.save()
    assert not holds(cast.administrator, Permission.ADMINISTER, cast.partnership)
    sync(cast.administrator)
    assert rows(cast.administrator) == set()


def test_a_superuser_a_model_wide_permission_and_a_group_give_nothing(cast: Cast) -> None:
    wide = StoredPermission.objects.get(codename="administer")
    group = Group.objects.create(name="Everything")
    group.permissions.add(wide)
    assign_perm("administer", group, cast.partnership)
    by_flag, by_model, by_group = cast.nurse, cast.teacher, cast.police_officer
    User.objects.filter(pk=by_flag.pk).update(is_superuser=True)
    by_model.user_permissions.add(wide)
    by_group.groups.add(group)
    for person in (by_flag, by_model, by_group):
        fresh = User.objects.get(pk=person.pk)
        assert not holds(fresh, Permission.ADMINISTER, cast.partnership)
    assert not User.objects.get(pk=by_model.pk).has_perm("accounts.administer")


def test_the_flag_of_a_superuser_takes_away_even_what_a_role_gives(cast: Cast) -> None:
    """Nobody stands above the roles: an account with the flag is not one of ours until somebody has looked at it."""
    User.objects.filter(pk=cast.administrator.pk).update(is_superuser=True)
    assert not holds(User.objects.get(pk=cast.administrator.pk), Permission.ADMINISTER, cast.partnership)


def test_asking_costs_one_query_when_the_person_came_with_their_standing(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    from accounts.standing import with_standing

    person = with_standing(User.objects.filter(pk=cast.nurse.pk)).get()
    with django_assert_num_queries(1):
        assert holds(person, Permission.LOG_DISAGREEMENT, cast.health)
    with django_assert_num_queries(0):
        assert not holds(person, Permission.ADMINISTER, cast.partnership)


# sync_roles


def run(*arguments: str) -> tuple[str, int]:
    """Run the command and return what it printed and its exit status."""
    out = StringIO()
    try:
        call_command("sync_roles", *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


def spoil(cast: Cast) -> None:
    """Take one row away that should be there, add one that should not, and one where none belongs."""
    AgencyUserObjectPermission.objects.filter(user=cast.nurse).delete()
    assign_perm("determine", cast.nurse, cast.partnership)
    assign_perm("determine", Group.objects.create(name="Deciders"), cast.partnership)


def test_nothing_drifted(cast: Cast) -> None:
    sync(cast.cswo_deputy)  # the cast names the deputy behind the actions' back
    assert run("--check") == ("Every right follows from a role. Nothing had drifted.\n", 0)


def test_check_reports_drift_changes_nothing_and_exits_1(cast: Cast) -> None:
    sync(cast.cswo_deputy)
    spoil(cast)
    text, status = run("--check")
    assert status == 1
    assert text.splitlines() == [
        f"missing: Nadia Reid: log_disagreement on agency {cast.health.pk}",
        f"too many: Nadia Reid: determine on partnership {cast.partnership.pk}",
        "too many: 1 in tables that are not used for rights",
        "Run sync_roles without --check to put it right.",
    ]
    assert rows(cast.nurse) == {("determine", str(cast.partnership))}
    assert not Event.objects.filter(verb="grants_rebuilt").exists()


def test_it_puts_right_what_drifted_and_says_so_in_the_registry(cast: Cast) -> None:
    sync(cast.cswo_deputy)
    spoil(cast)
    text, status = run("--json")
    assert status == 0
    report = json.loads(text)
    assert report["added"] == [
        {"person": cast.nurse.pk, "permission": "log_disagreement", "on": "agency", "id": cast.health.pk}
    ]
    assert report["removed"] == [
        {"person": cast.nurse.pk, "permission": "determine", "on": "partnership", "id": cast.partnership.pk}
    ]
    assert (report["strays"], report["changed"]) == (1, True)
    assert rows(cast.nurse) == {("log_disagreement", "NHS Strathbracken")}
    event = Event.objects.get(verb="grants_rebuilt")
    assert (event.chain, json.loads(event.payload)) == (REGISTRY, {"added": 1, "removed": 1, "strays": 1})
    assert not sync()
    assert run("--check")[1] == 0


def test_from_an_empty_table_everything_comes_back_the_same(cast: Cast) -> None:
    sync()
    before = {
        (table, *r)
        for table in TABLES
        for r in table.objects.values_list("user", "permission", "content_object")
    }
    for table in TABLES:
        table.objects.all().delete()
    drift = sync()
    after = {
        (table, *r)
        for table in TABLES
        for r in table.objects.values_list("user", "permission", "content_object")
    }
    assert after == before
    assert (len(drift.added), drift.removed) == (len(before), ())
    assert len(before) == 42


def test_an_empty_report_is_no_drift() -> None:
    assert not Drift()
    assert Drift(strays=1)


def test_the_day_is_that_of_the_partnership_not_of_utc(cast: Cast) -> None:
    person = member("Una Gray", Role.PRACTITIONER, cast.police, starts_on=date(2026, 6, 3))
    half_past_midnight = datetime.fromisoformat("2026-06-02T23:30:00+00:00")  # 3 June in Scotland
    with time_machine.travel(half_past_midnight, tick=False):
        sync(person)
        assert holds(person, Permission.LOG_DISAGREEMENT, cast.police)


def test_two_roles_with_the_same_right_leave_it_when_one_ends(cast: Cast) -> None:
    second = join(cast.nurse, Role.LINE_MANAGER, cast.health_team)
    assert ("manage_team", "Health visiting, north") in rows(cast.nurse)
    second.delete()
    sync(cast.nurse)
    assert rows(cast.nurse) == {("log_disagreement", "NHS Strathbracken")}
