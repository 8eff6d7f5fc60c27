"""What the tests of keeping and forgetting share: words to look for, two people who remove them, what has ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cases.actions import raising
from cases.audit import Audit
from cases.models import AgencyConcern, Case, Entry, Removal
from cases.record import forgetting, texts
from escalation.trail import exporting, verify
from tests.cases.steps import agreed, check_back_all, close, fresh
from tests.cast import TUESDAY, Cast

CANARY = "CANARY-of-a-child"


def verified(mails: list[bytes] | None = None) -> verify.Verifier:
    kept = [m for mail in mails or [] for m in verify.mails_in(mail)]
    wanted = exporting.Wanted(datetime.now(UTC), None, "all")
    return verify.Verifier(kept).read(exporting.lines(wanted, texts.every))


def erase(entry: Entry, cast: Cast, ground: str = "court_order") -> Removal:
    asked = forgetting.ask_for_text(
        entry, ground=ground, authority="Order 7 of 2026", by=cast.cswo, at=TUESDAY
    )
    forgetting.approve(asked, by=cast.health_lead, at=TUESDAY + timedelta(hours=1))
    return asked


def closed(cast: Cast) -> Case:
    case = agreed(cast)
    check_back_all(case, cast, TUESDAY + timedelta(hours=3))
    close(fresh(case), cast.nurse, TUESDAY + timedelta(hours=4))
    return fresh(case)


def ended(cast: Cast) -> AgencyConcern:
    """Return a concern about an agency of which the lead has seen the end."""
    row = raising.raise_concern(
        about=cast.social_work, families=["information"], words="x", by=cast.nurse, audit=Audit(TUESDAY)
    )
    AgencyConcern.objects.filter(pk=row.pk).update(
        state="ended", decision="watch", decided_by=cast.health_lead, decided_at=TUESDAY, ended_at=TUESDAY
    )
    return AgencyConcern.objects.get(pk=row.pk)
