"""Every route that writes leaves an event, and changes nothing when its event cannot be written (bar C1)."""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse

import accounts
import cases
import escalation
import notifications
from escalation.trail.models import Event
from tests.access.test_route_table import _digest
from tests.access.test_routes import EVERY, policy_of, sample
from tests.cast import Cast
from tests.pages.desk import address, client_of, hidden
from tests.pages.situations import SITUATIONS
from tests.record.full import PART
from tests.record.prepared import Sent, places
from tests.record.writes import NEED_A_DEVICE, NO_PART_OF_A_RECORD, NOW, SHOWS_ONLY, WRITES

#: Statements by which the trail is written: by the application, or by a function of the database that forgets.
WRITTEN_BY = ("INSERT INTO trail_event", 'INSERT INTO "trail_event"', "erase_text(", "dispose(")
#: Half-written words are kept when a form cannot be taken: that is what they are for. So is the count of guesses.
KEPT = {"cases_draft", "accounts_signinthrottle"}


@pytest.fixture(autouse=True)
def _wednesday(settings: Any) -> Iterator[None]:
    settings.DEMO_MODE = False
    with time_machine.travel(NOW, tick=False):
        yield


def _out_of_reach(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if any(words in sql for words in WRITTEN_BY):
        raise OperationalError("the trail is out of reach")
    return execute(sql, params, many, context)


def content() -> list[Any]:
    return [row for row in _digest() if row[0] not in KEPT]


def wrong_with(client: Client, where: str, typed: dict[str, Any]) -> str:
    """Return what is wrong with a request that writes; "" when it leaves an event, and nothing without one."""
    client.raise_request_exception = False
    before, events = content(), Event.objects.count()
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        with connection.execute_wrapper(_out_of_reach):
            status = client.post(where, typed).status_code
        client.cookies = cookies  # a browser that was signed out is not signed in again by what is taken back
        transaction.set_rollback(False)  # the database itself was never asked: what would have stayed is seen
        after = content()
        transaction.set_rollback(True)
    if status < 500:
        return f"answers {status} though its event cannot be written"
    if after != before:
        return f"changed {[a[0] for a, b in zip(after, before, strict=True) if a != b]} without its event"
    client.raise_request_exception = True
    last = set(Event.objects.values_list("pk", flat=True))
    answer = client.post(where, typed)
    if answer.status_code not in (200, 302) or Event.objects.count() == events:
        return f"answers {answer.status_code} and leaves {Event.objects.count() - events} events"
    return words_in(Event.objects.exclude(pk__in=last), typed)


def words_in(events: Iterable[Event], typed: dict[str, Any]) -> str:
    """Return which words that were typed stand in an event: none may, they would outlive their removal (bar C3)."""
    said = [v for given in typed.values() for v in (given if isinstance(given, list) else [given])]
    words = {word.strip() for word in said if isinstance(word, str) and " " in word.strip()}
    sealed = "\n".join(f"{e.payload} {e.object_ref} {e.acting_role} {e.verb}" for e in events)
    found = sorted(word for word in words if json.dumps(word, ensure_ascii=False)[1:-1] in sealed)
    return f"seals the words {found}" if found else ""


def tried(do: Callable[[], str]) -> str:
    """Return what is wrong, having taken back whatever was done."""
    with transaction.atomic():
        found = do()
        transaction.set_rollback(True)
    return found


#: What a function, or a value that is written, calls whoever acts. Where nobody does, THE_SERVICE or SERVICE is said.
WHO = ("by", "actor", "audit")


def _modules() -> Iterator[ModuleType]:
    for app in (accounts, cases, notifications, escalation):
        for found in pkgutil.walk_packages(app.__path__, f"{app.__name__}."):
            if not {"migrations", "demo", "devstack", "__main__"} & set(found.name.split(".")):
                yield importlib.import_module(found.name)


def _of(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield each function of a module, and each method and constructor of its classes."""
    for name, found in vars(module).items():
        if getattr(found, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(found):
            yield name, found
        if inspect.isclass(found):
            yield from ((f"{name}.{n}", f) for n, f in vars(found).items() if inspect.isfunction(f))


def test_nothing_supposes_who_acts() -> None:
    """No function, method or value that is told who acts has somebody to fall back upon."""
    supposed, told = [], 0
    for module in _modules():
        for name, act in _of(module):
            if module.__name__ == "escalation.templatetags.words":
                continue  # "by" is a day there
            for who in WHO:
                parameter = inspect.signature(act).parameters.get(who)
                told += parameter is not None
                if parameter is not None and parameter.default is not parameter.empty:
                    supposed.append(f"{module.__name__}.{name}: {who}")
    assert supposed == []
    assert told >= 250, told


def test_every_action_must_be_told_who_acts_and_when() -> None:
    """Leaving out `by`, or `audit` (`at` where no case is moved), is a TypeError before anything is read or written."""
    tried = audited = 0
    for module in _modules():
        for name, act in inspect.getmembers(module, inspect.isfunction):
            known = inspect.signature(act).parameters
            if act.__module__ != module.__name__ or name[0] == "_":
                continue
            if "by" not in known or known["by"].kind is not inspect.Parameter.KEYWORD_ONLY:
                continue
            when = "audit" if "audit" in known else "at"
            given = {
                n: None for n, p in known.items() if p.default is p.empty and p.kind is not p.VAR_KEYWORD
            }
            at_hand = [n for n, p in known.items() if p.kind is p.POSITIONAL_OR_KEYWORD and n in given]
            for left_out in ("by", when):
                rest = {n: v for n, v in given.items() if n not in (*at_hand, left_out)}
                missing = [n for n in at_hand if n != left_out]
                with pytest.raises(TypeError, match=f"missing 1 required .*argument: '{left_out}'"):
                    act(*[None for _ in missing], **rest)
            tried += 1
            audited += when == "audit"
    assert (tried >= 100, audited >= 45) == (True, True), (tried, audited)


def test_no_step_of_a_case_is_taken_without_its_event(cast: Cast) -> None:
    """Every step there is, sent as its form asks."""
    wrong = {}
    for key, situation in SITUATIONS.items():

        def take(key: str = key, situation: Any = situation) -> str:
            case = situation.case(cast)
            client, where = client_of(getattr(cast, situation.by)), address(case, key)
            return wrong_with(client, where, {**situation.typed(cast, case), **hidden(client.get(where))})

        if found := tried(take):
            wrong[key] = found
    assert wrong == {}
    assert len(SITUATIONS) >= 31


@pytest.mark.skipif(not PART, reason="Takes some minutes: RECORD_FULL=1 asks for it")
@pytest.mark.requirement("G27")
def test_nothing_else_is_written_without_its_event(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    """Every other route that takes a form, with a request of somebody who may."""
    wrong = {}
    for name, make in WRITES.items():

        def send(name: str = name, make: Callable[[Cast], Sent] = make) -> str:
            sent = make(cast)
            client = client_of(sent.by) if sent.by else Client()
            where = reverse(name, args=sent.args)
            seen = {}
            if sent.page:
                form = client.get(where).context["form"]
                seen = {n: str(form[n].value()) for n in ("form_token", "version") if n in form.fields}
            return wrong_with(client, where, {**(sent.typed or {}), **seen})

        if found := tried(send):
            wrong[name] = found
    unsafe = _unsafe(cast)
    rest = {"case_step", *SHOWS_ONLY, *NEED_A_DEVICE}
    missing = sorted(unsafe - WRITES.keys() - NO_PART_OF_A_RECORD.keys() - rest)
    with capsys.disabled():
        print(f"\n{len(unsafe)} routes take a form: {len(WRITES)} tried here, missing {missing}")  # noqa: T201
    assert wrong == {}
    assert missing == [], "write a request into tests/record/writes.py"
    assert NO_PART_OF_A_RECORD.keys() <= unsafe


@pytest.mark.skipif(not PART, reason="Takes some minutes: RECORD_FULL=1 asks for it")
def test_pages_that_only_show_write_nothing_whatever_is_sent(cast: Cast) -> None:
    client, here = client_of(cast.administrator), places(cast)
    before = content()
    for name in SHOWS_ONLY:
        answer = client.post(reverse(name, args=here.get(name, ())), {"name": "x"})
        assert answer.status_code in (200, 404, 405), name
    assert content() == before


def _unsafe(cast: Cast) -> set[str]:
    """Return the names of the routes that take a form from somebody who is signed in."""
    found = set()
    for where, pattern in EVERY:
        with transaction.atomic():
            client = client_of(cast.colleague)
            client.raise_request_exception = False
            if policy_of(pattern) != "demo" and client.post(sample(where)).status_code != 405:
                found.add(str(pattern.name))
            transaction.set_rollback(True)
    return found
