"""The SQL that migrations run: roles, seals and guards that Django's migrations have no word for."""

from pathlib import Path

HERE = Path(__file__).parent


def read(name: str) -> str:
    """Return the text of a file of this folder."""
    return (HERE / name).read_text()
