"""Styles and scripts as production serves them: named by their content, compressed, and kept by browsers for good."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.http import HttpResponse
from django.test import RequestFactory
from whitenoise.middleware import WhiteNoiseMiddleware

from tests.infrastructure.processes import ROOT
from tests.infrastructure.test_docs import AS_IN_PRODUCTION

TELL = "from escalation.settings import *; print(STORAGES['staticfiles']['BACKEND'], WHITENOISE_AUTOREFRESH)"


def test_what_a_page_needs_is_hashed_compressed_and_kept(settings: Any, tmp_path: Path) -> None:
    known = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    told = subprocess.run(
        [sys.executable, "-c", TELL],
        cwd=ROOT,
        env=known | AS_IN_PRODUCTION,
        capture_output=True,
        text=True,
        check=True,
    )
    backend, looks_again = told.stdout.split()
    assert looks_again == "False", "in production files are found once, at the start"

    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    settings.STATIC_ROOT = str(tmp_path)
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    call_command("collectstatic", interactive=False, verbosity=0)
    serve = WhiteNoiseMiddleware(lambda request: HttpResponse(status=404))
    for name in ("app.css", "app.js", "on.js"):
        stem, _, kind = name.partition(".")
        url = staticfiles_storage.url(f"build/{name}")
        assert re.search(rf"/build/{stem}\.[0-9a-f]{{12}}\.{kind}$", url), url
        answer: Any = serve(RequestFactory().get(url, headers={"accept-encoding": "br, gzip"}))
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer["Content-Encoding"] in ("br", "gzip")
        answer.file_to_stream.close()  # the answer's own close ends a request, and with it connections
