"""Logging a disagreement: one question a page, kept on the server at each step, opened at the end (G01 to G06)."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.grants import holds
from accounts.permissions import Permission
from cases import drafts
from cases.actions.opening import open_case, record_diversion
from cases.actions.rethinking import became
from cases.audit import Audit, Verb
from cases.forms.asking import Asking
from cases.forms.counterparts import PEOPLE_SHOWN, agencies
from cases.forms.log import PAGES, LogPage, OpenForm, SafetyForm, ScopeForm, SearchForm, WhoForm
from cases.forms.log_answers import FORM_OF, Answers, page_form
from cases.models import Case, ProcedureVersion, Rethink
from cases.models.case import Safe
from cases.procedures import publishing
from cases.refusals import AlreadyDone, NotAllowed, NotNow, Refusal
from cases.views import log_summary as summary
from cases.views.fetch import person
from cases.views.log_summary import page_url
from escalation.clock import now
from escalation.routes import policy
from escalation.templatetags.words import clock
from escalation.trail.models import Event

PURPOSE = "log"
ORDER = tuple(FORM_OF)
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Desk:
    """What every page of the form starts from."""

    asking: Asking
    version: ProcedureVersion
    data: dict[str, Any]
    saved_at: Any

    def answers(self) -> Answers:
        return Answers(self.asking, self.data)


def _desk(request: HttpRequest) -> Desk:
    """Return procedure and draft of the person. Raises NotAllowed when they may not log a disagreement."""
    user = person(request)
    if not holds(user, Permission.LOG_DISAGREEMENT, user.agency):
        raise NotAllowed("Your role does not log disagreements. Ask your administrator if it should.")
    asking, version = _asking(request)
    draft = drafts.load(user, PURPOSE)
    return Desk(asking, version, draft.data if draft else {}, draft.saved_at if draft else None)


def _asking(request: HttpRequest) -> tuple[Asking, ProcedureVersion]:
    user, at = person(request), now()
    version = publishing.current_for(user.agency.partnership, timezone.localdate(at))
    return Asking(user, version.definition, at), version


def _explained(view: View) -> View:
    """Answer with a plain page when the person may not, or their partnership has adopted no procedure."""

    @functools.wraps(view)
    def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (NotAllowed, publishing.NothingAdopted) as refusal:
            return render(request, "errors/403.html", {"reason": str(refusal)}, status=403)

    return told


@policy("signed_in")
@require_safe
@_explained
def log(request: HttpRequest) -> HttpResponse:
    """Show what will be asked and how far one has come."""
    desk = _desk(request)
    answers = desk.answers()
    going_on = answers.open_pages[0].slug if answers.open_pages else "check"
    context = {
        "tasks": summary.tasks(answers),
        "begun": bool(answers.begun),
        "saved_at": desk.saved_at,
        "go_on_url": page_url(going_on),
        "throw_away_url": page_url("throw-away"),
        "words": desk.asking.procedure.words,
        "beside": summary.other_ways(desk.asking.procedure),
    }
    return render(request, "cases/log/start.html", context)


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
@_explained
def log_page(request: HttpRequest, page: str) -> HttpResponse:
    """Show one page of the form, or take what was answered on it."""
    other = {"elsewhere": _elsewhere, "help": _help, "check": _check, "throw-away": _throw_away}.get(page)
    if other is not None:
        return other(request)
    if page not in FORM_OF:
        raise Http404
    return _question(request, page)


@policy("signed_in")
@require_POST
def log_draft(request: HttpRequest, page: str) -> HttpResponse:
    """Keep what is being typed on a page, finished or not."""
    if page not in FORM_OF:
        raise Http404
    user, at = person(request), now()
    if not holds(user, Permission.LOG_DISAGREEMENT, user.agency):
        return HttpResponse(status=403)
    drafts.save_part(user, PURPOSE, {page: drafts.typed(request.POST)}, at=at)
    return JsonResponse({"saved": clock(at)})


def _question(request: HttpRequest, slug: str) -> HttpResponse:
    desk, words = _desk(request), request.GET.get("q", "").replace("\0", "")[:100]
    if request.method == "POST":
        form = page_form(desk.asking, slug, sent=request.POST, words=words)
        right = form.is_valid()
        _keep(desk, form, request)
        if right:
            return redirect(_after(form, request))
    else:
        form = page_form(desk.asking, slug, kept=desk.data.get(slug), words=words)
    number = ORDER.index(slug)
    context = {
        "form": form,
        "heading": form.heading,
        "number": number + 1,
        "of": len(PAGES),
        "back_url": page_url(_back(request, number)) if number or _checking(request) else None,
        "checking": _checking(request),
        "saved_at": desk.saved_at,
        "beside": summary.beside(slug, desk.asking.procedure),
        "unsafe": isinstance(form, SafetyForm) and form["child_safe"].value() in (Safe.NO, Safe.UNSURE),
    }
    if isinstance(form, WhoForm):
        context |= {
            "search": SearchForm(initial={"q": words}),
            "words": words,
            "found": len(form.offered),
            "many": len(form.offered) >= PEOPLE_SHOWN,
            "agencies": [] if form.offered else agencies(desk.asking),
        }
        return render(request, "cases/log/who.html", context)
    return render(request, "cases/log/question.html", context)


def _keep(desk: Desk, form: LogPage, request: HttpRequest) -> None:
    """Save the page as it was sent, right or wrong; count each route to which it leads, once a draft (G05)."""
    part: dict[str, Any] = {form.slug: drafts.typed(request.POST)}
    if isinstance(form, ScopeForm) and form.is_valid():
        counted = desk.data.get("diverted", [])
        for question in form.elsewhere:
            if question.key not in counted:
                record_diversion(
                    by=desk.asking.user,
                    question=question.key,
                    route=question.diverts_to,
                    procedure=desk.version,
                    signpost=question.signpost_title,
                    audit=Audit(desk.asking.at),
                )
        part["diverted"] = sorted({*counted, *(q.key for q in form.elsewhere)})
    drafts.save_part(desk.asking.user, PURPOSE, part, at=desk.asking.at)


def _checking(request: HttpRequest) -> bool:
    return request.GET.get("then") == "check"


def _back(request: HttpRequest, number: int) -> str:
    return "check" if _checking(request) else ORDER[number - 1]


def _after(form: LogPage, request: HttpRequest) -> str:
    """Return where a page leads that was answered."""
    then = summary.CHANGE if _checking(request) else ""
    if isinstance(form, ScopeForm) and form.elsewhere:
        return page_url("elsewhere") + then
    if isinstance(form, SafetyForm) and form.cleaned_data["child_safe"] != Safe.YES:
        return page_url("help") + then
    return _next(form.slug, request)


def _next(slug: str, request: HttpRequest) -> str:
    following = ORDER.index(slug) + 1
    return page_url("check" if _checking(request) or following == len(ORDER) else ORDER[following])


def _elsewhere(request: HttpRequest) -> HttpResponse:
    """Say which route fits, and how to come back or go on: never a dead end (G05)."""
    desk = _desk(request)
    form = page_form(desk.asking, "scope", sent=drafts.as_post(desk.data.get("scope") or {}))
    if not form.is_valid() or not isinstance(form, ScopeForm) or not form.elsewhere:
        return redirect(page_url("scope"))
    context = {
        "routes": [(q, summary.way_on(q, desk.asking.procedure)) for q in form.elsewhere],
        "go_on_url": _next("scope", request) if form.may_go_on else "",
        "scope_url": page_url("scope") + (summary.CHANGE if _checking(request) else ""),
        "stopping": [q for q in form.elsewhere if not q.may_go_on],
    }
    return render(request, "cases/log/elsewhere.html", context)


def _help(request: HttpRequest) -> HttpResponse:
    """Show whom to ring when the child is not safe, before anything else is asked (G06)."""
    _desk(request)
    context = {"go_on_url": _next("safety", request), "back_url": page_url("safety")}
    return render(request, "cases/log/help.html", context)


def _throw_away(request: HttpRequest) -> HttpResponse:
    desk = _desk(request)
    if request.method == "POST":
        drafts.discard(desk.asking.user, PURPOSE)
        messages.info(request, "Your draft was thrown away.")
        return redirect("home")
    return render(request, "cases/log/throw_away.html", {"saved_at": desk.saved_at})


def _check(request: HttpRequest) -> HttpResponse:
    """Show all answers once more; on POST open the disagreement."""
    if request.method == "POST":
        return _open(request)
    desk = _desk(request)
    if not desk.data:
        return redirect("log")
    return _show_check(request, desk, desk.answers(), OpenForm())


def _show_check(request: HttpRequest, desk: Desk, answers: Answers, form: OpenForm) -> HttpResponse:
    ready = not answers.open_pages
    context = {
        "form": form,
        "cards": summary.cards(answers),
        "ready": ready,
        "open_pages": [
            {"label": f.short, "url": page_url(f.slug) + summary.CHANGE} for f in answers.open_pages
        ],
        "elsewhere_url": page_url("elsewhere") if _stopped(answers) else "",
    }
    if ready:
        other = context["other"] = answers.who.chosen.user
        context["button_label"] = f"Log it and tell {other}"
        context["follows"] = summary.what_follows(answers, desk.version, desk.asking.user.agency.partnership)
    return render(request, "cases/log/check.html", context)


def _stopped(answers: Answers) -> bool:
    return answers.scope.is_valid() and not answers.scope.may_go_on


def _open(request: HttpRequest) -> HttpResponse:
    """Log the disagreement from the draft, once, however often the button was pressed."""
    form = OpenForm(request.POST)
    if form.is_valid():
        try:
            case = _open_draft(request, form.cleaned_data["form_token"])
        except AlreadyDone:
            return _opened_before(request, form.cleaned_data["form_token"])
        except NotAllowed:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Logged. {case.counterpart} has been told.")
            return redirect("case", case.reference)
    desk = _desk(request)
    return _show_check(request, desk, desk.answers(), form)


def _open_draft(request: HttpRequest, token: UUID) -> Case:
    """Take the draft and open it in one transaction, so that a refusal leaves the draft where it was."""
    asking, version = _asking(request)
    with transaction.atomic():
        draft = drafts.take(asking.user, PURPOSE)
        if draft is None:
            raise AlreadyDone("This was logged already.")
        answers = Answers(asking, draft.data)
        if answers.open_pages:
            raise NotNow("Some answers need another look before this can be logged. They are marked below.")
        audit = Audit(asking.at, token)
        case = open_case(answers.new_case(), by=asking.user, audit=audit, procedure=version)
        if reference := draft.data.get("rethink"):
            _link_rethink(asking, str(reference), case)
        return case


def _link_rethink(asking: Asking, reference: str, case: Case) -> None:
    """Note on the Re-think from whose facts a disagreement was begun that it became one (PO06)."""
    before = Rethink.objects.visible_to(asking.user).filter(reference=reference).first()
    if before is not None:
        with contextlib.suppress(Refusal):  # somebody else took it on meanwhile: the case stands all the same
            became(before, case, by=asking.user, audit=Audit(asking.at))


def _opened_before(request: HttpRequest, token: UUID) -> HttpResponse:
    """Lead to the disagreement that this form opened, or home when another window did."""
    user = person(request)
    event = Event.objects.filter(token=token, actor_id=user.pk, verb=Verb.OPENED).first()
    if event is not None:
        key = event.object_ref.removeprefix("case:")
        case = Case.objects.visible_to(user).filter(pk=int(key)).first()
        if case is not None:
            return redirect("case", case.reference)
    messages.info(
        request, "There is no draft to log. If you logged it in another window, it is in your list."
    )
    return redirect("home")
