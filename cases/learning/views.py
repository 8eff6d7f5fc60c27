"""Pages of learning for everybody: shared by theme, raised by me, decided by the officer; the briefing (PK09)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.grants import holds
from accounts.models import Membership, User
from accounts.permissions import Permission
from accounts.roles import Role
from cases.learning import items
from cases.learning.forms import ChangedForm, DecideForm, RaiseForm, RecogniseForm
from cases.models import Case, LearningItem, ProcedureVersion, Rethink, RethinkNote
from cases.models.learning import Recognition, Theme
from cases.refusals import NotNow
from cases.views.fetch import person
from cases.views.reports import partnership_of
from escalation.clock import now
from escalation.routes import policy
from escalation.templatetags.words import day

COLOUR = {"raised": "waiting", "adopted": "today", "noted": "closed", "done": "agreed"}


@policy("signed_in")
@require_safe
def learning(request: HttpRequest) -> HttpResponse:
    """Show what was learnt here, by theme, and the ways to add to it."""
    me = person(request)
    shared = list(
        LearningItem.objects.shared_in(me.agency.partnership)
        .select_related("procedure")
        .defer("procedure__text")
    )
    themes = [
        {"label": theme.label, "items": [i for i in shared if i.theme == theme]}
        for theme in Theme
        if any(i.theme == theme for i in shared)
    ]
    context = {
        "themes": themes,
        "mine": LearningItem.objects.filter(raised_by=me).count(),
        "reads_all": holds(me, Permission.VIEW_REPORTS, me.agency.partnership),
    }
    return render(request, "cases/learning/index.html", context)


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def learning_raise(request: HttpRequest) -> HttpResponse:
    """Raise an item, perhaps out of a case one takes part in: also guidance that is not clear (G31)."""
    me = person(request)
    reference = request.GET.get("case", "")
    case = Case.objects.visible_to(me).filter(reference=reference).first() if reference else None
    about_guidance = request.GET.get("about") == "guidance"
    initial = {
        "source": "guidance" if about_guidance else "case" if case else None,
        "theme": "guidance" if about_guidance else None,
    }
    if met := request.GET.get("rethink", ""):
        initial |= {"source": "rethink", "what": learnt_in(met, me)}
    form = RaiseForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        items.raise_item(by=me, case=case, at=now(), **form.cleaned_data)
        messages.success(request, "Thank you. You are told what is decided, and what changes.")
        return redirect("my_learning")
    return render(request, "cases/learning/raise.html", {"form": form})


def learnt_in(reference: str, user: User) -> str:
    """Return what was written down as learnt in a Re-think, for somebody who may read it to make it fit to share.

    The words of its last step, never of one that stays in the room; "" for anybody else (PO04, PO06).
    """
    found = Rethink.objects.visible_to(user).select_related("procedure").filter(reference=reference).first()
    laid = found.procedure.definition.rethink if found else None
    if laid is None or laid.steps[-1].stays_in_room:
        return ""
    notes = RethinkNote.objects.readable_by(user).filter(
        rethink=found, room=False, key=laid.steps[-1].key, kind__in=["step", "correction"]
    )
    return "\n\n".join(note.words for note in notes.order_by("written_at"))


@policy("signed_in")
@require_safe
def my_learning(request: HttpRequest) -> HttpResponse:
    """Show what I raised, and what became of it."""
    found = LearningItem.objects.filter(raised_by=person(request)).select_related("procedure")
    return render(
        request, "cases/learning/mine.html", {"items": [_told(i) for i in found.defer("procedure__text")]}
    )


def _told(item: LearningItem) -> dict[str, Any]:
    rows = [{"key": "Raised", "value": day(item.raised_at)}, {"key": "What", "value": item.what}]
    if item.decision:
        rows.append({"key": "Decision", "value": item.decision})
    if item.owner and item.due_on:
        rows.append({"key": "Who sees to it", "value": f"{item.owner}, by {day(item.due_on)}"})
    if item.changed:
        rows.append({"key": "What changed", "value": item.changed})
    if item.procedure:
        rows.append({"key": "Procedure", "value": str(item.procedure)})
    tag = {"text": item.get_state_display(), "colour": COLOUR[item.state]}
    return {"title": item.get_theme_display(), "rows": rows, "tag": tag, "pk": item.pk}


@policy("report_reader")
@require_safe
def learning_list(request: HttpRequest) -> HttpResponse:
    """Show all items to those who read the reports: no name, no case."""
    partnership = partnership_of(request)
    found = LearningItem.objects.filter(partnership=partnership)
    table = {
        "caption": "What was raised",
        "columns": [
            {"label": "Theme"},
            {"label": "From"},
            {"label": "For"},
            {"label": "State"},
            {"label": "Raised"},
        ],
        "rows": [
            [
                {"text": i.get_theme_display(), "url": reverse("learning_item", args=[i.pk])},
                i.get_source_display(),
                i.get_route_display(),
                {"text": "", "tag": {"text": i.get_state_display(), "colour": COLOUR[i.state]}},
                day(i.raised_at),
            ]
            for i in found[:500]
        ],
        "empty": "Nothing has been raised yet.",
    }
    return render(request, "cases/learning/list.html", {"table": table, "total": found.count()})


@policy("report_reader")
@require_http_methods(["GET", "HEAD", "POST"])
def learning_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an item without its raiser; the committee's officer decides on it and says what changed."""
    partnership = partnership_of(request)
    item = LearningItem.objects.filter(partnership=partnership, pk=pk).select_related("procedure").first()
    if item is None:
        raise Http404("no such item")
    may = holds(person(request), Permission.RECEIVE_REFERRALS, partnership)
    if request.method == "POST" and not may:
        raise PermissionDenied("The committee’s officer decides on learning.")
    form = _form(request, item) if may else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            _act(item, form, person(request))
        except NotNow as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Whoever raised it has been told.")
            return redirect("learning_item", pk=pk)
    return render(request, "cases/learning/item.html", {"item": _told(item), "form": form})


