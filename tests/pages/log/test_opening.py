"""Logging a disagreement, page by page, once, in the right place, safety first (G01 to G06, G16; PF7)."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from cases.models import Case, Diversion, Draft
from cases.refusals import NotNow
from cases.views import log as log_views
from tests.cast import TUESDAY, Cast, make_cast
from tests.pages.log.desk import NO_TO_ALL, answers, fill, page, signed_in, text

# From the first page to the open case


def test_each_page_leads_to_the_next(cast: Cast, nurse: Client) -> None:
    assert "Start" in text(nurse.get(reverse("log")))
    pages = answers(cast)
    following = [*list(pages)[1:], "check"]
    for (slug, sent), after in zip(pages.items(), following, strict=True):
        assert nurse.get(page(slug)).status_code == 200
        response = nurse.post(page(slug), sent)
        assert (response.status_code, response.headers["Location"]) == (302, page(after))


@pytest.mark.requirement("G02", "G04")
def test_the_disagreement_opens_with_what_was_answered(cast: Cast, nurse: Client) -> None:
    fill(nurse, answers(cast))
    shown = text(nurse.get(page("check")))
    assert "Log it and tell Callum Petrie" in shown
    assert "3pm on Friday 29 May 2026" in shown
    assert not Case.objects.exists()

    response = nurse.post(page("check"), {"form_token": str(uuid.uuid4())})

    case = Case.objects.get()
    assert response.headers["Location"] == reverse("case", args=[case.reference])
    assert [str(m) for m in nurse.get(page("scope")).context["messages"]] == [
        "Logged. Callum Petrie has been told."
    ]
    assert (case.raiser, case.raising_team, case.counterpart, case.receiving_team) == (
        cast.nurse,
        cast.health_team,
        cast.social_worker,
        cast.social_work_team,
    )
    assert (case.about, case.reasons, case.reason_families) == (
        "decision",
        ["referral_threshold", "timescales"],
        ["threshold", "timescale"],
    )
    assert (case.subject, case.age_band, case.subject_reference) == ("child", "5 to 11", "HV-2041")
    assert (case.urgency, case.child_safe) == ("urgent", "yes")
    assert case.horizon_at == datetime(2026, 6, 5, 17, tzinfo=UTC)
    assert case.safety_until == datetime(2026, 6, 8, 16, tzinfo=UTC)
    entries = {e.kind: e for e in case.entries.all()}
    assert entries["concern"].texts == {
        "what": "The referral was declined.\nI saw the child unfed on three visits.",
        "consequence": "The child will go hungry.",
    }
    assert entries["concern"].happened_at == datetime(2026, 5, 29, 14, tzinfo=UTC)
    assert entries["situation"].texts == {"situation": "At school today."}
    assert entries["horizon"].texts["why"] == "Grandmother leaves for a week."
    assert not Draft.objects.exists()


def test_what_follows_says_when_it_must_be_settled(cast: Cast, nurse: Client) -> None:
    """The date on the check page is the one the case gets."""
    fill(nurse, answers(cast) | {"pace": {"urgency": "standard"}})
    shown = text(nurse.get(page("check")))
    nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    due = Case.objects.get().current_stage.due_at
    assert due == datetime(2026, 6, 9, 16, tzinfo=UTC)
    assert "try to settle it between you by 5pm on Tuesday 9 June." in shown


def test_pages_can_be_answered_in_any_order(cast: Cast, nurse: Client) -> None:
    pages = answers(cast)
    fill(nurse, {slug: pages[slug] for slug in ["who", "pace", "what"]})
    shown = nurse.get(page("check"))
    assert [p["label"] for p in shown.context["open_pages"]] == [
        "Is this the right place",
        "What it is about",
        "Keeping the child safe",
    ]
    assert "Log it and tell" not in text(shown)
    response = nurse.post(f"{page('scope')}?then=check", NO_TO_ALL)
    assert response.headers["Location"] == page("check")


def test_the_start_page_leads_to_the_first_unanswered_page(cast: Cast, nurse: Client) -> None:
    pages = answers(cast)
    fill(nurse, {slug: pages[slug] for slug in ["scope", "about", "safety"]})
    shown = nurse.get(reverse("log"))
    assert shown.context["go_on_url"] == page("what")
    assert [task["status"]["text"] for task in shown.context["tasks"]] == [
        "Done",
        "Done",
        "Not begun",
        "Done",
        "Not begun",
        "Not begun",
    ]


# Once, however often the button is pressed


def test_sending_twice_opens_one_disagreement(cast: Cast, nurse: Client) -> None:
    fill(nurse, answers(cast))
    token = {"form_token": str(uuid.uuid4())}
    first = nurse.post(page("check"), token)
    second = nurse.post(page("check"), token)
    assert Case.objects.count() == 1
    assert second.headers["Location"] == first.headers["Location"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_form", [True, False])
def test_two_presses_at_once_open_one_disagreement(same_form: bool) -> None:
    """The same form twice, or the same draft in two windows: one wins and the other hears of it."""
    cast = make_cast()
    fill(signed_in(cast.nurse), answers(cast))
    clients, token, together = [signed_in(cast.nurse), signed_in(cast.nurse)], str(uuid.uuid4()), Barrier(2)

    def press(client: Client) -> str:
        together.wait()
        try:
            sent = {"form_token": token if same_form else str(uuid.uuid4())}
            return client.post(page("check"), sent).headers["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        landed = list(pool.map(press, clients))
    case = Case.objects.get()
    url = reverse("case", args=[case.reference])
    assert sorted(landed) == sorted([url, url if same_form else reverse("home")])


def test_the_same_token_with_a_new_draft_leads_to_the_first_case(cast: Cast, nurse: Client) -> None:
    """The database refuses the second sending, and the new draft is kept."""
    token = {"form_token": str(uuid.uuid4())}
    fill(nurse, answers(cast))
    first = nurse.post(page("check"), token)
    fill(nurse, answers(cast))
    second = nurse.post(page("check"), token)
    assert second.headers["Location"] == first.headers["Location"]
    assert Case.objects.count() == 1
    assert Draft.objects.count() == 1


def test_a_second_window_finds_no_draft(cast: Cast, nurse: Client) -> None:
    fill(nurse, answers(cast))
    nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    again = nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    assert again.headers["Location"] == reverse("home")
    assert Case.objects.count() == 1


def test_somebody_elses_token_shows_them_nothing(cast: Cast, nurse: Client) -> None:
    fill(nurse, answers(cast))
    token = {"form_token": str(uuid.uuid4())}
    nurse.post(page("check"), token)
    response = signed_in(cast.teacher).post(page("check"), token)
    assert response.headers["Location"] == reverse("home")


def test_an_unfinished_draft_is_not_opened(cast: Cast, nurse: Client) -> None:
    pages = answers(cast)
    del pages["safety"]
    fill(nurse, pages)
    response = nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    assert "Some answers need another look before this can be logged." in text(response)
    assert not Case.objects.exists()


def test_an_answer_that_time_has_overtaken_must_be_looked_at_again(
    cast: Cast, nurse: Client, tuesday: time_machine.Coordinates
) -> None:
    fill(nurse, answers(cast))
    tuesday.move_to(TUESDAY + timedelta(days=3, hours=9))  # after the harm horizon of Friday 6pm
    nurse = signed_in(cast.nurse)
    response = nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    assert "The time by which harm could occur must be in the future" in text(response)
    assert not Case.objects.exists()


def test_a_refusal_of_the_action_is_told_and_the_draft_is_kept(
    cast: Cast, nurse: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> Case:
        raise NotNow("Choose somebody of this partnership.")

    fill(nurse, answers(cast))
    monkeypatch.setattr(log_views, "open_case", refuse)
    response = nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    assert "Choose somebody of this partnership." in text(response)
    assert Draft.objects.count() == 1


# The right place (G05)


@pytest.mark.requirement("G05")
def test_a_yes_leads_to_the_route_and_is_counted_once(cast: Cast, nurse: Client) -> None:
    for _ in range(2):
        response = nurse.post(page("scope"), NO_TO_ALL | {"conduct": "yes"})
        assert response.headers["Location"] == page("elsewhere")
    row = Diversion.objects.get()
    assert (row.partnership, row.agency, row.question, row.route) == (
        cast.partnership,
        cast.health,
        "conduct",
        "complaint",
    )
    shown = text(nurse.get(page("elsewhere")))
    assert "Use the complaints or disciplinary procedure" in shown
    assert "I still want to log a disagreement" not in shown
    assert "Change my answers" in shown
    assert "01632 960001" in shown


def test_whistleblowing_may_go_beside_a_disagreement(cast: Cast, nurse: Client) -> None:
    nurse.post(page("scope"), NO_TO_ALL | {"whistleblowing": "yes"})
    shown = nurse.get(page("elsewhere"))
    assert "I still want to log a disagreement" in text(shown)
    assert shown.context["go_on_url"] == page("about")
    pages = answers(cast)
    del pages["scope"]
    fill(nurse, pages)
    nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    assert Case.objects.count() == 1


def test_a_route_that_comes_instead_cannot_be_gone_round(cast: Cast, nurse: Client) -> None:
    fill(nurse, answers(cast) | {"scope": NO_TO_ALL | {"new_concern": "yes", "whistleblowing": "yes"}})
    assert nurse.get(page("elsewhere")).context["go_on_url"] == ""
    response = nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    assert "another route fits better" in text(response)
    assert not Case.objects.exists()


def test_the_route_page_without_a_yes_leads_to_the_questions(cast: Cast, nurse: Client) -> None:
    assert nurse.get(page("elsewhere")).headers["Location"] == page("scope")


# Safety first (G06)


@pytest.mark.parametrize("safe", ["no", "unsure"])
def test_a_child_who_is_not_safe_brings_up_whom_to_ring(cast: Cast, nurse: Client, safe: str) -> None:
    response = nurse.post(page("safety"), answers(cast)["safety"] | {"child_safe": safe})
    assert response.headers["Location"] == page("help")
    shown = nurse.get(page("help"))
    assert "01632 960001" in text(shown)
    assert shown.context["go_on_url"] == page("pace")
    assert "ring before you write" in text(nurse.get(page("safety")))


# Who may


@pytest.mark.parametrize("who", ["administrator", "auditor", "cpc_officer"])
def test_who_may_not_log_is_told_why_and_whom_to_ask(cast: Cast, who: str) -> None:
    client = signed_in(getattr(cast, who))
    for url in [reverse("log"), *map(page, ["scope", "what", "who", "elsewhere", "help", "throw-away"])]:
        response = client.get(url)
        assert response.status_code == 403, url
        assert "Your role does not log disagreements. Ask your administrator if it should." in text(response)
    assert client.post(page("what"), {"what": "x"}).status_code == 403
    assert client.post(reverse("log_draft", args=["what"]), {"what": "x"}).status_code == 403
    assert not Draft.objects.exists()


def test_a_role_lost_meanwhile_is_refused_at_the_door(cast: Cast, nurse: Client) -> None:
    fill(nurse, answers(cast))
    Membership.objects.filter(user=cast.nurse).update(ends_on=TUESDAY.date() - timedelta(days=1))
    assert nurse.post(page("check"), {"form_token": str(uuid.uuid4())}).status_code == 403
    assert not Case.objects.exists()
    assert Draft.objects.count() == 1


def test_signed_out_people_are_asked_to_sign_in(cast: Cast) -> None:
    for url in [reverse("log"), page("what"), page("check")]:
        assert Client().get(url).headers["Location"] == f"{reverse('sign_in')}?next={url}"


def test_unknown_pages_are_not_found(cast: Cast, nurse: Client) -> None:
    assert nurse.get(page("nothing")).status_code == 404
    assert nurse.post(reverse("log_draft", args=["check"]), {}).status_code == 404


# What it costs (PF7)


@pytest.mark.parametrize("found_as", ["person", "team"])
def test_opening_takes_at_most_fifteen_statements(cast: Cast, nurse: Client, found_as: str) -> None:
    pages = answers(cast)
    if found_as == "team":
        pages["who"] = {"counterpart": f"t{cast.social_work_team.pk}"}
    fill(nurse, pages)
    nurse.get(page("check"))  # a warm process knows the procedure, its limits and the calendar
    with CaptureQueriesContext(connection) as captured:
        response = nurse.post(page("check"), {"form_token": str(uuid.uuid4())})
    assert response.status_code == 302
    assert Case.objects.count() == 1
    statements = [q["sql"] for q in captured if "SAVEPOINT" not in q["sql"]]
    assert len(statements) == {"person": 14, "team": 15}[found_as], "\n".join(statements)
