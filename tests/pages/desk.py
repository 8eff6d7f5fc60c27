"""For tests of step pages: what is typed into boxes, who is signed in, and cases that stand at many points."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.actions import climbing, following, managing, settling, talking
from cases.actions.opening import open_case
from cases.audit import Audit
from cases.models import Case, Deadline, Entry
from cases.models.entry import Kind
from cases.workflow import State
from escalation.forms.clocks import LONDON
from tests import in_place
from tests.cases.steps import POSITION, agreed, audit, case_at, check_back_all, fresh
from tests.cast import TUESDAY, Cast, new_case, opened
from tests.procedures.conftest import TWO_RUNGS

#: Wednesday, 10:30 in Scotland: when every page of these tests is opened.
NOW = TUESDAY + timedelta(days=1)
HOUR = timedelta(hours=1)

Typed = dict[str, Any]


def on(name: str, day: date) -> Typed:
    """Return what is typed into the boxes of a day."""
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


def at(name: str, instant: datetime) -> Typed:
    """Return what is typed into the boxes of a day and time."""
    local = instant.astimezone(LONDON)
    return {**on(name, local.date()), f"{name}_time": local.strftime("%H:%M")}


def action(number: int, what: str, owner: User, due: date) -> Typed:
    """Return what is typed into one row of actions."""
    stem = f"action_{number}"
    return {f"{stem}_what": what, f"{stem}_owner": str(owner.pk), **on(f"{stem}_due", due)}


def client_of(user: User) -> Client:
    """Return a browser in which this person is signed in."""
    client = Client()
    client.force_login(user, backend="accounts.backends.PersonBackend")
    return client


def address(case: Case, key: str, page: str = "case_step") -> str:
    """Return the address of a step of a case."""
    return reverse(page, args=[case.reference, key])


def hidden(response: Any) -> Typed:
    """Return the hidden fields of the form that a page shows."""
    form = response.context["form"]
    return {name: str(form[name].value()) for name in ("form_token", "version")}


def open_duties(case: Case) -> list[tuple[str, str]]:
    """Return (rule, name) of everything due in a case."""
    rows = Deadline.objects.open().filter(case=case).select_related("person")
    return sorted((d.rule, d.person.full_name) for d in rows)


def form_of(cast: Cast, case: Case, by: str, key: str) -> Any:
    """Return the form as the page of a step shows it."""
    page = client_of(getattr(cast, by)).get(address(case, key))
    assert page.status_code == 200, page.content.decode()
    return page.context["form"]


def shown(cast: Cast, case: Case, by: str, key: str) -> str:
    """Return the page of a step as a person reads it."""
    return unescape(client_of(getattr(cast, by)).get(address(case, key)).content.decode())


def send(cast: Cast, case: Case, by: str, key: str, typed: Typed) -> Any:
    """Open a page as somebody and send it with these answers."""
    client = client_of(getattr(cast, by))
    return client.post(address(case, key), {**typed, **hidden(client.get(address(case, key)))}, follow=False)


def last(case: Case, kind: Kind) -> dict[str, Any]:
    """Return the texts of the newest entry of a kind."""
    entry = Entry.objects.filter(case=case, kind=kind).order_by("written_at").last()
    assert entry is not None
    return entry.texts


def names(form: Any) -> set[str]:
    """Return the names of the questions of a form."""
    return set(form.fields) - {"form_token", "version"}


# Cases that stand at many points


def accepted(cast: Cast, state: str) -> Case:
    """Return a case on a managers' rung whose manager has accepted it."""
    case = case_at(cast, state)
    managing.accept(case, by=case.holder, audit=audit(case, TUESDAY + 7 * HOUR))
    return fresh(case)


def declined(cast: Cast) -> Case:
    """Return a case that the line manager does not support."""
    case = accepted(cast, State.LINE_MANAGER)
    managing.decline(
        case,
        by=cast.nurse_manager,
        audit=audit(case, TUESDAY + 8 * HOUR),
        discussion="We went through the visits.",
        why="One more visit would tell us more.",
        feedback="Not yet: please visit once more.",
    )
    return fresh(case)


def view_asked(cast: Cast) -> Case:
    """Return a case in which the raiser asked for an independent view after a refusal."""
    case = declined(cast)
    managing.ask_independent_view(
        case, by=cast.nurse, audit=audit(case, TUESDAY + 9 * HOUR), question="Is one more visit enough?"
    )
    return fresh(case)


def advice_asked(cast: Cast) -> Case:
    """Return a case in which the nurse asked her lead for advice."""
    case = opened(cast)
    talking.ask_advice(case, by=cast.nurse, audit=audit(case, TUESDAY + HOUR), question="Is it neglect?")
    return fresh(case)


def told(cast: Cast, **changes: Any) -> Case:
    """Return a case at Resolution in which the other side was told of the intention to escalate."""
    case = opened(cast, **changes)
    climbing.notify_intention(
        case, by=cast.nurse, audit=audit(case, TUESDAY + HOUR), message="I mean to take this further."
    )
    return fresh(case)


def referred(cast: Cast) -> Case:
    """Return a case that the CSWO referred to the committee."""
    case = accepted(cast, State.CSWO)
    settling.refer(
        case,
        by=cast.cswo,
        audit=audit(case, TUESDAY + 8 * HOUR),
        body="cpc",
        referred_on=date(2026, 6, 2),
        reason="Thresholds differ across agencies.",
        feedback="I have referred this to the committee.",
    )
    return fresh(case)


def checked_back(cast: Cast) -> Case:
    """Return a case that was agreed, done and checked back by both sides, ready to be closed."""
    case = agreed(cast)
    check_back_all(case, cast, TUESDAY + 5 * HOUR)
    return fresh(case)


def letter_due(cast: Cast) -> Case:
    """Return a case of another area, agreed between managers, where the other manager owes a letter."""
    version = in_place.publish(TWO_RUNGS.read_text(), name=TWO_RUNGS.name).version
    new = new_case(cast, reasons=["roles"])
    case = open_case(new, by=cast.nurse, audit=Audit(TUESDAY), procedure=version)
    climbing.escalate(
        case,
        by=cast.nurse,
        audit=audit(case, TUESDAY + HOUR),
        brief={"what": "Who does what."},
        situation="At home.",
        tried="Two calls.",
    )
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, TUESDAY + 2 * HOUR))
    settling.agree(
        case,
        by=cast.nurse_manager,
        audit=audit(case, TUESDAY + 3 * HOUR),
        agreement="Health leads.",
        actions=[],
        feedback="Health leads.",
    )
    return fresh(case)


def done_once(cast: Cast) -> Case:
    """Return a case that was agreed and whose first check back both sides answered."""
    case = agreed(cast)
    for person in (cast.nurse, cast.social_worker):
        following.check_understood(case, by=person, audit=audit(case, TUESDAY + 4 * HOUR), answer=True)
    return fresh(case)


def both_positions(cast: Cast) -> Case:
    """Return a case at Resolution in which each side has given its position."""
    case = opened(cast)
    for person in (cast.nurse, cast.social_worker):
        talking.give_position(case, by=person, audit=audit(case, TUESDAY + HOUR), position=POSITION)
    return fresh(case)


def managers_told(cast: Cast) -> Case:
    """Return a case between managers in which the other side was told, ready to go to the senior managers."""
    case = case_at(cast, State.MANAGERS)
    climbing.notify_intention(
        case, by=cast.nurse_manager, audit=audit(case, TUESDAY + 5 * HOUR), message="We go to Stage 2."
    )
    return fresh(case)
