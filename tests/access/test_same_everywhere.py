"""A4-A7: what a list shows, a page opens, a search finds and a door locks is one and the same, and ends at once.

200 people of every kind and 5,000 cases. What each may see is worked out a second time here, from the rows alone.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission as StoredPermission
from django.test import Client
from django.urls import reverse

from accounts.models import Cover, Membership, User
from accounts.roles import Role
from accounts.standing import with_standing
from cases import drafts, lists
from cases.actions.door import locked_case
from cases.lists import Wanted
from cases.models import Case, Deadline, Participation, Stage
from cases.models.case import new_reference
from cases.models.participation import Relation, Side
from cases.paging import Cursor
from notifications import feeds
from notifications.models import Kind, Message
from notifications.recipients import reasons_to_drop
from tests.cast import TUESDAY, Cast, opened
from tests.conftest import counted
from tests.factories import LONG_AGO
from tests.pages.desk import client_of
from tests.same_work import statements

PEOPLE, CASES = 200, 5_000
PAIRS = int(os.environ.get("ORACLE_PAIRS", "20"))
Seen = dict[int, set[int]]


@pytest.fixture
def tuesday() -> Iterator[None]:
    with time_machine.travel(TUESDAY + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def crowd(cast: Cast, tuesday: None) -> tuple[list[User], Seen]:
    """Make the people and the cases; return the people and what each may see, worked out from the rows."""
    chance = random.Random(4)
    users = User.objects.bulk_create(
        User(
            email=f"p{n}@example.org",
            full_name=f"Person {n}",
            agency=chance.choice([cast.health, cast.social_work, cast.education, cast.stranger.agency]),
            is_active=n % 10 != 0,
            is_superuser=n % 15 == 1,
            password="!",
        )
        for n in range(PEOPLE)
    )
    held = Membership.objects.bulk_create(
        Membership(
            user=user,
            role=chance.choice([Role.PRACTITIONER, Role.SENIOR_MANAGER, Role.ADMINISTRATOR, Role.AUDITOR]),
            partnership=user.agency.partnership,
            agency=user.agency,
            starts_on=LONG_AGO,
        )
        for user in users
    )
    today = (TUESDAY + timedelta(hours=1)).date()
    day = timedelta(days=1)
    covers = [
        Cover(
            membership=chance.choice(held),
            deputy=user,
            starts_on=LONG_AGO,
            ends_on=chance.choice([None, today, today - day]),
        )
        for user in users[::5]
    ]
    Cover.objects.bulk_create(covers)
    users[2].user_permissions.set(StoredPermission.objects.all())
    parts = _cases(cast, users, chance)
    counted(User, Membership, Cover, Case, Stage, Participation, Deadline, Message)
    acts_for: dict[int, set[int]] = {u.pk: {u.pk} for u in users}
    for cover in covers:
        if cover.ends_on is None or cover.ends_on >= today:
            acts_for[cover.deputy_id].add(cover.membership.user_id)
    live: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for part in parts:
        if part.ended_at is None:
            live[part.user_id].add((part.case_id, part.partnership_id))
    seen = {
        u.pk: {
            case
            for person in acts_for[u.pk]
            for case, place in live[person]
            if u.is_active and place == u.agency.partnership_id
        }
        for u in users
    }
    return list(with_standing(User.objects.filter(pk__in=seen).order_by("pk"), today)), seen


def _cases(cast: Cast, users: list[User], chance: random.Random) -> list[Participation]:
    """Make the cases, each a copy of a real one with four people in it, some of whom left."""
    first = opened(cast)
    values = {f.attname: getattr(first, f.attname) for f in Case._meta.concrete_fields if not f.primary_key}
    pair = [cast.health.pk, cast.social_work.pk, cast.education.pk]
    rows = []
    for n in range(CASES):
        fresh = {
            "reference": new_reference(),
            "chain": uuid.uuid4(),
            "current_stage_id": uuid.uuid4(),
            "opened_at": TUESDAY - timedelta(minutes=n),
            "raising_agency_id": chance.choice(pair),
            "state": chance.choice(["resolution", "line_manager", "managers", "closed", "withdrawn"]),
        }
        rows.append(Case(**values | fresh))
    Case.objects.bulk_create(rows)
    Stage.objects.bulk_create(
        Stage(
            id=case.current_stage_id,
            case=case,
            ordinal=1,
            state="resolution",
            urgency="standard",
            entered_at=case.opened_at,
            acting_id=case.raiser_id,
        )
        for case in rows
    )
    parts = [
        Participation.of(
            case,
            user=user,
            agency_id=user.agency_id,
            relation=relation,
            side=Side.NEUTRAL,
            started_at=case.opened_at,
            ended_at=chance.choice([None, None, None, TUESDAY]),
        )
        for case in rows
        for user, relation in zip(
            chance.sample(users, 4),
            (Relation.ADVISER, Relation.OWNER, Relation.LINE_MANAGER, Relation.SENIOR_MANAGER),
            strict=True,
        )
    ]
    Participation.objects.bulk_create(parts, batch_size=5_000)
    Deadline.objects.bulk_create(
        Deadline(
            case=case,
            stage_id=case.current_stage_id,
            rule="action",
            person=part.user,
            first_person=part.user,
            starts_at=case.opened_at,
            due_at=case.opened_at + timedelta(days=9),
        )
        for case, part in zip(rows, parts[::4], strict=True)
    )
    Message.objects.bulk_create(
        Message(
            kind=Kind.UPDATED,
            recipient=part.user,
            case=case,
            reference=case.reference,
            key=f"a4:{case.pk}",
            created_at=TUESDAY,
            not_before=TUESDAY,
        )
        for case, part in zip(rows, parts[::4], strict=True)
    )
    return parts


def _all(user: User, wanted: Wanted) -> list[int]:
    """Return every case of the whole list, page after page."""
    found: list[int] = []
    cursor: Cursor | None = None
    while True:
        page = lists.all_cases(user, wanted, TUESDAY, cursor)
        found += [row.case_id for row in page.rows]
        if page.older is None:
            return found
        cursor = page.older


def test_list_page_search_door_and_notices_show_the_same(
    crowd: tuple[list[User], Seen], capsys: pytest.CaptureFixture[str]
) -> None:
    people, seen = crowd
    chance = random.Random(5)
    everything = dict(Case.objects.values_list("pk", "reference"))
    columns = ("pk", "state", "raising_agency", "receiving_agency")
    facts = {pk: rest for pk, *rest in Case.objects.values_list(*columns)}
    differences, checked = [], 0
    for user in people:
        mine = seen[user.pk]
        visible = Case.objects.visible_to(user)
        listed = _all(user, Wanted()) if user.is_active else []
        agency = user.agency_id
        found = {
            "visible": set(visible.values_list("pk", flat=True)),
            "count": mine if visible.count() == len(mine) else {-1},
            "list": set(listed),
            "list once": mine if len(listed) == len(set(listed)) else {-1},
            "duties": {r.case_id for r in lists.waiting_on(user).rows} | mine if user.is_active else mine,
            "notices": set(Message.objects.inbox_of(user).values_list("case_id", flat=True)) | mine,
        }
        if user.is_active:
            by_state = {pk for pk in mine if facts[pk][0] == "managers"}
            found["by state"] = mine - by_state | set(_all(user, Wanted(state="managers")))
            ours = {pk for pk in mine if agency in facts[pk][1:]}
            found["by agency"] = mine - ours | set(_all(user, Wanted(agency_id=agency)))
        for name, cases in found.items():
            checked += 1
            if cases != mine:
                differences.append((user.full_name, name, len(cases ^ mine)))
        others = everything.keys() - mine
        for pk in [*chance.sample(sorted(mine), min(3, len(mine))), *chance.sample(sorted(others), 3)]:
            checked += 2
            page = Case.objects.at_hand(user).filter(reference=everything[pk]).exists()
            door = locked_case(user, pk=pk) is not None
            if page != (pk in mine) or door != (pk in mine):
                differences.append((user.full_name, everything[pk], page, door))
    with capsys.disabled():
        total = sum(map(len, seen.values()))
        print(f"\n{len(people)} people, {len(everything):,} cases, {total:,} seen, {checked:,} compared")  # noqa: T201
    assert differences == []
    assert (len(people), len(everything)) == (PEOPLE, CASES + 1)
    assert sum(map(len, seen.values())) > 10_000


def test_the_visible_page_is_one_query(
    crowd: tuple[list[User], Seen], django_assert_num_queries: Any
) -> None:
    people, seen = crowd
    busy = max(people, key=lambda u: len(seen[u.pk]))
    with django_assert_num_queries(1):
        page = lists.all_cases(busy, Wanted(), TUESDAY)
    assert len(page.rows) == 25


# A6: revocation, A7: no oracle


def test_a_removed_person_gets_nothing_at_the_next_request(cast: Cast, tuesday: None) -> None:
    """1,000 requests with the sign-in from before, in tabs and by links of every kind."""
    case = opened(cast)
    duty = Deadline.objects.filter(case=case)[0]
    message = Message.objects.create(
        kind=Kind.UPDATED,
        recipient=cast.social_worker,
        case=case,
        reference=case.reference,
        key="a6",
        created_at=TUESDAY,
        not_before=TUESDAY,
    )
    client = client_of(cast.social_worker)
    addresses = [
        reverse("case", args=[case.reference]),
        reverse("case", args=[case.reference.lower()]),
        reverse("case_due", args=[case.reference, duty.pk]),
        reverse("case_step", args=[case.reference, "position"]),
        reverse("case_step", args=[case.reference, "contact"]),
        *(reverse(name, args=[case.reference]) for name in ("take_record", "who_looked", "ask_removal")),
    ]
    draft = reverse("case_step_draft", args=[case.reference, "position"])
    calendar = reverse("calendar_feed", args=[feeds.make(cast.social_worker, TUESDAY)])
    assert client.post(draft, {"position": "Half a sentence"}).status_code == 204
    assert case.reference in Client().get(calendar).content.decode()
    for address in addresses:
        assert client.get(address).status_code == 200, "the allowed twin: the moment before"
    Participation.objects.filter(case=case, user=cast.social_worker).update(ended_at=TUESDAY)
    statuses = [client.get(addresses[n % len(addresses)]).status_code for n in range(900)]
    statuses += [
        client.post(addresses[3 + n % 2], {"form_token": str(uuid.uuid4())}).status_code for n in range(100)
    ]
    statuses.append(client.post(draft, {"position": "The other half"}).status_code)
    assert (len(statuses), set(statuses)) == (1_001, {404})
    assert drafts.begun(cast.social_worker) == [], "nor what they had begun to write"
    assert case.reference not in Client().get(calendar).content.decode()
    for page in ("home", "case_list", "inbox"):
        assert case.reference not in client.get(reverse(page)).content.decode()
    assert reasons_to_drop([message], TUESDAY) == {message: "not related"}


def test_a_forbidden_case_and_an_unknown_one_look_alike(
    cast: Cast, tuesday: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pairs of a forbidden case and one there is not: same status, same words, same statements in the same order.

    What takes another time does other work; that can be told on a busy machine too. With ORACLE_PAIRS=2000 the clock
    on the wall is asked as well: the medians differ by less than 5 ms.
    """
    case = opened(cast)
    client = client_of(cast.colleague)
    took: dict[str, list[float]] = {"forbidden": [], "unknown": []}
    client.get(reverse("case", args=[new_reference()]))  # what every process knows after its first page
    for n in range(PAIRS):
        unknown = new_reference()
        pages = [("forbidden", case.reference), ("unknown", unknown)]
        bodies, work = [], []
        for kind, reference in pages if n % 2 else reversed(pages):
            with statements() as made:
                started = time.perf_counter()
                answer = client.get(reverse("case", args=[reference]))
                took[kind].append(time.perf_counter() - started)
            assert answer.status_code == 404
            bodies.append(re.sub(re.escape(reference), "REF", answer.content.decode()))
            work.append(made)
        assert _plain(bodies[0]) == _plain(bodies[1])
        assert work[0] == work[1]
        assert any("cases_case" in sql for sql in work[0]), "the case was looked for"
    apart = abs(statistics.median(took["forbidden"]) - statistics.median(took["unknown"]))
    with capsys.disabled():
        print(f"\n{PAIRS:,} pairs of a forbidden and an unknown case: {apart * 1000:.2f} ms apart")  # noqa: T201
    assert apart < 0.005 or PAIRS < 500


def _plain(body: str) -> str:
    """Return a page without what differs at every request."""
    return re.sub(r'(csrfmiddlewaretoken" value="|nonce=")[^"]+', r"\1", body)
