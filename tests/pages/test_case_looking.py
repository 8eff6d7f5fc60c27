"""The page of a case: who may open it, and that each look leaves an event."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from cases.actions import talking
from cases.models import Case, Deadline, Participation
from cases.workflow import State
from tests.cases.steps import (
    audit,
    case_at,
)
from tests.cast import TUESDAY, Cast, opened
from tests.pages.case_reading import LATER, event, look
from tests.pages.scene import HOUR, signed_in


class TestWhoMayOpenIt:
    def test_everybody_else_gets_the_page_of_an_unknown_reference(self, cast: Cast) -> None:
        case = opened(cast)
        duty = Deadline.objects.filter(case=case).first()
        assert duty is not None
        outsiders = (cast.stranger, cast.colleague, cast.administrator, cast.auditor, cast.nurse_manager)
        for person in (*outsiders, cast.cpc_officer, cast.cswo):
            client = signed_in(person)
            for page in ("", f"due/{duty.pk}/"):
                with time_machine.travel(LATER, tick=False):
                    real = client.get(f"/cases/{case.reference}/{page}")
                    unknown = client.get(f"/cases/222-2222/{page}")
                assert (real.status_code, unknown.status_code) == (404, 404)
                # A page may say back the address that was typed, and nothing else of the case.
                assert _without_token(real).replace(case.reference, "222-2222") == _without_token(unknown)

    def test_who_has_left_no_longer_opens_it(self, cast: Cast) -> None:
        case = opened(cast)
        Participation.objects.filter(case=case, user=cast.social_worker).update(ended_at=TUESDAY)
        assert signed_in(cast.social_worker).get(f"/cases/{case.reference}/").status_code == 404

    def test_the_reference_may_be_typed_in_small_letters(self, cast: Cast) -> None:
        case = opened(cast)
        look(cast.nurse, case, page=f"/cases/{case.reference.lower()}/")

    @pytest.mark.parametrize("reference", ["%00", "a%00b", "%F0%9F%98%80", "ß" * 9, "x" * 300])
    def test_a_strange_reference_is_not_found(self, cast: Cast, reference: str) -> None:
        assert signed_in(cast.nurse).get(f"/cases/{reference}/").status_code == 404

    def test_nobody_opens_it_without_signing_in(self, cast: Cast) -> None:
        assert Client().get(f"/cases/{opened(cast).reference}/").status_code == 302

    def test_it_is_only_read(self, cast: Cast) -> None:
        assert signed_in(cast.nurse).post(f"/cases/{opened(cast).reference}/").status_code == 405

    def test_the_title_holds_the_reference_alone(self, cast: Cast) -> None:
        case = opened(cast)
        assert f"<title>Case {case.reference} - Escalation</title>" in look(cast.nurse, case).content.decode()


def _without_token(response: HttpResponse) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


class TestLooking:
    def seen(self, case: Case, person: User) -> Any:
        return Participation.objects.get(case=case, user=person).looked_at

    def test_opening_it_is_noted_once_a_minute(self, cast: Cast) -> None:
        case = opened(cast)
        assert self.seen(case, cast.nurse) is None
        look(cast.nurse, case, LATER)
        look(cast.nurse, case, LATER + timedelta(seconds=59))
        assert self.seen(case, cast.nurse) == LATER
        look(cast.nurse, case, LATER + timedelta(seconds=60))
        assert self.seen(case, cast.nurse) == LATER + timedelta(seconds=60)
        assert self.seen(case, cast.social_worker) is None

    def test_a_change_within_the_minute_is_noted_as_seen(self, cast: Cast) -> None:
        case = opened(cast)
        look(cast.nurse, case, LATER)
        moment = LATER + timedelta(seconds=10)
        talking.give_update(case, by=cast.social_worker, audit=audit(case, moment), update="Visited.")
        response = look(cast.nurse, case, moment + timedelta(seconds=10))
        assert event(response, "New information")["new"] is True
        assert event(response, "Disagreement logged")["new"] is False
        assert self.seen(case, cast.nurse) == moment + timedelta(seconds=10)
        assert (
            event(look(cast.nurse, case, moment + timedelta(seconds=20)), "New information")["new"] is False
        )

    def test_looking_for_somebody_leaves_what_they_have_seen(self, cast: Cast) -> None:
        case = case_at(cast, State.CSWO)
        look(cast.cswo_deputy, case, TUESDAY + 7 * HOUR)
        assert self.seen(case, cast.cswo) is None
