"""Generated cases for measuring."""

SLUG = "measured"


def generate(count: int, *, seed: int) -> None:
    raise NotImplementedError
