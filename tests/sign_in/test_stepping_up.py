"""Fresh proof before grave acts: who gave a second factor a moment ago notices nothing, anybody else is asked (E7)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from accounts.models import User
from accounts.stepping_up import FRESH_FOR, steps_up
from cases.steps import GRAVE
from cases.workflow import State
from escalation.routes import policy
from escalation.trail.models import Event
from escalation.urls import handler403, handler404, urlpatterns  # noqa: F401 (the handlers belong to a URLconf)
from tests.access.test_routes import EVERY
from tests.cases.steps import case_at
from tests.cast import TUESDAY, Cast
from tests.sign_in.conftest import Registry
from tests.sign_in.proof import code, forgets_proof, with_app

pytestmark = pytest.mark.urls("tests.sign_in.test_stepping_up")


@policy("signed_in")
@steps_up
def grave(request: HttpRequest) -> HttpResponse:
    """Say what arrived."""
    return HttpResponse(f"{request.method} words={request.POST.getlist('words')}")


urlpatterns = [*urlpatterns, path("grave/", grave, name="grave")]
TYPED = {"words": ["First <b>line</b>", 'Second & "last"'], "form_token": "t"}


def test_fresh_proof_lasts_ten_minutes_to_the_second(inside: Client, clock: Any) -> None:
    assert inside.get("/grave/").content.decode() == "GET words=[]"
    clock.shift(FRESH_FOR - timedelta(seconds=1))
    assert inside.get("/grave/").status_code == 200
    clock.shift(timedelta(seconds=1))
    assert inside.get("/grave/").status_code == 401


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_without_fresh_proof_the_view_is_not_reached(inside: Client, method: str) -> None:
    forgets_proof(inside)
    response = getattr(inside, method)("/grave/", TYPED if method == "post" else {})
    assert response.status_code == 401
    assert b"words=" not in response.content


def test_a_form_arrives_whole_once_it_is_confirmed(inside: Client, nurse: User, registry: Registry) -> None:
    forgets_proof(inside)
    page = inside.post("/grave/", TYPED).content.decode()
    fields = re.findall(r'<input type="hidden" name="(words|form_token)" value="([^"]*)">', page)
    assert fields == [
        ("words", "First &lt;b&gt;line&lt;/b&gt;"),
        ("words", "Second &amp; &quot;last&quot;"),
        ("form_token", "t"),
    ]
    assert 'action="/grave/"' in page
    response = inside.post("/grave/", TYPED | {"confirm_code": code()})
    assert response.content.decode() == f"POST words={TYPED['words']}"
    assert registry("stepped_up") == [("stepped_up", nurse.pk, {"how": "authenticator"})]
    assert inside.get("/grave/").status_code == 200, "and not asked again"


def test_a_link_leads_on_once_it_is_confirmed(inside: Client) -> None:
    forgets_proof(inside)
    page = inside.get("/grave/?from=2026-01-01").content.decode()
    assert '<input type="hidden" name="next" value="/grave/?from=2026-01-01">' in page
    assert f'action="{reverse("confirm")}"' in page
    wrong = inside.post(reverse("confirm"), {"next": "/grave/?from=2026-01-01", "confirm_code": "000000"})
    assert wrong.status_code == 401
    assert 'value="/grave/?from=2026-01-01"' in wrong.content.decode(), "and it still knows where to"
    right = inside.post(reverse("confirm"), {"next": "/grave/?from=2026-01-01", "confirm_code": code()})
    assert right.url == "/grave/?from=2026-01-01"
    assert inside.get(right.url).status_code == 200


def test_it_leads_nowhere_but_to_us(inside: Client) -> None:
    for wanted in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""):
        response = inside.post(reverse("confirm"), {"next": wanted, "confirm_code": code()})
        assert response.status_code in (302, 401)
        assert getattr(response, "url", "/") == "/"


@pytest.mark.parametrize("typed", ["", "000000", "12345", "not a code", "ABCD-EFGH-JKLM", "１２３４５６"])
def test_what_is_not_a_code_opens_nothing(inside: Client, typed: str, registry: Registry) -> None:
    forgets_proof(inside)
    response = inside.post("/grave/", TYPED | {"confirm_code": typed})
    assert response.status_code == 401
    assert "First &lt;b&gt;line" in response.content.decode(), "the words are still there"
    assert registry("stepped_up") == []


def test_the_code_of_somebody_elses_phone_opens_nothing(inside: Client, cast: Any) -> None:
    forgets_proof(inside)
    other = Client()
    other.force_login(cast.teacher, backend="accounts.backends.PersonBackend")
    forgets_proof(other)
    assert other.post("/grave/", {"confirm_code": code()}).status_code == 401, "she has no phone set up"
    assert inside.post("/grave/", {"confirm_code": code()}).status_code == 200, (
        "and the nurse's code still holds"
    )


def test_one_code_opens_once(inside: Client) -> None:
    forgets_proof(inside)
    assert inside.post("/grave/", {"confirm_code": code()}).status_code == 200
    forgets_proof(inside)
    assert inside.post("/grave/", {"confirm_code": code()}).status_code == 401


def test_only_one_click_people_of_the_demonstration_are_never_asked(
    inside: Client, nurse: User, settings: Any
) -> None:
    forgets_proof(inside)
    session = inside.session
    session["how"] = "demonstration"
    session.save()
    assert inside.get("/grave/").status_code == 401, "not outside the demonstration"
    settings.DEMO_MODE = True
    assert inside.get("/grave/").status_code == 200
    session["how"] = "password"
    session.save()
    assert inside.get("/grave/").status_code == 401, "nor for who came in by password"


# Where it stands

#: Every act that needs fresh proof, and the route it belongs to. Break-glass asks in its own view.
ASKED = {
    "add_app",
    "add_passkey",
    "agree_reset",
    "approve_removal",
    "ask_email_change",
    "ask_reset",
    "confirm_email_change",
    "confirm_role",
    "confirm_staff_list",
    "grant_role",
    "move_person",
    "name_deputy",
    "new_codes",
    "paper_approve",
    "paper_file",
    "provider_link",
    "provider_unlink",
    "remove_factor",
    "report_file",
    "take_review",
    "take_trail",
}


def test_every_grave_route_asks() -> None:
    asking = {pattern.name for _, pattern in EVERY if getattr(pattern.callback, "steps_up", False)}
    assert asking - {"grave"} == ASKED


@pytest.mark.parametrize("step", sorted(GRAVE))
def test_a_determination_needs_fresh_proof_and_keeps_its_words(cast: Cast, clock: Any, step: str) -> None:
    """The Chief Social Work Officer writes for eleven minutes, and is asked once more before it counts."""
    with_app(cast.cswo)
    case = case_at(cast, State.CSWO, at=TUESDAY - timedelta(days=1))
    client = Client()
    client.force_login(cast.cswo, backend="accounts.backends.PersonBackend")
    address = reverse("case_step", args=[case.reference, step])
    before = client.get(address).status_code
    clock.shift(timedelta(minutes=11))
    words = {"decision": "An assessment begins this week.", "version": "1"}
    page = client.post(address, words)
    assert page.status_code == 401
    assert 'name="decision" value="An assessment begins this week."' in page.content.decode()
    assert client.get(address).status_code == 401
    assert Event.objects.filter(chain=case.chain, verb="determined").count() == 0
    answer = client.post(address, words | {"confirm_code": code()})
    assert answer.status_code != 401, "confirmed: the step itself answers"
    assert client.get(address).status_code == before


def test_reports_leave_as_a_file_with_fresh_proof_only(cast: Cast, clock: Any) -> None:
    with_app(cast.auditor)
    client = Client()
    client.force_login(cast.auditor, backend="accounts.backends.PersonBackend")
    page = client.get(reverse("reports")).content.decode()
    found = re.findall(r'href="(/reports/[a-z-]+/)', page)
    file = f"{found[0]}file/csv/"
    assert client.get(file).status_code == 200
    clock.shift(timedelta(minutes=11))
    assert client.get(file).status_code == 401
    assert client.get(found[0]).status_code == 200, "reading it needs none"
    assert client.post(reverse("confirm"), {"next": file, "confirm_code": code()}).url == file
    assert client.get(file).status_code == 200
