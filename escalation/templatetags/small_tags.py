"""Tags for one small thing each: tags, buttons, links, boxes. Pages load them with `{% load escalation_tags %}`."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

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
        return tag(text["text"], text.get("colour", colour))
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
    module = SafeString('data-module="govuk-button"')  # frontend/app.js ignores a second press
    return format_html(
        '<button type="submit" class="{}" {}{}>{}</button>', button_class(kind), module, extra, label
    )


def _post_form(context: Context, label: str, url: str, kind: str, fields: Dict) -> SafeString:
    hidden = {"csrfmiddlewaretoken": str(context.get("csrf_token") or ""), **fields}
    inputs = format_html_join("", '<input type="hidden" name="{}" value="{}">', hidden.items())
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
        return SafeString()
    look = kind or wanted.get("kind", "primary")
    if wanted.get("method", "get") == "post":
        return _post_form(context, wanted["label"], wanted["url"], look, wanted.get("fields", {}))
    return button(wanted["label"], wanted["url"], look)


@register.simple_tag
def back_link(url: str, label: str = "Back") -> SafeString:
    """Draw the link back."""
    return format_html('<nav aria-label="Back"><a href="{}" class="govuk-back-link">{}</a></nav>', url, label)


@register.simple_tag
def step_caption(number: int, of: int, title: str = "") -> SafeString:
    """Draw the small line above a heading that says how far along one is."""
    stem = f"{title}: page" if title else "Page"
    return format_html('<span class="govuk-caption-l">{} {} of {}</span>', stem, number, of)


@register.simple_tag
def warning(text: str) -> SafeString:
    """Draw a warning."""
    return format_html(
        '<div class="govuk-warning-text"><span class="govuk-warning-text__icon" aria-hidden="true">!</span>'
        '<strong class="govuk-warning-text__text">'
        '<span class="govuk-visually-hidden">Warning: </span>{}</strong></div>',
        text,
    )


# Boxes around what the page writes


@register.simple_block_tag
def details(content: SafeString, summary: str, open: bool = False) -> SafeString:
    """Draw something folded away behind its summary."""
    return format_html(
        '<details class="govuk-details"{}><summary class="govuk-details__summary">'
        '<span class="govuk-details__summary-text">{}</span></summary>'
        '<div class="govuk-details__text">{}</div></details>',
        SafeString(" open" if open else ""),
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


@register.filter
def notice_kind(level: str) -> str:
    """Return the alert's kind for the level of a message."""
    return {"debug": "information", "info": "information"}.get(level, level)


@register.simple_block_tag
def notice(content: SafeString, kind: str = "information", heading: str = "") -> SafeString:
    """Draw an alert: information, success, warning or error (a message's level will do)."""
    given = {"kind": notice_kind(kind), "heading": heading, "content": content}
    return render_to_string("components/notice.html", given)
