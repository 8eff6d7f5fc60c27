"""Models of the shared machinery (Django looks for them here)."""

from escalation.trail.anchors import Checkpoint, Head, Receipt, Tombstone, Witness
from escalation.trail.models import Event

__all__ = ["Checkpoint", "Event", "Head", "Receipt", "Tombstone", "Witness"]
