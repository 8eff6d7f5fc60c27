"""F2: the broker holds no word of a case, whatever was done meanwhile; only the names of tasks, without arguments."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings
from django.db import transaction

from escalation.celery import app
from tests.access.addresses import beside, every_address
from tests.cast import Cast, opened
from tests.pages.desk import NOW, address, client_of, hidden
from tests.pages.situations import SITUATIONS

CANARY = "CANARY"


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    """Return the broker, without any task of before, nor afterwards."""
    app.control.purge()
    yield redis.Redis.from_url(settings.CELERY_BROKER_URL)
    app.control.purge()


def held_by(broker: redis.Redis) -> list[str]:
    """Return everything in the broker as text: each key with what it holds, and each message taken apart."""
    texts = []
    for key in broker.scan_iter():
        match broker.type(key):
            case b"list":
                values = broker.lrange(key, 0, -1)
            case b"set":
                values = list(broker.smembers(key))
            case b"zset":
                values = broker.zrange(key, 0, -1)
            case b"hash":
                values = [part for pair in broker.hgetall(key).items() for part in pair]
            case b"string":
                values = [broker.get(key)]
            case kind:
                raise AssertionError(f"{key!r} is a {kind!r}: how is it read?")
        texts += [f"{key.decode()}: {_whole(value)}" for value in values]
    return texts


def _whole(value: bytes) -> str:
    """Return a value as text; of a message of Celery also what it says, which travels packed."""
    text = value.decode(errors="replace")
    try:
        body = json.loads(text)["body"]
    except (ValueError, KeyError, TypeError):
        return text
    return f"{text} {base64.b64decode(body).decode()}"


def test_no_word_of_a_case_reaches_the_broker(
    cast: Cast, broker: redis.Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every step is taken and every page opened with canaries; then every task of the schedule is published."""
    with time_machine.travel(NOW, tick=False):
        pages, taken = 0, 0
        with transaction.atomic():
            case = opened(cast, what=f"{CANARY} unfed on three visits")
            for where in every_address(beside(cast, case)):
                pages += client_of(cast.nurse).get(where).status_code == 200
            transaction.set_rollback(True)
        for key, situation in SITUATIONS.items():
            with transaction.atomic():
                of = situation.case(cast)
                client = client_of(getattr(cast, situation.by))
                where = address(of, key)
                typed: dict[str, Any] = {**situation.typed(cast, of), **hidden(client.get(where))}
                typed = {name: f"{CANARY} {v}" if _is_words(v) else v for name, v in typed.items()}
                taken += client.post(where, typed).status_code == 302
                transaction.set_rollback(True)
    assert [text for text in held_by(broker) if CANARY in text] == []
    assert broker.llen("celery") == 0, "no page publishes a task"
    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"], **entry["options"])
    texts = held_by(broker)
    with capsys.disabled():
        told = f"{len(app.conf.beat_schedule)} tasks; {len(texts)} values in the broker"
        print(f"\n{pages} pages, {taken} steps, {told}")  # noqa: T201
    assert broker.llen("celery") == len(app.conf.beat_schedule) == 8
    assert [text for text in texts if CANARY in text] == []
    assert (pages >= 40, taken >= len(SITUATIONS) - 6) == (True, True)
    # The search can see: a task that is given words is found, though they travel packed
    app.send_task("cases.tasks.sweep", args=[f"{CANARY} no school since May"])
    assert len([text for text in held_by(broker) if CANARY in text]) == 1


def _is_words(value: object) -> bool:
    return isinstance(value, str) and " " in value
