"""Each report against one GROUP BY of the same cases' rows plus the thinnest page (PF16), and the paper as PDF.

    python -m escalation.devstack shell -- .venv/bin/python -m tests.bench.reports --cases 100000 --keep

All in one process: its own processor time and that of its database session are read. The page is
whole: session, rights, figures, HTML. Prints a table and leaves nothing behind but generated cases.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: One GROUP BY over what a report is about, as anybody would write it without facts. A year, as the page shows.
FLOORS = {
    "stages": """
        SELECT date_trunc('month', s.entered_at), c.raising_agency_id, s.state, count(*),
               avg(extract(epoch FROM s.left_at - s.entered_at))
        FROM cases_stage s JOIN cases_case c ON c.id = s.case_id
        WHERE c.partnership_id = %s AND c.opened_at >= now() - interval '365 days' GROUP BY 1, 2, 3
    """,
    "events": """
        SELECT date_trunc('month', e.claimed_at), e.verb, count(*)
        FROM trail_event e JOIN cases_case c ON c.chain = e.chain
        WHERE c.partnership_id = %s AND c.opened_at >= now() - interval '365 days' GROUP BY 1, 2
    """,
    "duties": """
        SELECT u.agency_id, d.rule, count(*), count(*) FILTER (WHERE d.due_at < now())
        FROM cases_deadline d JOIN cases_case c ON c.id = d.case_id JOIN accounts_user u ON u.id = d.person_id
        WHERE c.partnership_id = %s AND d.state = 'open' GROUP BY 1, 2
    """,
}
FLOOR_OF = {"timeliness": "stages", "now": "duties", "activity": "stages"}
GOOD = 1.3
PAPER_SECONDS, PAPER_MB = 20, 400
KEPT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks-reports.md"
HEAD = """# What a report costs

Written by `python -m tests.bench.reports --keep`; do not edit. Each report as a whole page (session, rights, figures,
HTML), processor time of the process and its database session, over one GROUP BY of what it is about plus the thinnest
page (PF16: at most 1.3).
"""


def main() -> None:
    """Generate what is missing, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--keep", action="store_true", help="write docs/benchmarks-reports.md")
    options = parser.parse_args()
    os.environ.setdefault("BENCH_STATIC", tempfile.mkdtemp())
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django

    django.setup()
    text = measure(options.cases)
    print(text)  # noqa: T201
    if options.keep:
        KEPT.write_text(f"{HEAD}\n{text}\n")


def measure(cases: int) -> str:
    """Return the table as Markdown."""
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from accounts.models import Membership, Partnership
    from accounts.roles import Role
    from accounts.stepping_up import CONFIRMED
    from cases.demo import bulk
    from cases.models import CaseFacts
    from cases.reports import making
    from cases.reports.base import Period
    from cases.reports.every import REPORTS
    from cases.reports.facts import catch_up
    from escalation.clock import now
    from escalation.trail.models import Event
    from tests.bench.gauge import cpu_of

    call_command("migrate", verbosity=0)
    call_command("seed_demo", cases=cases, verbosity=0)
    began = time.perf_counter()
    worked = catch_up()
    print(f"{worked:,} cases worked out in {time.perf_counter() - began:.1f} s")  # noqa: T201
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    partnership = Partnership.objects.get(slug=bulk.SLUG)
    officer = Membership.objects.filter(partnership=partnership, role=Role.CPC_OFFICER).first()
    assert officer is not None
    client = Client()
    client.force_login(officer.user, backend="accounts.backends.PersonBackend")
    session = client.session
    session[CONFIRMED] = now().isoformat()
    session.save()

    def cpu(do: Callable[[], Any], seconds: float = 2.0) -> float:
        """Return the milliseconds of processor time of one run, of this process and its database session."""
        do()
        rounds, before = 0, (time.process_time(), cpu_of(backend))
        while True:
            do()
            rounds += 1
            used = time.process_time() - before[0], cpu_of(backend) - before[1]
            if sum(used) > seconds or rounds > 400:
                return 1000 * sum(used) / rounds

    def asked(statement: str) -> Callable[[], Any]:
        def run() -> Any:
            with connection.cursor() as cursor:
                cursor.execute(statement, [partnership.pk])
                return cursor.fetchall()

        return run

    def page(address: str) -> Callable[[], Any]:
        def run() -> Any:
            answer = client.get(address, headers={"host": "127.0.0.1"})
            assert answer.status_code == 200, (address, answer.status_code)
            return answer.content

        return run

    thinnest = cpu(page("/l1/"))
    floors = {name: cpu(asked(statement)) for name, statement in FLOORS.items()}
    counted = CaseFacts.objects.filter(partnership=partnership).count()
    events = Event.objects.count()
    lines = [
        f"{counted:,} cases, {events:,} events; L1 {thinnest:.1f} ms; "
        + "; ".join(f"{k} {v:.0f} ms" for k, v in floors.items()),
        "",
    ]
    lines += ["| Report | CPU ms | GROUP BY over | (GROUP BY + L1) ms | ratio |", "|---|--:|---|--:|--:|"]
    for key in REPORTS:
        took = cpu(page(f"/reports/{key}/"))
        over = FLOOR_OF.get(key, "events")
        base = floors[over] + thinnest
        met = "" if took / base <= GOOD else " **missed**"
        lines.append(f"| {key} | {took:.0f} | {over} | {base:.0f} | {took / base:.2f}{met} |")
    began = time.perf_counter()
    run = making.ask(partnership, Period.year_to(now().date()), by=officer.user, at=now())
    making.make_next(now())  # as the worker does, progress and all
    run.refresh_from_db()
    paper = run.paper
    assert paper is not None
    drafted = time.perf_counter() - began
    began = time.perf_counter()
    made = page(f"/papers/{paper.pk}/committee/pdf/")()
    printed = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines.append("")
    told = "" if drafted + printed < PAPER_SECONDS and peak < PAPER_MB else " **missed**"
    lines.append(
        f"The paper of a year: drafted in {drafted:.1f} s, its PDF ({len(made) / 1000:.0f} kB) in {printed:.1f} s "
        f"(at most {PAPER_SECONDS} s together); peak memory of the process {peak:.0f} MB (under {PAPER_MB}).{told}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
