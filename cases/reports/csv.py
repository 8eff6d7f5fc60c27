"""A report as a CSV file that a spreadsheet cannot mistake for formulas."""

from __future__ import annotations

import csv
import io

from cases.reports.base import Cell, Period, Table

#: A cell that begins with one of these is taken for a formula by some spreadsheet (ASVS 1.2.10).
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "%")


def safe(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet reads as a formula: text that could be one gets an apostrophe before it."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "")
    return f"'{text}" if text.lstrip(" \"'").startswith(DANGEROUS) or text.startswith(DANGEROUS) else text


def write(title: str, partnership: str, period: Period, tables: list[Table]) -> str:
    """Return the whole report as CSV: what it is, then each table with its notes and its number of rows."""
    out = io.StringIO()
    sheet = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")

    def row(*cells: Cell) -> None:
        sheet.writerow([safe(c) for c in cells])

    row(title)
    row("Partnership", partnership)
    row("From", period.first.isoformat(), "to", period.last.isoformat())
    row("For the committee only: small numbers can point to a child or a colleague.")
    for table in tables:
        row()
        row(table.caption)
        row(*table.columns)
        for cells in table.rows:
            row(*cells)
        if table.total:
            row(*table.total)
        row("Rows", len(table.rows))
        for note in table.notes:
            row(note)
    return out.getvalue()
