"""What PostgreSQL itself refuses, tried with plain SQL as the runtime role."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
from django.db import DatabaseError, connection, transaction

from cases.models import Case, Entry
from cases.workflow import LADDER, State, legal_pairs
from escalation.trail.models import Event
from tests.cases.steps import determined
from tests.cast import TUESDAY, Cast, opened
from tests.conftest import RUNTIME_LOGIN, owner_connection


def refused(sql: str, *params: object) -> str:
    """Run SQL in its own savepoint and return the refusal; fails when it is let through."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
    return str(error.value)


def test_these_tests_run_as_the_runtime_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, usesuper FROM pg_user WHERE usename = current_user")
        assert cursor.fetchone() == (RUNTIME_LOGIN, False)


@pytest.mark.django_db(transaction=True)
def test_every_pair_of_states_without_a_move_is_refused() -> None:
    from tests.cast import make_cast

    case = opened(make_cast(), urgency="immediate")
    legal = set(legal_pairs())
    tried = let_through = 0
    owner = owner_connection()
    owner.autocommit = True
    for was, becomes in product(State.values, State.values):
        if was == becomes:
            continue
        with owner.cursor() as cursor:  # put the case into the first state, past the guard
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "UPDATE cases_case SET state = %s, rung_key = %s WHERE id = %s", [was, was, case.pk]
            )
        tried += 1
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE cases_case SET state = %s, rung_key = %s, version = version + 1 WHERE id = %s",
                    [becomes, becomes, case.pk],
                )
            let_through += 1
            assert (was, becomes) in legal
        except DatabaseError as error:
            assert (was, becomes) not in legal, (was, becomes)
            assert "no move leads from" in str(error)
    owner.close()
    assert (tried, let_through) == (110, len(legal))
    assert len(legal) == 55


def test_a_rung_is_passed_over_in_immediate_danger_only(cast: Cast) -> None:
    case = opened(cast)
    sql = (
        "UPDATE cases_case SET state = 'managers', rung_key = 'managers', version = version + 1 WHERE id = %s"
    )
    assert "in immediate danger only" in refused(sql, case.pk)
    danger = opened(cast, urgency="immediate")
    with connection.cursor() as cursor:
        cursor.execute(sql, [danger.pk])
        assert cursor.rowcount == 1


def test_a_state_moves_only_with_its_rung(cast: Cast) -> None:
    case = opened(cast, urgency="immediate")
    alone = "UPDATE cases_case SET state = 'managers', version = version + 1 WHERE id = %s"
    assert "no move leads from rung resolution to rung resolution as managers" in refused(alone, case.pk)
    other = "UPDATE cases_case SET state = 'managers', rung_key = 'cswo', version = version + 1 WHERE id = %s"
    assert "no move leads from rung resolution to rung cswo as managers" in refused(other, case.pk)


def test_a_change_must_count_the_version_up(cast: Cast) -> None:
    case = opened(cast)
    assert "count the version up" in refused("UPDATE cases_case SET child_safe = 'no' WHERE id = %s", case.pk)


def test_events_and_entries_can_only_be_added(cast: Cast) -> None:
    case = opened(cast)
    assert Event.objects.filter(chain=case.chain).count() == 1
    assert Entry.objects.filter(case=case).count() == 3
    statements = [
        "UPDATE trail_event SET verb = 'x'",
        "DELETE FROM trail_event",
        "TRUNCATE trail_event",
        "UPDATE trail_head SET seq = 9",
        "SELECT * FROM trail_head",
        "ALTER TABLE trail_event DISABLE TRIGGER ALL",
        "DROP TABLE trail_event",
        "SET session_replication_role = replica",
        "COPY trail_event FROM PROGRAM 'true'",
        "UPDATE cases_entry SET content = 'x'",
        "DELETE FROM cases_entry",
        "TRUNCATE cases_entry CASCADE",
        "UPDATE cases_procedureversion SET text = 'x'",
    ]
    for sql in statements:
        assert "denied" in refused(sql) or "must be owner" in refused(sql), sql
    assert len(statements) == 13


def test_forged_sequence_time_and_hash_are_overwritten(cast: Cast) -> None:
    case = opened(cast)
    before = Event.objects.get(chain=case.chain)
    forged = Event.objects.create(
        chain=case.chain,
        seq=99,
        at=datetime(2001, 1, 1, tzinfo=UTC),
        claimed_at=TUESDAY,
        verb="updated",
        object_ref="case:0",
        payload="{}",
        salt=b"0" * 32,
        prev=b"x",
        hash=b"y",
    )
    stored = Event.objects.get(pk=forged.pk)
    assert stored.seq == 2
    assert stored.at.year > 2020
    assert bytes(stored.prev) == bytes(before.hash)
    assert len(bytes(stored.hash)) == 32


def test_a_second_determination_of_one_stage_is_refused(cast: Cast) -> None:
    case = determined(cast)
    first = Entry.objects.get(case=case, kind="determination")
    second = Entry.compose(
        {"decision": "Something else"},
        case=case,
        stage=first.stage,
        kind="determination",
        author=cast.cswo,
        agency=cast.social_work,
        role="CSWO",
        side="neutral",
        happened_at=TUESDAY,
        written_at=TUESDAY,
    )
    with pytest.raises(DatabaseError, match="one_determination_per_stage"), transaction.atomic():
        second.save()


def test_the_state_field_stays_protected_after_failed_refreshes(cast: Cast) -> None:
    """django-fsm-2 lifts the protection while it refreshes, for good when the row is gone (M14)."""
    case = opened(cast)
    gone = Case.objects.get(pk=case.pk)
    gone.pk = 10**9
    for _ in range(100):
        with pytest.raises(Case.DoesNotExist):
            gone.refresh_from_db()
    refusals = 0
    for _ in range(100):
        try:
            case.state = State.CSWO
        except AttributeError:
            refusals += 1
    assert refusals == 100
    assert case.state == State.RESOLUTION


def test_the_guard_knows_every_rung() -> None:
    assert [s.value for s in LADDER] == [
        "resolution",
        "line_manager",
        "managers",
        "senior_managers",
        "cswo",
        "committee",
    ]
