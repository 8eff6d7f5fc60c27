"""Measures one database of cases against a web server that runs on it; a process of its own, run by `__main__`."""

from __future__ import annotations

import argparse
import json
import os
import statistics
from pathlib import Path
from typing import Any

import django
from django.db import connection

COUNTED = 12  # requests of one client behind each count of statements and pages
WARM = 8
READY = 2000  # cases that are ready to be escalated, beside those that N cases hold
FLOOR = """
    SELECT date_trunc('month', s.entered_at), c.raising_agency_id, s.state, count(*),
           avg(extract(epoch FROM s.left_at - s.entered_at))
    FROM cases_stage s JOIN cases_case c ON c.id = s.case_id
    WHERE c.partnership_id = %s AND c.opened_at >= now() - interval '365 days' GROUP BY 1, 2, 3
"""


def main() -> None:
    """Measure and write what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("port", "web", "postgres"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--pairs", type=int, required=True)
    parser.add_argument("--login", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
    django.setup()
    options.out.write_text(json.dumps(Measuring(options).everything()))


class Measuring:
    """One round of measuring."""

    def __init__(self, options: argparse.Namespace) -> None:
        from tests.bench.gauge import Processor
        from tests.bench.steps import People, thinnest

        self.options = options
        self.people = People()
        self.processor = Processor(options.web, options.postgres)
        self.thinnest = lambda: thinnest(self.people)

    def everything(self) -> dict[str, Any]:
        """Return every figure of this database."""
        from cases.demo.bulk import generate_more
        from cases.models import Case
        from tests.bench.gauge import children, peak_memory
        from tests.bench.steps import Step, reading, writing

        l1 = Step("l1", "L1: session, person, one query", self.thinnest)
        found: dict[str, Any] = {"cases": Case.objects.count(), "steps": {}}
        read = self.wanted([l1, *reading(self.people)])
        for step in read:
            found["steps"][step.key] = self.count(step)
        for step in read:
            found["steps"][step.key] |= self.time(step)
        found["floor_cpu"] = self.floor()
        generate_more(READY, seed=2, course="ready")
        self.settle()
        written = self.wanted(writing(self.people))
        for step in written:
            found["steps"][step.key] = self.count(step)
        for step in written:
            found["steps"][step.key] |= self.time(step)
        found["peak_mb"] = peak_memory(children(self.options.web))
        return found

    def wanted(self, steps: list[Any]) -> list[Any]:
        """Return the steps that are asked for; all when none is named."""
        only = self.options.only
        return [step for step in steps if not only or step.key in only.split(",")]

    def settle(self) -> None:
        """Bring the database to rest after loading: statistics, visibility, checkpoint."""
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")

    def count(self, step: Any) -> dict[str, Any]:
        """Return what one request asks of the database; free of the noise of the machine."""
        from tests.bench.clients import run
        from tests.bench.gauge import asked, forget

        say(f"counting {step.title}")
        supplies = step.supplies()
        # Both processes of the web server know the way before anything is counted.
        run(self.options.port, supplies, 60, most=WARM)
        forget()
        run(self.options.port, supplies[:1], 60, most=COUNTED)
        seen = asked(self.options.login, COUNTED)
        return {
            "title": step.title,
            "sql": seen.statements,
            "repeated": seen.repeated,
            "blocks": seen.blocks,
            "worst": seen.worst,
        }

    def time(self, step: Any) -> dict[str, Any]:
        """Return speed and processor time, each run paired with one of L1 just before it; medians of the pairs."""
        pairs = []
        supplies = step.supplies()
        for number in range(self.options.pairs):
            say(f"timing {step.title}, {number + 1} of {self.options.pairs}")
            base, run = self.timed(self.thinnest()), self.timed(supplies)
            pairs.append(
                {
                    "rate": run.rate,
                    "rate_of_l1": run.rate / base.rate,
                    "cpu": run.cpu_each * 1000,
                    "cpu_of_l1": run.cpu_each / base.cpu_each,
                    "l1_rate": base.rate,
                    "l1_cpu": base.cpu_each * 1000,
                    "p50": run.p50,
                    "p95": run.percentile(0.95),
                    "spread": run.percentile(0.95) / run.p50,
                    "bytes": statistics.median(run.sizes),
                    "requests": len(run.seconds),
                }
            )
        return {key: statistics.median(pair[key] for pair in pairs) for key in pairs[0]}

    def timed(self, supplies: list[Any]) -> Any:
        """Return one run with the processor time of web server and database."""
        from tests.bench.clients import run

        before = self.processor.read()
        done = run(self.options.port, supplies, self.options.seconds)
        done.cpu = self.processor.read() - before
        return done

    def floor(self) -> float:
        """Return the processor time, in ms, of one GROUP BY over the stages of the year the report covers."""
        from accounts.models import Partnership
        from cases.demo.bulk_people import SLUG
        from tests.bench.gauge import cpu_of

        key = Partnership.objects.get(slug=SLUG).pk
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
            cursor.execute(FLOOR, [key])
            before, rounds = cpu_of(pid), 0
            while cpu_of(pid) - before < 0.5:
                cursor.execute(FLOOR, [key])
                cursor.fetchall()
                rounds += 1
            return 1000 * (cpu_of(pid) - before) / rounds


def say(text: str) -> None:
    """Tell how far it is."""
    os.write(1, f"  {text}\n".encode())


if __name__ == "__main__":
    main()
