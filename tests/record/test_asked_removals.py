"""Whoever reads words may ask that they go; Re-thinks and concerns are kept and forgotten as cases are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from cases.models import ConcernNote, Entry, Removal, RemovalRequest, Rethink, RethinkNote, RuleNote
from cases.models.texts import REMOVED
from cases.record import forgetting, retention, texts
from cases.record.looks import LOOKED, reads_chain
from cases.refusals import NotNow
from escalation.trail import checkpoints, exporting, verify
from escalation.trail.models import REGISTRY, Event
from notifications.models import Kind, Message
from tests.cast import TUESDAY, Cast, opened
from tests.conftest import owner_connection
from tests.meetings.conftest import room
from tests.meetings.room import FEELINGS, Room

__all__ = ["room"]  # a fixture
NOW = TUESDAY + timedelta(days=9)
HOUR = timedelta(hours=1)
WHY = "The third sentence names the mother of another child."


@pytest.fixture(autouse=True)
def later() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def verdict(
    mail: bytes | None = None, found: exporting.Texts = texts.every, kind: str = "all"
) -> verify.Verifier:
    wanted = exporting.Wanted(datetime.now(UTC) + HOUR, None, kind)
    return verify.Verifier(verify.mails_in(mail) if mail else []).read(exporting.lines(wanted, found))


def test_a_participant_asks_and_two_others_decide(cast: Cast) -> None:
    """Asked with a reason, taken on with an authority, approved by a third; everybody hears, and the trail says so."""
    case = opened(cast)
    entry = Entry.objects.get(case=case, kind="concern")
    where = reverse("ask_removal", args=[case.reference])
    nurse, chief, lead = (signed_in(p) for p in (cast.nurse, cast.cswo, cast.health_lead))
    offered = nurse.get(where).content.decode()
    assert str(entry.pk) in offered
    assert "“20" not in offered  # a text is known by its words, not by an instant in it
    assert signed_in(cast.colleague).get(where).status_code == 404
    given = {"entry": str(entry.pk), "ground": "wrong_child", "why": WHY}
    for missing, said in (
        ({"why": "no"}, "Say in a sentence why the words should go."),
        ({"ground": "retention"}, "Select a valid choice"),
        ({"entry": str(case.chain)}, "Select a valid choice"),
    ):
        page = nurse.post(where, given | missing)
        assert said in page.content.decode() or "error-summary" in page.content.decode(), missing
    assert not RemovalRequest.objects.exists()
    assert nurse.post(where, given).status_code == 302
    assert "asked for already" in nurse.post(where, given).content.decode()
    request = RemovalRequest.objects.get()
    told = Message.objects.filter(kind=Kind.KEEPING).values_list("recipient", flat=True)
    assert {cast.cswo.pk, cast.health_lead.pk, cast.cpc_officer.pk} <= set(told)
    answer = reverse("answer_removal", args=[request.pk])
    assert WHY in chief.get(answer).content.decode()
    assert "The concern, Nadia Reid, 10:30am on Tuesday 2 June 2026" in chief.get(answer).content.decode()
    assert (
        f"{case.reference}: it is about the wrong child or person"
        in chief.get(reverse("keeping")).content.decode()
    )
    assert nurse.get(where).context["table"]["rows"] == [
        [
            "The concern, Nadia Reid, 10:30am on Tuesday 2 June",
            WHY,
            "10:30am today",
            "Those who keep the records have not answered yet",
        ]
    ]
    assert "unfed" not in chief.get(answer).content.decode()
    assert nurse.get(answer).status_code == 403
    assert answer in chief.get(reverse("keeping")).content.decode()
    assert chief.post(answer, {"words": "Memo 3 of the officer", "answer": "remove"}).status_code == 302
    removal = Removal.objects.get()
    assert (removal.authority, removal.asked_by, removal.done_at) == (
        "Memo 3 of the officer",
        cast.cswo,
        None,
    )
    lead.post(reverse("approve_removal", args=[removal.pk]))
    assert Entry.objects.get(pk=entry.pk).content == ""
    assert "The words were removed" in nurse.get(where).content.decode()
    assert Message.objects.filter(recipient=cast.nurse, case=case, kind=Kind.UPDATED).exists()
    for chain in (REGISTRY, reads_chain(case.chain)):
        verbs = Event.objects.filter(chain=chain).order_by("seq").values_list("verb", flat=True)
        assert [v for v in verbs if v in ("removal_wanted", "removal_taken_on")] == [
            "removal_wanted",
            "removal_taken_on",
        ]
    assert verdict().code == 2


def test_the_words_may_stay_and_nobody_decides_their_own_request(cast: Cast) -> None:
    case = opened(cast)
    entry = Entry.objects.get(case=case, kind="concern")
    given = {"entry": str(entry.pk), "ground": "court_order", "why": WHY}
    where = reverse("ask_removal", args=[case.reference])
    signed_in(cast.nurse).post(where, given)
    first = RemovalRequest.objects.get()
    answer = reverse("answer_removal", args=[first.pk])
    chief = signed_in(cast.cswo)
    assert (
        "Say in a sentence why the words stay"
        in chief.post(answer, {"words": "No", "answer": "stay"}).content.decode()
    )
    chief.post(answer, {"words": "The order that is named does not exist.", "answer": "stay"})
    assert "The order that is named does not exist." in signed_in(cast.nurse).get(where).content.decode()
    signed_in(cast.health_lead).post(answer, {"words": "Order 9", "answer": "remove"})
    assert not Removal.objects.exists()  # it was answered already
    # A keeper who asked as a participant neither takes it on nor approves it.
    second = RemovalRequest.objects.create(
        case=case, partnership=cast.partnership, entry=entry.pk, ground="court_order", why=WHY,
        asked_by=cast.health_lead, asked_at=NOW,
    )  # fmt: skip
    own = reverse("answer_removal", args=[second.pk])
    page = signed_in(cast.health_lead).post(own, {"words": "Order 9", "answer": "remove"}).content.decode()
    assert "You asked for this. Somebody else has to answer it." in page
    chief.post(own, {"words": "Order 9", "answer": "remove"})
    approve = reverse("approve_removal", args=[Removal.objects.get().pk])
    signed_in(cast.health_lead).post(approve)
    assert Entry.objects.get(pk=entry.pk).content
    signed_in(cast.cpc_officer).post(approve)
    assert Entry.objects.get(pk=entry.pk).content == ""


def test_a_request_whose_words_went_in_another_way_waits_for_nobody(cast: Cast) -> None:
    """A keeper asked for the same removal directly: nothing is left to answer, and whoever asked reads how it ended."""
    case = opened(cast)
    entry, other = Entry.objects.filter(case=case).exclude(content="").order_by("pk")[:2]
    where, nurse = reverse("ask_removal", args=[case.reference]), signed_in(cast.nurse)
    for text in (entry, other):
        nurse.post(where, {"entry": str(text.pk), "ground": "court_order", "why": WHY})
    gone, waits = (RemovalRequest.objects.get(entry=text.pk) for text in (entry, other))
    direct = forgetting.ask_for_text(entry, ground="court_order", authority="Order 7", by=cast.cswo, at=NOW)
    forgetting.approve(direct, by=cast.health_lead, at=NOW)
    chief = signed_in(cast.cswo)
    assert list(chief.get(reverse("keeping")).context["asked"]) == [waits]
    answer = reverse("answer_removal", args=[gone.pk])
    page = chief.get(answer)
    assert (page.context["form"], "The words were removed" in page.content.decode()) == (None, True)
    for choice in ("remove", "stay"):
        said = chief.post(answer, {"words": "They stay as they are, we think", "answer": choice}, follow=True)
        assert "These words were removed already. There is nothing left to answer." in said.content.decode()
    assert [r.answered_at for r in RemovalRequest.objects.all()] == [None, None]
    rows = nurse.get(where).context["table"]["rows"]
    assert sorted(row[-1] for row in rows) == [
        "The words were removed",
        "Those who keep the records have not answered yet",
    ]
    for page in (nurse.get(where), chief.get(reverse("answer_removal", args=[waits.pk]))):
        assert "Do not repeat the words themselves." in page.content.decode()


def test_what_was_said_in_a_room_is_sealed_removed_and_never_exported(room: Room) -> None:
    """A note is asked about by who was there; the seal covers it; an export holds none of the room."""
    cast, rethink = room.cast, room.held(room.arranged(rethink=room.asked()))
    note = RethinkNote.objects.filter(rethink=rethink, room=True).first()
    assert note is not None and note.words == FEELINGS
    whole = verdict()
    assert (whole.code, whole.counts["texts"]) == (0, RethinkNote.objects.count() + RuleNote.objects.count())
    taken = b"".join(exporting.lines(exporting.Wanted(NOW, None, "some"), texts.outside_rooms))
    assert b"CANARY-FEELINGS" not in taken
    outside = verdict(found=texts.outside_rooms, kind="some")
    assert (outside.code, outside.counts["withheld"]) == (0, RethinkNote.objects.filter(room=True).count())
    where = reverse("ask_rethink_removal", args=[rethink.reference])
    assert "CANARY-FEELINGS" in signed_in(cast.nurse).get(where).content.decode()
    assert "CANARY-FEELINGS" not in signed_in(room.coordinator).get(where).content.decode()
    signed_in(cast.nurse).post(where, {"entry": str(note.pk), "ground": "wrong_child", "why": WHY})
    request = RemovalRequest.objects.get()
    signed_in(cast.cswo).post(
        reverse("answer_removal", args=[request.pk]), {"words": "Memo 4", "answer": "remove"}
    )
    signed_in(cast.health_lead).post(reverse("approve_removal", args=[Removal.objects.get().pk]))
    assert RethinkNote.objects.get(pk=note.pk).words == REMOVED
    page = signed_in(cast.nurse).get(reverse("rethink", args=[rethink.reference])).content.decode()
    assert REMOVED in page
    assert (verdict().code, verdict().counts["erased"]) == (2, 1)
    looked = Event.objects.filter(chain=reads_chain(rethink.chain), verb=LOOKED)
    assert {e.actor_id for e in looked} == {cast.nurse.pk, room.coordinator.pk}
    with pytest.raises(DatabaseError, match=r"denied|refused"), transaction.atomic():
        RethinkNote.objects.filter(rethink=rethink).update(content="other words")


@pytest.mark.django_db(transaction=True)
def test_a_note_that_is_changed_by_whoever_runs_the_database_shows() -> None:
    from tests.cast import make_cast

    room = Room.of(make_cast())
    note = RethinkNote.objects.filter(rethink=room.asked()).first()
    assert note is not None
    assert verdict().code == 0
    with owner_connection() as owner, owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            'UPDATE cases_rethinknote SET content = \'{"words":"x"}\' WHERE id = %s', [str(note.pk)]
        )
    owner.commit()
    owner.close()
    found = verdict()
    assert found.code == 1
    assert f"the text of entry {note.pk} is not what was recorded here" in found.problems[0]["reason"]


def test_a_rethink_is_kept_as_long_as_is_laid_down_and_goes_with_its_case(room: Room) -> None:
    cast = room.cast
    alone = room.held(room.arranged(rethink=room.asked()))
    waiting = room.asked()
    case = opened(cast)
    beside = room.held(room.arranged(rethink=room.asked(case=case)))
    signed_in(cast.nurse).get(reverse("rethink", args=[beside.reference]))
    today = date(2100, 1, 1)
    assert list(retention.due_for_review(cast.partnership, today)) == []
    lay = {"trigger": "ended", "authority": "Schedule 7", "by": cast.cpc_officer, "at": NOW}
    retention.lay_down(cast.partnership, kind="rethink", years=3, **lay)
    (due,) = retention.due_for_review(cast.partnership, today)
    assert (due.name, due.kept_until.year) == (f"Re-think {alone.reference}", 2029)
    ask = {"authority": "Schedule 7", "by": cast.cswo, "at": NOW}
    with pytest.raises(NotNow, match="has ended"):
        forgetting.ask_for_case(waiting, **ask)
    with pytest.raises(NotNow, match="goes when the case goes"):
        forgetting.ask_for_case(beside, **ask)
    mail = checkpoints.text_of(checkpoints.take(NOW)).encode()
    forgetting.approve(forgetting.ask_for_case(alone, **ask), by=cast.health_lead, at=NOW)
    assert not Rethink.objects.filter(pk=alone.pk).exists()
    assert not RethinkNote.objects.filter(rethink_id=alone.pk).exists()
    done = verdict(mail)
    assert (done.code, done.counts["disposed"]) == (2, 1)
    # The case takes the other one along, with both their chains of reads.
    from cases.actions import settling
    from cases.audit import Audit

    settling.withdraw(case, by=cast.nurse, audit=Audit(NOW), statement="It was settled in another way.")
    case.refresh_from_db()
    chains = {case.chain, beside.chain, reads_chain(beside.chain)}
    forgetting.approve(forgetting.ask_for_case(case, **ask), by=cast.health_lead, at=NOW)
    assert not Rethink.objects.filter(pk=beside.pk).exists()
    assert not Event.objects.filter(chain__in=chains).exists()
    done = verdict(mail)
    assert (done.code, done.counts["disposed"], done.problems) == (2, 1 + len(chains), [])
    lines = list(forgetting.removal_list())
    assert forgetting.replay(lines) == {"removed": 0, "gone": 2}
    assert ConcernNote.objects.count() == 0
