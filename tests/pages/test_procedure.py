"""The page of a procedure: who acts, by when, what may follow, and what nobody laid down."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Partnership
from cases.procedures.loading import load_shipped
from cases.procedures.local import limits_of
from tests import in_place
from tests.cast import TUESDAY, Cast
from tests.pages.scene import signed_in, words
from tests.procedures.conftest import TWO_RUNGS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday")]


@pytest.fixture
def tuesday(time_machine: Any) -> None:
    time_machine.move_to(TUESDAY, tick=False)


def page_of(client: Client) -> Any:
    response = client.get(reverse("procedure"))
    assert response.status_code == 200
    return response.context


class TestReadingIt:
    def test_everybody_signed_in_reads_it(self, cast: Cast) -> None:
        """G35: simple and open: everyone in the ladder can see how it works."""
        for person in (cast.nurse, cast.police_officer, cast.cswo, cast.auditor, cast.administrator):
            said = words(signed_in(person).get(reverse("procedure")))
            assert "Perth and Kinross: Resolution and Escalation, 2025" in said
            assert "A disagreement that you log today follows it to its end." in said

    def test_each_rung_in_words_with_who_acts_and_what_may_follow(self, cast: Cast) -> None:
        rung = page_of(signed_in(cast.nurse))["rungs"][3]
        rows = {label: (said, cell["tag"]["text"]) for label, said, cell in rung["rules"]["rows"]}
        assert rung["heading"] == "4. Stage 2: senior managers meet"
        assert rows["Who acts"] == ("Senior manager", "The guide")
        assert rows["With whom"] == ("The senior manager on the other side", "The guide")
        assert rows["Who brings it here"] == ("The line manager", "The guide")
        assert rows["Before it goes up from here"] == ("The other side must be told first.", "The guide")
        assert rows["If nobody answers in time"] == (
            "It is recorded, and the duty passes to the deputy or the next manager up.",
            "Guide silent",
        )
        assert rows["How it may end here"] == (
            "Settled: shared solution; Way forward agreed; Agreed to differ, risk is low; Review of the child's "
            "plan asked for; Taken to the next stage; Senior manager decided not to take it further",
            "Guide silent",
        )

    def test_each_limit_stands_with_the_mark_of_who_set_it(self, cast: Cast) -> None:
        """X3, G16: no number may pass for the guide's."""
        shown = page_of(signed_in(cast.nurse))
        cells = [
            cell
            for section in [*shown["rungs"], *shown["rest"]]
            for row in (section["limits"] or {"rows": []})["rows"]
            for cell in row[1:]
            if cell is not None
        ]
        limits = limits_of(load_shipped("perth-and-kinross-2025"))
        assert len(cells) == len(limits)
        marks = {"document": "The guide", "local_setting": "Local setting", "silent": "Guide silent"}
        assert sorted(cell["tag"]["text"] for cell in cells) == sorted(
            marks[limit.source] for limit in limits.values()
        )
        settle = shown["rungs"][2]["limits"]["rows"][1]
        assert settle[0]["text"] == "Meet and settle it"
        assert settle[0]["small"] == (
            "Line manager, from when the case comes here. In the guide’s words: “as quickly as possible”"
        )
        assert [cell["text"] for cell in settle[1:]] == ["2 hours", "1 working day", "5 working days"]

    def test_says_openly_what_the_guide_leaves_silent(self, cast: Cast) -> None:
        silent = {part["heading"]: part["labels"] for part in page_of(signed_in(cast.nurse))["silences"]}
        assert silent["2. Stage 1: talk to your line manager"] == (
            "Before it goes up from here",
            "Who may be asked for advice",
            "Who is told that a case is here",
            "If nobody answers in time",
            "May the manager say no",
        )
        assert (
            "Record what came of the referral: how long"
            in silent["6. Committee or chief officers: referred by the Chief Social Work Officer"]
        )
        assert "About the family" in silent["When it is settled or decided"]

    @pytest.mark.requirement("G08", "G34", "PK13")
    def test_the_areas_own_sentences_and_further_reading(self, cast: Cast) -> None:
        parts = {part["heading"]: part["rules"]["rows"] for part in page_of(signed_in(cast.nurse))["rest"]}
        said = {label: text for label, text, _ in parts["In short"]}
        assert said["Your own agency’s procedure"] == (
            "This stands beside the procedure of your own service or agency. It does not replace it."
        )
        assert said["Speaking up"].startswith("If you do not agree, say so.")
        assert [label for label, _, _ in parts["Further reading"]] == [
            "Practitioner's guide and toolkit: Child Protection Planning Meetings",
            "Practitioner's Guide to Information Sharing",
            "Protecting Children and Young People: Child Protection Committee and Chief Officer Responsibilities "
            "(Scottish Government, 2019)",
            "Tell the committee about the guide",
        ]

    def test_the_ladder_is_drawn_for_a_desk_and_for_a_telephone(self, cast: Cast) -> None:
        html = signed_in(cast.nurse).get(reverse("procedure")).content.decode()
        assert html.count('<svg xmlns="http://www.w3.org/2000/svg"') == 2
        assert 'aria-labelledby="ladder-wide-title ladder-wide-desc"' in html
        assert 'aria-labelledby="ladder-narrow-title ladder-narrow-desc"' in html
        assert "style=" not in html

    def test_the_partnerships_own_limits_are_those_shown(self, cast: Cast) -> None:
        in_place.set_limit(
            cast.partnership,
            cast.procedure.definition,
            "rungs.managers.clocks.settle.standard",
            amount=3,
            unit="working_days",
            reason="Agreed in May.",
            by=cast.administrator,
        )
        settle = page_of(signed_in(cast.nurse))["rungs"][2]["limits"]["rows"][1]
        assert (settle[3]["text"], settle[3]["tag"]["text"]) == ("3 working days", "Local setting")

    def test_it_costs_few_statements(self, cast: Cast, django_assert_num_queries: Any) -> None:
        client = signed_in(cast.nurse)
        client.get(reverse("procedure"))
        with django_assert_num_queries(4):  # session, person, version, what was learnt
            client.get(reverse("procedure"))


class TestWhichVersion:
    def test_the_one_adopted_for_today_and_older_ones_by_address(self, cast: Cast) -> None:
        """G32: the procedure is under version control; cases stay on theirs."""
        other = in_place.publish(TWO_RUNGS.read_text(encoding="utf-8")).version
        in_place.adopt(cast.partnership, other, from_date=date(2026, 6, 2), reason="New policy.")
        client = signed_in(cast.nurse)
        assert page_of(client)["title"] == other.title
        old = words(client.get(reverse("procedure_version", args=[cast.procedure.pk])))
        assert "Cases that were logged under this version follow it to their end." in old

    def test_a_version_of_another_partnership_is_not_found(self, cast: Cast) -> None:
        other = in_place.publish(TWO_RUNGS.read_text(encoding="utf-8")).version
        glenfarrow = Partnership.objects.get(slug="glenfarrow")
        in_place.adopt(glenfarrow, other, from_date=date(2026, 1, 1), reason="Theirs.")
        address = reverse("procedure_version", args=[other.pk])
        assert signed_in(cast.nurse).get(address).status_code == 404
        assert signed_in(cast.stranger).get(address).status_code == 200

    def test_before_one_is_adopted_the_page_says_what_to_do(self, cast: Cast) -> None:
        said = words(signed_in(cast.stranger).get(reverse("procedure")))
        assert "Your partnership has not adopted a procedure" in said
        assert "An administrator of your partnership can adopt one." in said
