"""The professional codes that a reflective account may be linked to, from a file that an area can replace."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from django.conf import settings


@cache
def codes() -> tuple[tuple[str, str], ...]:
    """Return (key, label) of each code. Raises ValueError for a file without labels."""
    path = Path(settings.PROFESSIONAL_CODES or Path(__file__).with_name("codes.toml"))
    found = tomllib.loads(path.read_text())
    wrong = [key for key, code in found.items() if not isinstance(code, dict) or not code.get("label")]
    if wrong:
        raise ValueError(f"{path.name}: give each code a label; missing in {', '.join(wrong)}")
    return tuple((key, str(code["label"])) for key, code in found.items())
