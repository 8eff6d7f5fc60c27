"""`make check`: how old a reader must be for the words of pages, forms and notices (a tired adult wants about 11).

Flesch and Kincaid's grade, which counts syllables and words a sentence; a school grade and five is an age. It needs a
passage of some length: a file's words together are held to `AGE`, a single sentence to the looser `AGE_OF_A_SENTENCE`.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

AGE = 11.0
AGE_OF_A_SENTENCE = 14.0
LONGEST = 30  # words in one sentence
#: Fewer words say nothing of how hard a passage is.
FEWEST, A_PASSAGE = 8, 40

#: Words of the field that everybody who uses this knows, or that are the names of things: each counts as one syllable.
FIELD = {
    "administrator": "a role of this service, by its name",
    "administrators": "the same",
    "agency": "what all partners call an employer; 'organisation' is no plainer",
    "agencies": "the same",
    "authenticator": "what such an app calls itself",
    "authenticator app": "the same",
    "calendar": "has no shorter name",
    "chief social work officer": "a post in Scots law",
    "child protection": "the work itself",
    "committee": "the Child Protection Committee, by its name",
    "concern": "the guides' word for what worries somebody",
    "concerns": "the same",
    "co-ordinator": "a role by its name",
    "coordinator": "the same",
    "counterpart": "the guides' word for the other side",
    "decision": "has no shorter name",
    "decisions": "the same",
    "deputy": "a role by its name",
    "designated lead": "a role by its name",
    "designated leads": "the same",
    "determination": "the guides' word for what the Chief Social Work Officer decides",
    "determinations": "the same",
    "determines": "the same",
    "directory": "a page by its name",
    "disagreement": "what the service is about",
    "disagreements": "the same",
    "email": "has no shorter name",
    "emergency": "has no shorter name",
    "equality advisory and support service": "a body by its name",
    "equality and human rights commission": "the same",
    "escalation": "the name of the service and of what it carries",
    "everybody": "no harder to read than 'all', and plainer",
    "facilitator": "a role by its name",
    "independent": "what the guides call a view or a chair of neither side",
    "invitation": "has no shorter name",
    "manager": "a role by its name",
    "managers": "the same",
    "officer": "a role by its name",
    "officers": "the same",
    "partnership": "who adopts a procedure, by its name",
    "practitioner": "a role by its name",
    "practitioners": "the same",
    "procedure": "what a partnership adopts, by its name",
    "professionals": "the guides' word for who uses this",
    "recovery code": "what sign-in pages everywhere call it",
    "recovery codes": "the same",
    "resolution": "the first stage, by its name",
    "safeguarding": "the work itself, in England",
    "social worker": "a profession",
    "social work": "the same",
    "somebody": "no harder to read than 'one', and plainer",
}
#: Python that speaks to those who run the service or to nobody: commands, checks, stored shapes.
NOT_FOR_READERS = re.compile(
    r"/(migrations|management|demo|devstack|trail|procedures|gallery|sql)/|/(settings|printing|health|checks|backup|routes|"
    r"tasks|bulk|models/calendar)\.py|/reports/(disclosure|counting|facts)"
)
#: Calls whose words nobody reads on a page.
SILENT = {"info", "debug", "warning", "exception", "execute", "RunSQL"} | {
    "Http404",
    "ImproperlyConfigured",
    "ValueError",
    "TypeError",
    "RuntimeError",
    "LookupError",
    "KeyError",
}
_BLOCK = r"</?(?:p|li|h\d|div|td|th|dt|dd|button|label|legend|section|summary|tr|ul|ol|title|a)\b[^>]*>"
_UNREAD = re.compile(r"<(script|style|svg|code|pre)\b.*?</\1>|{% comment %}.*?{% endcomment %}|{#.*?#}", re.S)
_SENTENCE = re.compile(r"(?<=[.?!:])\s+(?=[A-Z“‘])")


@dataclass(frozen=True)
class Words:
    """One sentence and the file that says it."""

    place: str
    text: str


def of_template(text: str, html: bool = True) -> Iterator[str]:
    """Yield the passages of a template: what stands between its tags, and the sentences given to components."""
    text = _UNREAD.sub(" ", text)
    for tag in re.findall(r"{%.*?%}", text, re.S):
        yield from (words for words in re.findall(r'"([^"]+)"', tag) if " " in words)
    text = re.sub(r"{{.*?}}", "it", re.sub(r"{%.*?%}", " \n" if html else " ", text, flags=re.S))
    if html:
        text = re.sub(r"<[^>]+>", " ", re.sub(_BLOCK, "\n", text))
    yield from (unescape(" ".join(p.split())) for p in re.split(r"\n" if html else r"\n\s*\n", text))


def of_python(text: str) -> Iterator[str]:
    """Yield the texts in a module: its strings that read like sentences, without docstrings and what is logged."""
    tree, silent = ast.parse(text), set[int]()
    for node in ast.walk(tree):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef() if node.body:
                if isinstance(node.body[0], ast.Expr):
                    silent.add(id(node.body[0].value))
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in SILENT:
                told = (
                    isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "messages"
                )
                silent |= set() if told else {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            silent |= {id(part) for part in ast.walk(node)}
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "it" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"%\(\w+\)s|\{\w*\}", "it", node.value)


def sentences(place: str, passages: Iterable[str]) -> Iterator[Words]:
    """Yield the sentences of some passages that begin like one and are long enough to be judged."""
    for passage in passages:
        for sentence in _SENTENCE.split(" ".join(passage.split())):
            if (
                len(sentence.split()) >= FEWEST
                and re.match(r"[A-Z“‘].*[a-z]", sentence)
                and "=" not in sentence
            ):
                yield Words(place, sentence)


def collected(root: Path) -> list[Words]:
    """Return every sentence of the interface: pages, mails, forms, refusals, buttons."""
    found: list[Words] = []
    for path in sorted((root / "templates").rglob("*.*")):
        place = str(path.relative_to(root))
        if "gallery" not in place and path.suffix in (".html", ".txt"):
            found += sentences(place, of_template(path.read_text(), path.suffix == ".html"))
    for package in ("escalation", "accounts", "cases", "notifications"):
        for path in sorted((root / package).rglob("*.py")):
            place = str(path.relative_to(root))
            if not NOT_FOR_READERS.search(f"/{place}"):
                found += sentences(place, of_python(path.read_text()))
    return list(dict.fromkeys(found))


def age(text: str) -> float:
    """Return how old a reader of these words is, with the words of the field counted as one syllable each."""
    import textstat  # takes a second: asked for only when something is judged

    plain = re.sub(rf"\b({'|'.join(sorted(FIELD, key=len, reverse=True))})\b", "work", text, flags=re.I)
    return float(textstat.flesch_kincaid_grade(plain)) + 5


def mistakes(found: Iterable[Words]) -> list[str]:
    """Return what is too hard, one line each: sentences too long or too hard, and files whose words are so together."""
    told, files = list[str](), dict[str, list[str]]()
    for words in found:
        files.setdefault(words.place, []).append(words.text.rstrip(".?!:") + ".")
        if (long := len(words.text.split())) > LONGEST:
            told.append(f"{words.place}: {long} words in one sentence: {words.text}")
        elif (years := age(words.text)) > AGE_OF_A_SENTENCE:
            told.append(f"{words.place}: for readers of {years:.0f}: {words.text}")
    for place, texts in files.items():
        together = " ".join(texts)
        if len(together.split()) >= A_PASSAGE and (years := age(together)) > AGE:
            told.append(f"{place}: its words together are for readers of {years:.1f}")
    return told


def main() -> int:
    """Print what is too hard to read and how much was read; return 1 if anything is."""
    found = collected(Path(__file__).resolve().parents[2])
    wrong = mistakes(found)
    whole = age(" ".join(words.text.rstrip(".?!:") + "." for words in found))
    print(
        "\n".join([*wrong, f"{len(found)} sentences read; all together they are for readers of {whole:.1f}"])
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
