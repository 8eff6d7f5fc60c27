"""Who fills in a form, under which procedure, and when: what the questions of a page depend on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from cases.procedures.definitions import Procedure


@dataclass(frozen=True)
class Asking:
    """The person who is asked, the procedure whose words are used, and the instant of the request (UTC)."""

    user: User
    procedure: Procedure
    at: datetime
