"""Whether the steps that the procedure asks for happened: notices, feedback, both check backs, debrief, learning."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Partnership
from cases.reports.base import Line, Period, Report, Table
from cases.reports.counting import figures

SUMS = {
    "notices_due": "notices_due",
    "notices_given": "notices_given",
    "feedback_given": "feedback_given",
    "feedback_read": "feedback_read",
    "understood_yes": "understood_yes",
    "understood_no": "understood_no",
    "understood_asked": "understood_asked",
    "done_yes": "done_yes",
    "done_no": "done_no",
    "done_asked": "done_asked",
    "on_file": "file_reference::int",
}


def tables(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the tables of the report: one pass over the cases."""
    found, s = figures("cases_casefacts", partnership, period, [("debrief", "settled")], sums=SUMS)
    cases = found.by().get("all", 0)
    debriefs = {key: n for (key, settled), n in found.by("debrief", "settled").items() if settled}
    return [
        answers(
            "notices",
            "Was the other side told before it was taken further?",
            "moves up",
            "Taken further",
            [
                ("given", "With notice to the other side", s["notices_given"]),
                ("none", "Without notice", s["notices_due"] - s["notices_given"]),
            ],
        ),
        answers(
            "feedback",
            "Feedback to the person who raised it",
            "feedback",
            "Feedback",
            [
                ("read", "Given and acknowledged", s["feedback_read"]),
                ("unread", "Given, not acknowledged", s["feedback_given"] - s["feedback_read"]),
            ],
        ),
        answers(
            "understood",
            "First check back: is it understood the same way?",
            "first check backs",
            "Answer",
            _check(s, "understood"),
        ),
        answers("done", "Second check back: was it done?", "second check backs", "Answer", _check(s, "done")),
        answers(
            "file",
            "Is the record tied to the child’s file?",
            "cases",
            "Reference to the child’s file",
            [("yes", "Recorded", s["on_file"]), ("no", "Not recorded", cases - s["on_file"])],
        ),
        answers(
            "debrief",
            "Debrief and learning after settlement",
            "cases ever settled",
            "Debrief",
            [
                ("learning", "Held, with learning noted", debriefs.get("learning", 0)),
                ("held", "Held", debriefs.get("held", 0)),
                ("not_yet", "Not held yet", debriefs.get("not_yet", 0)),
            ],
        ),
    ]


def answers(key: str, caption: str, universe: str, head: str, given: list[tuple[str, str, int]]) -> Table:
    """Return a table of one column that divides a set by an answer."""
    rows = [Line(k, words) for k, words, _ in given]
    return Table(
        key, caption, universe, key, head, rows, [[n] for _, _, n in given], columns=[Line("n", "Times")]
    )


def _check(s: dict[str, int], round_: str) -> list[tuple[str, str, int]]:
    yes, no = s[f"{round_}_yes"], s[f"{round_}_no"]
    return [
        ("yes", "Yes", yes),
        ("no", "No", no),
        ("waiting", "Not answered", s[f"{round_}_asked"] - yes - no),
    ]


REPORT = Report(
    "process",
    "Process",
    "Whether the steps the procedure asks for happened: notice, feedback, both check backs, debrief and learning.",
    tables,
    [
        "Where notice or feedback was left out, was there a good reason?",
        "Do both sides still answer the check backs once the pressure is off?",
    ],
)
