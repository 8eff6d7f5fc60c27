"""Nothing typed is lost while a disagreement is logged (G33)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import drafts
from cases.models import Case, Draft
from tests.cast import Cast
from tests.pages.log.desk import answers, fill, page, saved, signed_in, text, when

# Nothing typed is lost


def test_wrong_answers_are_named_and_kept(cast: Cast, nurse: Client) -> None:
    sent = {"what": "Half a sentence", **when("happened_at", 31, 6, "3pm"), "consequence": ""}
    response = nurse.post(page("what"), sent)
    assert [p["text"] for p in response.context["form"].error_summary()] == [
        "The time it happened must be a real date",
        "Say what is likely to happen to the child if nothing changes",
    ]
    assert "Half a sentence" in text(response)
    assert "Half a sentence" in text(nurse.get(page("what")))
    assert saved(cast.nurse)["what"]["happened_at_day"] == ["31"]


@pytest.mark.parametrize(
    ("slug", "changes", "error"),
    [
        ("scope", {"conduct": ""}, "Choose yes or no: “Is it about how a colleague behaved"),
        ("about", {"reasons": []}, "Choose at least one kind of disagreement"),
        ("about", {"reasons": ["made_up"]}, "Choose one of the answers listed"),
        ("about", {"age_band": ""}, "Choose an age"),
        ("about", {"age_band": "Not born yet"}, "Choose an age, or choose the unborn baby above"),
        ("about", {"subject_reference": "x" * 41}, "must be 40 characters or fewer"),
        ("what", when("happened_at", 3, 6, "3pm"), "The time it happened must be in the past"),
        ("safety", when("safety_until", 1, 6, "3pm"), "The time to confirm it again must be in the future"),
        ("pace", {"horizon_why": ""}, "Say what happens then, so that others see why the time matters"),
        ("pace", when("horizon_at", 1, 6, "3pm"), "The time by which harm could occur must be in the future"),
        ("who", {"counterpart": ""}, "Find and choose the person or the team you disagree with"),
    ],
)
def test_each_page_says_what_to_mend(
    cast: Cast, nurse: Client, slug: str, changes: dict[str, Any], error: str
) -> None:
    response = nurse.post(f"{page(slug)}?q=petrie", answers(cast)[slug] | changes)
    assert response.status_code == 200
    assert any(
        p["text"].startswith(error) or error in p["text"] for p in response.context["form"].error_summary()
    )


@pytest.mark.requirement("G01")
def test_an_unborn_baby_has_no_age(cast: Cast, nurse: Client) -> None:
    unborn = answers(cast)["about"] | {"subject": "unborn_baby", "age_band": ""}
    fill(nurse, answers(cast) | {"about": unborn})
    nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    case = Case.objects.get()
    assert (case.subject, case.age_band) == ("unborn_baby", "Not born yet")


def test_words_are_kept_while_typing(cast: Cast, nurse: Client) -> None:
    url = reverse("log_draft", args=["what"])
    response = nurse.post(url, {"what": "Half a sen\0tence", "form_token": "x"})
    assert response.json() == {"saved": "10:30am"}
    assert saved(cast.nurse) == {"what": {"what": ["Half a sentence"]}}
    shown = nurse.get(page("what"))
    assert "Half a sentence" in text(shown)
    assert shown.context["form"].errors == {}


def test_a_page_saves_its_own_part_alone(cast: Cast, nurse: Client) -> None:
    nurse.post(reverse("log_draft", args=["what"]), {"what": "One"})
    nurse.post(reverse("log_draft", args=["safety"]), {"situation": "Two"})
    nurse.post(reverse("log_draft", args=["what"]), {"what": "Three"})
    assert saved(cast.nurse) == {"what": {"what": ["Three"]}, "safety": {"situation": ["Two"]}}


def test_an_expired_sign_in_loses_nothing_that_was_saved(cast: Cast, nurse: Client) -> None:
    nurse.post(reverse("log_draft", args=["what"]), {"what": "Written before the session ended"})
    nurse.logout()
    response = nurse.post(page("what"), {"what": "Written before the session ended, and more"})
    assert response.status_code == 401
    assert "You have been signed out" in text(response)
    assert "Written before the session ended" in text(signed_in(cast.nurse).get(page("what")))


def test_nobody_sees_the_draft_of_another(cast: Cast, nurse: Client) -> None:
    nurse.post(reverse("log_draft", args=["what"]), {"what": "Only mine"})
    assert "Only mine" not in text(signed_in(cast.colleague).get(page("what")))
    assert drafts.begun(cast.colleague) == []
    assert [d.purpose for d in drafts.begun(cast.nurse)] == ["log"]


def test_a_draft_can_be_thrown_away(cast: Cast, nurse: Client) -> None:
    nurse.post(reverse("log_draft", args=["what"]), {"what": "In anger"})
    assert "Throw it away" in text(nurse.get(page("throw-away")))
    assert Draft.objects.count() == 1
    assert nurse.post(page("throw-away")).headers["Location"] == reverse("home")
    assert not Draft.objects.exists()


def test_the_check_page_without_a_draft_leads_to_the_start(cast: Cast, nurse: Client) -> None:
    assert nurse.get(page("check")).headers["Location"] == reverse("log")
