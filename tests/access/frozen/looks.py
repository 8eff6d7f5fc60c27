"""Looks written to a file and read back, so that the policies can be judged thousands of times without a database."""

from __future__ import annotations

import contextlib
import os
import pickle
from pathlib import Path
from typing import Any

from cases.access import Look
from cases.models import procedure
from cases.procedures.loading import load_text

#: Where they stand: set by `make mutate`.
WHERE = Path(os.environ.get("ACCESS_LOOKS", "looks.pickle"))
#: What is worked out from the others, and so has to be worked out anew.
DERIVED = ("mine",)


def freeze(found: dict[str, tuple[dict[str, Look], set[str]]]) -> None:
    """Write the looks of each situation, with who sees its case and what needs the database worked out before."""
    texts = {v.sha256: v.text for v in procedure.ProcedureVersion.objects.all()}
    for looks, _ in found.values():
        for look in looks.values():
            _know(look)
    WHERE.write_bytes(pickle.dumps((texts, found)))


def _know(look: Look) -> None:
    with contextlib.suppress(LookupError):  # takes no part: nothing asks
        assert look.has_conflict in (True, False)
    for name in DERIVED:
        look.__dict__.pop(name, None)


def thawed() -> dict[str, tuple[dict[str, Look], set[str]]]:
    """Return the looks of each situation. They hold no connection: whatever asks the database fails."""
    texts, found = pickle.loads(WHERE.read_bytes())  # noqa: S301 (written by the same command)
    known: dict[str, Any] = procedure._definitions
    known.update({sha: load_text(text, "a frozen procedure") for sha, text in texts.items()})
    return dict(found)
