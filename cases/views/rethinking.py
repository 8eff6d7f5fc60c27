"""Pages of Re-thinks: my list, asking for one, its page, its steps, its calendar file, and taking it on as a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.grants import holds
from accounts.models import User
from accounts.permissions import Permission
from cases import drafts, rethinks
from cases.actions import rethinking as actions
from cases.audit import Audit
from cases.forms.aside import Asked
from cases.forms.rethink_correcting import CorrectForm
from cases.forms.rethinking import ArrangeForm, AskForm, CallOffForm, RecordForm, RedirectForm, RethinkForm
from cases.models import Draft, Rethink, RethinkAction, RethinkNote
from cases.presenters import rethinking as shown
from cases.record import looks
from cases.refusals import NotAllowed, NotNow, Refusal
from cases.rethinks import RethinkLook
from cases.views.aside import send
from cases.views.fetch import person
from cases.views.meetings import calendar_answer
from escalation.clock import now
from escalation.routes import policy

FORMS: dict[str, type[RethinkForm]] = {
    "arrange": ArrangeForm,
    "record": RecordForm,
    "correct": CorrectForm,
    "redirect": RedirectForm,
    "call-off": CallOffForm,
}
NEW = "rethink:new"
#: No more than this stand on one page; older ones are found by their reference in a notice.
SHOWN = 50


def find_rethink(request: HttpRequest, reference: str) -> Rethink:
    """Return the Re-think of this reference; 404 in the same words for none and for one that is not theirs to see.

    Whoever reads a page of it is written down, as for cases; without that there is no page.
    """
    typed = reference.upper().replace("\x00", "")
    rows = Rethink.objects.visible_to(person(request)).filter(reference=typed)
    found = rows.select_related("procedure", "partnership", "asked_by", "agency", "became", "case").first()
    if found is None:
        raise Http404("no such Re-think")
    if request.method != "POST":
        page = request.resolver_match.url_name if request.resolver_match else ""
        ref = f"rethink:{found.pk}"
        looks.note_beside(found.chain, ref, person(request), page=page or "", at=now(), role="takes_part")
    return found


def _look(request: HttpRequest, reference: str, at: datetime) -> RethinkLook:
    return RethinkLook.at_rethink(find_rethink(request, reference), person(request), at)


def _url(rethink: Rethink) -> str:
    return reverse("rethink", args=[rethink.reference])


@policy("signed_in")
@require_safe
def rethink_list(request: HttpRequest) -> HttpResponse:
    """Show the Re-thinks a person takes part in or arranges, what waits on them first."""
    me, at = person(request), now()
    offered, why = _offered(me, at)
    rows = list(
        Rethink.objects.visible_to(me).select_related("asked_by").order_by("-asked_at", "-pk")[:SHOWN]
    )
    arranges = me.agency.partnership_id in rethinks.coordinates_for(me)
    waiting = [r for r in rows if arranges and r.state == Rethink.State.ASKED]
    context = {
        "laid": offered,
        "ask_label": f"Ask for a {offered.label}" if offered else "",
        "why_not": why,
        "waiting": {"heading": "Waiting to be arranged", "rows": [shown.row(r, me, at) for r in waiting]},
        "others": {
            "heading": "All others" if waiting else "Yours",
            "rows": [shown.row(r, me, at) for r in rows if r not in waiting],
            "empty": {
                "heading": "None yet",
                "text": "One that you ask for or are invited to stands here.",
            },
        },
        "arranges": arranges,
        "reads_use": holds(me, Permission.VIEW_REPORTS, me.agency.partnership),
    }
    return render(request, "cases/rethink/list.html", context)


def _offered(me: User, at: datetime) -> tuple[Any, str]:
    try:
        return rethinks.offered_to(me, at)[1], ""
    except Refusal as refusal:
        return None, str(refusal)


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def rethink_ask(request: HttpRequest) -> HttpResponse:
    """Ask for a Re-think, with or without a disagreement (PO02)."""
    me, at = person(request), now()
    try:
        version, laid = rethinks.offered_to(me, at)
    except Refusal as refusal:
        return render(request, "errors/403.html", {"reason": str(refusal)}, status=403)

    def page(form: Asked) -> HttpResponse:
        context = {
            "form": form,
            "heading": f"Ask for a new {laid.label}",  # within a case it is a step of that name
            "laid": laid,
            "back_url": reverse("rethinks"),
            "back_label": f"Back to {laid.label}",
            "draft_url": reverse("rethink_ask_draft"),
        }
        return render(request, "cases/rethink/ask.html", context)

    if request.method == "POST":
        form = AskForm(me, version, request.POST)

        def done() -> str:
            return _url(form.made) if form.made else reverse("rethinks")

        return send(request, form, at=at, page=page, done_url=done, user=me, purpose=NEW)
    form = AskForm(me, version)
    if kept := drafts.load(me, NEW):
        form.take_up(drafts.as_post(kept.data))
    return page(form)


@policy("signed_in")
@require_POST
def rethink_ask_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is being typed in a request."""
    if words := drafts.typed(request.POST):
        drafts.save(person(request), NEW, words, at=now())
    return HttpResponse(status=204)


