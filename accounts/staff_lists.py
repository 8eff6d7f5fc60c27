"""An agency's people from a CSV file: read and checked row by row, before anything is asked for or written.

Columns: Name, Email, Job, Role, and Team where the role is held in one. One row for each role of a person.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import Agency, Membership, Team, User
from accounts.roles import ROLES, Role

COLUMNS = ("name", "email", "job", "team", "role")
NEEDED = ("name", "email", "role")
MOST_ROWS = 2000
MOST_BYTES = 800_000
#: What a cell may not begin with: nobody is called so, and a spreadsheet would run it.
FORMULA = ("=", "+", "-", "@", "\t")
_LONGEST = {"name": 120, "email": 254, "job": 120, "team": 120, "role": 60}
_ROLES = {words.lower(): role for role in Role for words in (role.value, role.label)}


class Unreadable(ValueError):
    """The file as a whole cannot be read; `str()` of it says what to do."""


@dataclass(frozen=True)
class Row:
    """One person in one role; `line` is the line of the file."""

    line: int
    name: str
    email: str
    job: str
    team: str
    role: str


@dataclass(frozen=True)
class Mistake:
    """What is wrong in one line, and what to do."""

    line: int
    words: str


@dataclass
class Checked:
    """What a list would do, and what is wrong with it. Nothing may be done while `mistakes` holds anything."""

    rows: list[Row] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    new_people: int = 0
    new_roles: int = 0
    new_teams: list[str] = field(default_factory=list)
    held_already: int = 0

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to do."""
        return not self.new_roles


