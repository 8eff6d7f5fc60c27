"""Checking a file names every mistake: line, key, what is wrong, how to mend it."""

import time
from collections.abc import Callable

import pytest

from cases.procedures.loading import ProcedureError, load_file, load_text, problems_in


def only_problem(text: str) -> tuple[int, str, str, str]:
    problems = problems_in(text, "area.toml")
    assert len(problems) == 1, [str(problem) for problem in problems]
    problem = problems[0]
    return problem.line, problem.key, problem.what, problem.mend


def edit(text: str, old: str, new: str, *, after: str = "") -> tuple[str, int]:
    """Return the text with `old` replaced once behind `after`, and the line on which that was."""
    start = text.index(old, text.index(after))
    return text[:start] + new + text[start + len(old) :], text[:start].count("\n") + 1


@pytest.mark.parametrize(
    ("after", "old", "new", "key", "what", "mend", "stands_at"),
    [
        pytest.param(
            'state = "managers"',
            'label = "Level B"',
            'label = "Level B"\nlable = "x"',
            "rungs[managers].lable",
            'unknown key "lable"',
            'did you mean "label"?',
            'lable = "x"',
            id="unknown key",
        ),
        pytest.param(
            'state = "resolution"',
            '"escalated_next_tier"]',
            "]",
            "rungs[managers].state",
            'rung "managers" cannot be reached from below',
            'add "escalated_next_tier" to the outcomes of the rung below it',
            'state = "managers"',
            id="unreachable rung",
        ),
        pytest.param(
            "",
            '"managers", "committee"]',
            '"committee"]',
            "rungs[managers].state",
            'rung "managers" cannot be reached: it is not in the ladder',
            'add "managers" to ladder, or take the rung out',
            'state = "managers"',
            id="rung outside the ladder",
        ),
        pytest.param(
            'state = "managers"',
            'acts = "line_manager"',
            'acts = ""',
            "rungs[managers].acts",
            "nobody acts on this rung",
            'name the role that acts, such as acts = "line_manager"',
            "",
            id="no actor",
        ),
        pytest.param(
            'state = "managers"',
            'acts = "line_manager"\n',
            "",
            "rungs[managers].acts",
            "nobody acts on this rung",
            'name the role that acts, such as acts = "line_manager"',
            '[[rungs]]\nstate = "managers"',
            id="actor left out",
        ),
        pytest.param(
            'state = "committee"',
            'outcomes = ["resolved_agreed", "independent_meeting_convened", "committee_determined"]',
            'outcomes = ["independent_meeting_convened"]',
            "rungs[committee].outcomes",
            'there is no way out of rung "committee"',
            'add an outcome that ends it, such as "resolved_agreed", or "escalated_next_tier"',
            "",
            id="no exit",
        ),
        pytest.param(
            'state = "committee"',
            'on = "independent_chair"',
            'on = "counterpart"',
            "rungs[committee].clocks[settle].on",
            "the clock runs on nobody: this rung has no counterpart",
            "name counterpart_role on the rung, or put the clock on somebody else",
            "",
            id="clock on a counterpart who is not there",
        ),
        pytest.param(
            'state = "managers"',
            'on = "holder"\n',
            "",
            "rungs[managers].clocks[settle].on",
            "the clock runs on nobody",
            'say whose duty it is, such as on = "holder"',
            '[[rungs.clocks]]\nkey = "settle"\nlabel = "Settle between managers"',
            id="clock on nobody",
        ),
        pytest.param(
            "[[reasons]]",
            'key = "roles"',
            'key = "service_offered"',
            "reasons[service_offered].key",
            'two entries of this list have the key "service_offered"',
            "give each its own key, or take one out",
            "",
            id="duplicate key",
        ),
        pytest.param(
            "[[reasons]]",
            'label = "Who does what"',
            'label = "Service offered"',
            "reasons[roles].label",
            'two entries of this list have the label "Service offered"',
            "give each its own label, or take one out",
            "",
            id="duplicate label",
        ),
        pytest.param(
            'key = "task_not_done"',
            'source = "document"\n',
            "",
            "scope[task_not_done].source",
            "the source mark is missing",
            'say where these values come from: source = "document", "local_setting" or "silent"',
            "[[scope]]",
            id="missing source mark",
        ),
        pytest.param(
            'state = "resolution"',
            ', source = "silent" }',
            " }",
            "rungs[resolution].clocks[settle].limits.immediate.source",
            "the source mark is missing",
            'say where these values come from: source = "document", "local_setting" or "silent"; a limit never takes '
            "it from the clock around it",
            'limits.immediate = { amount = 1, unit = "calendar_hours" }',
            id="missing source mark of a limit",
        ),
        pytest.param(
            'state = "resolution"',
            '"resolved_agreed"',
            '"resolved_agred"',
            "rungs[resolution].outcomes[1]",
            '"resolved_agred" is not an outcome the reports know',
            'did you mean "resolved_agreed"?',
            "",
            id="unknown outcome",
        ),
        pytest.param(
            'state = "managers"',
            "may_refuse = true",
            "may_refuse = false",
            "rungs[managers].outcomes",
            "an outcome of refusal stands where nobody may refuse",
            "set may_refuse = true, or take the outcome out",
            'outcomes = ["resolved_agreed", "plan_review_triggered"',
            id="refusal without leave to refuse",
        ),
        pytest.param(
            'state = "managers"',
            'limits.immediate = { amount = 4, unit = "calendar_hours"',
            'limits.immediate = { amount = 4, unit = "working_hours"',
            "rungs[managers].clocks[settle].limits.immediate.unit",
            "a limit for danger today waits for opening hours",
            'use unit = "calendar_hours", "calendar_days" or "end_of_day"',
            "",
            id="danger in working hours",
        ),
        pytest.param(
            'key = "immediate"',
            'unit = "calendar_hours"',
            'unit = "working_days"',
            "urgencies[immediate].situation_stale_after.unit",
            "a limit for danger today waits for opening hours",
            'use unit = "calendar_hours", "calendar_days" or "end_of_day"',
            "",
            id="danger in working days, under urgencies",
        ),
        pytest.param(
            'state = "committee"',
            'limits.standard = { amount = 10, unit = "working_days", source = "local_setting" }\n',
            "",
            "rungs[committee].clocks[settle].limits",
            'the clock has no limit for "standard"',
            "add limits.standard = { ... }; if the document gives none, mark it local_setting",
            'limits.immediate = { amount = 2, unit = "end_of_day"',
            id="urgency without a limit",
        ),
        pytest.param(
            'key = "letter"',
            "previous_clock:settle",
            "previous_clock:answer",
            "rungs[managers].clocks[letter].starts",
            'there is no earlier clock "answer" on this rung',
            "name a clock that stands above this one on the same rung",
            "",
            id="clock after a clock that is not there",
        ),
        pytest.param(
            'state = "resolution"',
            'outcomes = ["resolved_agreed",',
            'outcomes = ["agreed_to_differ_low_risk",',
            "rungs[resolution].outcomes[1]",
            "the procedure does not allow agreeing to differ",
            "set agree_to_differ.allowed = true, or take this outcome out",
            "",
            id="agreeing to differ where it is not allowed",
        ),
        pytest.param(
            "",
            'ladder = ["resolution", "managers", "committee"]',
            'ladder = ["resolution", "committee", "managers"]',
            "ladder",
            "the ladder is not in order",
            "go from the bottom up: resolution, line_manager, managers, senior_managers, cswo, committee",
            "",
            id="ladder upside down",
        ),
        pytest.param(
            'state = "committee"',
            'sources = { words = "silent" }',
            'sources = { wrds = "silent" }',
            "rungs[committee].sources.wrds",
            'a source mark for an unknown key "wrds"',
            "name a key of this table, or take the mark out",
            "",
            id="mark for an unknown key",
        ),
        pytest.param(
            "[words]",
            'source = "document"',
            'source = "document"\ndocument = "leaflet"',
            "words.document",
            'there is no source document "leaflet"',
            "use one of policy, or add [[source_documents]]",
            'document = "leaflet"',
            id="mark for an unknown document",
        ),
        pytest.param(
            "",
            "effective_from = 2025-04-01",
            "effective_from = 2025-04-01\neffective_until = 2024-04-01",
            "effective_until",
            "this is before effective_from",
            "put the later date here",
            "effective_until",
            id="ends before it begins",
        ),
        pytest.param(
            "",
            "same_agency_allowed = false",
            'same_agency_allowed = "no"',
            "same_agency_allowed",
            "this is neither true nor false",
            "write true or false, without quotes",
            "",
            id="text for yes or no",
        ),
        pytest.param(
            'state = "committee"',
            "amount = 10",
            'amount = "ten"',
            "rungs[committee].clocks[settle].limits.standard.amount",
            "this is not a whole number",
            "write a whole number without quotes, such as amount = 5",
            "",
            id="text for a number",
        ),
        pytest.param(
            'state = "committee"',
            "amount = 10",
            "amount = 0",
            "rungs[committee].clocks[settle].limits.standard.amount",
            "a limit of 0 is due before it starts",
            "use 1 or more; the end of the same day is 1",
            "",
            id="limit of nothing",
        ),
    ],
)
def test_each_mistake_is_named_with_its_line_and_its_mending(
    made_up_text: str, after: str, old: str, new: str, key: str, what: str, mend: str, stands_at: str
) -> None:
    """`old` behind `after` becomes `new`; the mistake is told at the line of `stands_at`, or where `new` is."""
    assert problems_in(made_up_text) == []
    text, line = edit(made_up_text, old, new, after=after)
    assert only_problem(text) == (line_of(text, stands_at) if stands_at else line, key, what, mend)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_all_mistakes_come_at_once_in_the_order_of_the_file(made_up_text: str) -> None:
    text, first = edit(made_up_text, 'family = "plan"', 'family = "plans"')
    text, _ = edit(text, 'acts = "practitioner"\n', "")
    text, third = edit(text, '"independent_meeting_convened"', '"meeting"')
    assert [(problem.line, problem.key) for problem in problems_in(text)] == [
        (first, "reasons[service_offered].family"),
        (line_of(text, "[[rungs]]"), "rungs[resolution].acts"),
        (third, "rungs[committee].outcomes[2]"),
    ]


