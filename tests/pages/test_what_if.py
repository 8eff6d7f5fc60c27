"""If it happened Thursday 16:40 and harm could occur Monday: what is due when, from whom (G16)?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.deadlines import LEAST, calendar_of
from cases.procedures.loading import load_shipped, load_text, shipped_files
from cases.projecting import project
from tests.cast import TUESDAY, Cast, opened
from tests.pages.scene import signed_in, words
from tests.procedures.conftest import TWO_RUNGS
from tests.time.naive import OFFICE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday")]

LONDON = ZoneInfo("Europe/London")
THURSDAY = datetime(2026, 6, 4, 16, 40, tzinfo=LONDON)
FIRST = datetime(2026, 1, 5, tzinfo=LONDON)
MONDAY = datetime(2026, 6, 8, 9, 0, tzinfo=LONDON)


@pytest.fixture
def tuesday(time_machine: Any) -> None:
    time_machine.move_to(TUESDAY, tick=False)


def asked(client: Client, begins: datetime, urgency: str, harm: datetime | None = None) -> Any:
    """Return the page's context for these answers."""
    answers = {"urgency": urgency} | parts("begins", begins) | (parts("harm", harm) if harm else {})
    response = client.get(f"{reverse('what_if')}?{urlencode(answers)}")
    assert response.status_code == 200
    return response.context


def parts(name: str, at: datetime) -> dict[str, str]:
    day = {"day": at.day, "month": at.month, "year": at.year}
    return {f"{name}_{part}": str(value) for part, value in day.items()} | {f"{name}_time": f"{at:%H:%M}"}


