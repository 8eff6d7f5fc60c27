"""What would be due when: limits over several rungs, and clocks that follow one another, bind as in a case."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cases.procedures.definitions import Procedure
from cases.procedures.loading import load_text
from cases.procedures.telling import tell
from cases.projecting import project
from tests.time.naive import OFFICE

LONDON = ZoneInfo("Europe/London")
#: A Tuesday.
BEGINS = datetime(2026, 6, 2, 10, 30, tzinfo=LONDON)
TOGETHER = """
[[together]]
key = "all_steps"
label = "All steps together"
first = "resolution"
last = "managers"
words = "within a day"
limits.standard = { amount = 24, unit = "calendar_hours", source = "document" }
source = "document"

[[urgencies]]
"""


def bound(text: str) -> Procedure:
    """Return the made-up area with a day for its first two rungs together."""
    return load_text(text.replace("[[urgencies]]\n", TOGETHER.lstrip(), 1))


def test_a_limit_over_several_rungs_is_shared_by_those_still_to_climb(made_up_text: str) -> None:
    plain = project(load_text(made_up_text), "standard", BEGINS, OFFICE)
    together = project(bound(made_up_text), "standard", BEGINS, OFFICE)
    assert [rung.ends for rung in plain.rungs[:2]] == [
        datetime(2026, 6, 3, 17, tzinfo=LONDON),
        datetime(2026, 6, 5, 17, tzinfo=LONDON),
    ]
    # 24 hours from Tuesday at 10:30: half for each, in working time where that leaves time to act.
    assert together.rungs[0].ends == datetime(2026, 6, 2, 17, tzinfo=LONDON)
    assert together.rungs[1].ends == BEGINS + timedelta(hours=24)
    assert together.brought_forward


def test_the_page_tells_it_as_a_limit_of_its_own(made_up_text: str) -> None:
    pace = next(section for section in tell(bound(made_up_text)) if section.key == "pace")
    [limit] = [limit for limit in pace.limits if limit.key.startswith("together.")]
    assert (limit.key, limit.text, limit.source, limit.words) == (
        "together.all_steps.standard",
        "24 hours",
        "document",
        "within a day",
    )
    assert limit.what == "All steps together (Level A to Level B)"


def test_a_clock_that_follows_another_starts_when_that_one_is_due(made_up_text: str) -> None:
    text = made_up_text.replace(
        """[[rungs.clocks]]
key = "settle"
""",
        """[[rungs.clocks]]
key = "letter"
label = "Write the letter"
on = "counterpart"
starts = "previous_clock:settle"
limits.immediate = { amount = 2, unit = "calendar_hours", source = "document" }
limits.standard = { amount = 1, unit = "working_days", source = "document" }
source = "document"

[[rungs.clocks]]
key = "settle"
""",
        1,
    )
    first, second = text.split('key = "letter"', 1)
    letter, rest = second.split("[[rungs.clocks]]", 1)
    settle, after = rest.split("\n\n", 1)
    # The letter comes after the clock it waits for.
    head = first.removesuffix("[[rungs.clocks]]\n")
    text = f'{head}[[rungs.clocks]]{settle}\n\n[[rungs.clocks]]\nkey = "letter"{letter}{after}'
    rung = project(load_text(text), "standard", BEGINS, OFFICE).rungs[0]
    due = {duty.clock.key: (duty.starts, duty.due.at) for duty in rung.duties}
    assert due["letter"] == (due["settle"][1], datetime(2026, 6, 4, 17, tzinfo=LONDON))
    assert rung.ends == due["settle"][1], "the letter holds nobody up"
