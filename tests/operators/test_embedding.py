"""Embedding: a vector for every concept, made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from waygraph.model import Concept, ConceptTable
from waygraph.operators.embedding import embed
from waygraph.operators.encoder import encoder_identity
from waygraph.operators.encoder_process import start_encoder


class Memory:
    """What the compute graph's engine lends an operator."""

    sparing = False

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.progress: list[tuple[int, int]] = []

    def recall(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {name: self.values[name] for name in keys if name in self.values}

    def remember(self, values: Mapping[str, bytes]) -> None:
        self.values.update(values)

    def advance(self, done: int, total: int) -> None:
        self.progress.append((done, total))


def table(*labels: str) -> ConceptTable:
    return ConceptTable(tuple(Concept(f"s{i}", n, (), (n,), 1.0) for i, n in enumerate(labels)))


def test_no_concepts_need_no_model() -> None:
    found = embed(ConceptTable(()), model="no such model", tools=Memory())
    assert (found.slugs, found.rows, found.dimensions) == ((), b"", 0)


def test_what_is_remembered_needs_no_model() -> None:
    class Knowing(Memory):
        def recall(self, keys: Sequence[str]) -> dict[str, bytes]:
            return dict.fromkeys(keys, bytes(12))

    found = embed(table("a", "b"), model="no such model", tools=Knowing())
    assert (found.dimensions, found.rows) == (3, bytes(24))


@pytest.mark.slow
def test_what_is_known_is_not_encoded_again() -> None:
    memory = Memory()
    first = embed(table("graph", "tree"), tools=memory)
    assert memory.progress == [(2, 2)]
    assert (first.dimensions, first.slugs) == (384, ("s0", "s1"))
    assert first.model == encoder_identity(model="auto")
    second = embed(table("tree", "graph", "queue", "tree"), tools=memory)
    assert memory.progress == [(2, 2), (1, 1)]
    size = 4 * 384
    rows = [second.rows[i * size : (i + 1) * size] for i in range(4)]
    assert [rows[1], rows[0]] == [first.rows[:size], first.rows[size:]]
    assert rows[0] == rows[3]


@pytest.mark.slow
def test_where_memory_is_short_the_encoder_goes_with_its_work() -> None:
    class Sparing(Memory):
        sparing = True

    rows = [embed(table("graph"), tools=Memory()).rows]
    encoder = start_encoder("auto")
    rows.append(embed(table("graph"), tools=Sparing()).rows)
    assert not encoder.runs
    rows.append(embed(table("graph"), tools=Memory()).rows)
    assert rows[0] == rows[1] == rows[2]
