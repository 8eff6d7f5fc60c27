"""What a mail says, whom it still goes to, and what becomes of it when the server will not have it (D8, D10, D13)."""

from __future__ import annotations

import smtplib
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from accounts.models import Cover, Membership, User
from cases.actions import talking
from cases.clock import sweep
from cases.models import Case, Deadline, Participation
from cases.models.deadline import DeadlineState, Rule
from cases.workflow import State
from notifications import carriers, delivery, outbox
from notifications.delivery import SendResult, send_due
from notifications.models import ABOUT_A_MEETING, ABOUT_NO_CASE, FOR_OUTSIDERS, Kind, Message, Status
from tests.cases.steps import audit, case_at, determined, fresh
from tests.cast import TUESDAY, Cast, new_case, opened
from tests.factories import cover
from tests.notifications.crowd import only
from tests.notifications.sink import sink

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DUE = datetime.fromisoformat("2026-06-09T16:00:00+00:00")
BODY = """\
Dear Callum Petrie,

Case {reference} needs you, or the person you act for.

What is needed: Answer and give your side’s position
When: by 5pm on Tuesday 9 June

Open it here (you will be asked to sign in):
http://127.0.0.1:8000/cases/{reference}/

If a child is in danger now, call 999.
Child protection and duty team, day and night: 01632 960001
Police, not an emergency: 101
Emergency: 999

This mail says nothing about the case itself. Please do not reply to it or pass it on.
"""


@pytest.fixture(autouse=True)
def real_mail(settings: Any) -> None:
    """Mail goes to Django's test outbox, as it would to a server."""
    settings.DEMO_MODE = False
    settings.SEND_MAIL = True


def states() -> list[tuple[str, str]]:
    """Return status and error of every message, oldest first."""
    return list(Message.objects.order_by("pk").values_list("status", "error"))


# What it says


def test_a_mail_says_what_is_needed_by_when_and_nothing_else(cast: Cast) -> None:
    case = opened(cast)
    assert send_due(TUESDAY) == SendResult(sent=1)
    [sent] = mail.outbox
    assert sent.subject == f"Escalation: {case.reference} needs you by 5pm on Tuesday 9 June"
    assert sent.body == BODY.format(reference=case.reference)
    assert (sent.to, sent.cc, sent.bcc) == (["callum.petrie@example.org"], [], [])
    [message] = Message.objects.all()
    assert (message.status, message.sent_at, message.lease_until) == ("sent", TUESDAY, None)


def test_the_message_id_is_the_same_each_time(cast: Cast) -> None:
    opened(cast)
    [message] = Message.objects.all()
    first = delivery.message_id(message)
    send_due(TUESDAY)
    Message.objects.update(status=Status.WAITING, sent_at=None)
    send_due(TUESDAY)
    assert [sent.extra_headers["Message-ID"] for sent in mail.outbox] == [first, first]
    assert first.endswith("@127.0.0.1>")
    message.key += "x"
    assert delivery.message_id(message) != first


#: Kinds that are never about a case: tests/meetings has their mails, and those of signing in have their own tests.
BESIDE = (*ABOUT_NO_CASE, *ABOUT_A_MEETING, Kind.RETHINK, Kind.CONCERN_RAISED, Kind.CONCERN_ANSWERED)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in BESIDE])
def test_every_kind_has_a_fixed_subject_and_a_body_with_the_emergency_number(cast: Cast, kind: Kind) -> None:
    case = opened(cast)
    message = Message.objects.select_related("recipient", "deadline", "case__partnership").get()
    message.kind = kind
    written = delivery.compose(message)
    assert written.subject.startswith("Escalation: ")
    assert case.reference in written.subject
    assert "\n" not in written.subject
    for words in ("Dear Callum Petrie,", "call 999", "01632 960001"):
        assert words in written.body
    assert ("/cases/" in written.body) is (kind not in FOR_OUTSIDERS)
    assert "\n\n\n" not in written.body
    message.deadline = message.needed_by = None
    assert " by " not in delivery.compose(message).subject