def due(context: Any) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return each stage with (what, from whom, by when) of its duties."""
    return [
        (
            rung["heading"].partition(":")[0],
            [(what["text"], who, by["text"]) for what, who, by, _ in rung["table"]["rows"]],
        )
        for rung in context["rungs"]
    ]


class TestWithoutATimeOfHarm:
    def test_what_is_due_when_from_whom(self, cast: Cast) -> None:
        context = asked(signed_in(cast.nurse), THURSDAY, "urgent")
        accept, settle = "Accept the case", "Meet and settle it"
        assert due(context) == [
            ("Resolution", [("Settle it between you", "Practitioner", "5pm on Friday 5 June")]),
            (
                "Stage 1",
                [
                    (accept, "Line manager", "1pm on Monday 8 June"),
                    (
                        "Talk it through and say whether you support it",
                        "Line manager",
                        "5pm on Monday 8 June",
                    ),
                ],
            ),
            (
                "Stage 1",
                [
                    (
                        "Answer the request to meet",
                        "Line manager on the other side",
                        "1pm on Tuesday 9 June",
                    ),
                    (settle, "Line manager", "5pm on Tuesday 9 June"),
                ],
            ),
            (
                "Stage 2",
                [
                    (accept, "Senior manager", "1pm on Wednesday 10 June"),
                    (
                        "Answer the request to meet",
                        "Senior manager on the other side",
                        "5pm on Wednesday 10 June",
                    ),
                    (settle, "Senior manager", "5pm on Wednesday 10 June"),
                ],
            ),
            (
                "Stage 3",
                [
                    (accept, "Chief Social Work Officer", "1pm on Thursday 11 June"),
                    ("Decide", "Chief Social Work Officer", "5pm on Thursday 11 June"),
                ],
            ),
        ]
        assert context["verdict"]["lines"] == [
            "If nobody agrees on the way, the last stage ends at 5pm on Thursday 11 June."
        ]
        assert context["chart"] is None

    def test_each_date_is_explained_day_by_day_in_the_pages_own_words(self, cast: Cast) -> None:
        day_by_day = asked(signed_in(cast.nurse), THURSDAY, "urgent")["rungs"][0]["days"][0]["table"]
        assert day_by_day["rows"] == [
            ["Thursday 4 June", None, "The clock started at 4:40pm. The start day is not counted."],
            ["Friday 5 June", "1 day", "Working day 1 of 1. Due at 5pm."],
        ]

    def test_each_limit_says_who_set_it(self, cast: Cast) -> None:
        """X3"""
        rows = asked(signed_in(cast.nurse), THURSDAY, "urgent")["rungs"][0]["table"]["rows"]
        assert rows[0][3] == {
            "text": "1 working day",
            "tag": {"text": "Local setting", "colour": "yellow"},
        }

    def test_what_comes_after_has_a_limit_and_no_date_yet(self, cast: Cast) -> None:
        rows = asked(signed_in(cast.nurse), THURSDAY, "urgent")["afterwards"]["rows"]
        assert [(what["text"], limit["text"]) for what, _, limit in rows] == [
            ("Check that everyone understood the same", "1 working day"),
            ("Check that it was done", "1 working day"),
            ("Talk to everyone about how it ended", "5 working days"),
        ]


class TestAgainstTheTimeOfHarm:
    def test_the_ladder_is_fitted_in_before_it(self, cast: Cast) -> None:
        """G16: 88 hours and 20 minutes among five stages, and in working time wherever that leaves time to act."""
        context = asked(signed_in(cast.nurse), THURSDAY, "urgent", MONDAY)
        last = [duties[-1][2] for _, duties in due(context)]
        assert last == [
            "10:20am on Friday 5 June",
            "5pm on Friday 5 June",
            "2:20pm on Saturday 6 June",
            "11:40am on Sunday 7 June",
            "9am on Monday 8 June",
        ]
        assert context["verdict"] == {
            "kind": "warning",
            "heading": "The ladder fits, with less time on each stage",
            "lines": [
                "With the usual limits the last stage would end at 5pm on Thursday 11 June, "
                "after 9am on Monday 8 June.",
                "So the time until then is shared equally among the stages still to come. "
                "The last stage ends at 9am on Monday 8 June.",
            ],
        }
        settle = context["rungs"][0]["table"]["rows"][0]
        assert settle[2]["small"] == "Brought forward from 5pm on Friday 5 June"

    def test_the_stages_stand_beside_it_in_a_chart(self, cast: Cast) -> None:
        chart = asked(signed_in(cast.nurse), THURSDAY, "urgent", MONDAY)["chart"]
        assert [(bar["label"], bar["value"], bar["tone"]) for bar in chart["bars"]] == [
            ("1. Resolution", 1060, "plain"),
            ("2. Stage 1", 1460, "plain"),
            ("3. Stage 1", 2740, "plain"),
            ("4. Stage 2", 4020, "plain"),
            ("5. Stage 3", 5300, "plain"),
            ("Harm could occur", 5300, "lapsed"),
        ]

    def test_it_may_fit_as_it_is(self, cast: Cast) -> None:
        verdict = asked(signed_in(cast.nurse), THURSDAY, "urgent", MONDAY + timedelta(days=30))["verdict"]
        assert (verdict["kind"], verdict["heading"]) == ("success", "The whole ladder fits")

    def test_it_says_when_it_cannot_fit_and_what_to_do(self, cast: Cast) -> None:
        context = asked(signed_in(cast.nurse), THURSDAY, "urgent", THURSDAY + timedelta(hours=1))
        assert context["verdict"] == {
            "kind": "error",
            "heading": "The whole ladder cannot fit",
            "lines": [
                "5 stages of at least 30 minutes each need 150 minutes. There are 60 until 5:40pm on Thursday 4 June.",
                "Ring the emergency contacts at the top of this page now. "
                "Nobody has to agree with you before you do.",
                "Stages may be passed over at “Danger today”, with a reason.",
            ],
        }
        assert [bar["tone"] for bar in context["chart"]["bars"]] == ["plain"] * 2 + ["lapsed"] * 4

    def test_danger_today_binds_all_stages_together(self, cast: Cast) -> None:
        """G16: danger on a given day means the whole ladder that day, as the guide says."""
        context = asked(signed_in(cast.nurse), THURSDAY, "immediate")
        last = [duties[-1][2] for _, duties in due(context)]
        assert last == [
            "6:08pm on Thursday 4 June",
            "7:36pm on Thursday 4 June",
            "9:04pm on Thursday 4 June",
            "10:32pm on Thursday 4 June",
            "Midnight at the start of Friday 5 June",
        ]
        late = asked(signed_in(cast.nurse), THURSDAY.replace(hour=23), "immediate")
        assert late["verdict"]["heading"] == "The whole ladder cannot fit"

    @pytest.mark.parametrize("key", [*shipped_files(), "two rungs"])
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        start=st.integers(0, 500 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes)),
        minutes=st.integers(1, 60 * 24 * 40),
        data=st.data(),
    )
    def test_whatever_the_times_every_stage_fits_or_the_page_says_so(
        self, key: str, start: datetime, minutes: int, data: st.DataObject
    ) -> None:
        procedure = load_text(TWO_RUNGS.read_text()) if key == "two rungs" else load_shipped(key)
        urgency = data.draw(st.sampled_from([u.key for u in procedure.urgencies]))
        ahead = project(procedure, urgency, start, OFFICE, start + timedelta(minutes=minutes))
        assert ahead.horizon is not None
        ends = [rung.ends for rung in ahead.rungs]
        assert ends == sorted(ends)
        assert ahead.fits == (ends[-1] <= ahead.horizon)
        if ahead.horizon - start >= LEAST * len(ends):
            assert ahead.fits
        for rung in ahead.rungs:
            for duty in rung.duties:
                assert duty.due.at <= duty.usual
                assert duty.due.capped == (duty.due.at < duty.usual)


class TestAsking:
    def test_bad_answers_are_told_and_kept(self, cast: Cast) -> None:
        client = signed_in(cast.nurse)
        context = asked(client, THURSDAY, "urgent", THURSDAY - timedelta(hours=1))
        assert [problem["text"] for problem in context["form"].error_summary()] == [
            "The time by which harm could occur must be after it happened. "
            "If a child is in danger now, use the emergency contacts"
        ]
        assert "verdict" not in context
        said = client.get(
            f"{reverse('what_if')}?begins_day=31&begins_month=2&begins_year=2026"
        ).content.decode()
        assert 'value="31"' in said
        assert "Choose how urgent it is" in said

    def test_past_the_known_holidays_it_says_so(self, cast: Cast) -> None:
        context = asked(signed_in(cast.nurse), THURSDAY.replace(year=2035), "urgent")
        assert "Public holidays are known until" in context["form"].error_summary()[0]["text"]

    def test_it_opens_with_the_present_moment(self, cast: Cast) -> None:
        said = signed_in(cast.nurse).get(reverse("what_if"))
        assert 'value="10:30am"' in said.content.decode()
        assert "Do not name a child." in words(said)

    def test_it_costs_no_more_statements_than_the_case_page(self, cast: Cast) -> None:
        case = opened(cast)
        client = signed_in(cast.nurse)
        address = reverse("case", args=[case.reference])
        client.get(address)
        calendar_of(cast.partnership)
        asked(client, THURSDAY, "urgent", MONDAY)
        with CaptureQueriesContext(connection) as of_case:
            client.get(address)
        with CaptureQueriesContext(connection) as of_what_if:
            asked(client, THURSDAY, "urgent", MONDAY)
        assert len(of_what_if) == 3 <= len(of_case)
