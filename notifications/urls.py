"""Addresses of notices. None holds anything about a case."""

from django.urls import path

from notifications import mine, operations, views

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.inbox_read, name="inbox_read"),
    path("me/news/", mine.my_news, name="my_news"),
    path("me/calendar/", mine.calendar_feed_make, name="calendar_feed_make"),
    path("me/calendar/end/", mine.calendar_feed_end, name="calendar_feed_end"),
    path("calendars/<str:token>.ics", mine.calendar_feed, name="calendar_feed"),
    path("administration/operations/", operations.operations, name="operations"),
    path("administration/operations/retry/", operations.operations_retry, name="operations_retry"),
    path("demo/sent-mail/", views.sent_mail, name="sent_mail"),
]
