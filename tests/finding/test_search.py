"""Finding cases: who finds which words, by what else, in which order; and what a search leaves behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from cases.actions import talking
from cases.finding import noting, searching
from cases.finding.searching import URGENT, Search
from cases.lists import Wanted
from cases.models import Case, Entry, SavedSearch
from cases.models.entry import Kind, Visibility
from cases.paging import Cursor
from cases.presenters.entries import TEXTS, _text, _yes
from cases.reading import Record
from cases.record import forgetting
from escalation.trail.models import REGISTRY, Event
from tests.cases.steps import POSITION, audit, determined, tell_and_escalate
from tests.cast import TUESDAY, Cast, opened
from tests.pages.scene import DAY, HOUR, signed_in, withdrawn_by_nurse, words

MINE = POSITION | {"view": "zzcanarymine"}
THEIRS = POSITION | {"view": "zzcanarytheirs"}
PEOPLE = ("nurse", "nurse_manager", "social_worker", "cswo", "cswo_deputy", "health_senior")
PEOPLE += ("colleague", "administrator", "cpc_officer")
LATER = TUESDAY + 9 * HOUR


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


def found(user: User, looked_for: str = "", **narrowed: Any) -> list[str]:
    page = searching.find(user, Search(words=looked_for, **narrowed), LATER)
    return [row.case__reference for row in page.rows]


class TestWords:
    def test_each_word_is_found_by_those_who_may_read_it_and_by_nobody_else(self, cast: Cast) -> None:
        """Nine people and each visibility, corrected and corrected again, while positions are closed and after it."""
        asleep, awake = opened(cast), determined(cast)
        for case, n in ((asleep, 1), (awake, 2)):
            for visibility in Visibility:
                marked = f"zzcanary{n}{visibility.value.replace('_', '')}"
                talking.give_update(
                    case, by=cast.nurse, audit=audit(case, LATER), update=marked, visibility=visibility
                )
                entry = Entry.objects.get(case=case, content__contains=marked)
                for again in ("first", "second"):
                    talking.correct_entry(
                        case,
                        by=cast.nurse,
                        audit=audit(case, LATER),
                        entry=entry,
                        correction=f"{marked}{again}",
                    )
                    entry = Entry.objects.get(case=case, content__contains=f"{marked}{again}")
        talking.give_position(asleep, by=cast.nurse, audit=audit(asleep, LATER), position=MINE)
        self._as_the_pages_say(cast, awake, at_least=81)
        self._as_the_pages_say(cast, asleep, at_least=90)
        talking.give_position(asleep, by=cast.social_worker, audit=audit(asleep, LATER), position=THEIRS)
        self._as_the_pages_say(cast, asleep, at_least=99)
        tell_and_escalate(Case.objects.get(pk=asleep.pk), cast.nurse, LATER)
        self._as_the_pages_say(cast, asleep, at_least=99)

    def _as_the_pages_say(self, cast: Cast, *cases: Case, at_least: int) -> None:
        wrong, seen = [], 0
        for name in PEOPLE:
            user = getattr(cast, name)
            for case in cases:
                visible = Case.objects.visible_to(user).filter(pk=case.pk).exists()
                record = Record.load(case, user, LATER)
                for entry in record.entries:
                    marks = [w for w in entry.content.replace('"', " ").split() if w.startswith("zzcanary")]
                    if not marks:
                        continue
                    readable = visible and not record.why_closed(entry)
                    finds = case.reference in found(user, marks[0])
                    seen += 1
                    if readable != finds:
                        wrong.append((name, entry.kind, entry.visibility, marks[0], readable, finds))
        assert wrong == []
        assert seen >= at_least

    def test_only_what_people_wrote_counts_as_words(self, cast: Cast) -> None:
        case = opened(cast, what="The canary sang. Wilful neglect was seen.")
        every = [(key, shape) for texts in TEXTS.values() for key, _, shape in texts]
        chosen = {key for key, shape in every if shape not in (_text, _yes)} | {"self_check"}
        marks = {key: f"zq{n}x" for n, key in enumerate({key for key, _ in every})}
        with connection.cursor() as db:
            db.execute("SELECT tsvector_to_array(entry_words(%s))", [json.dumps(marks)])
            kept = set(db.fetchone()[0])
            db.execute("SELECT entry_words('no text of ours')::text, entry_words('')::text")
            assert db.fetchone() == ("", "")
        assert {key for key, mark in marks.items() if mark in kept} == marks.keys() - chosen
        assert found(cast.nurse, "canaries neglected") == [case.reference], "in other forms of the words"
        assert found(cast.nurse, '"wilful neglect"') == [case.reference]
        assert found(cast.nurse, "canary -neglect") == []
        assert found(cast.nurse, "concern") == [], "no name of a text"

    def test_a_removed_text_is_found_no_more_and_stands_in_no_index(self, cast: Cast) -> None:
        case = opened(cast, what="Zzcanary of a child.")
        entry = Entry.objects.get(case=case, kind=Kind.CONCERN)
        assert found(cast.nurse, "zzcanary") == [case.reference]
        asked = forgetting.ask_for_text(
            entry, ground="court_order", authority="Order 7", by=cast.cswo, at=LATER
        )
        forgetting.approve(asked, by=cast.health_lead, at=LATER)
        assert found(cast.nurse, "zzcanary") == []
        with connection.cursor() as db:
            db.execute("SELECT count(*) FROM cases_entry WHERE words::text ~ 'zzcanari?y?'")
            assert db.fetchone() == (0,)

    def test_one_statement_answers_and_an_index_has_the_words(self, cast: Cast) -> None:
        """PF: the times over 100,000 cases stand in docs/benchmarks-search.md; so few rows here are read whole."""
        opened(cast)
        with CaptureQueriesContext(connection) as captured:
            found(cast.nurse, "zzcanary")
        assert len([q for q in captured.captured_queries if "cases_" in q["sql"]]) == 1
        with connection.cursor() as db:
            db.execute("SET LOCAL enable_seqscan = off")
            db.execute("EXPLAIN SELECT FROM cases_entry WHERE words @@ websearch_to_tsquery('english', 'zz')")
            assert "Bitmap Index Scan on entry_words" in str(db.fetchall())

    @pytest.mark.parametrize(("near", "statements"), [(1, 2), (2, 2), (3, 1), (500, 1)])
    def test_what_is_not_among_the_first_cases_is_looked_for_in_all(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, near: int, statements: int
    ) -> None:
        """A page is filled from the cases that come first; a word of an older one is found all the same."""
        older, _ = opened(cast, what="Zzcanary.", at=TUESDAY - DAY), opened(cast)
        monkeypatch.setattr(searching, "NEAR", near)
        with CaptureQueriesContext(connection) as captured:
            assert found(cast.nurse, "zzcanary") == [older.reference]
        assert len([q for q in captured.captured_queries if "cases_" in q["sql"]]) == statements
        assert found(cast.nurse, "zzcanary", order=URGENT) == [older.reference]
        assert found(cast.nurse, "zznothing") == []

    def test_a_full_page_from_the_first_cases_needs_no_other(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cases = [opened(cast, what="Zzcanary.", at=TUESDAY - n * HOUR).reference for n in range(4)]
        monkeypatch.setattr(searching, "NEAR", 3)
        monkeypatch.setattr(searching, "PAGE", 2)
        with CaptureQueriesContext(connection) as captured:
            assert found(cast.nurse, "zzcanary")[:2] == cases[:2]
        assert len([q for q in captured.captured_queries if "cases_" in q["sql"]]) == 1


class TestOtherWays:
    def test_a_reference_a_person_and_an_agency_lead_to_the_case(self, cast: Cast) -> None:
        case = opened(cast)
        with_school = opened(cast, counterpart=cast.teacher, counterpart_team_id=None, at=TUESDAY - DAY)
        typed = case.reference.replace("-", "").lower()
        for looked_for in (case.reference, typed, f"{typed[:3]} {typed[3:]}", cast.social_worker.full_name):
            assert found(cast.nurse, looked_for) == [case.reference], looked_for
        assert found(cast.nurse, cast.education.short_name) == [with_school.reference]
        assert found(cast.nurse, "100%") == found(cast.nurse, "_") == found(cast.nurse, "\x00") == []
        for person in (cast.colleague, cast.stranger, cast.administrator, cast.auditor):
            assert found(person, case.reference) == []

    def test_danger_today_comes_first_then_what_was_due_first_and_ended_ones_last(self, cast: Cast) -> None:
        ended = withdrawn_by_nurse(cast, urgency="immediate")
        late = opened(cast, at=TUESDAY - 20 * DAY)
        later = opened(cast, at=TUESDAY - 10 * DAY)
        days = opened(cast, urgency="urgent")
        today = opened(cast, urgency="immediate")
        expected = [c.reference for c in (today, days, late, later, ended)]
        assert found(cast.nurse, order=URGENT) == expected
        expected = [c.reference for c in (today, late, later)]
        assert found(cast.nurse, wanted=Wanted(lapsed=True), order=URGENT) == expected
        assert found(cast.nurse, urgency="urgent") == [days.reference]

    @pytest.mark.parametrize("order", [URGENT, "newest"])
    def test_pages_have_no_gap_and_no_repeat(
        self, cast: Cast, order: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(searching, "PAGE", 2)
        monkeypatch.setattr("cases.paging.PAGE", 2)
        monkeypatch.setattr(searching, "page_of", _two)
        expected = {opened(cast, at=TUESDAY - n % 3 * DAY).reference for n in range(6)}
        expected.add(withdrawn_by_nurse(cast).reference)
        listed: list[str] = []
        cursor: Cursor | None = None
        for _ in range(4):
            page = searching.find(cast.nurse, Search(order=order, words="hungry"), LATER, cursor)
            listed += [row.case__reference for row in page.rows]
            cursor = Cursor.read(str(page.older), *searching.PLACES)
        assert (len(listed), set(listed), cursor) == (7, expected, None)


def _two(rows: Any, ends: Any) -> Any:
    from cases.paging import page_of

    return page_of(rows, ends, 2)


class TestPages:
    def test_words_stand_in_no_address_and_in_no_trail(self, cast: Cast) -> None:
        case = opened(cast, what="Zzcanary of a child.")
        client = signed_in(cast.nurse)
        answer = client.post(reverse("find_case"), {"words": "zzcanary", "state": "resolution"})
        assert answer.status_code == 302
        assert "zzcanary" not in answer.url
        page = client.get(answer.url)
        assert "Cases with “zzcanary”" in words(page)
        assert "The words stand in: the concern" in words(page)
        assert [r["reference"] for r in page.context["cases"]["rows"]] == [case.reference]
        entry = Entry.objects.get(case=case, kind=Kind.CONCERN)
        assert f"/cases/{case.reference}/#entry-{entry.pk}" in page.content.decode()
        event = Event.objects.get(chain=REGISTRY, verb="searched")
        assert (event.actor_id, json.loads(event.payload)) == (cast.nurse.pk, {"found": 1})
        assert "That search is over" in words(signed_in(cast.nurse).get(answer.url))
        empty = client.post(reverse("find_case"), {"words": " "})
        assert "Write what you are looking for" in words(empty)
        assert "<title>Error: " in empty.content.decode()

    def test_who_searches_all_the_time_has_to_wait_and_their_lead_is_told(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(noting, "MANY", 4)
        client = signed_in(cast.nurse)
        address = client.post(reverse("find_case"), {"words": "child"}).url
        statuses = [client.get(address).status_code for _ in range(noting.MANY + 1)]
        assert (set(statuses[:-1]), statuses[-1]) == ({200}, 429)
        assert Event.objects.filter(chain=REGISTRY, verb="many_cases_opened").count() == 1
        assert client.get("/cases/?due=lapsed").status_code == 200, "the lists stay open"
        with time_machine.travel(LATER + noting.WITHIN + timedelta(seconds=1), tick=False):
            assert client.get(address).status_code == 200

    def test_a_search_is_saved_renamed_and_removed_by_its_owner_alone(self, cast: Cast) -> None:
        opened(cast, at=TUESDAY - 20 * DAY)
        client, saved = signed_in(cast.nurse), reverse("saved_searches")
        query = f"agency={cast.health.pk}&due=lapsed&order=urgent"
        offered = client.get(f"/cases/?{query}&find=x&before=y")
        assert f'href="{saved}?{query.replace("&", "&amp;")}"' in offered.content.decode()
        given = {"agency": cast.health.pk, "due": "lapsed", "order": "urgent", "words": "secret"}
        assert client.post(saved, {**given, "name": "Late ones"}).status_code == 302
        kept = SavedSearch.objects.get()
        assert (kept.user, kept.name, kept.query) == (cast.nurse, "Late ones", query)
        assert "Late ones Lapsed, with NHS, most urgent first" in words(client.get(saved)).replace(
            cast.health.short_name, "NHS"
        )
        again = client.post(saved, {**given, "name": "Late ones"})
        assert "You have a saved search of this name" in words(again)
        mine = reverse("saved_search", args=[kept.pk])
        for stranger in (cast.nurse_manager, cast.administrator, cast.stranger):
            assert signed_in(stranger).post(mine, {"remove": "yes"}).status_code == 404
            assert "Late ones" not in words(signed_in(stranger).get(saved))
        assert client.post(mine, {"rename": "yes", "name": ""}).status_code == 200
        assert client.post(mine, {"rename": "yes", "name": "Lapsed"}).status_code == 302
        assert SavedSearch.objects.get().name == "Lapsed"
        assert client.post(mine, {"remove": "yes"}).status_code == 302
        assert not SavedSearch.objects.exists()
        verbs = Event.objects.filter(chain=REGISTRY, verb__startswith="search_").order_by("seq")
        assert [e.verb for e in verbs] == ["search_kept", "search_renamed", "search_removed"]
        assert "Lapsed" not in "".join(e.payload for e in verbs)
        SavedSearch.objects.bulk_create(
            SavedSearch(user=cast.nurse, name=str(uuid4()), query="due=lapsed", saved_at=LATER)
            for _ in range(20)
        )
        assert "You have 20 saved searches" in words(client.post(saved, {**given, "name": "One more"}))

    def test_whoever_answers_for_a_service_finds_all_that_lapsed_in_it_in_one_click(self, cast: Cast) -> None:
        lapsed = opened(cast, by=cast.nurse_manager, at=TUESDAY - 20 * DAY)
        opened(cast, by=cast.nurse_manager)
        client = signed_in(cast.nurse_manager)
        (link,) = client.get("/").context["ways"]
        assert link["label"] == f"Everything lapsed in {cast.health.short_name}"
        page = client.get(link["url"])
        assert [r["reference"] for r in page.context["cases"]["rows"]] == [lapsed.reference]
        assert signed_in(cast.nurse).get("/").context["ways"] == []
