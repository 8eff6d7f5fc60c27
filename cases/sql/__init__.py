"""Guards of the case tables that Django's migrations have no word for."""

from pathlib import Path

from cases.workflow import LADDER, legal_pairs

HERE = Path(__file__).parent


def read(name: str) -> str:
    """Return the text of a file of this folder."""
    return (HERE / name).read_text()


def guards() -> str:
    """Return the state guard, filled from the table of moves."""
    pairs = ", ".join(f"('{a}', '{b}')" for a, b in legal_pairs())
    ladder = ", ".join(f"'{s.value}'" for s in LADDER)
    return read("guards.sql").replace("{pairs}", pairs).replace("{ladder}", ladder)
