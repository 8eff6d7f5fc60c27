"""The independently chaired meeting of a stage: called, moved, called off, held, and what it decides (WO04, G28)."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from icalendar import Calendar

from accounts.roles import Role
from cases import policies
from cases.access import Look
from cases.actions import chairing, settling
from cases.models import Case, ChairedMeeting, Entry, Invitation, Participation
from cases.models.entry import Kind
from cases.models.participation import Relation, Side
from cases.policies import can
from cases.refusals import NotAllowed, NotNow
from escalation.trail.models import Event
from notifications.delivery import send_due
from tests.cases.steps import audit, check_back_all, close, fresh
from tests.cast import TUESDAY, Cast
from tests.factories import join
from tests.meetings.panel import GUEST, HOUR, MEETS, Panel
from tests.pages.desk import address, at, client_of, hidden

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("WO04", "G28", "X11")]
NOW = TUESDAY + 6 * HOUR


@pytest.fixture
def panel(cast: Cast) -> Panel:
    return Panel.of(cast)


def test_the_officer_holds_the_stage_and_calls_the_meeting(panel: Panel) -> None:
    cast = panel.cast
    assert (panel.case.state, panel.case.holder) == ("committee", cast.cpc_officer)
    panel.convened()
    meeting = ChairedMeeting.objects.get()
    assert (meeting.chair, meeting.convener, meeting.meets_at) == (panel.chair, cast.cpc_officer, MEETS)
    rows = {(i.email, i.part, i.user_id is None) for i in Invitation.objects.all()}
    assert rows == {
        (cast.nurse.email, "invitee", False),
        (cast.social_worker.email, "invitee", False),
        (cast.health_lead.email, "invitee", False),
        (GUEST, "invitee", True),
        (panel.chair.email, "chair", False),
    }
    part = Participation.objects.get(case=panel.case, user=panel.chair)
    assert (part.relation, part.side) == (Relation.CHAIR, Side.NEUTRAL)
    assert Case.objects.visible_to(panel.chair).exists()
    assert not Case.objects.visible_to(cast.health_lead).exists()  # an invitation opens no case


@pytest.mark.parametrize("who", ["nurse", "social_worker", "nurse_manager", "health_lead"])
def test_nobody_else_calls_it(panel: Panel, who: str) -> None:
    with pytest.raises(NotAllowed):
        chairing.convene(
            panel.case, panel.convening(), by=getattr(panel.cast, who), audit=audit(panel.case, NOW)
        )
    assert not ChairedMeeting.objects.exists()


@pytest.mark.parametrize("who", ["nurse", "social_worker", "nurse_manager", "social_work_manager"])
def test_no_party_and_no_manager_of_one_chairs_it(panel: Panel, who: str) -> None:
    person = getattr(panel.cast, who)
    join(person, Role.INDEPENDENT_CHAIR, panel.cast.partnership)
    assert person not in chairing.chairs(panel.case, NOW, convener=None)
    with pytest.raises(NotNow, match="cannot chair this"):
        panel.convened(chair=person)


def test_whoever_judged_it_before_does_not_chair_it(panel: Panel) -> None:
    person = panel.cast.health_lead
    join(person, Role.INDEPENDENT_CHAIR, panel.cast.partnership)
    assert person in chairing.chairs(panel.case, NOW, convener=None)
    first = panel.case.stages.order_by("ordinal").first()
    Entry.compose(
        {"view": "I do not support it."},
        case=panel.case,
        stage=first,
        kind=Kind.INDEPENDENT_VIEW,
        author=person,
        agency=person.agency,
        role="lead",
        side=Side.NEUTRAL,
        happened_at=TUESDAY,
        written_at=TUESDAY,
    ).save()
    assert person not in chairing.chairs(panel.case, NOW, convener=None)
    with pytest.raises(NotNow, match="cannot chair this"):
        panel.convened(chair=person)


def test_the_convener_does_not_chair_it_and_the_database_says_so_too(panel: Panel) -> None:
    officer = panel.cast.cpc_officer
    join(officer, Role.INDEPENDENT_CHAIR, panel.cast.partnership)
    with pytest.raises(NotNow, match="cannot chair this"):
        panel.convened(chair=officer)
    panel.convened()
    with pytest.raises(IntegrityError, match="convener_does_not_chair"), transaction.atomic():
        ChairedMeeting.objects.update(chair=officer)


def test_a_moved_meeting_keeps_its_entry_in_calendars_and_another_chair_takes_over(panel: Panel) -> None:
    panel.convened().convened(meets_at=MEETS + HOUR, chair=panel.other_chair)
    meeting = ChairedMeeting.objects.get()
    assert (meeting.sequence, meeting.chair) == (1, panel.other_chair)
    assert not Case.objects.visible_to(panel.chair).exists()
    assert Case.objects.visible_to(panel.other_chair).exists()


def test_invitations_have_a_calendar_file_and_nothing_of_the_case(panel: Panel, settings: Any) -> None:
    settings.DEMO_MODE = False
    send_due(NOW)
    mail.outbox.clear()
    panel.convened()
    send_due(NOW)
    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert set(letters) == {i.email for i in Invitation.objects.all()}
    [part] = letters[GUEST].attachments
    event = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")[0]
    assert event.decoded("dtstart") == MEETS
    meeting = ChairedMeeting.objects.get()
    for letter in mail.outbox:
        [part] = letter.attachments
        everything = letter.subject + letter.body + part.get_payload(decode=True).decode()
        assert panel.case.reference not in everything
        assert "HV-2041" not in everything and "visits" not in everything
        assert meeting.reference in everything


def test_called_off_calendars_are_told_and_another_can_be_called(panel: Panel, settings: Any) -> None:
    settings.DEMO_MODE = False
    panel.convened()
    send_due(NOW)
    mail.outbox.clear()
    chairing.call_off(panel.case, by=panel.cast.cpc_officer, audit=audit(panel.case, NOW), why="Snow.")
    send_due(NOW + HOUR)
    off = [m for m in mail.outbox if m.attachments]
    assert len(off) == 5
    assert b"METHOD:CANCEL" in off[0].attachments[0].get_payload(decode=True)
    with pytest.raises(NotNow, match="No meeting is called"):
        chairing.call_off(fresh(panel.case), by=panel.cast.cpc_officer, audit=audit(panel.case, NOW), why="x")
    panel.convened(at=NOW + HOUR)
    assert ChairedMeeting.objects.ahead().count() == 1


def test_the_chair_records_it_and_the_decision_settles_the_case(panel: Panel) -> None:
    cast = panel.cast
    panel.convened().held(
        "decided",
        outcome="Health leads, social work attends.",
        actions=(settling.NewAction("Call the core group", cast.nurse, date(2026, 6, 12)),),
    )
    case = panel.case
    assert (case.state, case.outcome) == ("determined", "committee_determined")
    minutes = Entry.objects.get(kind=Kind.MINUTES)
    assert minutes.author == panel.chair
    assert minutes.role == "Independent chair"
    assert minutes.happened_at == MEETS
    assert minutes.texts["record_holder"] == "The board, file 12"
    assert minutes.texts["there"] == "Dr Expert, Ivor Strand, Leila Baird, Nadia Reid"
    meeting = ChairedMeeting.objects.get()
    assert (meeting.held_at, meeting.minutes_entry) == (MEETS + HOUR, minutes)
    attended = {i.who: i.attended for i in meeting.invitations.all()}
    assert attended["Callum Petrie"] is False and attended["Dr Expert"] is True
    check_back_all(case, cast, MEETS + timedelta(days=10))
    from cases.actions import following

    following.acknowledge(case, by=cast.nurse, audit=audit(case, MEETS + timedelta(days=10)))
    close(case, cast.cpc_officer, MEETS + timedelta(days=10))
    assert fresh(case).state == "closed"


def test_an_agreement_reached_there_settles_it_as_one(panel: Panel) -> None:
    panel.convened().held("agreed", outcome="We share the visits.")
    assert (panel.case.state, panel.case.outcome) == ("agreed", "resolved_agreed")


def test_not_settled_another_meeting_follows_and_the_case_stays(panel: Panel) -> None:
    panel.convened().held("another")
    assert panel.case.state == "committee"
    verbs = list(Event.objects.filter(chain=panel.case.chain).order_by("seq").values_list("verb", flat=True))
    assert verbs[-2:] == ["meeting_convened", "chaired_meeting_held"]
    panel.convened(at=MEETS + 2 * HOUR, meets_at=MEETS + timedelta(days=7))
    assert ChairedMeeting.objects.count() == 2


def test_it_is_recorded_by_chair_or_convener_once_it_has_begun(panel: Panel) -> None:
    with pytest.raises(NotNow, match="Call it first"):
        panel.held("another", by=panel.cast.cpc_officer)
    panel.convened()
    with pytest.raises(NotNow, match="once it has begun"):
        panel.held("another", at=MEETS - HOUR)
    for person in (panel.cast.nurse, panel.cast.nurse_manager, panel.cast.social_worker):
        with pytest.raises(NotAllowed):
            panel.held("another", by=person)
    with pytest.raises(NotNow, match="Say how the meeting ended"):
        panel.held("decided")
    panel.held("another", by=panel.cast.cpc_officer)


def test_without_the_meeting_nobody_records_an_outcome(panel: Panel) -> None:
    look = Look.at_case(panel.case, panel.cast.cpc_officer, NOW)
    assert can(policies.convene, look)
    assert not can(policies.decide_for_committee, look)


def test_a_stage_of_another_kind_has_no_meeting(cast: Cast) -> None:
    from tests.cast import opened

    case = opened(cast)
    with pytest.raises(NotNow, match="no chaired meeting"):
        chairing.convene(
            case,
            Panel(cast, case, cast.cswo, cast.cswo).convening(),
            by=cast.nurse,
            audit=audit(case, NOW),
        )


def test_in_the_browser(panel: Panel) -> None:
    cast, case = panel.cast, panel.case
    officer = client_of(cast.cpc_officer)
    with time_machine.travel(NOW, tick=False):
        page = officer.get(address(case, "convene"))
        text = unescape(page.content.decode())
        assert "Ivor Strand" in text
        assert cast.nurse.email in text  # both sides stand there already
        typed = {
            **at("meets_at", MEETS),
            "minutes": "120",
            "place": "",
            "link": "",
            "chair": str(panel.chair.pk),
            "addresses": f"{cast.nurse.email}\n{cast.health_lead.email}",
        } | hidden(page)
        assert "Enter where it is" in officer.post(address(case, "convene"), typed).content.decode()
        assert officer.post(address(case, "convene"), typed | {"place": "Old Mill"}).status_code == 302
        assert officer.get(address(case, "record-meeting")).status_code == 409  # not begun yet
        shown = unescape(client_of(cast.nurse).get(reverse("case", args=[case.reference])).content.decode())
        assert "Chaired meeting called: Ivor Strand chairs it" in shown
        meeting = ChairedMeeting.objects.get()
        url = reverse("meeting", args=[meeting.reference])
        assert f'href="{url}"' in shown
        invited = client_of(cast.health_lead).get(url)
        assert "An invitation does not open the case" in invited.content.decode()
        assert case.reference not in invited.content.decode()
        assert case.reference in client_of(cast.nurse).get(url).content.decode()
        file = client_of(cast.health_lead).get(reverse("meeting_calendar", args=[meeting.reference]))
        assert file["Content-Type"] == "text/calendar; charset=utf-8"
        for nobody in (cast.stranger, cast.colleague, cast.administrator):
            assert client_of(nobody).get(url).status_code == 404
            assert (
                client_of(nobody).get(reverse("meeting_calendar", args=[meeting.reference])).status_code
                == 404
            )
    with time_machine.travel(MEETS + HOUR, tick=False):
        chair = client_of(panel.chair)
        page = chair.get(address(case, "record-meeting"))
        there = [str(i.pk) for i in meeting.invitations.all()]
        typed = {
            "there": there,
            "minutes": "Both sides spoke.",
            "record_holder": "The board",
            "ended": "decided",
            "decided_outcome": "",
            "situation": "At home.",
            "feedback": "The panel decided.",
        } | hidden(page)
        assert "Say what was decided" in chair.post(address(case, "record-meeting"), typed).content.decode()
        answer = chair.post(address(case, "record-meeting"), typed | {"decided_outcome": "Health leads."})
        assert answer.status_code == 302
        shown = unescape(client_of(cast.nurse).get(reverse("case", args=[case.reference])).content.decode())
        for words in ("Both sides spoke.", "The board", "Health leads."):
            assert words in shown
    assert fresh(case).state == "determined"


def test_a_meeting_ends_only_as_the_procedure_lets_it(cast: Cast) -> None:
    """The area whose guide knows resolving alone has no decision over the heads of the two sides (X10)."""
    panel = Panel.of(cast, outcomes='outcomes = ["resolved_agreed"]').convened()
    with pytest.raises(NotNow, match="does not let the meeting end so"):
        panel.held("decided", outcome="Health leads.")
    with time_machine.travel(MEETS + HOUR, tick=False):
        page = client_of(panel.chair).get(address(panel.case, "record-meeting"))
    ways = [value for value, _ in page.context["form"].fields["ended"].choices]
    assert ways == ["agreed", "another"]
    assert panel.held("agreed", outcome="We share the visits.").case.state == "agreed"
