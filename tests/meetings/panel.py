"""A case before a chaired meeting: a small procedure whose last stage is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.models import User
from accounts.roles import Role
from cases.actions import chairing, climbing, managing
from cases.actions.chairing import Convening, MeetingHeld
from cases.actions.opening import open_case
from cases.audit import Audit
from cases.models import Case, Invitation, ProcedureVersion
from tests import in_place
from tests.cases.steps import audit, fresh
from tests.cast import TUESDAY, Cast, new_case
from tests.factories import member

FILE = Path(__file__).parents[1] / "procedures" / "two_rungs.toml"
HOUR = timedelta(hours=1)
MEETS = TUESDAY + timedelta(days=3)
GUEST = "expert@elsewhere.example"


def version(outcomes: str = "") -> ProcedureVersion:
    """Return the small procedure of the tests with its last stage as a meeting that the board's officer calls."""
    text = FILE.read_text().replace(
        'acts = "independent_chair"\n', 'acts = "cpc_officer"\nkind = "chaired_meeting"\n'
    )
    text = text.replace('on = "independent_chair"', 'on = "cpc_officer"').replace(
        'version = "3.1"', 'version = "3.2"'
    )
    if outcomes:
        before = 'outcomes = ["resolved_agreed", "independent_meeting_convened", "committee_determined"]'
        assert before in text
        text = text.replace(before, outcomes).replace('version = "3.2"', 'version = "3.3"')
    return in_place.publish(text, name="chaired.toml").version


@dataclass
class Panel:
    """The cast, its case at the last stage, and two independent chairs."""

    cast: Cast
    case: Case
    chair: User
    other_chair: User

    @classmethod
    def of(
        cls,
        cast: Cast,
        clock: Callable[[int], datetime] = lambda h: TUESDAY + h * HOUR,
        *,
        outcomes: str = "",
    ) -> Panel:
        """Return the panel of a cast; `clock` gives the instant of each hour of the story."""
        place = cast.partnership
        found = {u.full_name: u for u in User.objects.filter(full_name__in=("Ivor Strand", "Petra Vale"))}
        chair = found.get("Ivor Strand") or member(
            "Ivor Strand", Role.INDEPENDENT_CHAIR, place, agency=cast.police, job="Retired sheriff"
        )
        other = found.get("Petra Vale") or member(
            "Petra Vale", Role.INDEPENDENT_CHAIR, place, agency=cast.police
        )
        new = new_case(cast, reasons=["roles"], happened_at=clock(-20), safety_until=clock(24 * 20))
        case = fresh(open_case(new, by=cast.nurse, audit=Audit(clock(0)), procedure=version(outcomes)))
        _go_up(case, cast.nurse, clock(1))
        managing.accept(case, by=cast.nurse_manager, audit=audit(case, clock(2)))
        climbing.notify_intention(
            case, by=cast.nurse_manager, audit=audit(case, clock(3)), message="It goes to the panel."
        )
        _go_up(case, cast.nurse_manager, clock(4))
        return cls(cast, fresh(case), chair, other)

    def convening(self, **changes: Any) -> Convening:
        """Return day, place and people of an ordinary meeting."""
        answers: dict[str, Any] = {
            "meets_at": MEETS,
            "minutes": 120,
            "place": "Old Mill, board room",
            "link": "https://meet.example.org/panel",
            "chair": self.chair,
            "addresses": (
                self.cast.nurse.email,
                self.cast.social_worker.email,
                self.cast.health_lead.email,
                GUEST,
            ),
        }
        return Convening(**answers | changes)

    def convened(self, at: datetime = TUESDAY + 5 * HOUR, **changes: Any) -> Panel:
        """Call the meeting, or change it."""
        by = self.cast.cpc_officer
        chairing.convene(self.case, self.convening(**changes), by=by, audit=audit(self.case, at))
        self.case = fresh(self.case)
        return self

    def held(self, ended: str, by: User | None = None, at: datetime = MEETS + HOUR, **more: Any) -> Panel:
        """Record the meeting: everybody invited came but the social worker."""
        rows = Invitation.objects.live().filter(meeting__case=self.case, meeting__held_at=None)
        what = MeetingHeld(
            ended=ended,
            minutes="CANARY-MINUTES Both sides spoke. The panel asked about the visits.",
            held_back="Everybody was asked in turn.",
            record_holder="The board, file 12",
            there=frozenset(i.pk for i in rows if i.user_id != self.cast.social_worker.pk),
            names={i.pk: "Dr Expert" for i in rows if i.user_id is None},
            **more,
        )
        chairing.hold(
            self.case,
            what,
            by=by or self.chair,
            audit=audit(self.case, at),
            feedback="This is what the panel said.",
            situation="At home.",
        )
        self.case = fresh(self.case)
        return self


def _go_up(case: Case, by: User, at: datetime) -> None:
    climbing.escalate(
        case,
        by=by,
        audit=audit(case, at),
        brief={"what": "Who does what."},
        situation="x",
        tried="y",
        feedback="z",
    )
