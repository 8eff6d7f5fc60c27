"""The ladder of a procedure as an SVG drawing, and the same in plain words.

The drawing carries class names and presentation attributes only: no style sheet and no style attribute, so it may
stand in a page under a strict content security policy as well as alone in the documentation. Its `title` and `desc`
say everything that it shows.
"""

from dataclasses import dataclass
from textwrap import wrap
from xml.etree import ElementTree as Xml

from cases.procedures.definitions import Procedure, Rung
from cases.procedures.vocabulary import SOURCE_WORDS

WIDTH = 640
MARGIN = 16
LINE = 22
PADDING = 14
GAP = 52
LETTERS_A_LINE = 68
INK = "#0b0c0c"
PAPER = "#ffffff"
FONT = "Arial, Helvetica, sans-serif"


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    name: str = "ladder-text"
    bold: bool = False


def draw(procedure: Procedure, *, current: str | None = None, id_prefix: str = "ladder") -> str:
    """Return the ladder as one SVG element, first rung on top. `current` marks the rung of this state.

    `id_prefix` keeps ids apart where a page shows more than one drawing. Raises KeyError for a state the procedure
    does not have.
    """
    if current is not None:
        procedure.rung(current)
    svg = Xml.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "ladder",
            "role": "img",
            "aria-labelledby": f"{id_prefix}-title {id_prefix}-desc",
            "font-family": FONT,
            "font-size": "16",
        },
    )
    Xml.SubElement(svg, "title", {"id": f"{id_prefix}-title"}).text = f"The ladder of {procedure.title}"
    Xml.SubElement(svg, "desc", {"id": f"{id_prefix}-desc"}).text = describe(procedure, current=current)
    top = MARGIN
    for place, rung in enumerate(procedure.rungs):
        if place:
            _arrow(svg, top, _way(procedure.rungs[place - 1], rung), rung.entered_by)
            top += GAP
        top = _box(svg, top, rung, _lines(procedure, rung, place + 1), rung.state == current)
    height = str(top + MARGIN)
    svg.set("viewBox", f"0 0 {WIDTH} {height}")
    svg.set("width", str(WIDTH))
    svg.set("height", height)
    return Xml.tostring(svg, encoding="unicode")


def describe(procedure: Procedure, *, current: str | None = None) -> str:
    """Return the ladder in sentences: the text alternative of the drawing."""
    sentences = [f"The ladder has {len(procedure.rungs)} rungs."]
    for place, rung in enumerate(procedure.rungs, start=1):
        how = f", {_way(procedure.rungs[place - 2], rung)}" if place > 1 else ""
        sentences.append(
            f"Rung {place}{how}: {rung.label}, {_lower_first(rung.title)}. {_who(procedure, rung)}."
        )
        sentences += [f"{text}." for text in _limits(procedure, rung)]
        if rung.state == current:
            sentences.append("The case is here now.")
    return " ".join(sentences)


def _way(below: Rung, rung: Rung) -> str:
    """What has to be so for the case to come up from the rung below."""
    if rung.entered_by == "referral":
        return "if it is referred"
    return (
        "if the manager supports it"
        if below.may_refuse and not below.counterpart_role
        else "if it is not settled"
    )


def _lines(procedure: Procedure, rung: Rung, place: int) -> list[_Line]:
    rows = [
        (f"{place}. {rung.label}: {rung.title}", "ladder-label", True),
        (_who(procedure, rung), "ladder-text", False),
    ]
    rows += [(text, "ladder-limit", False) for text in _limits(procedure, rung)]
    return [_Line(part, name, bold) for text, name, bold in rows for part in wrap(text, LETTERS_A_LINE)]


def _who(procedure: Procedure, rung: Rung) -> str:
    acts = _upper_first(procedure.role_label(rung.acts))
    if rung.counterpart_role:
        return f"{acts} with {procedure.role_label(rung.counterpart_role)}"
    if rung.brought_by:
        return f"{acts}, brought by the {procedure.role_label(rung.brought_by)}"
    return acts


def _limits(procedure: Procedure, rung: Rung) -> list[str]:
    """One line for each source of limits of the settle clock, so that no number passes for the guide's (X3)."""
    if rung.settle is None:
        return []
    by_source: dict[str, list[str]] = {}
    for urgency in procedure.urgencies:
        limit = rung.settle.limit(urgency.key)
        by_source.setdefault(limit.source, []).append(f"{_lower_first(urgency.label)}, {limit.describe()}")
    return [f"{SOURCE_WORDS[source]}: {'; '.join(limits)}" for source, limits in by_source.items()]


def _box(svg: Xml.Element, top: int, rung: Rung, lines: list[_Line], is_current: bool) -> int:
    height = 2 * PADDING + LINE * len(lines)
    names = ["ladder-rung", f"ladder-rung--{rung.entered_by}"] + (
        ["ladder-rung--current"] if is_current else []
    )
    group = Xml.SubElement(svg, "g", {"class": " ".join(names)})
    frame = {
        "x": str(MARGIN),
        "y": str(top),
        "width": str(WIDTH - 2 * MARGIN),
        "height": str(height),
        "fill": PAPER,
        "stroke": INK,
        "stroke-width": "5" if is_current else "2",
    }
    if rung.entered_by == "referral":
        frame["stroke-dasharray"] = "8 5"
    Xml.SubElement(group, "rect", frame)
    for number, line in enumerate(lines, start=1):
        place = {
            "x": str(MARGIN + PADDING),
            "y": str(top + PADDING + LINE * number - 6),
            "class": line.name,
            "fill": INK,
        }
        if line.bold:
            place["font-weight"] = "bold"
        Xml.SubElement(group, "text", place).text = line.text
    return top + height


def _arrow(svg: Xml.Element, top: int, word: str, entered_by: str) -> None:
    middle, tip = 4 * MARGIN, top + GAP - 2
    group = Xml.SubElement(svg, "g", {"class": f"ladder-arrow ladder-arrow--{entered_by}"})
    path = {"d": f"M{middle} {top}V{tip - 8}", "stroke": INK, "stroke-width": "2", "fill": "none"}
    if entered_by == "referral":
        path["stroke-dasharray"] = "6 4"
    Xml.SubElement(group, "path", path)
    Xml.SubElement(group, "path", {"d": f"M{middle - 7} {tip - 10}h14l-7 10z", "fill": INK})
    place = {"x": str(middle + 16), "y": str(top + GAP // 2 + 5), "class": "ladder-text", "fill": INK}
    Xml.SubElement(group, "text", place).text = word


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]
