"""What a program calls things by, and no person: where it stands on a page, a word of ours is missing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: A name with underscores, a value of Python or of a script, how Python writes an object, an object of a database, a
#: name of an enumeration, a template that was not filled in, a date for machines, a field that was never answered.
RAW = re.compile(
    r"""
    \b[a-z0-9]+(?:_[a-z0-9]+)+\b            # line_manager, stage_1
    | \b[A-Z]+(?:_[A-Z]+)+\b                # CHECK_BACK
    | (?<![\w’'])(?:None|True|False|null|undefined|NaN|nan)(?=[\s.,;:)\]]*$)   # at the end of a piece of text
    | ^(?:None|True|False)\b
    | <[A-Z]\w*(?::|\ object|\ at)          # <Foo: bar>, <Foo object at 0x7f>
    | \b\w+\ object\ \(\d+\)                # Case object (3)
    | \b[A-Z]\w+\.[A-Z][A-Z_]+\b            # Verb.OPENED
    | \{\{|\}\}|\{%|%\}|%\(\w+\)s
    | \b\d{4}-\d{2}-\d{2}\b | \d{2}:\d{2}:\d{2} | \d[T\ ]\d{2}:\d{2}[+Z]
    | \b(?:datetime|timedelta|Decimal|UUID|OrderedDict|dict_\w+)\(?\.?(?:date|timedelta|datetime)?\(
    | \[\]|\{\}|\['|\{'|\('|',\ '           # lists, sets and pairs as Python writes them
    | Traceback|&(?:amp|lt|gt|quot|\#x27);  # escaped twice
    """,
    re.VERBOSE,
)
#: Not read as words of the page: examples of what to type into a machine, what somebody types, and what is not shown.
ASIDE = {"code", "kbd", "samp", "pre", "textarea", "script", "style", "template"}
SAID = ("aria-label", "alt", "title", "placeholder", "aria-description")


class _Pieces(HTMLParser):
    """The pieces of text of a page, as somebody reads them or has them read out."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces = list[str]()
        self._aside = list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ASIDE:
            self._aside.append(tag)
        self.pieces += [words for name, words in attrs if name in SAID and words]
        given = dict(attrs)
        if tag == "button" or (tag == "input" and given.get("type") in ("submit", "button")):
            self.pieces.append(given.get("value") or "" if tag == "input" else "")

    def handle_endtag(self, tag: str) -> None:
        if self._aside and self._aside[-1] == tag:
            self._aside.pop()

    def handle_data(self, data: str) -> None:
        if not self._aside and data.strip():
            self.pieces.append(" ".join(data.split()))


def raw_words(page: str) -> list[str]:
    """Return the pieces of text of a page (its HTML) that show how a program names things; none on a page of ours."""
    reader = _Pieces()
    reader.feed(page)
    return [piece[:100] for piece in reader.pieces if RAW.search(piece)]
