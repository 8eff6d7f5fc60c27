"""What is done to every request before a page sees it, and headers that every answer carries."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse

from escalation.views import signed_out

Handler = Callable[[HttpRequest], HttpResponse]


class WithoutZeroBytes:
    """Leaves the zero byte out of addresses: nobody types one, and PostgreSQL has none in a text. Forms refuse it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.META.get("QUERY_STRING", "")
        if "%00" in asked:
            request.META["QUERY_STRING"] = asked.replace("%00", "")
        request.path_info = request.path_info.replace("\0", "")
        return self.get_response(request)


class SignedIn(LoginRequiredMiddleware):
    """Asks for a sign-in on every page that is not declared open; a form sent too late gets its words back."""

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        return signed_out(request) if answer is not None and request.method == "POST" else answer


class PrivatePages:
    """Keeps signed-in pages out of every cache, so that Back on a shared computer shows nothing (E6, F2)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        return response
