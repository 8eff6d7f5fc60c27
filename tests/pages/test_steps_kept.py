"""Nothing that somebody typed is lost: stale pages, expired sign-ins, drafts, and pages opened at the wrong moment."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from cases import drafts
from cases.actions import settling, talking
from cases.audit import Audit
from cases.forms.every import FORMS
from cases.models import Case, Entry
from cases.steps import STEPS
from cases.workflow import State
from escalation.trail.models import Event
from tests.cases.steps import audit, fresh
from tests.cast import Cast, opened
from tests.pages.desk import HOUR, NOW, accepted, address, agreed, client_of, hidden, told
from tests.pages.situations import SITUATIONS

#: Steps that only add to the record: somebody else's entry must not make their pages out of date.
ADDS = (
    "acknowledge",
    "ask-advice",
    "ask-rethink",
    "check-done",
    "check-understood",
    "common-ground",
    "contact",
    "correct",
    "duty",
    "give-advice",
    "meeting",
    "position",
    "report-action",
    "safety",
    "update",
)
MOVES = sorted(set(STEPS) - set(ADDS))
WORDS = "The child was hungry again on Tuesday."


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def words_of(answer: Any) -> str:
    return unescape(answer.content.decode())


def somebody_adds(case: Case, cast: Cast) -> None:
    """Let the counterpart add new information, as it happens while somebody else is writing."""
    talking.give_update(case, by=cast.social_worker, audit=Audit(NOW), update="The mother rang.")


def test_twenty_five_steps_move_a_case_and_fifteen_add_to_its_record() -> None:
    assert (len(MOVES), len(ADDS)) == (25, 15)
    assert {key for key, form in FORMS.items() if not form.moves} == set(ADDS)


@pytest.mark.parametrize("key", MOVES)
def test_a_move_from_a_page_that_is_out_of_date_changes_nothing_and_keeps_the_words(
    cast: Cast, key: str
) -> None:
    now = SITUATIONS[key]
    case = now.case(cast)
    client = client_of(getattr(cast, now.by))
    typed = {**now.typed(cast, case), **hidden(client.get(address(case, key)))}
    somebody_adds(case, cast)
    before = Event.objects.filter(chain=case.chain).count()
    answer = client.post(address(case, key), typed)
    assert answer.status_code == 409
    page = words_of(answer)
    assert "New information (Callum Petrie, just now)" in " ".join(page.replace("<", " <").split()).replace(
        '<span class="esc-quiet">', ""
    )
    assert Event.objects.filter(chain=case.chain).count() == before
    said = [w for name, w in typed.items() if isinstance(w, str) and " " in w and len(w) > 12]
    assert all(w in page for w in said)
    assert f'href="{address(case, key)}"' in page and "Go on with your words" in page
    # The form has the words again, with the version of the case as it is now, and can be sent.
    again = client.get(address(case, key))
    assert all(w in words_of(again) for w in said)
    assert client.post(address(case, key), {**typed, **hidden(again)}).status_code == 302
    assert Event.objects.filter(chain=case.chain).count() == before + 1


@pytest.mark.parametrize("key", ADDS)
def test_what_only_adds_to_the_record_is_taken_from_a_page_that_is_out_of_date(cast: Cast, key: str) -> None:
    now = SITUATIONS[key]
    case = now.case(cast)
    client = client_of(getattr(cast, now.by))
    typed = {**now.typed(cast, case), **hidden(client.get(address(case, key)))}
    somebody_adds(case, cast)
    assert client.post(address(case, key), typed).status_code == 302


def test_a_page_that_is_out_of_date_and_no_longer_ones_step_gives_the_words_to_copy(cast: Cast) -> None:
    case = told(cast)
    client = client_of(cast.nurse)
    typed = {
        **SITUATIONS["escalate"].typed(cast, case),
        **hidden(client.get(address(case, "escalate"))),
        "threshold": WORDS,
    }
    settling.withdraw(case, by=cast.nurse, audit=audit(case, NOW), statement="Settled by telephone.")
    answer = client.post(address(case, "escalate"), typed)
    assert answer.status_code == 409
    page = words_of(answer)
    assert WORDS in page and "Withdrawn" in page
    assert "Go on with your words" not in page


def test_words_for_a_case_that_ended_meanwhile_are_kept(cast: Cast) -> None:
    case = opened(cast)
    client = client_of(cast.social_worker)
    typed = {**SITUATIONS["update"].typed(cast, case), **hidden(client.get(address(case, "update")))}
    settling.withdraw(case, by=cast.nurse, audit=audit(case, NOW), statement="Settled by telephone.")
    answer = client.post(address(case, "update"), typed | {"update": WORDS})
    assert answer.status_code == 409
    page = words_of(answer)
    assert "This case has ended. Ask for it to be reopened if something new has come up." in page
    assert WORDS in page
    kept = drafts.load(cast.social_worker, "update", case)
    assert kept is not None and kept.data["update"] == [WORDS]


def test_words_of_somebody_whose_step_it_is_no_longer_are_kept(cast: Cast) -> None:
    """A deputy's cover may end, or a duty pass on, while somebody writes: they read why, and lose nothing."""
    case = opened(cast)
    answer = client_of(cast.social_worker).post(
        address(case, "intention"), {"message": WORDS, "form_token": "", "version": "1"}
    )
    assert answer.status_code == 403
    assert "The next step is with Nadia Reid, not with you." in words_of(answer)
    kept = drafts.load(cast.social_worker, "intention", case)
    assert kept is not None and kept.data == {"message": [WORDS]}


