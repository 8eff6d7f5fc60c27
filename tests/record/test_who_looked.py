"""Every view of what a case holds is an event in its chain of reads; without the event there is no view (bar C2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse

from cases.actions import raising
from cases.audit import Audit
from cases.models import Case, ChairedMeeting, Deadline, Entry
from cases.record import wishing
from cases.record.looks import LOOKED, reads_chain, who_looked
from cases.steps import STEPS
from escalation.routes import OPEN
from escalation.trail.models import Event
from tests.access.test_routes import EVERY, policy_of, routes
from tests.cases.steps import agreed, case_at, check_back_all, close, fresh
from tests.cast import TUESDAY, Cast, opened
from tests.conftest import owner_connection
from tests.meetings.panel import Panel
from tests.meetings.room import Room

CANARY = "CANARY-the-child-was-seen"


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[Any]:
    with time_machine.travel(TUESDAY + timedelta(hours=8), tick=False) as clock:
        yield clock


def reads(case: Case) -> list[tuple[int, str, str]]:
    """Return who looked at which page and whether they had a duty: as sealed."""
    rows = Event.objects.filter(chain=reads_chain(case.chain)).values_list(
        "actor_id", "acting_role", "payload"
    )
    return [(actor or 0, role, payload) for actor, role, payload in rows]


def test_each_view_of_a_case_is_one_event(client: Client, cast: Cast, tuesday: Any) -> None:
    case = opened(cast)
    client.force_login(cast.social_worker)
    page = reverse("case", args=[case.reference])
    assert client.get(page).status_code == 200
    assert client.get(page).status_code == 200  # the same minute, and nothing new to see
    assert reads(case) == [(cast.social_worker.pk, "counterpart", '{"duty":true,"page":"case"}')]
    tuesday.shift(timedelta(seconds=61))
    client.get(page)
    duty = Deadline.objects.filter(case=case).first()
    assert duty is not None
    client.get(reverse("case_due", args=[case.reference, duty.pk]))
    assert [payload for _, _, payload in reads(case)] == [
        '{"duty":true,"page":"case"}',
        '{"duty":true,"page":"case"}',
        '{"duty":true,"page":"case_due"}',
    ]


def test_a_stranger_sees_nothing_and_leaves_no_look(client: Client, cast: Cast) -> None:
    case = opened(cast)
    for person in (cast.stranger, cast.colleague, cast.administrator):
        client.force_login(person)
        assert client.get(reverse("case", args=[case.reference])).status_code == 404
    assert reads(case) == []


def test_a_deputy_looks_in_their_own_name_for_somebody_else(client: Client, cast: Cast) -> None:
    case = case_at(cast, "cswo")
    client.force_login(cast.cswo_deputy)
    client.get(reverse("case", args=[case.reference]))
    event = Event.objects.get(chain=reads_chain(case.chain))
    assert (event.actor_id, event.acting_for_id, event.acting_role) == (
        cast.cswo_deputy.pk,
        cast.cswo.pk,
        "decider",
    )


def test_every_page_that_comes_to_a_case_leaves_its_look(client: Client, cast: Cast) -> None:
    """All GET routes of participants, as the nurse: a page is shown only with one more event in the chain of reads."""
    case = opened(cast, what=CANARY)
    duty = Deadline.objects.filter(case=case).first()
    assert duty is not None
    values = {"reference": case.reference, "pk": duty.pk, "number": 1, "ordinal": 1}
    client.force_login(cast.nurse)
    shown = with_canary = 0
    for _, pattern in routes(get_resolver().url_patterns):
        if getattr(pattern.callback, "policy", "") != "case_participant":
            continue
        names = set(pattern.pattern.converters)
        for step in STEPS if "step" in names else [""]:
            if not names <= {*values, "step"}:
                continue
            address = reverse(str(pattern.name), kwargs={n: values.get(n, step) for n in names})
            before = len(reads(case))
            response = client.get(address)
            content = b"".join(response) if response.streaming else response.content
            if response.status_code in (200, 409, 422):
                shown += 1
                assert len(reads(case)) == before + 1, address
            elif response.status_code != 405:
                assert response.status_code in (302, 403, 404), address
            with_canary += CANARY.encode() in content
    assert shown >= 20
    assert with_canary >= 1


def test_no_page_shows_words_of_a_record_without_a_look(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every address there is, as eight people: whatever shows words of a case, a Re-think, a concern, a meeting or a
    request to remove words has left its look in that record's chain of reads."""
    panel = Panel.of(cast).convened(place=CANARY)
    meeting, case = ChairedMeeting.objects.get(), opened(cast, what=CANARY)
    room = Room.of(cast)
    rethink = room.held(room.arranged(rethink=room.asked(about=CANARY)))
    concern = raising.raise_concern(
        about=cast.social_work, families=["information"], words=CANARY, by=cast.nurse, audit=Audit(TUESDAY)
    )
    entry = Entry.objects.get(case=case, kind="concern")
    asked = wishing.ask(
        case, entry.pk, ground="court_order", why=f"{CANARY}: it is another child", by=cast.nurse, at=TUESDAY
    )
    about: dict[str, Any] = {
        "rethink": rethink,
        "concern": concern,
        "meeting": meeting,
        "ask_rethink": rethink,
    }
    numbers = {"answer_removal": asked.pk, "case_due": Deadline.objects.filter(case=case)[0].pk}
    chains = [reads_chain(chain) for chain in (case.chain, panel.case.chain, rethink.chain, concern.chain)]
    people = [cast.nurse, cast.social_worker, cast.teacher, cast.health_lead, cast.cswo, cast.cpc_officer]
    shown, visited, silent = Counter[str](), 0, []
    for person in (*people, room.coordinator, room.facilitator):
        client = Client()
        client.force_login(person)
        for _, pattern in EVERY:
            name = str(pattern.name)
            if policy_of(pattern) in (*OPEN, "administrator", "auditor"):
                continue
            matter: Any = next((row for start, row in about.items() if name.startswith(start)), case)
            given = {
                "reference": matter.reference,
                "pk": numbers.get(name, 1),
                "step": "position",
                "number": 1,
            }
            kwargs = {n: given.get(n, "what") for n in pattern.pattern.converters}
            before = Event.objects.filter(chain__in=chains, verb=LOOKED).count()
            response = client.get(reverse(name, kwargs=kwargs))
            body = b"".join(response) if response.streaming else response.content
            visited += 1
            if CANARY.encode() in body:
                shown[name] += 1
                if Event.objects.filter(chain__in=chains, verb=LOOKED).count() == before:
                    silent.append((name, person.full_name))
    with capsys.disabled():
        print(f"\n{visited} pages opened, {shown.total()} of them with words: {dict(shown)}")  # noqa: T201
    assert silent == []
    assert shown.keys() >= {"case", "rethink", "concern", "concern_lead", "meeting", "answer_removal"}


