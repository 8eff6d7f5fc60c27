"""An instant by which something is due from someone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q, TextChoices

from accounts.models import User
from cases.models.case import Case, Outcome, Stage
from cases.models.procedure import ProcedureVersion

if TYPE_CHECKING:
    from cases.procedures.definitions import Procedure


class Rule(TextChoices):
    """What is due. The words are those of the duty list: what the person is to do."""

    SETTLE = "settle", "Settle this or take it further"
    ACCEPT = "accept", "Accept this"
    REPLY = "reply", "Answer and give your side’s position"
    ANSWER_REFUSAL = "answer_refusal", "Decide what to do after your manager’s answer"
    INDEPENDENT_VIEW = "independent_view", "Give an independent view"
    ADVICE = "advice", "Give advice"
    ACKNOWLEDGE = "acknowledge", "Read the feedback and say so"
    ACTION = "action", "Carry out an agreed action"
    CHECK_UNDERSTOOD = "check_understood", "Confirm what was agreed"
    CHECK_DONE = "check_done", "Say whether it was done and whether it helped"
    DEBRIEF = "debrief", "Debrief and close"
    SAFETY = "safety", "Confirm what keeps the child safe"
    SITUATION = "situation", "Say how the child is now"
    DUTY = "duty", "Do what the procedure asks for"


#: Clocks that every area has, and the duty each makes. A clock of any other key makes a duty in the area's words.
RULE_OF_CLOCK: dict[str, Rule] = {
    "settle": Rule.SETTLE,
    "acknowledge": Rule.ACCEPT,
    "reply": Rule.REPLY,
}
CLOCK_OF_RULE = {rule: key for key, rule in RULE_OF_CLOCK.items()}


def to_do(rule: str, label: str, procedure: Procedure, rung_key: str, urgency: str) -> str:
    """Return what a duty asks for, in words: the area's own label where only it has such a duty, else the service's.

    Where no rung stands above at this urgency nobody is told to take it further, but what is due there. The one home of
    these words: pages, mails, calendars and the timeline ask here, by `Deadline.words` or with what a list has read.
    """
    if label:
        return label
    if rule != Rule.SETTLE or procedure.next_rung(rung_key, urgency) is not None:
        return Rule(rule).label
    rung = procedure.rung(rung_key)
    if rung.kind == "chaired_meeting":
        return "Settle this at the chaired meeting"
    if Outcome.DETERMINED in rung.outcomes:
        return "Settle this or record the determination"
    if Outcome.COMMITTEE_DETERMINED in rung.outcomes:
        return "Settle this or record what was decided"
    return "Settle this"


class DeadlineState(TextChoices):
    OPEN = "open", "Due"
    MET = "met", "Done"
    CANCELLED = "cancelled", "No longer needed"


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    def open(self) -> DeadlineQuerySet:
        """Return those still to be met."""
        return self.filter(state=DeadlineState.OPEN)

    def overdue(self, *, at: datetime) -> DeadlineQuerySet:
        """Return those still to be met whose instant has passed. Lateness is derived, never a stored flag."""
        return self.open().filter(due_at__lte=at)


class Deadline(models.Model):
    """A duty with an instant: also what "waits on me" lists."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="deadlines", db_index=False)
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="deadlines", db_index=False)
    rule = models.CharField(max_length=20, choices=Rule.choices)
    ordinal = models.PositiveSmallIntegerField(default=0)  # tells several of one rule in one stage apart
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deadlines", db_index=False)
    first_person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # before the duty moved
    clock = models.CharField(max_length=40, blank=True)  # the key of the procedure's clock it follows from
    label = models.CharField(max_length=120, blank=True)  # in the area's words, for a duty that only it has
    starts_at = models.DateTimeField()  # from when it was counted
    due_at = models.DateTimeField()
    # How the instant was reached: limit and unit (working days and so on), and who laid it down (X3).
    amount = models.PositiveSmallIntegerField(null=True)
    unit = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=20, blank=True)
    capped = models.BooleanField(default=False)  # brought forward by the harm horizon
    state = models.CharField(max_length=10, choices=DeadlineState.choices, default=DeadlineState.OPEN)
    met_at = models.DateTimeField(null=True)
    lapsed_at = models.DateTimeField(null=True)  # when the sweep recorded that it had passed
    # The reminders still to come: [[instant, "before"|"at"|"after", [audience, ...]], ...], earliest first.
    plan = models.JSONField(default=list)
    next_at = models.DateTimeField(null=True)  # the instant of the first of them
    failures = models.PositiveSmallIntegerField(
        default=0
    )  # how often the sweep could not work it off, in a row

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "stage", "rule", "ordinal"], name="deadline_once_per_rule"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["person", "due_at", "id"], name="deadline_waiting", condition=Q(state="open")
            ),
            models.Index(fields=["next_at", "id"], name="deadline_sweep", condition=Q(state="open")),
            models.Index(fields=["case", "person"], name="deadline_of_case", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.rule} of case {self.case_id} by {self.due_at:%Y-%m-%d %H:%M}Z"

    @property
    def words(self) -> str:
        """Return what is to be done, as `to_do` says it. Have `case` and `stage` at hand where there are many."""
        if self.label or self.rule != Rule.SETTLE:
            return self.label or Rule(self.rule).label
        case = self.case
        procedure = ProcedureVersion.of(case.procedure_id).definition
        return to_do(self.rule, "", procedure, self.stage.rung_key, case.urgency)


class Heartbeat(models.Model):
    """When a background duty last ran to its end; a silent one turns the health page red."""

    name = models.CharField(primary_key=True, max_length=20)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at}"
