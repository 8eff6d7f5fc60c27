from pathlib import Path

import pytest

from accounts.roles import Role
from cases.procedures.definitions import Procedure
from cases.procedures.loading import load_shipped, load_text, shipped_files
from tests.cast import Cast
from tests.factories import member

TWO_RUNGS = Path(__file__).parent / "two_rungs.toml"


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """The cast, and an independent chair for the procedures that have one."""
    member("Ivor Strand", Role.INDEPENDENT_CHAIR, cast.partnership, agency=cast.police)
    return cast


@pytest.fixture
def pk() -> Procedure:
    """Perth and Kinross 2025, as it comes with the service."""
    return load_shipped("perth-and-kinross-2025")


@pytest.fixture
def pk_text() -> str:
    return shipped_files()["perth-and-kinross-2025"].read_text(encoding="utf-8")


@pytest.fixture
def made_up_text() -> str:
    return TWO_RUNGS.read_text(encoding="utf-8")


@pytest.fixture
def made_up(made_up_text: str) -> Procedure:
    """An area that works quite differently from Perth and Kinross."""
    return load_text(made_up_text, "two_rungs.toml")
