"""The steps that are measured, each as supplies of requests for the clients."""

from __future__ import annotations

import itertools
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg2
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone

from accounts.models import Membership, User
from accounts.roles import Role
from accounts.sign_in.sessions import SessionStore
from cases import drafts, lists
from cases.demo.bulk import long_case
from cases.demo.bulk_people import SLUG
from cases.models import Case
from cases.workflow import State
from tests.bench.clients import Request

CLIENTS = 4
LETTERS = "The child was seen twice this week, tired and without a coat. " * 4


@dataclass(frozen=True)
class Step:
    """One thing to measure: `supplies` gives one endless (or long) row of requests for each client."""

    key: str
    title: str
    supplies: Callable[[], list[Iterator[Request]]]


class People:
    """The people of the measured partnership and a session for each, made when first needed."""

    def __init__(self) -> None:
        self.sessions: dict[int, str] = {}
        rows = Membership.objects.filter(partnership__slug=SLUG).order_by("pk")
        self.held = list(rows.values_list("user_id", "role", "agency_id", "pk", named=True))

    def of(self, role: Role) -> list[int]:
        """Return everybody in a role, in the order of agencies."""
        return list(dict.fromkeys(m.user_id for m in self.held if m.role == role))

    def session(self, user_id: int) -> str:
        """Return the key of a session in which this person is signed in."""
        if user_id not in self.sessions:
            user = User.objects.get(pk=user_id)
            store = SessionStore()
            store[SESSION_KEY] = str(user.pk)
            store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            store[HASH_SESSION_KEY] = user.get_session_auth_hash()
            store.save()
            self.sessions[user_id] = str(store.session_key)
        return self.sessions[user_id]


def same(path: str, sessions: list[str]) -> list[Iterator[Request]]:
    """Return one address asked for again and again, each client as its own person (or all as one)."""
    wanted = [Request(path, sessions[n % len(sessions)]) for n in range(CLIENTS)]
    return [itertools.repeat(request) for request in wanted]


def thinnest(people: People) -> list[Iterator[Request]]:
    """Return requests for L1."""
    return same("/l1/", [people.session(pk) for pk in people.of(Role.PRACTITIONER)[:CLIENTS]])


def reading(people: People) -> list[Step]:
    """Return the pages that are only read."""
    manager = User.objects.get(pk=people.of(Role.LINE_MANAGER)[0])
    mine = [people.session(manager.pk)]
    second, fortieth, reached = _further_pages(manager)
    agency = manager.agency_id
    kept = long_case()
    officer = people.session(people.of(Role.CPC_OFFICER)[0])
    holder = [people.session(kept.holder_id or kept.raiser_id)]
    case_list = _older_case_list(manager)
    followed = Case.objects.get(pk=lists.all_cases(manager, lists.Wanted(), timezone.now()).rows[0].case_id)
    drafts.save(manager, "update", {"words": "Half written."}, at=timezone.now(), case=followed)

    def step(key: str, title: str, path: str, sessions: list[str]) -> Step:
        return Step(key, title, lambda: same(path, sessions))

    return [
        step("home", "home", "/", mine),
        step("home2", "home, page 2", f"/?before={second}", mine),
        step("home40", f"home, page {reached}", f"/?before={fortieth}", mine),
        step("list", "list of cases", "/cases/", mine),
        step("list40", "list of cases, page 40", f"/cases/?before={case_list}", mine),
        step("list_stage", "list, one stage", f"/cases/?state={State.MANAGERS}", mine),
        step("list_agency", "list, one agency", f"/cases/?agency={agency + 1}", mine),
        step("case", "case page, long record", f"/cases/{kept.reference}/", holder),
        step("report", "report", "/reports/activity/", [officer]),
    ]


def _further_pages(user: User) -> tuple[Any, Any, int]:
    """Return where the second and the fortieth page of what waits begin, and which page the last one found is."""
    at, pages = lists.waiting_on(user).older, []
    while at is not None and len(pages) < 39:
        pages.append(at)
        at = lists.waiting_on(user, at).older
    return pages[0], pages[-1], len(pages) + 1


def _older_case_list(user: User) -> Any:
    at, last = lists.all_cases(user, lists.Wanted(), timezone.now()).older, None
    for _ in range(39):
        if at is None:
            break
        last, at = at, lists.all_cases(user, lists.Wanted(), timezone.now(), at).older
    return last


