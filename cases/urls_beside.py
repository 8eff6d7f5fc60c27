"""Addresses beside the ladder: Re-thinks, chaired meetings, concerns about an agency."""

from django.urls import path

from cases.views import concerns, meetings, removals, rethinking

urlpatterns = [
    path("meetings/<str:reference>/", meetings.meeting, name="meeting"),
    path("meetings/<str:reference>/calendar.ics", meetings.meeting_calendar, name="meeting_calendar"),
    path("concerns/", concerns.concerns, name="concerns"),
    path("concerns/new/", concerns.concern_raise, name="concern_raise"),
    path("concerns/lead/", concerns.concerns_lead, name="concerns_lead"),
    path("concerns/lead/<str:reference>/", concerns.concern_lead, name="concern_lead"),
    path("concerns/lead/<str:reference>/decide/", concerns.concern_decide, name="concern_decide"),
    path("concerns/lead/<str:reference>/follow-up/", concerns.concern_follow_up, name="concern_follow_up"),
    path("concerns/<str:reference>/", concerns.concern, name="concern"),
    path("rethinks/", rethinking.rethink_list, name="rethinks"),
    path("rethinks/new/", rethinking.rethink_ask, name="rethink_ask"),
    path("rethinks/new/draft/", rethinking.rethink_ask_draft, name="rethink_ask_draft"),
    path("rethinks/<str:reference>/", rethinking.rethink, name="rethink"),
    path("rethinks/<str:reference>/calendar.ics", rethinking.rethink_calendar, name="rethink_calendar"),
    path("rethinks/<str:reference>/removal/", removals.ask_rethink_removal, name="ask_rethink_removal"),
    path("rethinks/<str:reference>/formal/", rethinking.rethink_take_on, name="rethink_take_on"),
    path("rethinks/<str:reference>/actions/<int:number>/", rethinking.rethink_action, name="rethink_action"),
    path("rethinks/<str:reference>/do/<slug:step>/", rethinking.rethink_step, name="rethink_step"),
    path(
        "rethinks/<str:reference>/do/<slug:step>/draft/",
        rethinking.rethink_step_draft,
        name="rethink_step_draft",
    ),
]
