"""Browsers without a screen: threads that send one request after the other, each as a signed-in person."""

from __future__ import annotations

import http.client
import math
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings

CSRF = "b" * 32


class Refused(RuntimeError):
    """The server answered with something else than was to be measured."""


@dataclass(frozen=True)
class Request:
    """One request of a signed-in person; `form` makes it a POST, `before` is done first and not measured."""

    path: str
    session: str
    form: dict[str, object] | None = None
    before: Callable[[], None] | None = None

    @property
    def wanted(self) -> int:
        return 302 if self.form is not None else 200


@dataclass
class Run:
    """What one run of all clients took."""

    seconds: list[float] = field(default_factory=list)  # of each request
    clients: int = 1
    cpu: float = 0.0  # of web server and database together
    sizes: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return the requests a second that the clients were given while they waited for an answer."""
        return self.clients * len(self.seconds) / sum(self.seconds)

    @property
    def cpu_each(self) -> float:
        return self.cpu / len(self.seconds)

    def percentile(self, share: float) -> float:
        """Return the milliseconds within which this share of the requests was answered."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]

    @property
    def p50(self) -> float:
        return 1000 * statistics.median(self.seconds)


def send(port: int, request: Request) -> tuple[float, bytes, str]:
    """Send a request; return the seconds it took, the body and where it led. Raises Refused for a wrong answer."""
    cookies = f"{settings.SESSION_COOKIE_NAME}={request.session}; {settings.CSRF_COOKIE_NAME}={CSRF}"
    headers = {"Cookie": cookies, "Accept-Encoding": "identity"}
    body = None
    if request.form is not None:
        body = urlencode(request.form | {"csrfmiddlewaretoken": CSRF}, doseq=True)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    began = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET" if body is None else "POST", request.path, body, headers)
    answer = line.getresponse()
    got = answer.read()
    took = time.perf_counter() - began
    line.close()
    if answer.status != request.wanted:
        raise Refused(f"{request.path}: {answer.status}\n{got.decode(errors='replace')[-3000:]}")
    return took, got, answer.headers.get("Location", "")


def run(port: int, supplies: list[Iterator[Request]], seconds: float, most: int | None = None) -> Run:
    """Let one client for each supply send requests for so many seconds, or until its supply is used up."""
    found, wrong, lock = Run(clients=len(supplies)), [], threading.Lock()
    until = time.perf_counter() + seconds

    def client(supply: Iterator[Request]) -> None:
        times, sizes = [], []
        try:
            for request in supply:
                if request.before is not None:
                    request.before()
                took, got, _ = send(port, request)
                times.append(took)
                sizes.append(len(got))
                if time.perf_counter() > until or (most is not None and len(times) >= most):
                    break
        except Exception as error:
            wrong.append(error)
        with lock:
            found.seconds += times
            found.sizes += sizes

    threads = [threading.Thread(target=client, args=[supply]) for supply in supplies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return found
