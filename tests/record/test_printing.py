"""The PDF helper: tagged, of any words people write, and never a way to run something."""

from __future__ import annotations

import pytest

from escalation.printing import pdf, tree

HOSTILE = [
    "#panic()",
    '#read("/etc/passwd")',
    "$x^2$ *not bold* _not slanted_ `raw` @label <label> \\u{41} = heading",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "a\x00b\x07c\x1f",
    "שלום مرحبا",
    "emoji \U0001f600 and 漢字",
    "]]}}#{((",
]


def test_a_page_is_tagged_for_screen_readers() -> None:
    made = pdf("<h1>Case</h1><h4>Jumped</h4><table><thead><tr><th>A</th></tr></thead></table>", title="Case")
    assert made.startswith(b"%PDF-")
    assert b"pdfuaid" in made  # declares PDF/UA-1, which the typesetter checks before it writes


@pytest.mark.parametrize("words", HOSTILE)
def test_words_are_printed_and_never_run(words: str) -> None:
    made = pdf(f"<h1>Case</h1><p>{words}</p><ul><li>{words}</li></ul>", title=words.replace("\0", ""))
    assert made.startswith(b"%PDF-")


def test_headings_never_pass_over_a_level() -> None:
    levels = [n["t"] for n in tree("<h2>a</h2><h6>b</h6><h1>c</h1><h3>d</h3>") if isinstance(n, dict)]
    assert levels == ["h1", "h2", "h1", "h2"]


def test_what_is_not_for_paper_is_left_out() -> None:
    assert tree("<nav>no</nav><form><p>no</p></form><script>no</script><p>yes</p>") == [
        {"t": "p", "a": {}, "c": ["yes"]}
    ]