def test_what_the_action_refuses_is_an_error_of_the_form(cast: Cast, wednesday: Any) -> None:
    wednesday.move_to(NOW + 8 * HOUR)  # half past six: today's working day is over
    case = opened(cast)
    client = client_of(cast.nurse)
    today = {"action_1_due_day": "3", "action_1_due_month": "6", "action_1_due_year": "2026"}
    typed = SITUATIONS["agree"].typed(cast, case) | today | hidden(client.get(address(case, "agree")))
    answer = client.post(address(case, "agree"), typed)
    assert answer.status_code == 200
    page = words_of(answer)
    assert "Action 1: give a day that is still to come." in page
    assert "<title>Error: Record an agreement" in page
    assert "A joint visit this week." in page
    assert fresh(case).state == State.RESOLUTION


# Drafts


def test_after_an_expired_sign_in_the_words_are_there_again(cast: Cast) -> None:
    case = opened(cast)
    client = client_of(cast.social_worker)
    page = client.get(address(case, "position"))
    half = {"position_seen": WORDS, **hidden(page)}
    saved = client.post(address(case, "position", "case_step_draft"), half)
    assert (saved.status_code, saved.content) == (204, b"")
    client.logout()
    sent_away = client.post(address(case, "position"), half)
    assert sent_away.status_code == 401
    assert "You have been signed out" in words_of(sent_away)
    assert client.post(address(case, "position", "case_step_draft"), half).status_code == 401
    client.force_login(cast.social_worker, backend="accounts.backends.PersonBackend")
    again = client.get(address(case, "position"))
    assert WORDS in words_of(again)
    assert "Your words were kept just now" in words_of(again)
    # Neither the token nor the version is taken from what was kept.
    assert hidden(again)["form_token"] != half["form_token"]


def test_a_draft_is_for_its_writer_and_goes_when_the_form_is_sent(cast: Cast) -> None:
    case = opened(cast)
    nurse, other = client_of(cast.nurse), client_of(cast.social_worker)
    nurse.post(address(case, "update", "case_step_draft"), {"update": WORDS})
    assert WORDS not in words_of(other.get(address(case, "update")))
    page = nurse.get(address(case, "update"))
    assert WORDS in words_of(page)
    assert nurse.post(address(case, "update"), {"update": WORDS, **hidden(page)}).status_code == 302
    assert drafts.load(cast.nurse, "update", case) is None
    assert WORDS not in words_of(nurse.get(address(case, "update")))


def test_a_draft_can_be_thrown_away(cast: Cast) -> None:
    case = opened(cast)
    client = client_of(cast.nurse)
    client.post(address(case, "update", "case_step_draft"), {"update": WORDS})
    answer = client.post(address(case, "update", "case_step_draft"), {"discard": "yes"})
    assert (answer.status_code, answer.headers["Location"]) == (302, address(case, "update"))
    assert WORDS not in words_of(client.get(address(case, "update")))


def test_saving_on_the_way_says_when_the_case_moved_on_and_keeps_the_words_all_the_same(cast: Cast) -> None:
    case = opened(cast)
    client = client_of(cast.nurse)
    seen = hidden(client.get(address(case, "agree")))
    somebody_adds(case, cast)
    for key, status in (("agree", 409), ("update", 204)):
        typed = {"agreement": WORDS, "update": WORDS, **seen}
        assert client.post(address(case, key, "case_step_draft"), typed).status_code == status
        kept = drafts.load(cast.nurse, key, case)
        assert kept is not None and kept.data["update"] == [WORDS]


