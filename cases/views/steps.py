"""Every step of a case on one page of its own: look, ask the rule, check the form, call the action, go back.

The one view of all steps in `cases.steps`. What differs from step to step stands in its form (`cases.forms.every`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_http_methods, require_POST

from accounts import stepping_up
from accounts.models import User
from accounts.standing import standing_of
from cases import drafts
from cases.access import Look
from cases.audit import Audit
from cases.forms.base import StepForm
from cases.forms.every import FORMS
from cases.forms.reading import cards
from cases.history import headline
from cases.models import Case, Participation
from cases.presenters.timeline import line_of
from cases.presenters.wording import state_words, timing
from cases.reading import Record
from cases.refusals import AlreadyDone, NotAllowed, NotNow, Refusal, Stale
from cases.steps import GRAVE, NEEDS_DUTY, STEPS, Step, named
from cases.views.fetch import get_case, person
from escalation.clock import now
from escalation.routes import policy
from escalation.templatetags.words import ago
from escalation.trail.models import Event

#: No more changes than this are listed when a page is out of date.
OWN_CHANGE = "You have changed this case since you opened the page, in another window or by pressing twice."
CHANGES_SHOWN = 10
NOT_WAITING = "Nothing of this kind waits for you now."
SENT_BEFORE = "This was sent already. It is in the record once."


@dataclass
class Turn:
    """One person's turn at one step of one case, with what every answer to it needs."""

    request: HttpRequest
    step: Step
    case: Case
    user: User
    at: datetime

    @classmethod
    def of(cls, request: HttpRequest, reference: str, key: str, *, lock: bool = False) -> Turn:
        """Return the turn of the person of a request, with the case's row locked when asked.

        Raises Http404 for a case not theirs and an unknown step.
        """
        if key not in STEPS:
            raise Http404("no such step")
        user = person(request)
        case = get_case(request, reference, lock=lock, draft_of=key)
        return cls(request, STEPS[key], case, user, now())

    def again(self) -> Turn:
        """Return the turn with the case as it is by now."""
        return Turn.of(self.request, self.case.reference, self.step.key)

    @cached_property
    def look(self) -> Look:
        """Return the person's look at the case; who takes part is fetched when something asks for it.

        A form that is right goes straight to its action, which looks again under the lock: it needs none here.
        """
        parts = SimpleLazyObject(lambda: Look.at_case(self.case, self.user, self.at).parts)
        lazily = cast("tuple[Participation, ...]", parts)
        return Look(self.case, self.user, standing_of(self.user), lazily, self.at)

    @cached_property
    def record(self) -> Record:
        """Return the case as this person may read it."""
        return Record.load(self.case, self.user, self.at)

    @property
    def case_url(self) -> str:
        return reverse("case", args=[self.case.reference])

    def form(self, look: Look) -> StepForm:
        """Return the step's form, with what was sent when something was sent."""
        return FORMS[self.step.key](look, self.request.POST if self.request.method == "POST" else None)

    def ask(self, form: StepForm) -> None:
        """Ask the rule, whether the duty is there and whether the form can be sent. Raises NotAllowed or NotNow."""
        look = self.record.look
        self.step.rule(look)
        duty = NEEDS_DUTY.get(self.step.key)
        if duty is not None and not any(
            d.rule == duty and look.is_me(d.person_id) for d in self.record.duties
        ):
            raise NotNow(NOT_WAITING)
        if obstacle := form.obstacle():
            raise NotNow(obstacle)

    def keep(self) -> None:
        """Keep what was typed as this person's draft of this step."""
        if words := drafts.typed(self.request.POST):
            drafts.save(self.user, self.step.key, words, at=self.at, case=self.case)

    def changes(self, number: int) -> list[dict[str, str]]:
        """Return the newest changes of the case in words, oldest first. Each counts its version up by one."""
        return [
            {
                "what": headline(line_of(self.record, e)),
                "by": self.record.who(e.actor_id, e.acting_for_id),
                "when": ago(e.claimed_at, self.at),
            }
            for e in self.record.events[-min(number, CHANGES_SHOWN) :]
        ]

    def changed_alone(self, number: int) -> bool:
        """Return whether the newest changes are all this person's own, as from a second window."""
        return all(e.actor_id == self.user.pk for e in self.record.events[-min(number, CHANGES_SHOWN) :])

    def page(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Draw a page; above its heading stands which case it is, where it is and what is due when."""
        case = self.case
        shown = {
            "case": case,
            "case_url": self.case_url,
            "step": named(self.step, self.case.definition),
            "stage": state_words(case.state, case.rung_key, case.definition),
            "due": timing(case.due_at, self.at) if case.due_at else None,
        }
        return render(self.request, template, shown | context, status=status)


@policy("case_participant")
@require_http_methods(["GET", "HEAD", "POST"])
def case_step(request: HttpRequest, reference: str, step: str) -> HttpResponse:
    """Show the form of a step, or take it."""
    if step in GRAVE and (answer := stepping_up.ask(request)) is not None:
        return answer
    if request.method == "POST":
        return _send(request, reference, step)
    turn = Turn.of(request, reference, step)
    try:
        return _open(turn)
    except Refusal as refusal:
        return _unfit(turn, refusal)


@policy("case_participant")
@require_POST
def case_step_draft(request: HttpRequest, reference: str, step: str) -> HttpResponse:
    """Keep what is being typed, or throw it away. 409 when the case moved on; what was typed is kept all the same."""
    turn = Turn.of(request, reference, step)
    if "discard" in request.POST:
        drafts.discard(turn.user, step, turn.case)
        return redirect("case_step", turn.case.reference, step)
    turn.keep()
    moved_on = FORMS[step].moves and request.POST.get("version", "") != str(turn.case.version)
    return HttpResponse(status=409 if moved_on else 204)


def _open(turn: Turn) -> HttpResponse:
    """Show the form, begun with what the case holds and what the person typed before."""
    form = turn.form(turn.record.look)
    turn.ask(form)
    kept = drafts.load(turn.user, turn.step.key, turn.case)
    form.initial.update(form.fill(turn.record))
    if kept:
        form.take_up(drafts.as_post(kept.data))
    return _draw(turn, form, saved_at=kept.saved_at if kept else None)


def _unfit(turn: Turn, refusal: Refusal) -> HttpResponse:
    """Say why this step is not this person's, or not one for now."""
    if isinstance(refusal, NotAllowed):
        return turn.page("errors/403.html", {"reason": str(refusal)}, status=403)
    context = {"why": str(refusal), "changed": turn.changes(3)}
    return turn.page("cases/not_now.html", context, status=409)


def _send(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Take what was sent: do it, or say what to mend, what changed, or why not. Words are never lost.

    The case is read once, with its row locked, and the action takes it from there.
    """
    try:
        with transaction.atomic():
            turn = Turn.of(request, reference, key, lock=True)
            form = turn.form(turn.look)
            if form.is_valid():
                given, said = form.cleaned_data, form.said()  # of the case as it was
                form.act(Audit(turn.at, given["form_token"], given["version"] if form.moves else None))
                return _done(turn, said)
    except Refusal as refusal:  # nothing was written, and the lock is off again
        if _sent_before(turn, form):
            return _done(turn, said)
        return _kept(turn.again(), _refused, form, refusal)
    return _kept(turn, _mend, form)


def _done(turn: Turn, said: str) -> HttpResponse:
    """Answer a form that was taken."""
    if turn.case.has_draft:  # type: ignore[attr-defined]
        drafts.discard(turn.user, turn.step.key, turn.case)
    messages.success(turn.request, said)
    return redirect(turn.case_url)


def _kept(turn: Turn, answer: Callable[..., HttpResponse], *given: Any) -> HttpResponse:
    """Return an answer to a form; when it is that the step is not this person's, what they wrote is kept first."""
    try:
        return answer(turn, *given)
    except Refusal as refusal:
        if isinstance(refusal, NotAllowed):
            turn.keep()
        return _unfit(turn, refusal)


def _mend(turn: Turn, form: StepForm) -> HttpResponse:
    """Answer a form with something missing or wrong in it."""
    if _sent_before(turn, form):
        messages.success(turn.request, SENT_BEFORE)
        return redirect(turn.case_url)
    try:
        turn.ask(form)
    except NotNow as why:
        return _changed(turn, form, why)
    return _draw(turn, form)


def _refused(turn: Turn, form: StepForm, refusal: Refusal) -> HttpResponse:
    """Answer a form that the action refused: the case moved on, or something in the form itself is to be mended."""
    if isinstance(refusal, Stale | AlreadyDone):
        return _changed(turn, form, refusal)
    try:
        turn.ask(form)
    except NotNow as why:
        return _changed(turn, form, why)
    form.add_error(None, str(refusal))
    return _draw(turn, form)


def _sent_before(turn: Turn, form: StepForm) -> bool:
    """Return whether this very form was sent before: then the first sending counts (a double press)."""
    token = form.cleaned_data.get("form_token")
    mine = Event.objects.filter(token=token, actor_id=turn.user.pk, chain=turn.case.chain)
    return token is not None and mine.exists()


def _changed(turn: Turn, form: StepForm, why: Refusal) -> HttpResponse:
    """Say what changed since the page was loaded; what was typed is kept as a draft and offered back."""
    turn.keep()
    try:
        turn.ask(form)
        go_on_url = turn.request.path
    except Refusal:
        go_on_url = ""
    since = max(turn.case.version - (form.cleaned_data.get("version") or turn.case.version), 1)
    own = turn.changed_alone(since)
    context = {
        "own": own,
        "why": OWN_CHANGE if own and isinstance(why, Stale) else str(why),
        "changed": turn.changes(since),
        "kept": form.words(),
        "go_on_url": go_on_url,
    }
    return turn.page("cases/conflict.html", context, status=409)


def _draw(turn: Turn, form: StepForm, *, saved_at: datetime | None = None) -> HttpResponse:
    address = [turn.case.reference, turn.step.key]
    context = {
        "form": form,
        "reading": cards(turn.record, form.reads),
        "saved_at": saved_at,
        "draft_url": reverse("case_step_draft", args=address) if form.asks_something else "",
    }
    return turn.page("cases/step.html", context)
