"""Limits that the guide leaves open are set by the partnership: with a reason, seen before, kept, and told (X3)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Partnership
from accounts.refusals import Refused
from cases import limiting
from cases.calendars import count_up
from cases.clock import sweep
from cases.deadlines import calendar_of, in_force
from cases.models import Case, ClosedDay, Deadline, Reprojection
from cases.models.deadline import Rule
from cases.models.procedure import LocalSetting
from cases.procedures.local import limits_of, open_limits
from cases.reprojecting import rehearsal
from escalation.trail.models import REGISTRY, Event
from notifications.models import Message
from tests import in_place
from tests.cast import TUESDAY, Cast, opened
from tests.pages.scene import signed_in, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday")]

PATH = "rungs.resolution.clocks.settle.standard"
STEP_ONE = {"amount": "3", "unit": "working_days", "reason": "Agreed on 28 May."}
STEP_TWO = STEP_ONE | {"confirmed": "on"}


@pytest.fixture
def tuesday(time_machine: Any) -> None:
    time_machine.move_to(TUESDAY, tick=False)


@pytest.fixture
def office(cast: Cast) -> Client:
    return signed_in(cast.administrator)


def send(client: Client, answers: dict[str, str], path: str = PATH) -> Any:
    return client.post(reverse("local_limit", args=[path]), answers)


def settle(case: Case) -> Deadline:
    return Deadline.objects.get(case=case, rule=Rule.SETTLE)


class TestTheList:
    def test_every_limit_the_guide_leaves_open_and_no_other(self, cast: Cast, office: Client) -> None:
        """X3"""
        tables = office.get(reverse("local_limits")).context["tables"]
        links = [row[2]["url"] for table in tables for row in table["rows"]]
        assert sorted(links) == sorted(
            reverse("local_limit", args=[path]) for path in open_limits(cast.procedure.definition)
        )
        assert len(links) > 40
        guides = reverse("local_limit", args=["urgencies.immediate.whole_ladder"])
        assert guides not in links
        assert office.get(guides).status_code == 404

    def test_who_set_what_when_and_why(self, cast: Cast, office: Client) -> None:
        send(office, STEP_TWO)
        context = office.get(reverse("local_limits")).context
        row = next(
            r
            for t in context["tables"]
            for r in t["rows"]
            if r[2]["text"] == "Change: 3 working days" and r[2]["small"]
        )
        assert row[2]["small"] == "The file says 5 working days"
        assert row[3] == {
            "text": "Anders Blair, 2 June 2026: Agreed on 28 May.",
            "tag": {"text": "Local setting", "colour": "yellow"},
        }
        assert context["history"]["rows"] == [
            [
                "2 June 2026",
                "Settle it between you: Weeks ahead",
                "3 working days",
                "Anders Blair",
                "Agreed on 28 May.",
            ]
        ]

    @pytest.mark.parametrize("who", ["nurse", "cswo", "cpc_officer", "auditor"])
    def test_only_administrators_come_here(self, cast: Cast, who: str) -> None:
        client = signed_in(getattr(cast, who))
        assert client.get(reverse("local_limits")).status_code == 403
        assert send(client, STEP_TWO).status_code == 403
        with pytest.raises(Refused):
            limiting.change_limit(
                cast.partnership,
                cast.procedure,
                PATH,
                amount=3,
                unit="working_days",
                reason="x",
                by=getattr(cast, who),
                at=TUESDAY,
            )
        assert not LocalSetting.objects.exists()

    def test_another_partnerships_administrator_cannot(self, cast: Cast) -> None:
        glenfarrow = Partnership.objects.get(slug="glenfarrow")
        with pytest.raises(Refused):
            limiting.change_limit(
                glenfarrow,
                cast.procedure,
                PATH,
                amount=3,
                unit="working_days",
                reason="x",
                by=cast.administrator,
                at=TUESDAY,
            )


class TestSeenBefore:
    def test_which_open_dates_would_move_and_to_when(self, cast: Cast, office: Client) -> None:
        case = opened(cast)
        response = send(office, STEP_ONE)
        assert response.context["moves"]["caption"] == "2 open dates would move"
        assert response.context["moves"]["rows"][0] == [
            "Settle this or take it further",
            "Resolution: talk to each other",
            "5pm on Tuesday 9 June",
            "5pm on Friday 5 June",
        ]
        said = words(response)
        assert "Now 5 working days From now on 3 working days" in said
        assert case.reference not in response.content.decode(), "administrators see no case"

    def test_nothing_is_kept_of_what_was_only_looked_at(self, cast: Cast, office: Client) -> None:
        """Not in the database, and not in what this process keeps under a settings version that comes later."""
        case = opened(cast)
        before = settle(case).due_at
        version = Partnership.objects.get(pk=cast.partnership.pk).settings_version
        events = Event.objects.count()
        send(office, STEP_ONE)
        cast.partnership.refresh_from_db()
        assert (cast.partnership.settings_version, LocalSetting.objects.count()) == (version, 0)
        assert (Reprojection.objects.count(), Event.objects.count()) == (0, events)
        assert settle(case).due_at == before
        other = "rungs.managers.clocks.settle.standard"
        in_place.set_limit(
            cast.partnership,
            cast.procedure.definition,
            other,
            amount=4,
            unit="working_days",
            reason="x",
            by=cast.administrator,
        )
        limits = limits_of(in_force(cast.procedure, cast.partnership))
        assert (limits[PATH].amount, limits[other].amount) == (5, 4)

    def test_a_calendar_that_was_only_looked_at_is_not_kept_either(self, cast: Cast) -> None:
        thursday = date(2026, 6, 4)
        with rehearsal(cast.partnership):
            ClosedDay.objects.create(partnership=cast.partnership, date=thursday, name="x", source="x")
            count_up(cast.partnership)
            assert not calendar_of(cast.partnership).is_working_day(thursday)
        cast.partnership.refresh_from_db()
        count_up(cast.partnership)
        assert calendar_of(cast.partnership).is_working_day(thursday)

    def test_no_open_date_may_move(self, cast: Cast, office: Client) -> None:
        assert send(office, STEP_ONE).context["moves"]["rows"] == []

    def test_what_an_administrator_should_know_before(self, cast: Cast, office: Client) -> None:
        path = "rungs.managers.clocks.reply.standard"
        context = send(office, STEP_ONE | {"amount": "9"}, path).context
        assert context["cautions"] == [
            "This is longer than the whole stage has to be settled.",
            "This is more than twice as long as now. Children wait while adults disagree.",
        ]
        assert send(office, STEP_ONE | {"amount": "1"}, path).context["cautions"] == []


class TestSetting:
    def test_it_is_versioned_and_audited_and_moves_open_dates(self, cast: Cast, office: Client) -> None:
        case = opened(cast)
        Message.objects.all().delete()
        version = Partnership.objects.get(pk=cast.partnership.pk).settings_version
        assert send(office, STEP_TWO).url == reverse("local_limits")

        row = LocalSetting.objects.get()
        assert (row.path, row.amount, row.unit, row.reason) == (PATH, 3, "working_days", "Agreed on 28 May.")
        assert (row.set_by, row.at) == (cast.administrator, TUESDAY)
        assert Partnership.objects.get(pk=cast.partnership.pk).settings_version == version + 1
        event = Event.objects.filter(chain=REGISTRY, verb="local_limit_set").get()
        facts = json.loads(event.payload)
        assert row.note is not None
        assert (event.actor_id, facts["path"], facts["was"], facts["is"], facts["entries"]) == (
            cast.administrator.pk,
            PATH,
            [5, "working_days"],
            [3, "working_days"],
            [{"id": str(row.note.pk), "kind": "limit", "commitment": row.note.commitment}],
        )

        sweep(TUESDAY + timedelta(minutes=1))
        assert settle(case).due_at.isoformat() == "2026-06-05T16:00:00+00:00"
        assert settle(case).source == "local_setting"
        moved = Event.objects.filter(chain=case.chain, verb="dates_moved").get()
        assert json.loads(moved.payload)["moved"][0]["was"] == "2026-06-09T16:00:00+00:00"
        assert ("date_moved", "Nadia Reid") in Message.objects.values_list("kind", "recipient__full_name")

    def test_a_new_case_has_it_from_the_beginning(self, cast: Cast, office: Client) -> None:
        send(office, STEP_TWO)
        person = type(cast.nurse).objects.select_related("agency__partnership").get(pk=cast.nurse.pk)
        assert settle(opened(cast, by=person)).due_at.isoformat() == "2026-06-05T16:00:00+00:00"

    def test_pressed_twice_it_is_set_once(self, cast: Cast, office: Client) -> None:
        send(office, STEP_TWO)
        again = send(office, STEP_TWO)
        assert "That is the limit already. Nothing was changed." in words(again)
        assert LocalSetting.objects.count() == 1

    @pytest.mark.parametrize(
        ("path", "changes", "error"),
        [
            (PATH, {"amount": ""}, "Enter how many, like 5"),
            (PATH, {"amount": "0"}, "How many must be a whole number from 1 to 999"),
            (PATH, {"amount": "1000"}, "How many must be a whole number from 1 to 999"),
            (PATH, {"amount": "two"}, "How many must be a whole number from 1 to 999"),
            (PATH, {"amount": "²"}, "How many must be a whole number from 1 to 999"),
            (PATH, {"unit": ""}, "Choose hours, days or another unit"),
            (PATH, {"unit": "weeks"}, "Choose one of the answers listed for “Of what?”"),
            (PATH, {"reason": " "}, "Say why this limit is set"),
            (
                "rungs.resolution.clocks.settle.immediate",
                {"unit": "working_days"},
                "Choose one of the answers listed for “Of what?”",
            ),
        ],
    )
    def test_bad_answers_are_told_and_kept(
        self, cast: Cast, office: Client, path: str, changes: dict[str, str], error: str
    ) -> None:
        for step in (STEP_ONE, STEP_TWO):
            response = send(office, step | changes, path)
            assert [p["text"] for p in response.context["form"].error_summary()] == [error]
            if "reason" not in changes:
                assert "Agreed on 28 May." in response.content.decode()
        assert not LocalSetting.objects.exists()
