"""How many statements taking a case further costs, the session and the person included (PF8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Partnership
from cases.deadlines import in_force
from cases.models import Case
from cases.workflow import State
from tests.cases.steps import fresh
from tests.cast import Cast
from tests.pages.desk import NOW, Typed, address, client_of, hidden, managers_told, told
from tests.pages.situation import BRIEF
from tests.pages.situations import SITUATIONS

MOST = 15
NOT_COUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def statements(captured: CaptureQueriesContext) -> list[str]:
    """Return the statements that were sent, without those that open and close a transaction."""
    sql = [row["sql"] for row in captured.captured_queries]
    return [s for s in sql if not s.upper().startswith(NOT_COUNTED)]


def sent(cast: Cast, case: Case, by: str, typed: Typed) -> list[str]:
    """Return the statements of one POST that takes a case to the next stage."""
    client = client_of(getattr(cast, by))
    typed = {**typed, **hidden(client.get(address(case, "escalate")))}
    in_force(
        case.procedure, Partnership.objects.get(pk=case.partnership_id)
    )  # read once per process and setting
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(address(case, "escalate"), typed)
    assert answer.status_code == 302
    return statements(captured)


def test_taking_it_to_the_line_manager(cast: Cast) -> None:
    case = told(cast)
    used = sent(cast, case, "nurse", SITUATIONS["escalate"].typed(cast, case))
    assert fresh(case).state == State.LINE_MANAGER
    assert len(used) <= MOST, "\n".join(s[:200] for s in used)


def test_taking_it_from_managers_to_senior_managers(cast: Cast) -> None:
    case = managers_told(cast)
    typed = {
        "brief_concern": "The child was hungry on three visits.",
        "brief_consequences": BRIEF["brief_consequences"],
        "brief_steps": BRIEF["brief_steps"],
        "threshold": "The child is not getting enough to eat.",
        "situation": "At school today.",
        "feedback": "We could not settle it between us.",
    }
    used = sent(cast, case, "nurse_manager", typed)
    assert fresh(case).state == State.SENIOR_MANAGERS
    assert len(used) <= MOST, "\n".join(s[:200] for s in used)