def test_no_word_of_a_case_gets_into_a_mail(cast: Cast) -> None:
    words = {name: f"CANARY{name.upper()}" for name in ("what", "consequence", "safety_line", "situation")}
    case = determined(cast)
    opened(
        cast, subject_reference="CANARYCHILD", safety_owner="CANARYOWNER", horizon_why="CANARYWHY", **words
    )
    talking.give_update(case, by=cast.nurse, audit=audit(case, DUE), update="CANARYUPDATE")
    sweep(DUE + 30 * DAY)
    send_due(DUE + 60 * DAY)
    assert len(mail.outbox) >= 15
    texts = "\n".join(f"{sent.subject}\n{sent.body}" for sent in mail.outbox)
    assert "CANARY" not in texts
    assert new_case(cast).what not in texts
    for person in User.objects.all():  # no name but the recipient's own
        others = [sent.body for sent in mail.outbox if sent.to != [person.email]]
        assert not any(person.full_name in body for body in others), person


def test_a_due_time_at_midnight_names_the_day_it_ends(cast: Cast) -> None:
    opened(cast)
    message = Message.objects.select_related("recipient", "deadline", "case__partnership").get()
    message.needed_by = datetime.fromisoformat("2026-06-16T23:00:00+00:00")
    assert delivery.compose(message).subject.endswith("needs you by midnight at the end of Tuesday 16 June")
    message.needed_by = datetime.fromisoformat("2027-01-04T16:00:00+00:00")
    assert delivery.compose(message).subject.endswith("needs you by 4pm on Monday 4 January 2027")


# Whom it still goes to


def test_nothing_goes_to_somebody_who_was_switched_off(cast: Cast) -> None:
    opened(cast)
    User.objects.filter(pk=cast.social_worker.pk).update(is_active=False)
    assert send_due(TUESDAY) == SendResult(dropped=1)
    assert (mail.outbox, states()) == ([], [("dropped", "inactive")])


def test_nothing_goes_to_somebody_who_left_the_case(cast: Cast) -> None:
    opened(cast)
    Participation.objects.filter(user=cast.social_worker).update(ended_at=TUESDAY)
    assert send_due(TUESDAY) == SendResult(dropped=1)
    assert (mail.outbox, states()) == ([], [("dropped", "not related")])


def test_nothing_goes_out_about_a_duty_that_is_done(cast: Cast) -> None:
    case = opened(cast)
    talking.give_position(case, by=cast.social_worker, audit=audit(case, TUESDAY), position={"view": "No."})
    assert send_due(TUESDAY) == SendResult(sent=1, dropped=1)
    assert [sent.to for sent in mail.outbox] == [["nadia.reid@example.org"]]
    assert states() == [("dropped", "not due"), ("sent", "")]


def test_nothing_goes_out_about_an_instant_that_moved(cast: Cast) -> None:
    opened(cast)
    Deadline.objects.filter(rule=Rule.REPLY).update(due_at=DUE + DAY)
    assert send_due(TUESDAY) == SendResult(dropped=1)
    assert states() == [("dropped", "not due")]


def test_news_goes_out_without_the_duty_that_is_done(cast: Cast) -> None:
    case = determined(cast)
    only()
    Deadline.objects.filter(rule=Rule.ACKNOWLEDGE).update(state=DeadlineState.MET)
    send_due(DUE)
    to_raiser = [sent for sent in mail.outbox if sent.to == ["nadia.reid@example.org"]]
    assert to_raiser[-1].subject == f"Escalation: {case.reference} has been settled"
    assert "What is needed" not in to_raiser[-1].body


def test_a_deputy_is_written_to_only_while_they_act(cast: Cast) -> None:
    stand_in = cover(Membership.objects.get(user=cast.social_worker), cast.colleague)
    opened(cast)
    opened(cast)
    send_due(TUESDAY - MINUTE)
    assert mail.outbox == []
    assert send_due(TUESDAY) == SendResult(sent=4)
    assert sorted(sent.to[0] for sent in mail.outbox)[2:] == ["kirsty.adair@example.org"] * 2
    Message.objects.update(status=Status.WAITING, sent_at=None)
    Cover.objects.filter(pk=stand_in.pk).update(ends_on=TUESDAY.date() - DAY)
    assert send_due(TUESDAY) == SendResult(sent=2, dropped=2)


