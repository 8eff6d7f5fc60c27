"""Models of the shared machinery (Django looks for them here)."""

from escalation.trail.models import Event

__all__ = ["Event"]
