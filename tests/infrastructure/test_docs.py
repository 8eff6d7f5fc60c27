"""Docs tell no tales: each command that README or docs/ shows is run, or stands below with why it cannot be here.

A command nobody runs fails, and so does a row below that no page shows any more.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
import time_machine
import yaml
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import connection, transaction

from tests.cast import TUESDAY, Cast, opened
from tests.infrastructure.processes import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: A piece of code in a sentence is a command when it begins so.
BEGINS = re.compile(
    r"(?:[A-Z_]+=\S+ )?(?:make|(?:python )?manage\.py|docker|git|cp|pip|python|\.venv/bin/python|openssl|apt-get|"
    r"pg_restore|DELETE FROM|CREATE (?:ROLE|DATABASE)) \S"
)
#: What cannot be run here: the beginning of the command, and why or which test does it instead.
ELSEWHERE = {
    "docker compose": "there is no Docker here: test_compose.py reads the file, the services are checked below",
    "git pull": "would change this checkout",
    "apt-get install": "changes the machine; the CI script does it",
    "pip install": "changes the environment: test_lock_files.py looks at the files",
    "pg_restore": "tests/record/test_restore.py",
    "CREATE ROLE": "tests/infrastructure/test_own_servers.py",
    "CREATE DATABASE": "tests/infrastructure/test_own_servers.py",
    "manage.py anonymise": "needs a second database and its owner: tests/record/test_subject.py",
    "manage.py backup": "needs the owner: tests/record/test_restore.py",
    "manage.py migrate": "needs the owner; every test runs on what it made",
    "manage.py provider add": "asks the provider: tests/sign_in",
    "manage.py removals wipe": "needs the owner: tests/record/test_restore.py",
    "manage.py retention --ask": "needs a case that has ended: tests/record/test_forgetting.py",
    "manage.py retention --approve": "needs somebody who asked: tests/record/test_forgetting.py",
    "manage.py retention --lift": "needs a hold that lasts: tests/record/test_retention.py",
    "manage.py runtime_login": "needs the owner: tests/infrastructure/test_runtime_login.py",
}
AS_IN_PRODUCTION = {
    "SECRET_KEY": "".join(f"{n:03x}" for n in range(300, 340)),
    "BASE_URL": "https://escalation.example.org",
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "MAIL_FROM": "escalation@example.org",
}
#: Commands of ours that are right to end with another number than 0 on a service that has just begun.
MAY_SAY_NO = ("checkpoint --status", "verify_audit")


@dataclass(frozen=True)
class Shown:
    page: str
    text: str


def commands_in(text: str) -> Iterator[str]:
    """Yield every command of a page: lines of code in blocks, and pieces of code in sentences that begin like one."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    lines = [block for language, block in blocks if language in ("", "sh", "bash", "console")]
    lines += re.findall(r"\n\n((?:    .*\n)+)", rest)
    for block in lines:
        for line in re.sub(r"\\\n\s*", " ", re.sub(r"^    ", "", block, flags=re.M)).splitlines():
            if command := re.sub(r"\s+#.*", "", line).strip():
                yield " ".join(command.split())
    inline = re.sub(r"\n\n(?:    .*\n)+", "\n\n", rest)
    for found in re.findall(r"`([^`]+)`", inline):
        if BEGINS.match(command := " ".join(found.split())):
            yield command


def shown() -> list[Shown]:
    found = {
        Shown(str(page.relative_to(ROOT)), command)
        for page in PAGES
        for command in commands_in(page.read_text(encoding="utf-8"))
    }
    return sorted(found, key=lambda one: (one.text, one.page))


