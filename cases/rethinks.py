"""How one person stands to one Re-think, what they may do there, and which notes go where.

Rules come as in `cases.policies`: each raises a sentence, `can` is its boolean twin. Nothing here follows from taking
part in a case: a Re-think beside a case has its own people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.grants import holds
from accounts.models import Membership, Partnership, User
from accounts.permissions import Permission
from accounts.roles import Role
from accounts.standing import acted_for, standing_of
from cases.models import Case, Invitation, Participation, ProcedureVersion, Rethink
from cases.models.participation import Side
from cases.models.rethink import coordinates_for
from cases.procedures import publishing
from cases.procedures.beside import Rethink as Laid
from cases.refusals import NotAllowed, NotNow, Refusal
from escalation.trail.writing import Actor

State = Rethink.State
Part = Invitation.Part
#: Roles that have no part in the work with children: they ask for none.
OUTSIDE = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class RethinkLook:
    """A person looks at a Re-think. `invitations` are everybody's live ones."""

    rethink: Rethink
    user: User
    invitations: tuple[Invitation, ...]
    at: datetime

    @classmethod
    def at_rethink(cls, rethink: Rethink, user: User, at: datetime) -> RethinkLook:
        """Return the look of a person who may see it; one query for the invitations."""
        rows = Invitation.objects.live().filter(rethink=rethink).select_related("user__agency")
        return cls(rethink, user, tuple(rows.order_by("invited_at", "email")), at)

    @property
    def mine(self) -> Invitation | None:
        """Return my own invitation. Nobody sits in the room for somebody else."""
        return next((i for i in self.invitations if i.user_id == self.user.pk), None)

    @property
    def is_coordinator(self) -> bool:
        return self.rethink.partnership_id in coordinates_for(self.user)

    def has_part(self, part: str) -> bool:
        """Return whether I stand in this part."""
        return self.mine is not None and self.mine.part == part

    @property
    def was_there(self) -> bool:
        """Return whether I was in the room, so that its notes are mine to read."""
        return self.mine is not None and bool(self.mine.attended)

    @property
    def laid(self) -> Laid:
        """Return what the procedure says of Re-thinks. Raises NotNow for one that knows none."""
        return laid_down(self.rethink.procedure)

    def actor(self) -> Actor:
        """Return who stands in the trail when I act."""
        if self.mine is None and self.is_coordinator:
            acting_for = acted_for(self.user, Role.RETHINK_COORDINATOR)
            return Actor(self.user.pk, "coordinator", self.user.agency_id, acting_for)
        return Actor(self.user.pk, self.mine.part if self.mine else "person", self.user.agency_id)


Rule = Callable[[RethinkLook], None]


def can(rule: Rule, look: RethinkLook) -> bool:
    """Return whether a rule lets this person through."""
    try:
        rule(look)
    except Refusal:
        return False
    return True


def laid_down(version: ProcedureVersion) -> Laid:
    """Return what a procedure says of Re-thinks. Raises NotNow when it offers none."""
    laid = version.definition.rethink
    if laid is None:
        raise NotNow("Your area’s procedure has no Re-think.")
    return laid


def offered_to(user: User, at: datetime) -> tuple[ProcedureVersion, Laid]:
    """Return the procedure under which this person may ask for a Re-think (PO02: any professional).

    Raises NotAllowed for people with no part in the work, NotNow when the area offers none.
    """
    if not {held.role for held in standing_of(user).held} - OUTSIDE:
        raise NotAllowed("A Re-think is asked for by people who work with children and families.")
    try:
        version = publishing.current_for(user.agency.partnership, timezone.localdate(at))
    except publishing.NothingAdopted as nothing:
        raise NotNow(str(nothing)) from nothing
    return version, laid_down(version)


def coordinators(partnership_id: int, at: datetime) -> list[int]:
    """Return who arranges Re-thinks in a partnership on the local day, deputies too."""
    rows = Membership.objects.on(timezone.localdate(at)).filter(
        partnership_id=partnership_id, role=Role.RETHINK_COORDINATOR, user__is_active=True
    )
    people = list(rows.order_by("pk").values_list("user_id", flat=True))
    deputies = rows.filter(covers__starts_on__lte=timezone.localdate(at)).exclude(
        covers__ends_on__lt=timezone.localdate(at)
    )
    people += [p for p in deputies.values_list("covers__deputy_id", flat=True) if p is not None]
    return list(dict.fromkeys(people))


