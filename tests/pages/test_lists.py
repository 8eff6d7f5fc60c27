"""The list of all my cases: open ones first, narrowed in the address, page after page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse

from accounts.backends import PersonBackend
from accounts.models import Membership, User
from cases import lists
from cases.access import Look
from cases.actions import settling
from cases.models import Case, Deadline, Participation
from cases.prepared import NotPrepared, read
from cases.workflow import State
from tests.cases.steps import agreed, audit, case_at, fresh
from tests.cast import TUESDAY, Cast, opened
from tests.factories import cover
from tests.pages.scene import DAY, HOUR, signed_in, words

#: Session and person; agencies to choose from; open cases; ended ones where the open ones end.
STATEMENTS = 5
LATER = TUESDAY + HOUR


def page(person: User, address: str = "/cases/", at: Any = LATER) -> HttpResponse:
    with time_machine.travel(at, tick=False):
        response = signed_in(person).get(address)
    assert response.status_code == 200
    return response


def shown(response: HttpResponse) -> list[str]:
    return [row["reference"] for row in response.context["cases"]["rows"]]


def withdrawn(cast: Cast, at: Any = TUESDAY) -> Case:
    case = opened(cast, at=at)
    settling.withdraw(case, by=cast.nurse, audit=audit(case, at), statement="Safe now.")
    return fresh(case)


class TestWhatIsShown:
    def test_open_ones_first_and_each_newest_first(self, cast: Cast) -> None:
        ended_last = withdrawn(cast, TUESDAY)
        older = opened(cast, at=TUESDAY - 2 * DAY)
        ended_first = withdrawn(cast, TUESDAY - 3 * DAY)
        newer = opened(cast, at=TUESDAY - DAY)
        expected = [c.reference for c in (newer, older, ended_last, ended_first)]
        assert shown(page(cast.nurse)) == expected

    def test_a_row_says_where_it_is_with_whom_and_by_when(self, cast: Cast) -> None:
        case = case_at(cast, State.MANAGERS)
        found = words(page(cast.social_worker, at=TUESDAY + 4 * HOUR))
        assert (
            f"Child: Health to Social Work {case.reference} Stage 1 With Morag Lunan Logged 2 June 2026 "
            "Due by 5pm on Tuesday 9 June" in found
        )
        assert "unfed" not in found

    def test_lapsed_settled_and_ended_are_tags(self, cast: Cast) -> None:
        opened(cast, at=TUESDAY - 20 * DAY)
        agreed(cast)
        withdrawn(cast, TUESDAY - DAY)
        rows = page(cast.nurse, at=TUESDAY + 3 * HOUR).context["cases"]["rows"]
        assert [[t["text"] for t in r["tags"]] for r in rows] == [["Agreed"], ["Lapsed"], ["Withdrawn"]]

    def test_nobody_sees_cases_of_others(self, cast: Cast) -> None:
        case = opened(cast)
        for person in (cast.colleague, cast.stranger, cast.administrator, cast.auditor, cast.nurse_manager):
            response = page(person)
            assert case.reference not in response.content.decode()
            assert "You have no cases yet" in words(response)

    def test_who_has_left_a_case_no_longer_finds_it(self, cast: Cast) -> None:
        case = opened(cast)
        Participation.objects.filter(case=case, user=cast.social_worker).update(ended_at=TUESDAY)
        assert shown(page(cast.social_worker)) == []

    def test_a_deputy_finds_the_cases_of_whom_they_cover_once(self, cast: Cast) -> None:
        cover(Membership.objects.get(user=cast.social_worker), cast.teacher)
        both = opened(cast, by=cast.teacher, raising_team_id=cast.school_team.pk)
        covered = opened(cast, at=TUESDAY - DAY)
        response = page(cast.teacher)
        assert shown(response) == [both.reference, covered.reference]
        facts = [r["facts"][1:] for r in response.context["cases"]["rows"]]
        assert facts == [[], ["Acting for Callum Petrie"]]

    def test_nothing_yet_says_what_to_do(self, cast: Cast) -> None:
        assert "You have no cases yet You see a case here once you take part in it. Log a disagreement" in (
            words(page(cast.colleague))
        )
        elsewhere = words(page(cast.administrator))
        assert "once you take part in it. See what waits for you" in elsewhere
        assert "Log a disagreement" not in elsewhere


class TestNarrowing:
    def test_by_stage(self, cast: Cast) -> None:
        opened(cast)
        managers = case_at(cast, State.MANAGERS)
        assert shown(page(cast.nurse, "/cases/?state=managers")) == [managers.reference]

    def test_by_agency_on_either_side(self, cast: Cast) -> None:
        with_school = opened(cast, counterpart=cast.teacher, counterpart_team_id=None)
        with_social_work = opened(cast, at=TUESDAY - DAY)
        assert shown(page(cast.nurse, f"/cases/?agency={cast.education.pk}")) == [with_school.reference]
        assert shown(page(cast.nurse, f"/cases/?agency={cast.health.pk}")) == [
            with_school.reference,
            with_social_work.reference,
        ]

    def test_lapsed_only(self, cast: Cast) -> None:
        lapsed = opened(cast, at=TUESDAY - 20 * DAY)
        opened(cast)
        withdrawn(cast, TUESDAY - 20 * DAY)
        assert shown(page(cast.nurse, "/cases/?due=lapsed")) == [lapsed.reference]

    def test_all_three_together_stay_in_the_address_of_the_next_page(self, cast: Cast) -> None:
        for _ in range(26):
            opened(cast, at=TUESDAY - 20 * DAY)
        address = f"/cases/?state=resolution&agency={cast.health.pk}&due=lapsed"
        first = page(cast.nurse, address)
        older = first.context["older_url"]
        assert older.startswith(address)
        second = page(cast.nurse, older)
        assert (len(shown(first)), len(shown(second))) == (25, 1)
        assert second.context["first_url"] == address
        assert 'value="lapsed" selected' in second.content.decode()

    @pytest.mark.parametrize("query", ["state=nowhere", "agency=x", "agency=99999999999999999999", "due=%00"])
    def test_a_value_that_is_no_choice_narrows_nothing(self, cast: Cast, query: str) -> None:
        case = opened(cast)
        assert shown(page(cast.nurse, f"/cases/?{query}")) == [case.reference]

    def test_agencies_of_other_partnerships_are_no_choice(self, cast: Cast) -> None:
        assert "Glenfarrow" not in page(cast.nurse).content.decode()

    def test_nothing_fits_says_what_to_do(self, cast: Cast) -> None:
        opened(cast)
        assert "No case fits Choose less, or show them all. Show all your cases" in words(
            page(cast.nurse, "/cases/?state=committee")
        )


class TestPaging:
    def test_no_gap_and_no_repeat_over_the_end_of_the_open_ones(self, cast: Cast) -> None:
        ended = [withdrawn(cast, TUESDAY + n * timedelta(minutes=1)) for n in range(8)]
        open_ = [opened(cast) for _ in range(48)]  # all at one instant: the row's key decides
        found, address, pages = [], "/cases/", 0
        while address:
            response = page(cast.nurse, address)
            found += shown(response)
            address, pages = response.context["older_url"], pages + 1
        expected = [c.reference for c in (*reversed(open_), *reversed(ended))]
        assert (found, pages) == (expected, 3)

    def test_a_damaged_cursor_is_the_first_page(self, cast: Cast) -> None:
        case = opened(cast)
        for cursor in ("x", "W10", "A" * 500, "%00"):
            response = page(cast.nurse, f"/cases/?before={cursor}")
            assert (shown(response), response.context["first"]) == ([case.reference], True)


class TestPrepared:
    """The SQL of a list is kept; what it says of one person must never be said to another."""

    def test_the_list_holds_exactly_what_one_may_see(self, cast: Cast) -> None:
        cover(Membership.objects.get(user=cast.social_worker), cast.teacher)
        cases = [
            case_at(cast, State.CSWO),
            case_at(cast, State.LINE_MANAGER),
            agreed(cast),
            withdrawn(cast),
            opened(cast, by=cast.teacher, counterpart=cast.police_officer, counterpart_team_id=None),
            opened(cast, by=cast.colleague, counterpart=cast.teacher, counterpart_team_id=None),
        ]
        Participation.objects.filter(case=cases[1], user=cast.social_worker).update(ended_at=TUESDAY)
        everybody = User.objects.all()
        assert everybody.count() == 21
        with time_machine.travel(TUESDAY + 8 * HOUR, tick=False):
            for person in everybody:
                visible = set(Case.objects.visible_to(person).values_list("reference", flat=True))
                assert set(shown(page(person, at=TUESDAY + 8 * HOUR))) == visible, person
                found = {d.case__reference for d in lists.waiting_on(person).rows}
                found |= {f.case__reference for f in lists.following(person).rows}
                still_open = Case.objects.visible_to(person).open()
                assert found == set(still_open.values_list("reference", flat=True)), person

    def test_somebody_inactive_has_no_list(self, cast: Cast) -> None:
        opened(cast)
        assert lists.waiting_on(cast.nurse).rows
        cast.nurse.is_active = False
        assert lists.waiting_on(cast.nurse).rows == []
        assert lists.all_cases(cast.nurse, lists.Wanted(), LATER).rows == []

    def test_a_list_that_keeps_an_instant_is_refused(self, cast: Cast) -> None:
        def late(user: User, cursor: None) -> Any:
            return Deadline.objects.filter(person_id=user.pk, due_at__lte=LATER).values_list("pk")

        with pytest.raises(NotPrepared, match="give 2026-06-02 10:30:00"):
            read(late, cast.nurse)

    def test_an_instant_given_as_a_fact_is_asked_anew(self, cast: Cast) -> None:
        def late(user: User, cursor: None, *, at: Any) -> Any:
            return Deadline.objects.filter(person_id=user.pk, due_at__lte=at).values_list("pk")

        opened(cast)
        assert len(read(late, cast.nurse, at=LATER)) == 0
        assert len(read(late, cast.nurse, at=LATER + 30 * DAY)) == 3
        assert len(read(late, cast.social_worker, at=LATER + 30 * DAY)) == 1

    def test_those_who_take_part_are_the_same_objects_as_the_ORM_gives(
        self, cast: Cast, django_assert_num_queries: Any
    ) -> None:
        cases = [case_at(cast, State.CSWO), opened(cast, counterpart_team_id=None)]
        nurse = PersonBackend().get_user(cast.nurse.pk)
        for case in map(fresh, cases):
            with django_assert_num_queries(1):
                parts = Look.at_case(case, nurse, LATER).parts
                given = [(vars(p.user), vars(p.agency), p.team and vars(p.team)) for p in parts]
            asked = case.participations.live().select_related("user", "agency", "team").order_by("pk")
            assert [stored(p) for p in parts] == [stored(p) for p in asked]
            for (user, agency, team), p in zip(given, asked, strict=True):
                assert (user["password"], agency["name"]) == (p.user.password, p.agency.name)
                assert (team and team["name"]) == (p.team and p.team.name)


def stored(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


class TestStatements:
    @pytest.mark.parametrize("number", [3, 30])
    def test_as_many_statements_with_thirty_cases_as_with_three(
        self, cast: Cast, number: int, django_assert_num_queries: Any
    ) -> None:
        for _ in range(number):
            opened(cast)
        client = signed_in(cast.nurse)
        with time_machine.travel(LATER, tick=False):
            client.get("/cases/")
            with django_assert_num_queries(STATEMENTS if number < 25 else STATEMENTS - 1):
                response = client.get("/cases/")
        assert len(shown(response)) == min(25, number)
