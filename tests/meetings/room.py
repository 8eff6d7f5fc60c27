"""A Re-think with people: who arranges, who leads, and how far one has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import User
from accounts.roles import Role
from cases.actions import rethinking
from cases.actions.rethinking import Arrangement, Held, NewAction, NewRethink
from cases.audit import Audit
from cases.models import Case, Invitation, Rethink
from tests.cast import TUESDAY, Cast
from tests.factories import member

#: Words that must stay in the room.
FEELINGS = "CANARY-FEELINGS I felt dismissed and need to be heard."
GUEST = "sam.guest@elsewhere.example"
MEETS = TUESDAY + timedelta(days=7)


@dataclass
class Room:
    """The cast, with a coordinator and two facilitators."""

    cast: Cast
    coordinator: User
    facilitator: User
    other_facilitator: User

    @classmethod
    def of(cls, cast: Cast) -> Room:
        """Return the room of a cast, adding its people."""
        place = cast.partnership
        return cls(
            cast,
            member("Roisin Keel", Role.RETHINK_COORDINATOR, place, agency=cast.education),
            member("Bram Tulloch", Role.RETHINK_FACILITATOR, place, agency=cast.police),
            member("Dora Linn", Role.RETHINK_FACILITATOR, place, agency=cast.education),
        )

    def asked(self, *, case: Case | None = None, by: User | None = None, **changes: Any) -> Rethink:
        """Return one that the nurse asked for: the social worker, the teacher and a guest are wanted."""
        answers: dict[str, Any] = {
            "reason": "stuck",
            "about": "The plan has stood still since March and the school sees no change.",
            "considered": {"raised": True, "talked": True, "formal": False},
            "considered_words": "We met twice.",
            "addresses": (self.cast.social_worker.email, self.cast.teacher.email, GUEST),
        }
        return rethinking.ask(
            NewRethink(**answers | changes),
            by=by or self.cast.nurse,
            audit=Audit(TUESDAY),
            procedure=self.cast.procedure,
            case=case,
        )

    def arrangement(self, **changes: Any) -> Arrangement:
        """Return time, place and people of an ordinary arrangement."""
        answers: dict[str, Any] = {
            "meets_at": MEETS,
            "minutes": 90,
            "place": "Burnside Centre, room 2",
            "link": "",
            "facilitator": self.facilitator,
            "addresses": (self.cast.social_worker.email, self.cast.teacher.email, GUEST),
        }
        return Arrangement(**answers | changes)

    def arranged(self, *, at: datetime = TUESDAY, rethink: Rethink | None = None, **changes: Any) -> Rethink:
        """Return one that the coordinator has arranged for next Tuesday."""
        rethink = rethink or self.asked()
        rethinking.arrange(rethink, self.arrangement(**changes), by=self.coordinator, audit=Audit(at))
        return Rethink.objects.get(pk=rethink.pk)

    def held(self, rethink: Rethink | None = None) -> Rethink:
        """Return one that was held: the teacher stayed away, the guest came."""
        rethink = rethink or self.arranged()
        came = {
            i.email: i for i in Invitation.objects.filter(rethink=rethink).exclude(user=self.cast.teacher)
        }
        rethinking.hold(
            rethink,
            Held(
                steps={
                    "strengths": "The grandmother is there every evening.",
                    "perspectives": FEELINGS,
                    "impact": "The child misses one day of school a week.",
                    "ways_forward": "One plan with one worker.",
                    "learning": "Ask earlier.",
                },
                outcomes={"shared_picture": "We now see the same thing.", "support": ""},
                there=frozenset(i.pk for i in came.values()),
                names={came[GUEST].pk: "Sam Guest"},
                actions=(
                    NewAction("Write one plan", came[self.cast.social_worker.email], date(2026, 6, 16)),
                ),
            ),
            by=self.facilitator,
            audit=Audit(MEETS + timedelta(hours=2)),
        )
        return Rethink.objects.get(pk=rethink.pk)


LATER = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
