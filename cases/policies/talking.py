"""Who talks, writes, asks for advice and gives it."""

from __future__ import annotations

from cases.access import Look
from cases.models.participation import Relation
from cases.policies.asking import in_dispute, takes_part
from cases.refusals import NotAllowed, NotNow


def add_to_record(look: Look) -> None:
    """Contact attempts, meetings, updates: any party, manager or decider while it is open."""
    takes_part(look)
    in_dispute(look)


def give_update(look: Look) -> None:
    """New information reaches those with a duty until the case has ended (G21)."""
    takes_part(look)
    if look.case.ended:
        raise NotNow("This case has ended. Ask for it to be reopened if something new has come up.")


def give_position(look: Look) -> None:
    """Each side gives its own position, on its own (G12)."""
    takes_part(look)
    in_dispute(look)
    if not look.is_party:
        raise NotAllowed("Only the two sides give a position. You can add a meeting note or advice.")


def set_common_ground(look: Look) -> None:
    """Agreed and disputed facts are written once both positions can be read (G12)."""
    give_position(look)


def correct(look: Look) -> None:
    """An author corrects their own entry; both stay."""
    takes_part(look)


def ask_rethink(look: Look) -> None:
    """Somebody of either side asks for a Re-think beside the case; its timescales run on meanwhile (PO02)."""
    takes_part(look)
    in_dispute(look)
    if look.case.definition.rethink is None:
        raise NotNow("This procedure has no Re-think.")
    if not look.is_party:
        raise NotAllowed("Only the two sides ask for a Re-think.")


def ask_advice(look: Look) -> None:
    """A party asks a designated lead without handing the case over (G23)."""
    takes_part(look)
    in_dispute(look)
    if not look.is_party:
        raise NotAllowed("Only the two sides ask for advice.")


def give_advice(look: Look) -> None:
    """The lead who was asked answers."""
    takes_part(look)
    in_dispute(look)
    if not look.has(Relation.ADVISER):
        raise NotAllowed("Only a designated lead who was asked gives advice here.")
