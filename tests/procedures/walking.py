"""Plays a case along any procedure by the actions, each step by whoever has to take it. Knows no area by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.models import User
from cases import policies
from cases.access import Look
from cases.actions import climbing, following, managing, settling, talking
from cases.actions.opening import open_case
from cases.audit import Audit
from cases.models import Action, Case, CheckBack, Deadline, ProcedureVersion, Stage
from cases.models.deadline import Rule
from cases.procedures.definitions import Procedure
from cases.procedures.loading import shipped_files
from cases.procedures.parts import FormQuestion
from cases.procedures.rungs import Rung
from cases.workflow import State
from tests import in_place
from tests.cast import TUESDAY, Cast, new_case

HERE = Path(__file__).parent
#: Every procedure there is: those that come with the service, those of other areas, and a made-up one.
FILES: dict[str, Path] = {
    **shipped_files(),
    **{path.stem: path for path in sorted((HERE / "areas").glob("*.toml"))},
    "two_rungs": HERE / "two_rungs.toml",
}
MINUTE = timedelta(minutes=1)


def published(name: str, text: str | None = None) -> ProcedureVersion:
    """Return the published version of a file, by the name in FILES."""
    return in_place.publish(text or FILES[name].read_text(encoding="utf-8"), name=f"{name}.toml").version


def answer_to(question: FormQuestion) -> str | bool | date:
    """Return an answer to a question of a stage."""
    return {"yes_no": True, "day": date(2026, 6, 19)}.get(question.answer, "At the health centre.")


@dataclass
class Walk:
    """One case on its way. Time goes on by a minute a step, so that no working day runs out."""

    cast: Cast
    version: ProcedureVersion
    urgency: str = "standard"
    changes: dict[str, Any] = field(default_factory=dict)
    by: User | None = None
    at: datetime = TUESDAY

    def __post_init__(self) -> None:
        procedure = self.version.definition
        answers: dict[str, Any] = {
            "reasons": [procedure.reasons[0].key],
            "urgency": self.urgency,
            "subject": next(s.key for s in procedure.subjects if s.key != "theme"),
        }
        new = new_case(self.cast, **answers | self.changes)
        self.case = open_case(
            new, by=self.by or self.cast.nurse, audit=Audit(self.at), procedure=self.version
        )
        self.again()

    @property
    def procedure(self) -> Procedure:
        return self.version.definition

    @property
    def rung(self) -> Rung:
        return self.case.rung

    @property
    def holder(self) -> User:
        assert self.case.holder is not None
        return self.case.holder

    def again(self) -> Case:
        """Read the case anew."""
        self.case = Case.objects.whole().get(pk=self.case.pk)
        return self.case

    def audit(self) -> Audit:
        """Return the audit of somebody who has just looked, a minute later than the last."""
        self.at += MINUTE
        return Audit(self.at, version=self.again().version)

    def may(self, rule: policies.Rule, who: User) -> bool:
        """Return whether somebody may take a step now."""
        return policies.can(rule, Look.at_case(self.again(), who, self.at))

    def told(self, who: User) -> dict[str, str]:
        return {} if who == self.case.raiser else {"feedback": "This is what was done."}

    # Going up

    def accept(self) -> None:
        """Accept it where the stage has something to accept."""
        if self.again().rung.acknowledge and self.case.current_stage.accepted_at is None:
            managing.accept(self.case, by=self.holder, audit=self.audit())

    def tell(self) -> None:
        """Tell the other side where the stage asks for it."""
        if self.again().rung.intention_notice and self.case.current_stage.notice_at is None:
            climbing.notify_intention(
                self.case, by=self.holder, audit=self.audit(), message="I mean to go further."
            )

    def up(self) -> None:
        """Take it to the next stage, as the stage wants it done."""
        self.accept()
        target = self.case.next_rung
        assert target is not None, f"nothing above {self.rung.key}"
        confirmed = [item.key for item in target.checks_on_entry]
        who = self.holder
        if self.case.state == State.LINE_MANAGER:
            managing.support(
                self.case,
                by=who,
                audit=self.audit(),
                discussion="We talked it through.",
                why="The pattern is clear.",
                situation="At home.",
                confirmed=confirmed,
                feedback="I support it.",
            )
        else:
            self.tell()
            climbing.escalate(
                self.case,
                by=who,
                audit=self.audit(),
                brief={part.key: "As it was." for part in self.rung.brief},
                situation="At home.",
                tried="We talked.",
                threshold="It is not safe.",
                confirmed=confirmed,
                **self.told(who),
            )
        self.again()

    def climb(self, to: str = "") -> None:
        """Go up to a rung, or to the top."""
        while self.again().next_rung is not None and self.case.rung_key != to:
            self.up()

    # Settling

    def settle(self, actions: int = 1) -> None:
        """Settle it where it is, in the way that this stage knows."""
        self.accept()
        rung, who = self.rung, self.holder
        common: dict[str, Any] = {
            "by": who,
            "actions": [
                settling.NewAction("Do it", self.cast.social_worker, date(2026, 6, 12))
                for _ in range(actions)
            ],
            "answers": {q.key: answer_to(q) for q in rung.questions_on_resolve},
            "situation": "At home.",
        }
        if self.may(policies.determine, who):
            words = {name: "So it is." for name in ("question", "decision", "reasons", "told")}
            settling.determine(self.case, **common, **words, audit=self.audit(), feedback="Decided.")
        elif self.may(policies.decide_for_committee, who):
            on = self.at.date()
            settling.record_committee_outcome(
                self.case,
                **common,
                audit=self.audit(),
                outcome_on=on,
                outcome="So it is.",
                feedback="Decided.",
            )
        else:
            settling.agree(
                self.case, **common, audit=self.audit(), agreement="This is what we do.", **self.told(who)
            )
        self.again()

    def do_what_is_due(self) -> None:
        """Do every duty that only this procedure has."""
        while True:
            duty = Deadline.objects.open().filter(case=self.case, rule=Rule.DUTY).order_by("pk").first()
            if duty is None:
                return
            following.do_duty(
                self.again(), by=duty.person, audit=self.audit(), duty=duty, how="Done.", done_at=self.at
            )

    def check_back(self, *, helped: bool = True) -> None:
        """Report what was agreed and answer both check backs, whoever is asked."""
        for action in Action.objects.filter(case=self.case, stage=self.case.current_stage, status="open"):
            following.report_action(
                self.case,
                by=action.owner,
                audit=self.audit(),
                action=action,
                done=True,
                evidence="On file.",
                done_at=self.at,
            )
        waiting = CheckBack.objects.filter(case=self.case, stage=self.case.current_stage, answer="")
        for asked in list(waiting.select_related("asked_of").order_by("-round", "side")):
            also = {i.key: True for i in self.rung.checks_back if i.round == asked.round}
            who = asked.asked_of
            if asked.round == CheckBack.Round.UNDERSTOOD:
                following.check_understood(self.case, by=who, audit=self.audit(), answer=True, also=also)
            else:
                following.check_done(
                    self.case, by=who, audit=self.audit(), answer=True, helped=helped, also=also
                )
            if not helped and asked.round == CheckBack.Round.DONE:
                return

    def close(self) -> None:
        """Do what is left, debrief and close."""
        self.do_what_is_due()
        self.check_back()
        if Deadline.objects.open().filter(case=self.case, rule=Rule.ACKNOWLEDGE).exists():
            following.acknowledge(self.case, by=self.case.raiser, audit=self.audit())
        following.close(
            self.case,
            by=self.holder,
            audit=self.audit(),
            debrief="Everybody, together.",
            debriefed_on=self.at,
            family=self.procedure.family_question.options[0].key,
            family_words="The nurse told them.",
        )
        self.again()

    def meet(self) -> None:
        """Record a meeting of this stage."""
        talking.record_meeting(
            self.case,
            by=self.holder,
            audit=self.audit(),
            happened_at=self.at,
            method=self.procedure.contact_methods[0].key,
            people="Both",
            notes={},
        )

    @property
    def way(self) -> list[str]:
        """Return the keys of the rungs it was on, in order."""
        return list(
            Stage.objects.filter(case=self.case).order_by("ordinal").values_list("rung_key", flat=True)
        )


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
