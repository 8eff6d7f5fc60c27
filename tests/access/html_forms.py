"""The forms of a page as a browser reads them: what each would send, and which of its boxes take any words."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

WORDS = {"text", "search", "email", "url", "tel"}


@dataclass
class HtmlForm:
    """One form that is posted: its address, what it sends when nobody touches it, and its boxes for words."""

    action: str
    sent: dict[str, list[str]] = field(default_factory=dict)
    boxes: set[str] = field(default_factory=set)

    def holds(self, name: str, value: str, *, first: bool = False) -> None:
        """Let it send this too; of a group of which one is picked, only the first."""
        if not first or name not in self.sent:
            self.sent.setdefault(name, []).append(value)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[HtmlForm] = []
        self.form: HtmlForm | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = HtmlForm(given.get("action", ""))
            if given.get("method", "").lower() == "post":
                self.found.append(self.form)
        if self.form is None:
            return
        name, kind = given.get("name", ""), given.get("type", "text").lower()
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select and given.get("value"):
            self.form.holds(self.select, given["value"], first=True)
        elif tag == "textarea" and name:
            self.form.boxes.add(name)
        elif tag in ("input", "button") and name:
            if tag == "input" and kind in WORDS:
                self.form.boxes.add(name)
            elif kind in ("radio", "checkbox"):
                self.form.holds(name, given.get("value", "on"), first=kind == "radio")
            elif kind != "file":
                self.form.holds(name, given.get("value", ""), first=tag == "button")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""


def posted_forms(body: str) -> list[HtmlForm]:
    """Return the forms of a page that are posted, in their order."""
    reads = _Reader()
    reads.feed(body)
    return reads.found
