"""Every page of the administrator: who gets it, who does not, what it says and does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts import actions, invitations
from accounts.actions import request_role
from accounts.models import Agency, Cover, Membership, RoleRequest, StaffList, Team, User
from accounts.roles import Role
from escalation.trail.models import Event
from notifications.delivery import compose
from notifications.models import Kind, Message
from tests.access.test_routes import EVERY, policy_of
from tests.accounts.office import LeftToDo
from tests.accounts.shown import SignIn, only, text_of
from tests.cast import TUESDAY, Cast
from tests.factories import AgencyFactory, PartnershipFactory, UserFactory, cover, member

pytestmark = pytest.mark.usefixtures("tuesday")


TODAY = date(2026, 6, 2)


DAY_OF = {"starts_on_day": "2", "starts_on_month": "6", "starts_on_year": "2026"}


#: Each of the administrator's pages: its name, and the part of its address, in the own and in another partnership.
PAGES: list[tuple[str, str, list[str]]] = [
    ("administration", "", ["get"]),
    ("add_agency", "", ["get", "post"]),
    ("agency", "agency", ["get"]),
    ("add_team", "agency", ["get", "post"]),
    ("staff_list", "agency", ["get", "post"]),
    ("staff_list_waits", "list", ["get"]),
    ("confirm_staff_list", "list", ["post"]),
    ("decline_staff_list", "list", ["post"]),
    ("staff", "", ["get"]),
    ("add_person", "", ["get", "post"]),
    ("person", "person", ["get"]),
    ("invite", "person", ["post"]),
    ("deactivate_person", "person", ["get", "post"]),
    ("reactivate_person", "person", ["post"]),
    ("choose_role", "person", ["get"]),
    ("grant_role", "role", ["get", "post"]),
    ("role_requests", "", ["get"]),
    ("confirm_role", "request", ["post"]),
    ("decline_role", "request", ["post"]),
    ("end_role", "membership", ["get", "post"]),
    ("hand_over_role", "membership", ["get", "post"]),
    ("name_deputy", "membership", ["get", "post"]),
    ("end_deputy", "cover", ["post"]),
]


#: Where they stand; pages elsewhere have their row in tests/access/routes.txt and their own tests.
OURS = {f"accounts.views.{name}" for name in ("places", "requests", "roles", "staff", "staff_lists")}


TRIES = [(name, part, method) for name, part, methods in PAGES for method in methods]


def address(name: str, part: str, person: User) -> str:
    """Return the page's address about this person, their agency, role or deputy."""
    args: list[Any] = []
    if part == "agency":
        args = [person.agency_id]
    elif part in ("person", "role"):
        args = [person.pk, "line_manager"] if part == "role" else [person.pk]
    elif part == "list":
        asker = User.objects.filter(full_name__startswith="Anders").first()
        row = {
            "line": 2,
            "name": "A",
            "email": "a@example.org",
            "job": "",
            "team": "",
            "role": "practitioner",
        }
        args = [
            StaffList.objects.get_or_create(
                agency=person.agency,
                defaults={"asked_by": asker, "asked_at": TUESDAY, "rows": [row], "people": 1, "roles": 1},
            )[0].pk
        ]
    elif part == "request":
        args = [request_for(person).pk]
    elif part:
        membership = only(person)
        row = Cover.objects.filter(membership=membership).first() or cover(
            membership, UserFactory(agency=person.agency)
        )
        args = [membership.pk if part == "membership" else row.pk]
    return reverse(name, args=args)


def request_for(person: User) -> RoleRequest:
    """Return a request that a former administrator left behind, about a role for this person."""
    found = RoleRequest.objects.filter(person=person, decision="waiting").first()
    if found is not None:
        return found
    partnership = person.agency.partnership
    asker = member(f"Rhona Sim {person.pk}", Role.ADMINISTRATOR, partnership, agency=person.agency)
    return request_role(person=person, role=Role.LINE_MANAGER, place=person.agency, by=asker, at=TUESDAY)


def test_the_table_names_every_page_of_the_administrator() -> None:
    declared = {
        pattern.name
        for _, pattern in EVERY
        if policy_of(pattern) == "administrator" and pattern.callback.__module__ in OURS
    }
    assert {name for name, _, _ in PAGES} == declared
    assert len(TRIES) == 32


