"""The named graphs of a workspace, from the results of its compute graph."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from waygraph.codec import decode, encode
from waygraph.compute.values import BATCH
from waygraph.model import (
    ConceptTable,
    Document,
    Entities,
    Home,
    Homes,
    Mentions,
    Merge,
    Merges,
    Prerequisites,
    Refused,
    Relation,
    Relations,
    Targets,
    digest_of,
)
from waygraph.order import MetInOrder
from waygraph.vocab import graph_iri, run_iri

if TYPE_CHECKING:
    from waygraph.compute.values import NodeRun, Results
    from waygraph.store.dataset import NamedGraph

T = TypeVar("T")
Graphs = Iterator[tuple[str, "NamedGraph"]]


def named_graphs(base: str, steps: Iterator[Results], *, early: bool) -> Graphs:
    """The datagraph that the results stand for, one named graph at a time.

    Args:
        base: the workspace's base IRI.
        steps: the results after each node of the compute graph.
        early: give each kind of graph as soon as the nodes have run that it is made of, and
            some of the documents' own at every step, so that they are written beside the
            rest: spaCy and the encoder leave time for it.
    """
    read: Graphs = iter(())
    kinds = [
        ({"sequence"}, _Maker.ordered),
        ({"concepts", "mentions"}, _Maker.named),
        ({"entities"}, _Maker.peopled),
        ({"relations", "refused", "merges"}, _Maker.related),
        ({"homes"}, _Maker.explained),
        ({"prerequisites"}, _Maker.required),
    ]
    for number, results in enumerate(steps):
        if number == 0:
            read = _Maker(base, results).read()
        if early:
            yield from islice(read, BATCH)
        ran = {run.node.name for run in results.runs}
        while early and kinds and kinds[0][0] <= ran:
            yield from kinds.pop(0)[1](_Maker(base, results))
    yield from read
    for _, make in kinds:
        yield from make(_Maker(base, results))


class _Maker:
    """Makes the named graphs of results.

    A graph's digest is that of what it is made of, so that nothing is made that is there.
    """

    def __init__(self, base: str, results: Results) -> None:
        from waygraph.store.convert import Converter

        self._base, self._results = base, results
        self._convert = Converter(base)
        self._items = results.per_document
        self._runs = {run.node.name: operator_run(base, run) for run in results.runs}
        self._runs["documents"] = reader_run(base)

    def _graph(
        self, name: str, address: str, make: Callable[[], Collection[str]], *inputs: str
    ) -> tuple[str, NamedGraph]:
        from waygraph.store.convert import CONVERTER
        from waygraph.store.dataset import NamedGraph

        digest = digest_of(CONVERTER, self._base, name, address, *inputs)
        iri = graph_iri(self._base, name, address)
        return iri, NamedGraph(digest, self._runs[name], make)

    def _value(self, name: str, address: str, kind: type[T]) -> T:
        return decode(self._items[name][address].data, kind)

    def _document(self, address: str) -> Callable[[], Document]:
        """Gives a document, decoded once, if one of its graphs is made at all."""
        return cache(partial(self._value, "documents", address, Document))

    def read(self) -> Graphs:
        """The documents as they were read."""
        for address in self._items["documents"]:
            yield self._described(address)

    def _described(self, address: str) -> tuple[str, NamedGraph]:
        items, document = self._items, self._document(address)

        def described() -> Collection[str]:
            return self._convert.document(document(), self._value("targets", address, Targets))

        whole, targets = items["documents"][address].digest, items["targets"][address].digest
        return self._graph("documents", address, described, whole, targets)

    def ordered(self) -> Graphs:
        """Where the documents stand among one another."""
        met = self._results.whole["sequence"]

        def placed() -> list[str]:
            return self._convert.sequence(decode(met.data, MetInOrder))

        yield self._graph("sequence", "", placed, met.digest)

    def named(self) -> Graphs:
        """The concepts, and where the documents name them."""
        table = self._results.whole["concepts"]

        def listed() -> Collection[str]:
            return self._convert.concepts(decode(table.data, ConceptTable))

        yield self._graph("concepts", "", listed, table.digest)
        for address in self._items["mentions"]:
            yield self._mentioned(address)

    def _mentioned(self, address: str) -> tuple[str, NamedGraph]:
        items, document = self._items, self._document(address)

        def mentioned() -> Collection[str]:
            return self._convert.mentions(document(), self._value("mentions", address, Mentions))

        whole, found = items["documents"][address].digest, items["mentions"][address].digest
        return self._graph("mentions", address, mentioned, whole, found)

    def peopled(self) -> Graphs:
        """Whom and what else documents name; an own compute graph may leave that out."""
        for address, item in self._items.get("entities", {}).items():
            found = decode(item.data, Entities)
            if found.found:
                yield self._entitled(address, found)

    def _entitled(self, address: str, found: Entities) -> tuple[str, NamedGraph]:
        from waygraph.store.named import entity_lines

        def entitled() -> Collection[str]:
            return entity_lines(self._base, found)

        return self._graph("entities", address, entitled, digest_of(encode(found)))

    def related(self) -> Graphs:
        """What the documents say of how concepts relate and what they are called."""
        from waygraph.store.merges import merge_labels

        one = self._results.one
        refused: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for address, *ends in one("refused", Refused).found:
            refused[address].append((ends[0], ends[1], ends[2]))
        merged: defaultdict[str, list[tuple[str, str, Merge]]] = defaultdict(list)
        for said in merge_labels(one("merges", Merges).found, one("concepts", ConceptTable)):
            merged[said[2].address].append(said)
        for address in self._items["documents"]:
            yield from self._claimed(address, refused[address], merged[address])

    def explained(self) -> Graphs:
        """Where concepts are explained; an own compute graph may leave that out."""
        if "homes" not in self._runs:
            return
        by: defaultdict[str, list[Home]] = defaultdict(list)
        for home in self._results.one("homes", Homes).found:
            by[home.address].append(home)
        for address, found in by.items():
            yield self._said_in("homes", address, found, self._convert.homes)

    def required(self) -> Graphs:
        """What must be learned first."""
        needs: defaultdict[str, list[Relation]] = defaultdict(list)
        for relation in self._results.one("prerequisites", Prerequisites).kept:
            needs[relation.address].append(relation)
        for address, found in needs.items():
            yield self._said_in("prerequisites", address, found, self._convert.prerequisites)

    def _said_in(
        self,
        name: str,
        address: str,
        found: list[T],
        convert: Callable[[Document, list[T]], Collection[str]],
    ) -> tuple[str, NamedGraph]:
        """What an operator over the whole corpus found in one document."""
        document = self._document(address)

        def made() -> Collection[str]:
            return convert(document(), found)

        whole = self._items["documents"][address].digest
        return self._graph(name, address, made, whole, digest_of(encode(found)))

    def _claimed(
        self,
        address: str,
        refused: list[tuple[str, str, str]],
        merged: list[tuple[str, str, Merge]],
    ) -> Graphs:
        items, document = self._items, self._document(address)

        def related() -> Collection[str]:
            found = self._value("relations", address, Relations)
            return self._convert.relations(document(), found, refused)

        def renamed() -> Collection[str]:
            return self._convert.merges(document(), merged)

        whole = items["documents"][address].digest
        if address in items["relations"]:
            inputs = items["relations"][address].digest + repr(refused)
            yield self._graph("relations", address, related, whole, inputs)
        if merged:
            yield self._graph("merges", address, renamed, whole, digest_of(encode(merged)))


def operator_run(base: str, run: NodeRun) -> str:
    """The IRI of the run of an operator."""
    node = run.node
    settings = json.dumps(dict(sorted(node.settings.items())))
    stamp = digest_of(node.use, node.operator.version, run.model, settings)[:12]
    return run_iri(base, node.name, stamp)


def decisions_run(base: str) -> str:
    """The IRI of the run that replays decisions."""
    from waygraph.store.convert import CONVERTER

    return run_iri(base, "decisions", CONVERTER)


def reader_run(base: str) -> str:
    """The IRI of the run of the reader."""
    from waygraph.read.snapshots import READER

    return run_iri(base, "documents", READER)
