"""An area takes the service into use by one TOML file: put into the folder, everything finds it."""

from __future__ import annotations

import shutil
from datetime import date
from html import unescape
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from cases.checks import check_procedures
from cases.models import ProcedureVersion
from cases.procedures.loading import shipped_files
from tests import in_place
from tests.cast import Cast
from tests.pages.desk import client_of
from tests.procedures.walking import FILES, Walk


@pytest.mark.django_db
def test_a_file_in_the_folder_is_all_that_a_new_procedure_takes(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given the folder of the service with one file more
    before = list(shipped_files())
    for path in shipped_files().values():
        shutil.copy(path, tmp_path)
    shutil.copy(FILES["west-yorkshire"], tmp_path)
    monkeypatch.setattr("cases.procedures.loading.SHIPPED", tmp_path)
    # Then the service finds, checks, lists, draws and publishes it
    assert list(shipped_files()) == sorted([*before, "west-yorkshire"])
    assert check_procedures(None) == []
    said = StringIO()
    call_command("procedures", "list", stdout=said)
    assert "west-yorkshire: " in said.getvalue()
    call_command("procedures", "draw", "west-yorkshire", stdout=said)
    assert "<svg" in said.getvalue()
    call_command("procedures", "publish", "--all", stdout=said)
    version = ProcedureVersion.objects.get(key="west-yorkshire")
    # And administrators may adopt it, everybody reads it, and a case climbs it to the top
    office = client_of(cast.administrator)
    assert version.title in unescape(office.get(reverse("procedure_office")).content.decode())
    in_place.adopt(cast.partnership, version, from_date=date(2026, 1, 1), reason="one file")
    page = unescape(client_of(cast.nurse).get(reverse("procedure")).content.decode())
    assert all(rung.label in page for rung in version.definition.rungs)
    walk = Walk(cast, version)
    walk.climb()
    walk.settle()
    walk.close()
    assert walk.case.state == "closed"
