"""What a person still has to do, told by the packages that know, and handed over when they give up a role.

`accounts` knows nothing of cases. A package to the right registers two functions when it starts (AppConfig.ready):

    register_duties(left_by, hand_over)

Administrators see numbers, never a reference or a word of a case (docs/decisions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from accounts.roles import Role
from escalation.templatetags.words import count


@dataclass(frozen=True)
class Left:
    """What a person would leave behind in one role: open cases they take part in, duties that are due, and what is to
    be done beside the ladder (a meeting to lead or arrange, an action that came out of one, an access to look into)."""

    role: Role
    cases: int
    duties: int
    beside: int = 0

    def __str__(self) -> str:
        said = []
        if self.cases or not self.beside:
            cases = count(self.cases, "open disagreement,open disagreements")
            due = f"with {count(self.duties, 'thing,things')} to do" if self.duties else "nothing to do now"
            said.append(f"{cases}, {due}")
        if self.beside:
            said.append(f"{count(self.beside, 'thing,things')} to do beside the ladder")
        return f"{self.role.label}: {' and '.join(said)}"


#: Takes a person and the role that ends (None: all of them); gives what is left in each role, nothing when empty.
DutyCheck = Callable[[User, Role | None], Iterable[Left]]
#: Takes the leaver, who takes over in each role, the administrator and the instant; raises Refused.
HandOver = Callable[[User, Mapping[Role, User], User | None, datetime], None]
_checks: list[tuple[DutyCheck, HandOver]] = []


def register_duties(check: DutyCheck, hand_over: HandOver) -> None:
    """Have `open_duties` and `hand_over` ask these functions too. Registering them again changes nothing."""
    if (check, hand_over) not in _checks:
        _checks.append((check, hand_over))


def open_duties(person: User, role: Role | None = None) -> list[Left]:
    """Return what would be left behind if the person gave up this role, or all of them: one row a role."""
    found: dict[Role, Left] = {}
    for left in (left for check, _ in _checks for left in check(person, role)):
        before = found.get(left.role, Left(left.role, 0, 0))
        found[left.role] = Left(
            left.role,
            before.cases + left.cases,
            before.duties + left.duties,
            before.beside + left.beside,
        )
    return [found[held] for held in Role if held in found]


def hand_over(person: User, successors: Mapping[Role, User], by: User | None, at: datetime) -> None:
    """Hand everything over that the person has in these roles, in the caller's transaction. Raises Refused."""
    for _, hand in _checks:
        hand(person, successors, by, at)