@pytest.mark.parametrize(("name", "part", "method"), TRIES)
def test_the_administrator_of_this_partnership_gets_it_and_nobody_else(
    cast: Cast, as_: SignIn, name: str, part: str, method: str
) -> None:
    where, foreign = address(name, part, cast.nurse), address(name, part, cast.stranger)
    before = _counts()
    for person in (cast.nurse, cast.health_senior, cast.cswo, cast.cpc_officer, cast.auditor):
        assert getattr(as_(person), method)(where).status_code == 403, person
    elsewhere = member(
        "Otto Blane", Role.ADMINISTRATOR, cast.stranger.agency.partnership, agency=cast.stranger.agency
    )
    if part:
        assert getattr(as_(elsewhere), method)(where).status_code == 404
        assert getattr(as_(cast.administrator), method)(foreign).status_code == 404
        assert getattr(as_(elsewhere), method)(foreign).status_code in (200, 302), "the allowed twin"
    else:
        assert "Strathbracken" not in getattr(as_(elsewhere), method)(where).content.decode()
    assert _counts()["agencies, teams"] == before["agencies, teams"]
    assert getattr(as_(cast.administrator), method)(where).status_code in (200, 302), "the allowed twin"


def _counts() -> dict[str, int]:
    return {"agencies, teams": Agency.objects.count() + Team.objects.count()}


def test_a_page_that_changes_something_does_nothing_when_it_is_opened(cast: Cast, as_: SignIn) -> None:
    client = as_(cast.administrator)
    for name, part, methods in PAGES:
        if "get" not in methods:
            assert client.get(address(name, part, cast.nurse)).status_code == 405
    assert not Event.objects.filter(actor_id=cast.administrator.pk).exists()


def test_a_former_administrator_is_refused_at_the_next_click(cast: Cast, as_: SignIn) -> None:
    client = as_(cast.administrator)
    assert client.get(reverse("administration")).status_code == 200
    Membership.objects.filter(user=cast.administrator).update(ends_on=TODAY - timedelta(days=1))
    assert client.get(reverse("administration")).status_code == 403


# What they do


def test_a_new_person_from_first_entry_to_a_role(cast: Cast, as_: SignIn) -> None:
    client = as_(cast.administrator)
    form = {
        "full_name": "Isla Newton",
        "email": "Isla@Example.org",
        "job_title": "Midwife",
        "agency": cast.health.pk,
    }
    response = client.post(reverse("add_person"), form)
    person = User.objects.get(email="isla@example.org")
    assert response.url == reverse("person", args=[person.pk])
    page = text_of(client.get(response.url))
    assert "No role yet" in page
    assert "Has not set a password yet" in page
    roles = text_of(client.get(reverse("choose_role", args=[person.pk])))
    assert all(role.label in roles for role in Role)
    grant = reverse("grant_role", args=[person.pk, "line_manager"])
    assert "Health visiting, north, NHS Strathbracken" in text_of(client.get(grant))
    response = client.post(grant, {"place": f"team-{cast.health_team.pk}", **DAY_OF})
    assert response.url == reverse("person", args=[person.pk])
    assert not Membership.objects.filter(user=person).exists(), "nothing is given by one administrator"
    assert "waits for a second administrator" in text_of(client.get(response.url))
    asked = RoleRequest.objects.get(person=person)
    client.post(reverse("confirm_role", args=[asked.pk]))
    assert not Membership.objects.filter(user=person).exists(), "nor by the same one twice"
    assert "Isla Newton" in text_of(as_(cast.second_administrator).get(reverse("role_requests")))
    as_(cast.second_administrator).post(reverse("confirm_role", args=[asked.pk]))
    held = only(person)
    assert (held.team, held.granted_by, held.confirmed_by) == (
        cast.health_team,
        cast.administrator,
        cast.second_administrator,
    )
    assert "since 2 June 2026" in text_of(client.get(response.url))
    link = text_of(client.post(reverse("invite", args=[person.pk])))
    assert "http://testserver/invitation/" in link
    assert not Message.objects.filter(recipient=person).exists()
    actions.accept_invitation(
        token=invitations.token_for(person), password="lantern 9 on the moor", at=TUESDAY
    )
    told = Message.objects.get(recipient=person)
    assert told.kind == Kind.SIGN_IN_CHANGED, (
        "the administrator saw the link: the person hears that it was used"
    )
    assert "were you only just invited? Ring at once" in compose(told).body