def facilitators(partnership: Partnership, at: datetime) -> list[User]:
    """Return who may lead a Re-think in a partnership on the local day, by name."""
    rows = Membership.objects.on(timezone.localdate(at)).filter(
        partnership=partnership, role=Role.RETHINK_FACILITATOR
    )
    people = User.objects.filter(pk__in=rows.values("user_id"), is_active=True)
    return list(people.select_related("agency").order_by("full_name", "pk"))


def not_neutral(rethink: Rethink, facilitator: User, addresses: set[str]) -> str:
    """Return why this person cannot lead it, being part of the matter; "" when they are neutral (PO02)."""
    if facilitator.pk == rethink.asked_by_id:
        return f"{facilitator} asked for it, so somebody else must lead it."
    if facilitator.email in addresses:
        return f"{facilitator} is invited to it, so somebody else must lead it."
    parts = Participation.objects.filter(case=rethink.case_id, user=facilitator).exclude(side=Side.NEUTRAL)
    if rethink.case_id and parts.exists():
        return f"{facilitator} has a part in the case beside it, so somebody else must lead it."
    return ""


# What a person may do


def arrange(look: RethinkLook) -> None:
    """The coordinator sets time and place, and changes them until it was held (PO03)."""
    if not look.is_coordinator or not holds(look.user, Permission.ARRANGE_RETHINK, look.rethink.partnership):
        raise NotAllowed("Only the Re-think coordinator arranges it.")
    if look.rethink.state not in (State.ASKED, State.ARRANGED):
        raise NotNow("This was held or has ended, so there is nothing to arrange.")


def redirect(look: RethinkLook) -> None:
    """The coordinator says that another way fits better, and why."""
    arrange(look)
    if look.rethink.state != State.ASKED:
        raise NotNow("It is arranged already. You can call it off instead.")


def call_off(look: RethinkLook) -> None:
    """The coordinator calls an arranged meeting off; who asked may take a request back."""
    if look.has_part(Part.ASKER) and look.rethink.state == State.ASKED:
        return
    arrange(look)
    if look.rethink.state != State.ARRANGED:
        raise NotNow("It is not arranged yet. Say that it will not be, and why.")


def record_it(look: RethinkLook) -> None:
    """The facilitator writes down what came of it, once it has begun (PO04)."""
    if not look.has_part(Part.FACILITATOR):
        raise NotAllowed("Only the facilitator writes down what came of it.")
    if look.rethink.state != State.ARRANGED:
        raise NotNow("This was written down already, or it is not arranged.")
    if look.rethink.meets_at is not None and look.at < look.rethink.meets_at:
        raise NotNow("You can write this down once the meeting has begun.")


def correct(look: RethinkLook) -> None:
    """Whoever was in the room corrects or completes what was written down; both stay (G27)."""
    if look.rethink.state != State.HELD:
        raise NotNow("Nothing was written down yet.")
    if not look.was_there:
        raise NotAllowed("Only those who were there correct what was written down.")


def report_action(look: RethinkLook) -> None:
    """Whoever was invited says how an action ended: its owner may be a guest without an account."""
    if look.rethink.state != State.HELD:
        raise NotNow("There are no actions yet.")
    if look.mine is None:
        raise NotAllowed("Only those who take part say how an action ended.")


def take_on(look: RethinkLook) -> None:
    """Somebody who was part of it takes it on as a formal escalation (PO06)."""
    rethink = look.rethink
    if rethink.state != State.HELD:
        raise NotNow("It has not been held yet. You can log a disagreement at any time without it.")
    if look.mine is None or look.mine.part == Part.FACILITATOR:
        raise NotAllowed("Only those whose work it is about take it further. The facilitator takes no side.")
    if not holds(look.user, Permission.LOG_DISAGREEMENT, look.user.agency):
        raise NotAllowed("Your role does not log disagreements.")
    if rethink.case_id is not None:
        raise NotNow("There is a case beside it already. It goes on there.")
    if rethink.became_id is not None:
        raise NotNow("It was taken on as a formal escalation already.")


def beside(case: Case) -> list[Rethink]:
    """Return the Re-thinks beside a case or before it, oldest first: that there was one, never a word of it."""
    from django.db.models import Q

    return list(Rethink.objects.filter(Q(case=case) | Q(became=case)).order_by("asked_at", "pk"))
