"""`manage.py procedures` and the system check: what they print and when they fail."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError

from cases.checks import check_procedures, check_published_procedures
from cases.models.procedure import ProcedureVersion
from cases.procedures.definitions import Procedure
from cases.procedures.drawing import describe, draw
from cases.procedures.loading import shipped_files
from tests.procedures.conftest import TWO_RUNGS


def run(*args: str) -> str:
    out = StringIO()
    call_command("procedures", *args, stdout=out, stderr=out)
    return out.getvalue()


def fails(*args: str) -> tuple[str, str]:
    """Return what was printed and the sentence it ended with; Django turns that into exit code 1."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("procedures", *args, stdout=out, stderr=out)
    assert caught.value.returncode == 1
    return out.getvalue(), str(caught.value)


@pytest.fixture
def broken(tmp_path: Path, made_up_text: str) -> Path:
    path = tmp_path / "area.toml"
    text = made_up_text.replace('acts = "practitioner"\n', "").replace('family = "plan"', 'family = "plans"')
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_said_to_be_good() -> None:
    assert run("check", str(TWO_RUNGS)) == (
        "two_rungs.toml: Made-up Area: Settling Professional Differences, version 3.1, has no mistakes.\n"
    )
    assert json.loads(run("check", str(TWO_RUNGS), "--json")) == {
        "key": "made-up-area",
        "version": "3.1",
        "problems": [],
    }


def test_a_bad_file_is_told_line_by_line(broken: Path) -> None:
    rows = broken.read_text(encoding="utf-8").splitlines()
    family, rung = rows.index('family = "plans"') + 1, rows.index("[[rungs]]") + 1
    printed, ended = fails("check", str(broken))
    assert printed == (
        f'area.toml:{family}: reasons[service_offered].family: "plans" is unknown. To mend it: did you mean "plan"?.\n'
        f"area.toml:{rung}: rungs[resolution].acts: nobody acts on this rung. To mend it: name the role that acts, "
        'such as acts = "line_manager".\n'
    )
    assert ended == "2 mistakes in area.toml."


def test_a_bad_file_as_json(broken: Path) -> None:
    printed, _ = fails("check", str(broken), "--json")
    first = json.loads(printed)["problems"][0]
    assert (first["file"], first["key"], first["what"]) == (
        "area.toml",
        "reasons[service_offered].family",
        '"plans" is unknown',
    )


def test_a_file_that_is_not_there() -> None:
    printed, ended = fails("check", "nowhere.toml")
    assert printed.startswith("nowhere.toml:1: the file cannot be read (No such file or directory).")
    assert ended == "1 mistake in nowhere.toml."


@pytest.mark.django_db
def test_publishing_a_file_and_listing_it() -> None:
    assert run("publish", str(TWO_RUNGS)) == "made-up-area version 3.1 published.\n"
    assert run("publish", str(TWO_RUNGS)) == "made-up-area version 3.1 was published already.\n"
    assert run("list") == (
        "made-up-area: Made-up Area: Settling Professional Differences (an area's own; published: 3.1)\n"
        "perth-and-kinross-2019: Perth and Kinross: Resolution and Escalation Arrangements, 2019 (comes as version 1; "
        "published: none)\n"
        "perth-and-kinross-2025: Perth and Kinross: Resolution and Escalation, 2025 (comes as version 1.1; "
        "published: none)\n"
        "portsmouth: Portsmouth: Re-think and Escalation for the Resolution of Professional Disagreement (comes as "
        "version 1; published: none)\n"
        "worcestershire: Worcestershire: Escalation Policy, Resolution of Professional Disagreements (comes as "
        "version 1; published: none)\n"
    )


@pytest.mark.django_db
def test_publishing_all_that_come_with_the_service() -> None:
    printed = json.loads(run("publish", "--all", "--json"))
    keys = ["perth-and-kinross-2019", "perth-and-kinross-2025", "portsmouth", "worcestershire"]
    ids = [ProcedureVersion.objects.get(key=key).pk for key in keys]
    versions = ["1", "1.1", "1", "1"]
    assert printed == [
        {"id": pk, "key": key, "version": version, "new": True}
        for pk, key, version in zip(ids, keys, versions, strict=True)
    ]
    listed = {row["key"]: row for row in json.loads(run("list", "--json"))}
    assert list(listed) == keys
    assert listed["perth-and-kinross-2025"] == {
        "key": "perth-and-kinross-2025",
        "title": "Perth and Kinross: Resolution and Escalation, 2025",
        "shipped_version": "1.1",
        "published_versions": ["1.1"],
    }


@pytest.mark.django_db
def test_a_bad_file_is_not_published(broken: Path) -> None:
    assert fails("publish", str(broken))[1] == "2 mistakes in area.toml."
    assert not ProcedureVersion.objects.exists()


@pytest.mark.django_db
def test_a_changed_file_needs_a_new_number(tmp_path: Path, made_up_text: str) -> None:
    run("publish", str(TWO_RUNGS))
    changed = tmp_path / "area.toml"
    changed.write_text(made_up_text.replace("The workers talk", "They talk"), encoding="utf-8")
    assert "give area.toml a new version number" in fails("publish", str(changed))[1]


