"""One professional disagreement about a child, and its stages."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q, TextChoices

from accounts.models import Agency, Partnership, Team, User
from cases.models.procedure import ProcedureVersion
from cases.workflow import ENDED, LADDER, SETTLED, CaseWorkflow, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cases.models.participation import Participation
    from cases.procedures.definitions import Procedure, Rung

#: No vowels and nothing easily misread over the telephone, so that no reference spells a word.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def new_reference() -> str:
    """Return a random reference such as "7KQ-M4TX"; it says nothing of area, year or agency."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(7))
    return f"{letters[:3]}-{letters[3:]}"


#: The age band of an unborn baby.
NOT_BORN = "Not born yet"


class Subject(TextChoices):
    UNBORN_BABY = "unborn_baby", "Unborn baby"
    BABY = "baby", "Baby"
    CHILD = "child", "Child"
    YOUNG_PERSON = "young_person", "Young person"
    SIBLING_GROUP = "sibling_group", "Brothers and sisters"
    THEME = "theme", "Several children"


class About(TextChoices):
    DECISION = "decision", "A decision"
    ACTION = "action", "An action"
    INACTION = "inaction", "Something not done"


class Urgency(TextChoices):
    IMMEDIATE = "immediate", "Danger today"
    URGENT = "urgent", "Harm is likely within days"
    STANDARD = "standard", "There is time to think"


class Safe(TextChoices):
    YES = "yes", "Safe for now"
    NO = "no", "Not safe now"
    UNSURE = "unsure", "Not sure"


class Outcome(TextChoices):
    """Canonical outcomes of a stage; local labels map to them."""

    RESOLVED_AGREED = "resolved_agreed", "Agreed"
    AGREED_TO_DIFFER = "agreed_to_differ_low_risk", "Agreed to differ"
    ESCALATED = "escalated_next_tier", "Taken to the next stage"
    SKIPPED = "level_skipped", "Taken past a stage in danger"
    MANAGER_DECLINED = "manager_declined", "Not supported by the manager"
    NOT_ESCALATED = "not_escalated_by_senior_manager", "Not taken further by the senior manager"
    DETERMINED = "cswo_determined", "Determined by the Chief Social Work Officer"
    REFERRED_CPC = "referred_cpc", "Referred to the committee"
    REFERRED_COG = "referred_cog", "Referred to the Chief Officers Group"
    COMMITTEE_DETERMINED = "committee_determined", "Decided by the committee"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DIVERTED = "diverted", "Taken up elsewhere"
    REOPENED = "reopened_after_check_back", "Reopened"


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> CaseQuerySet:
        """Return the cases in which this person, or somebody they act for today, takes part now.

        The only way to a case for pages, lists, counts, search, exports and notices.
        """
        from cases.models.participation import Participation

        if not user.is_active:
            return self.none()
        own = Participation.objects.letting_in(user).filter(case=OuterRef("pk"))
        return self.filter(Exists(own), partnership_id=user.agency.partnership_id)

    def open(self) -> CaseQuerySet:
        """Return the cases that have not ended."""
        return self.exclude(state__in=[s.value for s in ENDED])

    def at_hand(self, user: User, *, lock: bool = False) -> CaseQuerySet:
        """Return those this person may see, each with its stage, for one page or one action; locked when asked.

        The rest comes from elsewhere without a join, since PostgreSQL takes longer to plan nine joins than to run
        them: procedure and partnership by `Case.know_surroundings`, agencies and people by `Case.know_parts`.
        """
        found = self.visible_to(user).select_related("current_stage")
        return found.select_for_update(of=("self",)) if lock else found

    def whole(self) -> CaseQuerySet:
        """Return them with everything that a page or action needs, for whoever has many or no person."""
        return self.select_related(
            "procedure",
            "current_stage",
            "raising_agency",
            "receiving_agency",
            "raising_team",
            "receiving_team",
            "holder",
            "partnership",
        ).defer("procedure__text")