def test_people_outside_a_case_are_told_without_a_way_in(cast: Cast) -> None:
    case = opened(cast)
    only(Rule.SETTLE)
    Message.objects.all().delete()
    Deadline.objects.filter(rule=Rule.SETTLE).update(
        plan=[[DUE.isoformat(), "at", ["holder", "partnership"]]], next_at=DUE
    )
    sweep(DUE)
    outside = Message.objects.get(kind=Kind.OVERDUE_OUTSIDE)
    assert outside.recipient == cast.cpc_officer
    assert not Case.objects.visible_to(cast.cpc_officer).exists()
    send_due(DUE + DAY)
    [sent] = [m for m in mail.outbox if m.to == ["quentin.ross@example.org"]]
    assert sent.subject == f"Escalation: a timescale has lapsed in {case.reference}"
    assert "http" not in sent.body
    Membership.objects.filter(user=cast.cpc_officer).delete()
    Message.objects.filter(pk=outside.pk).update(status=Status.WAITING, sent_at=None)
    assert send_due(DUE + DAY) == SendResult(dropped=1)


# When it goes


def test_a_reminder_waits_for_the_opening_hour(cast: Cast) -> None:
    opened(cast)
    only(Rule.SETTLE)
    Message.objects.all().delete()
    sweep(DUE)  # 5pm: closed; Wednesday at 9am in Scotland is 8am UTC
    opening = datetime.fromisoformat("2026-06-10T08:00:00+00:00")
    assert set(Message.objects.values_list("not_before", flat=True)) == {opening}
    assert send_due(opening - MINUTE) == SendResult()
    assert send_due(opening) == SendResult(sent=2)


def test_in_danger_nothing_waits(cast: Cast) -> None:
    opened(
        cast, urgency="immediate", at=datetime.fromisoformat("2026-06-06T20:00:00+00:00")
    )  # Saturday evening
    only(Rule.SETTLE)
    Message.objects.all().delete()
    due = Deadline.objects.get(rule=Rule.SETTLE).due_at
    sweep(due)
    assert set(Message.objects.values_list("not_before", flat=True)) == {due}
    assert send_due(due) == SendResult(sent=2)


# What goes wrong


class Failing(EmailBackend):
    """Django's test outbox, but some recipients raise and the door may be shut."""

    bad: dict[str, Exception] = {}
    shut: Exception | None = None

    def open(self) -> None:
        if Failing.shut:
            raise Failing.shut

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            if error := Failing.bad.get(message.to[0]):
                raise error
        return int(super().send_messages(messages))


@pytest.fixture
def failing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> type[Failing]:
    settings.EMAIL_BACKEND = "tests.notifications.test_delivery.Failing"
    monkeypatch.setattr(Failing, "bad", {})
    monkeypatch.setattr(Failing, "shut", None)
    return Failing


def test_a_mail_that_fails_is_tried_five_times_and_holds_up_nobody(
    cast: Cast, failing: type[Failing], caplog: pytest.LogCaptureFixture
) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    bad = "callum.petrie@example.org"
    failing.bad[bad] = smtplib.SMTPRecipientsRefused({bad: (550, b"CANARY no such person")})
    Message.objects.filter(recipient=cast.social_worker).exclude(kind=Kind.MOVED).delete()
    assert send_due(TUESDAY + HOUR) == SendResult(sent=1, failed=1)
    assert [sent.to for sent in mail.outbox] == [["morag.lunan@example.org"]]
    ill = Message.objects.get(kind=Kind.MOVED, case=case)
    tries = [(ill.status, ill.attempts, ill.not_before)]
    while ill.status == Status.FAILED:
        assert send_due(ill.not_before - timedelta(seconds=1)) == SendResult()
        assert send_due(ill.not_before) == SendResult(failed=1)
        ill.refresh_from_db()
        tries.append((ill.status, ill.attempts, ill.not_before))
    start = TUESDAY + HOUR
    assert tries == [
        ("failed", 1, start + MINUTE),
        ("failed", 2, start + 6 * MINUTE),
        ("failed", 3, start + 21 * MINUTE),
        ("failed", 4, start + 81 * MINUTE),
        ("dead", 5, start + 81 * MINUTE),
    ]
    assert ill.error == "SMTPRecipientsRefused"
    assert send_due(start + 30 * DAY) == SendResult()
    assert "CANARY" not in caplog.text
    # Brought back to life it has all its tries again.
    failing.bad.clear()
    assert outbox.try_again([ill.pk], start + DAY) == 1
    assert send_due(start + DAY) == SendResult(sent=1)