def test_a_mistake_reads_as_one_sentence_with_file_and_line(made_up_text: str) -> None:
    text, line = edit(made_up_text, 'family = "plan"', 'family = "plans"')
    with pytest.raises(ProcedureError) as caught:
        load_text(text, "area.toml")
    assert str(caught.value) == (
        f'area.toml:{line}: reasons[service_offered].family: "plans" is unknown. To mend it: did you mean "plan"?.'
    )


def test_a_text_that_is_no_toml_is_named_with_its_line(made_up_text: str) -> None:
    text, line = edit(made_up_text, 'title = "Made-up', "title = Made-up")
    assert only_problem(text) == (
        line,
        "",
        "this is not TOML (Invalid value)",
        "each line is a key = value, a [table] or a # remark; text stands in quotes; no key twice in one table",
    )


def test_an_empty_file_names_what_it_needs() -> None:
    keys = {problem.key for problem in problems_in("", "area.toml")}
    assert {"key", "version", "title", "ladder", "rungs", "urgencies", "source", "words"} <= keys


@pytest.mark.parametrize("value", ["1", '"text"', "[]", "[1]", "{}", "true"])
def test_any_value_anywhere_is_told_and_never_crashes(made_up_text: str, value: str) -> None:
    for name in (
        "rungs",
        "urgencies",
        "scope",
        "reasons",
        "ladder",
        "checkbacks",
        "words",
        "referral_bodies",
    ):
        text = f"{name} = {value}\n" + "\n".join(
            line
            for line in made_up_text.split("\n[", maxsplit=1)[0].splitlines()
            if not line.startswith(f"{name} ")
        )
        assert problems_in(text)


