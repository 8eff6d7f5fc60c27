"""Addresses of the product. None holds a fact about a child: a case is named by its random reference alone."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
