"""The pages of a Re-think: who opens them, what is asked and kept, and what stands on them."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from cases.models import Case, Draft, Rethink, RethinkAction
from tests.cast import TUESDAY, opened
from tests.meetings.room import FEELINGS, GUEST, LATER, MEETS, Room
from tests.pages.desk import at, client_of, hidden, on

pytestmark = pytest.mark.django_db
POINTS = {"point_raised": "yes", "point_talked": "no", "point_formal": "no"}


@pytest.fixture(autouse=True)
def frozen() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


def read(person: Any, url: str, status: int = 200) -> str:
    response = client_of(person).get(url)
    assert response.status_code == status, (url, response.status_code)
    return unescape(response.content.decode())


def step(rethink: Rethink, key: str) -> str:
    return reverse("rethink_step", args=[rethink.reference, key])


def test_asking_keeps_what_was_typed_until_it_is_right(room: Room) -> None:
    client, url = client_of(room.cast.teacher), reverse("rethink_ask")
    typed = {"reason": "stuck", "about": "Nothing moves.", **POINTS, "addresses": "not-an-address"}
    page = client.get(url)
    answer = client.post(url, typed | _token(page))
    assert answer.status_code == 200
    text = unescape(answer.content.decode())
    assert "“not-an-address” is not an email address" in text
    assert "Nothing moves." in text
    typed["addresses"] = f"Jo Example <{room.cast.nurse.email}>, {GUEST}\n"
    answer = client.post(url, typed | _token(page))
    assert answer.status_code == 302
    rethink = Rethink.objects.get()
    assert answer.url == reverse("rethink", args=[rethink.reference])
    assert {i.email for i in rethink.invitations.all()} == {
        room.cast.teacher.email,
        room.cast.nurse.email,
        GUEST,
    }
    again = client.post(url, typed | _token(page))  # a double press
    assert again.status_code == 302
    assert Rethink.objects.count() == 1


def _token(page: Any) -> dict[str, str]:
    return {"form_token": str(page.context["form"]["form_token"].value())}


def test_half_a_request_is_kept_and_stands_on_the_home_page(room: Room) -> None:
    client = client_of(room.cast.teacher)
    assert client.post(reverse("rethink_ask_draft"), {"about": "Half a sentence"}).status_code == 204
    assert "Half a sentence" in client.get(reverse("rethink_ask")).content.decode()
    assert "Asking for a Re-think" in client.get("/").content.decode()


@pytest.mark.parametrize("who", ["auditor", "administrator"])
def test_people_outside_the_work_are_told_why_they_cannot_ask(room: Room, who: str) -> None:
    assert "work with children" in read(getattr(room.cast, who), reverse("rethink_ask"), 403)


def test_strangers_find_nothing_at_any_address(room: Room) -> None:
    rethink = room.held()
    args = [rethink.reference]
    addresses = [
        reverse("rethink", args=args),
        reverse("rethink_calendar", args=args),
        reverse("rethink_take_on", args=args),
        *(step(rethink, key) for key in ("arrange", "record", "redirect", "call-off", "nonsense")),
    ]
    cast = room.cast
    for nobody in (cast.stranger, cast.colleague, cast.nurse_manager, cast.cswo, cast.cpc_officer):
        client = client_of(nobody)
        for url in addresses:
            assert client.get(url).status_code == 404, url
        for url in (
            *addresses[3:],
            reverse("rethink_action", args=[*args, 1]),
            reverse("rethink_step_draft", args=[*args, "record"]),
        ):
            assert client.post(url, {"done": "yes"}).status_code == 404, url
    assert client_of(cast.stranger).get(reverse("rethink", args=["000-0000"])).status_code == 404


def test_who_takes_part_but_may_not_is_told_why(room: Room) -> None:
    rethink = room.arranged()
    assert "Only the Re-think coordinator" in read(room.cast.nurse, step(rethink, "arrange"), 403)
    assert "Only the facilitator" in read(room.coordinator, step(rethink, "record"), 403)
    held = room.held(rethink)
    assert "written down already" in read(room.facilitator, step(held, "record"), 409)
    assert "takes no side" in read(room.facilitator, reverse("rethink_take_on", args=[held.reference]), 403)


def test_the_coordinator_arranges_in_the_browser(room: Room) -> None:
    rethink, client = room.asked(), client_of(room.coordinator)
    url = step(rethink, "arrange")
    page = client.get(url)
    assert room.cast.teacher.email in page.content.decode()  # what was wanted stands there already
    typed = {
        **at("meets_at", LATER + timedelta(days=3)),
        "minutes": "90",
        "place": "",
        "link": "",
        "facilitator": str(room.facilitator.pk),
        "addresses": f"{room.cast.teacher.email}\n{GUEST}",
    } | hidden(page)
    refused = unescape(client.post(url, typed).content.decode())
    assert "Enter where it is, or a link below for joining online" in refused
    assert client.post(url, typed | {"place": "Room 2"}).status_code == 302
    rethink.refresh_from_db()
    assert (rethink.state, rethink.meets_at) == ("arranged", LATER + timedelta(days=3))
    stale = client.post(url, typed | {"place": "Room 3", "form_token": str(rethink.chain)})
    assert stale.status_code == 409
    assert "Somebody changed this before you" in stale.content.decode()


def test_the_facilitator_writes_it_down_in_the_browser(room: Room) -> None:
    rethink, client = room.arranged(), client_of(room.facilitator)
    url = step(rethink, "record")
    page = client.get(url)
    by_email = {i.email: str(i.pk) for i in rethink.invitations.all()}
    draft = reverse("rethink_step_draft", args=[rethink.reference, "record"])
    assert client.post(draft, {"step_perspectives": FEELINGS}).status_code == 204
    assert FEELINGS in client.get(url).content.decode()
    assert FEELINGS not in read(room.cast.nurse, reverse("rethink", args=[rethink.reference]))
    typed = {
        "there": [by_email[room.cast.nurse.email], by_email[GUEST]],
        "name_1": "Sam Guest",
        "step_perspectives": FEELINGS,
        "action_1_what": "Write one plan",
        "action_1_owner": "",
        **on("action_1_due", date(2026, 6, 20)),
        "outcomes": ["what_works"],
        "outcome_what_works": "The school runs.",
    } | hidden(page)
    assert "Action 1: choose who does it" in unescape(client.post(url, typed).content.decode())
    typed["action_1_owner"] = by_email[GUEST]
    assert client.post(url, typed).status_code == 302
    assert RethinkAction.objects.get().owner.who == "Sam Guest"
    assert not Draft.objects.exists()
    text = read(room.cast.nurse, reverse("rethink", args=[rethink.reference]))
    for words in (
        FEELINGS,
        "Only those who were in the room",
        "Sam Guest",
        "The school runs.",
        "Write one plan",
    ):
        assert words in text
    closed = read(room.cast.teacher, reverse("rethink", args=[rethink.reference]))
    assert FEELINGS not in closed
    assert "These notes stay with those who were in the room." in closed


def test_an_action_is_reported_by_a_button(room: Room) -> None:
    rethink = room.held()
    url = reverse("rethink_action", args=[rethink.reference, 1])
    client = client_of(room.cast.social_worker)
    assert client.post(url, {"done": "maybe"}).status_code == 404
    assert (
        client.post(reverse("rethink_action", args=[rethink.reference, 99999]), {"done": "yes"}).status_code
        == 404
    )
    assert client.post(url, {"done": "yes"}).status_code == 302
    assert RethinkAction.objects.get().status == "done"
    assert client_of(room.coordinator).post(url, {"done": "no"}).status_code == 403


def test_guests_are_named_to_those_who_met_them_and_their_address_to_the_coordinator(room: Room) -> None:
    rethink = room.arranged()
    url = reverse("rethink", args=[rethink.reference])
    assert GUEST in read(room.coordinator, url)
    before = read(room.cast.nurse, url)
    assert GUEST not in before and "A guest" in before
    room.held(rethink)
    assert "Sam Guest" in read(room.cast.nurse, url)


def test_taken_on_it_opens_the_form_with_the_facts_and_nothing_from_the_room(room: Room) -> None:
    rethink, client = room.held(), client_of(room.cast.nurse)
    url = reverse("rethink_take_on", args=[rethink.reference])
    page = unescape(client.get(url).content.decode())
    assert "The grandmother is there every evening." in page
    assert "How each of us sees it: feelings and needs" in page  # said to stay behind
    assert FEELINGS not in page
    assert client.post(url).url == reverse("log")
    draft = Draft.objects.get(user=room.cast.nurse, purpose="log")
    assert FEELINGS not in str(draft.data)
    form = unescape(client.get(reverse("log_page", args=["what"])).content.decode())
    assert "The child misses one day of school a week." in form
    assert "You have begun to log another disagreement" in unescape(client.get(url).content.decode())
    assert client.post(url).status_code == 200  # nothing is written over


def test_opened_from_a_rethink_the_case_is_linked_to_it(room: Room) -> None:
    rethink, client, cast = room.held(), client_of(room.cast.nurse), room.cast
    client.post(reverse("rethink_take_on", args=[rethink.reference]))
    _answer_the_log(client, cast)
    case = Case.objects.get()
    rethink.refresh_from_db()
    assert rethink.became == case
    assert "It was taken on as a formal escalation." in read(
        cast.nurse, reverse("rethink", args=[rethink.reference])
    )
    for person in (cast.nurse, cast.social_worker):
        text = read(person, reverse("case", args=[case.reference]))
        assert FEELINGS not in text
        assert "The grandmother is there every evening." in text


def _answer_the_log(client: Any, cast: Any) -> None:
    def send(page: str, typed: dict[str, Any]) -> None:
        answer = client.post(reverse("log_page", args=[page]), typed)
        assert answer.status_code == 302, answer.context["form"].errors

    scope = dict.fromkeys((q.key for q in cast.procedure.definition.scope), "no")
    what = client.get(reverse("log_page", args=["what"])).context["form"]["what"].value()
    send("scope", scope)
    send("about", {"about": "decision", "reasons": ["timescales"], "subject": "child", "age_band": "5 to 11"})
    send("what", {"what": what, "consequence": "More missed days.", **at("happened_at", TUESDAY)})
    send(
        "safety",
        {
            "child_safe": "yes",
            "situation": "At school.",
            "safety_line": "Grandmother.",
            "safety_owner": "Health visitor",
            **at("safety_until", LATER + timedelta(days=2)),
        },
    )
    send("pace", {"urgency": "standard"})
    found = client.get(reverse("log_page", args=["who"]) + "?q=petrie").context["form"].offered
    send("who", {"counterpart": next(iter(found))})
    check = client.get(reverse("log_page", args=["check"]))
    opened_it = client.post(
        reverse("log_page", args=["check"]), {"form_token": str(check.context["form"]["form_token"].value())}
    )
    assert opened_it.status_code == 302


def test_beside_a_case_by_a_step_of_the_case(room: Room) -> None:
    case = opened(room.cast)
    client = client_of(room.cast.nurse)
    url = reverse("case_step", args=[case.reference, "ask-rethink"])
    page = client.get(url)
    typed = {"about": "We differ on the plan.", **POINTS, "addresses": room.cast.social_worker.email}
    assert client.post(url, typed | hidden(page)).status_code == 302
    rethink = Rethink.objects.get()
    assert rethink.case == case
    text = read(room.cast.social_worker, reverse("case", args=[case.reference]))
    assert "Re-think asked for" in text
    assert "We differ on the plan." not in text
    # Both see that there is one; the way in is for those who take part in it, and that is the nurse alone so far.
    url = reverse("rethink", args=[rethink.reference])
    assert f"Re-think {rethink.reference}" in text and f'href="{url}"' not in text
    assert f'href="{url}"' in read(room.cast.nurse, reverse("case", args=[case.reference]))


def test_the_list_says_what_waits_on_the_coordinator(room: Room) -> None:
    waiting, other = room.asked(), room.arranged()
    text = read(room.coordinator, reverse("rethinks"))
    assert text.index("Waiting to be arranged") < text.index(waiting.reference) < text.index("All others")
    assert other.reference in text
    assert MEETS.strftime("%B") in text
    assert other.reference not in read(room.cast.colleague, reverse("rethinks"))


def test_the_navigation_has_it_where_the_procedure_offers_it(room: Room) -> None:
    nav = client_of(room.cast.nurse).get("/").context["nav"]
    assert [link["label"] for link in nav if link["url"] == reverse("rethinks")] == ["Re-think"]
