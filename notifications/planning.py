"""Placeholder until planning lands."""


def connect() -> None:
    """Connect nothing yet."""
