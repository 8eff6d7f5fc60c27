"""Queries whose SQL and plan are kept: the same rows for whoever asks, however often, and behind a pooler."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from escalation.prepared import NotPrepared, Prepared, mark, number
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def asked(prepared: Prepared, user: User, name: str) -> tuple[list[str], str]:
    """Return who is found by number and name, and the statement that found them."""
    text = mark(0, name)
    with CaptureQueriesContext(connection) as seen:
        rows = prepared.rows(
            "by number and name",
            lambda: (
                User.objects.filter(pk=number(0), full_name=text)
                .annotate(share=Value("50 % of %s"))
                .values_list("full_name", "share")
            ),
            {number(0): user.pk, text: name},
        )
    (query,) = seen.captured_queries
    assert [row.share for row in rows] == ["50 % of %s"] * len(rows)
    return [row.full_name for row in rows], query["sql"].split()[0]


def test_from_the_second_time_a_connection_keeps_the_plan_and_everybody_gets_their_own_rows(
    cast: Cast,
) -> None:
    prepared, odd = Prepared(), "O’Hara; DROP TABLE \\' $1 %s"
    first, second = cast.nurse, cast.social_worker
    assert asked(prepared, first, first.full_name) == ([first.full_name], "SELECT")
    assert asked(prepared, second, second.full_name) == ([second.full_name], "EXECUTE")
    assert asked(prepared, first, second.full_name) == ([], "EXECUTE")
    assert asked(prepared, first, odd) == ([], "EXECUTE")
    User.objects.filter(pk=first.pk).update(full_name=odd)
    assert asked(prepared, first, odd) == ([odd], "EXECUTE")


def test_a_plan_that_is_kept_is_for_the_first_rows_whoever_asks(cast: Cast) -> None:
    prepared = Prepared()
    for _ in range(2):
        prepared.rows(
            "of an agency",
            lambda: User.objects.filter(agency_id=number(0)).order_by("pk").values_list("pk")[:26],
            {number(0): cast.nurse.agency_id},
        )
    with connection.cursor() as database:
        database.execute("SHOW plan_cache_mode")
        assert database.fetchone() == ("force_generic_plan",)
        database.execute("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time DESC LIMIT 1")
        (statement,) = database.fetchone()
    assert statement.endswith("LIMIT (SELECT 26)"), "else the plan is for whoever has few rows"


def test_two_queries_do_not_share_a_plan(cast: Cast) -> None:
    one, other = Prepared(), Prepared()
    for _ in range(3):
        assert asked(one, cast.nurse, cast.nurse.full_name)[0] == [cast.nurse.full_name]
        assert (
            other.rows("first", lambda: User.objects.filter(pk=number(0)).values_list("pk"), {number(0): 0})
            == []
        )


def test_behind_a_pooler_of_transactions_nothing_is_kept(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    prepared = Prepared()
    for _ in range(3):
        found = asked(prepared, cast.nurse, cast.nurse.full_name)
        assert found == ([cast.nurse.full_name], "SELECT")


def test_an_instant_of_one_request_is_not_kept(cast: Cast) -> None:
    late = datetime(2026, 1, 5, 9, tzinfo=UTC)
    with pytest.raises(NotPrepared, match="give 2026-01-05 09:00:00"):
        Prepared().rows(
            "late",
            lambda: User.objects.filter(joined_at__lt=late, pk=number(0)).values_list("pk"),
            {number(0): 1},
        )
