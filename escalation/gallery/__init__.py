"""Every component in every state on one page, for people who make pages. Exists in demo mode only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from escalation.gallery.examples import components
from escalation.gallery.forms import FILLED, MISTAKEN, EveryField, ListFilter, OneQuestion
from escalation.routes import policy


@policy("demo")
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the components. `?errors` sends the form with mistakes, `?question` shows a page of one question."""
    if "question" in request.GET:
        form = OneQuestion({}) if "errors" in request.GET else OneQuestion()
        return render(request, "gallery_question.html", {"form": form})
    every = EveryField(MISTAKEN) if "errors" in request.GET else EveryField(initial=FILLED)
    shown = {"form": every, "list_filter": ListFilter(auto_id="filter_%s")}
    return render(request, "gallery.html", {**components(), **shown})
