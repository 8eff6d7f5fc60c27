"""Faults of the service while people read and write: the database away, a web worker killed, a migration (H4-H6)."""

from __future__ import annotations

import http.client
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.faults.servers import ROOT, say, serve, stop, wait_for_web

if TYPE_CHECKING:
    from tests.faults.work import Faults

CSRF = "b" * 32
CHANCE = random.Random(404)
FRIENDLY = b"Escalation is closed for a short time"
#: Requests that are answered between two kills.
ANSWERS = 12
#: Tables that every page reads; a column is added to each and taken away again, with an index.
BUSIEST = (
    "cases_case",
    "cases_entry",
    "cases_deadline",
    "cases_participation",
    "trail_event",
    "accounts_user",
)


@dataclass
class Load:
    """Two people who read and two who write, each in one browser, one request after the other."""

    port: int
    cases: list[tuple[int, str]]  # key and reference of the cases that are written to
    seen: list[tuple[float, int, bool]] = field(default_factory=list)  # when it began, status, said so kindly
    sent: dict[str, int] = field(default_factory=dict)  # what was written: the status of the answer
    over: bool = False

    def __post_init__(self) -> None:
        from django.test import Client
        from django.utils import timezone

        from accounts.models import User

        client = Client()
        client.force_login(User.objects.get(full_name="Nadia Reid"))
        session = client.session
        session["confirmed_at"] = timezone.now().isoformat()
        session.save()
        self.cookies = f"session-{self.port}={session.session_key}; csrf-{self.port}={CSRF}"
        self.threads = [
            threading.Thread(target=what, args=[case])
            for case in self.cases
            for what in (self._read, self._write)
        ]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.over = True
        for thread in self.threads:
            thread.join()

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Send one request and note how it went; status 0 when no answer came."""
        began, status, body = time.monotonic(), 0, b""
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            line.request("POST" if form else "GET", path, urlencode(form) if form else None, headers)
            answer = line.getresponse()
            body, status = answer.read(), answer.status
            line.close()
        except (OSError, http.client.HTTPException):
            status = 0
        self.seen.append((began, status, FRIENDLY in body))
        return status, body

    def _read(self, case: tuple[int, str]) -> None:
        pages = ["/", "/inbox/", f"/cases/{case[1]}/"]
        number = 0
        while not self.over:
            self.ask(pages[number % 3])
            number += 1

    def _write(self, case: tuple[int, str]) -> None:
        from django.urls import reverse

        where = reverse("case_step", args=[case[1], "update"])
        while not self.over:
            status, page = self.ask(where)
            hidden = dict(re.findall(rb'name="(form_token|version)"[^>]*value="([^"]*)"', page))
            if status != 200 or len(hidden) != 2:
                continue
            words = f"fault {uuid.uuid4()}"
            given = {key.decode(): value.decode() for key, value in hidden.items()}
            form = {"update": words, "audience": "shared", "csrfmiddlewaretoken": CSRF, **given}
            self.sent[words] = self.ask(where, form)[0]

    def failed(self, since: float = 0.0) -> int:
        """Return how many requests that began since then were answered with something else than the page."""
        return sum(status not in (200, 302) for began, status, _ in self.seen if began >= since)

    def half_done(self) -> tuple[int, int]:
        """Return how many writings were kept, and how many of these are wrong.

        Wrong is one that was answered and is not there, is there twice or without its event, or an event without it.
        """
        from cases.models import Case, Entry
        from escalation.trail.models import Event

        keys = [key for key, _ in self.cases]
        chains = Case.objects.filter(pk__in=keys).values_list("chain", flat=True)
        entries = Entry.objects.filter(case__in=keys, kind="update", content__contains="fault ")
        there = {str(e.pk): e.texts["update"] for e in entries}
        said = " ".join(Event.objects.filter(chain__in=list(chains)).values_list("payload", flat=True))
        committed = set(re.findall(r'"id":"([0-9a-f-]{36})","kind":"update"', said))
        texts = list(there.values())
        wrong = sum(status == 302 and texts.count(words) != 1 for words, status in self.sent.items())
        wrong += sum(texts.count(words) > 1 for words in set(texts))
        return len(there), wrong + len(committed ^ there.keys())


def under_load(faults: Faults, number: int, do: Callable[[Load, Any], None]) -> Load:
    """Serve the pages and let people read and write two cases while something is done to it; return what they saw."""
    from cases.models import Case

    port = int(os.environ["FAULTS_PORTS"].split(",")[1])
    first = faults.firsts[4] + 2 * number
    found = Case.objects.filter(pk__gte=first).order_by("pk").values_list("pk", "reference")[:2]
    web = serve(port, {"LOG_LEVEL": "CRITICAL"})
    load = Load(port, list(found))
    try:
        wait_for_web(port)
        with load:
            time.sleep(3)
            do(load, web)
    finally:
        stop([web])
    return load


def database_away(faults: Faults) -> None:
    """H4: PostgreSQL stopped for 30 seconds under load."""
    from django.db import connections

    times: dict[str, float] = {}

    def away(load: Load, web: Any) -> None:
        connections.close_all()
        server = Server()
        times["away"] = time.monotonic()
        server.stop()
        time.sleep(30)
        times["back"] = time.monotonic()
        server.start()
        time.sleep(15)

    load = under_load(faults, 0, away)
    gone, back = times["away"], times["back"]
    meanwhile = [(status, kind) for began, status, kind in load.seen if gone + 1 <= began < back]
    unfriendly = sum((status, kind) != (503, True) for status, kind in meanwhile)
    good = [began for began, status, _ in load.seen if began > back and status in (200, 302)]
    bad = [began for began, status, _ in load.seen if began > back and status not in (200, 302)]
    recovered = max([*bad, back]) - back
    kept, wrong = load.half_done()
    faults.row(
        "H4",
        "PostgreSQL stopped for 30 s while people read and write",
        f"{len(meanwhile):,} requests meanwhile, {kept} writings kept",
        f"{unfriendly} answered with something else than the page that says so (503); all well again after "
        f"{recovered:.1f} s; {wrong} half-done",
        bool(good)
        and unfriendly == 0
        and recovered <= 10
        and wrong == 0
        and len(meanwhile) >= 100
        and kept > 0,
    )


def worker_killed(faults: Faults, kills: int = 50) -> None:
    """H5: a process of the web server killed again and again under load."""
    done: list[int] = []

    def kill(load: Load, web: Any) -> None:
        while len(done) < kills:
            # The oldest has been at work: it is killed once people were answered again, so that it is hit in its work.
            children = Path(f"/proc/{web.pid}/task/{web.pid}/children").read_text().split()
            answered = len(load.seen)
            os.kill(min(map(int, children)), signal.SIGKILL)
            done.append(1)
            until = time.monotonic() + 30
            while len(load.seen) < answered + ANSWERS and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(CHANCE.uniform(0, 0.3))
        time.sleep(3)

    load = under_load(faults, 1, kill)
    kept, wrong = load.half_done()
    failed = load.failed()
    faults.row(
        "H5",
        "kill -9 of a process of the web server while people read and write",
        f"{len(done)} kills, {len(load.seen):,} requests, {kept} writings kept",
        f"{failed} requests failed; {wrong} half-done",
        failed <= len(done) == kills
        and wrong == 0
        and kept >= kills
        and len(load.seen) >= kills * ANSWERS // 2,
    )


def migrated(faults: Faults, rounds: int = 5) -> None:
    """H6: migrations under load, as the owner, giving up a lock they do not get within two seconds and asking again."""
    tries = {"asked": 0, "again": 0}
    owner = os.environ["FAULTS_OWNER"]
    patient = os.environ | {"DATABASE_URL": owner, "PGOPTIONS": "-c lock_timeout=2s"}

    def migrate(load: Load, web: Any) -> None:
        import psycopg2

        for _ in range(rounds):
            for table in BUSIEST:
                for sql in (
                    f"ALTER TABLE {table} ADD COLUMN planted integer NULL",
                    f"CREATE INDEX CONCURRENTLY planted_{table} ON {table} (planted)",
                    f"ALTER TABLE {table} DROP COLUMN planted",
                ):
                    tries["asked"] += 1
                    while not _changed(psycopg2, owner, sql):
                        tries["again"] += 1
                        time.sleep(0.5)
            argv = [sys.executable, "manage.py", "migrate", "--noinput", "-v0"]
            subprocess.run(argv, cwd=ROOT, env=patient, check=True)

    load = under_load(faults, 2, migrate)
    kept, wrong = load.half_done()
    faults.row(
        "H6",
        "migrations with a lock_timeout of 2 s while people read and write",
        f"{rounds} runs of `migrate`, {tries['asked']} changes of {len(BUSIEST)} busy tables, {tries['again']} of them "
        f"tried again; {len(load.seen):,} requests, {kept} writings kept",
        f"{load.failed()} requests failed; {wrong} half-done",
        load.failed() == 0 and wrong == 0 and kept > 0 and len(load.seen) >= 300,
    )


def _changed(psycopg2: Any, owner: str, sql: str) -> bool:
    """Change a table as the owner; False when its lock was not to be had."""
    line = psycopg2.connect(owner, options="-c lock_timeout=2s")
    line.autocommit = True
    try:
        if "CONCURRENTLY" in sql:  # what an earlier try left of it
            line.cursor().execute(f"DROP INDEX IF EXISTS {sql.split()[3]}")
        line.cursor().execute(sql)
    except psycopg2.errors.LockNotAvailable:
        return False
    finally:
        line.close()
    return True


class Server:
    """PostgreSQL, as the caller started it: it can be stopped, and started anew with the same words."""

    def __init__(self) -> None:
        self.data = Path(os.environ["FAULTS_PGDATA"])
        self.argv = shlex.split((self.data / "postmaster.opts").read_text())

    def stop(self) -> None:
        """Let it end at once, everybody sent away; returns when it is gone."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGINT)
        while (self.data / "postmaster.pid").exists():
            time.sleep(0.05)
        say("PostgreSQL is stopped")

    def start(self) -> None:
        """Start it under its own account; the caller of `make faults` ends it with the folder it stands in."""
        owner = self.data.stat()
        as_itself: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        with (Path(os.environ["FAULTS_FOLDER"]) / "postgres-again.log").open("ab") as log:
            again = subprocess.Popen(
                self.argv,
                cwd="/",
                env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ["PATH"]},
                stdout=log,
                stderr=log,
                **(as_itself if os.geteuid() == 0 else {}),
            )
        STARTED.append(again)
        say("PostgreSQL is started")


#: Servers that were started here, to be ended at the end.
STARTED: list[subprocess.Popen[bytes]] = []


def end_servers() -> None:
    """End what was started here."""
    for server in STARTED:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)
