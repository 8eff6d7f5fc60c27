"""The pages of those who look after what is kept: two people for each removal, leave for each review."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cases.models import Entry, LegalHold, RecordExport, Removal, ReviewRequest
from cases.record import forgetting
from cases.record.looks import reads_chain
from escalation.trail.models import REGISTRY, Event
from tests.cast import TUESDAY, Cast, opened


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as clock:
        yield clock


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_second_keeper_approves_on_the_page(cast: Cast) -> None:
    case = opened(cast)
    entry = Entry.objects.get(case=case, kind="concern")
    asked = forgetting.ask_for_text(
        entry, ground="court_order", authority="Order 7", by=cast.cswo, at=TUESDAY
    )
    where = reverse("approve_removal", args=[asked.pk])
    assert "You asked for this." in signed_in(cast.cswo).get(reverse("keeping")).content.decode()
    signed_in(cast.cswo).post(where)
    assert Entry.objects.get(pk=entry.pk).content  # not by the same person
    for person in (cast.nurse, cast.administrator, cast.auditor):
        assert signed_in(person).get(reverse("keeping")).status_code == 403
        assert signed_in(person).post(where).status_code == 403
    assert signed_in(cast.stranger).post(where).status_code == 403
    lead = signed_in(cast.health_lead)
    assert "Order 7" in lead.get(reverse("keeping")).content.decode()
    assert lead.post(where).status_code == 302
    assert Entry.objects.get(pk=entry.pk).content == ""
    assert Removal.objects.get().approved_by == cast.health_lead
    assert "The words of one entry (the concern)" in lead.get(reverse("keeping")).content.decode()


def test_a_hold_is_placed_and_lifted_on_pages_of_those_who_keep_records(cast: Cast) -> None:
    case = opened(cast)
    page, chief = reverse("legal_holds"), signed_in(cast.cswo)
    for person in (cast.nurse, cast.administrator, cast.auditor, cast.stranger):
        assert signed_in(person).get(page).status_code == 403
    nothing = chief.post(page, {"reference": "222-2222", "authority": "The inquiry of June"})
    assert "There is no case, Re-think or concern with this reference." in nothing.content.decode()
    assert "The inquiry of June" in nothing.content.decode()  # what was typed stays
    assert chief.post(page, {"reference": case.reference, "authority": ""}).status_code == 200
    assert not LegalHold.objects.exists()
    chief.post(
        page, {"reference": case.reference.lower().replace("-", ""), "authority": "The inquiry of June"}
    )
    hold = LegalHold.objects.get()
    assert (hold.matter, hold.placed_by) == (case, cast.cswo)
    lift = reverse("lift_hold", args=[hold.pk])
    assert lift in signed_in(cast.health_lead).get(page).content.decode()
    assert "The inquiry of June" in chief.get(lift).content.decode()
    chief.post(lift, {"why": ""})
    assert LegalHold.objects.get().lifted_at is None
    chief.post(lift, {"why": "The inquiry has ended"})
    hold.refresh_from_db()
    assert (hold.lifted_by, hold.why_lifted) == (cast.cswo, "The inquiry has ended")
    assert chief.get(lift).status_code == 404
    verbs = Event.objects.filter(chain=REGISTRY, object_ref=f"case:{case.pk}").values_list("verb", flat=True)
    assert list(verbs) == ["hold_placed", "hold_lifted"]


def test_a_whole_case_is_read_for_a_review_with_a_reason_and_leave(cast: Cast, tuesday: Any) -> None:
    case = opened(cast)
    officer, chief = signed_in(cast.cpc_officer), signed_in(cast.cswo)
    given = {
        "reference": case.reference.replace("-", " "),
        "reason": "The learning review of the autumn needs all of it",
    }
    assert (
        "no case with this reference"
        in officer.post(reverse("keeping"), given | {"reference": "222-2222"}).content.decode()
    )
    assert (
        "Say in a sentence"
        in officer.post(reverse("keeping"), given | {"reason": "why not"}).content.decode()
    )
    assert officer.post(reverse("keeping"), given).status_code == 302
    row = ReviewRequest.objects.get()
    take, answer = reverse("take_review", args=[row.pk]), reverse("answer_review", args=[row.pk])
    assert officer.post(take).status_code == 404  # nobody has allowed it
    officer.post(answer, {"answer": "allow"})
    row.refresh_from_db()
    assert row.answered_at is None  # never by who asked
    chief.post(answer, {"answer": "allow"})
    files = officer.post(take)
    with zipfile.ZipFile(io.BytesIO(files.content)) as archive:
        assert b"I saw the child unfed on three visits" in archive.read("record.html")
    assert chief.post(take).status_code == 404  # for the one who asked alone
    export = RecordExport.objects.get()
    assert (export.user, export.audience, export.reason) == (cast.cpc_officer, "full", given["reason"])
    verbs = Event.objects.filter(chain=reads_chain(case.chain)).values_list("verb", flat=True)
    assert sorted(verbs) == ["looked", "record_exported", "review_allowed", "review_asked"]
    assert Event.objects.filter(chain=REGISTRY, verb="review_allowed").count() == 1
    tuesday.shift(timedelta(days=14))
    assert signed_in(cast.cpc_officer).post(take).status_code == 404  # two weeks are over
