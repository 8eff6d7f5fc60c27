"""A situation for each step: the case, whose step it is, who is refused, what is typed, and what stands afterwards."""

from __future__ import annotations

from tests.pages.situation import Situation
from tests.pages.situations_beside import BESIDE
from tests.pages.situations_ladder import ON_THE_LADDER

SITUATIONS: dict[str, Situation] = ON_THE_LADDER | BESIDE
