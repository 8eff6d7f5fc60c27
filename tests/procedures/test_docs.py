"""docs/procedures.md tells no tales: its commands run, its links lead somewhere, and its buttons are on the pages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import call_command

from cases.models import ProcedureVersion
from cases.procedures.definitions import Procedure
from tests.procedures.conftest import TWO_RUNGS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "procedures.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    {" ".join(found.split()) for found in re.findall(r"`manage\.py\s+(procedures\b[^`]*)`", TEXT)}
)
LABELS = sorted({" ".join(found.split()) for found in re.findall(r"\*\*([^*]+)\*\*", TEXT)})
#: What is emphasised and no button, heading or link of a page.
EMPHASIS = {"A limit always carries its own mark."}


def test_the_commands_are_those_the_service_has() -> None:
    verbs = {command.split()[1] for command in COMMANDS}
    assert verbs == {"check", "draw", "list", "publish", "schema"}
    assert len(COMMANDS) == 6


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.django_db
def test_each_command_runs_as_it_stands_there(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs" / "ladders").mkdir(parents=True)
    (tmp_path / "area.toml").write_text(TWO_RUNGS.read_text(encoding="utf-8"), encoding="utf-8")
    call_command(*shlex.split(command.replace("FILE", "area.toml")))
    said = capsys.readouterr().out
    match command.split()[1]:
        case "check":
            assert "has no mistakes" in said
        case "publish":
            assert ProcedureVersion.objects.get().key == "made-up-area"
        case "draw":
            assert list(tmp_path.rglob("*.svg"))
        case "schema":
            assert (tmp_path / "procedure.schema.json").exists()
        case "list":
            assert "perth-and-kinross-2025" in said


def test_each_word_for_another_areas_policy_is_one_of_the_vocabulary() -> None:
    part = TEXT.partition("## What other areas ask for")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([A-Z][^|]+) \| [^|]+ \| ([^|]+) \|$", part, flags=re.MULTILINE)[1:]
    assert len(rows) == 17
    schema = Procedure.model_json_schema()
    known = {
        *schema["properties"],
        *(key for d in schema["$defs"].values() for key in d.get("properties", ())),
    }
    for policy, words in rows:
        assert set(re.findall(r"`([^`]+)`", words)) <= known, policy
        assert "`" in words or words.startswith("no word: "), policy
    areas = {"Lincolnshire", "Sefton", "West Yorkshire", "London"}
    assert areas <= {policy for policy, _ in rows}
    assert len(list((ROOT / "tests" / "procedures" / "areas").glob("*.toml"))) == len(areas)


def test_each_link_leads_somewhere() -> None:
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall(r"^#+ (.+)$", TEXT, flags=re.MULTILINE)
    }
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert len(links) >= 4
    for link in links:
        if link.startswith("#"):
            assert link[1:] in headings, link
        else:
            assert (ROOT / "docs" / link).exists(), link


@pytest.mark.parametrize("label", [label for label in LABELS if label not in EMPHASIS])
def test_each_button_and_heading_it_names_is_on_a_page(label: str) -> None:
    sources = [*(ROOT / "templates").rglob("*.html")]
    for package in ("accounts", "cases"):
        sources += (ROOT / package).rglob("*.py")
    assert any(label in path.read_text(encoding="utf-8") for path in sources), label
