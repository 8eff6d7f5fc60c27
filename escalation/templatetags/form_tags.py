"""Tags that draw forms. Pages load them with `{% load escalation_tags %}`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms, template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from escalation.forms.rendering import bound, draw_form, govuk
from escalation.templatetags.words import clock

register = template.Library()


@register.simple_tag
def field(one: forms.BoundField) -> SafeString:
    """Draw one field of a form: label, prompt, hint, error and control."""
    return bound(one.form, one.name).draw()


@register.simple_tag
def form_fields(form: forms.BaseForm, *names: str) -> SafeString:
    """Draw all fields of a form, or the named ones; the errors of the whole form stand in the summary."""
    return draw_form(form, *names)


def problems(form: forms.BaseForm) -> list[Mapping[str, Any]]:
    """Return the lines of the error summary for any form."""
    own = getattr(form, "error_summary", None)
    if own:
        return list(own())
    return [
        {"text": text, "href": f"#{bound(form, name).anchor}" if name in form.fields else ""}
        for name, texts in form.errors.items()
        for text in texts
    ]


@register.simple_tag
def error_summary(*shown: forms.BaseForm | None) -> SafeString:
    """Draw what has to be mended in these forms, each line a link to its field. Nothing when there is nothing."""
    found = [line for form in shown if form is not None and form.is_bound for line in problems(form)]
    return govuk().render("forms/summary.html", {"problems": found}) if found else SafeString()


@register.simple_tag
def draft_url(url: str | None) -> SafeString:
    """Write, inside a form tag, where half-written words are saved; nothing without an address."""
    return format_html(' data-draft-url="{}"', url) if url else SafeString()


@register.simple_tag
def draft_note(saved_at: datetime | None = None) -> SafeString:
    """Draw the line that says when a draft was saved."""
    words = f"Saved at {clock(saved_at)}" if saved_at else ""
    return format_html('<p class="esc-draft" role="status" data-draft-status>{}</p>', words)


@register.inclusion_tag("components/filters.html")
def filters(form: forms.BaseForm, url: str, label: str = "Show", keep: str = "") -> dict[str, Any]:
    """Draw a form of choices that narrows a list; it stays in the address. `keep` is the mark of a search."""
    return {"form": form, "url": url, "label": label, "keep": keep}
