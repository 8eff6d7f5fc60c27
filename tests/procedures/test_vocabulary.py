"""The vocabulary carries areas that differ, and nothing in the code knows one of them by name."""

import re
from pathlib import Path
from typing import get_args

import pytest

from cases.procedures import vocabulary
from cases.procedures.definitions import Limit, Measure, Procedure
from cases.procedures.loading import ProcedureError, load_shipped, load_text, shipped_files
from cases.procedures.local import limits_of, map_clocks

ROOT = Path(__file__).parents[2]


def test_another_area_climbs_another_ladder(made_up: Procedure) -> None:
    assert [(rung.tier, rung.label) for rung in made_up.rungs] == [
        ("T0", "Level A"),
        ("T2", "Level B"),
        ("T5", "Level C"),
    ]
    assert [rung.state for rung in made_up.rungs_after("resolution")] == ["managers", "committee"]
    assert made_up.next_rung("committee") is None
    assert made_up.referral_rung is None
    with pytest.raises(KeyError, match="no rung 'cswo'"):
        made_up.rung("cswo")


def test_another_area_decides_by_its_panel(made_up: Procedure) -> None:
    assert [rung.state for rung in made_up.rungs if rung.determines] == ["committee"]
    assert made_up.role_label("independent_chair") == "independent panel chair"
    assert made_up.role_label("line_manager") == "line manager"
    assert made_up.outcome_label("escalated_next_tier") == "Moved up a level"
    assert made_up.outcome_label("resolved_agreed") == "Settled by agreement"


def test_limits_of_a_document_are_marked_as_such(made_up: Procedure) -> None:
    limit = made_up.rung("resolution").settle.limit("standard")  # type: ignore[union-attr]
    assert (limit.describe(), limit.source, limit.words) == (
        "1 working day",
        "document",
        "within one working day",
    )


def test_hours_beside_working_days(made_up: Procedure) -> None:
    limit = made_up.rung("managers").settle.limit("standard")  # type: ignore[union-attr]
    assert limit.describe() == "48 hours or 2 working days, whichever is later"
    assert [(m.amount, m.unit) for m in limit.measures()] == [(48, "calendar_hours"), (2, "working_days")]


def test_several_clocks_on_one_rung_run_on_different_people(made_up: Procedure) -> None:
    rung = made_up.rung("managers")
    assert [(clock.key, clock.on, clock.follows) for clock in rung.clocks] == [
        ("acknowledge", "acting_manager", None),
        ("settle", "holder", None),
        ("letter", "counterpart", "settle"),
    ]
    with pytest.raises(KeyError, match="no clock 'reply'"):
        rung.clock("reply")


def test_a_clock_without_reminders_takes_those_of_the_procedure(made_up: Procedure) -> None:
    rung = made_up.rung("managers")
    assert rung.clock("letter").reminders == made_up.reminders
    assert rung.clock("acknowledge").reminders == ()  # said so in the file: reminders = []


def test_parts_take_the_mark_of_what_they_stand_in(made_up: Procedure) -> None:
    rung = made_up.rung("resolution")
    assert [part.source for part in (*rung.brief, *rung.checklist_on_resolve)] == ["document"] * 3
    assert rung.source_of("on_silence") == "silent"
    assert rung.source_of("acts") == "document"
    with pytest.raises(KeyError, match="Rung has no value called 'actor'"):
        rung.source_of("actor")


def test_a_mark_for_one_key_goes_down_to_its_parts(made_up_text: str) -> None:
    text = made_up_text.replace('on_silence = "silent" }', 'on_silence = "silent", brief = "local_setting" }')
    assert [part.source for part in load_text(text).rung("resolution").brief] == ["local_setting"]


def test_pages_can_say_where_a_value_comes_from(pk: Procedure) -> None:
    clock = pk.rung("managers").settle
    assert clock is not None
    assert clock.limit("urgent").source_words_of("amount") == "Set by your committee, not by the guide"
    assert clock.source_words_of("words") == "Set by the procedure document"


