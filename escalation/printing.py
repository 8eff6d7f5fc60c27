"""Paper: a page of plain HTML becomes a tagged PDF (PDF/UA-1: headings, tables and lists are read out as such).

    pdf(render_to_string("cases/record/paper.html", context), title="Case 7KQ-M4TX", footer="Chain 4f.., event 31")

What is understood: h1 to h4, p, ul, ol, dl, table (caption, thead, th, colspan; class "number" on a cell;
data-widths="1,3,2" on the table), blockquote, hr, strong, em, small, code, br, and an inline svg with an aria-label.
Classes: "quiet" and "lead" (stays with what follows) on p; "columns" (children side by side), "keep" (not parted by a
page) and "box" on div. Everything else counts for its content alone. Text is data for the typesetter, never code, so
nothing needs more than HTML's escaping.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

Node = dict[str, Any]
#: Tags that hold nothing.
VOID = frozenset({"br", "hr", "img", "meta", "link", "input", "wbr", "col"})
#: Their content is not for paper.
SKIPPED = frozenset({"script", "style", "head", "title", "nav", "form", "button"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SPACE = re.compile(r"[ \t\r\n\f]+")
# Control characters have no glyph, and a text that has none may not stand in an accessible PDF.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def pdf(html: str, *, title: str, footer: str = "") -> bytes:
    """Return the PDF of a page of HTML as described above: A4, numbered pages, `footer` on each, `title` as its title.

    A text with a sign that no font here can draw still prints; the file is then tagged, but not to PDF/UA-1.
    """
    import typst

    document = json.dumps({"title": title, "footer": footer, "body": tree(html)})
    try:
        made = typst.compile(_program(), sys_inputs={"doc": document}, pdf_standards=["ua-1"])
    except typst.TypstError:
        made = typst.compile(_program(), sys_inputs={"doc": document})
    return bytes(made)


def tree(html: str) -> list[Node | str]:
    """Return the content of a page as nested tags (`t`), attributes (`a`) and children (`c`), space collapsed."""
    reader = _Reader()
    reader.feed(_CONTROL.sub("", html))
    reader.close()
    return reader.root["c"]  # type: ignore[no-any-return]


@cache
def _program() -> bytes:
    return Path(__file__).with_name("printing.typ").read_bytes()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: Node = {"t": "div", "a": {}, "c": []}
        self.open: list[Node] = [self.root]
        self.skipping = 0
        self.level = 0  # of the last heading: none may be passed over
        self.drawing: list[str] | None = None  # the source of an svg

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.drawing is not None:
            self.drawing.append(self.get_starttag_text() or "")
            return
        if tag in SKIPPED or self.skipping:
            self.skipping += tag not in VOID
            return
        given = {k.removeprefix("data-"): v or "" for k, v in attrs}
        if tag == "svg":
            self.drawing = [self.get_starttag_text() or ""]
            self._add({"t": "svg", "a": {"alt": given.get("aria-label", "Chart")}, "c": []})
            return
        if tag in HEADINGS:
            self.level = min(int(tag[1]), self.level + 1, 4)
            tag = f"h{self.level}"
        node: Node = {"t": tag, "a": given, "c": []}
        self._add(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.drawing is None and not self.skipping and tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.drawing is not None:
            self.drawing.append(f"</{tag}>")
            if tag == "svg":
                self.open[-1]["c"][-1]["a"]["source"] = _drawing("".join(self.drawing))
                self.drawing = None
            return
        if self.skipping:
            self.skipping -= tag not in VOID
            return
        names = {tag, *(HEADINGS if tag in HEADINGS else ())}
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth]["t"] in names:
                del self.open[depth:]
                return

    def handle_data(self, data: str) -> None:
        if self.drawing is not None:
            self.drawing.append(data.replace("&", "&amp;").replace("<", "&lt;"))
            return
        words = _SPACE.sub(" ", data)
        holder = self.open[-1]["t"]
        bare = words == " " and (
            holder in ("div", "section", "table", "thead", "tbody", "tfoot", "tr", "ul", "ol", "dl", "main")
            or not self.open[-1]["c"]
        )
        if words and not self.skipping and not bare:
            self._add(words)

    def _add(self, node: Node | str) -> None:
        self.open[-1]["c"].append(node)


def _drawing(source: str) -> str:
    """Return an svg as a file of its own: names of attributes that HTML reads without their capitals are put right."""
    source = source.replace("viewbox=", "viewBox=")
    return (
        source if "xmlns=" in source else source.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    )