class Runner:
    """Runs commands in a folder of its own; what a command stands for is filled in from the cast."""

    def __init__(self, cast: Cast, folder: Path) -> None:
        self.folder, self.used, self.ran = folder, set[str](), 0
        case = opened(cast)
        self.values = {
            "EMAIL": cast.cswo.email,
            "OTHER-EMAIL": cast.health_lead.email,
            "SLUG": cast.partnership.slug,
            "REF": case.reference,
            "REFERENCE": case.reference,
            "ENTRY": str(case.entries.first().pk),
            "NAME": "activity",
            "N": "1",
            "FILE": str(folder / "area.toml"),
            "records@...": "records@example.org",
            "csv|xlsx|html|pdf|json": "csv",
            "strathbracken": "another-place",  # the cast has this one
        }
        shutil.copy(ROOT / "tests" / "procedures" / "two_rungs.toml", folder / "area.toml")
        shutil.copy(ROOT / ".env.example", folder)
        shutil.copytree(ROOT / "cases" / "procedures", folder / "cases" / "procedures")
        (folder / "docs" / "ladders").mkdir(parents=True)

    def run(self, command: str) -> None:
        """Run one command in a safe form. Raises AssertionError when nobody can."""
        command = re.sub(r"^(?:[A-Z_]+=\S+ )+", "", command)  # variables in front of it
        command = re.sub(r"^docker compose exec web (?=python manage\.py)", "", command)
        command = re.sub(r"^(?:\.venv/bin/)?python (?=manage\.py)", "", command)
        for beginning in sorted(ELSEWHERE, key=len, reverse=True):
            if command.startswith(beginning):
                self.used.add(beginning)
                self.looked_at(command)
                return
        self.ran += 1
        if command == "manage.py check --deploy":
            self.shell(
                f"{sys.executable} manage.py check --deploy --fail-level WARNING", ROOT, **AS_IN_PRODUCTION
            )
        elif command.startswith("manage.py "):
            self.manage(shlex.split(command.removeprefix("manage.py ")))
        elif command.startswith("make "):
            said = subprocess.run(
                ["make", "-n", *shlex.split(command)[1:]],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert said.returncode == 0, said.stderr
        elif command.startswith("DELETE FROM"):
            with connection.cursor() as db:
                db.execute(f"EXPLAIN {command}")
        elif command.startswith((".venv/bin/python -m escalation.devstack", "python -m escalation.devstack")):
            verb = command.split()[3]
            usage = self.shell(f"{sys.executable} -m escalation.devstack --help", ROOT)
            assert re.search(rf"\b{verb}\b", usage), f"devstack has no {verb}"
        elif command.startswith("python -m tests."):
            assert find_spec(command.split()[2]), "no such module"
        elif command.endswith("python frontend/build.py"):
            self.shell(f"{sys.executable} frontend/build.py", ROOT)
        elif command.startswith(("cp ", "openssl ")):
            self.shell(command, self.folder)
        else:
            raise AssertionError(
                "nobody runs this: run it in tests/infrastructure/test_docs.py, or say why not"
            )

    def shell(self, command: str, where: Path, **env: str) -> str:
        known = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        done = subprocess.run(  # noqa: S602 (as people type it)
            command, shell=True, cwd=where, env=known | env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr or done.stdout
        return done.stdout

    def manage(self, words: list[str]) -> None:
        """Run a command of ours with real values; a mere mention, such as `manage.py backup`, has to exist."""
        name, *rest = [self.values.get(word, word) for word in words]
        rest = [str(self.folder / "out.zip") if word.endswith((".zip", ".jsonl")) else word for word in rest]
        if name == "subject_access":
            rest = [str(self.folder / "answer.zip") if word.endswith("area.toml") else word for word in rest]
        if name == "report":
            rest = [str(self.folder / "report.csv") if word.endswith("area.toml") else word for word in rest]
            rest += ["--partnership", self.values["SLUG"]]  # the cast has several
        if name == "removals":
            rest = [rest[0], str(self.folder / "removals.jsonl")]
            (self.folder / "removals.jsonl").touch()
        if name == "verify_audit":
            rest = [word for word in rest if not word.endswith((".eml", ".txt")) and word != "--checkpoints"]
        if name == "makemigrations":
            rest = ["--check", "--dry-run"]
        if name == "collectstatic":
            rest += ["--dry-run"]
        assert name in get_commands(), f"there is no command {name}"
        if "…" in words or (len(words) == 1 and name not in ("check", "sync_roles", "retention")):
            return
        said = " ".join([name, *rest])
        try:
            with transaction.atomic():
                call_command(name, *rest)
                transaction.set_rollback(True)  # the next one finds things as this one did
        except (CommandError, SystemExit) as error:
            if not said.startswith(MAY_SAY_NO):
                raise AssertionError(f"{type(error).__name__}: {error}") from error

    def looked_at(self, command: str) -> None:
        """Look at what cannot be run: the options are those the command has, the services those of the file."""
        words = shlex.split(command)
        if words[0] == "manage.py" and len(words) > 2:
            app = get_commands()[words[1]]
            assert isinstance(app, str)
            parser = load_command_class(app, words[1]).create_parser("manage.py", words[1])
            try:
                parser.parse_args([self.values.get(word, word) for word in words[2:]])
            except (CommandError, SystemExit) as error:
                raise AssertionError(f"no such form: {error}") from error
        elif words[:2] == ["docker", "compose"]:
            services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
            assert words[2] in ("up", "ps", "logs", "exec", "restart"), words[2]
            named = [w.partition("=")[0] for w in words[3:] if not w.startswith("-") and not w.isdigit()]
            assert set(named) <= set(services), f"no such service: {named}"


@pytest.mark.usefixtures("db")
def test_each_command_that_is_shown_runs(
    cast: Cast,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        runner, wrong = Runner(cast, tmp_path), []
        monkeypatch.chdir(tmp_path)
        every = shown()
        for one in every:
            try:
                runner.run(one.text)
            except Exception as error:
                wrong.append(f"{one.page}: {one.text}\n    {type(error).__name__}: {error}")
    capsys.readouterr()
    with capsys.disabled():
        print(f"\n{len(every)} commands in {len(PAGES)} pages: {runner.ran} run, the rest looked at")  # noqa: T201
    assert not wrong, "\n".join(wrong)
    assert sorted(set(ELSEWHERE) - runner.used) == [], "no page shows these any more"
    assert runner.ran >= 40


def test_a_command_that_nobody_runs_fails(cast: Cast, tmp_path: Path) -> None:
    runner = Runner(cast, tmp_path)
    for command in (
        "git push --force",
        "make nothing",
        "manage.py nothing here",
        "manage.py sweep --nothing",
    ):
        with pytest.raises((AssertionError, CommandError)):
            runner.run(command)


def test_links_lead_somewhere() -> None:
    wrong = []
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not link.startswith(("http:", "https:")) and not (page.parent / link).exists():
                wrong.append(f"{page.relative_to(ROOT)}: {link}")
    assert wrong == []


def test_what_docs_tell_to_press_stands_on_a_page() -> None:
    """In officers.md whatever is bold is a link, a button or a report; in operators.md a bold sentence is a heading."""
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("templates", "accounts", "cases", "notifications", "escalation")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".html", ".py", ".toml") and "static" not in path.parts
    ]
    shown = "\n".join(sources)
    told = [
        " ".join(words.split())
        for name in ("officers.md", "operators.md")
        for words in re.findall(r"\*\*(.+?)\*\*", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.S)
    ]
    presses = [words for words in told if not words.endswith(".") and words != "bold"]
    missing = [w for w in presses if not re.search(rf"[\">“]{re.escape(w)}[\"<?“ ,]", shown, re.IGNORECASE)]
    assert missing == []
    assert len(presses) >= 25
