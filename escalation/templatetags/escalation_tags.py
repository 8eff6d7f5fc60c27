"""Tags that pages are made of: `{% load escalation_tags %}`. docs/components.md has the shape of every dict.

Presenters decide words, links and colours; these tags place them. A list is drawn by a loop inside one template.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms, template
from django.template.context import Context
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from escalation.forms.rendering import GovukBoundField, GovukRenderer, draw_form
from escalation.templatetags.words import clock

register = template.Library()
Dict = Mapping[str, Any]

COLOURS = frozenset(["grey", "green", "teal", "blue", "purple", "magenta", "red", "orange", "yellow"])
MEANINGS = frozenset(
    ["lapsed", "danger", "today", "soon", "later", "waiting", "agreed", "determined", "closed"]
)
KINDS = {"primary": "", "secondary": " govuk-button--secondary", "warning": " govuk-button--warning"}


def tag_class(colour: str) -> str:
    """Return the class of a tag. Raises ValueError for a colour that has no style."""
    if colour in MEANINGS:
        return f"esc-tag esc-tag--{colour}"
    if colour in COLOURS:
        return f"govuk-tag--{colour}"
    raise ValueError(f"no tag colour {colour!r}: use one of {', '.join(sorted(COLOURS | MEANINGS))}")


@register.simple_tag
def tag(text: str | Dict, colour: str = "grey") -> SafeString:
    """Draw a tag from a text and a colour, or from a dict of both."""
    if isinstance(text, Mapping):
        text, colour = text["text"], text.get("colour", colour)
    return format_html('<strong class="govuk-tag {}">{}</strong>', tag_class(colour), text)


def button_class(kind: str) -> str:
    """Return the class of a button: primary, secondary, warning or quiet (looks like a link)."""
    return "esc-quiet-button" if kind == "quiet" else f"govuk-button{KINDS[kind]}"


@register.simple_tag
def button(label: str, url: str, kind: str = "primary") -> SafeString:
    """Draw a link to where something is done, as a button."""
    if kind == "quiet":
        return format_html('<a class="govuk-link" href="{}">{}</a>', url, label)
    markup = '<a href="{}" role="button" draggable="false" class="{}" data-module="govuk-button">{}</a>'
    return format_html(markup, url, button_class(kind), label)


@register.simple_tag
def submit(label: str, kind: str = "primary", name: str = "", value: str = "") -> SafeString:
    """Draw the button that sends a form. The label says what happens."""
    extra = format_html(' name="{}" value="{}"', name, value) if name else ""
    markup = '<button type="submit" class="{}" data-module="govuk-button" data-prevent-double-click="true"{}>{}</button>'
    return format_html(markup, button_class(kind), extra, label)


def _post_form(context: Context, label: str, url: str, kind: str, fields: Dict) -> SafeString:
    hidden = {"csrfmiddlewaretoken": str(context.get("csrf_token") or ""), **fields}
    inputs = mark_safe(
        "".join(format_html('<input type="hidden" name="{}" value="{}">', *pair) for pair in hidden.items())
    )
    return format_html('<form method="post" action="{}">{}{}</form>', url, inputs, submit(label, kind))


@register.simple_tag(takes_context=True)
def post_button(
    context: Context, label: str, url: str, kind: str = "primary", token: Any = "", **fields: Any
) -> SafeString:
    """Draw a form that is one button: `token` becomes its form_token, further keywords its hidden fields."""
    return _post_form(context, label, url, kind, {**({"form_token": token} if token else {}), **fields})


@register.simple_tag(takes_context=True)
def action(context: Context, wanted: Dict | None, kind: str = "") -> SafeString:
    """Draw an action: a link, or a form where its method is "post". Nothing for None."""
    if not wanted:
        return mark_safe("")
    look = kind or wanted.get("kind", "primary")
    if wanted.get("method", "get") == "post":
        return _post_form(context, wanted["label"], wanted["url"], look, wanted.get("fields", {}))
    return button(wanted["label"], wanted["url"], look)


# Forms


@register.simple_tag
def field(bound: forms.BoundField) -> SafeString:
    """Draw one field of a form: label, prompt, hint, error and control."""
    ours = (
        bound if isinstance(bound, GovukBoundField) else GovukBoundField(bound.form, bound.field, bound.name)
    )
    return ours.draw()


@register.simple_tag
def form_fields(form: forms.BaseForm, *names: str) -> SafeString:
    """Draw all fields of a form, or the named ones; without names the errors of the whole form are in the summary."""
    return draw_form(form, *names)


@register.simple_tag
def error_summary(*shown: forms.BaseForm | None) -> SafeString:
    """Draw what has to be mended in these forms, each line a link to its field. Nothing when there is nothing."""
    problems: list[Any] = []
    for form in shown:
        if form is not None and form.is_bound and form.errors:
            own = getattr(form, "error_summary", None)
            problems += (
                own()
                if own
                else [
                    {"text": text, "href": f"#{form[name].auto_id}" if name in form.fields else ""}
                    for name, texts in form.errors.items()
                    for text in texts
                ]
            )
    return GovukRenderer().render("forms/summary.html", {"problems": problems}) if problems else mark_safe("")


@register.simple_tag
def draft_url(url: str | None) -> SafeString:
    """Write, inside a form tag, where half-written words are saved; nothing without an address."""
    return format_html(' data-draft-url="{}"', url) if url else mark_safe("")


@register.simple_tag
def draft_note(saved_at: datetime | None = None) -> SafeString:
    """Draw the line that says when a draft was saved."""
    words = f"Saved at {clock(saved_at)}" if saved_at else ""
    return format_html('<p class="esc-draft" role="status" data-draft-status>{}</p>', words)


# Components: one dict each

DUTIES = dict.fromkeys(("heading", "empty", "more"))
DUTY = dict.fromkeys(("reference", "todo", "due", "due_tone", "stage", "holder", "facts", "tags", "new"))
ENTRY = dict.fromkeys(
    ("id", "by", "datetime", "written", "text", "facts", "tags", "links", "new", "superseded", "empty")
)
ROW = dict.fromkeys(("value", "url", "tag", "change", "actions", "missing"))
CELL = dict.fromkeys(("url", "tag", "small"))


def _component(name: str, takes_context: bool = False) -> None:
    """Register `{% name given %}`, which draws templates/components/<name>.html with its dict or list as `given`."""

    def draw(given: Any) -> dict[str, Any]:
        return {"given": given}

    def draw_in_context(context: Context, given: Any) -> dict[str, Any]:
        return {"given": given, "csrf_token": context.get("csrf_token")}

    register.inclusion_tag(f"components/{name}.html", takes_context=takes_context, name=name)(
        draw_in_context if takes_context else draw
    )


for _name in ("ladder", "task_list", "contact_strip", "breadcrumbs"):
    _component(_name)
_component("positions", takes_context=True)


@register.inclusion_tag("components/now_panel.html", takes_context=True)
def now_panel(context: Context, given: Dict, level: int = 1) -> dict[str, Any]:
    """Draw how a case stands now: is the child safe, where is it, who holds it, what is due; it holds the page's h1."""
    return {"given": given, "level": level, "csrf_token": context.get("csrf_token")}


