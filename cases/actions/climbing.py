"""Going up the ladder: the intention notice, the escalation with its brief, and passing over a rung in danger."""

from __future__ import annotations

from accounts.models import User
from cases import policies
from cases.actions.change import Change
from cases.actions.door import change
from cases.actions.rungs import enter_rung, feed_back, leave_stage
from cases.audit import Audit, Verb
from cases.models import Case
from cases.models.case import Outcome
from cases.models.entry import Kind
from cases.procedures.rungs import Rung
from cases.refusals import NotNow


def notify_intention(case: Case, *, by: User, audit: Audit, message: str) -> None:
    """Tell the other side that one means to take it further, before doing so (G15)."""
    with change(case, by=by, audit=audit, rule=policies.notify_intention, verb=Verb.INTENTION_NOTIFIED) as c:
        c.write(Kind.INTENTION, {"message": message})
        c.on_stage(notice_at=audit.at)


def escalate(
    case: Case,
    *,
    by: User,
    audit: Audit,
    brief: dict[str, str],
    situation: str,
    tried: str,
    threshold: str = "",
    no_notice_why: str = "",
    feedback: str = "",
    self_check: dict[str, str] | None = None,
    confirmed: list[str] | None = None,
) -> None:
    """Take it to the next stage with its brief, the situation now, and what was tried below (G15, G17, G19, G20).

    `no_notice_why` is required when the other side was not told first (immediate danger only). `confirmed` are the
    keys of what the next stage asks to be confirmed on entry.
    """
    with change(case, by=by, audit=audit, rule=policies.escalate, verb=Verb.ESCALATED) as c:
        if c.case.rung.intention_notice and c.stage.notice_at is None and not no_notice_why:
            raise NotNow("Say why the other side was not told first that you mean to take this further.")
        target = c.case.next_rung
        assert target is not None  # the policy saw to it
        confirm_entry(c, target, confirmed or [])
        _hand_up(c, brief, situation, tried, threshold, no_notice_why, self_check, target.key)
        feed_back(c, feedback)
        leave_stage(c, Outcome.ESCALATED)
        c.facts |= {"from": c.stage.rung_key, "notice": c.stage.notice_at is not None}
        c.case.escalate(target.state)
        enter_rung(c, target.key)


def skip(
    case: Case,
    *,
    by: User,
    audit: Audit,
    target: str,
    reason: str,
    brief: dict[str, str],
    situation: str,
    tried: str,
    feedback: str = "",
) -> None:
    """Pass over stages in danger today, with a reason that stands in the record (X6)."""
    with change(case, by=by, audit=audit, rule=policies.skip, verb=Verb.SKIPPED) as c:
        above = {r.key: r for r in c.case.rungs_above[1:]}
        if target not in above:
            raise NotNow("Choose one of the stages above the next one.")
        _hand_up(c, brief, situation, tried, "", reason, None, target)
        feed_back(c, feedback)
        leave_stage(c, Outcome.SKIPPED)
        c.facts |= {"from": c.stage.rung_key}
        c.case.skip(above[target].state)
        enter_rung(c, target)


def confirm_entry(c: Change, target: Rung, confirmed: list[str]) -> None:
    """Write down what was confirmed on entering a stage. NotNow when something is not, unless there is danger today."""
    missing = [item.label for item in target.checks_on_entry if item.key not in confirmed]
    if missing and c.case.urgency != "immediate":
        raise NotNow(f"Before it can go to {target.label}, confirm: {'; '.join(missing)}.")
    known = [item.key for item in target.checks_on_entry if item.key in confirmed]
    if known:
        c.write(Kind.ENTRY_CHECK, {"to": target.key, "confirmed": known})


def _hand_up(
    c: Change,
    brief: dict[str, str],
    situation: str,
    tried: str,
    threshold: str,
    no_notice_why: str,
    self_check: dict[str, str] | None,
    target: str,
) -> None:
    c.write(
        Kind.BRIEF,
        {
            "to": target,
            "brief": brief,
            "tried": tried,
            "threshold": threshold,
            "no_notice_why": no_notice_why,
            "self_check": self_check,
        },
    )
    c.write(Kind.SITUATION, {"situation": situation})
    c.case.situation_at = c.at