class Case(CaseWorkflow):
    """A disagreement. Words that people wrote stand in entries; here stand facts for lists, rules and reports."""

    partnership = models.ForeignKey(
        Partnership, on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    procedure = models.ForeignKey(
        ProcedureVersion, on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    reference = models.CharField(max_length=8, unique=True, default=new_reference, editable=False)
    chain = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=1)

    about = models.CharField(max_length=10, choices=About.choices)
    reasons = ArrayField(models.CharField(max_length=40))
    reason_families = ArrayField(models.CharField(max_length=20))
    subject = models.CharField(max_length=16, choices=Subject.choices)
    subject_reference = models.CharField(max_length=40, blank=True)
    age_band = models.CharField(max_length=20, blank=True)
    expected_on = models.DateField(null=True)  # when an unborn baby is due

    urgency = models.CharField(max_length=10, choices=Urgency.choices)
    horizon_at = models.DateTimeField(null=True)  # by when harm could occur or the decision take effect
    child_safe = models.CharField(max_length=6, choices=Safe.choices)
    safety_until = models.DateTimeField()  # when the interim safety line must be confirmed again
    situation_at = models.DateTimeField()  # when "situation now" was last refreshed (G20)

    raiser = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    raising_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", db_index=False)
    raising_team = models.ForeignKey(
        Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    counterpart = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    receiving_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", db_index=False)
    receiving_team = models.ForeignKey(
        Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    current_stage = models.OneToOneField("cases.Stage", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Which rung of its procedure it stands on, or was settled on; `state` is that rung's canonical state.
    rung_key = models.CharField(max_length=40, default="")
    urgency_since = models.DateTimeField(null=True)  # null: since it was opened
    # Who may act beside the holder since a timescale lapsed (X5): silence moves the duty, not the state.
    stand_in = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_at = models.DateTimeField(null=True)  # when the holder's next step is due
    settled_at = models.DateTimeField(null=True)
    settled_in = models.CharField(max_length=40, blank=True)  # the key of the rung
    outcome = models.CharField(max_length=40, choices=Outcome.choices, blank=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # What changed it then, as `audit.in_short` writes it: what lists read, so that no row asks the trail.
    last_change = models.TextField(default="", blank=True)
    closed_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()
    #: The block of a transaction in which this object's row was locked; the lock ends with it.
    locked_in: Any = None

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["partnership", "opened_at"]),
            models.Index(
                fields=["partnership", "due_at"],
                name="case_due",
                condition=~Q(state__in=[s.value for s in ENDED]),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(raiser=F("counterpart")), name="case_needs_two_people"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="case_state_known"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def definition(self) -> Procedure:
        """Return the procedure this case is pinned to."""
        return self.procedure.definition

    @property
    def rung(self) -> Rung:
        """Return the rung of the procedure on which the case stands, or on which it was settled."""
        return self.definition.rung(self.current_stage.rung_key)

    @property
    def next_rung(self) -> Rung | None:
        """Return the rung that escalation leads to at the present urgency, or None at the top."""
        return self.definition.next_rung(self.current_stage.rung_key, self.urgency)

    @property
    def rungs_above(self) -> tuple[Rung, ...]:
        """Return every rung that escalation can still reach at the present urgency, nearest first."""
        return self.definition.rungs_after(self.current_stage.rung_key, self.urgency)

    @property
    def is_locked(self) -> bool:
        """Return whether nobody else can change the row, since this transaction read and locked it."""
        return self.locked_in is not None and any(b is self.locked_in for b in connection.atomic_blocks)

    @property
    def in_dispute(self) -> bool:
        return self.state in LADDER

    @property
    def settled(self) -> bool:
        return self.state in SETTLED

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def know_surroundings(self, partnership: Partnership) -> Self:
        """Take the partnership from whoever has it, and the procedure from this process. Returns the case."""
        if self.partnership_id == partnership.pk:
            self.partnership = partnership
        self.procedure = ProcedureVersion.of(self.procedure_id)
        return self

    def know_parts(self, parts: Iterable[Participation]) -> None:
        """Take agencies, teams and people from those who take part, so that none of them is asked for again."""
        cached = self._state.fields_cache
        for part in parts:
            for name in ("raising", "receiving"):
                if part.agency_id == getattr(self, f"{name}_agency_id"):
                    cached.setdefault(f"{name}_agency", part.agency)
                if part.team_id is not None and part.team_id == getattr(self, f"{name}_team_id"):
                    cached.setdefault(f"{name}_team", part.team)
            for name in ("raiser", "counterpart", "holder"):
                if part.user_id == getattr(self, f"{name}_id"):
                    cached.setdefault(name, part.user)

    def agencies(self) -> list[Agency]:
        """Return the raising and the receiving agency, once each."""
        pair = [self.raising_agency, self.receiving_agency]
        return pair if pair[0].pk != pair[1].pk else pair[:1]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the version counted up, so that a page loaded before is known to be stale."""
        if not self._state.adding:
            self.version += 1
            if (fields := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*fields, "version"}
        super().save(*args, **kwargs)


class Stage(models.Model):
    """One visit of a case to one rung: who acts on each side, and what was done when. Never two with one number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="stages", db_index=False)
    ordinal = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=State.choices)
    rung_key = models.CharField(max_length=40, default="")  # of the case's procedure
    urgency = models.CharField(max_length=10, choices=Urgency.choices)  # as it was on entry, for reports
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, choices=Outcome.choices, blank=True)
    # What followed beside it, such as a review of the child's plan: canonical outcomes, for reports.
    follow_ups = ArrayField(models.CharField(max_length=40), default=list)

    acting = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # for the raising side
    opposite = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    why_acting = models.CharField(max_length=200, blank=True)  # when it is not the usual person
    accepted_at = models.DateTimeField(null=True)
    supported = models.BooleanField(null=True)  # does the manager support the concern (G22)
    met_at = models.DateTimeField(null=True)
    notice_at = models.DateTimeField(null=True)  # the counterpart was told of the intention to escalate (G15)
    view_asked_at = models.DateTimeField(null=True)  # an independent view was asked for after a refusal (X4)
    due_at = models.DateTimeField(null=True)
    first_due_at = models.DateTimeField(null=True)  # as promised on entry, for timeliness
    limit_source = models.CharField(max_length=20, blank=True)
    # Copies of what was granted (Pause, Extension), so that a page need not ask for the rows.
    paused_until = models.DateField(null=True)  # the local day on which its clocks run again
    times_paused = models.PositiveSmallIntegerField(default=0)
    times_extended = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["case", "ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "ordinal"], name="stage_once_per_case"),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("entered_at")), name="stage_left_after_entry"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.ordinal} {self.state}"
