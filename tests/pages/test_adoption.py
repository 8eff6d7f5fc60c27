"""Administrators adopt a version from a day, in two steps; open cases stay on theirs; everybody reads what changes."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Partnership
from accounts.refusals import Refused
from cases import adopting
from cases.models import ProcedureVersion
from cases.models.procedure import Adoption
from cases.procedures import publishing
from cases.procedures.loading import shipped_files
from escalation.trail.models import REGISTRY, Event
from tests import in_place
from tests.cases.steps import fresh
from tests.cast import TUESDAY, Cast, opened
from tests.pages.scene import signed_in, words
from tests.procedures.conftest import TWO_RUNGS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday")]

FROM = date(2026, 6, 8)
STEP_ONE = {
    "from_date_day": "8",
    "from_date_month": "6",
    "from_date_year": "2026",
    "reason": "Agreed on 28 May.",
}
STEP_TWO = STEP_ONE | {"confirmed": "on"}


@pytest.fixture
def tuesday(time_machine: Any) -> None:
    time_machine.move_to(TUESDAY, tick=False)


@pytest.fixture
def next_one(cast: Cast) -> ProcedureVersion:
    """A second version: managers have four working days, and need not tell the other side before it goes up."""
    text = shipped_files()["perth-and-kinross-2025"].read_text(encoding="utf-8")
    before, managers = text.split('state = "managers"', 1)
    managers = managers.replace("intention_notice = true", "intention_notice = false", 1)
    managers = managers.replace("amount = 5, unit", "amount = 4, unit", 1)
    text = f'{before}state = "managers"{managers}'.replace('version = "1.1"', 'version = "2"', 1)
    return in_place.publish(text, at=TUESDAY).version


def adopt(client: Client, version: ProcedureVersion, answers: dict[str, str]) -> Any:
    return client.post(reverse("adopt_procedure", args=[version.pk]), answers)


class TestAdopting:
    def test_in_two_steps_with_a_reason_and_a_line_in_the_registry_chain(
        self, cast: Cast, next_one: ProcedureVersion
    ) -> None:
        """G32"""
        client = signed_in(cast.administrator)
        first = adopt(client, next_one, STEP_ONE)
        said = words(first)
        assert "Is this right?" in said
        assert "New cases follow it from Monday 8 June 2026" in said
        assert "None are open." in said
        assert Adoption.objects.count() == 1, "the first step writes nothing"

        assert adopt(client, next_one, STEP_TWO).url == reverse("procedure_office")
        row = Adoption.objects.latest("id")
        assert (row.partnership, row.version, row.from_date) == (cast.partnership, next_one, FROM)
        assert (row.adopted_by, row.adopted_at, row.reason) == (
            cast.administrator,
            TUESDAY,
            "Agreed on 28 May.",
        )
        event = Event.objects.filter(chain=REGISTRY).latest("seq")
        assert (event.verb, event.actor_id, event.acting_role) == (
            "procedure_adopted",
            cast.administrator.pk,
            "administrator",
        )
        assert json.loads(event.payload) == {
            "partnership": cast.partnership.pk,
            "version": next_one.pk,
            "from_date": "2026-06-08",
            "entries": [{"id": str(row.note.pk), "kind": "adoption", "commitment": row.note.commitment}],
        }

    def test_open_cases_stay_on_theirs(
        self, cast: Cast, next_one: ProcedureVersion, time_machine: Any
    ) -> None:
        """G32: the version is pinned to a case when it is opened."""
        before = opened(cast)
        client = signed_in(cast.administrator)
        assert "1 case stays on the version under which it was logged." in words(
            adopt(client, next_one, STEP_ONE)
        )
        adopt(client, next_one, STEP_TWO)
        assert publishing.current_for(cast.partnership, FROM - timedelta(days=1)) == cast.procedure
        assert publishing.current_for(cast.partnership, FROM) == next_one
        time_machine.move_to(TUESDAY + timedelta(days=6), tick=False)
        assert signed_in(cast.nurse).get(reverse("procedure")).context["version"] == next_one
        assert fresh(before).procedure == cast.procedure

    def test_pressed_twice_it_is_adopted_once(self, cast: Cast, next_one: ProcedureVersion) -> None:
        client = signed_in(cast.administrator)
        adopt(client, next_one, STEP_TWO)
        again = adopt(client, next_one, STEP_TWO)
        assert "Your partnership follows this version on 8 June 2026 already." in words(again)
        assert Adoption.objects.filter(version=next_one).count() == 1

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"reason": " "}, "Say why your partnership adopts it"),
            ({"from_date_day": ""}, "The day must include a day"),
            ({"from_date_day": "1"}, "The day must be today or in the future"),
        ],
    )
    def test_bad_answers_are_told_and_kept(
        self, cast: Cast, next_one: ProcedureVersion, changes: dict[str, str], error: str
    ) -> None:
        response = adopt(signed_in(cast.administrator), next_one, STEP_TWO | changes)
        assert [p["text"] for p in response.context["form"].error_summary()] == [error]
        assert 'value="2026"' in response.content.decode()
        assert Adoption.objects.count() == 1

    def test_what_an_administrator_should_know_before(self, cast: Cast) -> None:
        english = in_place.publish(TWO_RUNGS.read_text(encoding="utf-8")).version
        later = date(2026, 9, 1)
        in_place.adopt(cast.partnership, cast.procedure, from_date=later, reason="Back again.")
        assert adopting.cautions(cast.partnership, english, FROM) == [
            "This procedure is written for England. Your partnership keeps the public holidays of Scotland.",
            "Another version is to follow on 1 September 2026, and will take its place then.",
        ]
        assert adopting.cautions(cast.partnership, cast.procedure, later) == []

    @pytest.mark.parametrize("who", ["nurse", "cswo", "cpc_officer", "auditor"])
    def test_only_an_administrator_adopts(self, cast: Cast, next_one: ProcedureVersion, who: str) -> None:
        client = signed_in(getattr(cast, who))
        assert client.get(reverse("procedure_office")).status_code == 403
        assert adopt(client, next_one, STEP_TWO).status_code == 403
        with pytest.raises(Refused):
            adopting.adopt_version(
                cast.partnership, next_one, from_date=FROM, reason="x", by=getattr(cast, who), at=TUESDAY
            )
        assert Adoption.objects.count() == 1

    def test_an_administrator_adopts_for_their_own_partnership_alone(
        self, cast: Cast, next_one: ProcedureVersion
    ) -> None:
        glenfarrow = Partnership.objects.get(slug="glenfarrow")
        with pytest.raises(Refused):
            adopting.adopt_version(
                glenfarrow, next_one, from_date=FROM, reason="x", by=cast.administrator, at=TUESDAY
            )


class TestTheList:
    def test_what_is_was_and_will_be_followed(self, cast: Cast, next_one: ProcedureVersion) -> None:
        client = signed_in(cast.administrator)
        adopt(client, next_one, STEP_TWO)
        context = client.get(reverse("procedure_office")).context
        assert [
            (row[0]["tag"]["text"], row[1], row[2], row[3], row[4]) for row in context["periods"]["rows"]
        ] == [
            ("To come", "8 June 2026", "Further notice", "Anders Blair", "Agreed on 28 May."),
            ("In use", "1 January 2025", "7 June 2026", "The service, at set-up", "set up"),
        ]
        assert [(v["title"], v["in_use"]) for v in context["versions"]] == [
            ("Perth and Kinross: Resolution and Escalation, 2025 (version 2)", False),
            ("Perth and Kinross: Resolution and Escalation, 2025 (version 1.1)", True),
        ]

    def test_what_was_replaced_before_it_began_is_left_out(
        self, cast: Cast, next_one: ProcedureVersion
    ) -> None:
        for version in (next_one, cast.procedure, next_one):
            in_place.adopt(cast.partnership, version, from_date=FROM, reason="Changed our mind.")
        assert [(p.adoption.version, p.since, p.until) for p in adopting.periods(cast.partnership)] == [
            (next_one, FROM, None),
            (cast.procedure, date(2025, 1, 1), FROM - timedelta(days=1)),
        ]


class TestComparing:
    def test_what_the_new_version_changes_rung_by_rung_and_limit_by_limit(
        self, cast: Cast, next_one: ProcedureVersion
    ) -> None:
        context = signed_in(cast.administrator).get(reverse("compare_procedures", args=[next_one.pk])).context
        assert context["other"] == cast.procedure
        guide, local = {"text": "The guide", "colour": "green"}, {"text": "Local setting", "colour": "yellow"}
        assert [(part["caption"], part["rows"]) for part in context["parts"]] == [
            (
                "3. Stage 1: managers meet",
                [
                    [
                        "Before it goes up from here",
                        {"text": "The other side must be told first.", "tag": guide},
                        {"text": "The other side need not be told first.", "tag": guide},
                    ],
                    [
                        "Meet and settle it: Weeks ahead",
                        {"text": "5 working days", "tag": local},
                        {"text": "4 working days", "tag": local},
                    ],
                ],
            ),
            (
                "About this procedure",
                [["Version of this file", {"text": "1.1", "tag": local}, {"text": "2", "tag": local}]],
            ),
        ]

    def test_a_limit_that_the_partnership_set_itself_stays_in_both(
        self, cast: Cast, next_one: ProcedureVersion
    ) -> None:
        in_place.set_limit(
            cast.partnership,
            cast.procedure.definition,
            "rungs.managers.clocks.settle.standard",
            amount=3,
            unit="working_days",
            reason="Agreed.",
            by=cast.administrator,
        )
        context = signed_in(cast.administrator).get(reverse("compare_procedures", args=[next_one.pk])).context
        assert [row[0] for part in context["parts"] for row in part["rows"]] == [
            "Before it goes up from here",
            "Version of this file",
        ]

    def test_everybody_may_compare_what_their_partnership_will_follow(
        self, cast: Cast, next_one: ProcedureVersion
    ) -> None:
        address = reverse("compare_procedures", args=[next_one.pk])
        assert signed_in(cast.nurse).get(address).status_code == 404
        assert signed_in(cast.stranger).get(address).status_code == 404
        in_place.adopt(cast.partnership, next_one, from_date=FROM, reason="Agreed.")
        assert signed_in(cast.nurse).get(address).status_code == 200
        assert signed_in(cast.stranger).get(address).status_code == 404

    def test_with_another_one_that_the_reader_chooses(self, cast: Cast, next_one: ProcedureVersion) -> None:
        client = signed_in(cast.administrator)
        address = reverse("compare_procedures", args=[cast.procedure.pk])
        assert "Your partnership has followed no other version." in words(client.get(address))
        in_place.adopt(cast.partnership, next_one, from_date=FROM, reason="Agreed.")
        assert client.get(address).context["other"] == next_one
        assert client.get(f"{address}?with={next_one.pk}").context["other"] == next_one
        assert client.get(f"{address}?with=nonsense").context["other"] == next_one
