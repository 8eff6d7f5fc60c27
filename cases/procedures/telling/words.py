"""Small words of the sentences a procedure is told in. Pure Python: no Django."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

JURISDICTIONS = {"SCT": "Scotland", "ENG": "England", "WLS": "Wales", "NIR": "Northern Ireland"}
ON_SILENCE = {
    "move_duty": "It is recorded, and the duty passes to the deputy or the next manager up.",
    "raise": "It is recorded, and the case itself goes up.",
}
RAISER_MAY = {
    "new_facts": "bring new facts",
    "accept": "accept the answer",
    "independent_view": "ask for an independent view",
}
RELATIONS = {
    "raiser": "the person who raised it",
    "counterpart": "the other side",
    "line_manager": "their line manager",
    "senior_manager": "their senior manager",
}
AUDIENCES = {
    "holder": "whoever has the duty",
    "deputy": "their deputy",
    "holder_manager": "their manager",
    "next_tier": "the next manager up",
    "designated_lead": "the designated lead",
    "partnership": "the partnership’s officer",
    "raiser": "the person who raised it",
    "counterpart": "the other side",
}
STARTS = {
    "rung_entered": "from when the case comes here",
    "accepted": "from when the manager accepts it",
    "case_opened": "from when the case is opened",
    "disagreement_arose": "from when the disagreement arose",
    "outcome_recorded": "from when it is settled or decided",
    "last_action_due": "from when the last agreed action is due",
    "checked_back": "from the second check back",
}
DIVERSIONS = {
    "referral": "Child protection referral",
    "complaint": "Complaints or disciplinary route",
    "whistleblowing": "Whistleblowing route",
    "conference_dissent": "The meeting’s own route for dissent",
    "cumulative_concern": "General concern about an agency, to the designated lead",
    "agency_procedure": "The agency’s own procedure",
}
MARKS = {"document": "The guide", "local_setting": "Local setting", "silent": "Guide silent"}
"""The three marks in two words, for the tag beside a value; `vocabulary.SOURCE_WORDS` has the sentences."""


def and_list(items: Iterable[str]) -> str:
    """Return "a, b and c"; "" for none."""
    return _listed(items, "and")


def or_list(items: Iterable[str]) -> str:
    """Return "a, b or c"; "" for none."""
    return _listed(items, "or")


def _listed(items: Iterable[str], last: str) -> str:
    *most, end = list(items) or [""]
    return f"{', '.join(most)} {last} {end}" if most else end


def capital(text: str) -> str:
    """Return words with a capital at the start."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """Return words so that they can stand inside a sentence; abbreviations are left alone."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def day(value: date | None) -> str:
    """Return "27 August 2019", or that no day is printed."""
    return f"{value.day} {value:%B %Y}" if value else "No date is printed"
