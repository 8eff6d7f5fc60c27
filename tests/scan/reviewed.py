"""What scanners report and was looked into, one by one: where, how often, and why it stands."""

from __future__ import annotations

MARKED = "a square code drawn as lines by a library; no text of anybody’s in it"
CELLS = "marked as safe: every cell goes through `escape`; marked once, at the end, for speed"
NAMES = "SQL put together of names of our own columns and tables, and words of the module; every value is a parameter"

#: bandit, medium weight and more: file -> (findings by test, the reason).
REVIEWED: dict[str, tuple[dict[str, int], str]] = {
    "accounts/sign_in/totp.py": ({"B308": 1, "B703": 1}, f"marked as safe: {MARKED}"),
    "cases/finding/searching.py": ({"B608": 2}, NAMES),
    "cases/presenters/figures.py": ({"B308": 2, "B703": 1}, CELLS),
    "cases/presenters/printed.py": ({"B308": 1, "B703": 1}, CELLS),
    "cases/presenters/procedure.py": (
        {"B308": 1, "B703": 1},
        "marked as safe: a drawing built as a tree, which escapes its words",
    ),
    "cases/record/anonymise.py": ({"B608": 3}, NAMES),
    "cases/reports/counting.py": ({"B608": 1}, NAMES),
    "cases/reports/showing.py": ({"B610": 1}, "`extra` is a name of our own, not Django’s `QuerySet.extra`"),
    "escalation/bulk.py": ({"B608": 2}, NAMES),
    "escalation/devstack/postgres.py": (
        {"B608": 1},
        "set-up of the local servers with a password made there; the product never runs it",
    ),
    "escalation/devstack/state.py": (
        {"B108": 1},
        "a shared folder: each folder made in it is checked to belong to us alone",
    ),
    "escalation/forms/rendering.py": ({"B703": 4}, "marked as safe: joins what Django’s own templates drew"),
    "escalation/templatetags/small_tags.py": ({"B703": 1}, "marked as safe: one fixed word"),
    "escalation/templatetags/words.py": (
        {"B703": 1},
        "marked as safe: paragraphs whose parts were escaped one by one",
    ),
}
#: wapiti and sqlmap: (what, at which address) -> why it stands.
KNOWN: dict[tuple[str, str], str] = {}
