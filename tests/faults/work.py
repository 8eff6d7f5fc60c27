"""The faults themselves, run by `tests.faults` as the runtime role. Prints one row for each bar, as JSON."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import django
from django.db.models import F

from tests.bench.sweep_load import due_of
from tests.faults.servers import Load, Redis, celery, iso, p95, python, say, serve, stop, wait_for_web

CHANCE = random.Random(2026)
#: A sweep in small batches, so that a kill hits one in its work more often than the start.
SWEEP = "from cases.clock import sweep; print('ready', flush=True); sweep({at}, batch=50)"
SEND = "from notifications.delivery import send_due; print('ready', flush=True); send_due({at})"


class Faults:
    """Works through the sets of due duties; each fault takes the next one."""

    def __init__(self, loaded: dict[str, Any]) -> None:
        self.firsts, self.sets = loaded["firsts"], loaded["sets"]
        self.rows: list[dict[str, Any]] = []

    def row(self, bar: str, fault: str, exercised: str, found: str, met: bool) -> None:
        self.rows.append({"bar": bar, "fault": fault, "exercised": exercised, "found": found, "met": met})
        say(f"{bar}: {exercised}; {found}; {'met' if met else 'MISSED'}")

    def recorded(self, number: int) -> tuple[int, int]:
        """Return how many duties of a set were not recorded, and how many records there are too many."""
        from escalation.trail.models import Event

        first, size = self.firsts[number], self.sets[number]
        refs = [f"case:{pk}" for pk in range(first, first + size)]
        events = Event.objects.filter(verb="lapsed", object_ref__in=refs)
        found, distinct = events.count(), events.values("object_ref").distinct().count()
        return size - distinct, found - distinct

    def killed_sweepers(self) -> None:
        """D1: two sweepers at once, killed again and again."""
        from cases.models import Deadline
        from notifications.models import Message

        at, kills, seen = due_of(0), 0, 0
        while kills < 50:
            running = [python(SWEEP.format(at=iso(at))) for _ in range(2)]
            for process in running:
                assert process.stdout is not None
                process.stdout.readline()
            time.sleep(CHANCE.uniform(0.02, 0.3))
            for process in running:
                process.kill()
                process.communicate()
                kills += process.returncode == -signal.SIGKILL
            seen += 1
            say(f"{kills} kills, {self.recorded(0)[0]} left")
        left = self.recorded(0)[0]
        python(SWEEP.format(at=iso(at))).communicate()
        lost, twice = self.recorded(0)
        span = {"case_id__gte": self.firsts[0], "case_id__lt": self.firsts[0] + self.sets[0]}
        passed = Deadline.objects.filter(ordinal__gt=0, rule="settle", **span).count()
        told = Message.objects.filter(**span).count()
        exact = (lost, twice, passed, told) == (0, 0, self.sets[0], 2 * self.sets[0])
        self.row(
            "D1",
            "kill -9 of two sweepers",
            f"{kills} kills over {self.sets[0]:,} due; {self.sets[0] - left:,} were recorded before the last kill",
            f"{lost} lost, {twice} recorded twice; {passed:,} passed on, {told:,} messages",
            exact and kills >= 50 and left > 0,  # with something left, each kill hit one at work
        )

    def killed_senders(self) -> None:
        """D2: a sender killed again and again; mails of the first set, the first 5,000 of them."""
        from notifications.models import Message, Status
        from tests.notifications.sink import sink

        chosen = list(Message.objects.order_by("pk").values_list("pk", flat=True)[:5_000])
        Message.objects.exclude(pk__in=chosen).update(status=Status.DROPPED)
        at = due_of(0) + timedelta(days=1)
        kills = 0
        with sink() as server:
            mail = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}
            while kills < 50:
                before = len(server.mails)
                running = python(SEND.format(at=iso(at)), **mail)
                assert running.stdout is not None
                running.stdout.readline()
                until = time.monotonic() + 10
                while len(server.mails) == before and time.monotonic() < until:
                    time.sleep(0.002)
                time.sleep(CHANCE.uniform(0, 0.25))
                running.kill()
                running.communicate()
                kills += running.returncode == -signal.SIGKILL
                at += timedelta(minutes=6)  # what it had claimed is free again
            early = len(server.mails)
            python(SEND.format(at=iso(at)), **mail).communicate()
            ids = Counter(str(one["Message-ID"]) for one in server.mails)
        sent = Message.objects.filter(pk__in=chosen, status=Status.SENT).count()
        repeats = sum(ids.values()) - len(ids)
        self.row(
            "D2",
            "kill -9 of the sender",
            f"{kills} kills over {len(chosen):,} mails; {early:,} had arrived before the last kill",
            f"{len(chosen) - len(ids)} lost, {repeats} repeated, each with its own Message-ID; {sent:,} marked as sent",
            len(ids) == len(chosen) == sent and repeats <= kills and early < len(chosen),
        )

    def all_at_once(self, redis: Redis) -> None:
        """D7: two beats, two workers and a timer at once, on a set that is due; every mail counted."""
        from cases.models import Case
        from notifications.delivery import message_id
        from notifications.models import Message
        from tests.notifications.sink import sink

        first = self.firsts[1]
        danger = Case.objects.filter(pk__gte=first, pk__lt=first + self.sets[1])
        danger.update(urgency="immediate", version=F("version") + 1)  # mails wait for no opening hours then
        self.make_due(1)
        with sink() as server:
            mail = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "REDIS_URL": redis.url}
            running = [celery("worker", n, mail) for n in range(2)] + [
                celery("beat", n, mail) for n in range(2)
            ]
            try:
                until, runs = time.monotonic() + 150, 0
                while time.monotonic() < until:
                    timer = python(
                        "from django.core.management import call_command as c; c('sweep', '--send')", **mail
                    )
                    timer.communicate()
                    runs += 1
                    if self.recorded(1)[0] == 0 and runs >= 4 and not self.unsent(1):
                        break
            finally:
                stop(running)
            lost, twice = self.recorded(1)
            span = {"case_id__gte": self.firsts[1], "case_id__lt": self.firsts[1] + self.sets[1]}
            told = Message.objects.filter(**span).count()
            ids = Counter(str(one["Message-ID"]) for one in server.mails)
            mine = {message_id(message) for message in Message.objects.filter(**span)}
            repeated = sum(ids.values()) - len(ids)
        self.row(
            "D7",
            "two beats, two workers and a timer at once",
            f"{self.sets[1]:,} due, {runs} runs of the timer beside Celery",
            f"{lost} lost, {twice} recorded twice; {told:,} messages, {len(mine & ids.keys()):,} arrived, "
            f"{repeated} repeated",
            (lost, twice, repeated) == (0, 0, 0) and told == len(mine & ids.keys()) == 2 * self.sets[1],
        )

    def unsent(self, number: int) -> bool:
        from django.utils import timezone

        from notifications.models import Message

        span = {"case_id__gte": self.firsts[number], "case_id__lt": self.firsts[number] + self.sets[number]}
        held = Message.objects.filter(status__in=["waiting", "failed", "sending"], **span)
        return held.filter(not_before__lte=timezone.now()).exists()

    def redis_away(self, redis: Redis, number: int, how: str) -> None:
        """D3, D4: Redis away for a minute while people load pages; then everything due is worked off."""
        bar = {"stopped": "D3", "frozen": "D4"}[how]
        environ = {"REDIS_URL": redis.url}
        port = int(os.environ["FAULTS_PORTS"].split(",")[1])
        web = serve(port, environ)
        running = [celery("worker", 0, environ), celery("beat", 0, environ)]
        load = Load(port, self.firsts[number])
        try:
            wait_for_web(port)
            quiet = load.run(10)
            redis.away(how)
            busy = load.run(60)
            self.make_due(number)
            redis.back(how)
            began = time.monotonic()
            while self.recorded(number)[0] and time.monotonic() - began < 180:
                time.sleep(1)
            took = time.monotonic() - began
        finally:
            stop([*running, web])
        lost, twice = self.recorded(number)
        failed = sum(status != 200 for status, _ in (*quiet, *busy))
        slower = 1000 * (p95(busy) - p95(quiet))
        self.row(
            bar,
            f"Redis {how} for 60 s while pages are loaded",
            f"{len(busy):,} pages meanwhile; {self.sets[number]:,} duties due",
            f"{failed} failed, p95 {abs(slower):.0f} ms {'above' if slower > 0 else 'below'} that of before; "
            f"{lost} lost, {twice} twice, done {took:.0f} s after its return",
            failed == 0 and slower <= 200 and took <= 120 and (lost, twice) == (0, 0) and len(busy) >= 100,
        )

    def make_due(self, number: int) -> None:
        from django.utils import timezone

        from cases.models import Deadline

        span = {"case_id__gte": self.firsts[number], "case_id__lt": self.firsts[number] + self.sets[number]}
        duties = Deadline.objects.filter(rule="settle", ordinal=0, **span)
        duties.update(next_at=timezone.now(), due_at=timezone.now())

    def redis_killed(self, redis: Redis) -> None:
        """D5: Redis killed with a thousand queued tasks; it comes back empty."""
        self.make_due(4)
        queue = (
            "import escalation.celery; from cases.tasks import sweep; [sweep.delay() for _ in range(1000)]"
        )
        python(queue, REDIS_URL=redis.url).communicate()
        queued = redis.queued()
        redis.away("stopped")
        redis.back("stopped")
        after = redis.queued()
        running = [celery("worker", 0, {"REDIS_URL": redis.url}), celery("beat", 0, {"REDIS_URL": redis.url})]
        began = time.monotonic()
        try:
            while self.recorded(4)[0] and time.monotonic() - began < 180:
                time.sleep(1)
        finally:
            stop(running)
        lost, twice = self.recorded(4)
        self.row(
            "D5",
            "kill -9 of Redis with queued work",
            f"{queued:,} tasks queued, {after} left when it came back; {self.sets[4]:,} duties due",
            f"{lost} lost, {twice} recorded twice, {time.monotonic() - began:.0f} s after the worker was back",
            queued >= 1000 and after == 0 and (lost, twice) == (0, 0),
        )


def main() -> None:
    """Run all faults."""
    from cases.models import Deadline
    from tests.faults import service
    from tests.faults.sending import by_the_timer_alone, stale_mail

    faults = Faults(json.load(sys.stdin))
    # Each set waits until its own fault.
    for number in range(1, len(faults.sets)):
        first = faults.firsts[number]
        Deadline.objects.filter(case_id__gte=first, case_id__lt=first + faults.sets[number]).update(
            next_at=None
        )
    redis = Redis()
    try:
        every = {
            "sweepers": faults.killed_sweepers,
            "senders": faults.killed_senders,
            "together": lambda: faults.all_at_once(redis),
            "stopped": lambda: faults.redis_away(redis, 2, "stopped"),
            "frozen": lambda: faults.redis_away(redis, 3, "frozen"),
            "killed": lambda: faults.redis_killed(redis),
            "timer": lambda: by_the_timer_alone(faults, 5),
            "stale": lambda: stale_mail(faults, 6),
            "worker": lambda: service.worker_killed(faults),
            "migration": lambda: service.migrated(faults),
            "database": lambda: service.database_away(faults),
        }
        asked = os.environ.get("FAULTS_ONLY", "")
        for name in asked.split(",") if asked else every:
            every[name]()
    finally:
        assert redis.process is not None
        redis.process.send_signal(signal.SIGCONT)
        redis.process.kill()
        redis.process.wait()
        service.end_servers()
    print(json.dumps(faults.rows))  # noqa: T201 (read by tests.faults)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "escalation.settings")
    django.setup()
    main()
