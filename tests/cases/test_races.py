"""Two people press at once: one winner, one plain refusal, one event."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from cases.actions import climbing, settling, talking
from cases.audit import Audit
from cases.models import Case, Entry
from cases.refusals import AlreadyDone, Refusal, Stale
from escalation.trail.models import Event
from tests.cases.steps import audit, fresh
from tests.cast import TUESDAY, make_cast, opened

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12


def at_once(*calls: Callable[[], object]) -> Counter[str]:
    """Run the calls at the same instant, each in its own connection; count how they ended."""
    barrier = threading.Barrier(len(calls))
    ends: Counter[str] = Counter()

    def run(call: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=10)
            call()
            ends["done"] += 1
        except Refusal as refusal:
            ends[type(refusal).__name__] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return ends


def test_withdraw_against_escalate_has_one_winner() -> None:
    cast = make_cast()
    ends: Counter[str] = Counter()
    for _ in range(ROUNDS):
        case = opened(cast)
        climbing.notify_intention(
            case, by=cast.nurse, audit=audit(case, TUESDAY), message="I will take it up."
        )
        seen = audit(case, TUESDAY + timedelta(hours=1))
        ends += at_once(
            lambda case=case, seen=seen: settling.withdraw(
                case, by=cast.nurse, audit=seen, statement="New facts."
            ),
            lambda case=case, seen=seen: climbing.escalate(
                case,
                by=cast.nurse,
                audit=seen,
                brief={"concerns": "x"},
                situation="y",
                tried="z",
                threshold="t",
            ),
        )
        assert Event.objects.filter(chain=case.chain).count() == 3
        assert fresh(case).state in ("withdrawn", "line_manager")
    assert ends == {"done": ROUNDS, "Stale": ROUNDS}


def test_two_updates_of_one_case_are_both_kept() -> None:
    cast = make_cast()
    case = opened(cast)
    ends: Counter[str] = Counter()
    for n in range(ROUNDS):
        ends += at_once(
            lambda n=n: talking.give_update(
                case, by=cast.nurse, audit=Audit(TUESDAY), update=f"From health {n}"
            ),
            lambda n=n: talking.give_update(
                case, by=cast.social_worker, audit=Audit(TUESDAY), update=f"From SW {n}"
            ),
        )
    assert ends == {"done": 2 * ROUNDS}
    assert Entry.objects.filter(case=case, kind="update").count() == 2 * ROUNDS
    assert Case.objects.get(pk=case.pk).version == 1 + 2 * ROUNDS
    seqs = list(Event.objects.filter(chain=case.chain).values_list("seq", flat=True))
    assert seqs == list(range(1, 2 * ROUNDS + 2))


def test_one_form_sent_twice_makes_one_entry() -> None:
    cast = make_cast()
    case = opened(cast)
    ends: Counter[str] = Counter()
    for _ in range(ROUNDS):
        form = Audit(TUESDAY, token=uuid.uuid4())
        send = lambda form=form: talking.give_update(case, by=cast.nurse, audit=form, update="Once")  # noqa: E731
        ends += at_once(send, send)
    assert ends == {"done": ROUNDS, "AlreadyDone": ROUNDS}
    assert Entry.objects.filter(case=case, kind="update").count() == ROUNDS


def test_a_move_sent_twice_is_done_once_and_not_called_stale() -> None:
    cast = make_cast()
    case = opened(cast)
    form = Audit(TUESDAY, token=uuid.uuid4(), version=case.version)
    settling.withdraw(case, by=cast.nurse, audit=form, statement="New facts.")
    with pytest.raises(AlreadyDone):
        settling.withdraw(case, by=cast.nurse, audit=form, statement="New facts.")
    with pytest.raises(Stale):
        settling.withdraw(
            case, by=cast.nurse, audit=Audit(TUESDAY, token=uuid.uuid4(), version=1), statement="Again."
        )