def _filled(defaults: dict[str, Any], rows: Sequence[Dict]) -> list[dict[str, Any]]:
    """Return rows with every key there: a key that a template looks up in vain costs it as much as five that it finds."""
    return [{**defaults, **row} for row in rows]


@register.inclusion_tag("components/duty_list.html", takes_context=True)
def duty_list(context: Context, duties: Dict) -> dict[str, Any]:
    """Draw what waits on somebody, or its empty state."""
    return {
        "given": {**DUTIES, **duties},
        "rows": _filled(DUTY, duties["rows"]),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("components/duty_row.html")
def duty_row(row: Dict) -> dict[str, Any]:
    """Draw one duty inside a list that the page writes."""
    return {"row": {**DUTY, **row}}


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Sequence[Dict], level: int = 3) -> dict[str, Any]:
    """Draw what was recorded, newest or oldest first as given; `level` is the heading level of an entry."""
    return {"entries": _filled(ENTRY, entries), "level": level}


@register.inclusion_tag("components/summary_list.html")
def summary_list(
    rows: Sequence[Dict], card: str = "", card_action: Dict | None = None, level: int = 2
) -> dict[str, Any]:
    """Draw keys and values, with links to change them, in a card when `card` gives its title."""
    wide = any(row.get("change") or row.get("actions") for row in rows)
    return {
        "rows": _filled(ROW, rows),
        "card": card,
        "card_action": card_action,
        "level": level,
        "wide": wide,
    }


