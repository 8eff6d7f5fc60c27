"""A ladder of twelve rungs, written in one file: checked and published within a second, and climbed to its top."""

from __future__ import annotations

import time

import pytest

from cases.procedures.loading import load_text, problems_in
from cases.refusals import NotNow
from cases.workflow import State
from tests import in_place
from tests.cast import Cast
from tests.procedures.walking import FILES, Walk

LONDON = FILES["london"].read_text(encoding="utf-8")
MANY = [f"managers_{n}" for n in range(1, 11)]


def twelve_rungs() -> str:
    """Return the file of an area in which managers meet ten times, each time with a rung of its own."""
    head, talk, managers, beyond = LONDON.split("[[rungs]]\n")
    rungs = [
        managers.replace('key = "first_line_managers"', f'key = "{key}"').replace(
            'label = "First-line managers"', f'label = "Round {n}"'
        )
        for n, key in enumerate(MANY, start=1)
    ]
    head = head.replace('key = "london"', 'key = "twelve"').replace(
        '"first_line_managers"', ", ".join(f'"{k}"' for k in MANY)
    )
    return "[[rungs]]\n".join([head, talk, *rungs, beyond])


def test_checking_and_publishing_takes_under_a_second(cast: Cast) -> None:
    text = twelve_rungs()
    begun = time.process_time()
    assert problems_in(text) == []
    version = in_place.publish(text, name="twelve.toml").version
    assert time.process_time() - begun < 1
    assert version.ladder == ["talk", *MANY, "beyond"]
    assert version.shape["states"]["managers_7"] == "managers"


def test_climbed_to_its_top_and_closed(cast: Cast) -> None:
    walk = Walk(cast, in_place.publish(twelve_rungs()).version)
    walk.climb()
    assert walk.way == ["talk", *MANY, "beyond"]
    assert walk.case.state == State.SENIOR_MANAGERS
    walk.settle()
    walk.close()
    assert walk.case.state == State.CLOSED


def test_it_may_begin_higher_up_with_a_reason(cast: Cast) -> None:
    version = in_place.publish(twelve_rungs()).version
    with pytest.raises(NotNow, match="Say why it begins on Round 3"):
        Walk(cast, version, changes={"start": "managers_3"})
    with pytest.raises(NotNow, match="cannot begin on that stage"):
        Walk(cast, version, changes={"start": "beyond", "start_why": "It is grave."})
    walk = Walk(
        cast, version, changes={"start": "managers_3", "start_why": "The managers met twice already."}
    )
    assert (walk.case.state, walk.holder, walk.way) == ("managers", cast.nurse_manager, ["managers_3"])
    assert walk.case.current_stage.opposite == cast.social_work_manager
    walk.up()
    assert walk.case.rung_key == "managers_4"


def test_a_second_rung_of_one_state_needs_a_key_of_its_own() -> None:
    text = twelve_rungs().replace('key = "managers_2"', 'key = "managers_1"', 1)
    told = [str(p) for p in problems_in(text, "twelve.toml")]
    assert any('rung "managers_1" is described twice' in line and "a key of its own" in line for line in told)
    assert any('rung "managers_2" is not described' in line for line in told)


@pytest.mark.parametrize(
    ("old", "new", "what", "mend"),
    [
        (
            'starts = "rung_entered"',
            'starts = "accepted"',
            "the clock never starts: nobody accepts on this rung",
            "acknowledge",
        ),
        (
            'starts = "rung_entered"',
            'starts = "checked_back"',
            'a clock of a rung never starts with "checked_back"',
            "rung_entered",
        ),
        (
            'starts = "rung_entered"',
            'starts = "outcome_recorded"',
            '"settle" would start only when it is over',
            "rung_entered",
        ),
        ('on = "holder"', 'on = "practitioner"', "the clock runs on nobody in particular", "counterpart"),
        (
            'key = "settle"',
            'key = "settle"\nmet_by = "meeting"',
            'a clock called "settle" ends by settling',
            "take met_by out",
        ),
        ("may_start_here = true", 'only_for = ["urgent"]\nmay_start_here = true', "", ""),
        (
            '"escalated_next_tier"]',
            '"cswo_determined", "escalated_next_tier"]',
            '"cswo_determined" cannot come about',
            'state = "cswo"',
        ),
    ],
)
def test_a_clock_or_outcome_that_could_never_be_is_an_error(old: str, new: str, what: str, mend: str) -> None:
    at = LONDON.index('key = "first_line_managers"')
    text = LONDON[:at] + LONDON[at:].replace(old, new, 1)
    told = [str(p) for p in problems_in(text, "london.toml")]
    if not what:
        assert told == []  # a track of its own is no mistake
        assert load_text(text).track("standard") == ("talk", "beyond")
        return
    assert len(told) == 1, told
    assert what in told[0]
    assert mend in told[0]
    assert told[0].startswith("london.toml:")