def _form(request: HttpRequest, item: LearningItem) -> DecideForm | ChangedForm | None:
    data = request.POST or None
    if item.state == LearningItem.State.RAISED:
        return DecideForm(data, initial={"theme": item.theme})
    if item.state == LearningItem.State.ADOPTED:
        found = (
            ProcedureVersion.objects.filter(adoptions__partnership=item.partnership_id)
            .defer("text")
            .distinct()
        )
        return ChangedForm(data, versions=[(v.pk, str(v)) for v in found])
    return None


def _act(item: LearningItem, form: DecideForm | ChangedForm, by: User) -> None:
    given = form.cleaned_data
    if isinstance(form, DecideForm):
        due_on = given.pop("due_on", None)
        items.decide(item, by=by, at=now(), due_on=due_on, **given)
        return
    procedure = ProcedureVersion.objects.filter(pk=given["procedure"]).first() if given["procedure"] else None
    items.say_what_changed(item, by=by, changed=given["changed"], procedure=procedure, at=now())


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def recognise(request: HttpRequest) -> HttpResponse:
    """Recognise a colleague's good practice."""
    me = person(request)
    form = RecogniseForm(request.POST or None, me=me)
    if request.method == "POST" and form.is_valid():
        assert form.colleague is not None
        manager = manager_of(form.colleague)
        items.recognise(
            by=me, colleague=form.colleague, manager=manager, words=form.cleaned_data["words"], at=now()
        )
        who = form.colleague.full_name
        messages.success(
            request, f"{who} has been told" + (f", and {manager.full_name}." if manager else ".")
        )
        return redirect("learning")
    return render(request, "cases/learning/recognise.html", {"form": form})


def manager_of(colleague: User) -> User | None:
    """Return the line manager of a person's team, or who leads their agency; None when nobody does."""
    today = timezone.localdate(now())
    teams = Membership.objects.on(today).filter(user=colleague, team__isnull=False).values("team")
    for where in (
        {"role": Role.LINE_MANAGER, "team__in": teams},
        {"role": Role.SENIOR_MANAGER, "agency": colleague.agency_id},
    ):
        found = (
            Membership.objects.on(today)
            .filter(user__is_active=True, **where)
            .exclude(user=colleague)
            .select_related("user")
            .order_by("starts_on", "pk")
            .first()
        )
        if found is not None:
            return found.user  # type: ignore[no-any-return]
    return None


@policy("signed_in")
@require_safe
def recognitions(request: HttpRequest) -> HttpResponse:
    """Show what colleagues said of me, and of the people I manage."""
    me = person(request)
    found = Recognition.objects.filter(colleague=me) | Recognition.objects.filter(manager=me)
    rows = found.select_related("sender__agency", "colleague").order_by("-at", "-pk")
    return render(request, "cases/learning/recognitions.html", {"rows": rows[:100], "me": me})


@policy("signed_in")
@require_safe
def briefing(request: HttpRequest) -> HttpResponse:
    """Show the seven-minute briefing (PK09)."""
    return render(request, "cases/learning/briefing.html", {})


@policy("signed_in")
@require_safe
def supervision(request: HttpRequest) -> HttpResponse:
    """Show the four questions before escalating, as a sheet for supervision (PK10)."""
    return render(request, "cases/learning/supervision.html", {})