@pytest.mark.parametrize(
    ("name", "form", "sentence"),
    [
        ("add_agency", {}, "Enter the name of the agency"),
        (
            "add_agency",
            {"name": "NHS Strathbracken", "short_name": "Health"},
            "There is an agency called NHS",
        ),
        ("add_team", {"name": "Health visiting, north"}, "has a team called Health visiting, north already"),
        ("add_person", {"email": "not an address"}, "Enter the person’s name"),
        ("grant_role", {}, "Choose where the role is held"),
        ("grant_role", {"place": "team-0", **DAY_OF}, "Choose one of the answers listed"),
        ("grant_role", {"place": "partnership-1", **DAY_OF}, "Choose one of the answers listed"),
        ("end_role", {}, "Choose when the role ends"),
        ("end_role", {"when": "later"}, "Enter the last day"),
        ("name_deputy", {**DAY_OF}, "Choose the deputy"),
        ("name_deputy", {"deputy": "0", **DAY_OF}, "Choose one of the answers listed"),
    ],
)
def test_a_form_says_what_to_mend_and_changes_nothing(
    cast: Cast, as_: SignIn, name: str, form: dict[str, Any], sentence: str
) -> None:
    part = next(part for page, part, _ in PAGES if page == name)
    response = as_(cast.administrator).post(address(name, part, cast.nurse), form)
    page = text_of(response)
    assert sentence in page
    assert "<title>Error: " in page
    assert not Event.objects.filter(actor_id=cast.administrator.pk).exists()


def test_ending_a_role_now_and_naming_a_deputy(cast: Cast, as_: SignIn) -> None:
    client = as_(cast.administrator)
    form = {"deputy": cast.nurse_manager.pk, "reason": "Annual leave", **DAY_OF}
    response = client.post(reverse("name_deputy", args=[only(cast.health_senior).pk]), form)
    row = Cover.objects.get(deputy=cast.nurse_manager)
    assert response.url == reverse("person", args=[cast.health_senior.pk])
    assert "Deputy: Morag Lunan, since 2 June 2026 (Annual leave)" in text_of(client.get(response.url))
    assert "Stuart Vane" in text_of(client.get(reverse("person", args=[cast.nurse_manager.pk]))), "acts for"
    client.post(reverse("end_deputy", args=[row.pk]))
    assert not Cover.objects.filter(pk=row.pk).exists()
    client.post(reverse("end_role", args=[only(cast.nurse).pk]), {"when": "now"})
    assert "1 January 2024 to 1 June 2026" in text_of(client.get(reverse("person", args=[cast.nurse.pk])))


def test_a_leavers_open_duties_are_counted_and_handed_over(
    cast: Cast, as_: SignIn, left_to_do: LeftToDo
) -> None:
    left_to_do["Nadia Reid", Role.PRACTITIONER] = (1, 2)
    client = as_(cast.administrator)
    where = reverse("deactivate_person", args=[cast.nurse.pk])
    for page in (
        where,
        reverse("end_role", args=[only(cast.nurse).pk]),
        reverse("person", args=[cast.nurse.pk]),
    ):
        assert "1 open disagreement, with 2 things to do" in text_of(client.get(page))
    assert "Choose who takes over as Practitioner" in text_of(client.post(where))
    stranger = {"to_practitioner": cast.teacher.pk}
    assert "Choose one of the answers listed" in text_of(client.post(where, stranger))
    assert User.objects.get(pk=cast.nurse.pk).is_active
    assert client.post(where, {"to_practitioner": cast.colleague.pk}).status_code == 302
    assert left_to_do == {("Kirsty Adair", Role.PRACTITIONER): (1, 2)}
    assert not User.objects.get(pk=cast.nurse.pk).is_active
    assert "has left and cannot sign in" in text_of(client.get(reverse("person", args=[cast.nurse.pk])))
    client.post(reverse("reactivate_person", args=[cast.nurse.pk]))
    assert User.objects.get(pk=cast.nurse.pk).is_active


def test_people_are_found_by_name_address_and_job(cast: Cast, as_: SignIn) -> None:
    client, where = as_(cast.administrator), reverse("staff")
    assert "Nadia Reid" in text_of(client.get(where, {"q": "visitor nadia"}))
    assert "Zoe Fallon" not in text_of(client.get(where)), "another partnership"
    assert "Nobody was found" in text_of(client.get(where, {"q": "Zoe"}))
    UserFactory(full_name="Una Gray", agency=cast.police)
    page = text_of(client.get(where, {"show": "none"}))
    assert "Una Gray" in page
    assert "Nadia Reid" not in page


def test_empty_pages_say_what_to_do(db: None, as_: SignIn) -> None:
    partnership = PartnershipFactory(name="Newburgh Partnership", slug="newburgh")
    agency = AgencyFactory(partnership=partnership, name="Newburgh Council")
    first = member("Otto Blane", Role.ADMINISTRATOR, partnership, agency=agency)
    client = as_(first)
    page = text_of(client.get(reverse("administration")))
    assert "The partnership has no Chief Social Work Officer." in page
    assert "Nobody holds a role here." in text_of(client.get(reverse("agency", args=[agency.pk])))
