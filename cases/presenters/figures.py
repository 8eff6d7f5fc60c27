"""Tables and charts of a report as HTML, put together in Python.

A report has a thousand cells; a template takes many times as long for each (docs/decisions/reports-read-facts.md).
The look is that of the data_table component: the same classes, roles and labels, so it becomes rows on a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from cases.reports.base import Cell
from cases.reports.showing import HIDDEN, Shown
from escalation.templatetags.escalation_tags import MANY_COLUMNS, PAIR

Address = Callable[[str, str, str], str]  # (table, row, column) -> the list behind a figure
_DIRTY = frozenset("&<>\"'")


def _text(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return escape(cell) if not _DIRTY.isdisjoint(cell) else cell
    return f"{cell:,}"


def table_html(table: Shown, address: Address | None = None) -> SafeString:
    """Return one table. `address` gives the list that a figure opens, for a table that has lists."""
    labels = [
        f'<span class="esc-table__label" aria-hidden="true">{_text(words)}</span>' for words in table.columns
    ]
    head = "".join(
        f'<th scope="col" role="columnheader" class="govuk-table__header'
        f'{" govuk-table__header--numeric" if n else ""}">{_text(words)}</th>'
        for n, words in enumerate(table.columns)
    )
    out = [
        f'<div class="esc-table{_shape(table)}"><table class="govuk-table" role="table">',
        f'<caption class="govuk-table__caption govuk-table__caption--m">{_text(table.caption)}</caption>',
        f'<thead class="govuk-table__head" role="rowgroup"><tr class="govuk-table__row" role="row">{head}</tr></thead>',
        '<tbody class="govuk-table__body" role="rowgroup">',
    ]
    links = address if table.lists else None
    for place, row in enumerate(table.rows):
        out.append(
            _row(table, row, labels, table.row_keys[place] if place < len(table.row_keys) else "", links)
        )
    if not table.rows:
        out.append(
            f'<tr class="govuk-table__row" role="row"><td role="cell" class="govuk-table__cell" '
            f'colspan="{len(table.columns)}">None in this period.</td></tr>'
        )
    out.append("</tbody>")
    if table.foot:
        out.append(f'<tfoot role="rowgroup">{_row(table, table.foot, labels, "", links)}</tfoot>')
    out.append("</table></div>")
    return mark_safe("".join(out))  # noqa: S308 (every text went through escape)


def _shape(table: Shown) -> str:
    """Return what makes a table of many columns move in a window of its own, which the keyboard reaches too.

    One of two columns fits a phone as it is.
    """
    if len(table.columns) <= MANY_COLUMNS:
        return " esc-table--pair" if len(table.columns) <= PAIR else ""
    return f' esc-table--wide" role="region" tabindex="0" aria-label="{_text(table.caption)}'


def _row(table: Shown, row: Sequence[Cell], labels: Sequence[str], key: str, links: Address | None) -> str:
    out = [
        f'<tr class="govuk-table__row" role="row"><th scope="row" role="rowheader" class="govuk-table__header">'
        f"{_text(row[0])}</th>"
    ]
    for n, cell in enumerate(row[1:], start=1):
        words = _text(cell)
        if links is not None and isinstance(cell, int) and cell and n <= table.counted + 1:
            column = table.column_keys[n - 1] if n <= table.counted else ""
            words = f'<a class="govuk-link" href="{escape(links(table.key, key, column))}">{words}</a>'
        out.append(
            f'<td role="cell" class="govuk-table__cell govuk-table__cell--numeric">{labels[n]}<span>{words}</span></td>'
        )
    out.append("</tr>")
    return "".join(out)


def chart_html(table: Shown) -> SafeString:
    """Return the chart that stands beside a table; nothing for a table without one, or with nothing to draw."""
    made = CHARTS.get(table.chart)
    drawn = made(table) if made else None
    return render_to_string(f"cases/reports/chart_{table.chart}.html", drawn) if drawn else mark_safe("")


def _last_count(table: Shown, row: Sequence[Cell]) -> Cell:
    """Return the figure of a whole row: its "All" column, or its one count."""
    return row[table.counted + 1] if table.counted > 1 else row[1]


def _bars(table: Shown) -> dict[str, Any] | None:
    values = [(str(row[0]), _last_count(table, row)) for row in table.rows]
    top = max((v for _, v in values if isinstance(v, int)), default=0)
    if not top:
        return None
    return {
        "caption": table.caption,
        "bars": [
            {"label": label, "text": _spoken(v), "width": round(1000 * v / top) if isinstance(v, int) else 0}
            for label, v in values
        ],
    }


#: The drawing of months: room for columns between these heights, one column a month.
TOP, GROUND, COLUMN = 24, 150, 28


def _months(table: Shown) -> dict[str, Any] | None:
    values = [(str(row[0]), row[1]) for row in table.rows]
    top = max((v for _, v in values if isinstance(v, int)), default=0)
    if not top or len(values) > 60:
        return None
    wide = len(values) > 14  # years together: no room for a number on each column
    columns = []
    for n, (label, value) in enumerate(values):
        height = round((GROUND - TOP) * value / top) if isinstance(value, int) else 0
        columns.append(
            {
                "x": 4 + n * COLUMN,
                "middle": 4 + n * COLUMN + COLUMN // 2 - 2,
                "y": GROUND - height,
                "height": height,
                "above": GROUND - height - 6,
                "text": "" if wide else str(value),
                "label": label[:1] if not wide or label.startswith("Jan") else "",
                "year": label[-4:] if n == 0 or label.startswith("Jan") else "",
            }
        )
    spoken = ", ".join(f"{label} {_spoken(v)}" for label, v in values)
    return {"caption": table.caption, "columns": columns, "width": 8 + len(values) * COLUMN, "spoken": spoken}


#: One of many small drawings: so wide is a month, so high the tallest column of them all.
NARROW, LOW = 10, 44


def _multiples(table: Shown) -> dict[str, Any] | None:
    """Return one small drawing for each column of a table of months, all to the same scale."""
    top = max((v for row in table.rows for v in row[1 : 1 + table.counted] if isinstance(v, int)), default=0)
    if not top or not 1 < len(table.rows) <= 60:
        return None
    drawings = []
    for n, label in enumerate(table.columns[1 : 1 + table.counted], start=1):
        values = [row[n] for row in table.rows]
        heights = [round(LOW * v / top) if isinstance(v, int) else 0 for v in values]
        drawings.append(
            {
                "label": label,
                "columns": [
                    {"x": place * NARROW, "y": LOW - height, "height": height}
                    for place, height in enumerate(heights)
                    if height
                ],
                "all": _spoken(table.foot[n]) if table.foot else "",
                "spoken": ", ".join(
                    f"{row[0]} {_spoken(v)}" for row, v in zip(table.rows, values, strict=True) if v
                ),
            }
        )
    return {
        "caption": table.caption,
        "drawings": drawings,
        "width": NARROW * len(table.rows),
        "top": top,
        "first": table.rows[0][0],
        "last": table.rows[-1][0],
    }


def _spread(table: Shown) -> dict[str, Any] | None:
    known = [(str(row[0]), [float(v) for v in row[-3:] if isinstance(v, int | float)]) for row in table.rows]
    known = [(label, three) for label, three in known if len(three) == 3]
    top = max((three[2] for _, three in known), default=0.0)
    if not top:
        return None
    bars = []
    for label, (low, middle, high) in known:
        begins, ends = round(980 * low / top), round(980 * high / top)
        bars.append(
            {
                "label": label,
                "x": begins,
                "width": max(ends - begins, 8),
                "median": round(980 * middle / top),
                "text": _from_to(low, high) + f"median {middle:,.0f}",
            }
        )
    return {"caption": table.caption, "bars": bars}


def _from_to(low: float, high: float) -> str:
    """Return where the middle half lies; nothing where it is all one figure, which the median says already."""
    words = (f"{low:,.0f}", f"{high:,.0f}")
    return "" if words[0] == words[1] else f"{words[0]} to {words[1]}, "


def _spoken(value: Cell) -> str:
    return "hidden" if value == HIDDEN else _text(value)


CHARTS: dict[str, Callable[[Shown], dict[str, Any] | None]] = {
    "bars": _bars,
    "months": _months,
    "spread": _spread,
    "multiples": _multiples,
}
