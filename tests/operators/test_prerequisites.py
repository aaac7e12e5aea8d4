"""Prerequisites: hints of all documents, joined, without a cycle."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from waygraph.errors import ComputeGraphError
from waygraph.model import (
    Borrowed,
    Concept,
    ConceptTable,
    Home,
    Homes,
    Outline,
    OwnText,
    Passage,
    Prerequisites,
    Relation,
    Relations,
    Span,
)
from waygraph.operators.pair_features import PairTable, pair_table
from waygraph.operators.portraits import Portraits, paint
from waygraph.operators.prerequisite_model import Model, load_model, model_json
from waygraph.operators.prerequisites import borrowing, claims, resolve
from waygraph.order import NO_ORDER, Order


def hint(subject: str, needed: str, confidence: float, address: str = "a.md") -> Relation:
    return Relation(subject, "requires", needed, confidence, "test", address, (Span(0, 1),))


def documents(hints: list[Relation]) -> list[Relations]:
    addresses = sorted({one.address for one in hints})
    return [
        Relations(a, (), (), tuple(one for one in hints if one.address == a)) for a in addresses
    ]


def prerequisites(found: list[Relations], threshold: float = 0.35) -> Prerequisites:
    return resolve([one for document in found for one in document.hints], threshold)


def pairs(claims: tuple[Relation, ...]) -> set[tuple[str, str]]:
    return {(claim.subject, claim.object) for claim in claims}


def test_the_weakest_of_a_cycle_gives_way() -> None:
    found = prerequisites(
        documents([hint("a", "b", 0.8), hint("b", "c", 0.7), hint("c", "a", 0.6)])
    )
    assert pairs(found.kept) == {("a", "b"), ("b", "c")}
    assert pairs(found.dropped) == {("c", "a")}


def test_two_weak_hints_join_to_one_that_counts() -> None:
    assert prerequisites(documents([hint("a", "b", 0.3)])).kept == ()
    both = [hint("a", "b", 0.3), hint("a", "b", 0.3, "b.md")]
    assert len(prerequisites(documents(both)).kept) == 2
    # and win over one that is surer than either
    against = hint("b", "a", 0.45, "c.md")
    assert pairs(prerequisites(documents([*both, against])).kept) == {("a", "b")}


def test_equal_hints_go_by_name() -> None:
    found = prerequisites(documents([hint("b", "a", 0.5), hint("a", "b", 0.5, "z.md")]))
    assert pairs(found.kept) == {("a", "b")}


def test_what_is_below_the_threshold_is_neither_kept_nor_dropped() -> None:
    found = prerequisites(documents([hint("a", "b", 0.4), hint("b", "a", 0.34)]))
    assert pairs(found.kept) == {("a", "b")}
    assert found.dropped == ()
    everything = prerequisites(documents([hint("a", "b", 0.4), hint("b", "a", 0.34)]), threshold=0)
    assert pairs(everything.dropped) == {("b", "a")}


names = st.sampled_from("abcdefg")
hints = st.lists(
    st.builds(
        hint,
        names,
        names,
        st.sampled_from([0.1, 0.3, 0.35, 0.5, 0.6, 0.8]),
        st.sampled_from(["x.md", "y.md", "z.md"]),
    ).filter(lambda one: one.subject != one.object),
    max_size=40,
    unique_by=lambda one: (one.subject, one.object, one.address),
)


@given(hints, st.randoms(use_true_random=False))
def test_no_cycle_and_no_order_of_hints_matters(
    found: list[Relation], chance: random.Random
) -> None:
    given_ = documents(found)
    result = prerequisites(given_)
    graph = networkx.DiGraph(sorted(pairs(result.kept)))
    assert networkx.is_directed_acyclic_graph(graph)
    # a pair is kept or dropped as a whole, and nothing is made up
    assert not pairs(result.kept) & pairs(result.dropped)
    assert set(result.kept) | set(result.dropped) <= set(found)
    # what was dropped would close a cycle
    for subject, needed in pairs(result.dropped):
        assert networkx.has_path(graph, needed, subject)
    # every pair sure enough was decided
    doubt: dict[tuple[str, str], float] = {}
    for one in found:
        pair = one.subject, one.object
        doubt[pair] = doubt.get(pair, 1.0) * (1 - one.confidence)
    sure = {pair for pair, rest in doubt.items() if round(1 - rest, 6) >= 0.35}
    assert pairs(result.kept) | pairs(result.dropped) == sure
    shuffled = chance.sample(found, len(found))
    turned = documents(shuffled)[::-1]
    assert prerequisites(turned) == result


def test_long_chains_are_no_trouble() -> None:
    chain = [hint(f"c{i:05}", f"c{i + 1:05}", 0.5) for i in range(2_000)]
    found = prerequisites(documents([*chain, hint("c02000", "c00000", 0.4)]))
    assert len(found.kept) == 2_000
    assert pairs(found.dropped) == {("c02000", "c00000")}


@pytest.mark.parametrize("count", [0, 1])
def test_little_is_fine(count: int) -> None:
    assert len(prerequisites(documents([hint("a", "b", 0.5)] * count)).kept) == count


class Sure(Model):
    """A model that believes everything."""

    def apply(self, table: PairTable) -> NDArray[np.float64]:
        return np.full(len(table.pairs), 0.9)

    def reasons(self, table: PairTable, rows: Sequence[int], most: int = 3) -> list[list[str]]:
        return [["it does"] for _ in rows]


Texts = dict[str, list[tuple[str, ...]]]


def told(texts: Texts, *said: Relation, met: Order | None = None) -> Portraits:
    """Portraits of concepts, each explained by a note: what its sentences name."""
    here = Span(0, 900)
    names = sorted({*texts, *(c for text in texts.values() for s in text for c in s)})
    outlines = [
        Outline(f"{name}.md", name, "", None, (OwnText(name, here, tuple(
            Passage(Span(10 * i, 10 * i + 9), "body", (), sentence, ())
            for i, sentence in enumerate(text)
        ), ()),))
        for name, text in texts.items()
    ]  # fmt: skip
    homes = tuple(Home(name, "title", 1.0, f"{name}.md", -1, here, Span(0, 5)) for name in texts)
    relations = [
        Relations(o.address, tuple(r for r in said if r.address == o.address), (), ())
        for o in outlines
    ]
    concepts = [Concept(name, name, (), (name.replace("-", " "),), 1.0) for name in names]
    return paint(outlines, relations, Homes(homes), concepts, met or Order(NO_ORDER))


def table_of(portraits: Portraits) -> PairTable:
    return pair_table(portraits, lambda _one, _two: 0.5)


def test_nothing_is_built_on_what_is_told_to_be_its_kind() -> None:
    here = Span(0, 9)
    kind = Relation("b", "broader", "a", 0.8, "definition", "b.md", (here,))
    sure = Sure(load_model("auto").weights)
    for said, expected in (((), {("a", "b"), ("b", "a")}), ((kind,), {("b", "a")})):
        portraits = told({"a": [("a", "b")], "b": [("a", "b")]}, *said)
        assert pairs(tuple(claims(portraits, table_of(portraits), sure))) == expected


def test_what_the_home_of_one_names_and_not_the_other_way_round_is_leant_on() -> None:
    texts: Texts = {
        "search": [("search", "graph"), ("graph", "queue"), ("graph",)],
        "graph": [("graph", "node"), ("node",)],
        "queue": [("queue",)], "node": [("node",)],
    }  # fmt: skip
    portraits = told(texts)
    table = table_of(portraits)
    chance = dict(zip(table.pairs, load_model("auto").apply(table).tolist(), strict=True))
    assert chance["search", "graph"] > 2 * chance["graph", "search"]
    assert chance["search", "graph"] > chance["search", "queue"]
    # no home of either names the other: nothing is said of the two
    assert ("search", "node") not in chance


def test_a_claim_quotes_what_names_both_and_says_why() -> None:
    portraits = told({"search": [("graph",), ("search", "graph")], "graph": [("graph",)]})
    table = table_of(portraits)
    model = replace(load_model("auto"), threshold=0.0)
    found = {(c.subject, c.object): c for c in claims(portraits, table, model)}
    claim = found["search", "graph"]
    assert (claim.address, claim.evidence) == ("search.md", (Span(10, 19),))
    assert claim.rule.startswith("model: ") and "named" in claim.rule
    # what does not hold of a pair is no reason, though its absence speaks for it
    for row, pair in enumerate(table.pairs):
        (reasons,) = model.reasons(table, [row], len(table.names))
        values = dict(zip(table.names, table.values[row].tolist(), strict=True))
        assert all(values[reason] > 0 for reason in reasons), pair


def test_of_very_many_a_concept_leans_on_the_likeliest_few() -> None:
    texts: Texts = {f"c{i}": [(f"c{i}",)] for i in range(40)}
    texts["hub"] = [("hub", f"c{i}") for i in range(40)]
    portraits = told(texts)
    found = claims(portraits, table_of(portraits), Sure(load_model("auto").weights))
    assert sum(claim.subject == "hub" for claim in found) == 12


def test_the_shipped_model_is_read_and_written_alike(tmp_path: Path) -> None:
    model = load_model("auto")
    assert 0 < model.threshold < 1
    (tmp_path / "mine.json").write_text(model_json(model), encoding="utf-8")
    assert load_model(str(tmp_path / "mine.json")) == model


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ComputeGraphError, match=r"mine\.json holds no model"):
        load_model(str(tmp_path / "mine.json"))


def test_an_imported_map_is_a_further_voice_named_in_the_reason() -> None:
    texts: Texts = {"search": [("search", "graph")], "graph": [("graph",)], "node": [("node",)]}
    portraits = told(texts)
    table = ConceptTable(tuple(Concept(n, n, (), (n,), 1.0) for n in ("graph", "node", "search")))
    said = (
        ("map.ttl", "requires", ("search", "a search"), ("graphs", "graph")),
        ("map.ttl", "is a kind of", ("graph",), ("node",)),
        ("map.ttl", "requires", ("search",), ("stranger",)),
        ("other.ttl", "requires", ("search",), ("graph",)),
    )
    found = list(borrowing(portraits, Borrowed(said), table))
    assert [(c.subject, c.object, c.confidence, c.rule) for c in found] == [
        ("search", "graph", 0.6, "map.ttl says that it requires it"),
        ("graph", "node", 0.35, "map.ttl says that it is a kind of it"),
        ("search", "graph", 0.6, "other.ttl says that it requires it"),
    ]
    # the words that name both, else where the one that builds on the other is explained
    assert (found[0].address, found[0].evidence) == ("search.md", (Span(0, 9),))
    assert (found[1].address, found[1].evidence) == ("graph.md", (Span(0, 5),))