def test_without_its_event_no_page_is_shown(client: Client, cast: Cast) -> None:
    case = opened(cast, what=CANARY)
    duty = Deadline.objects.filter(case=case).first()
    assert duty is not None
    client.force_login(cast.nurse)
    pages = [
        reverse("case", args=[case.reference]),
        reverse("case_due", args=[case.reference, duty.pk]),
        reverse("case_step", args=[case.reference, "position"]),
    ]
    # The trail takes no look for as long as this transaction lasts: the database itself refuses.
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT whole")
    for page in pages:
        with connection.execute_wrapper(_refuse_looks):
            response = client.get(page)
        assert (response.status_code, CANARY.encode() in response.content) == (503, False), page
    assert reads(case) == []


def _refuse_looks(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if "INSERT INTO trail_event" in sql:
        from django.db import OperationalError

        raise OperationalError("the trail is out of reach")
    return execute(sql, params, many, context)


def test_people_of_a_case_see_who_opened_it(client: Client, cast: Cast, tuesday: Any) -> None:
    case = agreed(cast)
    for person in (cast.nurse, cast.social_worker):
        client.force_login(person)
        client.get(reverse("case", args=[case.reference]))
        tuesday.shift(timedelta(minutes=5))
    check_back_all(fresh(case), cast, TUESDAY + timedelta(hours=9))
    close(fresh(case), cast.nurse, TUESDAY + timedelta(hours=10))
    tuesday.shift(timedelta(hours=4))
    client.force_login(cast.social_worker)
    client.get(reverse("case", args=[case.reference]))
    found = [(w.name, w.part, w.agency, w.times, w.idle) for w in who_looked(case)]
    assert found == [
        ("Callum Petrie", "counterpart", "Social Work", 2, 1),  # the second after it was closed
        ("Nadia Reid", "raiser", "Health", 1, 0),
    ]


def test_the_runtime_role_cannot_take_a_look_back(cast: Cast, client: Client) -> None:
    case = opened(cast)
    client.force_login(cast.nurse)
    client.get(reverse("case", args=[case.reference]))
    assert LOOKED == "looked"
    owner = owner_connection()
    owner.close()
    assert len(reads(case)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_first_looks_at_the_same_instant_are_both_recorded() -> None:
    """Nobody has looked before, so both begin the chain: neither fails, and neither takes the other's place."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from django.db import connections

    from cases.record import looks
    from tests.cast import make_cast

    cast = make_cast()
    cases, people, failed = [opened(cast) for _ in range(8)], (cast.nurse, cast.social_worker), []
    for case in cases:
        together = Barrier(2)

        def look(person: Any, case: Case = case, together: Barrier = together) -> None:
            try:
                together.wait(10)
                looks.note(case, person, page="case", at=TUESDAY)
            except Exception as error:
                failed.append(error)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(look, people))
    assert failed == []
    for case in cases:
        places = Event.objects.filter(chain=reads_chain(case.chain)).values_list("seq", flat=True)
        assert sorted(places) == [1, 2]
