"""A meeting of the two sides on the record: what was said, who held back, and who holds the joint record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from cases.access import Look
from cases.actions import talking
from cases.models import Case, Deadline, Entry
from cases.models.entry import Kind
from cases.steps import main_step, offered
from tests.cases.steps import audit
from tests.cast import TUESDAY, Cast, opened

HOUR = timedelta(hours=1)


@pytest.mark.requirement("G28", "G10", "G34")
def test_where_the_joint_record_is_held_is_written_down(cast: Cast) -> None:
    case = opened(cast)
    talking.record_meeting(
        case,
        by=cast.nurse,
        audit=audit(case, TUESDAY + 2 * HOUR),
        happened_at=TUESDAY + HOUR,
        method="in_person",
        people="Nadia Reid, Callum Petrie",
        notes={"child_now": "At school today."},
        agreed="A joint visit on Thursday.",
        held_back="The school nurse had not spoken; asked, she agreed.",
        record_holder="Social Work, on the child's file",
    )
    meeting = Entry.objects.get(case=case, kind=Kind.MEETING).texts
    assert meeting["record_holder"] == "Social Work, on the child's file"
    assert meeting["held_back"] == "The school nurse had not spoken; asked, she agreed."


@pytest.mark.requirement("G09", "G27")
def test_a_talk_is_logged_with_when_it_happened_and_when_it_was_written(cast: Cast) -> None:
    case = opened(cast)
    talking.record_contact(
        case,
        by=cast.nurse,
        audit=audit(case, TUESDAY + 2 * HOUR),
        happened_at=TUESDAY - 24 * HOUR,
        method="telephone",
        people="Callum Petrie",
        discussed="The three visits.",
        result="No change of view.",
    )
    talk = Entry.objects.get(case=case, kind=Kind.CONTACT)
    assert (talk.happened_at, talk.written_at) == (TUESDAY - 24 * HOUR, TUESDAY + 2 * HOUR)


@pytest.mark.requirement("G09")
def test_after_a_talk_the_next_step_is_no_longer_to_talk(cast: Cast) -> None:
    case = opened(cast)
    said = {
        "happened_at": TUESDAY,
        "method": "telephone",
        "people": "Callum Petrie",
        "discussed": "Nobody answered.",
    }
    steps = [next_step(case, cast.nurse)]
    talking.record_contact(case, by=cast.nurse, audit=audit(case, TUESDAY + HOUR), reached=False, **said)
    steps.append(next_step(case, cast.nurse))
    talking.record_contact(case, by=cast.nurse, audit=audit(case, TUESDAY + 2 * HOUR), **said)
    steps.append(next_step(case, cast.nurse))
    assert steps == ["contact", "contact", "agree"]


def next_step(case: Case, person: User) -> str:
    """Return the key of a person's main button on a case."""
    look = Look.at_case(Case.objects.whole().get(pk=case.pk), person, TUESDAY + 2 * HOUR)
    duties = list(Deadline.objects.open().filter(case=case))
    step = main_step(look, duties, offered(look, duties))
    return step.key if step else ""
