"""What a program calls things by, and no person: where it stands on a page, a word of ours is missing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

COUNTED = "days|hours|minutes|weeks|months|years|people|cases|times|words|answers|items|messages|others"
RAW = re.compile(
    "|".join(
        (
            r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b",  # line_manager, stage_1
            r"\b[A-Z]+(?:_[A-Z]+)+\b",  # CHECK_BACK
            r"\b[A-Z]\w+\.[A-Z][A-Z_]+\b",  # Verb.OPENED
            r"(?<![\w’])(?:None|True|False|null|undefined|NaN)(?=[.,;:)\]]*$)",  # an answer nobody put in words
            r"<[A-Z]\w*(?::| object| at)|\b\w+ object \(\d+\)",  # <Foo: bar>, Case object (3)
            r"\{\{|\}\}|\{%|%\}|%\(\w+\)s",  # a template that was not filled in
            r"\b\d{4}-\d\d-\d\d\b|\d\d:\d\d:\d\d|\d[T ]\d\d:\d\d[+Z]",  # instants for machines
            r"\b(?:datetime|timedelta|Decimal|UUID|OrderedDict|dict_\w+)[.(]",
            r"\[\]|\{\}|[\[{(]'|', '",  # lists, sets and pairs as Python writes them
            rf"(?<![\d.,:])\b1 (?:working )?(?:{COUNTED})\b",  # 1 days
            r"(?<!\.)\.\.(?!\.)| [,.;:](?:\s|$)|,,",  # a sentence put together wrongly
            r"Traceback|&(?:amp|lt|gt|quot|#x27);",  # a fault shown, or marks escaped twice
        )
    )
)
#: Not words of the page: examples of what to type into a machine, what somebody typed, what is not shown.
ASIDE = {"code", "kbd", "samp", "pre", "textarea", "script", "style", "template"}
SAID = ("aria-label", "aria-description", "alt", "title", "placeholder")


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
