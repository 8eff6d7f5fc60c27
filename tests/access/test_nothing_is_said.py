"""G5: every view breaks with the words of a request in its hands, and nobody reads one of them anywhere.

Neither in the answer nor in the log, nor in PostgreSQL's log as production sets it, nor in the broker or a mail.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core import mail
from django.db import DataError, InterfaceError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse

from escalation.logs import WithoutWords
from tests.access.test_broker import held_by
from tests.access.test_routes import EVERY, sample
from tests.cast import Cast
from tests.conftest import owner_connection
from tests.pages.desk import client_of

CANARY = "Zwetschgenknoedel"
PLANT = "Marillenknoedel"


def broken(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return the view as it would be if it broke with all that was sent in its hands, in Python and in SQL."""

    @wraps(view)
    def breaks(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        said = f"{request.POST.dict()} {request.GET.dict()} {request.COOKIES} {dict(request.headers)}"
        assert said.count(CANARY) >= (5 if request.method == "POST" else 4)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT %s::int", [said])
        except DataError as error:
            raise ValueError(f"cannot read {said}") from error
        raise AssertionError("the database took it")

    return breaks


@pytest.fixture
def app_log() -> Iterator[io.StringIO]:
    """Catch what the handlers of the service write, through their own formatter."""
    found, caught = io.StringIO(), []
    for logger in (logging.getLogger(), logging.getLogger("django"), logging.getLogger("django.request")):
        for handler in logger.handlers:
            if isinstance(handler, logging.StreamHandler) and isinstance(handler.formatter, WithoutWords):
                caught.append((handler, handler.setStream(found)))
    yield found
    for handler, before in caught:
        if before is not None:
            handler.setStream(before)


def server_log() -> Path:
    """Return the log of the PostgreSQL of these tests, which is set as docker-compose.yml sets that of production."""
    owner = owner_connection()
    with owner.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        folder = Path(cursor.fetchone()[0])
    owner.close()
    return folder.parent / "logs" / "postgres.log"


def test_a_view_that_breaks_tells_nobody_what_it_was_sent(
    cast: Cast, app_log: io.StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every route by GET and POST, with canaries in fields, query, cookies and headers."""
    monkeypatch.setattr(settings, "ADMINS", [("Operations", "operations@example.org")])
    for _, pattern in EVERY:
        monkeypatch.setattr(pattern, "callback", broken(pattern.callback))
    client = client_of(cast.nurse)
    client.raise_request_exception = False
    client.cookies["seen"] = CANARY
    names = ("User-Agent", "Referer", "Accept-Language", "X-Request-Id", "Origin")
    headers = {name: f"{CANARY} {name}" for name in names}
    said_before = server_log().stat().st_size
    wrong, broke = [], 0
    for where, _ in EVERY:
        for method in ("get", "post"):
            address = f"{sample(where)}?q={CANARY}"
            typed = {"data": {"words": f"{CANARY} words", "email": CANARY}} if method == "post" else {}
            answer = getattr(client, method)(address, headers=headers, **typed)
            said = f"{answer.headers} {answer.cookies} {answer.content.decode(errors='replace')}"
            broke += answer.status_code == 500
            if answer.status_code != 500 or CANARY in said or "Traceback" in said or "ValueError" in said:
                wrong.append((method, where, answer.status_code))
    assert wrong == []
    assert broke == 2 * len(EVERY)
    lines = app_log.getvalue()
    assert CANARY not in lines
    assert lines.count("ERROR django.request Internal Server Error") == broke
    assert lines.count("builtins.ValueError") == lines.count("caused by DataError") == broke
    assert [
        text for text in held_by(redis.Redis.from_url(settings.CELERY_BROKER_URL)) if CANARY in text
    ] == []
    assert mail.outbox == []
    logged = _logged_since(said_before)
    assert CANARY not in logged
    with capsys.disabled():
        print(f"\n{broke} answers of {len(EVERY)} routes that broke, {len(lines):,} letters of log")  # noqa: T201


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("could not connect to server"), 503),
        (InterfaceError("connection already closed"), 503),
        (DataError("value too long"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_while_the_database_is_away_people_are_told_to_come_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """H4: not their fault, nor a fault of ours to be reported; words that were sent are shown to their writer."""

    def away(request: HttpRequest) -> HttpResponse:
        raise error

    client = client_of(cast.nurse)
    client.raise_request_exception = False
    [home] = [pattern for _, pattern in EVERY if pattern.name == "home"]
    monkeypatch.setattr(home, "callback", wraps(home.callback)(away))
    words = "He was not fed on Tuesday."
    answer = client.post("/", {"words": words}, headers={"Origin": "http://testserver"})
    assert answer.status_code == status
    body = answer.content.decode()
    assert ("Escalation is closed for a short time" in body) == (words in body) == (status == 503)
    assert answer.headers.get("Retry-After") == ("30" if status == 503 else None)


def _logged_since(before: int) -> str:
    """Return what PostgreSQL wrote since then, having seen that it does write what it is let write."""
    owner = owner_connection()
    with owner.cursor() as cursor:
        cursor.execute("SET log_min_messages = error; SET log_min_error_statement = error")
        with pytest.raises(Exception, match=PLANT):
            cursor.execute("SELECT %s::int", [PLANT])
    owner.close()
    with server_log().open(errors="replace") as file:
        file.seek(before)
        found = file.read()
    assert found.count(PLANT) >= 2, "message and statement: the log is where we look"
    return found
