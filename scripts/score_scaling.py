"""Whether each construct takes time in proportion to its length, and no more."""

from __future__ import annotations

import math
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from rich.table import Table

from constructs import Construct, constructs, word
from measure import table, worked
from waygraph.errors import WaygraphError
from waygraph.model import (
    Concept,
    ConceptTable,
    Document,
    Home,
    Homes,
    Outline,
    OwnText,
    Parse,
    Passage,
    Phrase,
    Phrases,
    Relations,
    Span,
    Targets,
    Token,
    Tokens,
)
from waygraph.operators.spelling import slips

# Four times as long takes four times the time; a sort and a noisy machine add to that, while
# the square of the length makes sixteen.
MOST = 7.0
# Below so many seconds the clock says little.
FLOOR = 0.1
SIZE = 20_000
# What takes longer is left there: it is no longer a matter of proportion.
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Scaling:
    """Seconds of processor time at a length, at twice and at four times that."""

    name: str
    seconds: tuple[float, float, float]

    @property
    def ratio(self) -> float:
        """Of the longest to the shortest, as far as the clock can tell."""
        return self.seconds[2] / max(self.seconds[0], FLOOR / 4)

    @property
    def good(self) -> bool:
        """Whether that is no more than a linear time can make."""
        return self.ratio <= MOST


def scalings(size: int, turns: int, most: float = MOST, quick: float = 0.0) -> Iterator[Scaling]:
    """Each construct, read, and what operators do with a note, timed at about that length.

    What seems to take more than ``most`` times as long is timed again, ``turns`` times in all:
    the least counts, since what else the machine does can only add to it. What takes less than
    ``quick`` seconds at four times the length is not timed at the others.
    """
    for construct in constructs():
        actions: dict[int, Callable[[], object]]
        actions = {n: partial(_made_and_read, construct, n * size) for n in (4, 2, 1)}
        yield _timed(construct.name, actions, turns, most, quick)
    for name, actions in _operators(size):
        yield _timed(name, actions, turns, most, quick)


def suspects(size: int, turns: int, most: float) -> Iterator[Scaling]:
    """Those that seem to take more than in proportion: what is quick when longest is no suspect."""
    for found in scalings(size, turns, most, quick=most * FLOOR / 4):
        if found.ratio > most:
            yield found


def _timed(
    name: str, actions: dict[int, Callable[[], object]], turns: int, most: float, quick: float
) -> Scaling:
    best = dict.fromkeys(actions, math.inf)
    for _ in range(turns):
        for n, action in actions.items():
            best[n] = min(best[n], _worked(action))
            if n == 4 and best[n] < quick:
                return Scaling(name, (best[n], best[n], best[n]))
            if n == 4 and best[n] == math.inf:
                return Scaling(name, (0.0, 0.0, math.inf))
        found = Scaling(name, (best[1], best[2], best[4]))
        if found.ratio <= most:
            break
    return found


def _worked(action: Callable[[], object]) -> float:
    """Seconds of processor time of an action; without end if it passes ``LONGEST``."""

    def stop(*_: object) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, stop)
    try:
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
        return worked(action)
    except TimeoutError:
        return math.inf
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _made_and_read(construct: Construct, size: int) -> None:
    read(construct, construct.make(size))


def read(construct: Construct, data: bytes) -> None:
    """Read it as what it is, links resolved; a refusal is as good as reading."""
    from waygraph.read.links import resolve_links
    from waygraph.read.note import read_source
    from waygraph.read.web.article import read_article
    from waygraph.read.web.seeds import replies_in

    try:
        if construct.address.endswith(".warc"):
            with TemporaryDirectory() as folder:
                file = Path(folder) / construct.address
                file.write_bytes(data)
                list(replies_in(file))
            return
        if construct.address.startswith("p"):
            document = read_article(f"https://e.org/{construct.address}", data).document
        else:
            document = read_source(construct.address, data)
    except WaygraphError:
        return
    resolve_links([document])


_CONCEPTS = tuple(
    Concept(name, name, (), (name,), 1.0)
    for name in ("graph", "heap", "random access memory", "tree")
)
# What a note says again and again.
_SAID = {
    "prose": "A heap is a tree. ",
    "paragraphs": "A heap is a tree.\n\n",
    "one sentence": "the heap and the tree, ",
    "marks": "*heap* `tree` $a$ ",
    "marked paragraphs": "A *heap* is a **tree**, also called `graph`.\n\n",
    "links": "[[heap]] and [tree](tree.md) ",
    "sections": "## Prerequisites\n\n[[heap]], tree\n\n",
    "headings": "## Tree\n\n### Heap\n\na\n\n",
    "acronyms": "random access memory (RAM) ",
    "acronyms alone": "(RAM) ",
    "what is read elsewhere": "## See also\n\n- [[heap]]\n\n## Uses\n\n- a tree\n\n",
    "other names": "A heap, also called a tree. ",
    "wording": "Before the heap, learn the tree. The heap requires the graph.\n\n",
    "claims in one sentence": "the heap requires the tree and ",
    "lessons in one sentence": "first learn before the heap, tree ",
    "suppositions in one sentence": "if that the heap uses tree ",
    "examples in one sentence": "heap such as tree, ",
    "examples": "trees such as heap, graph, heap and graph. ",
    "words in a row": "heap tree ",
    "capitals": "A",
    "hyphens": "a-",
}


