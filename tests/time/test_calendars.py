"""Calendars out of the database: filled from the holidays package, edited by people, read afresh."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import holidays
import pytest
from django.db import IntegrityError, transaction
from govuk_bank_holidays.bank_holidays import BankHolidays
from pytest_django import DjangoAssertNumQueries

from accounts.models import Agency, Partnership
from cases.calendars import (
    Calendars,
    calendar_for,
    count_up,
    runs_out,
    seed_holidays,
    seed_opening_hours,
    warn_of_expiry,
)
from cases.models import ClosedDay, OpeningHours
from cases.working_time import CalendarExhausted, OtherHours, add_working_days
from tests.time.naive import every_day

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
ONE_OFF = date(2026, 6, 15)
ST_ANDREWS = date(2026, 11, 30)
ORACLES = {
    "SCT": BankHolidays.SCOTLAND,
    "ENG": BankHolidays.ENGLAND_AND_WALES,
    "WLS": BankHolidays.ENGLAND_AND_WALES,
    "NIR": BankHolidays.NORTHERN_IRELAND,
}


def make_partnership(slug: str = "glenmarra", division: str = "SCT") -> Partnership:
    return Partnership.objects.create(name=f"{slug.title()} committee", slug=slug, division=division)


@pytest.fixture
def partnership() -> Partnership:
    return make_partnership()


@pytest.fixture
def seeded(partnership: Partnership) -> Partnership:
    seed_opening_hours(partnership)
    seed_holidays(partnership, 2025, 2027)
    return partnership


@pytest.fixture
def council(seeded: Partnership) -> Agency:
    return Agency.objects.create(partnership=seeded, name="Glenmarra Council", short_name="Council")


class TestSeeding:
    def test_each_row_says_its_name_and_where_it_came_from(self, partnership: Partnership) -> None:
        done = seed_holidays(partnership, 2026, 2026)
        row = ClosedDay.objects.get(partnership=partnership, date=date(2026, 12, 28))
        assert (row.name, row.agency, row.opens) == ("Boxing Day (substitute day)", None, None)
        assert row.source == f"holidays package {holidays.__version__}, Scotland"
        assert (len(done.added), done.kept, done.no_longer_listed) == (11, 0, ())

    def test_again_changes_nothing(self, seeded: Partnership) -> None:
        before = list(ClosedDay.objects.order_by("pk").values())
        version = seeded.settings_version
        done = seed_holidays(seeded, 2025, 2027)
        assert (done.added, done.kept) == ((), len(before))
        assert list(ClosedDay.objects.order_by("pk").values()) == before
        assert (seed_opening_hours(seeded), OpeningHours.objects.count()) == (False, 5)
        assert seeded.settings_version == version

    def test_new_days_count_up_the_settings_version(self, partnership: Partnership) -> None:
        """Processes keep calendars by that number."""
        seed_holidays(partnership, 2026, 2026)
        assert partnership.settings_version == 2
        assert seed_opening_hours(partnership)
        count_up(partnership)
        assert partnership.settings_version == 4
        assert Partnership.objects.get(pk=partnership.pk).settings_version == 4

    def test_a_row_edited_locally_is_never_overwritten(self, seeded: Partnership) -> None:
        mine = ClosedDay.objects.filter(partnership=seeded, date=ST_ANDREWS)
        mine.update(
            name="St Andrew's Day, open", opens=time(9), closes=time(13), source="set locally by Jo Example"
        )
        edited = mine.values().get()
        ClosedDay.objects.filter(date=date(2026, 5, 4)).delete()
        done = seed_holidays(seeded, 2025, 2027)
        assert done.added == (date(2026, 5, 4),)
        assert mine.values().get() == edited

    def test_an_agencys_own_row_does_not_stand_for_the_partnerships(
        self, seeded: Partnership, council: Agency
    ) -> None:
        ClosedDay.objects.filter(date=ST_ANDREWS).update(agency=council)
        assert seed_holidays(seeded, 2026, 2026).added == (ST_ANDREWS,)

    def test_all_or_nothing(self, partnership: Partnership, monkeypatch: pytest.MonkeyPatch) -> None:
        """Days without a new settings version would not be seen by processes that keep the calendar."""
        monkeypatch.setattr("cases.calendars.count_up", lambda partnership: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            seed_holidays(partnership, 2026, 2026)
        assert not ClosedDay.objects.exists()

    def test_a_day_the_list_has_dropped_is_reported_and_kept(self, seeded: Partnership) -> None:
        ClosedDay.objects.create(
            partnership=seeded,
            date=date(2026, 7, 1),
            name="Withdrawn",
            source="holidays package 0.1, Scotland",
        )
        ClosedDay.objects.create(
            partnership=seeded, date=date(2026, 7, 2), name="Fair day", source="set locally by Jo Example"
        )
        assert seed_holidays(seeded, 2026, 2026).no_longer_listed == (date(2026, 7, 1),)
        assert ClosedDay.objects.filter(date__month=7, date__year=2026).count() == 2

    def test_the_scottish_one_off_day_of_2026_is_scottish_only(self) -> None:
        closed = {}
        for division in ORACLES:
            place = make_partnership(division.lower(), division)
            seed_holidays(place, 2026, 2026)
            closed[division] = not calendar_for(place.pk).is_working_day(ONE_OFF)
        assert closed == {"SCT": True, "ENG": False, "WLS": False, "NIR": False}

    @pytest.mark.parametrize("division", ORACLES)
    def test_agrees_with_the_government_list_on_every_day_it_knows(self, division: str) -> None:
        place = make_partnership(division.lower(), division)
        seed_holidays(place, 2012, 2028)
        calendar = calendar_for(place.pk)
        source = BankHolidays(use_cached_holidays=True)
        official = {row["date"] for row in source.get_holidays(division=ORACLES[division])}
        assert (min(official).year, max(official).year) == (2012, 2028)

        compared, differ = 0, []
        for day in every_day(date(2012, 1, 1), date(2028, 12, 31)):
            plain = day.weekday() < 5 and day not in official
            compared += 1
            if calendar.is_working_day(day) != plain:
                differ.append(day)
        assert compared == 6210
        # The one-off day was proclaimed in February 2026, after the list in that package was made.
        assert differ == ([ONE_OFF] if division == "SCT" else [])

    @pytest.mark.parametrize(("first", "last"), [(2027, 2026), (1600, 1610), (2000, 2050), (2026, 2101)])
    def test_strange_years_are_refused(self, partnership: Partnership, first: int, last: int) -> None:
        with pytest.raises(ValueError, match=f"at most 50: not {first} to {last}"):
            seed_holidays(partnership, first, last)

    def test_a_division_without_a_list_is_refused(self, partnership: Partnership) -> None:
        partnership.division = "IOM"
        with pytest.raises(
            ValueError, match=r"no list of holidays for 'IOM'\. Use one of ENG, NIR, SCT, WLS"
        ):
            seed_holidays(partnership, 2026, 2026)
        assert not ClosedDay.objects.exists()


class TestReading:
    def test_the_whole_way_from_rows_to_a_due_instant(self, seeded: Partnership) -> None:
        calendar = calendar_for(seeded.pk)
        start = datetime(2026, 6, 12, 16, tzinfo=LONDON)
        assert add_working_days(1, start, calendar) == datetime(2026, 6, 16, 17, tzinfo=LONDON)
        assert (calendar.zone, calendar.known_until) == ("Europe/London", date(2027, 12, 31))

    def test_two_statements_however_many_agencies(
        self, seeded: Partnership, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        agencies = [
            Agency.objects.create(partnership=seeded, name=f"Agency {n}", short_name=f"A{n}")
            for n in range(3)
        ]
        with django_assert_num_queries(2):
            calendar_for(seeded.pk)
        with django_assert_num_queries(2):
            calendars = Calendars()
            built = [calendars.of(seeded.pk, agency.pk) for agency in agencies]
            assert calendars.of(seeded.pk, agencies[0].pk) is built[0]

    def test_an_edit_counts_from_the_next_request(self, seeded: Partnership) -> None:
        request = Calendars()
        assert request.of(seeded.pk).is_working_day(date(2026, 7, 2))
        ClosedDay.objects.create(
            partnership=seeded, date=date(2026, 7, 2), name="Fair day", source="set locally"
        )
        assert request.of(seeded.pk).is_working_day(date(2026, 7, 2))
        assert not Calendars().of(seeded.pk).is_working_day(date(2026, 7, 2))

    def test_an_agency_keeps_its_own_days_and_the_rest_of_the_partnerships(
        self, seeded: Partnership, council: Agency
    ) -> None:
        ClosedDay.objects.create(
            partnership=seeded, agency=council, date=date(2026, 7, 2), name="Fair day", source="set locally"
        )
        ClosedDay.objects.create(
            partnership=seeded,
            agency=council,
            date=ST_ANDREWS,
            name="Worked here",
            opens=time(9),
            closes=time(17),
            source="set locally",
        )
        own, shared = calendar_for(seeded.pk, council.pk), calendar_for(seeded.pk)
        assert own.closed[date(2026, 7, 2)] == "Fair day"
        assert own.other_hours == {ST_ANDREWS: OtherHours(time(9), time(17), "Worked here")}
        days = (date(2026, 7, 2), ST_ANDREWS, ONE_OFF)
        assert [own.is_working_day(day) for day in days] == [False, True, False]
        assert [shared.is_working_day(day) for day in days] == [True, False, False]
        nursery = Agency.objects.create(partnership=seeded, name="Burnside Nursery", short_name="Nursery")
        theirs = calendar_for(seeded.pk, nursery.pk)
        assert [theirs.is_working_day(day) for day in days] == [True, False, False]

    def test_an_agency_with_hours_of_its_own_has_its_own_week(
        self, seeded: Partnership, council: Agency
    ) -> None:
        OpeningHours.objects.create(
            partnership=seeded, agency=council, weekday=5, opens=time(8), closes=time(0)
        )
        assert dict(calendar_for(seeded.pk, council.pk).opening) == {5: (time(8), time(0))}
        assert sorted(calendar_for(seeded.pk).opening) == [0, 1, 2, 3, 4]
        opens, closes = calendar_for(seeded.pk, council.pk).working_span(date(2026, 7, 4))
        assert (opens, closes) == (
            datetime(2026, 7, 4, 8, tzinfo=LONDON),
            datetime(2026, 7, 5, tzinfo=LONDON),
        )

    def test_an_agency_without_hours_of_its_own_keeps_the_partnerships_week(
        self, seeded: Partnership, council: Agency
    ) -> None:
        OpeningHours.objects.filter(weekday=4).update(closes=time(16))
        assert calendar_for(seeded.pk, council.pk).opening[4] == (time(9), time(16))

    def test_another_partnership_is_untouched(self, seeded: Partnership, council: Agency) -> None:
        other = make_partnership("strathconon")
        seed_holidays(other, 2026, 2026)
        ClosedDay.objects.create(
            partnership=seeded, date=date(2026, 7, 2), name="Fair day", source="set locally"
        )
        assert calendar_for(other.pk).is_working_day(date(2026, 7, 2))
        assert calendar_for(other.pk).known_until == date(2026, 12, 31)

    def test_without_any_rows_it_has_office_hours_and_counts_no_working_day(
        self, partnership: Partnership
    ) -> None:
        calendar = calendar_for(partnership.pk)
        assert calendar.opening[4] == (time(9), time(17))
        with pytest.raises(CalendarExhausted, match="No public holidays are stored"):
            add_working_days(1, datetime(2026, 6, 12, 16, tzinfo=LONDON), calendar)

    def test_an_unknown_partnership(self) -> None:
        with pytest.raises(Partnership.DoesNotExist):
            calendar_for(0)


class TestRunningOut:
    @pytest.mark.parametrize(
        ("today", "ends"),
        [
            (date(2026, 12, 31), None),
            (date(2027, 1, 1), date(2027, 12, 31)),
            (date(2028, 1, 1), date(2027, 12, 31)),
        ],
    )
    def test_from_a_year_before_the_end(self, seeded: Partnership, today: date, ends: date | None) -> None:
        assert runs_out(seeded, today) == ends
        assert len(warn_of_expiry(today)) == (ends is not None)

    def test_local_days_do_not_hide_it(self, seeded: Partnership, council: Agency) -> None:
        for agency, source in (
            (None, "set locally by Jo Example"),
            (council, "holidays package 0.109, Scotland"),
        ):
            ClosedDay.objects.create(
                partnership=seeded, agency=agency, date=date(2030, 7, 2), name="Fair day", source=source
            )
        assert runs_out(seeded, date(2027, 6, 1)) == date(2027, 12, 31)
        assert calendar_for(seeded.pk, council.pk).known_until == date(2027, 12, 31)

    def test_the_words_on_the_page(self, seeded: Partnership) -> None:
        bare = make_partnership("strathconon")
        assert [warning.msg for warning in warn_of_expiry(date(2027, 6, 1))] == [
            "Glenmarra committee: public holidays are known until 31 December 2027.",
            "Strathconon committee: no public holidays are stored, so no working day can be counted.",
        ]
        assert warn_of_expiry(date(2028, 6, 1))[0].msg == (
            "Glenmarra committee: public holidays were known until 31 December 2027, which has passed."
        )
        assert [warning.obj for warning in warn_of_expiry(date(2026, 6, 1))] == [bare]
        assert runs_out(bare, date(2026, 6, 1)) == date.min


class TestTheDatabaseRefuses:
    @pytest.mark.parametrize(
        "row",
        [
            pytest.param({"date": ONE_OFF}, id="the same date twice"),
            pytest.param({"opens": time(12), "closes": time(9)}, id="closing before opening"),
            pytest.param({"opens": time(9)}, id="opening without closing"),
            pytest.param({"name": ""}, id="no name"),
        ],
    )
    def test_a_closed_day(self, seeded: Partnership, row: dict[str, object]) -> None:
        plain = {"date": date(2026, 7, 2), "name": "Fair day", "source": "set locally"}
        with pytest.raises(IntegrityError, match="closed_day"), transaction.atomic():
            ClosedDay.objects.create(partnership=seeded, **{**plain, **row})
        ClosedDay.objects.create(partnership=seeded, **plain)

    @pytest.mark.parametrize(
        "row",
        [
            pytest.param({"weekday": 0}, id="the same weekday twice"),
            pytest.param({"weekday": 7}, id="an eighth weekday"),
            pytest.param({"opens": time(17), "closes": time(9)}, id="closing before opening"),
        ],
    )
    def test_opening_hours(self, seeded: Partnership, row: dict[str, object]) -> None:
        plain = {"weekday": 5, "opens": time(9), "closes": time(12)}
        with pytest.raises(IntegrityError, match="opening_hours"), transaction.atomic():
            OpeningHours.objects.create(partnership=seeded, **{**plain, **row})
        OpeningHours.objects.create(partnership=seeded, **plain)
