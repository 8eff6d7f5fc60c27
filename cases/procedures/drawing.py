"""The ladder of a procedure as an SVG drawing, and the same in plain words.

The drawing carries class names and presentation attributes only: no style sheet and no style attribute, so it may
stand in a page under a strict content security policy as well as alone in the documentation. Its `title` and `desc`
say everything that it shows.
"""

from dataclasses import dataclass
from textwrap import wrap
from xml.etree import ElementTree as Xml

from cases.procedures.definitions import Procedure, Rung
from cases.procedures.vocabulary import SOURCE_WORDS, Source

WIDE, NARROW = 640, 328
"""In the documentation, on a desk and on paper; on a telephone, where a wide one would shrink out of reading."""
MARGIN = 2
LINE = 22
PADDING = 14
GAP = 52
INDENT = 22
LETTER = 7.6  # how wide one is on average, in units of the drawing; the tests measure in a browser
INK = "#0b0c0c"
PAPER = "#ffffff"
TINT = "#e6f0f2"
FONT = "Arial, Helvetica, sans-serif"


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    name: str = "ladder-text"
    bold: bool = False
    mark: Source | None = None  # drawn before the line; "" keeps its place free
    indent: bool = False


def draw(
    procedure: Procedure, *, current: str | None = None, id_prefix: str = "ladder", width: int = WIDE
) -> str:
    """Return the ladder as one SVG element, first rung on top. `current` marks the rung of this state.

    `id_prefix` keeps ids apart where a page shows more than one drawing. `width` is WIDE or NARROW: letters keep their
    size, lines break sooner. Each limit stands behind the mark of who set it, explained below the ladder (X3). Raises
    KeyError for a state the procedure does not have.
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
        top = _box(svg, top, rung, _lines(procedure, rung, place + 1, width), rung.key == current, width)
    top = _legend(svg, top + PADDING, _sources(procedure), width)
    height = str(top + MARGIN)
    svg.set("viewBox", f"0 0 {width} {height}")
    svg.set("width", str(width))
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
        if rung.key == current:
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


def _lines(procedure: Procedure, rung: Rung, place: int, width: int) -> list[_Line]:
    room = width - 2 * (MARGIN + PADDING)
    title = f"{place}. {rung.label}: {rung.title}"
    lines = [_Line(part, "ladder-label", True) for part in wrap(title, int(room / (LETTER * 1.1)))]
    lines += [_Line(part) for part in wrap(_who(procedure, rung), int(room / LETTER))]
    for source, limits in _by_source(procedure, rung).items():
        lines += _marked(source, "; ".join(limits), room)
    return lines


def _marked(source: Source, text: str, room: int) -> list[_Line]:
    """Return the lines of a text with the mark of its source before the first."""
    parts = wrap(text, int((room - INDENT) / LETTER))
    return [
        _Line(part, "ladder-limit", mark=None if place else source, indent=True)
        for place, part in enumerate(parts)
    ]


def _who(procedure: Procedure, rung: Rung) -> str:
    acts = _upper_first(procedure.role_label(rung.acts))
    if rung.counterpart_role:
        return f"{acts} with {procedure.role_label(rung.counterpart_role)}"
    if rung.brought_by:
        return f"{acts}, brought by the {procedure.role_label(rung.brought_by)}"
    return acts


def _limits(procedure: Procedure, rung: Rung) -> list[str]:
    """One sentence for each source of limits of the settle clock, so that no number passes for the guide's (X3)."""
    found = _by_source(procedure, rung)
    return [f"{SOURCE_WORDS[source]}: {'; '.join(limits)}" for source, limits in found.items()]


def _by_source(procedure: Procedure, rung: Rung) -> dict[Source, list[str]]:
    """Return the limits of the settle clock in words, under who set them."""
    found: dict[Source, list[str]] = {}
    for urgency in procedure.urgencies if rung.settle else ():
        limit = rung.settle.limit(urgency.key)  # type: ignore[union-attr]
        found.setdefault(limit.source, []).append(f"{_lower_first(urgency.label)}, {limit.describe()}")
    return found


def _sources(procedure: Procedure) -> list[Source]:
    """Return the sources that the drawing marks, in the order of the vocabulary."""
    used = {source for rung in procedure.rungs for source in _by_source(procedure, rung)}
    return [source for source in SOURCE_WORDS if source in used]


def _legend(svg: Xml.Element, top: int, sources: list[Source], width: int) -> int:
    """Draw what the marks mean and return where it ends."""
    group = Xml.SubElement(svg, "g", {"class": "ladder-legend"})
    lines = [line for source in sources for line in _marked(source, SOURCE_WORDS[source], width - 2 * MARGIN)]
    _write(group, top, MARGIN, lines)
    return top + LINE * len(lines) + PADDING


def _write(group: Xml.Element, top: int, left: int, lines: list[_Line]) -> None:
    for number, line in enumerate(lines, start=1):
        bottom = top + LINE * number - 6
        if line.mark:
            _mark(group, line.mark, left + 7, bottom - 5)
        place = {
            "x": str(left + (INDENT if line.indent else 0)),
            "y": str(bottom),
            "class": line.name,
            "fill": INK,
        }
        if line.bold:
            place["font-weight"] = "bold"
        Xml.SubElement(group, "text", place).text = line.text


def _mark(group: Xml.Element, source: Source, x: int, y: int) -> None:
    """Draw a mark that is told apart by its shape, not by colour: full, ring, broken ring."""
    mark = {
        "cx": str(x),
        "cy": str(y),
        "r": "6",
        "stroke": INK,
        "stroke-width": "2",
        "fill": INK if source == "document" else PAPER,
        "class": f"ladder-mark ladder-mark--{source}",
    }
    if source == "silent":
        mark["stroke-dasharray"] = "3 3"
    Xml.SubElement(group, "circle", mark)


def _box(svg: Xml.Element, top: int, rung: Rung, lines: list[_Line], is_current: bool, width: int) -> int:
    height = 2 * PADDING + LINE * len(lines)
    names = ["ladder-rung", f"ladder-rung--{rung.entered_by}"] + (
        ["ladder-rung--current"] if is_current else []
    )
    group = Xml.SubElement(svg, "g", {"class": " ".join(names)})
    frame = {
        "x": str(MARGIN),
        "y": str(top),
        "width": str(width - 2 * MARGIN),
        "height": str(height),
        "fill": TINT if is_current else PAPER,
        "stroke": INK,
        "stroke-width": "5" if is_current else "2",
    }
    if rung.entered_by == "referral":
        frame["stroke-dasharray"] = "8 5"
    Xml.SubElement(group, "rect", frame)
    _write(group, top + PADDING, MARGIN + PADDING, lines)
    return top + height


def _arrow(svg: Xml.Element, top: int, word: str, entered_by: str) -> None:
    middle, tip = 4 * PADDING, top + GAP - 2
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
