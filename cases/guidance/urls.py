"""Addresses of help."""

from django.urls import path

from cases.guidance import views

urlpatterns = [
    path("help/", views.help_index, name="help"),
    path("help/roles/<slug:name>/", views.help_role, name="help_role"),
    path("help/words/", views.help_glossary, name="glossary"),
    path("help/sources/", views.help_sources, name="sources"),
    path("help/unclear/", views.unclear, name="unclear"),
]
