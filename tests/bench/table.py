"""The table of a bench: each figure beside what was asked for, and whether that is met."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

#: Of django-helpdesk on the same kind of machine: its list in processor time of L1, at 1,000 and 100,000 tickets.
HELPDESK_LIST = {1000: 38, 100_000: 386}
COLUMNS = (
    ("Step", "title", "{}"),
    ("SQL", "sql", "{:.0f}"),
    ("repeated", "repeated", "{:.0f}"),
    ("pages touched", "blocks", "{:.0f}"),
    ("rate / L1", "rate_of_l1", "{:.2f}"),
    ("CPU / L1", "cpu_of_l1", "{:.1f}"),
    ("req/s", "rate", "{:.0f}"),
    ("CPU ms", "cpu", "{:.1f}"),
    ("p50 ms", "p50", "{:.1f}"),
    ("p95 ms", "p95", "{:.1f}"),
    ("kB", "bytes", "{:.0f}"),
)


@dataclass(frozen=True)
class Goal:
    """One goal with what was found."""

    key: str
    words: str
    found: float
    good: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.found >= self.good if self.at_least else self.found <= self.good

    def line(self) -> str:
        """Return it as a row."""
        sign = "≥" if self.at_least else "≤"
        answer = "met" if self.met else "**missed**"
        return f"| {self.key} | {self.words} | {self.found:.2f} | {sign} {self.good:g} | {answer} |"


def goals(found: list[dict[str, Any]]) -> Iterator[Goal]:
    """Return each goal of the bench, as far as these databases can answer it."""
    by_size = {row["asked"]: row for row in found}
    for size, row in by_size.items():
        steps, n = row["steps"], f"{size:,}"
        home, case, log, up = (steps[key] for key in ("home", "case", "log", "escalate"))
        yield Goal("PF3", f"home, CPU of L1, {n}", home["cpu_of_l1"], 5.5)
        yield Goal("PF3", f"home, statements, {n}", home["sql"], 8)
        if size in HELPDESK_LIST:
            good = 6.5 if size == 1000 else 65
            times = HELPDESK_LIST[size] / home["cpu_of_l1"]
            yield Goal("PF4", f"home, times less CPU than helpdesk's list, {n}", times, good, at_least=True)
        for key in ("home2", "home40"):
            yield Goal(
                "PF5",
                f"{steps[key]['title']} / page 1, CPU, {n}",
                steps[key]["cpu_of_l1"] / home["cpu_of_l1"],
                1.1,
            )
            yield Goal(
                "PF5",
                f"{steps[key]['title']} / page 1, pages touched, {n}",
                steps[key]["blocks"] / home["blocks"],
                1.1,
            )
        for key in ("list40", "list_stage", "list_agency"):
            ratio = steps[key]["cpu_of_l1"] / steps["list"]["cpu_of_l1"]
            yield Goal("PF5", f"{steps[key]['title']} / page 1, CPU, {n}", ratio, 1.1)
        yield Goal("PF6", f"case page, CPU of L1, {n}", case["cpu_of_l1"], 5)
        yield Goal("PF6", f"case page, statements, {n}", case["sql"], 12)
        yield Goal("PF7", f"log, rate of L1, {n}", log["rate_of_l1"], 0.28, at_least=True)
        yield Goal("PF7", f"log, statements, {n}", log["sql"], 15)
        yield Goal("PF8", f"escalate, rate of L1, {n}", up["rate_of_l1"], 0.30, at_least=True)
        yield Goal("PF8", f"escalate, statements, {n}", up["sql"], 15)
        if size >= 10_000:  # PF16 speaks of 100,000 events and more; below, the page itself is all there is
            report = steps["report"]["cpu"] / (row["floor_cpu"] + steps["report"]["l1_cpu"])
            yield Goal("PF16", f"report / (one GROUP BY + L1), CPU, {n}", report, 1.3)
        for step in (home, log, up):
            yield Goal("PF17", f"p95 / p50, {step['title']}, {n}", step["spread"], 1.6)
        yield Goal("", f"peak memory of a web process, MB, {n}", row["peak_mb"], 200)
    if len(found) == 2:
        yield from _growth(*found)


def _growth(small: dict[str, Any], large: dict[str, Any]) -> Iterator[Goal]:
    def grown(step: str, figure: str) -> float:
        return float(large["steps"][step][figure] / small["steps"][step][figure])

    yield Goal("PF1", "home, pages touched, large / small", grown("home", "blocks"), 1.1)
    yield Goal("PF1", "list of cases, pages touched, large / small", grown("list", "blocks"), 1.1)
    yield Goal("PF2", "home, CPU, large / small", grown("home", "cpu_of_l1"), 1.15)
    yield Goal("PF9", "log, CPU, large / small", grown("log", "cpu_of_l1"), 1.1)
    yield Goal("PF9", "escalate, CPU, large / small", grown("escalate", "cpu_of_l1"), 1.1)


def machine() -> str:
    """Return the machine in general words."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{cores} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}, "
        f"Django {version('django')}, gunicorn {version('gunicorn')} with 2 sync workers, PostgreSQL 18"
    )


def markdown(found: list[dict[str, Any]], *, pairs: int, minutes: float) -> str:
    """Return the tables as Markdown."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit. What the figures mean stands below.",
        "",
    ]
    lines += [f"{machine()}. Medians of {pairs} runs. All of it took {minutes:.1f} minutes.", ""]
    for row in found:
        lines += [f"## {row['asked']:,} cases", ""]
        lines += ["| " + " | ".join(head for head, _, _ in COLUMNS) + " |"]
        lines += ["|---|" + "--:|" * (len(COLUMNS) - 1)]
        for step in row["steps"].values():
            shown = step | ({"bytes": step["bytes"] / 1000} if "bytes" in step else {})
            cells = [form.format(shown[key]) if key in shown else "" for _, key, form in COLUMNS]
            lines.append("| " + " | ".join(cells) + " |")
        lines += [
            "",
            f"Generated in {row['loaded']:.0f} s. Peak memory of a web process: {row['peak_mb']:.0f} MB. "
            f"One GROUP BY over the stages of the report's year: {row['floor_cpu']:.1f} ms of CPU.",
            "",
        ]
    lines += ["## Goals", "", "| Goal | What | Found | Good | |", "|---|---|--:|--:|---|"]
    lines += [goal.line() for goal in goals(found)]
    lines += ["", *NOTES]
    return "\n".join(lines) + "\n"


NOTES = [
    "## How it is measured",
    "",
    "- Web server and PostgreSQL on one machine, DEBUG off, no mail, fsync and synchronous commit on. 4 clients send "
    "one request after the other, each signed in.",
    "- L1 is the thinnest page for somebody signed in: the session, the person with all they hold, one more query. "
    "Each run is paired with a run of L1 just before it; a ratio is taken pair by pair. The first row is L1 against "
    "itself: how far it is from 1 says how much the machine was disturbed. Read ratios as ±15 %.",
    "- CPU is the processor time of web server and PostgreSQL for one request; the bench's own is left out.",
    "- SQL leaves out BEGIN, COMMIT and the question whether a kept connection still lives. Repeated: second and "
    "further statements of one kind. Pages touched are 8 kB each, from pg_stat_statements, without noise.",
    "- The list is that of the line manager of the agency that is disagreed with most, with one form half written. "
    "The long record has more than fifty lines. Each POST logs a new disagreement from an answered form, or escalates "
    "another case.",
    "- 2,000 cases that are ready to be escalated are added after the pages were measured.",
]
