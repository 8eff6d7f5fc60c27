"""E6: who sits down at a shared computer afterwards finds nothing of a case, not even in the files of its browser."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from playwright.sync_api import Playwright

from cases.workflow import State
from escalation.middleware import PrivatePages
from tests import browsing
from tests.cast import Cast
from tests.journeys import given
from tests.journeys.person import Person
from tests.journeys.test_sign_in import gives_password, types_code
from tests.sign_in.proof import code, with_app

pytestmark = pytest.mark.browser

READ, TYPED, OURS = "Zqxvbwk7pjfd stood in a case", "Hgycmnr4tluo was typed and not sent", ".esc-header"
#: How a body that was sent smaller begins in a file, and how each is made whole again.
PACKED = {b"\x1f\x8b\x08": 31, b"\x78\x9c": 15, b"\x78\xda": 15}


class OnThisComputer:
    """A browser that keeps its files in a folder, as one in daily use does."""

    def __init__(self, engine: Playwright, chromium: str, folder: Path) -> None:
        self.engine, self.chromium, self.folder = engine, chromium, folder

    def new_context(self, **options: Any) -> Any:
        """Start it; closing the context ends it."""
        return self.engine.chromium.launch_persistent_context(
            self.folder, executable_path=self.chromium, args=browsing.flags(), **options
        )


@pytest.mark.parametrize("leaving", ["Quick exit", "goes on", "without script", "the fault"])
def test_no_word_of_a_case_is_left_in_the_files_of_the_browser(
    stage: Cast,
    live_server: Any,
    assets: None,
    playwright_engine: Playwright,
    chromium: str,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    leaving: str,
) -> None:
    settings.DEMO_MODE = False
    script = leaving in ("Quick exit", "goes on")
    if leaving == "the fault":
        may_be_kept(monkeypatch)
    case = given.a_case_at(stage, State.RESOLUTION, what=READ)
    browser: Any = OnThisComputer(playwright_engine, chromium, tmp_path)
    nurse = Person(browser, live_server.url, with_app(stage.nurse), width=1280, script=script, pictures=None)
    gives_password(nurse)
    types_code(nurse, code())
    nurse.goes_to(f"/cases/{case.reference}/").sees(READ)
    nurse.goes_to(f"/cases/{case.reference}/do/position/")
    nurse.page.get_by_role("textbox").first.fill(TYPED)
    if leaving == "Quick exit":
        nurse.page.get_by_role("button", name=leaving).click()
        nurse.page.wait_for_url(re.compile("/left/"))
    else:
        nurse.goes_to("/cases/")
    nurse.context.close()

    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    left = {words: [file.name for file in files if words in everything_in(file)] for words in (READ, TYPED)}
    with capsys.disabled():
        print(f"\n{len(files)} files after {leaving!r}: {left}")  # noqa: T201
    assert any(OURS in everything_in(file) for file in files) or leaving == "Quick exit"
    assert len(files) >= 30
    if leaving == "the fault":
        assert left[READ] and left[TYPED], "what may be kept is kept, and found: the search can see"
    else:
        assert left == {READ: [], TYPED: []}


def may_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every page say that the browser may keep it, and what stands in its boxes."""
    guarded = PrivatePages.__call__

    def kept(self: PrivatePages, request: HttpRequest) -> HttpResponse:
        response = guarded(self, request)
        response.headers["Cache-Control"] = "private, max-age=600"
        if not response.streaming:
            response.content = response.content.replace(b'autocomplete="off"', b"")
        return response

    monkeypatch.setattr(PrivatePages, "__call__", kept)


def everything_in(file: Path) -> str:
    """Return what a file holds, as text: as it stands, as text of two bytes a letter, and what was packed in it."""
    held = file.read_bytes()
    packed = [
        unpacked(held[found.start() :], PACKED[found[0]])
        for found in re.finditer(b"|".join(re.escape(start) for start in PACKED), held)
    ]
    return (
        "\n".join(
            text.decode(coding, errors="ignore")
            for text in (held, *packed)
            for coding in ("utf-8", "utf-16-le")  # two bytes a letter may begin at an odd place, too
        )
        + held[1:].decode("utf-16-le", errors="ignore")
    )


def unpacked(held: bytes, how: int) -> bytes:
    """Return what was packed at the beginning of these bytes; nothing, when that only looked like it."""
    try:
        return zlib.decompressobj(how).decompress(held)
    except zlib.error:
        return b""
