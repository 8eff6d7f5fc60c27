"""What help says: the pages of the roles and the words of the glossary, each kept in a file of its own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.text import slugify

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Word:
    """One word of the glossary."""

    word: str
    means: str

    @property
    def key(self) -> str:
        """Return its place on the page of the glossary."""
        return slugify(self.word)


@cache
def role_pages() -> dict[str, dict[str, Any]]:
    """Return the page of each role by the role's key: lead, waits, steps, cannot, helps."""
    return tomllib.loads((HERE / "roles.toml").read_text())


@cache
def glossary() -> dict[str, Word]:
    """Return the words of the glossary by their place, in the order of the alphabet."""
    found = [Word(**row) for row in tomllib.loads((HERE / "glossary.toml").read_text())["word"]]
    return {word.key: word for word in found}
