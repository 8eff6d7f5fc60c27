"""What administrators do: each change with its rights and its one event, each refusal with nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import actions
from accounts.grants import holds, sync
from accounts.models import Cover, Membership, User
from accounts.permissions import Permission
from accounts.roles import Role
from escalation.trail.models import Event
from tests.accounts.office import DAY, TODAY, events, granted, only, refused, snapshot
from tests.cast import TUESDAY, Cast
from tests.factories import cover, member

pytestmark = pytest.mark.usefixtures("tuesday")


# Agencies and teams


def test_an_agency_is_added(cast: Cast, office: dict[str, Any]) -> None:
    agency = actions.create_agency(
        partnership=cast.partnership,
        name="Burnside Surgery",
        short_name="Surgery",
        represented_by=cast.health,
        **office,
    )
    assert (agency.partnership, agency.represented_by) == (cast.partnership, cast.health)
    facts = {"partnership": cast.partnership.pk, "represented_by": cast.health.pk}
    assert events() == [("agency_created", cast.administrator.pk, "administrator", facts)]


def test_an_agency_is_refused(cast: Cast, office: dict[str, Any]) -> None:
    create = {"partnership": cast.partnership, "short_name": "X", **office}
    refused(
        "There is an agency called nhs strathbracken already. Give this one another name.",
        actions.create_agency,
        **{**create, "name": "nhs strathbracken"},
    )
    refused(
        "Choose an agency of this partnership to act on its behalf.",
        actions.create_agency,
        **{**create, "name": "New", "represented_by": cast.stranger.agency},
    )
    refused(
        "Little Burn Nursery has no managers of its own either. Choose an agency that has.",
        actions.create_agency,
        **{**create, "name": "New", "represented_by": cast.nursery},
    )


def test_a_new_team_falls_to_the_manager_of_the_whole_agency_and_their_deputy(
    cast: Cast, office: dict[str, Any]
) -> None:
    manager = member("Una Gray", Role.LINE_MANAGER, cast.health)
    cover(only(manager), cast.colleague)
    team = actions.create_team(agency=cast.health, name="Midwifery, south", **office)
    assert holds(manager, Permission.MANAGE_TEAM, team)
    assert holds(cast.colleague, Permission.MANAGE_TEAM, team)
    assert not holds(cast.nurse_manager, Permission.MANAGE_TEAM, team)
    assert events() == [("team_created", cast.administrator.pk, "administrator", {"agency": cast.health.pk})]
    refused(
        "NHS Strathbracken has a team called midwifery, SOUTH already. Give this one another name.",
        actions.create_team,
        agency=cast.health,
        name="midwifery, SOUTH",
        **office,
    )


# People


def add(cast: Cast, office: dict[str, Any], email: str = "Isla.Newton@Example.org") -> User:
    return actions.add_person(
        email=email, full_name="Isla Newton", job_title="Midwife", agency=cast.health, **office
    )


def test_a_new_person_holds_nothing_and_has_no_password(cast: Cast, office: dict[str, Any]) -> None:
    person = add(cast, office)
    assert (person.email, person.agency, person.has_usable_password()) == (
        "isla.newton@example.org",
        cast.health,
        False,
    )
    assert not holds(person, Permission.LOG_DISAGREEMENT, cast.health)
    assert events() == [("person_added", cast.administrator.pk, "administrator", {"agency": cast.health.pk})]
    assert "isla" not in Event.objects.get(verb="person_added").payload.lower()


def test_an_address_is_known_once_however_it_is_written(cast: Cast, office: dict[str, Any]) -> None:
    refused(
        "Somebody with this email address is known already. Look for them under People.",
        actions.add_person,
        email="NADIA.REID@example.org",
        full_name="Another",
        job_title="",
        agency=cast.health,
        **office,
    )


# Roles


def test_a_role_is_granted_with_its_rights_and_ended_without(cast: Cast, office: dict[str, Any]) -> None:
    person = add(cast, office)
    membership = granted(person=person, role=Role.LINE_MANAGER, place=cast.health_team, **office)
    assert (membership.agency, membership.team, membership.starts_on) == (
        cast.health,
        cast.health_team,
        TODAY,
    )
    assert (membership.granted_by, membership.confirmed_by) == (cast.administrator, cast.second_administrator)
    assert holds(User.objects.get(pk=person.pk), Permission.MANAGE_TEAM, cast.health_team)
    actions.end_role(membership=membership, **office)
    assert not holds(User.objects.get(pk=person.pk), Permission.MANAGE_TEAM, cast.health_team)
    assert not sync(write=False).added
    common = {
        "person": person.pk,
        "role": "line_manager",
        "partnership": cast.partnership.pk,
        "agency": cast.health.pk,
        "team": cast.health_team.pk,
        "from": "2026-06-02",
    }
    asked = common | {"until": None, "asked_by": cast.administrator.pk}
    second = cast.second_administrator.pk
    assert events()[1:] == [
        ("role_requested", cast.administrator.pk, "administrator", asked),
        ("role_granted", second, "administrator", asked | {"membership": membership.pk}),
        ("role_ended", cast.administrator.pk, "administrator", common | {"until": "at once"}),
    ]
    _, given, ended = Event.objects.filter(verb__startswith="role_").order_by("seq")
    assert given.object_ref == ended.object_ref == f"membership:{membership.pk}"


def test_a_role_ends_at_once_yesterday_or_after_a_day_to_come(cast: Cast, office: dict[str, Any]) -> None:
    actions.end_role(membership=only(cast.nurse), **office)
    assert only(cast.nurse).ends_on == TODAY - DAY
    actions.end_role(membership=only(cast.teacher), last_day=TODAY + 10 * DAY, **office)
    assert only(cast.teacher).ends_on == TODAY + 10 * DAY
    assert holds(cast.teacher, Permission.LOG_DISAGREEMENT, cast.education)


def test_a_role_granted_today_and_ended_today_leaves_no_row(cast: Cast, office: dict[str, Any]) -> None:
    membership = granted(person=cast.nurse, role=Role.SENIOR_MANAGER, place=cast.health, **office)
    actions.name_deputy(membership=membership, deputy=cast.colleague, **office)
    actions.end_role(membership=membership, **office)
    assert not Membership.objects.filter(role=Role.SENIOR_MANAGER, user=cast.nurse).exists()
    assert not Cover.objects.filter(deputy=cast.colleague).exists()
    assert not holds(User.objects.get(pk=cast.colleague.pk), Permission.LEAD_AGENCY, cast.health)


def test_what_another_administrator_has_just_ended_is_ended_once(cast: Cast, office: dict[str, Any]) -> None:
    """Both had the page open: the second hears of it, and the registry has one line."""
    role, of_today = (
        only(cast.nurse),
        {"person": cast.nurse, "role": Role.SENIOR_MANAGER, "place": cast.health},
    )
    deputy = actions.name_deputy(membership=role, deputy=cast.colleague, **office)
    brief = granted(**of_today, **office)
    stale = [only(cast.nurse, pk=role.pk), only(cast.nurse, pk=brief.pk), Cover.objects.get(pk=deputy.pk)]
    actions.end_role(membership=role, **office)
    actions.end_role(membership=brief, **office)
    refused("This role has ended.", actions.end_role, membership=stale[0], **office)
    refused("This was ended already.", actions.end_role, membership=stale[1], **office)
    refused("This was ended already.", actions.end_deputy, cover=stale[2], **office)
    refused(
        "The role is not held on all of these days. Choose days on which it is.",
        actions.name_deputy,
        membership=only(cast.nurse, pk=role.pk),
        deputy=cast.colleague,
        **office,
    )


def test_a_role_that_starts_later_gives_nothing_yet(cast: Cast, office: dict[str, Any]) -> None:
    person = add(cast, office)
    granted(person=person, role=Role.PRACTITIONER, place=cast.health, starts_on=TODAY + DAY, **office)
    assert not holds(person, Permission.LOG_DISAGREEMENT, cast.health)
    assert not sync(write=False).added


def test_the_right_place_for_a_role(cast: Cast, office: dict[str, Any]) -> None:
    grant = {"person": cast.nurse, **office}
    for role, place, sentence in (
        (Role.CSWO, cast.health, "The role of Chief Social Work Officer is held for the whole partnership."),
        (Role.SENIOR_MANAGER, cast.health_team, "The role of Senior manager is held in an agency."),
        (Role.SENIOR_MANAGER, cast.partnership, "The role of Senior manager is held in an agency."),
        (Role.PRACTITIONER, cast.partnership, "The role of Practitioner is held in a team or an agency."),
        (
            Role.PRACTITIONER,
            cast.school_team,
            "Nadia Reid works for NHS Strathbracken, so a role in Strathbracken Council Education cannot be theirs.",
        ),
        (
            Role.CSWO,
            cast.stranger.agency.partnership,
            "The role of Chief Social Work Officer is held for the whole partnership.",
        ),
    ):
        refused(sentence, actions.request_role, role=role, place=place, **grant)
    twin = granted(person=cast.education_senior, role=Role.SENIOR_MANAGER, place=cast.nursery, **office)
    assert twin.agency == cast.nursery, "education acts on behalf of the nursery"


def test_the_right_days_for_a_role(cast: Cast, office: dict[str, Any]) -> None:
    grant = {"person": cast.nurse, "role": Role.LINE_MANAGER, "place": cast.health_team, **office}
    late = "A role starts today or later. What was done before cannot be made right afterwards."
    refused(late, actions.request_role, starts_on=TODAY - DAY, **grant)
    backwards = "The last day lies before the first. Check both days."
    refused(backwards, actions.request_role, starts_on=TODAY + DAY, ends_on=TODAY, **grant)
    granted(starts_on=TODAY + 5 * DAY, ends_on=TODAY + 9 * DAY, **grant)
    twice = "Nadia Reid holds this role there already. Choose other days, or end it first."
    refused(twice, actions.request_role, **grant)
    refused(twice, actions.request_role, starts_on=TODAY + 9 * DAY, **grant)
    before = granted(ends_on=TODAY + 4 * DAY, **grant)
    after = granted(starts_on=TODAY + 10 * DAY, **grant)
    assert before.pk != after.pk


def test_ending_is_refused_for_days_that_make_no_sense(cast: Cast, office: dict[str, Any]) -> None:
    end = {"membership": only(cast.nurse), **office}
    refused(
        "The last day must be today or later, and not before the role starts.",
        actions.end_role,
        last_day=TODAY - DAY,
        **end,
    )
    actions.end_role(last_day=TODAY + 2 * DAY, **end)
    refused(
        "The role ends before that day. Grant it again for a longer time.",
        actions.end_role,
        membership=only(cast.nurse),
        last_day=TODAY + 3 * DAY,
        **office,
    )
    actions.end_role(membership=only(cast.nurse), **office)
    refused("This role has ended.", actions.end_role, membership=only(cast.nurse), **office)


# Who may


def test_only_an_administrator_of_this_partnership_changes_people(cast: Cast) -> None:
    foreign = member(
        "Otto Blane", Role.ADMINISTRATOR, cast.stranger.agency.partnership, agency=cast.stranger.agency
    )
    sentence = "Only an administrator of Strathbracken Child Protection Committee changes people and roles."
    for by in (cast.nurse, cast.cswo, cast.auditor, foreign):
        office = {"by": by, "at": TUESDAY}
        refused(sentence, actions.create_team, agency=cast.health, name="New", **office)
        refused(
            sentence,
            actions.create_agency,
            partnership=cast.partnership,
            name="New",
            short_name="New",
            **office,
        )
        refused(
            sentence,
            actions.add_person,
            email="a@example.org",
            full_name="A",
            job_title="",
            agency=cast.health,
            **office,
        )
        refused(sentence, actions.invite, person=cast.teacher, **office)
        refused(
            sentence,
            actions.request_role,
            person=cast.teacher,
            role=Role.CSWO,
            place=cast.partnership,
            **office,
        )
        refused(sentence, actions.end_role, membership=only(cast.teacher), **office)
        refused(sentence, actions.name_deputy, membership=only(cast.teacher), deputy=cast.nurse, **office)
        refused(sentence, actions.end_deputy, cover=Cover.objects.get(), **office)
        refused(sentence, actions.deactivate_person, person=cast.teacher, **office)
        refused(sentence, actions.reactivate_person, person=cast.teacher, **office)


def test_nobody_changes_their_own_rights(cast: Cast, office: dict[str, Any]) -> None:
    me = cast.administrator
    refused(
        "You cannot ask for a role for yourself. Ask another administrator.",
        actions.request_role,
        person=me,
        role=Role.CSWO,
        place=cast.partnership,
        **office,
    )
    refused(
        "You cannot end a role of yourself. Ask another administrator.",
        actions.end_role,
        membership=only(me),
        **office,
    )
    refused(
        "You cannot deactivate yourself. Ask another administrator.",
        actions.deactivate_person,
        person=me,
        **office,
    )
    refused(
        "You cannot name as deputy yourself. Ask another administrator.",
        actions.name_deputy,
        membership=only(cast.cswo),
        deputy=me,
        **office,
    )


def test_the_last_administrator_stays(cast: Cast) -> None:
    second = member("Petra Wynd", Role.ADMINISTRATOR, cast.partnership, agency=cast.police)
    by_second = {"by": second, "at": TUESDAY}
    actions.end_role(membership=only(cast.administrator), **by_second)
    actions.end_role(membership=only(cast.second_administrator), **by_second)
    service = {"by": None, "at": TUESDAY}
    last = "Petra Wynd is the last administrator. Give the role to somebody else first."
    refused(last, actions.end_role, membership=only(second), **service)
    refused(last, actions.deactivate_person, person=second, **service)


def test_the_service_itself_acts_namelessly_but_on_record(cast: Cast) -> None:
    actions.create_team(agency=cast.health, name="New", by=None, at=TUESDAY)
    assert events() == [("team_created", None, "service", {"agency": cast.health.pk})]


def test_a_change_and_its_event_are_kept_or_lost_together(
    cast: Cast, office: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the disk is full")

    before = snapshot()
    monkeypatch.setattr("accounts.actions.requests.record", fails)
    with pytest.raises(RuntimeError):
        granted(person=cast.nurse, role=Role.SENIOR_MANAGER, place=cast.health, **office)
    assert snapshot() == before
    assert not sync(cast.nurse)
