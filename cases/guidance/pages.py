"""Which page somebody finds unclear: its name alone, never the address with a case's reference in it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.http import urlencode

from accounts.models import User
from cases.steps import STEPS

#: Parts of an address that name a page and nobody's case.
_SAID = ("step", "page", "name")


def furniture(request: HttpRequest) -> dict[str, Any]:
    """Return the links at the foot of every page of somebody who is signed in; asks the database nothing."""
    if not isinstance(getattr(request, "user", None), User):
        return {}
    return {"help_url": reverse("help"), "unclear_url": unclear_link(request)}


def unclear_link(request: HttpRequest) -> str:
    """Return the address at which somebody says that this page is not clear."""
    match = request.resolver_match
    if match is None or not match.url_name:
        return reverse("unclear")
    said = [match.url_name, *(str(match.kwargs[part]) for part in _SAID if part in match.kwargs)]
    return f"{reverse('unclear')}?{urlencode({'page': ':'.join(said)})}"


def page_named(given: str) -> str:
    """Return the name of a page as it came in an address, checked part by part; "" when there is no such page."""
    name, _, part = given[:80].partition(":")
    if name not in {key for key in get_resolver().reverse_dict if isinstance(key, str)}:
        return ""
    return f"{name}:{part}" if _is_known(name, part) else name


def _is_known(name: str, part: str) -> bool:
    if name == "case_step":
        return part in STEPS
    try:
        return bool(part) and part.replace("_", "").isalpha() and bool(reverse(name, args=[part]))
    except NoReverseMatch:
        return False


def in_words(page: str) -> str:
    """Return a page as the officer reads of it."""
    name, _, part = page.partition(":")
    if name == "case_step" and part in STEPS:
        return f"Step of a case: {STEPS[part].label}"
    words = " ".join(filter(None, (name, part))).replace("_", " ")
    return words[:1].upper() + words[1:] or "Not said which page"
