"""What words mean, beside where they are used: `{% load guidance_tags %}{% terms "position" "check-back" %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from cases.guidance.texts import glossary

register = template.Library()


@register.inclusion_tag("components/terms.html")
def terms(*keys: str) -> dict[str, Any]:
    """Draw words that lead to the glossary and show there and then, on hover and on focus, what they mean.

    Raises KeyError for a word that the glossary has not.
    """
    return {"words": [glossary()[key] for key in keys], "page": reverse("glossary")}