class Drafts:
    """Answered forms on the server: one for each practitioner, written anew before each sending."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.lines = threading.local()
        places = {m.user_id: m.pk for m in people.held if m.role == Role.PRACTITIONER}
        self.raisers = list(places)
        self.other = {pk: places[self.raisers[n - 7]] for n, pk in enumerate(self.raisers)}
        self.address = connection.get_connection_params()

    def supplies(self) -> list[Iterator[Request]]:
        """Return requests that open a disagreement, each client with practitioners of its own."""
        return [self._supply(self.raisers[n::CLIENTS]) for n in range(CLIENTS)]

    def _supply(self, raisers: list[int]) -> Iterator[Request]:
        for pk in itertools.cycle(raisers):
            yield Request(
                "/cases/new/check/",
                self.people.session(pk),
                {"form_token": uuid.uuid4()},
                lambda pk=pk: self._write(pk),
            )

    def _write(self, pk: int) -> None:
        cursor = getattr(self.lines, "cursor", None)
        if cursor is None:
            params = {k: v for k, v in self.address.items() if k not in ("cursor_factory", "client_encoding")}
            line = self.lines.line = psycopg2.connect(**params)
            line.autocommit = True
            cursor = self.lines.cursor = line.cursor()
        cursor.execute(
            "INSERT INTO cases_draft (id, user_id, case_id, purpose, data, started_at, saved_at) "
            "VALUES (gen_random_uuid(), %s, NULL, 'log', %s, now(), now()) ON CONFLICT DO NOTHING",
            [pk, json.dumps(answers(f"p{self.other[pk]}"))],
        )


def answers(counterpart: str) -> dict[str, dict[str, list[str]]]:
    """Return right answers for each page of the form."""
    now = timezone.localtime()
    before, after = now - timedelta(days=2), now + timedelta(days=9)
    pages: dict[str, dict[str, str]] = {
        "scope": dict.fromkeys(
            ("new_concern", "conduct", "planning_meeting_dissent", "whistleblowing"), "no"
        ),
        "about": {
            "about": "decision",
            "reasons": "referral_threshold",
            "subject": "child",
            "age_band": "5 to 11",
            "subject_reference": "EM-900001",
        },
        "what": {"what": LETTERS, "consequence": LETTERS, **_when("happened_at", before)},
        "safety": {
            "child_safe": "yes",
            "situation": "At school today.",
            "safety_line": "Grandmother has the child each evening.",
            "safety_owner": "Practitioner",
            **_when("safety_until", after),
        },
        "pace": {"urgency": "standard"},
        "who": {"counterpart": counterpart},
    }
    return {page: {name: [text] for name, text in given.items()} for page, given in pages.items()}


def _when(name: str, at: Any) -> dict[str, str]:
    parts = {"day": at.day, "month": at.month, "year": at.year, "time": f"{at:%H:%M}"}
    return {f"{name}_{part}": str(value) for part, value in parts.items()}


class Ready:
    """Cases of which the other side was told: each is taken to the line manager once."""

    def __init__(self, people: People) -> None:
        found = Case.objects.filter(
            partnership__slug=SLUG, state=State.RESOLUTION, current_stage__notice_at__isnull=False
        )
        rows = found.order_by("-pk").values_list("reference", "version", "raiser_id")
        self.requests = iter([_escalate(*row, people) for row in rows])
        self.lock = threading.Lock()

    def supplies(self) -> list[Iterator[Request]]:
        """Return requests that escalate, shared by the clients."""
        return [self._supply() for _ in range(CLIENTS)]

    def _supply(self) -> Iterator[Request]:
        while True:
            with self.lock:
                request = next(self.requests, None)
            if request is None:
                return
            yield request


def _escalate(reference: str, version: int, raiser_id: int, people: People) -> Request:
    form: dict[str, object] = {
        **dict.fromkeys(
            (f"brief_{part}" for part in ("concerns", "consequences", "steps", "other_position")), LETTERS
        ),
        "threshold": LETTERS,
        "situation": "At school today.",
        **dict.fromkeys(
            (f"check_{key}" for key in ("said_clearly", "tried_directly", "asked_manager", "own_procedure")),
            "yes",
        ),
        "version": version,
        "form_token": uuid.uuid4(),
    }
    return Request(f"/cases/{reference}/do/escalate/", people.session(raiser_id), form)


def writing(people: People) -> list[Step]:
    """Return the steps that write."""
    drafts, ready = Drafts(people), Ready(people)
    return [
        Step("log", "log a disagreement (POST)", drafts.supplies),
        Step("escalate", "escalate (POST)", ready.supplies),
    ]
