"""Addresses of notices. None holds anything about a case."""

from django.urls import path

from notifications import views

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.inbox_read, name="inbox_read"),
    path("demo/sent-mail/", views.sent_mail, name="sent_mail"),
]
