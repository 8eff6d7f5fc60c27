"""What the walk calls a word of a program: each kind is planted and found, and what people write is left alone."""

from __future__ import annotations

import pytest

from tests.walk.raw import raw_words


@pytest.mark.parametrize(
    "planted",
    [
        "<p>Held by line_manager</p>",
        "<td>stage_1</td>",
        "<dd>CHECK_BACK</dd>",
        "<dd>State.CLOSED</dd>",
        "<dd>None</dd>",
        "<p>Team: None.</p>",
        "<p>Answered: True</p>",
        "<option>False</option>",
        "<li>&lt;Agency: NHS Strathbracken&gt;</li>",
        "<li>Case object (3)</li>",
        "<p>Due {{ due }}</p>",
        "<p>Due on 2026-06-16</p>",
        "<time>2026-06-16T15:00+01:00</time>",
        "<p>timedelta(days=2)</p>",
        "<p>Told: []</p>",
        "<p>Told: ['Nadia Reid', 'Callum Petrie']</p>",
        "<p>1 working days left</p>",
        "<p>It ends today..</p>",
        "<p>It ends , and starts</p>",
        "<p>Health &amp;amp; care</p>",
        '<a href="/" aria-label="Go to senior_managers">Up</a>',
        '<input placeholder="None">',
    ],
)
def test_each_kind_is_found(planted: str) -> None:
    assert len(raw_words(f"<main><h1>What waits</h1>{planted}</main>")) == 1


@pytest.mark.parametrize(
    "said",
    [
        "<p>None yet</p>",
        "<p>None of them came. True, they were told.</p>",
        "<p>by 4pm on Tuesday 16 June 2026, 2 working days and 1 hour</p>",
        "<p>21 days, 1.1 days and 1 day …</p>",
        "<p>What we saw: “nothing”, and so on.</p>",
        '<p>Run <code>manage.py verify_audit</code></p><a href="/a_b/" id="line_manager">Up</a>',
        "<textarea name=a>I wrote line_manager, stage_1 and None</textarea>",
        "<script>const one = null</script>",
    ],
)
def test_what_people_say_is_left_alone(said: str) -> None:
    assert raw_words(f"<main><h1>What waits</h1>{said}</main>") == []
