"""The home page: what I follow, what changed since I looked, what I began to write, and the further pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import User
from cases import drafts
from cases.actions import settling, talking
from cases.models import Case, Deadline, Participation
from cases.models.deadline import Rule
from cases.workflow import State
from tests.cases.steps import POSITION, audit, case_at
from tests.cast import TUESDAY, Cast, opened
from tests.pages.home_reading import due_at, home, rows, waiting_words
from tests.pages.scene import DAY, HOUR, signed_in, words


class TestFollowing:
    def test_an_open_case_with_nothing_waiting_on_me_is_followed(self, cast: Cast) -> None:
        case = case_at(cast, State.MANAGERS)
        response = home(cast.social_worker, TUESDAY + 4 * HOUR)
        assert waiting_words(response) == []
        assert [(r["title"], r["reference"], r["holder"]) for r in rows(response, "followed")] == [
            ("Child: Health to Social Work", case.reference, "Morag Lunan")
        ]
        assert "Stage 1 With Morag Lunan Logged 2 June 2026 Due by 5pm on Tuesday 9 June" in words(response)

    def test_a_case_in_which_something_waits_is_not_followed_as_well(self, cast: Cast) -> None:
        opened(cast)
        assert rows(home(cast.nurse, TUESDAY + HOUR), "followed") == []

    def test_whoever_has_more_to_do_than_a_page_sees_the_rest_of_their_cases_below(self, cast: Cast) -> None:
        cases = {opened(cast).reference for _ in range(27)}
        response = home(cast.nurse, TUESDAY + HOUR)
        above = [r["reference"] for r in rows(response, "waiting")]
        below = [r["reference"] for r in rows(response, "followed")]
        assert (len(above), len(below), {*above, *below}) == (25, 2, cases)

    def test_an_ended_case_is_not_followed(self, cast: Cast) -> None:
        case = opened(cast)
        settling.withdraw(case, by=cast.nurse, audit=audit(case, TUESDAY + HOUR), statement="Safe now.")
        assert rows(home(cast.nurse, TUESDAY + 2 * HOUR), "followed") == []

    def test_two_parts_in_one_case_make_one_row(self, cast: Cast) -> None:
        case = case_at(cast, State.MANAGERS)
        part = Participation.objects.get(case=case, user=cast.social_worker)
        part.pk, part.relation, part._state.adding = None, "owner", True
        part.save()
        assert len(rows(home(cast.social_worker, TUESDAY + 4 * HOUR), "followed")) == 1

    def test_newest_first_and_ten_at_a_time(self, cast: Cast) -> None:
        cases = [opened(cast, at=TUESDAY + n * timedelta(minutes=1)) for n in range(12)]
        Deadline.objects.update(state="met")
        first = home(cast.nurse, TUESDAY + HOUR)
        newest = [c.reference for c in reversed(cases)]
        assert [r["reference"] for r in rows(first, "followed")] == newest[:10]
        rest = home(cast.nurse, TUESDAY + HOUR, first.context["followed"]["more"]["url"])
        assert [r["reference"] for r in rows(rest, "followed")] == newest[10:]
        assert "waiting" not in rest.context
        assert rest.context["followed"]["more"] is None


class TestChanged:
    def look(self, person: User, case: Case, at: Any) -> None:
        with time_machine.travel(at, tick=False):
            assert signed_in(person).get(f"/cases/{case.reference}/").status_code == 200

    def changed(self, person: User, at: Any) -> list[tuple[str, str]]:
        return [(r["reference"], r["todo"]) for r in rows(home(person, at), "changed")]

    def test_a_case_never_opened_is_new_until_it_is_opened(self, cast: Cast) -> None:
        case = opened(cast)
        response = home(cast.social_worker, TUESDAY + HOUR)
        assert "Disagreement logged" in words(response)
        assert [(r["reference"], r["new"]) for r in rows(response, "changed")] == [(case.reference, True)]
        self.look(cast.social_worker, case, TUESDAY + HOUR)
        assert self.changed(cast.social_worker, TUESDAY + HOUR) == []

    def test_what_somebody_else_did_since_i_looked_is_said_in_one_line(self, cast: Cast) -> None:
        case = case_at(cast, State.RESOLUTION)
        self.look(cast.nurse, case, TUESDAY + HOUR)
        talking.give_position(
            case, by=cast.social_worker, audit=audit(case, TUESDAY + 2 * HOUR), position=POSITION
        )
        response = home(cast.nurse, TUESDAY + 5 * HOUR)
        assert self.changed(cast.nurse, TUESDAY + 5 * HOUR) == [
            (case.reference, "Position of the receiving side")
        ]
        assert rows(response, "changed")[0]["due"] == "3 hours ago"
        assert "The threshold is met" not in words(response)

    def test_where_it_went_is_said_in_the_areas_own_words(self, cast: Cast) -> None:
        case = case_at(cast, State.MANAGERS)
        assert self.changed(cast.social_worker, TUESDAY + 5 * HOUR) == [
            (case.reference, "The manager supports the concern. Taken to Stage 1: managers meet")
        ]

    def test_what_i_did_last_myself_is_not_a_change(self, cast: Cast) -> None:
        case = opened(cast)
        self.look(cast.nurse, case, TUESDAY + HOUR)
        talking.give_update(case, by=cast.nurse, audit=audit(case, TUESDAY + 2 * HOUR), update="Seen again.")
        assert self.changed(cast.nurse, TUESDAY + 3 * HOUR) == []
        talking.give_update(
            case, by=cast.social_worker, audit=audit(case, TUESDAY + 3 * HOUR), update="Visited."
        )
        assert self.changed(cast.nurse, TUESDAY + 4 * HOUR) == [(case.reference, "New information")]

    def test_a_case_that_ended_while_i_looked_away_is_a_change(self, cast: Cast) -> None:
        case = opened(cast)
        self.look(cast.social_worker, case, TUESDAY + HOUR)
        settling.withdraw(case, by=cast.nurse, audit=audit(case, TUESDAY + 2 * HOUR), statement="Safe now.")
        assert self.changed(cast.social_worker, TUESDAY + 3 * HOUR) == [(case.reference, "Withdrawn")]

    def test_a_deputys_look_leaves_what_the_covered_person_has_seen(self, cast: Cast) -> None:
        case = case_at(cast, State.CSWO)
        self.look(cast.cswo_deputy, case, TUESDAY + 7 * HOUR)
        assert [ref for ref, _ in self.changed(cast.cswo, TUESDAY + 8 * HOUR)] == [case.reference]


class TestDrafts:
    def test_what_i_began_to_write_is_offered_again(self, cast: Cast) -> None:
        case = opened(cast)
        drafts.save(cast.nurse, "log", {"what": ["half"]}, at=TUESDAY)
        drafts.save(cast.nurse, "position", {"seen": ["half"]}, at=TUESDAY, case=case)
        response = home(cast.nurse, TUESDAY + HOUR)
        links = {d["label"]: d["url"] for d in response.context["drafts"]}
        assert links == {
            "A new disagreement": "/cases/new/",
            f"Give your side’s position, case {case.reference}": f"/cases/{case.reference}/do/position/",
        }
        assert "What you began to write" in words(response)
        assert "Saved 1 hour ago" in words(response)
        assert home(cast.social_worker, TUESDAY + HOUR).context["drafts"] == []


class TestPaging:
    def test_twenty_five_at_a_time_without_a_gap_or_a_repeat(self, cast: Cast) -> None:
        cases = [opened(cast) for _ in range(30)]
        same = TUESDAY + 3 * DAY  # all at one instant: the row's key decides
        Deadline.objects.update(due_at=same)
        first = home(cast.social_worker, TUESDAY + HOUR)
        assert len(rows(first, "waiting")) == 25
        second = home(cast.social_worker, TUESDAY + HOUR, first.context["waiting"]["more"]["url"])
        seen = [r["reference"] for page in (first, second) for r in rows(page, "waiting")]
        assert sorted(seen) == sorted(c.reference for c in cases)
        assert second.context["waiting"]["more"] is None
        assert "followed" not in second.context
        assert "Back to the first page" in second.content.decode()

    def test_a_deputys_two_lists_are_merged_in_order_over_the_pages(self, cast: Cast) -> None:
        from accounts.models import Membership
        from tests.factories import cover

        cover(Membership.objects.get(user=cast.social_worker), cast.teacher)
        for n in range(30):
            to_teacher = {"counterpart": cast.teacher, "counterpart_team_id": None} if n % 2 else {}
            due_at(opened(cast, **to_teacher), Rule.REPLY, TUESDAY + n * HOUR)
        first = home(cast.teacher, TUESDAY - DAY)
        second = home(cast.teacher, TUESDAY - DAY, first.context["waiting"]["more"]["url"])
        found = [r for page in (first, second) for r in rows(page, "waiting")]
        assert ["Acting for Callum Petrie" in r["facts"] for r in found] == [n % 2 == 0 for n in range(30)]
        assert [len(rows(page, "waiting")) for page in (first, second)] == [25, 5]

    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "%00",
            "é",
            "W10",
            "eyJhIjoxfQ",
            "WyJvcGVuIiwgMSwgMV0",  # of another list
            "WyJ3YWl0aW5nIiwgMSwgLTFd",  # a row below nought
            "WyJ3YWl0aW5nIiwgMSwgOTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",  # a row beyond any
            "WyJ3YWl0aW5nIiwgOTk5OTk5OTk5OTk5OTk5OTk5OTk5LCAxXQ",  # an instant beyond any
            "[" * 90,
            "A" * 3000,
        ],
    )
    def test_a_damaged_cursor_is_the_first_page(self, cast: Cast, cursor: str) -> None:
        opened(cast)
        response = home(cast.social_worker, TUESDAY + HOUR, f"/?before={cursor}")
        assert response.context["first"] is True
        assert len(rows(response, "waiting")) == 1