@register.inclusion_tag("components/data_table.html")
def data_table(table: Dict) -> dict[str, Any]:
    """Draw a table that becomes stacked rows on a phone. Cells are text, numbers, None or dicts."""
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
    }


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(chart: Dict) -> dict[str, Any]:
    """Draw bars with their numbers. Widths are of 1000, the longest bar or `max` being full."""
    top = chart.get("max") or max((bar["value"] for bar in chart["bars"]), default=0) or 1
    bars = [{**bar, "width": round(1000 * min(bar["value"] / top, 1))} for bar in chart["bars"]]
    return {"chart": chart, "bars": bars}


@register.inclusion_tag("components/empty_state.html", takes_context=True)
def empty_state(
    context: Context, heading: str, text: str = "", action: Dict | None = None, level: int = 2
) -> dict[str, Any]:
    """Say that there is nothing here, and what to do next."""
    return {
        "heading": heading,
        "text": text,
        "action": action,
        "level": level,
        "csrf_token": context.get("csrf_token"),
    }


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


@register.inclusion_tag("components/filters.html")
def filters(form: forms.BaseForm, url: str, label: str = "Show") -> dict[str, Any]:
    """Draw a form of choices that narrows a list; it stays in the address."""
    return {"form": form, "url": url, "label": label}


@register.simple_tag
def back_link(url: str, label: str = "Back") -> SafeString:
    """Draw the link back."""
    return format_html('<nav aria-label="Back"><a href="{}" class="govuk-back-link">{}</a></nav>', url, label)


@register.simple_tag
def step_caption(number: int, of: int, title: str = "") -> SafeString:
    """Draw the small line above a heading that says how far along one is."""
    stem = f"{title}: question" if title else "Question"
    return format_html('<span class="govuk-caption-l">{} {} of {}</span>', stem, number, of)


@register.simple_tag
def warning(text: str) -> SafeString:
    """Draw a warning."""
    return format_html(
        '<div class="govuk-warning-text"><span class="govuk-warning-text__icon" aria-hidden="true">!</span>'
        '<strong class="govuk-warning-text__text"><span class="govuk-visually-hidden">Warning: </span>{}</strong></div>',
        text,
    )


# Boxes around what the page writes


@register.simple_block_tag
def details(content: SafeString, summary: str, open: bool = False) -> SafeString:
    """Draw something folded away behind its summary."""
    return format_html(
        '<details class="govuk-details"{}><summary class="govuk-details__summary"><span class="govuk-details__summary-text">{}'
        '</span></summary><div class="govuk-details__text">{}</div></details>',
        mark_safe(" open") if open else "",
        summary,
        content,
    )


@register.simple_block_tag
def inset(content: SafeString) -> SafeString:
    """Draw something set apart from the text."""
    return format_html('<div class="govuk-inset-text">{}</div>', content)


@register.simple_block_tag
def panel(content: SafeString, heading: str) -> SafeString:
    """Draw the panel of a page that says it is done; its heading is the page's h1."""
    return format_html(
        '<div class="govuk-panel govuk-panel--confirmation"><h1 class="govuk-panel__title">{}</h1>'
        '<div class="govuk-panel__body">{}</div></div>',
        heading,
        content,
    )


@register.simple_block_tag
def sidebox(content: SafeString, heading: str) -> SafeString:
    """Draw a box beside the page around what stands in it."""
    return format_html(
        '<section class="esc-side"><h2 class="govuk-heading-s">{}</h2>{}</section>', heading, content
    )


@register.simple_block_tag
def notice(content: SafeString, kind: str = "information", heading: str = "") -> SafeString:
    """Draw an alert: information, success, warning or error (debug counts as information)."""
    return get_template("components/notice.html").template.render(
        Context({"kind": notice_kind(kind), "heading": heading, "content": content})
    )


@register.filter
def notice_kind(level: str) -> str:
    """Return the alert's kind for the level of a message."""
    return {"debug": "information", "info": "information"}.get(level, level)
