"""Tags that pages are made of: `{% load escalation_tags %}`. docs/components.md has the shape of every dict.

Presenters decide words, links and colours; these tags place them. A list is drawn by a loop inside one template.
The small tags and those for forms stand in modules of their own and are loaded with these.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.template.context import Context

from escalation.templatetags import form_tags, small_tags

register = template.Library()
for _part in (small_tags.register, form_tags.register):
    register.tags.update(_part.tags)
    register.filters.update(_part.filters)

Dict = Mapping[str, Any]
DUTIES = {**dict.fromkeys(("heading", "empty", "more")), "level": 3}
DUTY = dict.fromkeys(("reference", "todo", "due", "due_tone", "stage", "holder", "facts", "tags", "new"))
ENTRY = dict.fromkeys(
    ("id", "by", "datetime", "written", "text", "facts", "tags", "links", "new", "superseded", "empty")
)
ROW = dict.fromkeys(("value", "url", "tag", "change", "actions", "missing"))
#: A table with more columns than this may be wider than its page, and moves in a window of its own.
MANY_COLUMNS = 6
#: A table of so few columns stays a table on a phone.
PAIR = 2
CELL = dict.fromkeys(("url", "tag", "small"))


def filled(defaults: Dict, rows: Sequence[Dict]) -> list[dict[str, Any]]:
    """Return rows with every key there.

    A key that a template looks up in vain costs it as much as five that it finds.
    """
    return [{**defaults, **row} for row in rows]


@register.inclusion_tag("components/contact_strip.html")
def contact_strip(contacts: Sequence[Dict]) -> dict[str, Any]:
    """Draw whom to ring when a child is in danger now (G06)."""
    return {"contacts": contacts}


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(crumbs: Sequence[Dict]) -> dict[str, Any]:
    """Draw the way to this page."""
    return {"crumbs": crumbs}


@register.inclusion_tag("components/now_panel.html", takes_context=True)
def now_panel(context: Context, given: Dict, level: int = 1) -> dict[str, Any]:
    """Draw how a case stands: is the child safe, where is it, who holds it, what is due; holds the page's h1."""
    return {"given": given, "level": level, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/ladder.html")
def ladder(given: Dict) -> dict[str, Any]:
    """Draw the rungs with the one where the case is."""
    return {"given": given}


@register.inclusion_tag("components/horizon.html")
def horizon(given: Dict | None) -> dict[str, Any]:
    """Draw a line of time up to when harm could occur, with the rungs on it and the same in words; nothing for None."""
    return {"given": given}


@register.inclusion_tag("components/positions.html", takes_context=True)
def positions(context: Context, given: Dict) -> dict[str, Any]:
    """Draw the two positions side by side, with what is agreed, disputed and to be decided (G12)."""
    return {"given": given, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/duty_list.html", takes_context=True)
def duty_list(context: Context, duties: Dict) -> dict[str, Any]:
    """Draw what waits on somebody, or its empty state."""
    rows = filled(DUTY, duties["rows"])
    return {"given": {**DUTIES, **duties}, "rows": rows, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/duty_row.html")
def duty_row(row: Dict) -> dict[str, Any]:
    """Draw one duty inside a list that the page writes."""
    return {"row": {**DUTY, **row}}


@register.inclusion_tag("components/task_list.html")
def task_list(tasks: Sequence[Dict]) -> dict[str, Any]:
    """Draw steps with how far each is."""
    return {"tasks": tasks}


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Sequence[Dict], level: int = 3) -> dict[str, Any]:
    """Draw what was recorded, in the order given; `level` is the heading level of an entry."""
    return {"entries": filled(ENTRY, entries), "level": level}


@register.inclusion_tag("components/summary_list.html")
def summary_list(
    rows: Sequence[Dict], card: str = "", card_action: Dict | None = None, level: int = 2
) -> dict[str, Any]:
    """Draw keys and values, with links to change them, in a card when `card` gives its title."""
    wide = any(row.get("change") or row.get("actions") for row in rows)
    return {
        "rows": filled(ROW, rows),
        "card": card,
        "card_action": card_action,
        "level": level,
        "wide": wide,
    }


@register.inclusion_tag("components/data_table.html")
def data_table(table: Dict) -> dict[str, Any]:
    """Draw a table that becomes stacked rows on a phone. Cells are text, numbers, None or dicts.

    Raises ValueError for a row with more or fewer cells than there are columns.
    """
    columns = table["columns"]
    header = 0 if table.get("row_header", True) else -1

    def cells(row: Sequence[Any]) -> list[dict[str, Any]]:
        if len(row) != len(columns):
            raise ValueError(f"{table['caption']}: {len(row)} cells for {len(columns)} columns")
        return [
            {
                **CELL,
                **(cell if isinstance(cell, Mapping) else {"text": "–" if cell is None else cell}),
                "label": column["label"],
                "numeric": column.get("numeric", False),
                "header": place == header,
            }
            for place, (cell, column) in enumerate(zip(row, columns, strict=True))
        ]

    return {
        "table": table,
        "columns": columns,
        "rows": [cells(row) for row in table["rows"]],
        "foot": cells(table["foot"]) if table.get("foot") else None,
        "wide": len(columns) > MANY_COLUMNS,
        "pair": len(columns) <= PAIR,
    }


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(chart: Dict) -> dict[str, Any]:
    """Draw bars with their numbers. Widths are of 1000; the longest bar is full, or `max` where it is given."""
    top = chart.get("max") or max((bar["value"] for bar in chart["bars"]), default=0) or 1
    bars = [{**bar, "width": round(1000 * min(bar["value"] / top, 1))} for bar in chart["bars"]]
    return {"chart": chart, "bars": bars}


@register.inclusion_tag("components/empty_state.html", takes_context=True)
def empty_state(
    context: Context, heading: str, text: str = "", action: Dict | None = None, level: int = 2
) -> dict[str, Any]:
    """Say that there is nothing here, and what to do next."""
    given = {"heading": heading, "text": text, "action": action, "level": level}
    return {**given, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/side_panel.html")
def side_panel(heading: str, links: Sequence[Dict] = ()) -> dict[str, Any]:
    """Draw a box beside the page with links."""
    return {"heading": heading, "links": links}


@register.inclusion_tag("components/pagination.html")
def pagination(
    newer: str = "", older: str = "", newer_label: str = "Newer", older_label: str = "Older"
) -> dict[str, Any]:
    """Draw links to the pages before and after; nothing when there are none."""
    return {"newer": newer, "older": older, "newer_label": newer_label, "older_label": older_label}
