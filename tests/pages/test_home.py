"""The home page: what waits on me, what it says when nothing does, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from cases.actions import climbing, managing
from cases.models import Case, Deadline, Participation
from cases.models.deadline import Rule
from cases.workflow import State
from tests.cases.steps import audit, case_at, determined
from tests.cast import TUESDAY, Cast, opened
from tests.pages.home_reading import due_at, home, rows, waiting_words
from tests.pages.scene import DAY, HOUR, signed_in, words

#: Session and person; duties; what one follows; what changed; what one began to write.
STATEMENTS = 7


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
        assert (
            "Settle this or record the determination Child: Health to Social Work" in own
        )  # nobody stands above
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
            "child’s safety, log it." in found
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