@pytest.mark.parametrize(
    ("amount", "unit", "words"),
    [
        (1, "working_days", "1 working day"),
        (90, "working_minutes", "90 working minutes"),
        (4, "working_hours", "4 working hours"),
        (1, "calendar_hours", "1 hour"),
        (28, "calendar_days", "28 calendar days"),
        (1, "end_of_day", "the end of the same day"),
        (2, "end_of_day", "the end of the next day"),
        (3, "end_of_day", "the end of the day 2 days later"),
    ],
)
def test_a_limit_in_words(amount: int, unit: vocabulary.Unit, words: str) -> None:
    assert Limit(amount=amount, unit=unit, source="silent").describe() == words
    assert Measure(amount=amount, unit=unit, source="silent").describe() == words


def test_a_definition_cannot_be_changed(pk: Procedure) -> None:
    with pytest.raises(Exception, match="frozen"):
        pk.title = "Mine"  # type: ignore[misc]
    clock = pk.rung("managers").settle
    assert clock is not None
    with pytest.raises(TypeError, match="does not support item assignment"):
        clock.limits["urgent"] = clock.limits["standard"]  # type: ignore[index]


def test_every_limit_of_every_clock_has_a_mark(pk: Procedure, made_up: Procedure) -> None:
    for procedure in (pk, made_up):
        seen: list[str] = []
        map_clocks(procedure, lambda path, clock, seen=seen: seen.append(path) or clock)  # type: ignore[misc]
        urgencies = {urgency.key for urgency in procedure.urgencies}
        paths = limits_of(procedure)
        assert {f"{path}.{urgency}" for path in seen for urgency in urgencies} <= set(paths)


def test_the_closed_lists_agree_with_themselves() -> None:
    assert tuple(vocabulary.OUTCOMES) == get_args(vocabulary.OutcomeKey)
    assert tuple(vocabulary.FAMILY_WORDS) == get_args(vocabulary.Family)
    assert tuple(vocabulary.ROLE_WORDS) == get_args(vocabulary.Role)
    assert tuple(vocabulary.PARTY_WORDS) == get_args(vocabulary.Party)
    assert tuple(vocabulary.SOURCE_WORDS) == get_args(vocabulary.Source)
    assert (*vocabulary.UNIT_WORDS, "end_of_day") == get_args(vocabulary.Unit)
    assert vocabulary.STATES == get_args(vocabulary.State) == tuple(vocabulary.TIER_OF)


def test_roles_and_states_are_those_the_rest_of_the_service_knows() -> None:
    from accounts.roles import Role
    from cases.workflow import LADDER

    assert {state.value for state in LADDER} == set(vocabulary.STATES)
    assert {"practitioner", "line_manager", "senior_manager", "designated_lead", "cswo", "cpc_officer"} <= {
        role.value for role in Role
    }


def test_no_line_of_code_names_an_area() -> None:
    """The vocabulary grows a word instead. Only files of data and demonstration may name one."""
    named = re.compile(r"perth|kinross|worcester|portsmouth|made.up.area", re.IGNORECASE)
    code = [
        p
        for package in ("accounts", "cases", "notifications", "escalation")
        for p in (ROOT / package).rglob("*.py")
    ]
    assert len(code) > 30
    guilty = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in code
        if "demo" not in path.as_posix().removeprefix(ROOT.as_posix())
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if named.search(line.split("#")[0]) and ("if " in line or "==" in line or "match " in line)
    ]
    assert guilty == []


def test_the_definitions_need_no_django() -> None:
    """Anybody may try a procedure in a plain shell."""
    modules = (ROOT / "cases" / "procedures").glob("*.py")
    users = {
        path.stem for path in modules if re.search(r"^(from|import) django", path.read_text(), re.MULTILINE)
    }
    assert users == {"publishing"}


def test_each_shipped_file_is_named_after_its_key() -> None:
    assert {"perth-and-kinross-2019", "perth-and-kinross-2025", "portsmouth", "worcestershire"} <= set(
        shipped_files()
    )
    assert [load_shipped(key).key for key in shipped_files()] == list(shipped_files())


def test_a_file_with_the_name_of_another_is_refused(
    tmp_path: Path, made_up_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere.toml").write_text(made_up_text, encoding="utf-8")
    monkeypatch.setattr("cases.procedures.loading.SHIPPED", tmp_path)
    with pytest.raises(ProcedureError, match=r'name the file "made-up-area\.toml", or set key = "elsewhere"'):
        load_shipped.__wrapped__("elsewhere")
