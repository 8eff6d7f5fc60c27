"""Why something is not done: each carries the sentence that people read."""

from __future__ import annotations


class Refusal(Exception):
    """Something asked for is not done. `str()` of it is one plain sentence that says what to do instead."""


class NotAllowed(Refusal):
    """This person may not do this, now or later (403)."""


class NotNow(Refusal):
    """The case does not allow this at present (409)."""


class Stale(Refusal):
    """The case changed since the page was loaded (409). What was typed is kept as a draft."""


class AlreadyDone(Refusal):
    """The same form was sent before: the first sending counts, nothing is added."""
