"""Every process reads settings.py: what is missing, malformed or dangerous there stops it, whoever starts it."""

import os
import subprocess
import sys

import pytest

from tests.infrastructure.processes import ROOT

SOUND = {"SECRET_KEY": "k" * 50, "DATABASE_URL": "postgres://escalation@127.0.0.1/escalation"}
HTTPS = "https://escalation.example.org"
SMTP, NOTIFY = "smtp://mail.example.org", "notify://api.example.org/template"


def start(**environ: str) -> str:
    """Read the settings in a process of their own, and return the last line of what it said."""
    done = subprocess.run(
        [sys.executable, "-c", "import escalation.settings"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip().rpartition("\n")[2]


@pytest.mark.parametrize(
    "more", [{}, {"DEMO_MODE": "true"}, {"BASE_URL": HTTPS, "EMAIL_URL": NOTIFY, "NOTIFY_KEY": "key"}]
)
def test_sound_settings_start(more: dict[str, str]) -> None:
    assert start(**SOUND, **more) == ""


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"DATABASE_URL": SOUND["DATABASE_URL"]}, 'Environment variable "SECRET_KEY" not set'),
        ({**SOUND, "DATABASE_URL": "sqlite:///here"}, "DATABASE_URL must name a PostgreSQL database"),
        ({**SOUND, "REDIS_URL": "http://127.0.0.1"}, "REDIS_URL must name a Redis or Valkey server"),
        ({**SOUND, "BASE_URL": "escalation.example.org"}, "BASE_URL must be a whole address"),
        ({**SOUND, "EMAIL_URL": "mail.example.org"}, "EMAIL_URL must be like"),
        ({**SOUND, "EMAIL_URL": NOTIFY}, "GOV.UK Notify needs NOTIFY_KEY"),
        ({**SOUND, "DEMO_MODE": "true", "BASE_URL": HTTPS}, "DEMO_MODE lets anybody sign in as anyone"),
        ({**SOUND, "DEMO_MODE": "true", "EMAIL_URL": SMTP}, "DEMO_MODE lets anybody sign in as anyone"),
    ],
)
def test_what_is_wrong_stops_the_start_by_name(environ: dict[str, str], said: str) -> None:
    assert start(**environ).startswith(f"django.core.exceptions.ImproperlyConfigured: {said}")
