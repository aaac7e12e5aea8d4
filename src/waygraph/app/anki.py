"""A learning path as a deck of cards for Anki."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from contextlib import closing
from html import escape
from typing import TYPE_CHECKING

from waygraph.answer import LearningPath, Step
from waygraph.config import Workspace
from waygraph.model import digest_of

if TYPE_CHECKING:
    from waygraph.search.concept_graph import ConceptGraph

_FIELDS = ("Concept", "Definition", "Why", "Reading", "IRI")
# Notes are text of whatever direction, and no formulas: MathJax passes over this class.
_FRONT = '<div class="tex2jax_ignore"><div class="concept" dir="auto">{{Concept}}</div>'
_BACK = _FRONT + "<hr>{{Definition}}{{Why}}{{Reading}}</div>"
_STYLE = ".card { font-family: sans-serif; } .concept { font-size: 1.5em; } q { color: #666; }"
# Unix time of the last change of the four above: later than those of decks made before.
_DESIGNED = 1_795_996_800
# The numbers of decks and of the kind of note are digests: they are the same for ever.
_BITS = 1 << 31
_LONGEST = 1_000
# What begins a field of Anki's templates, a sound, speech or LaTeX, besides HTML.
_MARKUP = {ord(c): f"&#{ord(c)};" for c in "{}[]"}
# No text; the field separator of Anki is among them.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def deck(place: Workspace, graph: ConceptGraph, path: LearningPath) -> bytes:
    """The deck as an ``.apkg`` file: for each step its concept in front, what it is behind.

    Importing it again updates cards that say something else now, and leaves the others as the
    learner has them; see ``waygraph.app.cards``. The same plan gives the same bytes, unless
    another plan with other words for the same concepts was made in between.
    """
    import genanki

    from waygraph.app.cards import cards
    from waygraph.search.lookup import find_concept

    model = genanki.Model(
        _number("model"),
        "waygraph concept",
        fields=[{"name": name} for name in _FIELDS],
        templates=[{"name": "Concept", "qfmt": _FRONT + "</div>", "afmt": _BACK}],
        css=_STYLE,
    )
    numbers = [find_concept(graph, step.concept.iri) for step in path.steps]
    fields = [
        _fields(step, graph.definition(number))
        for step, number in zip(path.steps, numbers, strict=True)
    ]
    faces = [(number, digest_of(*said)) for number, said in zip(numbers, fields, strict=True)]
    made = genanki.Deck(_number("deck", path.goal.iri), f"waygraph: {_plain(path.goal.label)}")
    known = cards(place, graph, faces)
    for position, (card, said) in enumerate(zip(known, fields, strict=True)):
        made.add_note(genanki.Note(model, said, guid=card.guid, due=position))
    # each note has one card, and both the same number
    ids = iter([card.number for card in known for _ in ("note", "card")])
    with closing(sqlite3.connect(":memory:")) as database:
        genanki.Package(made).write_to_db(database.cursor(), _DESIGNED, ids)
        times = [(card.changed, card.number) for card in known]
        database.executemany("UPDATE notes SET mod = ? WHERE id = ?", times)
        database.executemany("UPDATE cards SET mod = ? WHERE id = ?", times)
        database.commit()
        return _packed({"collection.anki2": database.serialize(), "media": b"{}"})


def _packed(files: dict[str, bytes]) -> bytes:
    """A ZIP file that holds no time of its making."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _fields(step: Step, definition: str) -> list[str]:
    """What stands on a card, as HTML: notes are text, whatever they hold."""
    from waygraph.search.steps import describe

    why = "" if step.to is None else _paragraph(_text(describe(step)))
    if step.reason.source:
        place = f"({_text(f'{step.reason.source}:{step.reason.line}')})"
        said = _text(step.reason.text or step.reason.quote)
        why += _paragraph(f"<q>{said}</q> {place}" if said else place)
    read = step.read
    heading = f", {read.heading}" if read.heading else ""
    reading = _paragraph(f"read: {_text(read.source + heading)}") if read.source else ""
    shown = _paragraph(_text(definition)) if definition else ""
    return [_text(step.concept.label), shown, why, reading, _text(step.concept.iri)]


def _paragraph(html: str) -> str:
    return f'<p dir="auto">{html}</p>'


def _text(said: str) -> str:
    """Words of notes as HTML that shows them and does nothing; very long ones are cut."""
    from waygraph.app.render import shorten

    return escape(_CONTROL.sub("\ufffd", shorten(said, _LONGEST))).translate(_MARKUP)


def _plain(label: str) -> str:
    """A label as a deck's name: two colons would make decks within decks."""
    return re.sub(":(?=:)", ": ", _CONTROL.sub(" ", label))


def _number(*parts: str) -> int:
    return int(digest_of(*parts)[:8], 16) % _BITS
