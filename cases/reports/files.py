"""Reports as files that a spreadsheet cannot mistake for formulas (bar G3): CSV and XLSX, whole, with a row count."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cases.reports.base import Cell
from cases.reports.showing import Shown

#: A cell that begins with one of these is taken for a formula by some spreadsheet (ASVS 1.2.10).
DANGEROUS = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
#: Blanks, quotes and marks that a spreadsheet may drop before it looks at the first character.
SKIPPED = re.compile(r"^[\s\"'`’‘“”\u0000-\u0020\u00a0\u200b-\u200f\u2028-\u202f\u2060\ufeff,;]*")
#: What no cell may hold: control characters (a line break within a cell becomes a blank).
CONTROL = re.compile(r"[\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]+")
#: A cell of a spreadsheet takes no more.
LONGEST = 32_000


@dataclass(frozen=True)
class Sheet:
    """What a file holds: a title, facts about it, and tables."""

    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Shown]


def safe(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet reads as a formula: text that could be one gets an apostrophe before it."""
    if not isinstance(cell, str):
        return cell
    text = CONTROL.sub(" ", cell)[:LONGEST]
    begins = SKIPPED.sub("", text, count=1)
    return f"'{text}" if begins.startswith(DANGEROUS) or CONTROL.match(cell) else text


def local(at: datetime, timezone: str) -> str:
    """Return an instant in local time with the name of that time, so that the hour that comes twice is told apart."""
    return at.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M %Z")


def lines_of(sheet: Sheet) -> Iterator[list[Cell]]:
    """Return all lines of a file: what it is, then each table with its notes and its number of rows."""
    yield [sheet.title]
    for key, value in sheet.facts:
        yield [key, value]
    for table in sheet.tables:
        yield []
        yield [table.caption]
        yield list(table.columns)
        yield from table.rows
        if table.foot:
            yield table.foot
        yield ["Rows", table.cells]
        for note in table.notes:
            yield [note]
    yield []
    yield ["Tables", len(sheet.tables)]
    yield ["Rows in all tables", sum(t.cells for t in sheet.tables)]


def as_csv(sheet: Sheet) -> bytes:
    """Return the file as CSV. The mark at the beginning makes spreadsheets read it as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in line] for line in lines_of(sheet))
    return ("\ufeff" + out.getvalue()).encode()


def as_xlsx(sheet: Sheet) -> bytes:
    """Return the file as a workbook with one sheet; every text is stored as text, never as a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    page = book.create_sheet("Report")
    page.column_dimensions["A"].width = 60
    bold = Font(bold=True)
    headings = {t.caption for t in sheet.tables} | {sheet.title}
    for line in lines_of(sheet):
        cells = []
        for cell in line:
            made = WriteOnlyCell(page, value=safe(cell))
            if isinstance(cell, str):
                made.data_type = "s"
                if cell in headings:
                    made.font = bold
            cells.append(made)
        page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


#: Kind of file -> what it is called, its media type, and what writes it.
KINDS: dict[str, tuple[str, str, Callable[[Sheet], bytes]]] = {
    "csv": ("CSV", "text/csv; charset=utf-8", as_csv),
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
}
