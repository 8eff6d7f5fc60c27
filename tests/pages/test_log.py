"""Logging a disagreement, page by page (G01 to G06, G16, G33; PF7)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, User
from accounts.roles import Role
from cases import drafts
from cases.forms.asking import Asking
from cases.forms.counterparts import named, search
from cases.models import Case, Diversion, Draft
from cases.refusals import NotNow
from cases.views import log as log_views
from tests.cast import TUESDAY, Cast, make_cast
from tests.factories import TeamFactory, join

NO_TO_ALL = {"new_concern": "no", "conduct": "no", "planning_meeting_dissent": "no", "whistleblowing": "no"}


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(TUESDAY, tick=False) as clock:
        yield clock


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.PersonBackend")
    return client


@pytest.fixture
def nurse(cast: Cast) -> Client:
    return signed_in(cast.nurse)


def when(name: str, day: int, month: int, clock: str) -> dict[str, str]:
    return {
        f"{name}_day": str(day),
        f"{name}_month": str(month),
        f"{name}_year": "2026",
        f"{name}_time": clock,
    }


def value_of(user: User) -> str:
    """Return what the form sends for a person: their first place in the directory."""
    return f"p{Membership.objects.filter(user=user).order_by('pk')[0].pk}"


def answers(cast: Cast) -> dict[str, dict[str, Any]]:
    """Return right answers for every page, in the order of the pages."""
    return {
        "scope": NO_TO_ALL,
        "about": {
            "about": "decision",
            "reasons": ["referral_threshold", "timescales"],
            "subject": "child",
            "age_band": "5 to 11",
            "subject_reference": "HV-2041",
        },
        "what": {
            "what": "The referral was declined.\r\nI saw the child unfed on three visits.",
            "consequence": "The child will go hungry.",
            **when("happened_at", 29, 5, "3pm"),
        },
        "safety": {
            "child_safe": "yes",
            "situation": "At school today.",
            "safety_line": "Grandmother has the child each evening.",
            "safety_owner": "Health visitor",
            **when("safety_until", 8, 6, "5pm"),
        },
        "pace": {
            "urgency": "urgent",
            "horizon_why": "Grandmother leaves for a week.",
            **when("horizon_at", 5, 6, "6pm"),
        },
        "who": {"counterpart": value_of(cast.social_worker)},
    }


def page(slug: str) -> str:
    return reverse("log_page", args=[slug])


def fill(client: Client, pages: dict[str, dict[str, Any]]) -> None:
    for slug, sent in pages.items():
        assert client.post(page(slug), sent).status_code == 302, slug


def text(response: Any) -> str:
    return unescape(response.content.decode())


def saved(user: User) -> dict[str, Any]:
    draft = drafts.load(user, "log")
    assert draft is not None
    return draft.data


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
    assert "Open the disagreement and tell Callum Petrie" in shown
    assert "3pm on Friday 29 May 2026" in shown
    assert not Case.objects.exists()

    response = nurse.post(page("check"), {"form_token": str(uuid.uuid4())})

    case = Case.objects.get()
    assert response.headers["Location"] == reverse("case", args=[case.reference])
    assert [str(m) for m in nurse.get(page("scope")).context["messages"]] == [
        "Opened. Callum Petrie has been told."
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
    assert "Open the disagreement" not in text(shown)
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
    assert "Some answers need another look before this can be opened." in text(response)
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
    assert "I still want to record a disagreement" not in shown
    assert "Change my answers" in shown
    assert "01632 960001" in shown


def test_whistleblowing_may_go_beside_a_disagreement(cast: Cast, nurse: Client) -> None:
    nurse.post(page("scope"), NO_TO_ALL | {"whistleblowing": "yes"})
    shown = nurse.get(page("elsewhere"))
    assert "I still want to record a disagreement" in text(shown)
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


# Who may


@pytest.mark.parametrize("who", ["administrator", "auditor", "cpc_officer"])
def test_who_may_not_log_is_told_why_and_whom_to_ask(cast: Cast, who: str) -> None:
    client = signed_in(getattr(cast, who))
    for url in [reverse("log"), *map(page, ["scope", "what", "who", "elsewhere", "help", "throw-away"])]:
        response = client.get(url)
        assert response.status_code == 403, url
        assert "Your role does not record disagreements. Ask your administrator if it should." in text(
            response
        )
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
