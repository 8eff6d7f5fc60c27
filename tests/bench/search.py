"""How long a search takes over generated cases: the statements, from the words to the rows of a page.

    python -m escalation.devstack shell -- .venv/bin/python -m tests.bench.search --cases 100000 --keep

Prints a table and leaves nothing behind but generated cases. `--keep` writes it to docs/benchmarks-search.md; `--plan`
prints the plan of a word that no text holds as well.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: A word of most texts, one of some, one of none; a person, a reference that is none. Nothing of it is anybody's.
WORDS = {
    "a word that most texts hold": "child",
    "a word that some texts hold": "grandmother",
    "two words, seldom together": "grandmother stairs",
    "a word that no text holds": "zzcanary",
    "a reference that is none": "7KQ-M4TX",
}
TIMES = 5

KEPT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks-search.md"
HEAD = """# How long a search takes

Written by `python -m tests.bench.search --keep`; do not edit. The statements of a search, from the words to the rows
of a page, in one process with one database session. Medians of five, the first time left out.
"""
FOOT = """
Words are looked for in the 500 cases that would be shown first, and in all that the person may see only if these do
not fill a page (`NEAR` in `cases/finding/searching.py`): so a word of most texts costs no more with every case, and a
word of few or none costs a look at all of the person’s own. Their cases come through the index `participation_all`,
texts through `entry_words`; nothing is read per case, and of other people’s texts no more than the index.

A load of many thousand cases at once leaves its words in the waiting list of the index; `VACUUM cases_entry` puts
them in.
"""


def main() -> None:
    """Generate what is missing, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--keep", action="store_true", help="write docs/benchmarks-search.md")
    options = parser.parse_args()
    os.environ.setdefault("BENCH_STATIC", tempfile.mkdtemp())
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django

    django.setup()
    text = measure(options.cases, plan=options.plan)
    if options.keep:
        KEPT.write_text(f"{HEAD}\n{text}\n{FOOT}")


def measure(cases: int, *, plan: bool) -> str:
    """Return the table as Markdown, each line of it printed as soon as it is known."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.models import Count

    from accounts.models import User
    from cases.demo import bulk
    from cases.finding import searching
    from cases.finding.searching import URGENT, Search
    from cases.lists import Wanted
    from cases.models import Case, Entry, Participation
    from escalation.clock import now

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    call_command("seed_demo", cases=cases, verbosity=0)
    loaded = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT pg_size_pretty(pg_total_relation_size('cases_entry'))")
        size = cursor.fetchone()[0]
    everybody = (
        User.objects.filter(agency__partnership__slug=bulk.SLUG, participations__ended_at=None)
        .annotate(many=Count("participations"))
        .order_by("-many")
    )
    people = [everybody[0], everybody[len(everybody) // 2]]
    live = [Participation.objects.letting_in(p).count() for p in people]
    names = {"a colleague": people[1].full_name, "an agency": people[1].agency.short_name}

    def took(do: Callable[[], Any]) -> float:
        """Return the median in milliseconds, the first time left out."""
        do()
        times = []
        for _ in range(TIMES):
            start = time.perf_counter()
            do()
            times.append(1000 * (time.perf_counter() - start))
        return statistics.median(times)

    searches = {name: Search(words=words) for name, words in (WORDS | names).items()}
    searches["all, most urgent first"] = Search(order=URGENT)
    searches["what has lapsed, most urgent first"] = Search(wanted=Wanted(lapsed=True), order=URGENT)
    searches["a word that most texts hold, most urgent first"] = Search(words="child", order=URGENT)
    searches["a word that no text holds, in what has lapsed"] = Search(
        words="zzcanary", wanted=Wanted(lapsed=True)
    )
    entries, many = Entry.objects.count(), Case.objects.count()
    lines = [
        f"{many:,} cases, {entries:,} entries ({size}), generated in {loaded:.0f} s",
        "",
        f"| Looked for | Somebody with {live[0]:,} cases | Somebody with {live[1]:,} |",
        "|---|---:|---:|",
    ]
    print("\n".join(lines))  # noqa: T201
    for name, search in searches.items():
        row = [took(lambda p=p, s=search: searching.find(p, s, now())) for p in people]  # type: ignore[misc]
        lines.append(f"| {name} | {' | '.join(f'{ms:,.0f} ms' for ms in row)} |")
        print(lines[-1], flush=True)  # noqa: T201
    if plan:
        _plan(people[0], searches["a word that no text holds"])
    return "\n".join(lines)


def _plan(user: Any, search: Any) -> None:
    from unittest import mock

    from django.db import connection

    from cases.finding import searching
    from escalation.clock import now

    def explained(statement: str, values: dict[str, Any]) -> tuple[list[Any], bool]:
        with connection.cursor() as db:
            db.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING) {statement}", values)
            print("\n".join(row[0] for row in db.fetchall()), "\n", flush=True)  # noqa: T201
        return [], "near AS (SELECT * FROM narrowed )" in statement

    with mock.patch.object(searching, "_rows", explained):
        searching.find(user, search, now())


if __name__ == "__main__":
    main()
