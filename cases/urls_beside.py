"""Addresses beside the ladder: Re-thinks, chaired meetings, concerns about an agency."""

from django.urls import path

from cases.views import rethinking

urlpatterns = [
    path("rethinks/", rethinking.rethink_list, name="rethinks"),
    path("rethinks/new/", rethinking.rethink_ask, name="rethink_ask"),
    path("rethinks/new/draft/", rethinking.rethink_ask_draft, name="rethink_ask_draft"),
    path("rethinks/<str:reference>/", rethinking.rethink, name="rethink"),
    path("rethinks/<str:reference>/calendar.ics", rethinking.rethink_calendar, name="rethink_calendar"),
    path("rethinks/<str:reference>/formal/", rethinking.rethink_take_on, name="rethink_take_on"),
    path("rethinks/<str:reference>/actions/<int:number>/", rethinking.rethink_action, name="rethink_action"),
    path("rethinks/<str:reference>/do/<slug:step>/", rethinking.rethink_step, name="rethink_step"),
    path(
        "rethinks/<str:reference>/do/<slug:step>/draft/",
        rethinking.rethink_step_draft,
        name="rethink_step_draft",
    ),
]
