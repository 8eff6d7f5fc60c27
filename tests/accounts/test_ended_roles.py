"""Roles that end by their date: what came meanwhile stays with whoever had it, until an administrator hands it over."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts import actions
from accounts.actions.ended_roles import LOOKED_BACK, tell_of_ended_roles
from accounts.models import Membership
from accounts.roles import Role
from accounts.tasks import sync_roles
from cases.models import Case, Participation
from escalation.trail.models import Event
from notifications.delivery import compose
from notifications.models import Kind, Message
from tests.accounts.office import DAY, TODAY, LeftToDo, only, refused
from tests.accounts.shown import text_of
from tests.cast import TUESDAY, Cast, opened
from tests.pages.desk import client_of

pytestmark = pytest.mark.usefixtures("tuesday")


def ended(row: Membership, days_ago: int = 1) -> Membership:
    Membership.objects.filter(pk=row.pk).update(ends_on=TODAY - days_ago * DAY)
    row.refresh_from_db()
    return row


def test_administrators_are_told_once_of_a_role_that_ended_and_left_something(cast: Cast) -> None:
    opened(cast)
    row = ended(only(cast.nurse))
    sync_roles()
    sync_roles()
    found = Message.objects.filter(kind=Kind.ROLE_LEFT).select_related(
        "recipient__agency__partnership", "about"
    )
    told = found.order_by("recipient")
    assert [(m.recipient, m.about) for m in told] == [
        (person, cast.nurse)
        for person in sorted((cast.administrator, cast.second_administrator), key=lambda p: p.pk)
    ]
    [event] = Event.objects.filter(verb="role_left_open")
    assert event.object_ref == f"membership:{row.pk}"
    assert event.acting_role == "service"
    mail = compose(told[0])
    assert mail.subject == "Escalation: a role ended and left something to do"
    assert "Until then it stays with Nadia Reid." in mail.body
    assert reverse("person", args=[cast.nurse.pk]) in mail.body
    assert Case.objects.get().reference not in mail.body
    row = client_of(cast.administrator).get(reverse("inbox")).content.decode()
    assert "A role ended and left something to do" in row


def test_of_other_roles_nobody_is_told(cast: Cast, office: dict[str, Any], left_to_do: LeftToDo) -> None:
    """One that ends today, long ago, of a leaver, with nothing left; one that is held a second time."""
    for who in ("Nadia Reid", "Ewan Kerr", "Kirsty Adair"):
        left_to_do[who, Role.PRACTITIONER] = (1, 0)
    ended(only(cast.nurse), days_ago=0)
    ended(only(cast.teacher), days_ago=LOOKED_BACK.days + 1)
    ended(only(cast.health_senior))
    left_to_do.pop(("Kirsty Adair", Role.PRACTITIONER))
    actions.deactivate_person(person=cast.colleague, **office)
    assert tell_of_ended_roles(at=TUESDAY) == 0
    row = ended(only(cast.nurse))
    moved = Membership.objects.create(
        user=cast.nurse,
        role=Role.PRACTITIONER,
        partnership=cast.partnership,
        agency=cast.education,
        starts_on=TODAY,
    )
    assert tell_of_ended_roles(at=TUESDAY) == 0, "she goes on with it elsewhere"
    assert row.agency != moved.agency
    moved.delete()
    assert tell_of_ended_roles(at=TUESDAY) == 1, "the allowed twin"
    assert tell_of_ended_roles(at=TUESDAY) == 0


def test_what_is_left_is_handed_over_afterwards(cast: Cast, office: dict[str, Any]) -> None:
    case = opened(cast)
    row = only(cast.nurse)
    hand_over: dict[str, Any] = {"membership": row, **office}
    refused(
        "This role lasts still. End it, and say who takes over.",
        actions.hand_over_role,
        successor=None,
        **hand_over,
    )
    ended(row)
    refused(
        "Nadia Reid would leave something behind. Say who takes it over. "
        "Practitioner: 1 open disagreement, with 3 things to do.",
        actions.hand_over_role,
        successor=None,
        **hand_over,
    )
    office_page = client_of(cast.administrator)
    person = reverse("person", args=[cast.nurse.pk])
    shown = text_of(office_page.get(person))
    assert "No role now" in shown
    assert "Hand over what is left" in shown
    page = reverse("hand_over_role", args=[row.pk])
    assert "Who takes over as Practitioner?" in text_of(office_page.get(page))
    assert "Choose who takes over as Practitioner" in text_of(office_page.post(page, {}))
    assert office_page.post(page, {"to_practitioner": cast.colleague.pk})["Location"] == person
    live = Participation.objects.live().filter(case=case, relation="raiser")
    assert [p.user for p in live] == [cast.colleague]
    [event] = Event.objects.filter(verb="role_handed_over")
    assert (event.object_ref, event.actor_id) == (f"membership:{row.pk}", cast.administrator.pk)
    assert "Hand over what is left" not in text_of(office_page.get(person))
    assert "Nothing is left to hand over" in text_of(office_page.get(page))
    refused("Nothing is left to do in this role.", actions.hand_over_role, successor=None, **hand_over)


def test_nobody_hands_over_what_they_left_themselves(cast: Cast, office: dict[str, Any]) -> None:
    row = ended(only(cast.nurse))
    Membership.objects.filter(pk=row.pk).update(user=office["by"])
    row = Membership.objects.get(pk=row.pk)
    words = "You cannot hand over what is left by yourself. Ask another administrator."
    refused(words, actions.hand_over_role, membership=row, successor=cast.colleague, **office)