def test_a_server_out_of_reach_costs_no_try(cast: Cast, failing: type[Failing]) -> None:
    for _ in range(3):
        opened(cast)
    failing.shut = ConnectionRefusedError()
    for n in range(10):  # far more often than a message is tried
        assert send_due(TUESDAY + n * HOUR) == SendResult(put_back=3)
    assert list(Message.objects.values_list("status", "attempts")) == [("waiting", 0)] * 3
    failing.shut = None
    assert send_due(TUESDAY + 10 * HOUR) == SendResult(sent=3)


def test_after_three_mails_in_a_row_that_hang_the_rest_waits_untried(
    cast: Cast, failing: type[Failing]
) -> None:
    for _ in range(6):
        opened(cast)
    failing.bad["callum.petrie@example.org"] = TimeoutError()
    assert send_due(TUESDAY) == SendResult(failed=3, put_back=3)
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 0, 1, 1, 1]


def test_a_server_that_hangs_or_refuses_one_does_not_delay_the_others(cast: Cast, settings: Any) -> None:
    for person in (cast.social_worker, cast.teacher, cast.nursery_worker):
        opened(cast, counterpart=person, counterpart_team_id=None)
    with sink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 1
        server.hang = {"callum.petrie@example.org"}
        server.refuse = {"eilidh.kerr@example.org": 451}
        began = time.monotonic()
        assert send_due(TUESDAY) == SendResult(sent=1, failed=2)
        assert time.monotonic() - began < 5
        assert server.recipients() == ["oona.wylie@example.org"]
    assert states() == [
        ("failed", "SMTPServerDisconnected"),
        ("failed", "SMTPRecipientsRefused"),
        ("sent", ""),
    ]


def test_without_a_mail_server_the_notice_stays_and_nothing_is_called_sent(cast: Cast, settings: Any) -> None:
    settings.EMAIL_BACKEND = carriers.DUMMY
    opened(cast)
    assert send_due(TUESDAY) == SendResult(dropped=1)
    assert states() == [("dropped", "mail is off")]
    assert Message.objects.inbox_of(cast.social_worker).count() == 1


def test_in_the_demonstration_nothing_leaves_the_machine(cast: Cast, settings: Any) -> None:
    settings.DEMO_MODE = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # port 25: would be refused
    opened(cast)
    assert send_due(TUESDAY) == SendResult(sent=1)
    assert mail.outbox == []


def test_a_lease_that_ran_out_is_given_back_and_the_late_sender_changes_nothing(cast: Cast) -> None:
    opened(cast)
    [mine] = outbox.claim(TUESDAY, 10)
    assert outbox.claim(TUESDAY, 10) == []
    assert outbox.release_stale(TUESDAY + outbox.LEASE - MINUTE) == 0
    assert outbox.release_stale(TUESDAY + outbox.LEASE) == 1
    [theirs] = outbox.claim(TUESDAY + outbox.LEASE, 10)
    assert theirs == mine
    assert outbox.sent(mine, TUESDAY + outbox.LEASE) is False
    assert outbox.failed(mine, TUESDAY + outbox.LEASE, TimeoutError()) is False
    assert outbox.sent(theirs, TUESDAY + outbox.LEASE) is True
    assert states() == [("sent", "")]


def test_a_batch_of_twenty_costs_few_statements(cast: Cast, django_assert_num_queries: Any) -> None:
    for _ in range(20):
        opened(cast)
    messages = outbox.claim(TUESDAY, 20)
    assert len(messages) == 20
    with django_assert_num_queries(2):
        from notifications.recipients import reasons_to_drop

        assert reasons_to_drop(messages, TUESDAY) == {}
        assert all(delivery.compose(m).body for m in messages)
    with django_assert_num_queries(1):
        assert outbox.sent(messages[0], TUESDAY)
    assert fresh(messages[0].case).state == State.RESOLUTION
