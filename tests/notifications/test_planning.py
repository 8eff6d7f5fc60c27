"""Who is told what by each act: exact people and kinds, and nothing when the act is not kept (D14, G21, G33)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cases.actions import climbing, following, managing, pace, settling, talking
from cases.audit import Verb
from cases.models import Case
from cases.models.deadline import Rule
from cases.workflow import State
from notifications.models import Message
from notifications.rules import RULES
from tests.cases.steps import agreed, audit, case_at, determined, fresh, tell_and_escalate
from tests.cast import TUESDAY, Cast, opened
from tests.factories import cover

LATER = TUESDAY + timedelta(hours=8)


def told(case: Case) -> set[tuple[str, str, str]]:
    """Return kind, recipient and the duty named, of the messages of the last event."""
    last = Message.objects.filter(case=case).order_by("-pk").first()
    if last is None:
        return set()
    found = Message.objects.filter(case=case, event=last.event).select_related("recipient", "deadline")
    return {(m.kind, m.recipient.full_name, m.deadline.rule if m.deadline else "") for m in found}


def silent(case: Case) -> bool:
    """Return whether nobody was told of anything, and forget what they were."""
    return not Message.objects.filter(case=case).exists()


def forget() -> None:
    Message.objects.all().delete()


def test_every_verb_has_its_row() -> None:
    assert set(RULES) == set(Verb)


def test_opening_tells_the_counterpart_that_an_answer_is_due(cast: Cast) -> None:
    case = opened(cast)
    [message] = Message.objects.all()
    assert (message.kind, message.recipient, message.deadline.rule) == (
        "needs_you",
        cast.social_worker,
        Rule.REPLY,
    )
    assert (message.reference, message.needed_by) == (case.reference, message.deadline.due_at)
    assert (message.created_at, message.not_before, message.status) == (TUESDAY, TUESDAY, "waiting")


def test_the_intention_to_escalate_goes_to_the_other_side(cast: Cast) -> None:
    case = opened(cast)
    forget()
    climbing.notify_intention(case, by=cast.nurse, audit=audit(case, LATER), message="I mean to go up.")
    assert told(case) == {("notice_given", "Callum Petrie", "")}


def test_an_escalation_tells_both_parties_and_whoever_has_it_now(cast: Cast) -> None:
    case = case_at(cast, State.MANAGERS)
    forget()
    tell_and_escalate(case, cast.nurse_manager, LATER)
    assert told(case) == {
        ("moved", "Nadia Reid", Rule.ACKNOWLEDGE),
        ("moved", "Callum Petrie", ""),
        ("needs_you", "Stuart Vane", Rule.ACCEPT),
    }


def test_the_raiser_hears_that_a_manager_has_it(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    forget()
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, LATER))
    assert told(case) == {("accepted", "Nadia Reid", "")}


def test_a_refusal_reaches_the_raiser_and_the_view_whoever_has_to_give_it(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, LATER))
    managing.decline(
        case, by=cast.nurse_manager, audit=audit(case, LATER), why="Not yet.", feedback="Not yet."
    )
    assert told(case) == {("declined", "Nadia Reid", Rule.ACKNOWLEDGE)}
    forget()
    managing.ask_independent_view(case, by=cast.nurse, audit=audit(case, LATER), question="Am I wrong?")
    # The manager who said no is not told that somebody asked elsewhere.
    assert told(case) == {("needs_you", "Leila Baird", Rule.INDEPENDENT_VIEW)}
    forget()
    managing.give_independent_view(
        case, by=cast.health_lead, audit=audit(case, LATER), supports=True, view="The pattern is clear."
    )
    assert told(case) == {
        ("view_given", "Nadia Reid", Rule.ACKNOWLEDGE),
        ("needs_you", "Stuart Vane", Rule.ACCEPT),
    }


def test_an_update_reaches_everybody_with_a_duty_and_the_holder(cast: Cast) -> None:
    case = case_at(cast, State.MANAGERS)
    forget()
    talking.give_update(case, by=cast.social_worker, audit=audit(case, LATER), update="Seen today.")
    # Nadia has feedback to acknowledge, Tara a request to answer; Morag holds it. Callum wrote it.
    assert {(kind, name) for kind, name, _ in told(case)} == {
        ("updated", "Nadia Reid"),
        ("updated", "Morag Lunan"),
        ("updated", "Tara Munro"),
    }


def test_talking_tells_nobody_who_has_nothing_to_do(cast: Cast) -> None:
    case = opened(cast)
    forget()
    talking.record_contact(
        case,
        by=cast.nurse,
        audit=audit(case, LATER),
        happened_at=LATER,
        method="telephone",
        people="Callum",
        discussed="The visits.",
    )
    assert silent(case)


def test_a_position_of_the_other_side_reaches_the_holder(cast: Cast) -> None:
    case = opened(cast)
    forget()
    talking.give_position(case, by=cast.social_worker, audit=audit(case, LATER), position={"view": "No."})
    assert told(case) == {("updated", "Nadia Reid", "")}


@pytest.mark.requirement("G23")
def test_advice_goes_to_the_lead_and_back_to_who_asked(cast: Cast) -> None:
    case = opened(cast)
    forget()
    talking.ask_advice(case, by=cast.social_worker, audit=audit(case, LATER), question="Is this a threshold?")
    assert told(case) == {("needs_you", "Ursula Dow", Rule.ADVICE)}
    forget()
    talking.give_advice(case, by=cast.social_work_lead, audit=audit(case, LATER), advice="It is.")
    assert told(case) == {("advice_given", "Callum Petrie", "")}


def test_a_change_of_pace_reaches_those_whose_time_it_changes(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    forget()
    pace.change_urgency(case, by=cast.nurse, audit=audit(case, LATER), urgency="urgent", reason="Worse.")
    assert ("changed", "Morag Lunan", "") in told(case)
    assert "Nadia Reid" not in {name for _, name, _ in told(case)}


def test_a_determination_reaches_both_sides_with_what_is_asked_of_each(cast: Cast) -> None:
    case = determined(cast)
    assert told(case) == {
        ("settled", "Nadia Reid", Rule.ACKNOWLEDGE),
        ("settled", "Callum Petrie", told_rule(case, cast.social_worker)),
        ("settled", "Morag Lunan", ""),
        ("settled", "Tara Munro", ""),
        ("settled", "Stuart Vane", ""),
        ("settled", "Victor Shaw", ""),
    }


def told_rule(case: Case, person: Any) -> str:
    """Return which duty of a person is due first."""
    return case.deadlines.open().filter(person=person).order_by("due_at", "pk").first().rule


def test_a_failed_check_back_says_that_it_is_open_again(cast: Cast) -> None:
    case = agreed(cast)
    forget()
    following.check_understood(case, by=cast.social_worker, audit=audit(case, LATER), answer=False)
    assert told(case) == {("reopened", "Nadia Reid", Rule.SETTLE)}
    assert fresh(case).state == State.RESOLUTION


def test_a_withdrawal_reaches_everybody_who_takes_part(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    forget()
    settling.withdraw(case, by=cast.nurse, audit=audit(case, LATER), statement="Solved.")
    assert told(case) == {("ended", "Callum Petrie", ""), ("ended", "Morag Lunan", "")}


def test_a_duty_is_told_to_the_deputy_too(cast: Cast) -> None:
    cover(Membership.objects.get(user=cast.nurse_manager), cast.colleague)
    case = opened(cast)
    forget()
    tell_and_escalate(case, cast.nurse, LATER)
    assert {(kind, name) for kind, name, _ in told(case)} == {
        ("moved", "Callum Petrie"),
        ("needs_you", "Morag Lunan"),
        ("needs_you", "Kirsty Adair"),
    }


def test_what_is_not_kept_tells_nobody(cast: Cast) -> None:
    case = opened(cast)
    forget()
    with pytest.raises(RuntimeError), transaction.atomic():
        tell_and_escalate(case, cast.nurse, LATER)
        assert not silent(case)
        raise RuntimeError("the database went away before the end")
    assert silent(case)
    assert fresh(case).state == State.RESOLUTION


def test_planning_a_move_costs_one_insert(cast: Cast) -> None:
    case = case_at(cast, State.MANAGERS)
    climbing.notify_intention(case, by=cast.nurse_manager, audit=audit(case, LATER), message="I go up.")
    with CaptureQueriesContext(connection) as queries:
        climbing.escalate(
            case,
            by=cast.nurse_manager,
            audit=audit(case, LATER),
            brief={"concerns": "x"},
            situation="y",
            tried="z",
            threshold="t",
            feedback="f",
        )
    sql = [q["sql"] for q in queries]
    sealed = next(n for n, text in enumerate(sql) if text.startswith('INSERT INTO "trail_event"'))
    after = [text.split()[0:3] for text in sql[sealed + 1 :] if not text.startswith("RELEASE")]
    assert [words[0] for words in after] == ["INSERT"]  # who covers whom came with the directory


def test_planning_again_adds_nothing(cast: Cast) -> None:
    opened(cast)
    [message] = Message.objects.all()
    message.pk = None
    Message.objects.bulk_create([message], ignore_conflicts=True)
    assert Message.objects.count() == 1
