"""A concern about how an agency works: its own way in, one lead who decides, and never a case (WO05)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Agency, Membership, User
from accounts.roles import Role
from cases import concerns
from cases.actions import raising
from cases.audit import Audit
from cases.models import AgencyConcern, Case, ConcernNote, Participation
from cases.refusals import NotAllowed, NotNow
from escalation.trail.models import Event
from notifications.delivery import send_due
from tests.cast import TUESDAY, Cast, opened
from tests.factories import cover, member
from tests.pages.desk import client_of, on

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("WO05")]
WORDS = "CANARY-CONCERN Minutes of meetings arrive weeks late."
HOUR = timedelta(hours=1)


def raised(
    cast: Cast, *, by: User | None = None, about: Agency | None = None, at: datetime = TUESDAY
) -> AgencyConcern:
    return raising.raise_concern(
        by=by or cast.nurse,
        about=about or cast.social_work,
        families=["information", "timescale"],
        words=WORDS,
        audit=Audit(at),
    )


def decided(
    cast: Cast, concern: AgencyConcern, *, by: User | None = None, again: date | None = date(2026, 7, 1)
) -> None:
    raising.decide(
        concern,
        by=by or cast.health_lead,
        audit=Audit(TUESDAY + HOUR),
        decision="with_the_agency",
        reasons="CANARY-REASONS Three people say the same.",
        told="I will talk to their lead.",
        follow_up_on=again,
    )


def test_it_goes_to_the_leads_of_ones_own_agency_and_to_nobody_else(cast: Cast) -> None:
    concern = raised(cast)
    assert (concern.lead_agency, concern.state) == (cast.health, "raised")
    for person in (
        cast.nurse,
        cast.nurse_manager,
        cast.social_work_lead,
        cast.cswo,
        cast.cpc_officer,
        cast.auditor,
        cast.administrator,
        cast.stranger,
    ):
        assert not AgencyConcern.objects.for_lead(person).exists(), person
    assert list(AgencyConcern.objects.for_lead(cast.health_lead)) == [concern]
    assert list(AgencyConcern.objects.raised_by(cast.nurse)) == [concern]
    assert not AgencyConcern.objects.raised_by(cast.colleague).exists()


def test_it_is_no_case_and_no_part_of_one(cast: Cast) -> None:
    case = opened(cast)
    before = (
        Case.objects.count(),
        Participation.objects.count(),
        Event.objects.filter(chain=case.chain).count(),
    )
    raised(cast)
    assert (
        Case.objects.count(),
        Participation.objects.count(),
        Event.objects.filter(chain=case.chain).count(),
    ) == before
    assert WORDS not in client_of(cast.nurse).get(reverse("case", args=[case.reference])).content.decode()


def test_a_nursery_without_a_lead_is_answered_by_the_agency_that_acts_for_it(cast: Cast) -> None:
    lead = member("Isobel Kemp", Role.DESIGNATED_LEAD, cast.education)
    concern = raised(cast, by=cast.nursery_worker)
    assert concern.lead_agency == cast.education
    assert AgencyConcern.objects.for_lead(lead).exists()
    with pytest.raises(NotNow, match="works for the agency this is about"):
        raised(cast, by=cast.nursery_worker, about=cast.education)


def test_nobody_decides_on_what_they_raised_themselves(cast: Cast) -> None:
    with pytest.raises(NotNow, match="knows no other designated lead"):
        raised(cast, by=cast.health_lead)
    second = member("Maura Finn", Role.DESIGNATED_LEAD, cast.health)
    concern = raised(cast, by=cast.health_lead)
    with pytest.raises(NotAllowed):
        decided(cast, concern, by=cast.health_lead)
    assert (
        client_of(cast.health_lead).get(reverse("concern_lead", args=[concern.reference])).status_code == 404
    )
    decided(cast, concern, by=second)
    with pytest.raises(IntegrityError, match="concern_not_decided_by_its_raiser"), transaction.atomic():
        AgencyConcern.objects.update(decided_by=cast.health_lead)


def test_ones_own_agency_and_another_partnership_are_not_raised_here(cast: Cast) -> None:
    for about in (cast.health, cast.stranger.agency):
        with pytest.raises(NotNow, match="another agency of this partnership"):
            raised(cast, about=about)
    for nobody in (cast.auditor, cast.administrator):
        with pytest.raises(NotAllowed):
            raised(cast, by=nobody)


def test_decided_followed_up_and_the_raiser_told_each_time(cast: Cast, settings: Any) -> None:
    settings.DEMO_MODE = False
    concern = raised(cast)
    send_due(TUESDAY)
    [letter] = mail.outbox
    assert letter.to == [cast.health_lead.email]
    assert f"/concerns/lead/{concern.reference}/" in letter.body
    decided(cast, concern)
    concern.refresh_from_db()
    assert (concern.state, concern.decision, concern.follow_up_on) == (
        "decided",
        "with_the_agency",
        date(2026, 7, 1),
    )
    raising.follow_up(
        concern,
        by=cast.health_lead,
        audit=Audit(TUESDAY + 2 * HOUR),
        came_of_it="They have changed their rota.",
        told="It has changed.",
        again_on=None,
    )
    concern.refresh_from_db()
    assert concern.state == "ended"
    send_due(TUESDAY + 3 * HOUR)
    assert [m.to for m in mail.outbox[1:]] == [[cast.nurse.email]] * 2
    for letter in mail.outbox:
        for word in ("CANARY", "Social Work", "rota"):
            assert word not in letter.subject + letter.body
    assert cast.nurse.full_name not in mail.outbox[0].body
    with pytest.raises(NotNow, match="This has ended"):
        decided(cast, concern)


def test_a_decision_is_one_of_the_procedures_and_looks_forward(cast: Cast) -> None:
    concern = raised(cast)
    with pytest.raises(NotNow, match="still to come"):
        decided(cast, concern, again=date(2026, 6, 2))
    with pytest.raises(NotNow, match="one of the decisions"):
        raising.decide(
            concern,
            by=cast.health_lead,
            audit=Audit(TUESDAY),
            decision="nonsense",
            reasons="x",
            told="y",
            follow_up_on=None,
        )
    decided(cast, concern, again=None)
    assert AgencyConcern.objects.get().state == "ended"


def test_a_leads_deputy_decides_and_somebody_who_was_lead_does_not(cast: Cast) -> None:
    concern = raised(cast)
    held = Membership.objects.get(user=cast.health_lead, role=Role.DESIGNATED_LEAD)
    cover(held, cast.colleague)
    decided(cast, concern, by=User.objects.get(pk=cast.colleague.pk))
    held.ends_on = date(2025, 1, 1)
    held.save()
    assert not AgencyConcern.objects.for_lead(User.objects.get(pk=cast.health_lead.pk)).exists()


def test_the_pattern_is_numbers_alone_and_leaves_out_ones_own_agency(cast: Cast) -> None:
    education_lead = member("Isobel Kemp", Role.DESIGNATED_LEAD, cast.education)
    for month, by, about in (
        (1, cast.nurse, cast.social_work),
        (5, cast.nurse, cast.social_work),
        (5, cast.teacher, cast.social_work),
        (5, cast.teacher, cast.health),
    ):
        raised(cast, by=by, about=about, at=datetime(2026, month, 15, 10, 0, tzinfo=UTC))
    quarters = concerns.last_quarters(date(2026, 6, 2), 3)
    assert quarters == [date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1)]

    def seen(lead: User) -> dict[str, list[int]]:
        return {p.agency.short_name: [n for _, n in p.quarters] for p in concerns.patterns(lead, quarters)}

    assert seen(cast.health_lead) == {"Social Work": [0, 1, 2]}  # not what was raised about health
    assert seen(education_lead) == {"Social Work": [0, 1, 2], "Health": [0, 0, 1]}
    assert seen(cast.social_work_lead) == {"Health": [0, 0, 1]}
    [pattern] = concerns.patterns(cast.health_lead, quarters)
    assert (pattern.total, pattern.undecided) == (3, 3)
    assert pattern.families == (("information", 3), ("timescale", 3))


def test_a_quarter_begins_by_the_local_clock(cast: Cast) -> None:
    raised(cast, at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))  # half past midnight on 1 July
    lead = member("Isobel Kemp", Role.DESIGNATED_LEAD, cast.education)
    [pattern] = concerns.patterns(lead, [date(2026, 4, 1), date(2026, 7, 1)])
    assert [n for _, n in pattern.quarters] == [0, 1]


def test_the_trail_holds_no_word_of_it(cast: Cast) -> None:
    concern = raised(cast)
    decided(cast, concern)
    events = Event.objects.filter(chain=concern.chain).order_by("seq")
    assert [e.verb for e in events] == ["concern_raised", "concern_decided"]
    assert "CANARY" not in " ".join(e.payload for e in Event.objects.all())
    assert ConcernNote.objects.count() == 3


def test_in_the_browser_from_raising_to_the_answer(cast: Cast) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        nurse, lead = client_of(cast.nurse), client_of(cast.health_lead)
        page = nurse.get(reverse("concern_raise"))
        token = {"form_token": str(page.context["form"]["form_token"].value())}
        typed = {"about": str(cast.social_work.pk), "families": ["information"], "words": ""} | token
        refused = nurse.post(reverse("concern_raise"), typed)
        assert "Say what you have noticed" in unescape(refused.content.decode())
        assert nurse.post(reverse("concern_raise"), typed | {"words": WORDS}).status_code == 302
        concern = AgencyConcern.objects.get()
        listed = unescape(lead.get(reverse("concerns_lead")).content.decode())
        assert concern.reference in listed and WORDS not in listed
        url = reverse("concern_lead", args=[concern.reference])
        read = unescape(lead.get(url).content.decode())
        assert WORDS in read and "Nadia Reid" in read
        page = lead.get(reverse("concern_decide", args=[concern.reference]))
        form = page.context["form"]
        hidden = {name: str(form[name].value()) for name in ("form_token", "version")}
        typed = {
            "decision": "watch",
            "reasons": "CANARY-REASONS",
            "told": "I will watch it.",
            **on("follow_up_on", date(2026, 7, 1)),
        } | hidden
        assert lead.post(reverse("concern_decide", args=[concern.reference]), typed).status_code == 302
        receipt = unescape(nurse.get(reverse("concern", args=[concern.reference])).content.decode())
        assert "I will watch it." in receipt and "Watch it, and look again" in receipt
        assert "CANARY-REASONS" not in receipt
    with time_machine.travel(datetime(2026, 7, 2, 9, 0, tzinfo=UTC), tick=False):
        again = unescape(client_of(cast.health_lead).get(reverse("concerns_lead")).content.decode())
        assert again.index("Waiting for you") < again.index(concern.reference) < again.index("Decided")


def test_strangers_find_nothing(cast: Cast) -> None:
    concern = raised(cast)
    for name in ("concern_lead", "concern_decide", "concern_follow_up", "concern"):
        url = reverse(name, args=[concern.reference])
        for nobody in (
            cast.stranger,
            cast.colleague,
            cast.social_work_lead,
            cast.cpc_officer,
            cast.administrator,
        ):
            assert client_of(nobody).get(url).status_code == 404, (name, nobody)
    for nobody in (cast.nurse, cast.cpc_officer, cast.administrator):
        assert client_of(nobody).get(reverse("concerns_lead")).status_code == 404
    nav = [link["label"] for link in client_of(cast.health_lead).get("/").context["nav"]]
    assert "Concerns" in nav
    assert "Concerns" not in [link["label"] for link in client_of(cast.nurse).get("/").context["nav"]]
