"""Generated cases for measuring: so many, always the same, and just as the actions would have written them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client

from accounts.models import Membership, User
from accounts.roles import Role
from cases.access import Look
from cases.actions import climbing, managing, rungs
from cases.audit import Audit
from cases.clock import sweep
from cases.demo import bulk
from cases.demo.bulk_courses import COURSES, LONG, Course
from cases.demo.bulk_dues import Recipe, Reckoner
from cases.demo.bulk_people import Place, place
from cases.demo.bulk_rehearsal import Rehearsal
from cases.demo.bulk_rows import reference_of
from cases.demo.bulk_templates import NotExplained
from cases.models import Action, Case, Deadline, Entry, Participation, Stage
from cases.models.entry import Kind
from cases.steps import offered
from cases.workflow import ENDED, State
from escalation.trail.models import Event

#: A Wednesday, 11:20 in Scotland.
NOW = datetime(2026, 6, 3, 10, 20, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def hundred(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A hundred cases for all tests of this file, taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW, tick=False):
            bulk.generate(100, seed=1)
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def untouched(hundred: None) -> Iterator[None]:
    """Take back what one test changes, at the hour at which the cases were made."""
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        yield
        transaction.set_rollback(True)


def measured() -> Any:
    return Case.objects.filter(partnership__slug=bulk.SLUG)


def course_of(number: int) -> tuple[str, Course]:
    """Return the course that the case of this number took."""
    maker = bulk._Maker(NOW, 1, "")
    return ("long", LONG) if number == 0 else (name := maker._hundred[number % 100], COURSES[name])


def test_as_many_as_asked_for() -> None:
    assert measured().count() == 100


def test_topping_up_adds_what_is_missing_and_never_removes() -> None:
    before = set(measured().values_list("reference", flat=True))
    bulk.generate(103, seed=1)
    assert measured().count() == 103
    bulk.generate(50, seed=1)
    assert measured().count() == 103
    assert before < set(measured().values_list("reference", flat=True))


def test_four_of_five_are_open_and_each_state_is_there() -> None:
    states = Counter(measured().values_list("state", flat=True))
    assert set(states) == {s.value for s in State}
    assert sum(states[s] for s in ENDED) == 20


def test_they_spread_over_two_years_and_all_agencies() -> None:
    opened = list(measured().values_list("opened_at", flat=True))
    assert all(NOW - timedelta(days=731) < at < NOW for at in opened)
    assert len({at.strftime("%Y-%m") for at in opened}) > 12
    assert measured().values("raising_agency").distinct().count() == 10
    assert Participation.objects.filter(case_open=True, case__state__in=[s.value for s in ENDED]).count() == 0


def test_references_are_never_given_twice() -> None:
    assert len({reference_of(n) for n in range(50_000)}) == 50_000


def test_everybody_has_a_role_and_no_name_comes_twice() -> None:
    people = User.objects.filter(agency__partnership__slug=bulk.SLUG)
    assert people.count() == 74
    assert people.values("full_name").distinct().count() == 74
    held = Counter(Membership.objects.filter(partnership__slug=bulk.SLUG).values_list("role", flat=True))
    assert (held[Role.PRACTITIONER], held[Role.SENIOR_MANAGER], held[Role.CSWO], held[Role.CPC_OFFICER]) == (
        40,
        10,
        1,
        1,
    )


def test_each_chain_is_one_line_and_commits_to_its_entries() -> None:
    entries = {str(e.pk): e for e in Entry.objects.all()}
    committed = set()
    for chain in measured().values_list("chain", flat=True):
        events = list(Event.objects.filter(chain=chain).order_by("seq"))
        assert [e.seq for e in events] == list(range(1, len(events) + 1))
        assert [bytes(e.prev) for e in events[1:]] == [bytes(e.hash) for e in events[:-1]]
        assert [e.claimed_at for e in events] == sorted(e.claimed_at for e in events)
        for event in events:
            for fact in json.loads(event.payload).get("entries", []):
                assert fact["commitment"] == entries[fact["id"]].commitment
                committed.add(fact["id"])
    assert committed == set(entries)


def test_every_open_duty_waits_for_somebody_who_takes_part() -> None:
    live = set(Participation.objects.live().values_list("case_id", "user_id"))
    duties = Deadline.objects.open().select_related("case")
    assert duties.count() > 150
    for duty in duties:
        assert (duty.case_id, duty.person_id) in live
        assert duty.next_at == datetime.fromisoformat(duty.plan[0][0])
    # The raiser still says that they have read why it went elsewhere.
    ended = duties.filter(case__state__in=[s.value for s in ENDED])
    assert set(ended.values_list("rule", "case__state")) == {("acknowledge", "diverted")}


def test_no_text_is_left_with_a_mark_in_it() -> None:
    for content in Entry.objects.values_list("content", flat=True):
        assert "[[" not in content
        assert "%(" not in content


def test_the_long_record_is_found_in_a_fixed_way() -> None:
    case = bulk.long_case()
    assert Event.objects.filter(chain=case.chain).count() > 50
    assert Entry.objects.filter(case=case).count() > 50


def test_pages_of_each_state_are_shown_to_those_who_take_part() -> None:
    for state in State:
        case = measured().filter(state=state).earliest("pk")
        for user_id in {case.raiser_id, case.counterpart_id, case.holder_id} - {None}:
            client = Client()
            client.force_login(User.objects.get(pk=user_id), backend="accounts.backends.PersonBackend")
            assert client.get(f"/cases/{case.reference}/").status_code == 200, (state, user_id)


def test_whoever_holds_an_open_case_has_something_to_do() -> None:
    for case in measured().whole().exclude(state__in=[s.value for s in ENDED]):
        look = Look.at_case(case, case.holder, NOW)
        duties = list(Deadline.objects.open().filter(case=case))
        assert offered(look, duties), case


def test_a_later_action_goes_on_from_where_the_copy_stands() -> None:
    told = measured().filter(state=State.RESOLUTION, current_stage__notice_at__isnull=False).earliest("pk")
    climbing.escalate(
        told,
        by=told.raiser,
        audit=Audit(NOW, version=told.version),
        brief={"concerns": "Hungry at school."},
        situation="At home.",
        tried="One call.",
    )
    case = Case.objects.get(pk=told.pk)
    assert (case.state, case.holder.memberships.first().role) == (State.LINE_MANAGER, Role.LINE_MANAGER)
    managing.accept(case, by=case.holder, audit=Audit(NOW, version=case.version))
    chain = list(Event.objects.filter(chain=case.chain).order_by("seq").values_list("verb", flat=True))
    assert chain == ["opened", "contact_recorded", "intention_notified", "escalated", "accepted"]


def test_a_sweep_works_off_what_has_come_due() -> None:
    due = Deadline.objects.open().filter(next_at__lte=NOW).count()
    done = sweep(NOW)
    assert (done.due, done.put_off) == (due, 0)
    assert not Deadline.objects.open().filter(next_at__lte=NOW).exists()


def facts(cases: Any) -> list[Any]:
    """Return what is told of cases, without keys."""
    return [
        (
            case.reference,
            case.state,
            case.raiser.full_name,
            case.opened_at,
            case.due_at,
            [
                (e.kind, e.content, bytes(e.salt), e.written_at)
                for e in case.entries.order_by("written_at", "pk")
            ],
            [(d.rule, d.due_at, d.plan) for d in case.deadlines.order_by("pk")],
        )
        for case in cases.order_by("reference")
    ]


def test_the_same_seed_gives_the_same_cases_in_one_go_or_in_two() -> None:
    def generated(seed: int, *counts: int) -> list[Any]:
        with transaction.atomic():
            for count in counts:
                bulk.generate(count, seed=seed)
            told = facts(measured().filter(reference__in=[reference_of(n) for n in range(100, 106)]))
            transaction.set_rollback(True)
        return told

    once, twice, other = generated(1, 106), generated(1, 103, 106), generated(2, 106)
    assert len(once) == 6
    assert once == twice
    assert [row[5] for row in once] != [row[5] for row in other]


def test_more_of_one_course() -> None:
    bulk.generate_more(3, seed=1, course="ready")
    newest = measured().order_by("-pk")[:3]
    assert [(case.state, case.current_stage.notice_at is not None) for case in newest] == [
        (State.RESOLUTION, True)
    ] * 3


class Replay(Rehearsal):
    """Plays a course once more, at the very instants of a copy."""

    def __init__(self, home: Place, copy: Case, urgency: str) -> None:
        chain = Event.objects.filter(chain=copy.chain).order_by("seq")
        self.instants = list(chain.values_list("claimed_at", flat=True))
        agencies = [staff.agency for staff in home.staff]
        raising, receiving = agencies.index(copy.raising_agency_id), agencies.index(copy.receiving_agency_id)
        demo = home.demo(raising, receiving)
        for key, person, team in (
            ("worker_a", copy.raiser, copy.raising_team),
            ("worker_b", copy.counterpart, copy.receiving_team),
        ):
            demo.people[key], demo.team_of[key] = person, team
        super().__init__(demo, self.instants[0], urgency)
        lines = Entry.objects.filter(case=copy, kind=Kind.SAFETY_LINE).order_by("written_at")
        self.lines = [datetime.fromisoformat(e.texts["until"]) for e in lines]
        self.actions = [
            (a.due_on - a.entry.written_at.date()).days
            for a in Action.objects.filter(case=copy).order_by("number")
        ]

    def safety_until(self, number: int) -> datetime:
        return self.lines[number]

    def days(self, fewest: int, most: int) -> int:
        return self.actions.pop(0)

    def _done(self) -> Any:
        super()._done()
        self.at = self.instants[min(len(self.acts), len(self.instants) - 1)]
        return self


def rows_of(case: Case) -> dict[str, list[dict[str, Any]]]:
    """Return all that stands of a case beside its words, keys replaced by places."""
    stages = {s.pk: s.ordinal for s in Stage.objects.filter(case=case)}
    own = {"id", "case_id", "content", "salt", "reference", "chain", "looked_at", "entry_id", "report_id"}
    own |= {"about", "reasons", "reason_families", "subject", "subject_reference"}
    own |= {"age_band", "expected_on"}

    def told(row: Any) -> dict[str, Any]:
        values = {
            f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in own
        }
        return {k: stages.get(v, v) if k.endswith("stage_id") else v for k, v in values.items()}

    case = Case.objects.get(pk=case.pk)
    last = json.loads(case.last_change)
    last["facts"].pop("reasons", None)  # drawn for each copy
    return {
        "case": [told(case) | {"last_change": last}],
        "stages": [told(s) for s in case.stages.order_by("ordinal")],
        "participations": [told(p) for p in case.participations.order_by("pk")],
        "deadlines": [told(d) for d in case.deadlines.order_by("pk")],
        "actions": [told(a) for a in case.actions.order_by("number")],
        "check_backs": [told(c) for c in case.check_backs.order_by("pk")],
        "referrals": [told(r) for r in case.referrals.order_by("pk")],
        "entries": [told(e) for e in case.entries.order_by("written_at", "kind")],
        "events": [
            {
                "verb": e.verb,
                "actor": (e.actor_id, e.acting_for_id, e.acting_role, e.agency_id),
                "facts": {k: v for k, v in json.loads(e.payload).items() if k not in ("entries", "reasons")},
                "entries": [f["kind"] for f in json.loads(e.payload)["entries"]],
            }
            for e in Event.objects.filter(chain=case.chain).order_by("seq")
        ],
    }


def test_a_copy_is_what_the_actions_would_have_written() -> None:
    home = place(NOW.date())
    seen = set()
    for number in range(100):
        name, course = course_of(number)
        copy = measured().whole().get(reference=reference_of(number))
        urgency = copy.stages.earliest("ordinal").urgency
        if name in {known for known, _ in seen}:
            continue
        seen.add((name, urgency))
        played = Replay(home, copy, urgency)
        course.told(played)
        found, wanted = rows_of(copy), rows_of(played.case)
        for table, rows in wanted.items():
            assert found[table] == rows, (name, urgency, table)
    assert {name for name, _ in seen} == {"long", *COURSES}


def test_generating_stops_when_an_action_reckons_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rungs, "feedback_due", lambda c: c.by_instant(c.at + timedelta(days=3)))
    with pytest.raises(NotExplained, match="acknowledge is due at an instant of its own"):
        bulk.generate_more(1, seed=1, course="declined")


def test_it_runs_as_the_login_that_may_not_change_the_trail() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, has_table_privilege('trail_event', 'UPDATE')")
        assert cursor.fetchone() == ("escalation_web", False)


def test_a_day_of_a_generated_case_begins_at_midnight_where_people_work() -> None:
    home = place(NOW.date())
    reckoner = Reckoner(home.partnership, home.procedure)
    understood = Recipe("clock", 0, clock="check_understood")
    evening, night = (datetime(2026, 9, 24, hour, 5, tzinfo=UTC) for hour in (22, 23))
    due = [reckoner.by_clock(understood, "standard", at).at.date() for at in (evening, night)]
    assert [str(day) for day in due] == ["2026-09-28", "2026-09-29"], "in summer the night is of the next day"
