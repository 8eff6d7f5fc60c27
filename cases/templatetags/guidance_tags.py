"""What words mean, beside where they are used: `{% load guidance_tags %}{% terms "position" "check-back" %}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from django import template
from django.forms import BoundField
from django.urls import reverse

from cases.guidance.texts import glossary

register = template.Library()


@register.inclusion_tag("components/terms.html")
def terms(*keys: str) -> dict[str, Any]:
    """Draw words that lead to the glossary and show there and then, on hover and on focus, what they mean.

    Raises KeyError for a word that the glossary has not.
    """
    return {"words": [glossary()[key] for key in keys], "page": reverse("glossary")}


@register.inclusion_tag("components/terms.html")
def terms_among(
    fields: Iterable[BoundField], reading: Iterable[Mapping[str, Any]], *more: str
) -> dict[str, Any]:
    """Draw those words of the glossary that these questions, what stands above them and `more` words use."""
    said = "\n".join([*_asked(fields), *(card["title"] for card in reading), *more])
    return terms(*(key for key, pattern in _patterns().items() if pattern.search(said)))


def _asked(fields: Iterable[BoundField]) -> Iterator[str]:
    for bound in fields:
        if not bound.field.widget.is_hidden:
            yield str(bound.label)
            yield str(bound.help_text)
            for _, words in getattr(bound.field, "choices", ()):
                yield str(words)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Return how each word of the glossary looks in a sentence: one or several, with or without a capital."""
    return {
        key: re.compile(rf"\b{re.escape(word.word)}s?\b", re.IGNORECASE) for key, word in glossary().items()
    }
