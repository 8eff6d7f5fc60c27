"""Feelings and needs stay in the room: a canary is looked for in all that anybody can open or take away (PO06)."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.urls import get_resolver, reverse

from cases.actions import rethinking
from cases.audit import Audit
from cases.models import Case, Entry, Rethink, RethinkNote
from escalation.trail.models import Event
from notifications.delivery import send_due
from notifications.models import Message
from tests.access.test_routes import policy_of, routes
from tests.cast import opened
from tests.meetings.room import FEELINGS, LATER, Room
from tests.pages.desk import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PO06")]
CANARY = "CANARY-FEELINGS"
#: Parts of addresses that name something of this test; what needs another kind of part has tests of its own.
SLUG_FREE = re.compile(r"<(\w+):(\w+)>")


@pytest.fixture
def story(room: Room) -> tuple[Room, Case, Rethink]:
    """Return a Re-think beside a case, and another that became one, both with the canary in the room."""
    with time_machine.travel(LATER, tick=False):
        case = opened(room.cast)
        room.held(room.arranged(rethink=room.asked(case=case)))
        alone = room.held(room.arranged(rethink=room.asked()))
        became = opened(room.cast, at=LATER)
        rethinking.became(alone, became, by=room.cast.nurse, audit=Audit(LATER))
    return room, case, alone


def addresses(case: Case) -> list[str]:
    """Return every address without parts, and those of this case."""
    found = []
    for where, pattern in routes(get_resolver().url_patterns):
        parts = SLUG_FREE.findall(where)
        if policy_of(pattern) == "signing_in" or "rethinks/" in where:
            continue
        if not parts:
            found.append("/" + where)
        elif parts == [("str", "reference")] and where.startswith("cases/"):
            found.append("/" + SLUG_FREE.sub(case.reference, where))
    return found


def test_no_page_shows_it_but_that_of_the_room_to_who_was_there(
    story: tuple[Room, Case, Rethink], settings: Any
) -> None:
    settings.DEMO_MODE = True
    room, case, alone = story
    cast = room.cast
    urls = addresses(case)
    assert len(urls) >= 20
    people = (
        cast.nurse,
        cast.teacher,
        room.coordinator,
        cast.cswo,
        cast.cpc_officer,
        cast.auditor,
        cast.administrator,
    )
    opened_pages = 0
    with time_machine.travel(LATER, tick=False):
        send_due(LATER)
        for person in people:
            client = client_of(person)
            for url in urls:
                answer = client.get(url)
                if answer.status_code == 200:
                    opened_pages += 1
                    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
                    assert CANARY.encode() not in content, (url, person)
        page = reverse("rethink", args=[alone.reference])
        shown = {p.full_name: CANARY in unescape(client_of(p).get(page).content.decode()) for p in people[:3]}
    assert shown == {"Nadia Reid": True, "Eilidh Kerr": False, "Roisin Keel": False}
    assert opened_pages >= 60


def test_it_stands_in_one_table_alone(story: tuple[Room, Case, Rethink]) -> None:
    """Whatever is built on any other table can never show it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        holding = []
        for table in tables:
            if table == "trail_head":
                continue
            cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text LIKE %s', [f"%{CANARY}%"])
            if cursor.fetchone()[0]:
                holding.append(table)
    assert holding == [RethinkNote._meta.db_table]
    assert not RethinkNote.objects.filter(room=False, content__contains=CANARY).exists()


def test_no_mail_event_or_entry_holds_it(story: tuple[Room, Case, Rethink], settings: Any) -> None:
    settings.DEMO_MODE = False
    send_due(LATER + timedelta(days=1))
    assert mail.outbox
    for letter in mail.outbox:
        files = b"".join(p.get_payload(decode=True) for p in letter.attachments)
        assert CANARY not in letter.subject + letter.body + files.decode()
    assert not Entry.objects.filter(content__contains=CANARY).exists()
    assert not Event.objects.filter(payload__contains=CANARY).exists()
    assert Message.objects.exists()


def test_no_export_takes_it_away(story: tuple[Room, Case, Rethink], tmp_path: Path) -> None:
    _, case, _ = story
    whole, one = tmp_path / "audit.jsonl", tmp_path / "case.zip"
    call_command("export_audit", "--out", str(whole), stdout=io.StringIO())
    call_command("export_audit", "--case", case.reference, "--out", str(one), stdout=io.StringIO())
    assert "rethink_held" in whole.read_text()  # that it was held is in the trail, and what was said is not
    assert CANARY not in whole.read_text()
    with zipfile.ZipFile(one) as pack:
        assert pack.namelist()
        for name in pack.namelist():
            assert CANARY.encode() not in pack.read(name), name


def test_the_canary_is_real(story: tuple[Room, Case, Rethink]) -> None:
    assert FEELINGS.startswith(CANARY)
    assert RethinkNote.objects.filter(content__contains=CANARY, room=True).count() == 2
