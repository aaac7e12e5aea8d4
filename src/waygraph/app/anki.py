"""A learning path as a deck of cards for Anki."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from waygraph.answer import LearningPath, Step
from waygraph.model import digest_of

if TYPE_CHECKING:
    from waygraph.search.concept_graph import ConceptGraph

_FRONT = '<div class="concept">{{Concept}}</div>'
_BACK = _FRONT + "<hr>{{Definition}}{{Why}}{{Reading}}"
_STYLE = ".card { font-family: sans-serif; } .concept { font-size: 1.5em; } q { color: #666; }"
# Anki's numbers are signed; ours come from digests, so that a deck made again updates itself.
_BITS = 1 << 31
# A deck holds no time of its making: the same path gives the same bytes.
_TIME = 0.0


def deck(graph: ConceptGraph, path: LearningPath) -> bytes:
    """The deck as an ``.apkg`` file: for each step its concept in front, what it is behind.

    Cards have the IRIs of concepts as their identity, so importing a path again updates them.
    """
    import tempfile
    from pathlib import Path

    import genanki

    from waygraph.search.lookup import find_concept

    model = genanki.Model(
        _number("model"),
        "waygraph concept",
        fields=[{"name": name} for name in ("Concept", "Definition", "Why", "Reading", "IRI")],
        templates=[{"name": "Concept", "qfmt": _FRONT, "afmt": _BACK}],
        css=_STYLE,
    )
    made = genanki.Deck(_number("deck", path.goal.iri), f"waygraph: {_plain(path.goal.label)}")
    for step in path.steps:
        definition = graph.definition(find_concept(graph, step.concept.iri))
        made.add_note(genanki.Note(model, _fields(step, definition), guid=_guid(step.concept.iri)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "path.apkg"
        genanki.Package(made).write_to_file(file, timestamp=_TIME)
        return file.read_bytes()


def _fields(step: Step, definition: str) -> list[str]:
    """What stands on a card, as HTML: notes are text, whatever they hold."""
    from waygraph.search.plan import describe

    why = "" if step.to is None else f"<p>{_text(describe(step))}</p>"
    if step.reason.source:
        place = f"{step.reason.source}:{step.reason.line}"
        why += f"<p><q>{_text(step.reason.text)}</q> ({_text(place)})</p>"
    read = step.read
    heading = f", {read.heading}" if read.heading else ""
    reading = f"<p>read: {_text(read.source + heading)}</p>" if read.source else ""
    shown = f"<p>{_text(definition)}</p>" if definition else ""
    return [_text(step.concept.label), shown, why, reading, _text(step.concept.iri)]


def _text(said: str) -> str:
    # braces begin a field of Anki's templates
    return escape(said).replace("{", "&#123;").replace("}", "&#125;")


def _plain(label: str) -> str:
    """A label as a deck's name: two colons would make decks within decks."""
    return label.replace("::", ": :")


def _number(*parts: str) -> int:
    return int(digest_of(*parts)[:8], 16) % _BITS


def _guid(iri: str) -> str:
    return digest_of(iri)[:16]
