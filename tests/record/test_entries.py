"""Entries are added and superseded, never changed: late ones say so, corrections stand beside them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from cases.actions import talking
from cases.audit import Audit
from cases.models import Entry
from cases.models.entry import Visibility
from notifications.models import Message
from tests.cases.steps import case_at, determined
from tests.cast import TUESDAY, Cast, opened

HOUR = timedelta(hours=1)


def seen(person: Any, reference: str, at: Any) -> str:
    with time_machine.travel(at, tick=False):
        client = Client()
        client.force_login(person)
        return client.get(f"/cases/{reference}/").content.decode()


@pytest.mark.requirement("G27")
def test_a_late_entry_says_when_it_happened_and_when_it_was_written(cast: Cast) -> None:
    case = opened(cast)
    later = TUESDAY + timedelta(days=2)
    talking.give_update(
        case, by=cast.nurse, audit=Audit(later), update="Seen hungry.", happened_at=TUESDAY + HOUR
    )
    page = seen(cast.social_worker, case.reference, later + HOUR)
    assert "Late entry, written at" in page
    assert "11:30am on Tuesday 2 June" in page  # when it happened


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        (Visibility.SHARED, {"nurse", "nurse_manager", "social_worker", "social_work_manager", "cswo"}),
        (Visibility.OWN_AGENCY, {"nurse", "nurse_manager"}),
        (Visibility.DECIDERS, {"nurse", "cswo"}),
    ],
)
def test_an_entry_is_read_by_whom_it_is_for_and_told_to_nobody_else(
    cast: Cast, audience: Visibility, readers: set[str]
) -> None:
    case = case_at(cast, "cswo")
    at = TUESDAY + 8 * HOUR
    before = Message.objects.count()
    with time_machine.travel(at, tick=False):
        client = Client()
        client.force_login(cast.nurse)
        sent = {"update": "CANARY-note of a home visit", "audience": audience.value}
        page = client.get(f"/cases/{case.reference}/do/update/").content.decode()
        hidden = dict(re.findall(r'name="(form_token|version)" value="([^"]*)"', page))
        answer = client.post(f"/cases/{case.reference}/do/update/", sent | hidden)
    assert answer.status_code == 302, re.findall(r"govuk-error[^>]*>[^<]*", answer.content.decode())
    assert Entry.objects.filter(case=case, kind="update").get().visibility == audience
    everybody = ("nurse", "nurse_manager", "social_worker", "social_work_manager", "cswo")
    found = {who for who in everybody if "CANARY-note" in seen(getattr(cast, who), case.reference, at + HOUR)}
    assert found == readers
    assert (Message.objects.count() > before) == (audience == Visibility.SHARED)


@pytest.mark.requirement("G27")
def test_a_correction_stands_beside_what_it_corrects(cast: Cast) -> None:
    case = determined(cast)
    talking.give_update(case, by=cast.nurse, audit=Audit(TUESDAY + 8 * HOUR), update="Seen on Monday.")
    said = Entry.objects.get(case=case, kind="update")
    talking.correct_entry(
        case, by=cast.nurse, audit=Audit(TUESDAY + 9 * HOUR), entry=said, correction="It was Sunday."
    )
    page = seen(cast.social_worker, case.reference, TUESDAY + 10 * HOUR)
    assert "Seen on Monday." in page
    assert "It was Sunday." in page
    assert "Corrected since" in page
    assert Entry.objects.get(pk=said.pk).content == said.content
