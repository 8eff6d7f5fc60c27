"""A zero byte in an address, which PostgreSQL has in no text, breaks no page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.conf import settings

from accounts.models import User
from tests.access.addresses import beside, every_address
from tests.cast import Cast, opened
from tests.pages.desk import NOW, client_of

ASKED = re.compile(r"""GET\.get(?:list)?\(\s*"(\w+)|GET\["(\w+)""")
APPS = ("accounts", "cases", "escalation", "notifications")


def asked_for() -> list[str]:
    """Return what the pages read by name from behind the question mark."""
    texts = [path.read_text() for app in APPS for path in (Path(settings.BASE_DIR) / app).rglob("*.py")]
    return sorted({one or other for text in texts for one, other in ASKED.findall(text)})


@pytest.mark.parametrize("name", ["nurse", "cpc_officer", "administrator"])
def test_no_page_breaks_on_a_zero_byte(cast: Cast, name: str) -> None:
    names = asked_for()
    assert {"case", "rethink", "before", "q"} <= {*names}
    pages = every_address(beside(cast, opened(cast)))
    client = client_of(User.objects.get(pk=getattr(cast, name).pk))
    answers: list[Any] = []
    with time_machine.travel(NOW, tick=False):
        for page in pages:
            answers.append(client.get(page, QUERY_STRING="&".join(f"{n}=a%00b" for n in names)))
            if page.rstrip("/"):
                answers.append(client.get(quote(page.rstrip("/")) + "%00/"))
    assert len(pages) >= 100
    assert [a.request["PATH_INFO"] for a in answers if a.status_code == 500] == []
