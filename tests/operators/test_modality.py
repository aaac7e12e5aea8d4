"""Modality: what a sentence denies, asks, reports as false or says with reserve."""

from __future__ import annotations

import pytest

from tests.operators.test_relations import annotated, of

KIND = {("tree", "broader", "graph")}
NEEDS = {("tree", "requires", "graph")}


@pytest.mark.parametrize("sentence", [
    "A tree is like a graph.", "A tree is better than a graph.", "A tree is for a graph.",
    "A tree is beyond a graph.", "A tree is within a graph.", "A tree is near a graph.",
    "A tree is at the end of a graph.", "A tree is between a graph and a queue.",
    "A tree is among graph and queue.", "A tree is under a graph.", "A tree is from a graph.",
    "A tree is not unlike a graph.", "A tree is similar to a graph.", "A tree means a graph.",
    "A tree describes a graph.", "A tree is hardly a graph.", "A tree is a graph?",
    "A tree is what a graph needs.", "A tree is where a graph begins.",
    "A tree is when a graph has no cycle.", "A tree is why a graph grows.",
    "A tree is almost a graph.", "A tree is nearly a graph.",
    "A tree is a graph if it is connected.", "A tree is a graph only when it is connected.",
    "A tree is rarely a graph.", "A tree is grown by a graph.",
])  # fmt: skip
def test_no_kind(sentence: str) -> None:
    assert of(sentence, "definition") == set()
    # the like is said of a kind all the same
    assert of("A tree is a graph.", "definition") == KIND


@pytest.mark.parametrize("sentence", [
    "A tree hardly requires a graph.", "A tree rarely needs a graph.",
    "Does a tree require a graph?",
    "To use a tree you do not need to know a graph.", "It is a myth that a tree requires a graph.",
    "It is not true that a tree requires a graph.", "No tree requires a graph.",
    "Nobody says that a tree requires a graph.", "A tree requires little graph.",
    "A tree never needs a graph.", "A tree does not always require a graph.",
    "A tree can't need a graph.", "Before a tree you need not study a graph.",
    "Contrary to what one hears, a tree requires a graph.", "Few trees require a graph.",
    "We used to think a tree requires a graph.", "A tree seldom builds on a graph.",
    "I doubt that a tree requires a graph.", "I don't think a tree requires a graph.",
    "He denied that a tree requires a graph.", "A tree requires a graph is a common myth.",
    "That a tree requires a graph is not true.",
    "It is a common error that a tree uses a queue and requires a graph.",
    "You do not have to learn a graph before a tree.",
])  # fmt: skip
def test_nothing_is_required(sentence: str) -> None:
    assert of(sentence, "wording") == set()
    denied = annotated(sentence).relations[-1].denied
    assert denied == (
        () if sentence.endswith("?") or "little" in sentence else (("tree", "graph"),)
    )
    assert of("A tree requires a graph.", "wording") == NEEDS


@pytest.mark.parametrize("sentence", [
    "I wonder whether a tree requires a graph.", "If a tree requires a graph, it grows.",
    "Nobody knows if a tree requires a graph.", "Suppose a tree requires a graph.",
    "Imagine that a tree requires a graph.", "Unless a tree requires a graph, it grows.",
])  # fmt: skip
def test_what_is_but_supposed_is_neither_said_nor_denied(sentence: str) -> None:
    made = annotated(sentence).relations[-1]
    assert of(sentence, "wording") == set()
    assert made.denied == ()


def test_neither_of_two_requires_a_third() -> None:
    assert of("Neither a queue nor a tree requires a graph.", "wording") == set()


def test_what_one_verb_denies_the_next_does_not() -> None:
    assert of("A tree uses no queue and requires a graph.", "wording") == NEEDS


def test_none_such_as() -> None:
    assert of("There are no graphs such as a tree.", "examples") == set()


@pytest.mark.parametrize("sentence", [
    "A tree may need a graph.", "A tree usually builds on a graph.",
    "A tree might require a graph.",
    "Usually a tree requires a graph.", "In most cases a tree requires a graph.",
    "Some people say that a tree requires a graph.", "A tree tends to need a graph.",
    "A tree is usually understood after the graph.", "If it grows, a tree requires a graph.",
    "To learn a tree you may need to know a graph.",
    "A tree requires a graph unless it is small.", "A tree requires a graph only if it is big.",
    "A tree can be built on a graph.", "A tree often depends upon a graph.",
])  # fmt: skip
def test_what_is_said_with_reserve_is_worth_less_and_kept_as_such(sentence: str) -> None:
    made = annotated(sentence).relations[-1].hints
    (claim,) = (c for c in made if c.rule == "wording")
    assert (claim.subject, claim.object, claim.hedged) == ("tree", "graph", True)
    assert claim.confidence < 0.6


@pytest.mark.parametrize("sentence", [
    "A tree does require a graph.", "A tree always needs a graph.", "A tree must build on a graph.",
    "A tree not only requires a graph.", "A tree doesn't just need a graph.",
    "Without doubt a tree requires a graph.",
    "A tree thus requires a graph.", "When it rains, a tree requires a graph.",
])  # fmt: skip
def test_what_is_said_plainly_is_not(sentence: str) -> None:
    (claim,) = (c for c in annotated(sentence).relations[-1].hints if c.rule == "wording")
    assert not claim.hedged
    assert claim.confidence >= 0.75


def test_a_kind_may_be_said_with_reserve() -> None:
    for how in ("usually", "perhaps"):
        found = annotated(f"A tree is {how} a graph.").relations[-1].found
        (claim,) = (c for c in found if c.rule == "definition")
        assert claim.hedged
        assert claim.confidence == 0.56
