"""Faults of sending: everything due in one minute with nothing but a timer (D6, D9), and mail that is stale (D10)."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.faults.servers import iso, python

if TYPE_CHECKING:
    from tests.faults.work import Faults
    from tests.notifications.sink import Sink

TIMER = "from django.core.management import call_command as c; c('sweep', '--send')"


def span(faults: Faults, number: int, first: int = 0, last: int | None = None) -> dict[str, int]:
    """Return the cases of a set, or those from one place in it up to another, as a filter."""
    begins, size = faults.firsts[number], faults.sets[number]
    return {"case_id__gte": begins + first, "case_id__lt": begins + (size if last is None else last)}


def in_danger(faults: Faults, number: int) -> None:
    """Let the cases of a set be in danger today: their mails wait for no opening hours."""
    from django.db.models import F

    from cases.models import Case

    which = {name.replace("case_id", "pk"): value for name, value in span(faults, number).items()}
    Case.objects.filter(**which).update(urgency="immediate", version=F("version") + 1)


def by_the_timer_alone(faults: Faults, number: int) -> None:
    """D6, D9: ten thousand duties due at once, and no Celery: only `manage.py sweep --send`, again and again."""
    from notifications.delivery import message_id
    from notifications.models import Message, Status
    from tests.notifications.sink import sink

    size = faults.sets[number]
    in_danger(faults, number)
    faults.make_due(number)
    began, runs, recorded = time.monotonic(), 0, 0.0
    with sink() as server:
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "REDIS_URL": "redis://127.0.0.1:1/0"}
        while time.monotonic() - began < 900:
            timer = python(TIMER, **mail)
            runs += 1
            ended = False
            while not ended:
                time.sleep(0.5)
                ended = timer.poll() is not None
                if not recorded and faults.recorded(number)[0] <= size // 100:
                    recorded = time.monotonic() - began
            if faults.recorded(number)[0] == 0 and not faults.unsent(number):
                break
        mailed = time.monotonic() - began
        ids = Counter(str(one["Message-ID"]) for one in server.mails)
    lost, twice = faults.recorded(number)
    messages = Message.objects.filter(**span(faults, number))
    sent = messages.filter(status=Status.SENT).count()
    arrived = len({message_id(message) for message in messages} & ids.keys())
    exact = (lost, twice, sent, arrived) == (0, 0, 2 * size, 2 * size)
    faults.row(
        "D6",
        "no Celery at all: a timer runs the command",
        f"{size:,} due, {runs} {'run' if runs == 1 else 'runs'} of the timer",
        f"{lost} lost, {twice} recorded twice; {sent:,} of {2 * size:,} mails sent, {arrived:,} arrived",
        exact,
    )
    faults.row(
        "D9",
        "all of them due in one minute",
        f"{size:,} due, {2 * size:,} mails",
        f"99 of 100 recorded after {recorded:.0f} s, the last mailed after {mailed / 60:.1f} minutes",
        0 < recorded <= 60 and mailed <= 600,
    )


def send(at: datetime, server: Sink) -> int:
    """Let a sender of its own send what is due; return how many mails arrived."""
    before = len(server.mails)
    code = f"from notifications.delivery import send_due; send_due({iso(at)})"
    python(code, EMAIL_URL=f"smtp://127.0.0.1:{server.port}").communicate()
    return len(server.mails) - before


def stale_mail(faults: Faults, number: int) -> None:
    """D10: after queueing, duties are done, people leave the case or are switched off; what is not stale still goes."""
    from django.utils import timezone

    from accounts.models import User
    from cases.clock import sweep
    from cases.models import Deadline, Participation
    from notifications.models import Message, Status
    from tests.notifications.sink import sink

    size = faults.sets[number]
    fresh, third = size // 100, size // 3
    in_danger(faults, number)
    faults.make_due(number)
    at = timezone.now()
    sweep(at)
    messages = Message.objects.filter(**span(faults, number))
    queued = messages.filter(status=Status.WAITING).count()
    done, left, off = (0, third), (third, 2 * third), (2 * third, size - fresh)
    Deadline.objects.filter(rule="settle", **span(faults, number, *done)).update(state="met", next_at=None)
    Participation.objects.filter(**span(faults, number, *left)).update(ended_at=at)
    last = Message.objects.filter(**span(faults, number, off[0]), status=Status.WAITING)
    later = at + timedelta(days=1)
    last.update(not_before=later)
    Message.objects.exclude(pk__in=messages).filter(status=Status.WAITING).update(status=Status.DROPPED)
    with sink() as server:
        first = send(at, server)
        # What is not stale, as a control: the same people, the same kind, nothing changed.
        control = Message.objects.filter(**span(faults, number, size - fresh), status=Status.WAITING)
        control.update(not_before=at)
        second = send(at, server)
        people = User.objects.filter(pk__in=list(last.values_list("recipient", flat=True)))
        people.update(is_active=False)
        last.update(not_before=at)
        third_time = send(at, server)
        people.update(is_active=True)
    why: Counter[Any] = Counter(messages.filter(status=Status.DROPPED).values_list("error", flat=True))
    sent = messages.filter(status=Status.SENT).count()
    stale = queued - 2 * fresh
    faults.row(
        "D10",
        "the case moved, people left it or were switched off after queueing",
        f"{stale:,} stale mails ({', '.join(f'{n:,} {reason}' for reason, n in sorted(why.items()))}), "
        f"{2 * fresh} that were not",
        f"{first + third_time} of the stale sent; {second} of the others arrived",
        (first, second, third_time, sent, sum(why.values())) == (0, 2 * fresh, 0, 2 * fresh, stale)
        and stale >= 1000,
    )
