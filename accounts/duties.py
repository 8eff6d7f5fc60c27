"""What a person still has to do, told by the packages that know: a leaver hands it over first.

`accounts` knows nothing of cases. A package to the right registers one function when it starts (AppConfig.ready):

    register_duty_check(open_duties_of)     # (person, role or None) -> one line for each duty

A line names what is left and a reference, never anything about a child: administrators read it.
"""

from collections.abc import Callable, Iterable

from accounts.models import User
from accounts.roles import Role

#: Takes a person and the role that ends (None: all of them); gives one line for each duty still open in it.
DutyCheck = Callable[[User, Role | None], Iterable[str]]
_checks: list[DutyCheck] = []


def register_duty_check(check: DutyCheck) -> None:
    """Have `open_duties` ask this function too. Registering it again changes nothing."""
    if check not in _checks:
        _checks.append(check)


def open_duties(person: User, role: Role | None = None) -> list[str]:
    """Return a line for each duty that would be left behind if the person gave up this role, or all of them."""
    return [line for check in _checks for line in check(person, role)]
