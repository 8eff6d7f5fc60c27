"""What a password may be: long is what counts. No rules about signs and figures, no expiry (ASVS 5.0, 6.2; bar E8).

Beside the length and Django's list of common passwords: nothing that is only words everybody here knows, and nothing
that is one short piece again and again.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts.models import User

#: Words of this service. Names of the person, their agency and their partnership come on top.
WORDS = frozenset(
    {"escalation", "escalate", "child", "children", "protection", "safeguarding", "committee", "partnership"}
    | {"council", "social", "work", "worker", "health", "nurse", "school", "police"}
    | {"password", "welcome", "login", "signin", "secret", "letmein", "qwerty", "admin"}
)
SHORTEST_WORD = 4
#: What must be left of a password without these words, without figures and signs.
OWN_LETTERS = 8
DIFFERENT = 5
#: A piece as long as a password must be may come again.
LONG_ENOUGH = 15


class ContextValidator:
    """Refuses a password that is little more than names and words known to everybody around."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for such a password; what is left when known words are gone must be long enough."""
        left = password.lower()
        for word in sorted(_known(user), key=len, reverse=True):
            left = left.replace(word, " ")
        letters = re.sub(r"[\W\d_]", "", left)
        known_ones = len(left) < len(password)
        if known_ones and len(letters) < OWN_LETTERS:
            raise ValidationError(
                "This password is made of names or words that are easy to guess here. Add words of your own.",
                code="password_of_known_words",
            )

    def get_help_text(self) -> str:
        return "Your password cannot be made of your name, your agency or words of this service alone."


class PatternValidator:
    """Refuses one short piece again and again, a common password doubled, and very few different signs."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for such a password."""
        lowered = password.lower()
        piece = _piece(lowered)
        common = CommonPasswordValidator().passwords
        stem = re.sub(r"[\W\d_]+$", "", lowered)
        doubled = _piece(stem) if stem else ""
        if (
            len(set(lowered)) < DIFFERENT
            or (len(piece) < LONG_ENOUGH and len(piece) * 2 <= len(lowered))
            or stem in common
            or (doubled != stem and doubled in common)
            or _runs(lowered)
        ):
            raise ValidationError(
                "This password follows a pattern that is tried first. Choose some words that do not belong together.",
                code="password_of_a_pattern",
            )

    def get_help_text(self) -> str:
        return "Your password cannot be one piece again and again, or a row of keys."


def _known(user: Any) -> set[str]:
    words = set(WORDS)
    if isinstance(user, User):
        texts = [user.full_name, user.email.split("@")[0], user.agency.name, user.agency.partnership.name]
        for text in texts:
            words |= {w for w in re.split(r"[\W_]+", text.lower()) if len(w) >= SHORTEST_WORD}
    return words


def _piece(text: str) -> str:
    """Return the shortest piece that, again and again, makes the text; the text itself when there is none."""
    return next(
        (
            text[:n]
            for n in range(1, len(text) // 2 + 1)
            if (text[:n] * (len(text) // n + 1))[: len(text)] == text
        ),
        text,
    )


ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm")


def _runs(text: str) -> bool:
    """Return whether the text is, but for a few signs, one row of keys or of the alphabet."""
    return any(row[:12] in text or row[::-1][:12] in text for row in ROWS)
