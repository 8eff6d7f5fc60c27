"""Several sweepers at once, and killed ones: real processes and real transactions; each lapse exactly once (X5)."""

from __future__ import annotations

import random
import threading
import time

import pytest
from django.db import connection

from cases.clock import SweepResult, sweep
from cases.lapsing import PASSED
from cases.models import Case, Deadline, Participation
from cases.models.deadline import Rule
from escalation.trail.models import Event
from notifications.models import Kind, Message
from tests.cast import make_cast, opened
from tests.notifications.crowd import copies_of, finish, iso, only, start
from tests.time.sweeping import DUE, lapses

#: A sweep in batches of five that says so when one is written, before it commits.
SLOWLY = f"""
from cases import clock
whole = clock.work_off
def work_off(*args):
    done = whole(*args)
    print("written", flush=True)
    return done
clock.work_off = work_off
clock.sweep({iso(DUE)}, batch=5)
"""


def settle_only(count: int) -> Case:
    """Return the first of `count` cases in Resolution, committed."""
    case = opened(make_cast())
    only(Rule.SETTLE)
    Message.objects.all().delete()
    copies_of(case, count - 1)
    return case


def exactly_once(count: int) -> None:
    """Assert that each of `count` duties lapsed once, was told of once, and passed on once."""
    events = Event.objects.filter(verb="lapsed")
    assert (events.count(), events.values("chain").distinct().count()) == (count, count)
    assert Deadline.objects.filter(rule=Rule.SETTLE, ordinal=0, lapsed_at=DUE).count() == count
    assert Deadline.objects.filter(rule=Rule.SETTLE, ordinal=PASSED).count() == count
    for kind in (Kind.LAPSED, Kind.PASSED_ON):
        assert Message.objects.filter(kind=kind).count() == count
    assert Message.objects.count() == 2 * count
    assert Participation.objects.filter(why="the timescale lapsed").count() == count


@pytest.mark.django_db(transaction=True)
def test_sweepers_at_once_record_each_lapse_once() -> None:
    settle_only(300)
    code = f"from cases.clock import sweep; print(sweep({iso(DUE)}, batch=20).lapsed)"
    shares = [int(out) for out in finish(start(code), start(code), start(code))]
    # One of them may end early because the others hold the last rows; nothing is left for the next round then.
    assert sum(shares) == 300
    assert sum(share > 0 for share in shares) >= 2, shares
    assert sweep(DUE) == SweepResult()
    exactly_once(300)


@pytest.mark.django_db(transaction=True)
def test_a_killed_sweeper_loses_and_repeats_nothing() -> None:
    settle_only(200)
    chance, seen = random.Random(2026), []
    for _ in range(5):
        running = start(SLOWLY)
        assert running.stdout is not None
        for _ in range(chance.randint(1, 6)):
            running.stdout.readline()  # a batch is written, and commits at any moment
        time.sleep(chance.uniform(0, 0.01))
        running.kill()
        running.communicate()
        assert running.returncode == -9
        seen.append(Event.objects.filter(verb="lapsed").count())
    assert 0 < seen[-1] < 200, "the kills were to hit it in its work"
    assert all(count % 5 == 0 for count in seen), "a batch is kept whole or not at all"
    sweep(DUE)
    exactly_once(200)


@pytest.mark.django_db(transaction=True)
def test_a_case_somebody_is_writing_to_is_left_for_the_next_round() -> None:
    case = settle_only(2)
    held, done = threading.Event(), threading.Event()

    def write() -> None:
        from django.db import transaction

        with transaction.atomic():
            Case.objects.select_for_update().get(pk=case.pk)
            held.set()
            done.wait(timeout=20)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    held.wait(timeout=20)
    assert sweep(DUE) == SweepResult(due=1, lapsed=1, passed_on=1)
    assert lapses(case) == []
    done.set()
    writer.join()
    assert sweep(DUE) == SweepResult(due=1, lapsed=1, passed_on=1)
    assert len(lapses(case)) == 1
