"""Why something about people and roles is not done: the error carries the sentence that people read."""


class Refused(Exception):
    """Something asked for is not done; nothing was changed. Its `str()` is one plain sentence that says what to do."""