@pytest.mark.parametrize(
    "spoil", [lambda line: "", lambda line: line.split("=")[0] + "= 1"], ids=["gone", "a number"]
)
def test_any_spoilt_line_is_told_and_never_crashes(made_up_text: str, spoil: Callable[[str], str]) -> None:
    lines = made_up_text.splitlines()
    for place, line in enumerate(lines):
        if " = " not in line or line.startswith("#"):
            continue
        text = "\n".join([*lines[:place], spoil(line), *lines[place + 1 :]])
        for problem in problems_in(text):
            assert 1 <= problem.line <= len(lines)
            assert problem.what
            assert problem.mend


def test_a_file_that_cannot_be_read_is_named(tmp_path: object) -> None:
    with pytest.raises(
        ProcedureError, match=r"^gone\.toml:1: the file cannot be read \(No such file or directory\)"
    ):
        load_file(f"{tmp_path}/gone.toml")


def test_a_file_in_another_encoding_is_named(tmp_path: object) -> None:
    path = f"{tmp_path}/latin.toml"
    with open(path, "wb") as file:
        file.write('title = "Ärger"'.encode("latin-1"))
    with pytest.raises(ProcedureError, match=r"^latin\.toml:1: the file is not written in UTF-8"):
        load_file(path)


def test_a_file_of_twelve_rungs_is_checked_in_under_a_second(pk_text: str) -> None:
    rungs = pk_text[pk_text.index("[[rungs]]") : pk_text.index("# ---", pk_text.index("[[rungs]]"))]
    text = pk_text.replace(rungs, rungs * 2)
    start = time.perf_counter()
    problems = problems_in(text)
    assert time.perf_counter() - start < 1
    assert sum("is described twice" in problem.what for problem in problems) == 6