def test_nobody_else_saves_a_draft_for_a_case(cast: Cast) -> None:
    case = opened(cast)
    for person in (cast.colleague, cast.stranger, cast.administrator, cast.cswo):
        client = client_of(person)
        assert client.post(address(case, "update", "case_step_draft"), {"update": WORDS}).status_code == 404
    client = client_of(cast.nurse)
    assert client.post(address(case, "no-such-step", "case_step_draft")).status_code == 404
    assert client.get(address(case, "update", "case_step_draft")).status_code == 405


def test_half_an_answer_in_a_draft_is_no_error(cast: Cast) -> None:
    case = opened(cast)
    client = client_of(cast.nurse)
    half = {"child_safe": "", "safety_until_day": "31", "safety_until_month": "", "safety_line": WORDS}
    client.post(address(case, "safety", "case_step_draft"), half)
    page = client.get(address(case, "safety"))
    assert page.status_code == 200
    assert WORDS in words_of(page)
    assert 'value="31"' in words_of(page)
    assert "Error" not in words_of(page)


# The wrong moment


@pytest.mark.parametrize(
    ("key", "by", "why"),
    [
        ("escalate", "nurse", "Tell the other side first that you mean to take this further."),
        ("skip", "nurse", "A stage is passed over only when there is danger today."),
        ("accept", "nurse", "There is nothing to accept here."),
        ("close", "nurse", "This has not been settled yet, or it has been closed."),
        ("reopen", "nurse", "Only a settled or closed case is reopened."),
        ("acknowledge", "nurse", "Nothing of this kind waits for you now."),
        ("answer-refusal", "nurse", "Nobody has declined this."),
        ("report-action", "nurse", "This has not been settled yet, or it has been closed."),
    ],
)
def test_a_step_at_the_wrong_moment_says_why_and_leads_back(cast: Cast, key: str, by: str, why: str) -> None:
    case = opened(cast)
    answer = client_of(getattr(cast, by)).get(address(case, key))
    assert answer.status_code == 409
    page = words_of(answer)
    assert why in page
    assert "Disagreement logged" in page
    assert f'href="/cases/{case.reference}/"' in page


def test_closing_names_what_is_still_missing(cast: Cast) -> None:
    case = agreed(cast)
    answer = client_of(cast.nurse).get(address(case, "close"))
    assert answer.status_code == 409
    assert "Callum Petrie has to confirm what was agreed" in words_of(answer)
    assert "1 agreed action must be reported" in words_of(answer)


def test_a_reporter_without_an_open_action_is_told(cast: Cast) -> None:
    case = agreed(cast)
    for person, status in ((cast.social_worker, 200), (cast.nurse, 200)):
        assert client_of(person).get(address(case, "report-action")).status_code == status
    talking.give_update(case, by=cast.nurse, audit=Audit(NOW), update="Done.")
    settled = accepted(cast, State.LINE_MANAGER)
    settling.agree(
        settled,
        by=cast.nurse_manager,
        audit=audit(settled, NOW),
        agreement="A visit.",
        actions=[],
        feedback="Yes.",
    )
    answer = client_of(cast.nurse).get(address(settled, "report-action"))
    assert answer.status_code == 409
    assert "There is no agreed action for you to report." in words_of(answer)


def test_an_unknown_step_and_an_unknown_case_are_not_found(cast: Cast) -> None:
    case = opened(cast)
    client = client_of(cast.nurse)
    assert client.get(address(case, "no-such-step")).status_code == 404
    assert client.get(reverse("case_step", args=["ZZZ-ZZZZ", "update"])).status_code == 404


def test_no_page_breaks_whoever_opens_or_sends_it_whenever(cast: Cast) -> None:
    """Every step, opened and sent empty by people of both sides, amid a dispute and after it: an answer, no error."""
    cases = [accepted(cast, State.LINE_MANAGER), agreed(cast)]
    entries = Entry.objects.count()
    seen = set()
    for case in cases:
        for who in (cast.nurse, cast.social_worker):
            client = client_of(who)
            for key in STEPS:
                seen.add(client.get(address(case, key)).status_code)
                seen.add(client.post(address(case, key), {"version": str(case.version)}).status_code)
    assert seen == {200, 403, 409}
    assert Entry.objects.count() == entries


def test_the_token_of_one_person_hides_nothing_of_another(cast: Cast) -> None:
    """A form token that somebody else used does not make one's own form count as sent."""
    case = opened(cast)
    nurse, other = client_of(cast.nurse), client_of(cast.social_worker)
    used = hidden(nurse.get(address(case, "update")))
    nurse.post(address(case, "update"), {"update": "Seen on Tuesday.", **used})
    answer = other.post(address(case, "withdraw"), {"statement": WORDS, **used})
    assert answer.status_code == 409
