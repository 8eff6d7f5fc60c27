"""Mistakes of form (unknown key, missing value, wrong type) in words an officer can act on."""

from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from cases.procedures.declared import Declared
from cases.procedures.limits import Limit
from cases.procedures.positions import Path
from cases.procedures.structure import model_at
from cases.procedures.vocabulary import CLOCK_STARTS


class Finding(NamedTuple):
    """One mistake: the path of the key, what is wrong, and how to mend it."""

    path: Path
    what: str
    mend: str


MISSING: dict[str, tuple[str, str]] = {
    "acts": ("nobody acts on this rung", 'name the role that acts, such as acts = "line_manager"'),
    "on": ("the clock runs on nobody", 'say whose duty it is, such as on = "holder"'),
    "outcomes": (
        "there is no way out of this rung",
        'list how it may end, such as outcomes = ["resolved_agreed"]',
    ),
    "source": (
        "the source mark is missing",
        'say where these values come from: source = "document", "local_setting" or "silent"',
    ),
}
PATTERNS: dict[str, str] = {
    "starts": f"use one of {', '.join(CLOCK_STARTS)}, or previous_clock: and the key of a clock",
    "version": 'use numbers and dots, such as version = "1"',
}
FORMS: dict[str, tuple[str, str]] = {
    "string_type": ("this is not text", 'put it in quotes, such as label = "Stage 1"'),
    "string_too_short": ("this is empty", "write something here, or take the line out if it may be left out"),
    "int_type": ("this is not a whole number", "write a whole number without quotes, such as amount = 5"),
    "bool_type": ("this is neither true nor false", "write true or false, without quotes"),
    "tuple_type": ("this is not a list", 'put it in square brackets, such as ["raiser"]'),
    "model_type": ("this is not a table", "give it a table of its own, such as [words], or { ... }"),
    "model_attributes_type": (
        "this is not a table",
        "give it a table of its own, such as [words], or { ... }",
    ),
    "mapping_type": ("this is not a table", "write one value for each key, such as limits.urgent = { ... }"),
    "too_short": ("this list is empty", "list at least one"),
    "greater_than_equal": ("this number is too small", "use 0 or more"),
    "date_from_datetime_parsing": ("this is not a date", "write it without quotes as 2025-02-28"),
    "date_type": ("this is not a date", "write it without quotes as 2025-02-28"),
    "date_parsing": ("this is not a date", "write it without quotes as 2025-02-28"),
}


def explain(error: ErrorDetails, model: type[Declared]) -> Finding:
    """Return a pydantic error as a Finding. `model` is the one the whole file was held against."""
    path: Path = tuple(step for step in error["loc"] if step != "[key]")
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    around = model_at(path[:-1], model)
    kind = error["type"]
    if kind == "extra_forbidden":
        return Finding(path, f'unknown key "{name}"', _suggest(name, sorted(around.model_fields), "key"))
    if kind == "missing":
        what, mend = MISSING.get(name, (f'"{name}" is missing', f"add a line {name} = ..."))
        if name == "source" and around is Limit:
            mend += "; a limit never takes it from the clock around it"
        return Finding(path, what, mend)
    if kind == "literal_error":
        return _wrong_choice(path, name, error)
    if kind == "string_pattern_mismatch":
        mend = PATTERNS.get(
            name, "use small letters, digits and underscores (in the file's own key: hyphens)"
        )
        return Finding(path, f"{_shown(error['input'])} cannot stand here", mend)
    what, mend = FORMS.get(kind, (error["msg"], "see the page on procedures in the documentation"))
    return Finding(path, what, mend)


def _wrong_choice(path: Path, name: str, error: ErrorDetails) -> Finding:
    given = error["input"]
    if given in ("", None) and name in MISSING:
        return Finding(path, *MISSING[name])
    what = (
        f"{_shown(given)} is not an outcome the reports know"
        if name == "outcomes"
        else f"{_shown(given)} is unknown"
    )
    choices = error.get("ctx", {}).get("expected", "").replace("'", "").replace(" or ", ", ").split(", ")
    return Finding(path, what, _suggest(str(given), choices, "value"))


def _suggest(given: str, known: list[str], noun: str) -> str:
    close = get_close_matches(given, known, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else f"use a known {noun}: {', '.join(known)}"


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
