"""The store measured: a datagraph as large as asked for, loaded, changed, opened and exported."""

from __future__ import annotations

import random
from collections.abc import Iterator

from waygraph.model import (
    Concept,
    ConceptTable,
    Mention,
    Mentions,
    Relation,
    Relations,
    Span,
    Targets,
)
from waygraph.read.markdown import read_markdown
from waygraph.store.convert import Converter
from waygraph.store.dataset import NamedGraph
from waygraph.vocab import graph_iri, run_iri

BASE = "https://example.org/notes/"
# A document of so many sentences is about 333 quads.
_SENTENCES = 7
_VERBS = ("requires", "uses", "is a kind of", "is part of")
_PREDICATES = ("requires", "uses", "broader", "partOf")
_SYLLABLES = "ba co de fi gu la me no pi ru sa te vo wi xa zu".split()


def named_graphs(documents: int, seed: int = 1) -> Iterator[tuple[str, NamedGraph]]:
    """The named graphs of made-up notes, written by the converter that ingest uses.

    Each note has seven sentences, each of them two mentions and a claim of 4,000 concepts.
    """
    chance = random.Random(seed)
    convert = Converter(BASE)
    names = sorted({_name(chance) for _ in range(4_000)})
    table = ConceptTable(
        tuple(Concept(n.replace(" ", "-"), n, (n + "s",), (n,), 0.9) for n in names)
    )
    yield graph_iri(BASE, "concepts"), _graph("concepts", convert.concepts(table))
    for number in range(documents):
        address = f"year-{number // 365}/day-{number % 365 + 1:03}.md"
        yield from _note(convert, address, chance, names)


def _name(chance: random.Random) -> str:
    words = ("".join(chance.choices(_SYLLABLES, k=3)) for _ in range(chance.randint(1, 2)))
    return " ".join(words)


def _note(
    convert: Converter, address: str, chance: random.Random, names: list[str]
) -> Iterator[tuple[str, NamedGraph]]:
    said = []
    for _ in range(_SENTENCES):
        one, other = chance.sample(names, 2)
        verb = chance.randrange(len(_VERBS))
        words = " ".join("".join(chance.choices(_SYLLABLES, k=2)) for _ in range(8))
        said.append((one, verb, other, f"The {one} {_VERBS[verb]} the {other}, {words}."))
    body = "# " + address + "\n\n" + "\n\n".join(sentence for *_, sentence in said) + "\n"
    document = read_markdown(address, body.encode())
    mentions, relations, at = [], [], 0
    for one, verb, other, sentence in said:
        at = document.text.index(sentence, at)
        for name, found in ((one, sentence.index(one)), (other, sentence.rindex(other))):
            span = Span(at + found, at + found + len(name))
            mentions.append(Mention(name.replace(" ", "-"), span))
        ends = (one.replace(" ", "-"), _PREDICATES[verb], other.replace(" ", "-"))
        evidence = (Span(at, at + len(sentence)),)
        relations.append(Relation(*ends, 0.8, "wording", address, evidence))
    plain = Relations(address, tuple(r for r in relations if r.predicate != "requires"), (), ())
    needed = [r for r in relations if r.predicate == "requires"]
    parts = {
        "documents": convert.document(document, Targets(address, ())),
        "mentions": convert.mentions(document, Mentions(address, "", tuple(mentions))),
        "relations": convert.relations(document, plain),
        "prerequisites": convert.prerequisites(document, needed),
    }
    for name, lines in parts.items():
        if lines:
            yield graph_iri(BASE, name, address), _graph(name, lines)


def _graph(name: str, lines: list[str]) -> NamedGraph:
    return NamedGraph.of(lines, run_iri(BASE, name, "0123"))
