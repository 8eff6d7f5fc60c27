"""A record is taken out in the browser, and everybody in the case sees who opened it and who took it, and why."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.journeys import given
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.then import Then as then

pytestmark = pytest.mark.browser
WHY = "For the meeting on Thursday"


def test_a_record_is_taken_and_everybody_sees_it(stage: Cast, person: OpenWindow, tmp_path: Path) -> None:
    # Given a case that the Chief Social Work Officer has determined
    case = given.a_determined_case(stage).reference
    nurse = person(stage.nurse).signs_in()
    social_worker = person(stage.social_worker, width=375).signs_in()

    # When the nurse asks for the record without a reason
    nurse.goes_to(f"/cases/{case}/")
    nurse.follows("Take the record")
    nurse.presses_in_vain("Take the record")
    # Then she is told what to mend, and nothing leaves
    then(nurse).is_asked_to_mend(
        "Choose an answer for “In which form?”", "Enter an answer for “Why do you need it?”"
    )

    # When she says in which form and why
    nurse.page.get_by_label("Files:", exact=False).check()
    nurse.box("Why do you need it?").fill(WHY)
    with nurse.page.expect_download() as waiting:
        nurse.page.get_by_role("button", name="Take the record").click()
    file = tmp_path / "record.zip"
    waiting.value.save_as(file)
    # Then she holds the record, its seal, and a program that finds it intact
    assert waiting.value.suggested_filename == f"case-{case}.zip"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path)
    argv = [sys.executable, "-I", "-S", "verify.py", "trail.jsonl"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(".")[0]) == (0, "INTACT")
    assert (tmp_path / "record.pdf").read_bytes().startswith(b"%PDF-")

    # And the social worker sees who took it, when and why
    social_worker.goes_to(f"/cases/{case}/")
    social_worker.follows("Who opened this case")
    social_worker.sees(stage.nurse.full_name, WHY)

    # And a designated lead finds no look-up of hers to ask about, while the auditor sees how the trail is held
    lead = person(stage.health_lead).signs_in()
    lead.follows("Look-ups")
    lead.sees("Nothing to ask about.")
    auditor = person(stage.auditor).signs_in()
    auditor.follows("Trail")
    auditor.presses("Check everything now")
    auditor.sees("INTACT")
    keeper = person(stage.cpc_officer).signs_in()
    keeper.follows("Keeping")
    keeper.sees("Nothing waits.")
    assert pages_checked(nurse, social_worker, lead, auditor, keeper) >= 12
