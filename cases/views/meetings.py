"""The page of a chaired meeting for whoever is invited, and its calendar file. It says nothing about the case."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cases.calendar_files import calendar_file, file_name
from cases.middleware import will_look
from cases.models import Case, ChairedMeeting, Invitation
from cases.models.gathering import Gathering
from cases.presenters.wording import lasting
from cases.record import looks
from cases.views.fetch import person
from escalation.clock import now
from escalation.routes import policy
from escalation.templatetags.words import moment


def _find(request: HttpRequest, reference: str) -> tuple[ChairedMeeting, bool]:
    """Return the meeting, and whether the person takes part in its case; 404 for whoever is not even invited.

    Whoever reads of it is written down among those who looked at the case; without that there is no page.
    """
    me, typed = person(request), reference.upper().replace("\x00", "")
    rows = ChairedMeeting.objects.filter(reference=typed, case__partnership_id=me.agency.partnership_id)
    found = rows.select_related("case__partnership", "chair", "convener").first()
    if found is None:
        raise Http404("no such meeting")
    takes_part = Case.objects.visible_to(me).filter(pk=found.case_id).exists()
    invited = Invitation.objects.live().filter(meeting=found, user=me)
    if not takes_part and not (me.is_active and invited.exists()):
        raise Http404("no such meeting")
    if takes_part:
        will_look(request, found.case, me)
    else:
        page = request.resolver_match.url_name if request.resolver_match else ""
        ref = f"meeting:{found.pk}"
        looks.note_beside(found.case.chain, ref, me, page=page or "", at=now(), role=looks.INVITED)
    return found, takes_part


@policy("invited")
@require_safe
def meeting(request: HttpRequest, reference: str) -> HttpResponse:
    """Show when and where; who takes part in the case finds the way to it."""
    found, takes_part = _find(request, reference)
    at = now()
    state = "Called off" if found.called_off else "Held" if found.held_at else "Called"
    rows = [{"key": "Where it stands", "value": state}]
    if found.meets_at is not None and not found.called_off:
        rows.append(
            {
                "key": "When",
                "value": f"{_sentence(moment(found.meets_at, at))}, for {lasting(found.minutes or 60)}",
            }
        )
        rows += [{"key": "Where", "value": found.place}] if found.place else []
        rows += [{"key": "Online", "value": found.link, "url": found.link}] if found.link else []
    rows.append({"key": "Who chairs it", "value": found.chair.full_name})
    rows.append(
        {"key": "Whom to tell if you cannot come", "value": f"{found.convener} ({found.convener.email})"}
    )
    context = {
        "reference": found.reference,
        "rows": rows,
        "case_url": reverse("case", args=[found.case.reference]) if takes_part else "",
        "calendar_url": "" if found.called_off else reverse("meeting_calendar", args=[found.reference]),
    }
    return render(request, "cases/meeting.html", context)


@policy("invited")
@require_safe
def meeting_calendar(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the meeting as a calendar file."""
    found, _ = _find(request, reference)
    return calendar_answer(found, now())


def calendar_answer(gathering: Gathering, at: datetime) -> HttpResponse:
    """Return the answer that holds the calendar file of a meeting."""
    host = settings.BASE_URL.hostname or "localhost"
    data = calendar_file(gathering, at=at, host=host, organiser=settings.DEFAULT_FROM_EMAIL)
    response = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name(gathering)}"'
    return response


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
