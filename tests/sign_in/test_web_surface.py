"""What every answer carries, and what no address, title, log or error mail may hold (bars F1, F2, F5, F7, G5)."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from accounts.models import User
from accounts.roles import Role
from escalation.addresses import client_address
from escalation.logs import WithoutWords
from escalation.routes import policy
from escalation.urls import handler403, handler404, handler500, urlpatterns  # noqa: F401 (of a URLconf)
from tests.access.test_routes import EVERY, policy_of, sample
from tests.cast import TUESDAY, Cast, opened
from tests.factories import join

CANARY = "Zwetschgenknödel"
CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
PRODUCTION = {
    "SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789",
    "DATABASE_URL": "postgres://web:secret@127.0.0.1:1/none",
    "BASE_URL": "https://escalation.example.org",
    "EMAIL_URL": "smtp+tls://web:secret@mail.example.org:587",
}


@policy("signed_in")
def breaks(request: HttpRequest) -> HttpResponse:
    """Fail with the words that were sent."""
    raise ValueError(f"cannot read {request.POST.get('words')!r}")


urlpatterns = [*urlpatterns, path("breaks/", breaks, name="breaks")]


def in_production(*argv: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "manage.py", *argv],
        cwd=settings.BASE_DIR,
        env=kept | PRODUCTION,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def test_the_deployment_check_has_nothing_to_say() -> None:
    done = in_production("check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced).")


def test_cookies_of_a_real_service_are_bound_to_its_host() -> None:
    names = [
        "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_DOMAIN",
        "SESSION_COOKIE_PATH", "CSRF_COOKIE_DOMAIN", "SESSION_EXPIRE_AT_BROWSER_CLOSE", "SECURE_HSTS_SECONDS",
        "DEBUG", "DEMO_MODE",
    ]  # fmt: skip
    code = f"import json; from django.conf import settings; print(json.dumps([getattr(settings, n) for n in {names}]))"
    done = in_production("shell", "-v", "0", "-c", code)
    assert dict(zip(names, json.loads(done.stdout), strict=True)) == {
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_DOMAIN": None,  # a name that begins with __Host- allows no domain, and this path only
        "SESSION_COOKIE_PATH": "/",
        "CSRF_COOKIE_DOMAIN": None,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "DEBUG": False,
        "DEMO_MODE": False,
    }


def is_guarded(response: Any) -> list[str]:
    """Return what is missing among the headers of an answer."""
    headers = response.headers
    wanted = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    found = [name for name, value in wanted.items() if headers.get(name) != value]
    if set(headers.get("Content-Security-Policy", "").split("; ")) != CSP:
        found.append("Content-Security-Policy")
    if "camera=()" not in headers.get("Permissions-Policy", ""):
        found.append("Permissions-Policy")
    return found


@pytest.mark.urls("tests.sign_in.test_web_surface")
def test_every_answer_carries_every_header(inside: Client, nurse: User, cast: Cast) -> None:
    case = opened(cast)
    inside.raise_request_exception = False
    asked, wrong, statuses = 0, {}, set()
    for where, _ in EVERY:
        for method in ("get", "post"):
            if where in ("leave/", "sign-out/") and method == "post":
                continue  # these end the sign-in: they have tests of their own
            response = getattr(inside, method)(sample(where).replace("7KQ-M4TX", case.reference))
            missing = is_guarded(response)
            if missing:
                wrong[f"{method} {where}"] = missing
            asked += 1
            statuses.add(response.status_code)
    for address in ("/no/such/page/", "/breaks/", "/administration/"):
        response = inside.get(address)
        asked += 1
        statuses.add(response.status_code)
        if is_guarded(response):
            wrong[address] = is_guarded(response)
    assert wrong == {}
    assert asked >= 2 * len(EVERY) + 1
    assert {200, 302, 403, 404, 405, 500} <= statuses


def test_no_page_has_script_or_style_of_its_own(inside: Client, cast: Cast) -> None:
    case = opened(cast)
    join(cast.nurse, Role.ADMINISTRATOR, cast.partnership)
    join(cast.nurse, Role.AUDITOR, cast.partnership)
    pages = 0
    for where, pattern in EVERY:
        if policy_of(pattern) == "demo":
            continue
        response = inside.get(sample(where).replace("7KQ-M4TX", case.reference))
        if response.headers.get("Content-Type", "").startswith("text/html") and response.status_code == 200:
            text = response.content.decode()
            assert not re.search(
                r"<[^>]+\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=\"|javascript:", text
            ), where
            pages += 1
    assert pages >= 25


def test_no_word_of_a_case_is_in_an_address_or_a_title(inside: Client, cast: Cast, clock: Any) -> None:
    words = {name: f"{CANARY} {name}" for name in ("what", "consequence", "safety_line", "situation")}
    case = opened(cast, at=TUESDAY - timedelta(days=1), **words, subject_reference=CANARY)
    seen, pages, with_canary = {"/"}, ["/"], 0
    visited = 0
    while pages and visited < 60:
        address = pages.pop()
        response = inside.get(address)
        visited += 1
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            continue
        text = response.content.decode()
        with_canary += CANARY in text
        assert CANARY not in "".join(re.findall(r"<title>.*?</title>", text, re.DOTALL)), address
        links = re.findall(r'(?:href|action|src|data-[a-z-]+-url)="([^"]*)"', text)
        assert CANARY not in " ".join([*links, response.headers.get("Location", "")]), address
        for link in links:
            plain = link.split("#")[0].replace("&amp;", "&")
            if (
                plain.startswith("/")
                and not plain.startswith(("/static/", "/sign-", "/leave"))
                and plain not in seen
            ):
                seen.add(plain)
                pages.insert(len(pages) if case.reference in plain else 0, plain)  # those of the case first
    assert case.reference in " ".join(seen)
    assert visited >= 15
    assert with_canary >= 3, "the canary is in the pages, so it could have been in their addresses"


@pytest.mark.urls("tests.sign_in.test_web_surface")
def test_a_broken_page_tells_the_log_where_and_nobody_what(
    inside: Client, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.ADMINS = [("Operations", "operations@example.org")]
    inside.raise_request_exception = False
    logger = logging.getLogger("django.request")
    logger.addHandler(caplog.handler)
    caplog.handler.setFormatter(WithoutWords("%(levelname)s %(message)s"))
    try:
        response = inside.post(
            "/breaks/", {"words": f"{CANARY} and much more"}, headers={"User-Agent": CANARY}
        )
    finally:
        logger.removeHandler(caplog.handler)
    assert response.status_code == 500
    assert CANARY not in response.content.decode()
    assert "ERROR Internal Server Error: /breaks/" in caplog.text
    assert "builtins.ValueError" in caplog.text
    assert "test_web_surface.py" in caplog.text
    assert CANARY not in caplog.text
    assert mail.outbox == []


def test_the_log_of_a_real_service_is_written_without_words() -> None:
    code = (
        "import logging; log = logging.getLogger('django.request')\n"
        f"try:\n  try:\n    int('{CANARY}')\n  except ValueError as e:\n    raise RuntimeError('{CANARY}') from e\n"
        "except RuntimeError:\n  log.error('broken', exc_info=True); logging.getLogger('cases').exception('also')"
    )
    done = in_production("shell", "-v", "0", "-c", code)
    assert done.stderr.count("builtins.RuntimeError") == 2
    assert done.stderr.count("caused by ValueError") == 2
    assert CANARY not in done.stderr.replace(code, "")


@pytest.mark.parametrize(
    ("proxies", "header", "believed"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.7, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "not an address", "192.0.2.1"),
    ],
)
def test_an_address_is_believed_from_our_own_proxies_only(
    rf: Any, settings: Any, proxies: int, header: str, believed: str
) -> None:
    settings.PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": header} if header else {})
    assert client_address(request) == believed


def test_a_made_up_header_gives_nobody_a_new_start_at_guessing(
    client: Client, nurse: User, clock: Any
) -> None:
    answers = [
        client.post(
            reverse("sign_in"),
            {"email": nurse.email, "password": "not the password at all"},
            headers={"X-Forwarded-For": f"198.51.100.{n}"},
        ).content.decode()
        for n in range(8)
    ]
    assert sum("Too many tries in a row" in text for text in answers) == 3
