"""Publishing, adopting, local limits: rows that are only ever added, and looked up by day."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.models import Partnership
from cases.models.procedure import Adoption, LocalSetting, NeverChanged, ProcedureVersion
from cases.procedures import publishing
from cases.procedures.definitions import Procedure
from cases.procedures.loading import ProcedureError
from cases.procedures.local import LocalLimitError
from escalation.trail.models import REGISTRY, Event
from tests import in_place
from tests.conftest import owner_connection
from tests.factories import PartnershipFactory, UserFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def area() -> Partnership:
    return PartnershipFactory()


@pytest.fixture
def published(pk_text: str) -> ProcedureVersion:
    return in_place.publish(pk_text, at=NOON).version


def registry(verb: str) -> list[dict[str, Any]]:
    return [json.loads(e.payload) for e in Event.objects.filter(chain=REGISTRY, verb=verb).order_by("seq")]


def test_a_published_version_keeps_the_whole_text(pk_text: str, pk: Procedure) -> None:
    person = UserFactory()
    version = publishing.publish(pk_text, by=person, at=NOON).version
    version.refresh_from_db()
    assert version.text == pk_text
    assert (version.key, version.version, version.title) == ("perth-and-kinross-2025", "1.1", pk.title)
    assert (version.sha256, version.published_at, version.published_by) == (pk.sha256, NOON, person)
    assert version.effective_from is None  # the guide prints no date
    assert version.ladder == [
        "resolution",
        "line_manager",
        "managers",
        "senior_managers",
        "cswo",
        "committee",
    ]
    assert version.definition == pk


def test_publishing_is_one_line_of_the_trail(published: ProcedureVersion) -> None:
    assert registry("procedure_published") == [
        {"key": "perth-and-kinross-2025", "version": "1.1", "sha256": published.sha256}
    ]


def test_publishing_the_same_text_again_changes_nothing(pk_text: str, published: ProcedureVersion) -> None:
    again = in_place.publish(pk_text, at=NOON + timedelta(days=1))
    assert (again.created, again.version) == (False, published)
    assert ProcedureVersion.objects.get().published_at == NOON
    assert len(registry("procedure_published")) == 1


def test_another_text_under_the_same_number_is_refused(pk_text: str, published: ProcedureVersion) -> None:
    with pytest.raises(publishing.PublishError) as caught:
        in_place.publish(pk_text.replace("Talk to each other", "Talk"), name="new.toml")
    assert str(caught.value) == (
        "Version 1.1 of perth-and-kinross-2025 was published on 02 June 2025 with another text. A published version "
        "is never changed: give new.toml a new version number."
    )
    assert ProcedureVersion.objects.count() == 1


def test_a_text_with_a_mistake_is_not_published(pk_text: str) -> None:
    with pytest.raises(ProcedureError):
        in_place.publish(pk_text.replace('acts = "cswo"', ""))
    assert not ProcedureVersion.objects.exists()


def test_all_that_come_with_the_service_are_published() -> None:
    done = in_place.publish_shipped()
    keys = ["perth-and-kinross-2019", "perth-and-kinross-2025", "portsmouth", "worcestershire"]
    assert [(one.version.key, one.created) for one in done] == [(key, True) for key in keys]
    assert [one.created for one in in_place.publish_shipped()] == [False] * 4


def test_a_file_that_is_spelt_better_stands_beside_the_one_that_is_followed(
    area: Partnership, pk_text: str
) -> None:
    """Version 1.1 of Perth and Kinross writes “Email” as every page does; whoever adopted version 1 keeps its words."""
    before = pk_text.replace('version = "1.1"', 'version = "1"', 1).replace('"Email"', '"E-mail"')
    first = in_place.publish(before, at=NOON).version
    in_place.adopt(area, first, from_date=date(2025, 6, 1))
    second = next(one for one in in_place.publish_shipped() if one.version.key == first.key)
    assert (second.created, second.version.version) == (True, "1.1")
    followed = publishing.current_for(area, date(2025, 6, 2))
    assert followed == first
    words = [publishing.definition_for(v.pk).contact_methods[-1].label for v in (followed, second.version)]
    assert words == ["E-mail", "Email"]


def test_checking_and_publishing_takes_under_a_second(pk_text: str) -> None:
    start = time.perf_counter()
    in_place.publish(pk_text)
    assert time.perf_counter() - start < 1


def rows_of_each_kind(area: Partnership, version: ProcedureVersion) -> list[Any]:
    adoption = in_place.adopt(area, version, from_date=date(2025, 6, 1))
    setting = in_place.set_limit(
        area, version.definition, "debrief.urgent", amount=3, unit="working_days", reason="Agreed", by=None
    )
    assert (adoption.reason, setting.reason) == ("", "Agreed")
    return [version, adoption, setting]


def test_a_row_that_is_written_is_never_saved_or_removed_again(
    area: Partnership, published: ProcedureVersion
) -> None:
    for row in rows_of_each_kind(area, published):
        with pytest.raises(NeverChanged, match="is never changed: add a new one"):
            row.save()
        with pytest.raises(NeverChanged, match="is never removed"):
            row.delete()


@pytest.mark.parametrize("change", ["update", "delete"])
@pytest.mark.parametrize("model", [ProcedureVersion, Adoption, LocalSetting])
def test_the_runtime_role_may_not_change_or_remove_one(
    area: Partnership, published: ProcedureVersion, model: Any, change: str
) -> None:
    rows_of_each_kind(area, published)
    rows = model.objects.all()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        if change == "update":
            rows.update(id=rows.get().pk)
        else:
            rows._raw_delete("default")
    assert rows.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET id = id", "DELETE FROM {table}"])
@pytest.mark.parametrize("table", ["cases_localsetting", "cases_adoption", "cases_procedureversion"])
def test_the_database_refuses_even_its_owner(
    area: Partnership, published: ProcedureVersion, table: str, statement: str
) -> None:
    rows_of_each_kind(area, published)
    connection.commit()
    owner = owner_connection()
    try:
        with owner.cursor() as cursor, pytest.raises(Exception, match=rf"{table} is only ever added to"):
            cursor.execute(statement.format(table=table))
    finally:
        owner.close()


def test_the_definition_is_read_once_and_then_needs_no_text(
    published: ProcedureVersion, django_assert_num_queries: Any
) -> None:
    first = published.definition
    with django_assert_num_queries(1) as queries:
        again = ProcedureVersion.objects.defer("text").get(pk=published.pk).definition
    assert again is first
    assert '"text"' not in queries.captured_queries[0]["sql"]
    with django_assert_num_queries(1):
        assert publishing.definition_for(published.pk) is first


def test_the_latest_adoption_reached_by_the_day_wins(
    area: Partnership, published: ProcedureVersion, pk_text: str
) -> None:
    second = in_place.publish(pk_text.replace('version = "1.1"', 'version = "2"')).version
    in_place.adopt(area, second, from_date=date(2025, 9, 1), reason="Limits agreed in August")
    in_place.adopt(area, published, from_date=date(2025, 6, 1))
    with pytest.raises(publishing.NothingAdopted, match="has adopted no procedure by 31 May 2025"):
        publishing.current_for(area, date(2025, 5, 31))
    assert publishing.current_for(area, date(2025, 6, 1)) == published
    assert publishing.current_for(area, date(2025, 8, 31)) == published
    assert publishing.current_for(area, date(2025, 9, 1)) == second
    in_place.adopt(area, published, from_date=date(2025, 9, 1), reason="Put off")
    assert publishing.current_for(area, date(2025, 9, 1)) == published


def test_one_area_does_not_follow_what_another_adopted(
    area: Partnership, published: ProcedureVersion
) -> None:
    in_place.adopt(PartnershipFactory(slug="elsewhere"), published, from_date=date(2025, 6, 1))
    with pytest.raises(publishing.NothingAdopted):
        publishing.current_for(area, date(2025, 6, 2))


def test_the_current_version_costs_one_query(
    area: Partnership, published: ProcedureVersion, django_assert_num_queries: Any
) -> None:
    in_place.adopt(area, published, from_date=date(2025, 6, 1))
    with django_assert_num_queries(1):
        assert (
            publishing.current_for(area, date(2025, 6, 2)).definition.short_title == "Perth and Kinross 2025"
        )


PATH = "rungs.managers.clocks.settle.urgent"


def test_a_local_limit_takes_the_place_of_an_open_one(area: Partnership, pk: Procedure) -> None:
    publishing.set_limit(area, pk, PATH, amount=2, unit="working_days", reason="Trial", by=None, at=NOON)
    publishing.set_limit(
        area,
        pk,
        PATH,
        amount=6,
        unit="working_hours",
        reason="Trial over",
        by=None,
        at=NOON + timedelta(days=30),
    )
    ours = publishing.limits_with_local(pk, area)
    assert ours.rung("managers").settle.limit("urgent").describe() == "6 working hours"
    then = publishing.limits_with_local(pk, area, at=NOON + timedelta(days=29))
    assert then.rung("managers").settle.limit("urgent").describe() == "2 working days"
    before = publishing.limits_with_local(pk, area, at=NOON - timedelta(seconds=1))
    assert before.rung("managers").settle.limit("urgent").describe() == "1 working day"


def test_another_area_keeps_its_own_limits(area: Partnership, pk: Procedure) -> None:
    in_place.set_limit(area, pk, PATH, amount=2, unit="working_days", reason="Trial", by=None)
    elsewhere = PartnershipFactory(slug="elsewhere")
    assert publishing.limits_with_local(pk, elsewhere) is pk


def test_setting_a_limit_is_told_to_the_trail_and_to_other_processes(
    area: Partnership, pk: Procedure
) -> None:
    person = UserFactory()
    before = area.settings_version
    row = publishing.set_limit(
        area, pk, PATH, amount=2, unit="working_days", reason="Trial", by=person, at=NOON
    )
    assert row.note is not None
    assert area.settings_version == before + 1
    assert registry("local_limit_set") == [
        {
            "partnership": area.pk,
            "procedure": "perth-and-kinross-2025",
            "path": PATH,
            "was": [1, "working_days"],
            "is": [2, "working_days"],
            "entries": [{"id": str(row.note.pk), "kind": "limit", "commitment": row.note.commitment}],
        }
    ]
    event = Event.objects.get(chain=REGISTRY, verb="local_limit_set")
    assert (event.actor_id, event.acting_role, event.agency_id) == (
        person.pk,
        "administrator",
        person.agency_id,
    )


def test_a_limit_of_the_document_itself_cannot_be_set(area: Partnership, made_up: Procedure) -> None:
    path = "rungs.resolution.clocks.settle.standard"
    with pytest.raises(LocalLimitError, match="The procedure document sets this limit"):
        in_place.set_limit(area, made_up, path, amount=9, unit="working_days", reason="Slow", by=None)
    assert not LocalSetting.objects.exists()


def test_local_limits_cost_one_query(
    area: Partnership, pk: Procedure, django_assert_num_queries: Any
) -> None:
    for path in (PATH, "debrief.urgent", "checkbacks.done.urgent"):
        in_place.set_limit(area, pk, path, amount=2, unit="working_days", reason="Trial", by=None)
    with django_assert_num_queries(1):
        publishing.limits_with_local(pk, area)
