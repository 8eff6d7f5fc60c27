"""The ladder drawn: readable without seeing it, and allowed by a strict content security policy."""

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from cases.procedures.definitions import Procedure
from cases.procedures.drawing import LETTER, NARROW, WIDE, describe, draw
from cases.procedures.loading import load_shipped, shipped_files
from cases.procedures.vocabulary import SOURCE_WORDS

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> Xml.Element:
    return Xml.fromstring(svg)  # noqa: S314 - our own drawing


def test_each_rung_is_drawn_with_its_label_and_title(pk: Procedure) -> None:
    bold = [e.text for e in parsed(draw(pk)).iter(f"{SVG}text") if e.get("font-weight") == "bold"]
    assert bold == [
        "1. Resolution: Talk to each other",
        "2. Stage 1: Talk to your line manager",
        "3. Stage 1: Managers meet",
        "4. Stage 2: Senior managers meet",
        "5. Stage 3: The Chief Social Work Officer decides",
        "6. Committee or chief officers: Referred by the Chief Social Work",
        "Officer",
    ]


def test_it_is_one_picture_with_a_title_and_a_text_alternative(pk: Procedure) -> None:
    svg = parsed(draw(pk, id_prefix="here"))
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "here-title here-desc"
    title, desc = svg[0], svg[1]
    assert (title.get("id"), title.text) == (
        "here-title",
        "The ladder of Perth and Kinross: Resolution and Escalation, 2025",
    )
    assert (desc.get("id"), desc.text) == ("here-desc", describe(pk))


def test_it_holds_no_style(pk: Procedure, made_up: Procedure) -> None:
    for procedure in (pk, made_up):
        for element in parsed(draw(procedure)).iter():
            assert element.tag not in {f"{SVG}style", f"{SVG}script"}
            assert "style" not in element.attrib


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_everything_it_shows_is_inside_it(pk: Procedure, made_up: Procedure, size: int) -> None:
    for procedure in (pk, made_up):
        svg = parsed(draw(procedure, width=size))
        width, height = (int(svg.get(name, "0")) for name in ("width", "height"))
        for box in svg.iter(f"{SVG}rect"):
            assert int(box.get("x", "")) + int(box.get("width", "")) <= width
            assert int(box.get("y", "")) + int(box.get("height", "")) <= height
        # In a browser no letter is wider than it was reckoned here: tests/journeys/test_procedure_pages.py measures.
        for text in svg.iter(f"{SVG}text"):
            assert int(text.get("x", "")) + len(text.text or "") * LETTER <= width


def test_a_rung_of_referral_is_set_apart(pk: Procedure, made_up: Procedure) -> None:
    dashed = [e for e in parsed(draw(pk)).iter(f"{SVG}rect") if e.get("stroke-dasharray")]
    assert len(dashed) == 1
    assert not [e for e in parsed(draw(made_up)).iter(f"{SVG}rect") if e.get("stroke-dasharray")]


def test_the_rung_where_a_case_stands_is_marked_and_said(pk: Procedure) -> None:
    marked = [e for e in parsed(draw(pk, current="managers")).iter() if "--current" in e.get("class", "")]
    assert next(text.text for text in marked[0].iter(f"{SVG}text")) == "3. Stage 1: Managers meet"
    assert len(marked) == 1
    assert describe(pk, current="managers").count("The case is here now.") == 1
    with pytest.raises(KeyError):
        draw(pk, current="nowhere")


def test_the_text_alternative_in_full(made_up: Procedure) -> None:
    assert describe(made_up) == (
        "The ladder has 3 rungs. "
        "Rung 1: Level A, the workers talk. Practitioner with practitioner. "
        "The guide does not say. This service decides it until your committee does: risk of harm today, 1 hour. "
        "Set by the procedure document: everything else, 1 working day. "
        "Rung 2, if it is not settled: Level B, the managers settle it. Line manager with line manager. "
        "The guide does not say. This service decides it until your committee does: risk of harm today, 4 hours. "
        "Set by the procedure document: everything else, 48 hours or 2 working days, whichever is later. "
        "Rung 3, if it is not settled: Level C, independent panel. Independent panel chair, brought by the line "
        "manager. "
        "The guide does not say. This service decides it until your committee does: risk of harm today, the end of "
        "the next day. "
        "Set by your committee, not by the guide: everything else, 10 working days."
    )


@pytest.mark.parametrize("key", shipped_files())
def test_the_drawing_in_the_documentation_is_the_one_drawn_now(key: str) -> None:
    """To draw them all anew: manage.py procedures draw --all --out docs/ladders"""
    drawn = Path(__file__).parents[2] / "docs" / "ladders" / f"{key}.svg"
    assert drawn.exists(), f"{key} is not drawn yet: manage.py procedures draw --all --out docs/ladders"
    assert drawn.read_text(encoding="utf-8") == draw(load_shipped(key)) + "\n"


def test_each_limit_stands_behind_the_mark_of_who_set_it(made_up: Procedure) -> None:
    """X3: told apart by shape, and explained below the ladder."""
    svg = parsed(draw(made_up))
    marks = [e.get("class", "").rpartition("--")[2] for e in svg.iter(f"{SVG}circle")]
    assert marks == [
        *("silent", "document"),  # level A
        *("silent", "document"),  # level B
        *("silent", "local_setting"),  # level C
        *("document", "local_setting", "silent"),  # what they mean
    ]
    shapes = {(e.get("fill"), e.get("stroke-dasharray")) for e in svg.iter(f"{SVG}circle")}
    assert len(shapes) == 3
    legend = next(e for e in svg.iter(f"{SVG}g") if e.get("class") == "ladder-legend")
    assert [text.text for text in legend.iter(f"{SVG}text")] == list(SOURCE_WORDS.values())


def test_words_with_signs_of_markup_stay_words(made_up_text: str) -> None:
    from cases.procedures.loading import load_text

    procedure = load_text(made_up_text.replace("The workers talk", "Talk <b>& listen</b>"))
    texts = [e.text for e in parsed(draw(procedure)).iter(f"{SVG}text")]
    assert "1. Level A: Talk <b>& listen</b>" in texts
