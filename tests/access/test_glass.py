"""A13: emergency access is one case, one hour, to read alone; everybody hears of it, and somebody looks into it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import actions
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from cases import glass
from cases.clock import sweep
from cases.models import BreakGlass, Case, Entry, Participation
from cases.refusals import NotAllowed, NotNow
from cases.steps import STEPS
from cases.workflow import State
from escalation.trail.models import REGISTRY, Event
from notifications.delivery import compose
from notifications.models import Kind, Message
from notifications.recipients import reasons_to_drop
from tests.cases.steps import case_at
from tests.cast import TUESDAY, Cast, opened
from tests.factories import member
from tests.pages.desk import client_of
from tests.sign_in.proof import code, forgets_proof, with_app

WHY = "The duty team asks tonight whether the child may go home."
HOUR = timedelta(hours=1)
#: Who may open a case between health and social work, and who may not.
MAY = (
    "health_senior",
    "health_lead",
    "social_work_manager",
    "social_work_senior",
    "social_work_lead",
    "cswo",
)
MAY_NOT = (
    *("colleague", "teacher", "education_manager", "education_senior", "nursery_worker", "police_officer"),
    *("cpc_officer", "auditor", "administrator", "second_administrator", "stranger"),
)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY + HOUR, tick=False) as stopped:
        yield stopped


@pytest.fixture
def case(cast: Cast, clock: Any) -> Case:
    return opened(cast)


def open_it(case: Case, by: User, **changes: Any) -> BreakGlass:
    wanted = {"by": by, "reason": WHY, "at": TUESDAY + HOUR} | changes
    return glass.open_case(case.reference, **wanted)


def state() -> list[Any]:
    return [
        BreakGlass.objects.count(),
        Entry.objects.count(),
        Event.objects.exclude(verb__in=["access_denied", "case_looked_at"]).count(),
        Message.objects.count(),
        sorted(map(str, Case.objects.values_list())),
        Participation.objects.count(),
    ]


@pytest.mark.parametrize("name", MAY)
def test_who_may_reads_the_shared_parts_for_an_hour(cast: Cast, case: Case, clock: Any, name: str) -> None:
    person = getattr(cast, name)
    client, page = client_of(person), reverse("case", args=[case.reference])
    assert client.get(page).status_code == 404
    answer = client.post(
        reverse("emergency_access"), {"reference": case.reference.lower().replace("-", ""), "reason": WHY}
    )
    assert answer.url == page
    words = client.get(page).content.decode()
    assert "You are reading this by emergency access" in words
    assert "I saw the child unfed on three visits" in words
    for minutes in (20, 20, 19):  # somebody who clicks now and then stays signed in
        clock.shift(timedelta(minutes=minutes))
        assert client.get(page).status_code == 200
    clock.shift(timedelta(seconds=59))
    assert client.get(page).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("name", MAY_NOT)
def test_who_may_not_is_told_nothing(cast: Cast, case: Case, name: str) -> None:
    person, before = getattr(cast, name), state()
    for reference in (case.reference, "7KQ-M4TX"):
        with pytest.raises(NotAllowed) as refusal:
            glass.open_case(reference, by=person, reason=WHY, at=TUESDAY + HOUR)
        assert str(refusal.value) == glass.NO_SUCH
    assert state() == before
    answer = client_of(person).post(reverse("emergency_access"), {"reference": case.reference, "reason": WHY})
    assert answer.status_code in (200, 403)
    assert state() == before


def test_without_a_reason_a_fresh_factor_or_need_nothing_opens(cast: Cast, case: Case) -> None:
    before = state()
    for reason in ("", "urgent", " " * 40, "x" * 19):
        with pytest.raises(NotNow, match="Say in a sentence why"):
            open_it(case, cast.health_senior, reason=reason)
    with pytest.raises(NotNow, match="You take part in this case"):
        open_it(case, _insider(cast, case))
    senior = with_app(cast.health_senior)
    client = client_of(senior)
    forgets_proof(client)
    sent = {"reference": case.reference, "reason": WHY}
    answer = client.post(reverse("emergency_access"), sent)
    assert answer.status_code == 401
    assert state()[0] == before[0]
    answer = client.post(reverse("emergency_access"), sent | {"confirm_code": code()})
    assert answer.status_code == 302, "the allowed twin: the same form with the code"
    assert BreakGlass.objects.count() == 1


def _insider(cast: Cast, case: Case) -> User:
    """Return a manager who takes part already."""
    Participation.of(
        case,
        user=cast.health_lead,
        agency_id=cast.health.pk,
        relation="adviser",
        side="neutral",
        started_at=TUESDAY,
    ).save()
    return cast.health_lead


def test_it_changes_nothing_and_opens_nothing_else(cast: Cast, case: Case) -> None:
    """Every step and draft of the case by GET and POST, lists, search and the page of one date: all closed."""
    person = cast.health_senior
    open_it(case, person)
    client, tried = client_of(person), 0
    duty = case.deadlines.first()
    assert duty is not None
    closed = [reverse("case_due", args=[case.reference, duty.pk])]
    for key in STEPS:
        closed.append(reverse("case_step", args=[case.reference, key]))
        closed.append(reverse("case_step_draft", args=[case.reference, key]))
    before = state()
    for address in closed:
        for method in ("get", "post", "put", "patch", "delete"):
            status = getattr(client, method)(address, {"form_token": "x"}).status_code
            assert status in (404, 405), (method, address, status)
            tried += 1
    assert client.post(reverse("case", args=[case.reference])).status_code == 405
    assert state() == before
    assert tried == 5 * (1 + 2 * len(STEPS)) >= 300
    for page in (reverse("home"), reverse("case_list")):
        assert case.reference not in client.get(page).content.decode()
    assert not Case.objects.visible_to(person).exists()


def test_private_parts_stay_closed(cast: Cast, case: Case) -> None:
    for visibility in ("own_agency", "deciders"):
        Entry.compose(
            {"update": f"canary-{visibility}"},
            case=case,
            stage=case.current_stage,
            kind="update",
            author=cast.nurse,
            agency=cast.health,
            role="Raised it",
            side="raising",
            happened_at=TUESDAY,
            written_at=TUESDAY,
            visibility=visibility,
        ).save()
    open_it(case, cast.health_senior)
    words = client_of(cast.health_senior).get(reverse("case", args=[case.reference])).content.decode()
    assert "canary" not in words


def test_everybody_is_told_and_it_stands_in_both_chains(cast: Cast, case: Case) -> None:
    found = open_it(case, cast.social_work_senior)
    kinds = dict(
        Message.objects.filter(case=case, kind__startswith="glass").values_list(
            "recipient__full_name", "kind"
        )
    )
    assert kinds == {"Nadia Reid": Kind.GLASS, "Callum Petrie": Kind.GLASS, "Leila Baird": Kind.GLASS_REVIEW}
    assert found.reviewer == cast.health_lead
    assert Event.objects.filter(chain=case.chain, verb="glass_broken").count() == 1
    registry = Event.objects.get(chain=REGISTRY, verb="glass_broken")
    assert (registry.actor_id, registry.object_ref) == (cast.social_work_senior.pk, f"case:{case.pk}")
    assert WHY not in registry.payload
    words = client_of(cast.nurse).get(reverse("case", args=[case.reference])).content.decode()
    assert "Read in an emergency by somebody who takes no part" in words
    assert WHY in words
    assert "Victor Shaw" in words


def test_a_failing_notice_or_event_opens_nothing(
    cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the disk is full")

    before = state()
    for what in ("cases.glass.trail.record", "cases.glass.append", "notifications.planning.messages_of"):
        with monkeypatch.context() as broken, pytest.raises(RuntimeError):
            broken.setattr(what, fails)
            open_it(case, cast.health_senior)
        assert state() == before
    open_it(case, cast.health_senior)


def test_it_is_looked_into_once_by_the_one_who_was_asked(cast: Cast, case: Case) -> None:
    found = open_it(case, cast.social_work_senior)
    assert found.review_due_at == datetime(2026, 6, 4, 16, 0, tzinfo=UTC), (
        "the close of the second working day"
    )
    where = reverse("review_access", args=[found.pk])
    for person in (cast.social_work_senior, cast.social_work_lead, cast.nurse, cast.cswo, cast.administrator):
        assert client_of(person).get(where).status_code == 404
        with pytest.raises(NotAllowed):
            glass.review(found, by=person, justified=True, words="Fine.", at=TUESDAY + HOUR)
    waits = Message.objects.get(kind=Kind.GLASS_REVIEW)
    assert not reasons_to_drop([waits], TUESDAY + HOUR)
    client = client_of(cast.health_lead)
    assert case.reference in client.get(reverse("emergency_access")).content.decode()
    page = client.get(where).content.decode()
    assert WHY in page
    assert "I saw the child unfed" not in page, "the review shows the reason, not the case"
    assert "Say why" in client.post(where, {"justified": "no"}).content.decode()
    assert (
        client.post(where, {"justified": "no", "words": "The duty team could have rung."}).status_code == 302
    )
    found.refresh_from_db()
    assert (found.justified, found.reviewed_by) == (False, cast.health_lead)
    assert client.get(where).status_code == 404
    with pytest.raises(NotNow):
        glass.review(found, by=cast.health_lead, justified=True, words="Fine.", at=TUESDAY + HOUR)
    assert reasons_to_drop([waits], TUESDAY + HOUR) == {waits: "not related"}
    words = client_of(cast.nurse).get(reverse("case", args=[case.reference])).content.decode()
    assert "The emergency access was looked into: it was not right" in words


def test_the_reviewer_is_reminded_until_somebody_has_looked_into_it(
    cast: Cast, case: Case, clock: Any
) -> None:
    """A working day later, when it is due, and every working day after; once it is late the CSWO is asked too."""
    found = open_it(case, cast.social_work_senior)
    first = set(Message.objects.filter(kind=Kind.GLASS_REVIEW).values_list("pk", flat=True))
    told = []
    for hours in range(4, 5 * 24, 3):
        clock.shift(3 * HOUR)
        at = TUESDAY + hours * HOUR
        for _twice in range(2):  # the sweep may run as often as it likes
            if sweep(at).reviews:
                new = Message.objects.filter(kind=Kind.GLASS_REVIEW).exclude(pk__in=first)
                told.append((at.day, sorted(m.recipient.full_name for m in new if m.recipient)))
                first |= {m.pk for m in new}
                assert not reasons_to_drop(list(new), at)
                assert "What is needed: Look into an emergency access" in compose(new[0]).body
    lead, late = ["Leila Baird"], ["Greta Holm", "Hamish Orr", "Leila Baird"]
    assert told == [(3, lead), (4, late), (5, late)], "Wednesday, Thursday when it is due, Friday; no weekend"
    event = Event.objects.get(verb="glass_review_late")
    assert (event.chain, event.actor_id) == (REGISTRY, None)
    home = reverse("home")
    assert "Look into 1 emergency access" in client_of(cast.health_lead).get(home).content.decode()
    assert "emergency access" not in client_of(cast.nurse).get(home).content.decode()
    at = TUESDAY + 3 * 24 * HOUR
    with pytest.raises(NotAllowed):
        glass.review(found, by=cast.social_work_lead, justified=True, words="Fine.", at=at)
    glass.review(found, by=cast.cswo, justified=True, words="The duty team had to know.", at=at)
    assert sweep(TUESDAY + 30 * 24 * HOUR).reviews == 0
    assert "Look into 1 emergency" not in client_of(cast.health_lead).get(home).content.decode()


def test_a_leaving_reviewer_hands_it_over(cast: Cast, case: Case) -> None:
    found = open_it(case, cast.social_work_senior)
    office = {"person": cast.health_lead, "by": cast.administrator, "at": TUESDAY + HOUR}
    with pytest.raises(Refused, match="Designated child protection lead: 1 thing to do beside the ladder"):
        actions.deactivate_person(**office)
    successor = member("Una Gray", Role.DESIGNATED_LEAD, cast.health)
    actions.deactivate_person(**office, successors={Role.DESIGNATED_LEAD: successor})
    found.refresh_from_db()
    assert found.reviewer == successor
    assert sweep(TUESDAY + HOUR).reviews == 1, "and they hear of it at the next sweep"
    assert Message.objects.filter(kind=Kind.GLASS_REVIEW, recipient=successor).count() == 1
    assert Event.objects.filter(verb="glass_review_handed_over", chain=REGISTRY).count() == 1


def test_an_auditor_sees_how_often_and_not_whose(cast: Cast, case: Case, clock: Any) -> None:
    """T11: a habit shows. Three in May (one looked into and found wrong), two in June, one over a year ago."""

    def opened_at(at: datetime, by: User) -> BreakGlass:
        other = opened(cast)
        return glass.open_case(other.reference, by=by, reason=WHY, at=at)

    for at, by in (
        (datetime(2025, 6, 30, 22, 59, tzinfo=UTC), cast.cswo),
        (datetime(2025, 6, 30, 23, 1, tzinfo=UTC), cast.cswo),  # July already, where people work
        (datetime(2026, 5, 1, 9, tzinfo=UTC), cast.health_senior),
        (datetime(2026, 5, 2, 9, tzinfo=UTC), cast.social_work_lead),
        (datetime(2026, 6, 1, 9, tzinfo=UTC), cast.health_senior),
    ):
        last = opened_at(at, by)
    third = opened_at(datetime(2026, 5, 3, 9, tzinfo=UTC), cast.social_work_senior)
    glass.review(third, by=cast.health_lead, justified=False, words="Nobody had asked.", at=TUESDAY + HOUR)
    months = [
        (m.first.isoformat(), m.opened, m.right, m.wrong, m.waits)
        for m in glass.by_month(cast.partnership, TUESDAY + HOUR)
    ]
    assert months == [("2026-06-01", 1, 0, 0, 1), ("2026-05-01", 3, 0, 1, 2), ("2025-07-01", 1, 0, 0, 1)]
    page = client_of(cast.auditor).get(reverse("trail")).content.decode()
    assert "Cases read by emergency access, in the last twelve months" in page
    assert "May 2026" in page
    assert last.case.reference not in page
    assert glass.by_month(cast.stranger.agency.partnership, TUESDAY + HOUR) == []


def test_whoever_loses_the_role_loses_the_hour(cast: Cast, case: Case) -> None:
    person = cast.health_senior
    open_it(case, person)
    client, page = client_of(person), reverse("case", args=[case.reference])
    assert client.get(page).status_code == 200
    person.memberships.update(ends_on=TUESDAY.date() - timedelta(days=1))
    assert client.get(page).status_code == 404


def test_the_database_keeps_the_bounds(cast: Cast, case: Case) -> None:
    """4 rows that no code path writes."""
    found = open_it(case, cast.health_senior)
    rows = BreakGlass.objects.filter(pk=found.pk)
    for wrong in (
        {"until": found.opened_at + HOUR + timedelta(seconds=1)},
        {"until": found.opened_at},
        {"reviewed_by": cast.health_senior, "reviewed_at": TUESDAY, "justified": True},
        {"reviewed_by": cast.health_lead},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)
    with pytest.raises(IntegrityError, match="participation_of_insiders"), transaction.atomic():
        Participation.of(
            case,
            user=cast.health_senior,
            agency_id=cast.health.pk,
            relation="outsider",
            side="neutral",
            started_at=TUESDAY,
        ).save()


def test_a_case_further_up_is_read_whole(cast: Cast, clock: Any) -> None:
    case = case_at(cast, State.CSWO)
    open_it(case, cast.social_work_lead)
    assert client_of(cast.social_work_lead).get(reverse("case", args=[case.reference])).status_code == 200
    assert client_of(cast.health_lead).get(reverse("case", args=[case.reference])).status_code == 404