@policy("rethink_participant")
@require_safe
def rethink(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one Re-think: facts to all who take part, and of the notes what this person may read (PO06)."""
    at = now()
    look = _look(request, reference, at)
    row = look.rethink
    notes = list(RethinkNote.objects.readable_by(look.user).filter(rethink=row).select_related("author"))
    held = row.state == Rethink.State.HELD
    acts = RethinkAction.objects.filter(rethink=row).select_related("owner__user") if held else []
    case = row.case or row.became
    context = {
        "row": row,
        "laid": look.laid,
        "tag": shown.tag(row),
        "buttons": shown.buttons(look),
        "facts": shown.facts(look, notes),
        "points": shown.points(look, notes),
        "people": shown.people(look),
        "held": held,
        "steps": shown.steps(look, notes),
        "outcomes": shown.outcomes(look, notes) if held else [],
        "actions": shown.actions(look, list(acts), notes),
        "calendar_url": reverse("rethink_calendar", args=[row.reference])
        if row.state == Rethink.State.ARRANGED and look.mine
        else "",
        "case_url": _case_url(look, case),
        "has_case": case is not None,
    }
    return render(request, "cases/rethink/rethink.html", context)


def _case_url(look: RethinkLook, case: Any) -> str:
    """Return the address of the case beside or after it, for somebody who takes part in that too."""
    from cases.models import Case

    if case is None or not Case.objects.visible_to(look.user).filter(pk=case.pk).exists():
        return ""
    return reverse("case", args=[case.reference])


@policy("rethink_participant")
@require_safe
def rethink_calendar(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the meeting as a calendar file to somebody who is invited."""
    at = now()
    look = _look(request, reference, at)
    row = look.rethink
    if look.mine is None or row.meets_at is None:
        raise Http404("nothing for a calendar")
    return calendar_answer(row, at)


@policy("rethink_participant")
@require_http_methods(["GET", "HEAD", "POST"])
def rethink_step(request: HttpRequest, reference: str, step: str) -> HttpResponse:
    """Show the form of a step of a Re-think, or take it."""
    if step not in FORMS:
        raise Http404("no such step")
    me, at = person(request), now()
    look = _look(request, reference, at)
    stepped, purpose = shown.STEPS[step], f"rethink:{look.rethink.reference}:{step}"
    url = _url(look.rethink)
    if refused := _refused(request, look, step, url):
        if request.method == "POST" and (words := drafts.typed(request.POST)):
            drafts.save(me, purpose, words, at=at)
        return refused

    def page(form: Asked) -> HttpResponse:
        context = {
            "form": form,
            "heading": shown.label_of(look, stepped),
            "caption": f"{look.laid.label} {look.rethink.reference}",
            "back_url": url,
            "back_label": f"Back to {look.laid.label} {look.rethink.reference}",
            "draft_url": reverse("rethink_step_draft", args=[look.rethink.reference, step]),
        }
        return render(request, "cases/aside/form.html", context)

    if request.method == "POST":
        form = FORMS[step](look, request.POST)
        return send(request, form, at=at, page=page, done_url=lambda: url, user=me, purpose=purpose)
    form = FORMS[step](look)
    if kept := drafts.load(me, purpose):
        form.take_up(drafts.as_post(kept.data))
    return page(form)


def _refused(request: HttpRequest, look: RethinkLook, step: str, url: str) -> HttpResponse | None:
    """Return the page that says why this person cannot take a step, or None when they can."""
    try:
        shown.STEPS[step].rule(look)
    except NotAllowed as refusal:
        return render(request, "errors/403.html", {"reason": str(refusal)}, status=403)
    except NotNow as refusal:
        context = {"why": str(refusal), "heading": shown.STEPS[step].label, "back_url": url}
        return render(request, "cases/aside/not_now.html", context, status=409)
    return None


@policy("rethink_participant")
@require_POST
def rethink_step_draft(request: HttpRequest, reference: str, step: str) -> HttpResponse:
    """Keep what is being typed in a step; nobody but its writer reads it."""
    if step not in FORMS:
        raise Http404("no such step")
    found = find_rethink(request, reference)
    if words := drafts.typed(request.POST):
        drafts.save(person(request), f"rethink:{found.reference}:{step}", words, at=now())
    return HttpResponse(status=204)


@policy("rethink_participant")
@require_POST
def rethink_action(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Report an action as done or not done."""
    found = find_rethink(request, reference)
    action = RethinkAction.objects.filter(rethink=found, number=min(number, 32767)).first()
    if action is None or request.POST.get("done") not in ("yes", "no"):
        raise Http404("no such action")
    done = request.POST["done"] == "yes"
    try:
        actions.report_action(found, action, by=person(request), audit=Audit(now()), done=done)
    except NotAllowed as refusal:
        return render(request, "errors/403.html", {"reason": str(refusal)}, status=403)
    except Refusal as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(request, f"Action {number} is marked as {'done' if done else 'not done'}.")
    return redirect(_url(found))


@policy("rethink_participant")
@require_http_methods(["GET", "HEAD", "POST"])
def rethink_take_on(request: HttpRequest, reference: str) -> HttpResponse:
    """Show which facts go along, and on POST begin the formal record with them: never a note of the room (PO06)."""
    me, at = person(request), now()
    look = _look(request, reference, at)
    url = _url(look.rethink)
    try:
        rethinks.take_on(look)
    except NotAllowed as refusal:
        return render(request, "errors/403.html", {"reason": str(refusal)}, status=403)
    except NotNow as refusal:
        context = {"why": str(refusal), "heading": "Take it on as a formal escalation", "back_url": url}
        return render(request, "cases/aside/not_now.html", context, status=409)
    carried = actions.facts_to_carry(look.rethink, me)
    begun = Draft.objects.filter(user=me, purpose="log", case=None).exists()
    if request.method == "POST" and not begun:
        words = "\n\n".join(f"{heading}:\n{text}" for heading, text in carried)
        what = {"what": [words[:4000]]}
        drafts.save(me, "log", {"what": what, "rethink": look.rethink.reference}, at=at)
        messages.success(
            request, "The facts stand in the form under “What happened”. Change them as you need."
        )
        return redirect("log")
    shown_facts: dict[str, Any] = {
        "row": look.rethink,
        "laid": look.laid,
        "back_url": url,
        "carried": [{"key": heading, "value": text} for heading, text in carried],
        "stays": [s.heading for s in look.laid.steps if s.stays_in_room],
        "begun": begun,
    }
    return render(request, "cases/rethink/take_on.html", shown_facts)