def decode(content: bytes) -> str:
    """Return the text of a file as Excel and others save it: UTF-8, UTF-16 with its mark, or Windows Western.

    Raises Unreadable for a file that is too big or no text.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable("The file is too big. Split it into files of at most 2,000 rows.")
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable("This is no CSV file. In your spreadsheet choose Save as, then CSV UTF-8.")


def parse(text: str) -> tuple[list[Row], list[Mistake]]:
    """Return the rows of a list and what is wrong with each by itself. Raises Unreadable for the list as a whole."""
    text = text.lstrip("\ufeff")
    first = text.strip().split("\n", 1)[0]
    marks = {mark: first.count(mark) for mark in ",;\t"}
    try:
        lines = list(
            csv.reader(
                io.StringIO(text, newline=""), delimiter=max(marks, key=lambda m: marks[m]), strict=True
            )
        )
    except csv.Error as error:
        raise Unreadable(
            "A quotation mark is not closed. Save the file again from your spreadsheet."
        ) from error
    numbered = [
        (n, [c.strip() for c in cells]) for n, cells in enumerate(lines, 1) if any(c.strip() for c in cells)
    ]
    if not numbered:
        raise Unreadable("The list is empty. The first line names the columns: Name, Email, Job, Team, Role.")
    header = [cell.lower() for cell in numbered[0][1]]
    while not header[-1]:
        header.pop()  # a spreadsheet saves the empty columns to the right of a table too
    _check_header(header)
    if len(numbered) - 1 > MOST_ROWS:
        raise Unreadable(f"The list has {len(numbered) - 1:,} rows. Split it into lists of at most 2,000.")
    rows, mistakes = [], []
    for line, cells in numbered[1:]:
        if len(cells) > len(header) and any(cells[len(header) :]):
            mistakes.append(Mistake(line, "has more cells than there are columns"))
            continue
        found = dict(zip(header, cells, strict=False))
        row = Row(line, *(found.get(column, "") for column in COLUMNS))
        wrong = list(_wrong_by_itself(row))
        mistakes += [Mistake(line, words) for words in wrong]
        if not wrong:
            rows.append(
                Row(line, row.name, row.email.lower(), row.job, row.team, _ROLES[row.role.lower()].value)
            )
    return rows, mistakes


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name and name not in COLUMNS]
    missing = [name for name in NEEDED if name not in header]
    if missing:
        words = ", ".join(name.capitalize() for name in missing)
        raise Unreadable(f"The first line must name the columns. Missing: {words}.")
    if unknown:
        words = ", ".join(f"“{name[:40]}”" for name in unknown)
        raise Unreadable(f"Take these columns out, so that nothing is kept that is not needed: {words}.")
    if "" in header:
        raise Unreadable("A column has no name in the first line. Name it, or take it out.")
    if len(set(header)) != len(header):
        raise Unreadable("A column stands there twice. Name each once.")


def _wrong_by_itself(row: Row) -> Iterable[str]:
    cells: dict[str, Any] = asdict(row)
    for column in NEEDED:
        if not cells[column]:
            yield f"{column.capitalize()} is empty"
    for column, longest in _LONGEST.items():
        if len(cells[column]) > longest:
            yield f"{column.capitalize()} is longer than {longest} letters"
        if cells[column].startswith(FORMULA):
            yield f"{column.capitalize()} begins with “{cells[column][0]}”, like a formula"
        if not cells[column].isprintable():
            yield f"{column.capitalize()} holds a line break or a sign that cannot be shown"
    if row.email:
        try:
            validate_email(row.email)
        except ValidationError:
            yield f"“{row.email[:60]}” is no email address"
    if not row.role:
        return
    role = _ROLES.get(row.role.lower())
    if role is None:
        yield f"“{row.role[:60]}” is no role. Write one as it stands on the page of roles"
    elif ROLES[role].held_at == "partnership":
        yield f"{role.label} is a role for the whole partnership. Ask for it on the person’s page"
    elif ROLES[role].held_at == "agency" and row.team:
        yield f"{role.label} is held for the whole agency. Leave Team empty"


def check(rows: list[Row], agency: Agency, day: date, mistakes: Iterable[Mistake] = ()) -> Checked:
    """Return what these rows would do in an agency on a day, and what is wrong with them there; three queries."""
    done = Checked(rows, list(mistakes))
    known = {u.email: u for u in User.objects.filter(email__in={r.email for r in rows})}
    teams = {name.lower() for name in Team.objects.filter(agency=agency).values_list("name", flat=True)}
    held = set(
        Membership.objects.filter(agency=agency, user__email__in=known)
        .exclude(ends_on__lt=day)
        .values_list("user__email", "role", "team__name")
    )
    held = {(email, role, (team or "").lower()) for email, role, team in held}
    first: dict[str, Row] = {}
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row.email, row.role, row.team.lower())
        words = _wrong_here(row, first.setdefault(row.email, row), known.get(row.email), agency)
        if key in seen:
            words = f"says the same as line {seen[key]}"
        seen.setdefault(key, row.line)
        if words:
            done.mistakes.append(Mistake(row.line, words))
        elif key in held:
            done.held_already += 1
        else:
            done.new_roles += 1
            if row.team and row.team.lower() not in teams:
                teams.add(row.team.lower())
                done.new_teams.append(row.team)
    done.new_people = len(first.keys() - known.keys())
    done.mistakes.sort(key=lambda m: m.line)
    return done


def _wrong_here(row: Row, first: Row, known: User | None, agency: Agency) -> str:
    if (row.name, row.job) != (first.name, first.job):
        return f"has another name or job than line {first.line}, with the same email address"
    if known is None:
        return ""
    if known.agency_id != agency.pk:
        return "Somebody with this email address is known already, and not in this agency"
    if not known.is_active:
        return f"{known.full_name} was deactivated. Let them back in first"
    if known.full_name != row.name:
        return f"This email address belongs to {known.full_name}. Write the name as it is known"
    return ""


def stored(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return rows as they are kept while they wait."""
    return [asdict(row) for row in rows]


def restored(rows: Iterable[dict[str, Any]]) -> list[Row]:
    """Return rows that were kept."""
    return [Row(**row) for row in rows]
