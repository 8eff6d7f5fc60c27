"""Every route declares who it is for, and keeps people who are not signed in out. The counts are part of the claim."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.admindocs.views import extract_views_from_urlpatterns
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from escalation.routes import OPEN, POLICIES, policy

#: One value for each kind of part that an address may have.
SAMPLES = {
    "int": "1",
    "str": "7KQ-M4TX",
    "slug": "what",
    "uuid": "00000000-0000-4000-8000-000000000009",
}


def routes(patterns: list[Any], prefix: str = "") -> list[tuple[str, URLPattern]]:
    """Return every address with its pattern, however deep it was included."""
    found: list[tuple[str, URLPattern]] = []
    for pattern in patterns:
        where = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += routes(pattern.url_patterns, where)
        else:
            found.append((where, pattern))
    return found


def sample(where: str) -> str:
    """Return an address of this form: "cases/<str:reference>/" -> "/cases/7KQ-M4TX/"."""
    return "/" + re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found[1]], where)


def policy_of(pattern: URLPattern) -> str | None:
    return getattr(pattern.callback, "policy", None)


EVERY = routes(get_resolver().url_patterns)


def test_every_route_declares_its_policy(capsys: pytest.CaptureFixture[str]) -> None:
    counted = len(extract_views_from_urlpatterns(get_resolver().url_patterns))  # Django's own walk
    undeclared = [where for where, pattern in EVERY if policy_of(pattern) not in POLICIES]
    by_policy = Counter(policy_of(pattern) for _, pattern in EVERY)
    with capsys.disabled():
        print(f"\n{len(EVERY)} routes visited of {counted}: {dict(sorted(by_policy.items(), key=str))}")  # noqa: T201
    assert undeclared == []
    assert len(EVERY) == counted
    assert counted >= 38
    assert {"public", "demo", "signed_in", "administrator", "case_participant", "report_reader"} <= set(
        by_policy
    )


def test_each_name_and_each_address_is_used_once() -> None:
    names = Counter(pattern.name for _, pattern in EVERY)
    assert None not in names
    assert [name for name, times in names.items() if times > 1] == []
    assert [where for where, times in Counter(where for where, _ in EVERY).items() if times > 1] == []


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "where", [where for where, pattern in EVERY if policy_of(pattern) not in OPEN], ids=sample
)
@pytest.mark.django_db
def test_without_a_sign_in_it_leads_to_the_sign_in(client: Client, where: str, method: str) -> None:
    address = sample(where)
    response = getattr(client, method)(address)
    if method == "post":  # a form sent too late: the words come back on a page that leads to the sign-in
        assert response.status_code == 401
        assert f'href="{reverse("sign_in")}?next={quote(address, safe="")}"' in response.content.decode()
        return
    assert response.status_code == 302
    assert response.url == f"{reverse('sign_in')}?next={address}"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "where", [where for where, pattern in EVERY if policy_of(pattern) == "signing_in"], ids=sample
)
@pytest.mark.django_db
def test_without_a_right_password_the_second_step_leads_to_the_first(
    client: Client, where: str, method: str
) -> None:
    response = getattr(client, method)(sample(where))
    assert (response.status_code, response.url) == (302, f"{reverse('sign_in')}?password")


@pytest.mark.parametrize(
    "where", [where for where, pattern in EVERY if policy_of(pattern) == "demo"], ids=sample
)
@pytest.mark.django_db
def test_the_demonstration_does_not_exist_outside_demo_mode(
    client: Client, settings: Any, where: str
) -> None:
    settings.DEMO_MODE = True
    assert client.get(sample(where)).status_code in (200, 302)
    settings.DEMO_MODE = False
    assert client.get(sample(where)).status_code == 404
    assert client.post(sample(where), {"person": "1"}).status_code == 404


@pytest.mark.parametrize(
    "where", [where for where, pattern in EVERY if policy_of(pattern) == "public"], ids=sample
)
@pytest.mark.django_db
def test_a_public_page_answers_without_a_sign_in(client: Client, settings: Any, where: str) -> None:
    settings.DEMO_MODE = False
    response = client.get(sample(where))
    # An answer nobody asked for, a receipt or invitation that is none, health without a worker
    assert response.status_code in (200, 403, 404, 410, 503)


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="no policy 'everyone'"):
        policy("everyone")  # type: ignore[arg-type]
