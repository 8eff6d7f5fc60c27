"""A name is corrected by one administrator, an address by two; who moves hands over what they had in the same step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts import actions, invitations
from accounts.grants import holds, sync
from accounts.models import Cover, EmailChange, Membership, RoleRequest, User
from accounts.permissions import Permission
from accounts.roles import Role
from cases.models import Case, Participation
from cases.workflow import State
from notifications.models import Kind, Message
from tests.accounts.office import DAY, TODAY, LeftToDo, events, only, refused
from tests.cases.steps import case_at, fresh
from tests.cast import TUESDAY, Cast, opened
from tests.factories import cover, member

pytestmark = pytest.mark.usefixtures("tuesday")
HOUR = timedelta(hours=1)
NEW = "nadia.reid-muir@example.org"


def ask(cast: Cast, **changes: Any) -> EmailChange:
    wanted = {"person": cast.nurse, "email": NEW, "checked": "I rang her.", "by": cast.administrator}
    return actions.ask_email_change(**{**wanted, "at": TUESDAY, **changes})


def confirm(cast: Cast, change: EmailChange, **changes: Any) -> None:
    actions.confirm_email_change(
        **{"change": change, "by": cast.second_administrator, "at": TUESDAY + HOUR, **changes}
    )


# Name and job


def test_a_name_is_corrected_and_the_event_holds_no_name(cast: Cast, office: dict[str, Any]) -> None:
    names = {"full_name": "Nadia Reid-Muir", "job_title": cast.nurse.job_title}
    actions.correct_person(person=cast.nurse, **names, **office)
    assert User.objects.get(pk=cast.nurse.pk).full_name == "Nadia Reid-Muir"
    facts = {"name": True, "job": False}
    assert events() == [("person_corrected", cast.administrator.pk, "administrator", facts)]
    sentence = "That is the name and the job already. Nothing was changed."
    refused(sentence, actions.correct_person, person=cast.nurse, **names, **office)
    sentence = "You cannot correct the name of yourself. Ask another administrator."
    refused(sentence, actions.correct_person, person=cast.administrator, **names, **office)


# The email address


def test_one_asks_the_person_is_told_another_confirms(cast: Cast) -> None:
    User.objects.filter(pk=cast.nurse.pk).update(password="x")
    cast.nurse.refresh_from_db()
    client = Client()
    client.force_login(cast.nurse, backend="accounts.backends.PersonBackend")
    change = ask(cast)
    assert User.objects.get(pk=cast.nurse.pk).email == "nadia.reid@example.org", "nothing has happened yet"
    told = Message.objects.get(kind=Kind.EMAIL_CHANGING)
    assert (told.recipient, told.address) == (cast.nurse, "nadia.reid@example.org")
    refused(
        "Nadia Reid was told just now and has an hour to object. Confirm it after that.",
        confirm,
        cast=cast,
        change=change,
        at=TUESDAY + HOUR - timedelta(seconds=1),
    )
    confirm(cast, change)
    person = User.objects.get(pk=cast.nurse.pk)
    assert person.email == NEW
    assert client.get(reverse("me")).status_code == 302, "signed out everywhere"
    change.refresh_from_db()
    assert (change.email, change.checked, change.decided_by) == ("", "", cast.second_administrator)
    assert Message.objects.filter(kind=Kind.SIGN_IN_CHANGED, recipient=person).count() == 1
    asked, changed = events()
    assert (asked[0], asked[1], asked[3]) == ("email_change_asked", cast.administrator.pk, {})
    assert (changed[0], changed[1]) == ("email_changed", cast.second_administrator.pk)
    assert changed[3] == {"asked_by": cast.administrator.pk}
    refused(
        "This was decided before, or is too old. Ask again if it is still needed.",
        confirm,
        cast=cast,
        change=change,
    )


def test_nobody_changes_an_address_alone(cast: Cast) -> None:
    change = ask(cast)
    sentence = "You asked for this yourself. Another administrator confirms it."
    refused(sentence, confirm, cast=cast, change=change, by=cast.administrator)
    refused(
        "You cannot change the email address of yourself. Ask another administrator.",
        ask,
        cast=cast,
        person=cast.administrator,
    )
    second = ask(cast, person=cast.second_administrator)
    refused(
        "You cannot confirm an email address for yourself. Ask another administrator.",
        confirm,
        cast=cast,
        change=second,
    )
    refused(
        "Only an administrator of Strathbracken Child Protection Committee changes people and roles.",
        confirm,
        cast=cast,
        change=change,
        by=cast.teacher,
    )
    for values in (
        {"decision": "confirmed", "decided_by": cast.administrator},
        {"decision": "confirmed", "decided_by": cast.nurse},
        {"asked_by": cast.nurse},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            EmailChange.objects.filter(pk=change.pk).update(decided_at=TUESDAY, **values)
    assert User.objects.get(pk=cast.nurse.pk).email == "nadia.reid@example.org"


def test_an_address_that_cannot_be(cast: Cast) -> None:
    refused("That is their email address already.", ask, cast=cast, email="Nadia.Reid@example.org")
    taken = "Somebody with this email address is known already. Look for them under People."
    refused(taken, ask, cast=cast, email=cast.teacher.email)
    change = ask(cast)
    waits = "A new address of Nadia Reid waits for another administrator already."
    refused(waits, ask, cast=cast, email="another@example.org")
    member("Isla Newton", Role.PRACTITIONER, cast.school_team)
    User.objects.filter(full_name="Isla Newton").update(email=NEW)
    refused(taken, confirm, cast=cast, change=change)
    actions.decline_email_change(change=change, by=cast.administrator, at=TUESDAY)
    old = ask(cast, email="another@example.org")
    refused(
        "This was decided before, or is too old. Ask again if it is still needed.",
        confirm,
        cast=cast,
        change=old,
        at=TUESDAY + 14 * DAY,
    )
    ask(cast, email="another@example.org", at=TUESDAY + 14 * DAY)


def test_who_was_mistyped_and_never_came_gets_a_new_invitation(cast: Cast, office: dict[str, Any]) -> None:
    names = {"email": "isla.netwon@example.org", "full_name": "Isla Newton", "job_title": "Midwife"}
    person = actions.add_person(**names, agency=cast.health, **office)
    old = actions.invite(person=person, **office)
    change = ask(cast, person=person, email="isla.newton@example.org")
    confirm(cast, change, at=TUESDAY)  # nobody is there to object
    assert invitations.person_of(old) is None, "the link to the wrong address opens nothing any more"


# Moving


def test_who_moves_hands_over_in_the_same_step_and_has_nothing_there_until_it_is_confirmed(
    cast: Cast, office: dict[str, Any]
) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    raiser, was = cast.nurse, only(cast.nurse)
    cover(only(cast.nurse_manager), raiser)
    move = {"person": raiser, "agency": cast.education, "team": cast.school_team, **office}
    refused(
        "Nadia Reid would leave something behind. Say who takes it over. "
        "Practitioner: 1 open disagreement, nothing to do now.",
        actions.move_person,
        **move,
    )
    asked = actions.move_person(
        **move, role=Role.PRACTITIONER, successors={Role.PRACTITIONER: cast.colleague}
    )
    case = fresh(case)
    person = User.objects.get(pk=raiser.pk)
    assert (case.raiser, person.agency) == (cast.colleague, cast.education)
    assert not Case.objects.visible_to(person).exists()
    assert not holds(person, Permission.LOG_DISAGREEMENT, cast.health)
    assert not holds(person, Permission.LOG_DISAGREEMENT, cast.education), (
        "a second administrator confirms it"
    )
    assert Membership.objects.get(pk=was.pk).ends_on == TODAY - DAY
    assert Cover.objects.get(deputy=person).ends_on is not None or not Cover.objects.filter(deputy=person)
    assert isinstance(asked, RoleRequest)
    actions.confirm_role(request=asked, by=cast.second_administrator, at=TUESDAY)
    assert holds(User.objects.get(pk=person.pk), Permission.LOG_DISAGREEMENT, cast.education)
    assert not sync(write=False)
    assert [row[0] for row in events()] == ["person_moved", "role_requested", "role_granted"]
    assert events()[0][3]["from"] == cast.health.pk


def test_what_is_closed_stays_behind_too(cast: Cast, office: dict[str, Any]) -> None:
    case = opened(cast)
    Participation.objects.filter(case=case).update(case_open=False)
    actions.move_person(person=cast.nurse, agency=cast.education, **office)
    assert not Participation.objects.live().filter(user=cast.nurse).exists()
    assert not Case.objects.visible_to(User.objects.get(pk=cast.nurse.pk)).exists()


def test_a_move_that_cannot_be(cast: Cast, office: dict[str, Any], left_to_do: LeftToDo) -> None:
    elsewhere = cast.stranger.agency
    refused(
        "Choose an agency of this partnership.",
        actions.move_person,
        person=cast.nurse,
        agency=elsewhere,
        **office,
    )
    sentence = f"{cast.school_team} is no team of {cast.health}. Choose a team of that agency, or none."
    refused(
        sentence,
        actions.move_person,
        person=cast.nurse,
        agency=cast.health,
        team=cast.school_team,
        **office,
    )
    refused(
        "Nadia Reid works there already. Nothing was changed.",
        actions.move_person,
        person=cast.nurse,
        agency=cast.health,
        team=cast.health_team,
        **office,
    )
    refused(
        "You cannot move yourself. Ask another administrator.",
        actions.move_person,
        person=cast.administrator,
        agency=cast.health,
        **office,
    )
    left_to_do["Nadia Reid", Role.CSWO] = (1, 1)  # for the whole partnership: it comes along
    actions.move_person(person=cast.nurse, agency=cast.education, **office)
    assert left_to_do == {("Nadia Reid", Role.CSWO): (1, 1)}


# The pages


def test_the_pages_do_it(cast: Cast) -> None:
    first, other = Client(), Client()
    first.force_login(cast.administrator, backend="accounts.backends.PersonBackend")
    other.force_login(cast.second_administrator, backend="accounts.backends.PersonBackend")
    person = User.objects.get(pk=cast.nurse.pk)
    page = first.get(reverse("correct_person", args=[person.pk])).content.decode()
    assert 'value="Nadia Reid"' in page
    sent = {"full_name": "", "job_title": "Health visitor"}
    assert "Enter the person’s name" in first.post(
        reverse("correct_person", args=[person.pk]), sent
    ).content.decode().replace("&#x27;", "’")
    first.post(reverse("correct_person", args=[person.pk]), sent | {"full_name": "Nadia Muir"})
    page = first.post(
        reverse("ask_email_change", args=[person.pk]), {"email": NEW, "checked": ""}
    ).content.decode()
    assert "Say how you made sure that it is theirs" in page
    assert f'value="{NEW}"' in page, "what was typed is kept"
    first.post(reverse("ask_email_change", args=[person.pk]), {"email": NEW, "checked": "I rang her."})
    assert NEW in other.get(reverse("role_requests")).content.decode()
    change = EmailChange.objects.get()
    EmailChange.objects.update(asked_at=TUESDAY - HOUR)
    assert other.post(reverse("confirm_email_change", args=[change.pk])).status_code == 302
    person.refresh_from_db()
    assert (person.full_name, person.email) == ("Nadia Muir", NEW)
    opened(cast)
    where = reverse("move_person", args=[person.pk])
    team = f"team-{cast.school_team.pk}"
    page = first.post(where, {"place": team, "role": "practitioner"}).content.decode()
    assert "Choose who takes over as Practitioner" in page
    first.post(where, {"place": team, "role": "practitioner", "to_practitioner": cast.colleague.pk})
    person.refresh_from_db()
    assert person.agency == cast.education
    assert RoleRequest.objects.get().team == cast.school_team
