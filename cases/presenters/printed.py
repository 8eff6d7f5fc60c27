"""Tables and charts of a paper for print: plain HTML for `escalation.printing`, each chart one drawing."""

from __future__ import annotations

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from cases.reports.base import Cell
from cases.reports.showing import HIDDEN, Shown

INK, MIDDLE, LIGHT = "#12343f", "#14606e", "#8ba3aa"
FONT = "Liberation Sans, Arial, DejaVu Sans, sans-serif"
LEFT, WIDE, ROW = 220, 300, 24


#: A table of no more rows stands on one page with its heading and its chart.
KEPT = 20


def printed(table: Shown) -> SafeString:
    """Return a table with its chart before it."""
    head = f"<th>{escape(table.columns[0])}</th>" + "".join(
        f'<th class="number">{escape(words)}</th>' for words in table.columns[1:]
    )
    rows = [_row(row) for row in table.rows]
    foot = f"<tfoot>{_row(table.foot)}</tfoot>" if table.foot else ""
    widths = ",".join(["3", *("1" for _ in table.columns[1:])])
    notes = "".join(f'<p class="quiet">{escape(note)}</p>' for note in table.notes)
    made = (
        f'<h4>{escape(table.caption)}</h4>{_chart(table)}<table data-widths="{widths}">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>{foot}</table>{notes}"
    )
    if len(rows) <= KEPT:
        made = f'<div class="keep">{made}</div>'
    return mark_safe(made)  # noqa: S308 (every text went through escape)


def _row(row: list[Cell]) -> str:
    cells = "".join(f'<td class="number">{escape(_words(cell))}</td>' for cell in row[1:])
    return f"<tr><th>{escape(str(row[0]))}</th>{cells}</tr>"


def _words(cell: Cell) -> str:
    return "–" if cell is None else f"{cell:,}" if isinstance(cell, int | float) else cell


def _chart(table: Shown) -> str:
    """Return the chart of a table as one drawing; "" for a table without one or with nothing to draw."""
    if table.chart == "multiples":
        return _multiples(table)
    if table.chart == "spread":
        bars = [(str(r[0]), [float(v) for v in r[-3:] if isinstance(v, int | float)]) for r in table.rows]
        bars = [(label, three) for label, three in bars if len(three) == 3]
        spoken = [f"{low:,.0f} to {high:,.0f}, median {middle:,.0f}" for _, (low, middle, high) in bars]
    elif table.chart in ("bars", "months"):
        whole = table.counted + 1 if table.counted > 1 else 1
        seen = [(str(r[0]), r[whole]) for r in table.rows]
        bars = [(label, [float(v)] if isinstance(v, int) else [0.0]) for label, v in seen]
        spoken = ["hidden" if v == HIDDEN else _words(v) for _, v in seen]
    else:
        return ""
    top = max((values[-1] for _, values in bars), default=0)
    if not top:
        return ""
    drawn = [_bar(n, *bar, spoken[n], top) for n, bar in enumerate(bars)]
    alt = "; ".join(f"{label}: {words}" for (label, _), words in zip(bars, spoken, strict=True))
    height = ROW * len(bars) + 4
    return (
        f'<svg viewBox="0 0 700 {height}" width="700" height="{height}" aria-label="{escape(table.caption)}. '
        f'{escape(alt)}">{"".join(drawn)}</svg>'
    )


def _bar(place: int, label: str, values: list[float], spoken: str, top: float) -> str:
    y, scale = place * ROW + 4, WIDE / top
    words = f'font-family="{FONT}" font-size="12" fill="{INK}"'
    if len(values) == 3:
        low, middle, high = (round(v * scale) for v in values)
        shape = (
            f'<rect x="{LEFT + low}" y="{y + 4}" width="{max(high - low, 3)}" height="8" fill="{LIGHT}"/>'
            f'<rect x="{LEFT + middle}" y="{y}" width="4" height="16" fill="{INK}"/>'
        )
        end = LEFT + max(high, middle)
    else:
        end = LEFT + round(values[0] * scale)
        shape = f'<rect x="{LEFT}" y="{y}" width="{end - LEFT}" height="16" fill="{MIDDLE}"/>'
    return (
        f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end" {words}>{escape(label[:36])}</text>{shape}'
        f'<text x="{end + 8}" y="{y + 12}" {words}>{escape(spoken)}</text>'
    )


#: Small drawings side by side: so many in a line, each so wide and so high.
SIDE, ONE, HIGH, LINE = 4, 160, 36, 66


def _multiples(table: Shown) -> str:
    """Return one small drawing for each column of a table of months, all to the same scale."""
    parts = range(1, 1 + table.counted)
    top = max((v for row in table.rows for v in row[1 : 1 + table.counted] if isinstance(v, int)), default=0)
    if not top or not table.foot:
        return ""
    step = ONE / max(len(table.rows), 12)
    drawn = []
    for n in parts:
        x, y = (n - 1) % SIDE * (ONE + 18), (n - 1) // SIDE * LINE
        label = f"{table.columns[n]}: {_words(table.foot[n])}"
        drawn.append(
            f'<text x="{x}" y="{y + 12}" font-family="{FONT}" font-size="11" fill="{INK}">{escape(label[:28])}</text>'
            f'<rect x="{x}" y="{y + 18 + HIGH}" width="{ONE}" height="1" fill="{LIGHT}"/>'
        )
        for place, row in enumerate(table.rows):
            value = row[n]
            height = round(HIGH * value / top, 1) if isinstance(value, int) else 0
            if height:
                drawn.append(
                    f'<rect x="{x + place * step:.1f}" y="{y + 18 + HIGH - height:.1f}" width="{step - 2:.1f}" '
                    f'height="{height}" fill="{MIDDLE}"/>'
                )
    alt = "; ".join(f"{table.columns[n]}: {_words(table.foot[n])} in all" for n in parts)
    high = ((table.counted - 1) // SIDE + 1) * LINE
    caption = f"{table.caption}. All to one scale; the highest column is {top}. {alt}"
    return (
        f'<svg viewBox="0 0 700 {high}" width="700" height="{high}" aria-label="{escape(caption)}">'
        f"{''.join(drawn)}</svg>"
    )
