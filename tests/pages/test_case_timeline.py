"""The page of a case: everything recorded, who takes part, what is due and why then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from accounts.models import User
from cases import policies
from cases.actions import managing, talking
from cases.actions.door import change
from cases.audit import Audit, Verb
from cases.history import PRESENTERS, Line, UnknownVerb, headline
from cases.models import Case, Deadline, Participation
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.presenters.entries import TEXTS
from cases.reading import Record
from cases.workflow import State
from tests.cases.steps import (
    audit,
    case_at,
    determined,
    fresh,
)
from tests.cast import TUESDAY, Cast, opened
from tests.pages.case_reading import LATER, event, look, said
from tests.pages.scene import DAY, HOUR, OTHER_POSITION, long_case, signed_in, words


class TestTimeline:
    def test_every_verb_has_one_presenter(self) -> None:
        assert set(PRESENTERS) == set(Verb)

    def test_every_verb_is_told_without_facts(self, cast: Cast) -> None:
        for verb in Verb:
            assert headline(Line(verb.value, {}, cast.procedure.definition)).strip()

    def test_an_unknown_verb_is_an_error(self, cast: Cast) -> None:
        with pytest.raises(UnknownVerb, match="no presenter for the verb 'vanished'"):
            headline(Line("vanished", {}, cast.procedure.definition))

    def test_every_kind_of_entry_has_its_texts(self) -> None:
        assert set(TEXTS) == set(Kind)

    def test_who_of_which_agency_in_which_role_and_when(self, cast: Cast) -> None:
        row = event(look(cast.nurse, opened(cast)), "Disagreement logged")
        assert (row["by"], row["when"]) == ("Nadia Reid, Health (raised it)", "10:30am today")
        assert said(row) == {
            "When it happened": "3pm on Friday 29 May",
            "What happened": "The referral of 28 May was declined at screening. I saw the child unfed on three visits.",
            "What could follow for the child": (
                "Without help at home the child is likely to go hungry and miss school again."
            ),
            "Is the child safe now?": "Safe for now",
            "What keeps the child safe meanwhile": (
                "Grandmother has the child each evening until Sunday; I visit on Thursday."
            ),
            "Who makes sure of it": "Health visitor",
            "To be confirmed again": "By 5pm on Monday 8 June",
            "The situation now": "Child at school today. Grandmother confirmed by telephone at 9am.",
        }

    def test_newest_first_in_the_order_of_the_trail(self, cast: Cast) -> None:
        response = look(cast.cswo, long_case(cast), TUESDAY + 9 * HOUR)
        assert [e["heading"] for e in response.context["timeline"]] == [
            "Determination",
            "Accepted",
            "Taken to Stage 3: the Chief Social Work Officer decides",
            "The other side was told that it will be taken further",
            "Accepted",
            "Taken to Stage 2: senior managers meet",
            "The other side was told that it will be taken further",
            "Feedback read by the person who raised it",
            "The manager supports the concern. Taken to Stage 1: managers meet",
            "Accepted",
            "Taken to Stage 1: talk to your line manager",
            "The other side was told that it will be taken further",
            "What is agreed and what is disputed",
            "Position of the receiving side",
            "Position of the raising side",
            "Correction",
            "Contact with the other side: telephone",
            "Disagreement logged",
        ]

    @pytest.mark.requirement("G27")
    def test_a_late_entry_says_when_it_happened_and_when_it_was_written(self, cast: Cast) -> None:
        row = event(look(cast.nurse, long_case(cast), TUESDAY + 9 * HOUR), "Contact with")
        assert row["when"] == "10:30am on Saturday 30 May"
        assert row["written"] == "Late entry, written at 10:45am today"

    def test_an_entry_of_the_same_day_says_both_without_being_late(self, cast: Cast) -> None:
        case = opened(cast)
        talking.give_update(
            case,
            by=cast.nurse,
            audit=audit(case, LATER),
            update="Seen.",
            happened_at=LATER - timedelta(hours=20),
        )
        row = event(look(cast.nurse, case), "New information")
        assert row["when"] == "3:30pm yesterday (written at 11:30am today)"
        assert "written" not in row

    @pytest.mark.requirement("G27")
    @pytest.mark.requirement("G27")
    def test_a_correction_stands_with_what_it_corrects(self, cast: Cast) -> None:
        response = look(cast.social_worker, long_case(cast), TUESDAY + 9 * HOUR)
        row = event(response, "Contact with")
        assert row["superseded"] is True
        assert said(row) == {
            "How": "Telephone",
            "Who": "Callum Petrie",
            "What was said": "The three visits.",
            "What came of it": "No change of view.",
            "Corrected at 10:50am today by Nadia Reid": "It was two visits.",
        }
        assert event(response, "Correction")["links"] == [
            {"label": "See it with what it corrects", "url": f"#{row['id']}"}
        ]
        assert f'id="{row["id"]}"' in response.content.decode()

    def test_who_acted_for_whom_is_said(self, cast: Cast) -> None:
        case = case_at(cast, State.CSWO)
        at = TUESDAY + 7 * HOUR
        managing.accept(case, by=cast.cswo_deputy, audit=audit(case, at))
        talking.give_update(case, by=cast.cswo_deputy, audit=audit(case, at), update="I have it.")
        response = look(cast.nurse, case, at)
        first = response.context["timeline"][1]
        assert (first["heading"], first["by"]) == (
            "Accepted for Greta Holm",
            "Hamish Orr, Social Work (decides, acting for Greta Holm)",
        )
        assert event(response, "New information")["by"] == (
            "Hamish Orr, Social Work (Chief Social Work Officer, acting for Greta Holm)"
        )

    def test_words_that_were_erased_leave_their_place(self, cast: Cast) -> None:
        case = opened(cast)
        talking.give_update(case, by=cast.nurse, audit=audit(case, LATER), update="Seen.")
        record = Record.load(fresh(case), cast.nurse, LATER)
        (update,) = [e for e in record.entries if e.kind == Kind.UPDATE]
        update.content = ""
        from cases.presenters.timeline import timeline

        assert timeline(record)[0]["facts"] == [
            {"key": "Removed", "value": "The words were removed under the retention rules."}
        ]

    def test_a_text_no_table_knows_is_shown_all_the_same(self, cast: Cast) -> None:
        case = opened(cast)
        with change(
            case, by=cast.nurse, audit=Audit(LATER), rule=policies.give_update, verb=Verb.UPDATED
        ) as c:
            c.write(Kind.UPDATE, {"update": "Seen.", "found_later": "A new word."})
        assert said(event(look(cast.nurse, case), "New information")) == {
            "New information": "Seen.",
            "Found later": "A new word.",
        }

    def test_a_lapse_says_what_was_due_from_whom(self, cast: Cast) -> None:
        from cases.clock import sweep

        case = opened(cast)
        at = TUESDAY + 8 * DAY
        sweep(at)
        response = look(cast.nurse, case, at)
        row = event(response, "The time ran out: settle this or take it further")
        assert row["by"] == "By the service, by the clock"
        assert said(row) == {
            "Was due": "5pm yesterday",
            "From": "Nadia Reid",
            "May act now as well": "Morag Lunan",
        }

    def test_a_change_of_urgency_says_which_dates_moved(self, cast: Cast) -> None:
        from cases.actions import pace

        case = opened(cast)
        pace.change_urgency(
            case, by=cast.nurse, audit=audit(case, LATER), urgency="urgent", reason="He lost weight."
        )
        row = event(look(cast.nurse, case), "Urgency changed from “weeks ahead” to “within days”")
        assert (
            said(row)["Due date: settle this or take it further"]
            == "5pm tomorrow (was 5pm on Tuesday 9 June)"
        )
        assert said(row)["Why"] == "He lost weight."


class TestPeopleAndDates:
    def test_people_with_part_agency_side_and_since_when(self, cast: Cast) -> None:
        case = case_at(cast, State.LINE_MANAGER)
        Participation.objects.filter(case=case, user=cast.social_worker).update(ended_at=TUESDAY + DAY)
        rows = look(cast.nurse, case, TUESDAY + DAY).context["people"]["rows"]
        assert [(r[0]["text"], r[0]["small"], r[1]["text"], r[2]["text"], r[3], r[4]) for r in rows] == [
            ("Nadia Reid", "Health visitor", "Raised it", "Health", "Raised it", "2 June 2026"),
            ("Morag Lunan", "Line manager", "Line manager", "Health", "Raised it", "2 June 2026"),
            (
                "Callum Petrie",
                "Social worker",
                "Counterpart",
                "Social Work",
                "Other side",
                "2 June 2026 to 3 June 2026",
            ),
        ]

    def test_everything_that_is_due_links_to_how_its_date_was_reached(self, cast: Cast) -> None:
        case = opened(cast)
        rows = look(cast.nurse, case).context["due"]["rows"]
        assert [(r[0], r[1], r[2]["text"]) for r in rows] == [
            ("Confirm what keeps the child safe", "You (Nadia Reid)", "Due by 5pm on Monday 8 June"),
            ("Settle this or take it further", "You (Nadia Reid)", "Due by 5pm on Tuesday 9 June"),
            ("Say how the child is now", "You (Nadia Reid)", "Due by 5pm on Tuesday 9 June"),
            ("Answer and give your side’s position", "Callum Petrie", "Due by 5pm on Tuesday 9 June"),
        ]
        for row in rows:
            look(cast.social_worker, case, page=row[2]["url"])


class TestOneDate:
    def page(self, person: User, case: Case, rule: Rule, at: Any = LATER) -> HttpResponse:
        duty = Deadline.objects.filter(case=case, rule=rule).order_by("pk")[0]
        return look(person, case, at, page=f"/cases/{case.reference}/due/{duty.pk}/")

    def rows(self, response: HttpResponse) -> dict[str, str]:
        return {r["key"]: r["value"] for r in response.context["rows"]}

    def test_day_by_day_and_who_laid_it_down(self, cast: Cast) -> None:
        case = opened(cast)
        response = self.page(cast.social_worker, case, Rule.SETTLE)
        assert self.rows(response) == {
            "From whom": "Nadia Reid",
            "Due": "5pm on Tuesday 9 June",
            "Stage": "Resolution: talk to each other",
            "Time allowed": "5 working days",
            "Who set this": "Set by your committee, not by the guide",
            "What the guide says": (
                "“as quickly as possible”. "
                "Practitioner's Guide: Resolution and Escalation Arrangements (rewritten 2025)"
            ),
            "Counted from": "10:30am today",
        }
        assert response.context["days"]["rows"][3:6] == [
            ["Friday 5 June", "1 day", "Working day 3 of 5."],
            ["Saturday 6 June", None, "Not counted: Saturdays are not worked."],
            ["Sunday 7 June", None, "Not counted: Sundays are not worked."],
        ]
        assert "How this date came about: settle this or take it further" in words(response)
        assert f"<title>Case {case.reference}: a date - Escalation</title>" in response.content.decode()

    def test_brought_forward_before_harm_could_occur(self, cast: Cast) -> None:
        case = opened(cast, horizon_at=TUESDAY + 5 * DAY)
        response = self.page(cast.nurse, case, Rule.SETTLE)
        assert self.rows(response)["Due"] == "10:30am tomorrow"
        assert response.context["moved"] == (
            "That would be 5pm on Tuesday 9 June. It was brought forward to 10:30am tomorrow, because harm could "
            "occur by 10:30am on Sunday 7 June: the time left is shared equally among the stages still to come."
        )
        assert len(response.context["days"]["rows"]) == 8

    def test_a_time_that_somebody_named(self, cast: Cast) -> None:
        response = self.page(cast.nurse, opened(cast), Rule.SAFETY)
        assert self.rows(response)["Who set this"] == (
            "Somebody in the case named this time. No limit was counted"
        )
        assert response.context["days"] is None

    def test_where_the_guide_is_silent_it_says_so(self, cast: Cast) -> None:
        response = self.page(cast.nurse, determined(cast), Rule.CHECK_UNDERSTOOD, TUESDAY + 8 * HOUR)
        assert self.rows(response)["Who set this"] == (
            "The guide does not say. This service decides it until your committee does"
        )

    @pytest.mark.parametrize("rule", [Rule.CHECK_DONE, Rule.DEBRIEF])
    def test_a_date_counted_from_another_one_is_counted_from_there(self, cast: Cast, rule: Rule) -> None:
        case = determined(cast)
        response = self.page(cast.nurse, case, rule, TUESDAY + 8 * HOUR)
        before = {Rule.CHECK_DONE: Rule.ACTION, Rule.DEBRIEF: Rule.CHECK_DONE}[rule]
        assert Deadline.objects.filter(case=case, rule=before)[0].due_at.isoformat() in (
            "2026-06-05T16:00:00+00:00",
            "2026-06-09T16:00:00+00:00",
        )
        counted_from = {
            Rule.CHECK_DONE: "5pm on Friday 5 June",
            Rule.DEBRIEF: "5pm on Tuesday 9 June",
        }
        assert self.rows(response)["Counted from"] == counted_from[rule]
        assert response.context["days"]["rows"][-1][2].endswith("Due at 5pm.")

    def test_danger_today_is_counted_in_hours(self, cast: Cast) -> None:
        response = self.page(cast.nurse, opened(cast, urgency="immediate"), Rule.SETTLE)
        assert self.rows(response)["Time allowed"] == "2 hours"
        assert response.context["days"]["rows"] == [
            ["Tuesday 2 June", "2 hours", "Counted from 10:30am to 12:30pm."]
        ]

    def test_a_date_that_was_met_says_when(self, cast: Cast) -> None:
        case = opened(cast)
        talking.give_position(case, by=cast.social_worker, audit=audit(case, LATER), position=OTHER_POSITION)
        response = self.page(cast.nurse, case, Rule.REPLY)
        assert self.rows(response)["Done"] == "11:30am today"
        assert response.context["tag"] == {"text": "Done", "colour": "closed"}

    def test_a_date_of_another_case_is_not_found(self, cast: Cast) -> None:
        case, other = opened(cast), opened(cast, by=cast.colleague)
        duty = Deadline.objects.filter(case=other)[0]
        client = signed_in(cast.nurse)
        assert client.get(f"/cases/{case.reference}/due/{duty.pk}/").status_code == 404
        assert client.get(f"/cases/{case.reference}/due/999999999999999999999/").status_code == 404
