"""Correcting what one wrote oneself: both stand in the record, for whoever could read the first (G27)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from cases.actions import settling, talking
from cases.audit import Audit
from cases.models import Case, Entry
from cases.models.entry import Kind, Visibility
from notifications.models import Message
from tests.cases.steps import POSITION, fresh
from tests.cast import Cast, opened
from tests.pages.desk import HOUR, NOW, address, client_of, form_of, hidden
from tests.pages.scene import words

MEANT = "It was two visits, not three."


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def entry(case: Case, kind: Kind) -> Entry:
    return Entry.objects.get(case=case, kind=kind)


def correct(cast: Cast, case: Case, by: str, what: Entry) -> int:
    """Send a correction as this person and return the status."""
    client = client_of(getattr(cast, by))
    page = client.get(address(case, "correct"))
    typed = {"entry": str(what.pk), "correction": MEANT}
    answer = client.post(address(case, "correct"), typed | (hidden(page) if page.status_code == 200 else {}))
    return int(answer.status_code)


def test_it_stands_under_what_it_corrects_also_after_the_case_has_ended(cast: Cast) -> None:
    case = opened(cast)
    settling.withdraw(
        case, by=cast.nurse, audit=Audit(NOW, version=case.version), statement="We agree by now."
    )
    assert correct(cast, case, "nurse", entry(case, Kind.CONCERN)) == 302
    told = words(client_of(cast.social_worker).get(f"/cases/{case.reference}/"))
    assert MEANT in told
    assert entry(case, Kind.CORRECTION).supersedes == entry(case, Kind.CONCERN)
    assert fresh(case).state == "withdrawn"


def test_only_what_one_wrote_oneself_and_has_not_corrected_yet_is_offered(cast: Cast) -> None:
    case = opened(cast)
    page = client_of(cast.social_worker).get(address(case, "correct"))
    assert page.status_code == 409
    assert "You have written nothing in this case that could be corrected." in words(page)
    link, mine, theirs = address(case, "correct"), client_of(cast.nurse), client_of(cast.social_worker)
    assert link in mine.get(f"/cases/{case.reference}/").content.decode()
    assert link not in theirs.get(f"/cases/{case.reference}/").content.decode()
    talking.give_position(
        case, by=cast.social_worker, audit=Audit(NOW, version=case.version), position=POSITION
    )
    [(offered, label)] = form_of(cast, case, "social_worker", "correct")["entry"].field.choices
    assert offered == str(entry(case, Kind.POSITION).pk)
    assert label.startswith("Position, 10:30am today: “")
    assert correct(cast, case, "social_worker", entry(case, Kind.CONCERN)) == 200, "the nurse's own"
    assert not Entry.objects.filter(case=case, kind=Kind.CORRECTION).exists()
    assert correct(cast, case, "social_worker", entry(case, Kind.POSITION)) == 302
    [(offered, _)] = form_of(cast, case, "social_worker", "correct")["entry"].field.choices
    assert offered == str(entry(case, Kind.CORRECTION).pk), "the correction of a correction"


@pytest.mark.parametrize(
    ("visibility", "hear"), [(Visibility.SHARED, ["Callum Petrie"]), (Visibility.OWN_AGENCY, [])]
)
def test_whoever_could_not_read_the_first_hears_nothing(
    cast: Cast, visibility: Visibility, hear: list[str]
) -> None:
    case = opened(cast)
    talking.give_update(
        case, by=cast.nurse, audit=Audit(NOW - HOUR), update="Three visits.", visibility=visibility
    )
    before = list(Message.objects.values_list("pk", flat=True))
    assert correct(cast, case, "nurse", entry(case, Kind.UPDATE)) == 302
    new = Message.objects.exclude(pk__in=before).select_related("recipient")
    assert [message.recipient.full_name for message in new if message.recipient] == hear
    said = words(client_of(cast.social_worker).get(f"/cases/{case.reference}/"))
    assert (MEANT in said) == (visibility == Visibility.SHARED)
