"""docker-compose.yml, Dockerfile and .env.example: what they name exists in the code, and no secret stands in them."""

import ast
import importlib
import re
import shlex
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from escalation.devstack.postgres import WORDLESS
from escalation.management.commands.runtime_login import VARIABLE
from tests.infrastructure.processes import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == COMPOSE["x-app"]["image"]}
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
ASKED = re.compile(r"\$\{([A-Z_]+)(:[?-][^}]*)?\}")
SECRET = re.compile(r"PASSWORD|SECRET|AUTH|KEY|_URL$")


def settings_variables() -> dict[str, bool]:
    """Return each variable that settings.py reads -> whether it must be set."""
    found = {}
    for node in ast.walk(ast.parse((ROOT / "escalation" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, name = node.func.value, node.args[0] if node.args else None
            if isinstance(owner, ast.Name) and owner.id == "env" and isinstance(name, ast.Constant):
                found[name.value] = len(node.args) < 2
    return found


def commands() -> list[tuple[str, list[str]]]:
    """Return (service, words) for each command of our own services, a shell's lines taken apart."""
    found = []
    for name, service in OURS.items():
        words = service["command"]
        lines = words[2].split("&&") if words[:2] == ["sh", "-c"] else [shlex.join(words)]
        found += [(name, shlex.split(line)) for line in lines]
    return found


def test_the_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {"web", "worker", "beat", "migrate", "postgres", "redis"}
    assert set(OURS) == {"web", "worker", "beat", "migrate"}


def test_no_log_of_a_server_holds_words_of_a_case() -> None:
    """G5: what the tests of it run on is what production runs on, and no server writes down what is asked of it."""
    program, *options = SERVICES["postgres"]["command"]
    assert (program, options) == ("postgres", [word for option in WORDLESS for word in ("-c", option)])
    assert not any("access-log" in word for _, words in commands() for word in words)


@pytest.mark.parametrize(("service", "words"), commands(), ids=lambda value: str(value)[:40])
def test_each_command_exists_in_the_code(service: str, words: list[str]) -> None:
    match words:
        case ["python", "manage.py", command, *_]:
            assert command in get_commands()
        case ["gunicorn", module, *options]:
            assert callable(importlib.import_module(module).application)
            from gunicorn.config import Config

            parsed = Config().parser().parse_args([*options, f"{module}:application"])
            assert parsed.bind == ["0.0.0.0:8000"]
        case ["celery", "-A", package, command, *options]:
            assert importlib.import_module(f"{package}.celery").app.main == package
            from celery.bin.celery import celery

            celery.commands[command].make_context(
                command, list(options), resilient_parsing=False, obj=ContextObject()
            )
        case _:
            pytest.fail(f"{service} runs {words}, which this test does not know")


class ContextObject:
    """What celery's own command line puts into the context of a subcommand."""

    def __init__(self) -> None:
        self.app = importlib.import_module("escalation.celery").app
        self.no_color, self.quiet, self.workdir = True, True, None


def test_the_image_itself_starts_the_web_process_as_compose_does() -> None:
    instruction = re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[-1]
    assert yaml.safe_load(instruction) == SERVICES["web"]["command"]


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_read_by_the_code_and_none_that_must_be_set_is_missing(name: str) -> None:
    read = settings_variables()
    given = set(OURS[name]["environment"])
    assert given - read.keys() - {VARIABLE} == set()
    assert {variable for variable, required in read.items() if required} - given == set()
    assert "DEMO_MODE" not in given
    assert (VARIABLE in given) == (name == "migrate")


def test_only_the_migrations_run_as_the_owner() -> None:
    logins = {
        name: re.search(r"//(\w+):", service["environment"]["DATABASE_URL"])[1]
        for name, service in OURS.items()
    }  # type: ignore[index]
    assert logins == {
        "web": "escalation_web",
        "worker": "escalation_web",
        "beat": "escalation_web",
        "migrate": SERVICES["postgres"]["environment"]["POSTGRES_USER"],
    }


def test_no_secret_stands_in_a_file() -> None:
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable):
                assert ASKED.search(value), f"{variable} has a value of its own"
                assert [
                    asked
                    for asked, otherwise in ASKED.findall(value)
                    if not (otherwise.startswith(":?") or otherwise == ":-")  # empty when it is not needed
                ] == []
    for value in re.findall(r"://[^\s@/]*:([^\s@]*)@", (ROOT / "docker-compose.yml").read_text()):
        assert ASKED.fullmatch(value.strip()) or value.startswith("${")
    assert re.findall(r"^(?:ENV|ARG)\b.*(?:SECRET|PASSWORD|TOKEN).*$", DOCKERFILE, re.MULTILINE) == []
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {name: value for name, value in example.items() if SECRET.search(name) and value} == {}


def test_the_example_names_exactly_the_variables_that_compose_asks_for() -> None:
    asked = {name for name, _ in ASKED.findall((ROOT / "docker-compose.yml").read_text())}
    example = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(asked) == sorted(example)


def test_the_guide_explains_each_variable() -> None:
    guide = (ROOT / "docs" / "running.md").read_text()
    names = {
        *settings_variables(),
        VARIABLE,
        *re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE),
    }
    assert {name for name in names if f"`{name}`" not in guide} == set()


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"migrate"}))
def test_each_lasting_service_has_a_health_check_and_comes_back(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries"} <= check.keys()
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_health_check_of_the_pages_is_a_page_that_exists() -> None:
    from django.urls import resolve

    script = SERVICES["web"]["healthcheck"]["test"][-1]
    compile(script, "healthcheck", "exec")
    path = re.search(r"http://127\.0\.0\.1:8000(/\w+)", script)
    assert path is not None
    assert resolve(path[1]).url_name == "healthz"


def test_nothing_of_ours_runs_as_root_or_writes_to_its_image() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    users = re.findall(r"^USER (\d+):(\d+)$", last_stage, re.MULTILINE)
    assert len(users) == 1
    assert min(map(int, users[0])) > 999
    assert last_stage.index("USER ") > last_stage.rindex("RUN ")
    for service in OURS.values():
        assert "user" not in service
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service


def test_images_are_official_and_of_a_named_version() -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE))
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images += [service["image"] for name, service in SERVICES.items() if name not in OURS]
    assert len(images) == 5
    for image in images:
        assert image in stages or re.fullmatch(r"(python|node|postgres|redis):\d[\w.-]*", image), image


def test_the_image_is_made_of_what_is_there_and_the_builder_may_see() -> None:
    seen = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = [
        path
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for path in line.split()[:-1]
    ]
    assert sorted(copied) == sorted(seen)
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_ports_are_open_to_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert len(ports) == 1
