"""Notes when somebody was last here, after the page is made, and on which device somebody signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse

from accounts.sign_in import known_devices
from accounts.sign_in.sessions import SessionStore
from escalation.clock import now


class NotesClicks:
    """Keeps a sign-in alive while its owner clicks; writes at most once a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        known_devices.set_cookie(request, response)
        session = cast(SessionStore, request.session)
        if not session.modified and response.status_code < 500:  # saving it notes the click as well
            session.touch(now())
        return response
