"""The processes that faults are done to: broker, pages, workers, and people who load pages meanwhile."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def python(code: str, **environ: str) -> subprocess.Popen[str]:
    """Start a Python process with Django set up."""
    return subprocess.Popen(
        [sys.executable, "-c", f"import datetime, django; django.setup()\n{code}"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "escalation.settings"} | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def iso(at: Any) -> str:
    """Return Python source that gives an instant."""
    return f"datetime.datetime.fromisoformat({at.isoformat()!r})"


def say(text: str) -> None:
    """Tell how far it is."""
    os.write(2, f"  {text}\n".encode())


class Redis:
    """A broker of our own that can be stopped, frozen and brought back on the same port, empty."""

    def __init__(self) -> None:
        self.port = int(os.environ["FAULTS_PORTS"].split(",")[0])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None
        self.back("stopped")

    def back(self, how: str) -> None:
        """Bring it back."""
        if how == "frozen" and self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            return
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [os.environ["FAULTS_VALKEY"], *options],
            cwd=os.environ["FAULTS_FOLDER"],
            stdout=subprocess.DEVNULL,
        )
        time.sleep(1)

    def away(self, how: str) -> None:
        """Take it away: killed, or frozen so that connections hang."""
        assert self.process is not None
        if how == "frozen":
            self.process.send_signal(signal.SIGSTOP)
        else:
            self.process.kill()
            self.process.wait()

    def queued(self) -> int:
        """Return how many tasks wait in the queue."""
        import redis

        return int(redis.Redis(port=self.port).llen("celery"))


class Load:
    """Two browsers of somebody who is signed in, loading home, notices and a case one after the other."""

    def __init__(self, port: int, case_id: int) -> None:
        from django.conf import settings
        from django.test import Client
        from django.utils import timezone

        from accounts.models import User
        from cases.models import Case

        client = Client()
        client.force_login(User.objects.get(full_name="Nadia Reid"))
        session = client.session
        session["confirmed_at"] = timezone.now().isoformat()
        session.save()
        kept = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.cookie = f"session-{port}={kept}"  # the pages know their cookie by their port
        self.port = port
        reference = Case.objects.values_list("reference", flat=True).get(pk=case_id)
        self.pages = ["/", "/inbox/", f"/cases/{reference}/"]

    def run(self, seconds: float) -> list[tuple[int, float]]:
        """Load pages for some seconds; return status and seconds of each."""
        done: list[tuple[int, float]] = []
        until = time.monotonic() + seconds

        def browse() -> None:
            number = 0
            while time.monotonic() < until:
                began, number = time.monotonic(), number + 1
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                    connection.request("GET", self.pages[number % 3], headers={"Cookie": self.cookie})
                    answer = connection.getresponse()
                    answer.read()
                    status = answer.status
                except OSError:
                    status = 0
                done.append((status, time.monotonic() - began))

        browsers = [threading.Thread(target=browse) for _ in range(2)]
        for browser in browsers:
            browser.start()
        for browser in browsers:
            browser.join()
        return done


def p95(pages: list[tuple[int, float]]) -> float:
    """Return the 95th percentile of the seconds of pages."""
    seconds = sorted(took for _, took in pages)
    return seconds[len(seconds) * 95 // 100]


def celery(what: str, number: int, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a worker or a beat."""
    folder = Path(os.environ["FAULTS_FOLDER"])
    more = {
        "worker": ["-c", "1", "-n", f"worker{number}@faults", "--without-mingle"],
        "beat": ["-s", str(folder / f"beat{number}"), "--pidfile="],
    }[what]
    with (folder / f"{what}{number}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "escalation", what, "-l", "WARNING", *more],
            cwd=ROOT,
            env=os.environ | environ,
            stdout=log,
            stderr=log,
        )


def serve(port: int, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start the pages."""
    more = {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "BASE_URL": f"http://127.0.0.1:{port}"}
    argv = [
        "gunicorn",
        "escalation.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        "--no-control-socket",
    ]
    with (Path(os.environ["FAULTS_FOLDER"]) / "web.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *argv], cwd=ROOT, env=os.environ | environ | more, stdout=log, stderr=log
        )


def wait_for_web(port: int) -> None:
    """Wait until the pages answer."""
    for _ in range(120):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the pages did not answer")


def stop(running: list[Any]) -> None:
    """End processes that we started."""
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
