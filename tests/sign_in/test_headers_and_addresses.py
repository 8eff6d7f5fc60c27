"""F7: forty addresses to be led away to, forty hosts, forty headers of a proxy; none leads away or has an effect."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD
from tests.sign_in.proof import code

ELSEWHERE = "evil.example"
STARTS = (
    "https://",
    "http://",
    "//",
    "///",
    "////",
    "/\\",
    "\\\\",
    "\\/",
    "https:",
    "https:/",
    "//\t",
    "/\t/",
    "\x00//",
)
STARTS += (
    "ftp://",
    "javascript://",
    "data:text/html,//",
    "https://localhost@",
    "https://testserver@",
    "//testserver@",
)
STARTS += (
    "https://testserver.",
    "HTTPS://",
    " //",
    "%2f%2f",
    "/%5c",
    "https://testserver%40",
    "///testserver@",
)
STARTS += (
    "http:\\\\",
    "https:\\/",
    "//%0d%0a",
    "/./\\",
    "//[::1]@",
    "https://①@",
    "vbscript://",
    "\r\n//",
    "//;@",
)
STARTS += ("http:///", "https://testserver:80@", "//testserver\\@", "/\n/", "\u2028//")
HOSTS = (
    ELSEWHERE,
    f"testserver.{ELSEWHERE}",
    f"{ELSEWHERE}:80",
    f"testserver@{ELSEWHERE}",
    f"testserver,{ELSEWHERE}",
)
HOSTS += tuple(
    f"{before}{ELSEWHERE}" for before in ("testserver ", "testserver:80@", "[", "testserver#", "testserver?")
)
HOSTS += tuple(
    f"{before}{ELSEWHERE}" for before in ("testserver/", "testserver\\", "-", "_", ".", "..", "*.", "%", "//")
)
HOSTS += tuple(
    f"{ELSEWHERE}{after}"
    for after in ("#testserver", "?testserver", "/testserver", "@testserver", " testserver")
)
HOSTS += (
    "127.0.0.1.nip.example",
    "0",
    "::1",
    "[::1]",
    "*",
    "testserver:x",
    "testserver:80:80",
    "",
    "testserver..",
    "é",
)
HOSTS += (
    "localhost",
    "169.254.169.254",
    "testserver%00",
    "xn--testserver",
    "testserver;",
    "TESTSERVER.EVIL.EXAMPLE",
)
PROXY = ("X-Forwarded-Host", "X-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Forwarded-Server")
PROXY += ("X-HTTP-Method-Override", "X-Forwarded-Prefix", "X-Script-Name", "X-Forwarded-Proto")
VALUES = (ELSEWHERE, f"https://{ELSEWHERE}/", "/administration/", f"host={ELSEWHERE};proto=https")


def led_by(address: str) -> tuple[str, str | None]:
    """Return the scheme and host that a browser goes to from our sign-in page: it reads addresses generously."""
    plain = re.sub(r"[\t\r\n]", "", address).strip("".join(map(chr, range(33)))).replace("\\", "/")
    plain = re.sub(r"^(https?:)/+", r"\1//", re.sub(r"^//+", "//", plain), flags=re.IGNORECASE)
    found = urlsplit(urljoin("http://testserver/sign-in/", plain))
    return found.scheme, found.hostname


def test_no_address_that_is_asked_for_leads_away(nurse: User, clock: Any) -> None:
    wanted = [f"{start}{ELSEWHERE}/" for start in STARTS]
    assert len(set(wanted)) == 40
    assert sum(led_by(address) != ("http", "testserver") for address in wanted) >= 30, (
        "the twin: most would lead away"
    )
    away = []
    for n, address in enumerate(wanted):
        clock.shift(timedelta(minutes=1))
        client = Client(REMOTE_ADDR=f"198.51.100.{n}")
        first = client.post(reverse("sign_in"), {"email": nurse.email, "password": PASSWORD, "next": address})
        assert first.url == reverse("second_step")
        second = client.post(reverse("second_step"), {"confirm_code": code()})
        assert second.status_code == 302
        away += [(address, second.url)] if led_by(second.url) != ("http", "testserver") else []
    assert away == []


def test_no_host_and_no_header_of_a_proxy_has_an_effect(inside: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    plain, asked = _same(inside.get(reverse("home"))), 0
    for host in HOSTS:
        answer = inside.get(reverse("home"), headers={"Host": host})
        assert (answer.status_code, ELSEWHERE in answer.content.decode()) == (400, False), host
    for name, value in product(PROXY, VALUES):
        asked += 1
        assert _same(inside.get(reverse("home"), headers={name: value})) == plain, (name, value)
        refused = inside.get(reverse("staff"), headers={name: value})
        assert refused.status_code == 403, (name, value)
    assert (len(set(HOSTS)), asked) == (40, 40)


def _same(answer: Any) -> tuple[int, str]:
    return answer.status_code, re.sub(
        r'(csrfmiddlewaretoken" value="|data-token=")[^"]+', "", answer.content.decode()
    )
