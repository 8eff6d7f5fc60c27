"""Seeing at a glance: the line of time with the rungs on it, and the timeline with less in it."""

from __future__ import annotations

import time_machine
from django.http import HttpResponse

from accounts.models import User
from cases.actions import talking
from cases.audit import Verb
from cases.models import Case
from cases.presenters.timeline_filter import GROUPS
from cases.reading import Record
from cases.record.audience import Audience, read_as
from cases.record.pack import as_pdf, context
from tests.cases.steps import audit, case_at, tell_and_escalate
from tests.cast import TUESDAY, Cast, opened
from tests.pages.scene import DAY, HOUR, long_case, signed_in, words

LATER = TUESDAY + HOUR


def look(person: User, case: Case, query: str = "", at: object = LATER) -> HttpResponse:
    with time_machine.travel(at, tick=False):
        return signed_in(person).get(f"/cases/{case.reference}/{query}")


class TestHorizon:
    """G16, G35."""

    def test_the_line_numbers_what_was_is_due_and_must_fit_before_harm(self, cast: Cast) -> None:
        case = opened(cast, horizon_at=TUESDAY + 20 * DAY, horizon_why="School holidays begin.")
        page = look(cast.nurse, case)
        marks = page.context["horizon"]["marks"]
        assert [mark["tone"] for mark in marks] == ["past", "now", "due", *["next"] * 4, "harm"]
        begun, now, ends, *above, _ = [f"{mark['label']}. {mark['words']}" for mark in marks]
        assert begun == "Resolution: talk to each other. Began 10:30am today"
        assert now == "Now. 11:30am today"
        assert ends.startswith("Resolution: talk to each other. Ends by ")
        assert all(". If it comes to this: ends by " in said for said in above)
        assert len(set(above)) == 4
        assert [mark["x"] for mark in marks] == sorted(mark["x"] for mark in marks)
        assert (marks[0]["x"], marks[-1]["x"]) == (20, 580)
        assert page.context["horizon"]["note"] == ""
        assert "Harm could occur By 10:30am on Monday 22 June" in words(page)
        assert page.content.decode().count("<circle") == len(marks)

    def test_marks_that_would_lie_on_each_other_stand_above_each_other(self, cast: Cast) -> None:
        case = opened(cast, horizon_at=TUESDAY + 20 * DAY, horizon_why="School holidays begin.")
        marks = look(cast.nurse, case, at=TUESDAY + HOUR / 60).context["horizon"]["marks"]
        placed = [(mark["x"], mark["y"]) for mark in marks]
        near = [
            (one, two)
            for n, one in enumerate(placed)
            for two in placed[n + 1 :]
            if abs(one[0] - two[0]) < 30 and abs(one[1] - two[1]) < 30
        ]
        assert near == []

    def test_it_says_when_the_rest_no_longer_fits_and_is_gone_when_there_is_nothing_to_draw(
        self, cast: Cast
    ) -> None:
        soon = opened(cast, horizon_at=TUESDAY + 2 * HOUR, horizon_why="They go home today.")
        assert "do not all fit before that time" in words(look(cast.nurse, soon))
        assert "That time has come." in words(look(cast.nurse, soon, at=TUESDAY + 3 * HOUR))
        assert look(cast.nurse, opened(cast)).context["horizon"] is None
        settled = long_case(cast)
        assert look(cast.nurse, settled, at=TUESDAY + DAY).context["horizon"] is None

    def test_the_printed_record_shows_the_same_line_with_whole_dates(self, cast: Cast) -> None:
        case = opened(cast, horizon_at=TUESDAY + 20 * DAY, horizon_why="School holidays begin.")
        record = read_as(Record.load(case, cast.nurse, LATER), Audience.SHARED)
        printed = context(record, Audience.SHARED)["horizon"]["marks"]
        assert [m["x"] for m in printed] == [
            m["x"] for m in look(cast.nurse, case).context["horizon"]["marks"]
        ]
        assert printed[-1]["words"] == "By 10:30am on Monday 22 June 2026"
        assert as_pdf(record, Audience.SHARED).startswith(b"%PDF")


class TestTimeline:
    """G35."""

    def test_every_verb_stands_in_one_group(self) -> None:
        assert sorted(verb for verbs in GROUPS.values() for verb in verbs) == sorted(Verb)

    def test_by_kind_by_agency_and_by_stage_in_the_address(self, cast: Cast) -> None:
        case, at = long_case(cast, updates=2), TUESDAY + DAY
        whole = len(look(cast.nurse, case, at=at).context["timeline"])

        def headings(query: str) -> list[str]:
            page = look(cast.nurse, case, query, at)
            assert f" of {whole}. Show everything" in words(page)
            return [row["heading"] for row in page.context["timeline"]]

        assert headings("?kind=talks") == ["Contact with the other side: telephone"]
        assert headings("?kind=views&agency=" + str(cast.social_work.pk)) == [
            "New information",
            "New information",
            "Position of the receiving side",
        ]
        assert headings("?stage=5&kind=settling") == ["Determination"]
        assert headings("?stage=5&kind=talks") == []
        page = look(cast.nurse, case, "?kind=record", at)
        (row,) = page.context["timeline"]
        assert row["links"][0]["url"].startswith(f"/cases/{case.reference}/#entry-")
        strange = look(cast.nurse, case, "?kind=x&agency=99999999999999999999&stage=%00&since=yesterday", at)
        assert len(strange.context["timeline"]) == whole

    def test_what_is_new_since_i_looked_can_be_read_again_after_looking(self, cast: Cast) -> None:
        case = case_at(cast, "resolution")
        assert look(cast.nurse, case).context["new_entries"] is None, "the first time all of it is new"
        talking.give_update(
            case, by=cast.social_worker, audit=audit(case, TUESDAY + 2 * HOUR), update="News."
        )
        talking.give_update(case, by=cast.nurse, audit=audit(case, TUESDAY + 2 * HOUR), update="My own.")
        link = look(cast.nurse, case, at=TUESDAY + 3 * HOUR).context["new_entries"]
        assert link["label"] == "New since you looked at 11:30am today: 1 entry. Show only that"
        tell_and_escalate(Case.objects.get(pk=case.pk), cast.nurse, TUESDAY + 4 * HOUR)
        query = link["url"].partition("?")[2].partition("#")[0]
        for _ in range(2):
            page = look(cast.nurse, case, f"?{query}", at=TUESDAY + 5 * HOUR)
            (row,) = page.context["timeline"]
            assert (row["text"], row["new"]) == ("News.", True)
