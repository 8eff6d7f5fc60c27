"""Error pages that Django calls by name."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in plain words that the page was open too long or came from elsewhere; nothing was done."""
    return render(request, "errors/csrf.html", status=403)
