"""A1-A3 over HTTP: every route, as every kind of person, against tests/access/routes.txt.

Each refusal is a 403, a 404 or the way to the sign-in; it leaves the database as it was but for one event of its own;
and the same request succeeds for the people the row names, so that nothing is refused for another reason.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import resolve

from accounts.actions import request_role
from accounts.models import Cover, Membership, StaffList, User
from accounts.roles import Role
from cases.models import Case, ClosedDay, Deadline
from escalation.denials import VERB
from escalation.trail.models import Event
from tests.access.test_routes import EVERY
from tests.cast import TUESDAY, Cast, opened
from tests.factories import cover, member

KINDS = (
    *("out", "raiser", "counterpart", "colleague", "manager", "officer", "auditor", "admin"),
    *("stranger", "foreign", "superuser"),
)
SIGNED_IN = KINDS[1:]


def _who(yes: str = "", no: str = "", nothing: str = "", out: str = "in") -> dict[str, str]:
    """Return kind -> outcome; `*` stands for everybody who is signed in and not named elsewhere."""
    lists = {"yes": yes.split(), "no": no.split(), "none": nothing.split()}
    rest = next((outcome for outcome, names in lists.items() if "*" in names), "")
    named = {name: outcome for outcome, names in lists.items() for name in names if name != "*"}
    return {"out": out} | {kind: named.get(kind, rest) for kind in SIGNED_IN}


#: The words of the table, as the comment above it says what they mean.
SHAPES: dict[str, dict[str, str]] = {
    "public": _who(yes="*", out="yes"),
    "members": _who(yes="*"),
    "nobody": _who(nothing="*", out="none"),
    "hidden": _who(nothing="*"),
    "parties": _who(yes="raiser counterpart", nothing="*"),
    "raiser": _who(yes="raiser", no="counterpart", nothing="*"),
    "office": _who(yes="admin foreign", no="*"),
    "office-404": _who(nothing="admin foreign", no="*"),
    "ours": _who(yes="admin", nothing="foreign", no="*"),
    "reports": _who(yes="officer auditor", no="*"),
    "reporters-404": _who(nothing="officer auditor", no="*"),
    "emergency": _who(yes="manager", no="*"),
    "leads": _who(no="*"),
    "recorders": _who(yes="raiser counterpart colleague manager", no="*"),
    "recorders-anywhere": _who(yes="raiser counterpart colleague manager stranger", no="*"),
    "worried": _who(yes="raiser counterpart colleague manager officer superuser", no="*"),
    "not-stranger": _who(yes="*", nothing="stranger"),
    "officer": _who(yes="officer", no="*"),
    "officer-404": _who(nothing="officer", no="*"),
    "auditor": _who(yes="auditor", no="*"),
    "keepers": _who(yes="officer", no="*"),
    "keepers-404": _who(nothing="officer", no="*"),
    "refused": _who(no="*", out="no"),
}


@dataclass(frozen=True)
class Row:
    method: str
    address: str
    shape: str


def rows() -> list[Row]:
    """Return the rows of the table."""
    found = []
    for line in (Path(__file__).parent / "routes.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            request, _, shape = line.rpartition(": ")
            method, _, address = request.partition(" ")
            assert shape in SHAPES, line
            found.append(Row(method, address, shape))
    return found


ROWS = rows()


def test_every_route_has_a_row() -> None:
    """The number of routes in the table is that of the routes there are."""
    filled = {re.sub(r"\{\w+\}", "1", row.address) for row in ROWS}
    written = {resolve(address).url_name for address in filled}
    declared = {pattern.name for _, pattern in EVERY}
    assert sorted(declared - written) == [], "write a row into tests/access/routes.txt"
    assert written == declared
    assert len(set(ROWS)) == len(ROWS)


@pytest.fixture
def tuesday() -> Iterator[None]:
    with time_machine.travel(TUESDAY, tick=False):
        yield


def test_each_page_goes_to_those_the_table_names_and_to_nobody_else(
    cast: Cast, tuesday: None, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEMO_MODE = False
    people, places = _people(cast), _places(cast)
    clients = {kind: _client(user) for kind, user in people.items()}
    wrong: list[str] = []
    counted: Counter[str] = Counter()
    for row in ROWS:
        address, expected = row.address.format(**places), SHAPES[row.shape]
        refused = [kind for kind in KINDS if expected[kind] != "yes"]
        before, events = _digest(), Event.objects.filter(verb=VERB).count()
        for kind in refused:
            outcome = _ask(clients[kind], row.method, address)
            counted[outcome] += 1
            if outcome != expected[kind]:
                wrong.append(f"{row.method} {row.address}: {kind} gets {outcome}, not {expected[kind]}")
        if _digest() != before:
            wrong.append(f"{row.method} {row.address}: a refusal changed the database")
        denied = sum(expected[kind] in ("no", "none") and kind != "out" for kind in refused)
        policed = row.shape not in ("public", "nobody", "refused")
        left = Event.objects.filter(verb=VERB).count() - events
        if policed and left != denied:
            wrong.append(f"{row.method} {row.address}: {denied} denials left {left} events")
        for kind in KINDS:
            if expected[kind] == "yes":
                with transaction.atomic():  # what the twin changes is taken back
                    outcome = _ask(_again(clients[kind]), row.method, address)
                    transaction.set_rollback(True)
                counted["yes"] += 1
                if outcome != "yes":
                    wrong.append(f"{row.method} {row.address}: {kind} gets {outcome}, not yes")
    with capsys.disabled():
        print(f"\n{len(ROWS)} rows, {sum(counted.values())} requests: {dict(counted)}")  # noqa: T201
    assert not wrong, "\n".join(wrong)
    assert sum(counted.values()) == len(ROWS) * len(KINDS) >= 1_300


def _ask(client: Client, method: str, address: str) -> str:
    answer = client.get(address) if method == "GET" else client.post(address)
    if answer.status_code == 401 or answer.headers.get("Location", "").startswith("/sign-in/?next="):
        return "in"
    return {403: "no", 404: "none"}.get(
        answer.status_code, "yes" if answer.status_code in {*range(500), 503} else "broken"
    )


def _again(client: Client) -> Client:
    """Return a browser with the same sign-in, so that signing out in one leaves the other as it was."""
    other = Client()
    other.cookies = copy.deepcopy(client.cookies)
    return other


def _digest() -> list[Any]:
    """Return one number for the content of each table, but for events, sessions and the heads of chains."""
    left_out = {"trail_event", "trail_head", "django_session", "trail_events", Event._meta.db_table}
    left_out |= {"cases_casefacts", "cases_stagefacts", "cases_factsdue"}  # worked out anew by whoever reads
    tables = sorted({m._meta.db_table for m in apps.get_models()} - left_out)
    asked = " UNION ALL ".join(
        f"SELECT '{t}', count(*), coalesce(sum(hashtext(t::text)), 0) FROM \"{t}\" t" for t in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return sorted(cursor.fetchall())


def _client(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="accounts.backends.PersonBackend")
    return client


def _people(cast: Cast) -> dict[str, User | None]:
    elsewhere = cast.stranger.agency
    foreign = member("Otto Blane", Role.ADMINISTRATOR, elsewhere.partnership, agency=elsewhere)
    flagged = member("Ulla Marr", Role.PRACTITIONER, cast.health_team)
    User.objects.filter(pk=flagged.pk).update(is_superuser=True)
    return {
        "out": None,
        "raiser": cast.nurse,
        "counterpart": cast.social_worker,
        "colleague": cast.colleague,
        "manager": cast.health_senior,
        "officer": cast.cpc_officer,
        "auditor": cast.auditor,
        "admin": cast.administrator,
        "stranger": cast.stranger,
        "foreign": foreign,
        "superuser": flagged,
    }


def _places(cast: Cast) -> dict[str, Any]:
    case: Case = opened(cast)
    duty = Deadline.objects.filter(case=case).first()
    held = Membership.objects.get(user=cast.teacher)
    asked = request_role(
        person=cast.teacher,
        role=Role.LINE_MANAGER,
        place=cast.school_team,
        by=cast.second_administrator,
        at=TUESDAY,
    )
    row = {"line": 2, "name": "A", "email": "a@example.org", "job": "", "team": "", "role": "practitioner"}
    waits = StaffList.objects.create(
        agency=cast.education,
        rows=[row],
        people=1,
        roles=1,
        asked_by=cast.second_administrator,
        asked_at=TUESDAY,
    )
    deputy: Cover = cover(held, cast.education_manager)
    day = ClosedDay.objects.filter(partnership=cast.partnership).order_by("pk").first()
    assert duty is not None and day is not None
    return {
        "case": case.reference,
        "duty": duty.pk,
        "agency": cast.education.pk,
        "person": cast.teacher.pk,
        "role": held.pk,
        "deputy": deputy.pk,
        "request": asked.pk,
        "list": waits.pk,
        "version": cast.procedure.pk,
        "day": day.pk,
    }
