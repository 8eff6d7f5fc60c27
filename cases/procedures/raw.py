"""The raw values of a procedure file, before they are known to be right: nothing here trusts a type."""

from typing import Any

from cases.procedures.vocabulary import OUTCOMES

Raw = dict[str, Any]


def text_of(value: Any) -> str:
    """Return the value if it is text, else an empty text."""
    return value if isinstance(value, str) else ""


def texts_of(value: Any) -> list[str]:
    """Return the texts in a list, or nothing when it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def items_of(value: Any) -> list[tuple[int, Raw]]:
    """Return the tables of a list with their places, or nothing when it is no list."""
    return (
        [(i, item) for i, item in enumerate(value) if isinstance(item, dict)]
        if isinstance(value, list)
        else []
    )


def kinds_of(rung: Raw) -> set[str]:
    """Return the kinds of outcome a raw rung lists."""
    return {OUTCOMES[key].kind for key in texts_of(rung.get("outcomes")) if key in OUTCOMES}


def key_of(rung: Raw) -> str:
    """Return what a raw rung is called: its key, or its state when it has none of its own."""
    return text_of(rung.get("key")) or text_of(rung.get("state"))