@pytest.mark.parametrize("args", [["publish"], ["publish", str(TWO_RUNGS), "--all"]])
def test_publish_wants_a_file_or_all(args: list[str]) -> None:
    assert fails(*args)[1] == "Say which: a FILE, or --all for those that come with the service."


def test_drawing_to_the_screen_and_to_a_file(tmp_path: Path, pk: Procedure, made_up: Procedure) -> None:
    assert run("draw", "perth-and-kinross-2025") == draw(pk) + "\n"
    assert run("draw", str(TWO_RUNGS), "--text") == describe(made_up) + "\n"
    out = tmp_path / "ladder.svg"
    assert run("draw", "perth-and-kinross-2025", "--out", str(out)) == ""
    assert out.read_text(encoding="utf-8") == draw(pk) + "\n"


def test_drawing_all_that_come_with_the_service(tmp_path: Path, pk: Procedure) -> None:
    assert run("draw", "--all", "--out", str(tmp_path)) == ""
    assert sorted(path.stem for path in tmp_path.iterdir()) == list(shipped_files())
    assert (tmp_path / f"{pk.key}.svg").read_text(encoding="utf-8") == draw(pk) + "\n"


@pytest.mark.parametrize(
    "args", [["draw"], ["draw", "--all"], ["draw", "perth-and-kinross-2025", "--all", "--out", "here"]]
)
def test_draw_says_what_it_wants(args: list[str]) -> None:
    assert "--all" in fails(*args)[1]


def test_drawing_what_is_not_there() -> None:
    assert fails("draw", "atlantis")[1] == (
        'There is no procedure "atlantis". Known: perth-and-kinross-2019, '
        "perth-and-kinross-2025, portsmouth, worcestershire; or give a file that ends in .toml."
    )


def test_drawing_where_nothing_can_be_written(tmp_path: Path) -> None:
    out = str(tmp_path / "no" / "such" / "folder.svg")
    assert fails("draw", "perth-and-kinross-2025", "--out", out)[1] == (
        f"{out} cannot be written (No such file or directory)."
    )


def test_the_schema_knows_every_key_and_asks_only_for_what_the_loader_asks(tmp_path: Path) -> None:
    schema = json.loads(run("schema"))
    assert set(schema["properties"]) == set(Procedure.model_fields)
    assert "source" in schema["$defs"]["Limit"]["required"]
    assert "source" in schema["$defs"]["Rung"]["required"]
    assert "source" not in schema["$defs"]["BriefPart"]["required"]


def test_the_shipped_files_pass_the_system_check() -> None:
    assert check_procedures(None) == []


def test_a_wrong_shipped_file_fails_the_system_check_by_name(
    tmp_path: Path, broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.procedures.loading.SHIPPED", broken.parent)
    rows = broken.read_text(encoding="utf-8").splitlines()
    family, rung = rows.index('family = "plans"') + 1, rows.index("[[rungs]]") + 1
    messages = check_procedures(None)
    assert [(message.id, message.msg) for message in messages] == [
        ("cases.E001", f'area.toml:{family}: reasons[service_offered].family: "plans" is unknown'),
        ("cases.E001", f"area.toml:{rung}: rungs[resolution].acts: nobody acts on this rung"),
    ]
    assert messages[0].hint == 'To mend it: did you mean "plan"?.'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "begin",
    [
        lambda: call_command("check"),
        lambda: call_command("migrate", skip_checks=False),  # the first step of docker-compose.yml
    ],
    ids=["check", "migrate"],
)
def test_with_a_wrong_file_the_service_does_not_start(
    begin: Callable[[], None], broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.procedures.loading.SHIPPED", broken.parent)
    with pytest.raises(SystemCheckError, match=r"area\.toml:\d+: rungs\[resolution\]\.acts: nobody acts"):
        begin()


@pytest.mark.django_db
def test_with_a_published_version_it_cannot_read_the_service_does_not_start() -> None:
    ProcedureVersion.objects.create(
        key="old",
        version="1",
        title="Old",
        published_at=datetime(2026, 6, 2, tzinfo=UTC),
        ladder=["resolution"],
        text=TWO_RUNGS.read_text(encoding="utf-8").replace("[words]", "[verses]"),
        sha256="1" * 64,
    )
    with pytest.raises(SystemCheckError, match=r'(?s)Published procedure Old .*unknown key "verses"'):
        call_command("check", "--database", "default")
    with pytest.raises(SystemCheckError, match=r'(?s)Published procedure Old .*unknown key "verses"'):
        call_command("migrate", skip_checks=False)


@pytest.mark.django_db
def test_a_published_version_this_release_cannot_read_is_named(made_up_text: str, pk_text: str) -> None:
    from django.utils import timezone

    from tests import in_place

    in_place.publish(pk_text)
    assert check_published_procedures(None, databases=["default"]) == []
    values: dict[str, Any] = {"text": made_up_text.replace("[words]", "[verses]"), "sha256": "0" * 64}
    ProcedureVersion.objects.create(
        key="old", version="1", title="Old", published_at=timezone.now(), ladder=["resolution"], **values
    )
    (message,) = check_published_procedures(None, databases=["default"])
    assert message.id == "cases.E002"
    assert message.msg.startswith("Published procedure Old (version 1): old version 1:")
    assert 'unknown key "verses"' in message.msg
