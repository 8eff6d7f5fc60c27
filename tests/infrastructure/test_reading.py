"""The words of pages, forms and notices are held to the reading age that tired people need."""

from __future__ import annotations

from pathlib import Path

from escalation.devstack.reading import (
    AGE,
    FIELD,
    Words,
    age,
    collected,
    mistakes,
    of_python,
    of_template,
    sentences,
)

HARD = "Notwithstanding organisational prioritisation, we will operationalise multidisciplinary intervention."
PLAIN = "Say what you saw, and when you saw it, in your own words."


def test_every_part_of_the_interface_is_read() -> None:
    """Pages, mails, forms, refusals, steps: at least one known sentence of each."""
    found = {words.text for words in collected(Path(__file__).parents[2])}
    for part, known in {
        "a page": "What you sent was not saved, because the case is no longer as you saw it.",
        "a subject of a notice": "Escalation: somebody opened far more cases than usual",
        "a hint of a form": "For example: for the child’s file, or for a meeting on Thursday.",
        "a refusal": "Say in a sentence why you have to know now.",
        "a duty": "Say whether it was done and whether it helped",
    }.items():
        assert known in found, part
    assert len(found) >= 900


def test_a_hard_sentence_is_named_with_its_file_and_a_plain_one_is_not() -> None:
    told = mistakes([Words("templates/home.html", HARD), Words("templates/home.html", PLAIN)])
    assert len(told) == 1
    assert told[0].startswith("templates/home.html: for readers of ")
    assert told[0].endswith(HARD)


def test_a_sentence_that_never_ends_is_named() -> None:
    assert "31 words in one sentence" in mistakes([Words("a.html", "We go " * 15 + "on.")])[0]


def test_a_file_of_hard_sentences_is_named_though_each_may_pass() -> None:
    fair = "Ask your manager to look at it again before you go any further with another service."
    several = [Words("b.html", f"{fair[:-1]} {n}.") for n in ("today", "again", "before", "early")]
    assert [told.split(":")[0] for told in mistakes(several)] == ["b.html"]


def test_each_word_of_the_field_counts_as_a_short_one() -> None:
    short = age("They ask the work to read it and to say what they think.")
    for term, why in FIELD.items():
        assert age(f"They ask the {term} to read it and to say what they think.") == short, term
        assert why, term


def test_what_is_no_text_is_left_out() -> None:
    page = '{# A note for authors only #}<script>let it be so for ever</script><p class="x">{{ name }} wrote this.</p>'
    assert [p for p in of_template(page) if p] == ["it wrote this."]
    assert list(of_template('{% empty_state "Nothing to do" "All is done for now." %}'))[:2] == [
        "Nothing to do",
        "All is done for now.",
    ]
    module = '"""A docstring."""\nlog.info("Nobody reads this on a page")\nsaid = f"{name} has told you."\n'
    assert list(of_python(module)) == ["it has told you."]
    assert (
        list(sentences("a", ["Too short to be judged.", "and this begins in the middle of one, so it waits"]))
        == []
    )


def test_the_interface_is_fit_for_its_readers() -> None:
    """The whole of it, as `make check` reads it."""
    found = collected(Path(__file__).parents[2])
    assert age(" ".join(f"{words.text.rstrip('.?!:')}." for words in found)) < AGE - 2
