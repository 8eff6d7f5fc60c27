"""A15: nobody goes round the gate. Words that would, and the few places where each was looked at."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EVERYWHERE = ("escalation", "accounts", "cases", "notifications")
FACING_PEOPLE = ("cases/views", "cases/forms", "cases/presenters", "accounts", "notifications")


#: What is looked for; where; a plant that must be found; and how often it stands where it was looked at, by file.
RULES: dict[str, tuple[str, tuple[str, ...], str, dict[str, int]]] = {
    "cases and their words read past `visible_to` and `at_hand`": (
        r"\b(Case|Entry)\.objects\b(?!\.(visible_to|at_hand))",
        FACING_PEOPLE,
        "row = Case.objects.get(reference=given)",
        {
            # Keepers of records see references and kinds, no word; a copy for the person it is about is approved twice.
            "cases/views/keeping.py": 2,
            "cases/forms/correcting.py": 1,  # what the person who asks wrote themselves, in a case they take part in
            "notifications/recipients.py": 1,  # who was asked by an entry: keys alone
        },
    ),
    "text marked as safe": (
        r"\bmark_safe\(|\bSafeString\(",
        EVERYWHERE,
        "return mark_safe(text)",
        {
            # docs/security-scan.md says of each why it is right.
            "accounts/sign_in/totp.py": 1,
            "cases/presenters/figures.py": 2,
            "cases/presenters/printed.py": 1,
            "cases/presenters/procedure.py": 1,
            "escalation/forms/rendering.py": 4,
            "escalation/templatetags/form_tags.py": 2,
            "escalation/templatetags/small_tags.py": 3,
            "escalation/templatetags/words.py": 1,
        },
    ),
    "forms without a token": (r"csrf_exempt", EVERYWHERE, "@csrf_exempt", {}),
    "SQL that goes past the models": (
        r"\.raw\(|\bRawSQL\b|\.extra\(",
        EVERYWHERE,
        'Case.objects.extra(where=["1=1"])',
        {"cases/drafts.py": 1},  # one statement that stores and returns one's own draft
    ),
    "rights by a flag or for a whole table": (
        r"\.is_superuser\b(?! *=)|\.has_perms?\(|get_objects_for_user",
        EVERYWHERE,
        "if request.user.has_perm('cases.view'):",
        {"accounts/grants.py": 1},
    ),
}


def found(rule: str, text: str) -> int:
    """Return how often a rule's words stand in the code of a file, comments and notes aside."""
    code = re.sub(r'"""[\s\S]*?"""|#[^\n]*', "", text)
    return len(re.findall(RULES[rule][0], code))


@pytest.mark.parametrize("rule", RULES)
def test_nobody_goes_round_the_gate(rule: str) -> None:
    _pattern, places, plant, known = RULES[rule]
    assert found(rule, f"def view():\n    {plant}\n") == 1, "the plant"
    paths = [
        path for place in places for path in (ROOT / place).rglob("*.py") if "migrations" not in path.parts
    ]
    assert len(paths) > 100
    seen = Counter({str(p.relative_to(ROOT)): found(rule, p.read_text(encoding="utf-8")) for p in paths})
    assert {name: number for name, number in seen.items() if number} == known
