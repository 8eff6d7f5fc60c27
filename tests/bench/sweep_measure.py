"""Measures sweeps of a database that `sweep_load` filled; a process of its own, run by `tests.bench.sweep`."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import django

from tests.bench.sweep_load import LATER, due_of


class Measuring:
    """Works through the sets one after the other: each is due a minute after the one before."""

    def __init__(self, loaded: dict[str, Any]) -> None:
        self.made, self.firsts, self.sets = loaded["made"], loaded["firsts"], loaded["sets"]
        self.next = 0

    def take(self, size: int) -> int:
        """Return the number of the next set, which must have this size."""
        number, self.next = self.next, self.next + 1
        assert self.sets[number] == size, (number, self.sets[number], size)
        return number

    def floor(self, size: int) -> float:
        """Return the seconds of one statement that writes what a sweep of a set writes."""
        from django.db import connection, transaction

        from tests.bench.sweep_floor import floor

        number = self.take(size)
        began = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            floor(cursor, self.made, due_of(number))
        seconds = time.perf_counter() - began
        self.exact(number, size)
        return seconds

    def sweeps(self, size: int, processes: int = 1) -> tuple[float, list[dict[str, Any]]]:
        """Return the seconds until the last of some sweeps at once has ended, and what each says."""
        number = self.take(size)
        running = [_start(due_of(number).isoformat()) for _ in range(processes)]
        began = time.perf_counter()
        for process in running:
            _go(process)
        said = [_end(process) for process in running]
        seconds = time.perf_counter() - began
        if sum(one["lapsed"] for one in said) < size:  # what the other held when one came to its end
            _again(due_of(number).isoformat())
        self.exact(number, size)
        return max(seconds if processes > 1 else 0, *(one["seconds"] for one in said)), said

    def exact(self, number: int, size: int) -> None:
        """Assert that each duty of a set lapsed once, passed on once and was told of twice."""
        from cases.models import Deadline, Participation
        from escalation.trail.models import Event
        from notifications.models import Message

        first = self.firsts[number]
        span = {"case_id__gte": first, "case_id__lt": first + size}
        refs = [f"case:{pk}" for pk in range(first, first + size)]
        found = (
            Deadline.objects.filter(ordinal=0, rule="settle", lapsed_at=due_of(number), **span).count(),
            Deadline.objects.filter(ordinal__gt=0, rule="settle", **span).count(),
            Participation.objects.filter(why="the timescale lapsed", **span).count(),
            Event.objects.filter(verb="lapsed", object_ref__in=refs).count(),
            Message.objects.filter(**span).count(),
        )
        assert found == (size, size, size, size, 2 * size), found

    def waits(self, size: int) -> dict[str, float]:
        """Return how long writes to swept cases take while a sweep runs, and while none does; milliseconds."""
        from accounts.models import User

        number = self.take(size)
        nurse = User.objects.get(full_name="Nadia Reid")
        cases = range(self.firsts[number], self.firsts[number] + size)
        quiet = _write_some(nurse, cases, 60, threading.Event())
        process, over = _start(due_of(number).isoformat()), threading.Event()
        _go(process)

        def wait() -> None:
            _end(process)
            over.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        busy = _write_some(nurse, cases, 100_000, over)
        waiting.join()
        _again(due_of(number).isoformat())
        self.exact_lapses(number, size)
        return {
            "writes": len(busy),
            "quiet_p50": _percentile(quiet, 50),
            "quiet_p95": _percentile(quiet, 95),
            "p50": _percentile(busy, 50),
            "p95": _percentile(busy, 95),
            "worst": max(busy),
        }

    def exact_lapses(self, number: int, size: int) -> None:
        from escalation.trail.models import Event

        refs = [f"case:{pk}" for pk in range(self.firsts[number], self.firsts[number] + size)]
        assert Event.objects.filter(verb="lapsed", object_ref__in=refs).count() == size


def _write_some(by: Any, cases: range, most: int, over: threading.Event) -> list[float]:
    """Write to one case after the other through the door, as a page does; milliseconds of each."""
    from cases.actions.pace import set_safety_line
    from cases.audit import Audit
    from cases.models import Case

    chance, took = random.Random(7), []
    at = datetime.fromisoformat("2026-06-09T16:00:30+00:00")
    while len(took) < most and not over.is_set():
        case = Case(pk=chance.choice(cases))
        began = time.perf_counter()
        set_safety_line(
            case,
            by=by,
            audit=Audit(at),
            child_safe="yes",
            safety_line="As before.",
            safety_owner="Health visitor",
            safety_until=LATER + timedelta(days=1),
        )
        took.append(1000 * (time.perf_counter() - began))
        time.sleep(0.005)
    return took


def _start(*arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sweep_one", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline().strip() == "ready"
    return process


def _go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def _end(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, _ = process.communicate()
    assert process.returncode == 0
    said: dict[str, Any] = json.loads(out)
    return said


def _again(*arguments: str) -> dict[str, Any]:
    process = _start(*arguments)
    _go(process)
    return _end(process)


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def measure(loaded: dict[str, Any], rounds: int, largest: int) -> dict[str, Any]:
    """Return all figures. The sets must be in the order of `tests.bench.sweep.sets`."""
    m = Measuring(loaded)
    found: dict[str, Any] = {"idle": _again("2026-06-09T16:00:00+00:00", "idle")["seconds"]}
    say(f"nothing due: {1000 * found['idle']:.2f} ms")
    if not loaded["sets"]:
        return found
    found["sizes"] = {}
    for size in [s for s in (1_000, 10_000, 100_000) if s <= largest]:
        pairs = []
        for _ in range(rounds if size < 100_000 else 1):
            floor = m.floor(size)
            seconds, [said] = m.sweeps(size)
            pairs.append((floor, seconds, said))
            say(
                f"{size:,} due: one statement {floor:.2f} s, sweep {seconds:.2f} s, {said['statements']} statements"
            )
        found["sizes"][size] = {
            "floor": statistics.median(p[0] for p in pairs),
            "seconds": statistics.median(p[1] for p in pairs),
            "ratio": statistics.median(p[1] / p[0] for p in pairs),
            "statements": 1000 * max(p[2]["statements"] for p in pairs) / size,
            "peak_mb": max(p[2]["peak_mb"] for p in pairs),
        }
    ratios = []
    for _ in range(rounds):
        one, _said = m.sweeps(10_000)
        two, shares = m.sweeps(10_000, processes=2)
        ratios.append(two / one)
        say(f"one sweep {one:.2f} s, two at once {two:.2f} s, shares {[s['lapsed'] for s in shares]}")
    found["two_over_one"] = statistics.median(ratios)
    found["waits"] = m.waits(10_000)
    return found


def say(text: str) -> None:
    """Tell how far it is."""
    os.write(2, f"  {text}\n".encode())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "escalation.settings")
    django.setup()
    print(json.dumps(measure(json.load(sys.stdin), int(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201
