"""Where the prompts beside questions come from: which document, which section, or nobody but this service (X3)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cases.presenters.procedure import mark
from cases.procedures.declared import Declared
from cases.procedures.definitions import Procedure
from cases.procedures.parts import Words

#: What each sentence of an area is for, in the order of the page.
SENTENCES = {
    "paramount": "The child first",
    "threshold_question": "Before going up",
    "threshold_hint": "Before going up: what to say",
    "unresolved": "When it is not settled",
    "resolved": "When it is settled",
    "agree_to_differ": "Leaving it at two views",
    "determination": "Who decides in the end",
    "record": "How to write the record",
    "speak_up": "Speaking up",
    "feedback": "Telling each other",
    "complements": "Your own agency’s procedure",
}


def where(procedure: Procedure, text: str, table: Declared) -> tuple[str, str]:
    """Return the source of a prompt in words, and where the page of sources has it; empty when nobody laid it down."""
    page = reverse("sources")
    if isinstance(table, Words):
        name = next((name for name in SENTENCES if getattr(table, name) == text), "")
        if not name or table.source_of(name) != "document":
            return "", ""
        section = table.sections.get(name)
        return _short(procedure, table) + (f", “{section}”" if section else ""), f"{page}#{name}"
    return (_short(procedure, table), f"{page}#documents") if table.source == "document" else ("", "")


def _short(procedure: Procedure, table: Declared) -> str:
    """Return a document in few words: the guide itself goes by the name of its area, as one speaks of it."""
    title = procedure.document_title(table)
    return procedure.short_title if title == procedure.source_documents[0].title else title


def sources_page(procedure: Procedure) -> dict[str, Any]:
    """Return what the page of sources shows of a procedure: its documents, and each sentence with where it is said."""
    words = procedure.words
    rows = []
    for name, purpose in SENTENCES.items():
        if text := getattr(words, name):
            laid_down = words.source_of(name)
            section = words.sections.get(name, "")
            said = f"{procedure.document_title(words)}{f', section “{section}”' if section else ''}"
            rows.append(
                {
                    "id": name,
                    "purpose": purpose,
                    "text": text,
                    "tag": mark(laid_down),
                    "said": said if laid_down == "document" else "",
                }
            )
    documents = [
        {"title": d.title, "note": d.note, "published": d.published} for d in procedure.source_documents
    ]
    return {"title": procedure.title, "rows": rows, "documents": documents}
