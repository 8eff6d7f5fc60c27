"""Which limits an area may set for itself, and what that changes."""

import pytest

from cases.procedures.definitions import Procedure
from cases.procedures.local import LocalLimitError, check_local, limits_of, open_limits, with_limits
from cases.procedures.vocabulary import Unit


def test_a_document_without_numbers_leaves_all_limits_open_but_one(pk: Procedure) -> None:
    assert set(limits_of(pk)) - set(open_limits(pk)) == {"urgencies.immediate.whole_ladder"}


def test_limits_a_document_sets_are_not_open(made_up: Procedure) -> None:
    assert sorted(path for path in open_limits(made_up) if path.endswith("standard")) == [
        "checkbacks.done.standard",
        "checkbacks.understood.standard",
        "debrief.standard",
        "rungs.committee.clocks.settle.standard",
        "rungs.managers.clocks.acknowledge.standard",
    ]


def test_setting_limits_changes_those_and_nothing_else(pk: Procedure) -> None:
    ours = with_limits(
        pk,
        {
            "rungs.cswo.clocks.settle.standard": (3, "working_days"),
            "checkbacks.done.standard": (7, "calendar_days"),
            "debrief.urgent": (2, "working_days"),
            "urgencies.urgent.situation_stale_after": (6, "working_hours"),
        },
    )
    before, after = limits_of(pk), limits_of(ours)
    assert {path: limit.describe() for path, limit in after.items() if limit != before[path]} == {
        "rungs.cswo.clocks.settle.standard": "3 working days",
        "checkbacks.done.standard": "7 calendar days",
        "debrief.urgent": "2 working days",
        "urgencies.urgent.situation_stale_after": "6 working hours",
    }
    assert after["checkbacks.done.standard"].source == "local_setting"  # it was silent before
    assert ours.sha256 == pk.sha256
    assert limits_of(pk) == before


def test_a_setting_for_what_the_document_now_sets_itself_is_passed_over(made_up: Procedure) -> None:
    path = "rungs.resolution.clocks.settle.standard"
    assert with_limits(
        made_up, {path: (9, "working_days"), "rungs.gone.clocks.settle.urgent": (1, "working_days")}
    ) is (made_up)


@pytest.mark.parametrize(
    ("path", "amount", "unit", "sentence"),
    [
        ("rungs.managers.clocks.nap.urgent", 1, "working_days", "This procedure has no limit called"),
        ("urgencies.immediate.whole_ladder", 1, "end_of_day", "The procedure document sets this limit."),
        ("rungs.managers.clocks.settle.immediate", 1, "working_hours", "must not wait for opening hours"),
        ("rungs.managers.clocks.settle.urgent", 0, "working_days", "A limit must be from 1 to 999."),
        ("rungs.managers.clocks.settle.urgent", 0, "end_of_day", "A limit must be from 1 to 999."),
    ],
)
def test_a_setting_that_may_not_be_made_is_refused_in_a_sentence(
    pk: Procedure, path: str, amount: int, unit: Unit, sentence: str
) -> None:
    with pytest.raises(LocalLimitError, match=sentence):
        check_local(pk, path, amount, unit)


def test_danger_by_the_end_of_the_day_may_be_set(pk: Procedure) -> None:
    limit = check_local(pk, "rungs.managers.clocks.settle.immediate", 1, "end_of_day")
    assert (limit.describe(), limit.source) == ("the end of the same day", "local_setting")
