"""The clocks of a case beside a Re-think: they run on, or stand still until it meets where its procedure says so.

Not by the door: whoever arranges a Re-think takes no part in the case, so the service itself acts, as with silence.
What bounds a pause that somebody asks for bounds this one too, and where it may not be, the clocks run on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from accounts.models import User
from cases.actions.change import Change
from cases.actions.lapsing import ClockLook
from cases.actions.pace import latest_pause, work_out_again
from cases.audit import Audit, Verb
from cases.deadlines import calendar_of
from cases.models import Case, Pause, Rethink
from cases.policies.pace import clocks_may_stand_still
from cases.refusals import NotNow


def until_it_meets(rethink: Rethink, *, by: User, at: datetime) -> None:
    """Let the clocks of the stage stand still from today to the day of the meeting; call it in its transaction.

    When the meeting moves, so does the day. Nothing happens where the procedure has `formal_clocks = "run_on"`.
    """
    found = _locked(rethink)
    if found is None:
        return
    case, running = found
    calendar = calendar_of(case.partnership)
    first = running.first_day if running else calendar.local_day(at)
    if running is None:
        try:
            clocks_may_stand_still(case, at)
        except NotNow:
            return
    assert rethink.meets_at is not None
    resumes = min(
        calendar.local_day(rethink.meets_at), latest_pause(case, running.made_at if running else at)
    )
    if case.horizon_at is not None:
        resumes = min(resumes, calendar.local_day(case.horizon_at) - timedelta(days=1))
    resumes = max(resumes, calendar.local_day(at)) if running else resumes
    if resumes <= first or (running and resumes == running.resumes_on):
        return
    c = _change(case, Verb.PAUSED, at)
    if running is None:
        c.on_stage(times_paused=c.stage.times_paused + 1)
        running = Pause(
            case=case,
            stage=c.stage,
            rethink=rethink,
            first_day=first,
            made_by=by,
            made_at=at,
            resumes_on=first,
        )
    running.resumes_on = resumes
    running.save()
    _write(c, rethink, resumes)


def runs_again(rethink: Rethink, *, at: datetime) -> None:
    """Let the clocks run again from today, since the Re-think was held or called off; call it in its transaction."""
    found = _locked(rethink)
    case, running = found or (None, None)
    if case is None or running is None:
        return
    today = calendar_of(case.partnership).local_day(at)
    if running.resumes_on <= today:
        return
    running.resumes_on, running.ended_at = today, at
    running.save(update_fields=["resumes_on", "ended_at"])
    _write(_change(case, Verb.RESUMED, at), rethink, today)


def _locked(rethink: Rethink) -> tuple[Case, Pause | None] | None:
    """Return the case beside it, locked and in dispute, and the pause it has on its stage; None where clocks run on."""
    if rethink.case_id is None:
        return None
    case = Case.objects.whole().select_for_update(of=("self",)).get(pk=rethink.case_id)
    laid = case.definition.rethink
    if not case.in_dispute or laid is None or laid.formal_clocks != "stand_still":
        return None
    mine = Pause.objects.filter(rethink=rethink, stage=case.current_stage, ended_at=None)
    return case, mine.first()


def _change(case: Case, verb: Verb, at: datetime) -> Change:
    assert case.holder is not None  # somebody holds every case in dispute
    look = ClockLook.at_case(case, case.holder, at)
    return Change(look, Audit(at), verb, look.speaking_as(case.holder_id))


def _write(c: Change, rethink: Rethink, resumes: date) -> None:
    c.on_stage(paused_until=resumes)
    work_out_again(c)
    c.facts |= {"rethink": rethink.pk, "until": resumes}
    c.save()
