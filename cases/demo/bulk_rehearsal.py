"""Plays one course through the actions, at hours that can be told apart, and notes how its steps hang together."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cases.actions import pace
from cases.demo.people import Demo
from cases.demo.play import Play

#: Odd on purpose: no instant of a rehearsal can be taken for another one.
STEP = timedelta(hours=3, minutes=7, seconds=13)
SAFETY = timedelta(days=50, seconds=11)


class Rehearsal(Play):
    """A course as it is told: each step comes some hours after the one before, on whatever day that is."""

    def __init__(self, demo: Demo, start: datetime, urgency: str) -> None:
        super().__init__(demo, start)
        self.start, self.urgency = start, urgency
        self.acts: list[datetime] = []
        #: For each act the fewest and the most working days since the one before; 0 is the same day.
        self.gaps: list[tuple[int, int]] = []
        self.paused_before: int | None = None
        #: Days from an agreement to its action, as played: the fewest and the most in a copy.
        self.ranges: dict[int, tuple[int, int]] = {}
        self._gap = (0, 0)

    def wait(self, fewest: int, most: int) -> None:
        """Let the next step come so many working days later."""
        self._gap = (fewest, most)

    def pause(self) -> None:
        """Let any time go by before the next step; once in a course."""
        self.paused_before = len(self.acts)

    def days(self, fewest: int, most: int) -> int:
        """Return a number of days for an action, which every copy draws anew from between these."""
        days = 20 + len(self.ranges)
        self.ranges[days] = (fewest, most)
        return days

    def safety_until(self, number: int) -> datetime:
        """Return until when what keeps the child safe was said to hold: at first (0), as confirmed since (1)."""
        return self.start + SAFETY * (1 + number)

    def safety(self, by: str, line: str, owner: str) -> Play:
        """Confirm what keeps the child safe."""
        return self._act(
            pace.set_safety_line,
            by,
            child_safe="yes",
            safety_line=line,
            safety_owner=owner,
            safety_until=self.safety_until(1),
        )

    def log(self, by: str, to: str, **answers: Any) -> Play:
        """Open the case."""
        super().log(by, to, **answers)
        return self._done()

    def _act(self, action: Any, by: str, /, **words: Any) -> Play:
        super()._act(action, by, **words)
        return self._done()

    def _done(self) -> Play:
        self.acts.append(self.at)
        self.gaps.append(self._gap)
        self._gap = (0, 0)
        self.at += STEP
        return self
