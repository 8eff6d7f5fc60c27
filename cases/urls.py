"""Addresses of the product. None holds a fact about a child: a case is named by its random reference alone."""

from django.urls import path

from cases.views import adoption, calendar, case, glass, home, limits, log, procedure, record, reports, steps

urlpatterns = [
    path("", home.home, name="home"),
    path("cases/", home.case_list, name="case_list"),
    path("cases/new/", log.log, name="log"),
    path("cases/new/<slug:page>/", log.log_page, name="log_page"),
    path("cases/new/<slug:page>/draft/", log.log_draft, name="log_draft"),
    path("cases/<str:reference>/", case.case, name="case"),
    path("cases/<str:reference>/record/", record.take_record, name="take_record"),
    path("cases/<str:reference>/looked/", record.who_looked, name="who_looked"),
    path("look-ups/", record.flagged_looks, name="flagged_looks"),
    path("cases/<str:reference>/due/<int:pk>/", case.case_due, name="case_due"),
    path("cases/<str:reference>/do/<slug:step>/", steps.case_step, name="case_step"),
    path("cases/<str:reference>/do/<slug:step>/draft/", steps.case_step_draft, name="case_step_draft"),
    path("emergency-access/", glass.emergency_access, name="emergency_access"),
    path("emergency-access/<int:pk>/review/", glass.review_access, name="review_access"),
    path("procedure/", procedure.procedure, name="procedure"),
    path("procedure/what-if/", procedure.what_if, name="what_if"),
    path("procedure/versions/<int:pk>/", procedure.procedure_version, name="procedure_version"),
    path("procedure/versions/<int:pk>/compare/", adoption.compare_procedures, name="compare_procedures"),
    path("administration/calendar/", calendar.calendar, name="calendar"),
    path("administration/calendar/days/add/", calendar.calendar_add_day, name="calendar_add_day"),
    path("administration/calendar/days/<int:pk>/", calendar.calendar_day, name="calendar_day"),
    path("administration/calendar/hours/", calendar.calendar_hours, name="calendar_hours"),
    path("administration/calendar/hours/<int:pk>/", calendar.calendar_hours, name="calendar_agency_hours"),
    path("administration/calendar/fill/", calendar.calendar_fill, name="calendar_fill"),
    path("administration/calendar/changes/<int:pk>/", calendar.calendar_change, name="calendar_change"),
    path("administration/procedures/", adoption.procedure_office, name="procedure_office"),
    path("administration/procedures/<int:pk>/adopt/", adoption.adopt_procedure, name="adopt_procedure"),
    path("administration/limits/", limits.local_limits, name="local_limits"),
    path("administration/limits/<str:path>/", limits.local_limit, name="local_limit"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<slug:name>/", reports.report, name="report"),
    path("reports/<slug:name>/cases/", reports.report_cases, name="report_cases"),
    path("reports/<slug:name>/file/<slug:kind>/", reports.report_file, name="report_file"),
]
