"""The other side of a new disagreement: who is found, who is offered, what is refused (G03)."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from cases.forms.asking import Asking
from cases.forms.counterparts import named, search
from cases.models import Case
from tests.cast import TUESDAY, Cast
from tests.factories import TeamFactory, join
from tests.pages.log.desk import answers, fill, page, signed_in, text, value_of

# The other side (G03)


def found(cast: Cast, words: str, user: User | None = None) -> list[tuple[str, str]]:
    asking = Asking(user or cast.nurse, cast.procedure.definition, TUESDAY)
    return [(c.label, c.hint) for c in search(asking, words)]


@pytest.mark.parametrize("words", ["petrie", "CALLUM social", "petrie children north"])
@pytest.mark.requirement("G07", "G18")
def test_people_are_found_by_name_job_team_and_agency(cast: Cast, words: str) -> None:
    assert found(cast, words)[0] == (
        "Callum Petrie",
        "Social worker, Children and families, north, Strathbracken Council Social Work",
    )


def test_a_team_goes_to_its_line_manager(cast: Cast, nurse: Client) -> None:
    assert found(cast, "families north")[-1] == (
        "Somebody in Children and families, north",
        "Strathbracken Council Social Work. It goes to Tara Munro, line manager.",
    )
    fill(nurse, answers(cast) | {"who": {"counterpart": f"t{cast.social_work_team.pk}"}})
    nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    case = Case.objects.get()
    assert (case.counterpart, case.receiving_team) == (cast.social_work_manager, cast.social_work_team)


@pytest.mark.requirement("G07")
def test_a_nursery_without_managers_is_answered_for_by_its_agency(cast: Cast) -> None:
    assert found(cast, "nursery staff")[-1] == (
        "Somebody in Nursery staff",
        "Little Burn Nursery. It goes to Fergus Boyd, line manager.",
    )


@pytest.mark.parametrize("words", ["Nadia", "Zoe", "Anders", "Yvonne", "", "   ", "100%"])
def test_oneself_strangers_and_administrators_are_not_offered(cast: Cast, words: str) -> None:
    assert found(cast, words) == []


def test_ones_own_agency_is_left_out_where_the_procedure_says_so(cast: Cast) -> None:
    between = cast.procedure.definition.model_copy(update={"same_agency_allowed": False})
    asking = Asking(cast.nurse, between, TUESDAY)
    assert [c.label for c in search(asking, "Kirsty")] == []
    assert named(asking, value_of(cast.colleague)) is None
    assert named(asking, f"t{cast.health_team.pk}") is None
    assert [c.label for c in search(replace(asking, procedure=cast.procedure.definition), "Kirsty")] == [
        "Kirsty Adair"
    ]


@pytest.mark.parametrize("value", ["p", "p0", "px", "t999999", "p²", "q1", "p" + "9" * 30, "p-1"])
def test_made_up_values_are_refused(cast: Cast, nurse: Client, value: str) -> None:
    response = nurse.post(f"{page('who')}?q=petrie", {"counterpart": value})
    assert response.context["form"].errors["counterpart"] == [
        "Choose one of the answers listed for “The other person or team”"
    ]


def test_a_person_of_another_partnership_is_refused(cast: Cast, nurse: Client) -> None:
    response = nurse.post(page("who"), {"counterpart": value_of(cast.stranger)})
    assert "counterpart" in response.context["form"].errors
    assert "Zoe Fallon" not in text(response)


def test_the_choice_stays_on_the_page_beside_a_new_search(cast: Cast, nurse: Client) -> None:
    fill(nurse, {"who": answers(cast)["who"]})
    form = nurse.get(f"{page('who')}?q=eilidh").context["form"]
    assert [label for _, label in form.fields["counterpart"].choices] == ["Callum Petrie", "Eilidh Kerr"]
    assert form["counterpart"].value() == value_of(cast.social_worker)


def test_an_answer_without_a_search_leads_to_the_search(cast: Cast, nurse: Client) -> None:
    response = nurse.post(page("who"), {})
    assert response.context["form"].error_summary()[0]["href"] == "#id_counterpart"
    assert 'id="id_counterpart"' in text(response)


def test_a_search_without_a_result_says_what_to_do(cast: Cast, nurse: Client) -> None:
    assert "Nobody found" in text(nurse.get(f"{page('who')}?q=nosuchname"))


def test_who_is_in_several_teams_says_for_which(cast: Cast) -> None:
    second = TeamFactory(agency=cast.health, name="School nursing")
    join(cast.nurse, Role.PRACTITIONER, second)
    nurse = signed_in(cast.nurse)
    response = nurse.post(page("who"), answers(cast)["who"])
    assert response.context["form"].errors["own_team"] == ["Choose the team you raise it for"]
    pages = answers(cast)
    fill(nurse, pages | {"who": pages["who"] | {"own_team": str(second.pk)}})
    nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    assert Case.objects.get().raising_team == second
