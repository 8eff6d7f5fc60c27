"""The home page: what waits on me, what changed since I looked, what I follow, what I began to write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from cases import drafts
from cases.actions import climbing, managing, settling, talking
from cases.models import Case, Deadline, Participation
from cases.models.deadline import Rule
from cases.workflow import State
from tests.cases.steps import POSITION, audit, case_at, determined
from tests.cast import TUESDAY, Cast, opened
from tests.pages.scene import DAY, HOUR, signed_in, words

#: Session and person; duties; what one follows; what changed; what one began to write.
STATEMENTS = 7


def home(person: User, at: Any, page: str = "/") -> HttpResponse:
    with time_machine.travel(at, tick=False):
        response = signed_in(person).get(page)
    assert response.status_code == 200
    return response


def rows(response: HttpResponse, name: str) -> list[dict[str, Any]]:
    return response.context[name]["rows"]


def due_at(case: Case, rule: Rule, at: Any) -> None:
    Deadline.objects.filter(case=case, rule=rule).update(due_at=at)


def waiting_words(response: HttpResponse) -> list[tuple[str, str, str]]:
    return [(r["title"], r["due"], r["due_tone"]) for r in rows(response, "waiting")]


class TestWaiting:
    def test_a_duty_says_what_to_do_in_which_case_and_by_when(self, cast: Cast) -> None:
        case = opened(cast)
        found = words(home(cast.social_worker, TUESDAY + HOUR))
        assert (
            "Waiting for you Answer and give your side’s position Child: Health to Social Work "
            f"{case.reference} Resolution Due by 5pm on Tuesday 9 June" in found
        )
        assert "unfed" not in found, "nothing that was written stands on the home page"
        assert "HV-2041" not in found

    def test_the_same_agency_on_both_sides_is_named_once(self, cast: Cast) -> None:
        opened(cast, counterpart=cast.health_senior, counterpart_team_id=None)
        assert "Child: within Health" in words(home(cast.health_senior, TUESDAY + HOUR))

    def test_lapsed_is_on_top_then_today_then_soon_then_later(self, cast: Cast) -> None:
        now = TUESDAY + HOUR  # 11:30 on Tuesday 2 June in Scotland
        later, soon, today, lapsed = (opened(cast) for _ in range(4))
        due_at(later, Rule.REPLY, now + 9 * DAY)
        due_at(soon, Rule.REPLY, now + 3 * DAY)
        due_at(today, Rule.REPLY, now + 5 * HOUR)
        due_at(lapsed, Rule.REPLY, now - DAY)
        response = home(cast.social_worker, now)
        asked = "Answer and give your side’s position"
        assert waiting_words(response) == [
            (asked, "Was due by 11:30am yesterday", "lapsed"),
            (asked, "Due by 4:30pm today", "today"),
            (asked, "Due by 11:30am on Friday 5 June", "soon"),
            (asked, "Due by 11:30am on Thursday 11 June", "later"),
        ]
        assert [r["tags"] for r in rows(response, "waiting")] == [
            [{"text": "Lapsed", "colour": "lapsed"}],
            [{"text": "Due today", "colour": "today"}],
            [],
            [],
        ]
        found = words(response)
        assert "Was due by 11:30am yesterday Lapsed" in found
        assert "Due by 4:30pm today Due today" in found

    @pytest.mark.parametrize(
        ("away", "expected"),
        [
            (-timedelta(seconds=1), ("Was due by 11:29am today", "lapsed")),
            (timedelta(0), ("Was due by 11:30am today", "lapsed")),
            (timedelta(seconds=1), ("Due by 11:30am today", "today")),
            (timedelta(hours=12, minutes=30), ("Due by midnight at the end of today", "today")),
            (timedelta(hours=12, minutes=31), ("Due by 12:01am tomorrow", "soon")),
            (
                timedelta(days=3, hours=12, minutes=30),
                ("Due by midnight at the end of Friday 5 June", "soon"),
            ),
            (timedelta(days=3, hours=12, minutes=31), ("Due by 12:01am on Saturday 6 June", "later")),
        ],
    )
    def test_the_edges_of_lapsed_today_and_soon(
        self, cast: Cast, away: timedelta, expected: tuple[str, str]
    ) -> None:
        now = TUESDAY + HOUR
        due_at(opened(cast), Rule.REPLY, now + away)
        assert [w[1:] for w in waiting_words(home(cast.social_worker, now))] == [expected]

    def test_a_deputy_sees_what_waits_on_whom_they_cover_and_for_whom_they_act(self, cast: Cast) -> None:
        case_at(cast, State.CSWO)
        found = words(home(cast.cswo_deputy, TUESDAY + 7 * HOUR))
        assert "Accept this Child: Health to Social Work" in found
        assert "Acting for Greta Holm" in found
        own = words(home(cast.cswo, TUESDAY + 7 * HOUR))
        assert "Accept this Child: Health to Social Work" in own
        assert "Settle this or record the determination Child: Health to Social Work" in own  # nobody stands above
        assert "Acting for" not in own

    def test_a_deputy_for_a_day_sees_it_on_that_day_only(self, cast: Cast) -> None:
        from accounts.models import Membership
        from tests.factories import cover

        opened(cast)
        cover(
            Membership.objects.get(user=cast.social_worker),
            cast.police_officer,
            starts_on=(TUESDAY + DAY).date(),
            ends_on=(TUESDAY + DAY).date(),
        )
        seen = {n: waiting_words(home(cast.police_officer, TUESDAY + n * DAY)) for n in (0, 1, 2)}
        assert {n: len(found) for n, found in seen.items()} == {0: 0, 1: 1, 2: 0}

    def test_several_pieces_of_feedback_in_one_case_are_one_thing_to_do(self, cast: Cast) -> None:
        determined(cast)
        assert Deadline.objects.open().filter(rule=Rule.ACKNOWLEDGE).count() > 1
        found = [w[0] for w in waiting_words(home(cast.nurse, TUESDAY + 8 * HOUR))]
        assert found.count("Read the feedback and say so") == 1

    def test_a_duty_that_was_passed_on_says_so(self, cast: Cast) -> None:
        case = opened(cast)
        Deadline.objects.filter(case=case, rule=Rule.SETTLE).update(person=cast.social_worker)
        assert "Passed on to you because the time ran out" in words(home(cast.social_worker, TUESDAY + HOUR))

    def test_a_duty_in_a_case_one_has_left_is_not_shown(self, cast: Cast) -> None:
        case = opened(cast)
        Participation.objects.filter(case=case, user=cast.social_worker).update(ended_at=TUESDAY + HOUR)
        found = words(home(cast.social_worker, TUESDAY + 2 * HOUR))
        assert "Nothing waits for you now" in found
        assert case.reference not in found


class TestEmpty:
    def test_nothing_waits_says_what_to_do(self, cast: Cast) -> None:
        found = words(home(cast.colleague, TUESDAY))
        assert (
            "Your cases Log a disagreement Find a case Waiting for you Nothing waits for you now When somebody "
            "needs you to do something, it stands here and you get an email. If you disagree with a colleague about a "
            "child’s safety, record it." in found
        )
        assert (
            "Nothing has changed What others add to your cases stands here until you open the case." in found
        )
        assert "No other case is open" in found

    def test_who_may_not_record_is_not_offered_the_button(self, cast: Cast) -> None:
        for person in (cast.administrator, cast.auditor, cast.cpc_officer, cast.cswo):
            assert "Log a disagreement" not in words(home(person, TUESDAY))
            assert "record it" not in words(home(person, TUESDAY))

    def test_whose_work_lies_elsewhere_is_led_there(self, cast: Cast) -> None:
        ways = {
            who: [way["url"] for way in home(getattr(cast, who), TUESDAY).context["ways"]]
            for who in ("administrator", "auditor", "cpc_officer", "nurse")
        }
        assert ways == {
            "administrator": ["/administration/"],
            "auditor": ["/trail/", "/reports/"],
            "cpc_officer": ["/reports/", "/papers/"],
            "nurse": [],
        }

    def test_other_peoples_cases_are_nowhere(self, cast: Cast) -> None:
        case = opened(cast)
        for person in (cast.colleague, cast.stranger, cast.administrator, cast.nurse_manager):
            assert case.reference not in home(person, TUESDAY + HOUR).content.decode()

    def test_who_is_not_signed_in_is_sent_to_sign_in(self, cast: Cast) -> None:
        response = Client().get("/")
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in")


class TestFollowing:
    def test_an_open_case_with_nothing_waiting_on_me_is_followed(self, cast: Cast) -> None:
        case = case_at(cast, State.MANAGERS)
        response = home(cast.social_worker, TUESDAY + 4 * HOUR)
        assert waiting_words(response) == []
        assert [(r["title"], r["reference"], r["holder"]) for r in rows(response, "followed")] == [
            ("Child: Health to Social Work", case.reference, "Morag Lunan")
        ]
        assert "Stage 1 With Morag Lunan Recorded 2 June 2026 Due by 5pm on Tuesday 9 June" in words(response)

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
        assert "Disagreement recorded" in words(response)
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


class TestStatements:
    @pytest.mark.parametrize("number", [3, 30])
    def test_as_many_statements_with_thirty_cases_as_with_three(
        self, cast: Cast, number: int, django_assert_num_queries: Any
    ) -> None:
        for n in range(number):
            case = opened(cast)
            if n % 3 == 0:
                climbing.notify_intention(case, by=cast.nurse, audit=audit(case, TUESDAY), message="Further.")
        done = Case.objects.order_by("pk").values("pk")[: number // 3]
        Deadline.objects.filter(case_id__in=done).update(state="met")
        for person in (cast.nurse, cast.social_worker):
            client = signed_in(person)
            with time_machine.travel(TUESDAY + HOUR, tick=False):
                client.get("/")  # the procedure is read once per process
                with django_assert_num_queries(STATEMENTS):
                    response = client.get("/")
            assert len(rows(response, "followed")) == number // 3
        assert len(rows(response, "waiting")) == number - number // 3
        assert len(rows(response, "changed")) == min(10, number)

    @pytest.mark.parametrize("number", [3, 30])
    def test_acting_for_somebody_costs_no_statement_more(
        self, cast: Cast, number: int, django_assert_num_queries: Any
    ) -> None:
        from accounts.models import Membership
        from tests.factories import cover

        cover(Membership.objects.get(user=cast.social_worker), cast.teacher)
        for _ in range(number):
            opened(cast)
        client = signed_in(cast.teacher)
        with time_machine.travel(TUESDAY + HOUR, tick=False):
            client.get("/")
            with django_assert_num_queries(STATEMENTS):
                response = client.get("/")
        assert len(rows(response, "waiting")) == min(25, number)


def test_the_title_says_nothing_of_a_case(cast: Cast) -> None:
    opened(cast)
    assert "<title>Your cases - Escalation</title>" in home(cast.nurse, TUESDAY + HOUR).content.decode()


def test_a_line_manager_sees_what_is_to_be_accepted(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    assert waiting_words(home(cast.nurse_manager, TUESDAY + 2 * HOUR))[0] == (
        "Accept this",
        "Due by 5pm tomorrow",
        "soon",
    )
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, TUESDAY + 2 * HOUR))
    assert (
        waiting_words(home(cast.nurse_manager, TUESDAY + 2 * HOUR))[0][0] == "Settle this or take it further"
    )
