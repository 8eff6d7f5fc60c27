"""The directory, my own page, the furniture of pages, and what they cost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from tests.accounts.shown import SignIn, only, text_of
from tests.cast import Cast
from tests.factories import AgencyFactory, UserFactory, cover, member

# The directory and my page


def test_the_directory_shows_the_tiers_of_ones_own_partnership(cast: Cast, as_: SignIn) -> None:
    page = text_of(as_(cast.nurse_manager).get(reverse("directory")))
    assert "Line manager: your opposite numbers" in page
    assert "Senior manager: your opposite numbers" not in page
    for there in (
        "Tara Munro",
        "Ingrid Marr",
        "Education, on its behalf",
        "Greta Holm",
        "Hamish Orr until further notice",
    ):
        assert there in page
    assert "Glenfarrow" not in page


@pytest.mark.parametrize(
    ("asked", "there", "missing"),
    [
        ({"q": "visitor"}, ["Nadia Reid", "Kirsty Adair"], ["Callum Petrie"]),
        ({"q": "Zoe"}, ["Nobody was found"], []),
        ({"role": "senior_manager"}, ["Victor Shaw", "Stuart Vane"], ["Nadia Reid"]),
        ({"q": "north", "role": "line_manager"}, ["Morag Lunan", "Tara Munro"], ["Fergus Boyd"]),
    ],
)
def test_looking_people_up(
    cast: Cast, as_: SignIn, asked: dict[str, str], there: list[str], missing: list[str]
) -> None:
    page = text_of(as_(cast.teacher).get(reverse("directory"), asked))
    assert [name for name in there if name not in page] == []
    assert [name for name in missing if name in page] == []


def test_an_agency_is_shown_by_team_with_who_acts_on_its_behalf(cast: Cast, as_: SignIn) -> None:
    client = as_(cast.nurse)
    page = text_of(client.get(reverse("directory"), {"agency": cast.health.pk}))
    assert page.index("The whole agency") < page.index("Stuart Vane") < page.index("Health visiting, north")
    assert "Nadia Reid</strong> (you)" in page
    nursery = text_of(client.get(reverse("directory"), {"agency": cast.nursery.pk}))
    assert "Little Burn Nursery has no managers of its own." in nursery
    assert "Glenfarrow" not in text_of(client.get(reverse("directory"), {"agency": cast.stranger.agency_id}))


def test_my_page_says_my_roles_whom_i_act_for_and_who_acts_for_me(cast: Cast, as_: SignIn) -> None:
    cover(only(cast.nurse_manager), cast.colleague, ends_on=date(2026, 6, 12))
    page = text_of(as_(cast.nurse_manager).get(reverse("me")))
    assert "Health visiting, north, NHS Strathbracken, since 1 January 2024." in page
    assert "<strong>Kirsty Adair</strong> acts for you, since 1 January 2024 until 12 June 2026." in page
    assert "You act for nobody today." in page
    deputy = text_of(as_(cast.cswo_deputy).get(reverse("me")))
    assert "<strong>Greta Holm</strong><br>Chief Social Work Officer" in deputy
    assert "acting for Greta Holm" in deputy, "in the header of every page"
    assert "You have no role yet" in text_of(as_(UserFactory(agency=cast.health)).get(reverse("me")))
    starter = member("Una Gray", Role.PRACTITIONER, cast.police, starts_on=date(2026, 6, 8))
    assert "Strathbracken Police, from 8 June 2026." in text_of(as_(starter).get(reverse("me")))


# Furniture


def links(page: str) -> list[str]:
    nav = page.split('<nav class="esc-nav"', maxsplit=1)[1].split("</nav>", maxsplit=1)[0]
    return [part.split("</a>")[0].split(">")[-1] for part in nav.split("<a ")[1:]]


def test_everybody_is_shown_where_they_can_go(cast: Cast, as_: SignIn) -> None:
    first, last = ["Home", "Cases", "Notices"], ["Procedure", "Learning", "Directory"]
    for person, wanted in (
        (cast.nurse, [*first, "Re-think", *last]),
        (cast.cswo, [*first, "Keeping", "Re-think", *last]),
        (cast.cpc_officer, [*first, "Keeping", "Re-think", "Reports", *last]),
        (cast.auditor, [*first, "Trail", "Re-think", "Reports", *last]),
        (cast.administrator, [*first, "Re-think", *last, "Administration"]),
    ):
        assert links(text_of(as_(person).get(reverse("me")))) == wanted, person
    page = text_of(as_(cast.administrator).get(reverse("staff")))
    assert page.count('aria-current="page"') == 1
    assert 'href="/administration/" aria-current="page"' in page


def test_the_partnerships_own_emergency_numbers_are_on_every_page(
    cast: Cast, as_: SignIn, client: Client
) -> None:
    page = text_of(as_(cast.nurse).get(reverse("me")))
    assert "01632 960001" in page
    assert "Strathbracken Child Protection Committee" in page
    assert "999" in text_of(client.get(f"{reverse('sign_in')}?password"))


def test_what_a_page_costs(
    cast: Cast, as_: SignIn, client: Client, django_assert_num_queries: Any, settings: Any
) -> None:
    """Session and person: two statements. What comes above that is the page's own."""
    settings.DEMO_MODE = True
    signed_in = as_(cast.cswo_deputy)
    signed_in.get(reverse("me"))  # what is kept for the whole process
    with django_assert_num_queries(2):
        assert signed_in.get(reverse("gallery")).status_code == 200
    with django_assert_num_queries(1):  # whether any organisation signs in its own people
        assert client.get(f"{reverse('sign_in')}?password").status_code == 200
    with django_assert_num_queries(2 + 3):  # my roles, my deputies, whom I act for
        signed_in.get(reverse("me"))
    with django_assert_num_queries(2 + 3):  # agencies, roles, deputies
        signed_in.get(reverse("directory"))


@pytest.mark.parametrize("name", ["directory", "administration", "staff"])
def test_a_list_costs_the_same_however_long_it_is(cast: Cast, as_: SignIn, name: str) -> None:
    client = as_(cast.administrator)

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse(name)).status_code == 200
        return len(caught)

    cost()  # what is read once in a while is known from then on
    before = cost()
    for number in range(12):
        agency = AgencyFactory(partnership=cast.partnership, name=f"Agency {number}")
        member(f"Senior {number}", Role.SENIOR_MANAGER, agency)
    assert cost() == before
