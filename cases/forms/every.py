"""The form of each step, by the step's key in `cases.steps`."""

from __future__ import annotations

from cases.forms import chairing, climbing, duties, following, managing, pace, rethinking, settling, talking
from cases.forms.base import StepForm

FORMS: dict[str, type[StepForm]] = {
    "accept": managing.AcceptForm,
    "manager-view": managing.ManagerViewForm,
    "answer-refusal": managing.AnswerRefusalForm,
    "independent-view": managing.IndependentViewForm,
    "determine": settling.DetermineForm,
    "committee-outcome": settling.CommitteeOutcomeForm,
    "convene": chairing.ConveneForm,
    "record-meeting": chairing.RecordMeetingForm,
    "call-off-meeting": chairing.CallOffMeetingForm,
    "contact": talking.ContactForm,
    "meeting": talking.MeetingForm,
    "position": talking.PositionForm,
    "common-ground": talking.CommonGroundForm,
    "agree": settling.AgreeForm,
    "agree-to-differ": settling.AgreeToDifferForm,
    "intention": climbing.IntentionForm,
    "escalate": climbing.EscalateForm,
    "skip": climbing.SkipForm,
    "decline": managing.DeclineForm,
    "refer": settling.ReferForm,
    "ask-rethink": rethinking.AskBesideForm,
    "give-advice": talking.GiveAdviceForm,
    "acknowledge": following.AcknowledgeForm,
    "report-action": following.ReportActionForm,
    "duty": duties.DutyForm,
    "check-understood": following.CheckUnderstoodForm,
    "check-done": following.CheckDoneForm,
    "close": following.CloseForm,
    "update": talking.UpdateForm,
    "safety": pace.SafetyForm,
    "ask-advice": talking.AskAdviceForm,
    "urgency": pace.UrgencyForm,
    "horizon": pace.HorizonForm,
    "extend": pace.ExtendForm,
    "pause": pace.PauseForm,
    "resume": pace.ResumeForm,
    "divert": settling.DivertForm,
    "withdraw": settling.WithdrawForm,
    "reopen": following.ReopenForm,
}
