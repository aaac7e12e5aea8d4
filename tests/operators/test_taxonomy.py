"""What relations of different documents do to each other."""

from __future__ import annotations

import random

import networkx
from hypothesis import given
from hypothesis import strategies as st

from waygraph.model import Relation, Relations, Span
from waygraph.operators.acyclic import Acyclic, joined_confidence
from waygraph.operators.taxonomy import taxonomy


def claim(subject: str, predicate: str, object_: str, confidence: float = 0.6) -> Relation:
    return Relation(subject, predicate, object_, confidence, "rule", "n.md", (Span(0, 1),))


def documents(*claims: Relation) -> list[Relations]:
    return [Relations(f"{i}.md", (c,), (), ()) for i, c in enumerate(claims)]


def test_related_gives_way_to_broader_in_any_number_of_steps() -> None:
    found = documents(
        claim("a", "broader", "b"),
        claim("b", "broader", "c"),
        claim("a", "related", "c"),
        claim("b", "related", "a"),
        claim("a", "related", "d"),
    )
    assert taxonomy(found).found == (
        ("n.md", "a", "related", "c"),
        ("n.md", "b", "related", "a"),
    )


def test_the_weakest_broader_of_a_cycle_gives_way() -> None:
    found = documents(
        claim("relation", "broader", "order relation", 0.8),
        claim("order relation", "broader", "relation", 0.6),
        claim("order relation", "broader", "relation", 0.6),
    )
    assert taxonomy(found).found == (("n.md", "relation", "broader", "order relation"),)


def test_confidence_joins_as_if_independent() -> None:
    claims = [claim("a", "requires", "b", 0.5), claim("a", "requires", "b", 0.2)]
    assert joined_confidence(claims) == 0.6


pairs = st.dictionaries(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")),
    st.sampled_from([0.2, 0.5, 0.9]),
)


@given(pairs, st.randoms())
def test_what_is_kept_holds_no_cycle_and_does_not_depend_on_order(
    found: dict[tuple[str, str], float], shuffle: random.Random
) -> None:
    order = Acyclic(found)
    assert networkx.is_directed_acyclic_graph(networkx.DiGraph(list(order.kept)))
    shuffled = list(found.items())
    shuffle.shuffle(shuffled)
    assert Acyclic(dict(shuffled)).kept == order.kept
    for pair in found.keys() - order.kept:
        graph = networkx.DiGraph([*order.kept, pair])
        assert not networkx.is_directed_acyclic_graph(graph)
