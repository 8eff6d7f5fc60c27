"""Deputies and leavers: nothing is left behind, and everything ends with the role."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from accounts import actions, duties
from accounts.grants import holds, sync
from accounts.models import Cover, User
from accounts.permissions import Permission
from accounts.refusals import Refused
from accounts.roles import Role
from notifications.delivery import compose
from notifications.models import Kind, Message
from tests.accounts.office import DAY, TODAY, LeftToDo, events, granted, only, refused
from tests.cast import Cast
from tests.pages.desk import client_of

pytestmark = pytest.mark.usefixtures("tuesday")


# Deputies


def test_a_deputy_is_named_and_ended(cast: Cast, office: dict[str, Any]) -> None:
    membership = only(cast.health_senior)
    row = actions.name_deputy(
        membership=membership,
        deputy=cast.nurse_manager,
        ends_on=TODAY + 9 * DAY,
        reason="Annual leave",
        **office,
    )
    assert holds(User.objects.get(pk=cast.nurse_manager.pk), Permission.LEAD_AGENCY, cast.health)
    actions.end_deputy(cover=row, **office)
    assert not holds(User.objects.get(pk=cast.nurse_manager.pk), Permission.LEAD_AGENCY, cast.health)
    named, ended = events()
    assert (named[0], ended[0]) == ("deputy_named", "deputy_ended")
    assert named[3] == {
        "deputy": cast.nurse_manager.pk,
        "for": cast.health_senior.pk,
        "role": "senior_manager",
        "membership": membership.pk,
        "from": "2026-06-02",
        "until": "2026-06-11",
    }
    assert "leave" not in json.dumps(named[3]), "people's own words stay out of what is never erased"


def test_a_deputy_is_refused(cast: Cast, office: dict[str, Any]) -> None:
    name = {"membership": only(cast.health_senior), **office}
    for deputy, sentence in (
        (cast.health_senior, "Choose somebody else: nobody is their own deputy."),
        (cast.stranger, "Zoe Fallon does not work in this partnership now."),
        (cast.teacher, "Choose somebody of NHS Strathbracken: a deputy acts for it."),
    ):
        refused(sentence, actions.name_deputy, deputy=deputy, **name)
    name["deputy"] = cast.nurse_manager
    refused("A deputy starts today or later.", actions.name_deputy, starts_on=TODAY - DAY, **name)
    refused(
        "The last day lies before the first. Check both days.",
        actions.name_deputy,
        starts_on=TODAY + DAY,
        ends_on=TODAY,
        **name,
    )
    actions.name_deputy(**name)
    refused("Morag Lunan is deputy on these days already.", actions.name_deputy, **name)
    anyone = actions.name_deputy(membership=only(cast.cpc_officer), deputy=cast.teacher, **office)
    assert anyone.deputy == cast.teacher, "a role for the whole partnership may be covered from any agency"


def test_what_another_administrator_did_meanwhile_counts(cast: Cast, office: dict[str, Any]) -> None:
    """Two at once: the form was read before the other one let the person go."""
    chosen, moved = (User.objects.select_related("agency").get(pk=cast.colleague.pk) for _ in range(2))
    actions.deactivate_person(person=cast.colleague, **office)
    refused(
        "Kirsty Adair does not work in this partnership now.",
        actions.name_deputy,
        membership=only(cast.health_senior),
        deputy=chosen,
        **office,
    )
    refused(
        "Kirsty Adair was deactivated. Let them back in first.",
        actions.move_person,
        person=moved,
        agency=cast.education,
        **office,
    )


def test_whoever_is_acted_for_is_told(cast: Cast, office: dict[str, Any]) -> None:
    """T12: one administrator names a deputy alone; the one in whose place they act hears of it."""
    actions.name_deputy(membership=only(cast.health_senior), deputy=cast.nurse_manager, **office)
    [message] = Message.objects.select_related("recipient__agency__partnership", "about")
    assert (message.kind, message.recipient, message.about) == (
        Kind.DEPUTY_NAMED,
        cast.health_senior,
        cast.nurse_manager,
    )
    mail = compose(message)
    assert mail.subject == "Escalation: somebody acts for you"
    assert "named Morag Lunan as your deputy" in mail.body
    assert reverse("me") in mail.body
    assert "call 999" in mail.body
    row = client_of(cast.health_senior).get(reverse("inbox")).content.decode()
    assert "Somebody acts for you as your deputy" in row


def test_nobody_makes_a_second_administrator_out_of_a_deputy(cast: Cast, office: dict[str, Any]) -> None:
    """T12: an administrator who names a deputy of an administrator would have what they ask for confirmed."""
    for person in (cast.administrator, cast.second_administrator):
        refused(
            "An administrator has no deputy. Ask for the role itself: another one confirms it.",
            actions.name_deputy,
            membership=only(person),
            deputy=cast.teacher,
            **office,
        )
    assert not Cover.objects.filter(deputy=cast.teacher).exists()
    client = client_of(cast.administrator)
    pages = {
        name: client.get(reverse("person", args=[getattr(cast, name).pk])).content.decode()
        for name in ("second_administrator", "health_senior")
    }
    assert "Name a deputy" not in pages["second_administrator"]
    assert "Name a deputy" in pages["health_senior"], "its twin"


def test_a_deputy_acts_only_on_days_on_which_the_role_is_held(cast: Cast, office: dict[str, Any]) -> None:
    actions.end_role(membership=only(cast.health_senior), last_day=TODAY + 5 * DAY, **office)
    refused(
        "The role is not held on all of these days. Choose days on which it is.",
        actions.name_deputy,
        membership=only(cast.health_senior),
        deputy=cast.nurse_manager,
        ends_on=TODAY + 6 * DAY,
        **office,
    )


def test_a_cover_ends_with_its_role(cast: Cast, office: dict[str, Any]) -> None:
    row = actions.name_deputy(membership=only(cast.health_senior), deputy=cast.nurse_manager, **office)
    actions.end_role(membership=only(cast.health_senior), last_day=TODAY + 5 * DAY, **office)
    row.refresh_from_db()
    assert row.ends_on == TODAY + 5 * DAY


# Leavers


def test_a_leaver_ends_every_role_and_cover_at_once(cast: Cast, office: dict[str, Any]) -> None:
    assert holds(User.objects.get(pk=cast.cswo_deputy.pk), Permission.DETERMINE, cast.partnership)
    actions.deactivate_person(person=cast.cswo, **office)
    assert User.objects.get(pk=cast.cswo.pk).is_active is False
    assert only(cast.cswo).ends_on == TODAY - DAY
    assert Cover.objects.get().ends_on == TODAY - DAY
    assert not holds(User.objects.get(pk=cast.cswo_deputy.pk), Permission.DETERMINE, cast.partnership)
    assert not sync(write=False).removed
    facts = {"memberships": [only(cast.cswo).pk], "covering": []}
    assert events() == [("person_deactivated", cast.administrator.pk, "administrator", facts)]
    refused("Greta Holm was deactivated before.", actions.deactivate_person, person=cast.cswo, **office)
    refused(
        "Greta Holm was deactivated. Let them back in first.",
        actions.request_role,
        person=User.objects.get(pk=cast.cswo.pk),
        role=Role.CSWO,
        place=cast.partnership,
        **office,
    )


def test_somebody_who_covers_and_leaves_covers_no_more(cast: Cast, office: dict[str, Any]) -> None:
    actions.deactivate_person(person=cast.cswo_deputy, **office)
    assert Cover.objects.get().ends_on == TODAY - DAY


def test_somebody_who_returns_holds_nothing(cast: Cast, office: dict[str, Any]) -> None:
    actions.deactivate_person(person=cast.nurse, **office)
    actions.reactivate_person(person=cast.nurse, **office)
    back = User.objects.get(pk=cast.nurse.pk)
    assert back.is_active
    assert not holds(back, Permission.LOG_DISAGREEMENT, cast.health)
    refused("Nadia Reid is active already.", actions.reactivate_person, person=back, **office)


def test_a_leaver_with_open_duties_hands_them_over_in_the_same_step(
    cast: Cast, office: dict[str, Any], left_to_do: LeftToDo
) -> None:
    left_to_do["Nadia Reid", Role.PRACTITIONER] = (1, 2)
    sentence = (
        "Nadia Reid would leave something behind. Say who takes it over. "
        "Practitioner: 1 open disagreement, with 2 things to do."
    )
    refused(sentence, actions.deactivate_person, person=cast.nurse, **office)
    refused(sentence, actions.end_role, membership=only(cast.nurse), **office)
    refused(sentence, actions.end_role, membership=only(cast.nurse), last_day=TODAY + DAY, **office)
    assert left_to_do == {("Nadia Reid", Role.PRACTITIONER): (1, 2)}
    actions.end_role(membership=only(cast.nurse), successor=cast.colleague, **office)
    assert left_to_do == {("Kirsty Adair", Role.PRACTITIONER): (1, 2)}
    actions.deactivate_person(
        person=cast.colleague, successors={Role.PRACTITIONER: cast.health_lead}, **office
    )
    assert left_to_do == {("Leila Baird", Role.PRACTITIONER): (1, 2)}


def test_a_role_held_a_second_time_in_the_agency_leaves_nothing_behind(
    cast: Cast, office: dict[str, Any], left_to_do: LeftToDo
) -> None:
    left_to_do["Nadia Reid", Role.PRACTITIONER] = (3, 3)
    first = only(cast.nurse)
    team = actions.create_team(agency=cast.health, name="Health visiting, south", **office)
    granted(person=cast.nurse, role=Role.PRACTITIONER, place=team, **office)
    actions.end_role(membership=first, **office)  # she moves to another team and keeps her cases
    assert left_to_do == {("Nadia Reid", Role.PRACTITIONER): (3, 3)}


def test_only_duties_of_the_role_that_ends_hold_it(
    cast: Cast, office: dict[str, Any], left_to_do: LeftToDo
) -> None:
    left_to_do["Leila Baird", Role.DESIGNATED_LEAD] = (1, 0)
    actions.end_role(membership=only(cast.health_lead, role=Role.PRACTITIONER), **office)
    with pytest.raises(Refused, match="1 open disagreement, nothing to do now"):
        actions.end_role(membership=only(cast.health_lead, role=Role.DESIGNATED_LEAD), **office)


def test_duties_are_registered_once(cast: Cast, left_to_do: LeftToDo) -> None:
    left_to_do["Nadia Reid", Role.PRACTITIONER] = (1, 1)
    duties.register_duties(*duties._checks[-1])
    assert duties.open_duties(cast.nurse) == [duties.Left(Role.PRACTITIONER, 1, 1)]