def _note(piece: str, size: int) -> Annotated:
    """A note of that piece, and a parse of it: blocks are sentences, names are phrases."""
    from waygraph.read.links import resolve_links
    from waygraph.read.note import read_source

    body = piece * (size // len(piece))
    document = read_source("heap.md", f"---\naliases: [heaps]\n---\n# Heap\n\n{body}\n".encode())
    sentences = tuple(
        Span(at.start(), at.end())
        for block in document.blocks
        for at in _SENTENCE.finditer(document.text, block.span.start, block.span.end)
    )
    phrases = Phrases.of(
        Phrase(Span(*at.span()), ("NOUN",)) for at in _NAME.finditer(document.text)
    )
    tokens = Tokens.of(
        Token(*at.span(), "NOUN" if _NAME.fullmatch(at.group()) else "VERB")
        for sentence in sentences
        for at in _TOKEN.finditer(document.text, sentence.start, sentence.end)
    )
    parse = Parse(sentences, phrases, tokens)
    return Annotated(document, resolve_links([document])[0], parse)


_SENTENCE = re.compile(r"[^\s.][^.\n]*\.?")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_NAME = re.compile(r"\b(?:heap|tree|graph|random access memory)\b")


@dataclass(frozen=True, slots=True)
class Annotated:
    """What the operators are given."""

    document: Document
    targets: Targets
    parse: Parse


def _annotate(given: Annotated) -> None:
    """Run the operators that read one document and need no model."""
    from waygraph.operators.aliases import aliases
    from waygraph.operators.candidates import candidates
    from waygraph.operators.mentions import lexicon, mentions
    from waygraph.operators.outlines import outlines
    from waygraph.operators.relations import relations
    from waygraph.operators.resolution import resolution

    documents, targets, parses = [given.document], [given.targets], [given.parse]
    found = candidates(documents, targets, parses)
    merges = resolution(found, aliases(documents, targets, parses))
    names = lexicon(ConceptTable(_CONCEPTS), merges)
    named = mentions(documents, found, names, targets)
    outlines(documents, targets, parses, named)
    for relation in relations(documents, targets, parses, named, names)[0].found:
        for span in relation.evidence:
            given.document.source_span(span)
    for mention in named[0].found:
        given.document.source_span(mention.span)


def _aliases(given: list[str]) -> None:
    for _ in slips(given):
        pass


def _page(count: int) -> tuple[list[Outline], list[Relations], Homes, tuple[Concept, ...]]:
    """A page about trees that names so many kinds of them, a sentence each."""
    names = [f"{word(i)} tree" for i in range(count)]
    slugs = [name.replace(" ", "-") for name in names]
    passages = tuple(
        Passage(Span(i, i + 1), "body", tuple(name.split()), ("tree", slug), ())
        for i, (name, slug) in enumerate(zip(names, slugs, strict=True))
    )
    part = OwnText("tree", Span(0, 1), passages, ())
    kinds = (Concept(slug, name, (), (name,), 1.0) for slug, name in zip(slugs, names, strict=True))
    concepts = (*_CONCEPTS, *kinds)
    return (
        [Outline("tree.md", "tree", "", None, (part,))],
        [Relations("tree.md", (), (), ())],
        Homes((Home("tree", "title", 1.0, "tree.md", -1, Span(0, count), Span(0, 1)),)),
        concepts,
    )


def _pairs(given: tuple[list[Outline], list[Relations], Homes, tuple[Concept, ...]]) -> None:
    from waygraph.operators.pair_features import pair_table
    from waygraph.operators.portraits import paint
    from waygraph.order import NO_ORDER, Order

    pair_table(paint(*given, Order(NO_ORDER)), lambda _one, _two: 0.0)


def _operators(size: int) -> Iterator[tuple[str, dict[int, Callable[[], object]]]]:
    """Each operator's name, and what it does at a length, at twice and at four times that."""
    for name, piece in _SAID.items():
        made = {n: _note(piece, n * size // 4) for n in (4, 2, 1)}
        yield f"operators: {name}", {n: partial(_annotate, made[n]) for n in made}
    pages = {n: _page(n * size // 20) for n in (4, 2, 1)}
    yield "operators: pairs of one page", {n: partial(_pairs, pages[n]) for n in pages}
    words = {n: [f"thing{chr(0x4E00 + i)}z" for i in range(n * size // 20)] for n in (4, 2, 1)}
    yield "operators: names one letter apart", {n: partial(_aliases, words[n]) for n in words}


def scaling() -> tuple[Table, str]:
    """Every construct at one, two and four times a length: seconds of processor time.

    Also what is to be said of those that take more than in proportion, or nothing.
    """
    made = table(
        f"scaling: {SIZE // 1000} KB of each, then twice and four times as much",
        "construct", "s", "× 2", "× 4", "ratio", f"≤ {MOST:g}",
    )  # fmt: skip
    found = sorted(scalings(SIZE, 3), key=lambda one: -one.ratio)
    for one in found:
        times = (f"{s:.2f}" for s in one.seconds)
        made.add_row(one.name, *times, f"{one.ratio:.1f}", "" if one.good else "no")
    bad = [one.name for one in found if not one.good]
    return made, f"more than in proportion: {', '.join(bad)}" if bad else ""
