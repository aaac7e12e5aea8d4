"""Decisions in the operators: no reason of theirs outweighs a person's."""

from __future__ import annotations

from tests.operators.test_resolution import corpus
from tests.operators.test_taxonomy import claim, documents
from waygraph.decisions import NameRulings, RelationRulings
from waygraph.model import Concept, ConceptTable, Names
from waygraph.operators.concepts import concepts
from waygraph.operators.prerequisites import resolve
from waygraph.operators.resolution import resolution
from waygraph.operators.ruled import ruled
from waygraph.operators.taxonomy import taxonomy

NOTES = {
    "heap.md": "# Heap\n\nA **heap** is a **tree**.\n",
    "min-heap.md": "# Min-heap\n\nA **min-heap** is a **heap**.\n",
    "day-1.md": "# Day 1\n\nThe **heap** and the **tree** again.\n",
}
TABLE = ConceptTable(tuple(Concept(name, name, (), (name,), 0.9) for name in "abcd"))


def labels(rulings: NameRulings) -> dict[str, tuple[str, ...]]:
    """Preferred label -> the other ones, of the concepts of the notes under these rulings."""
    _, found, aliases = corpus(NOTES)
    merges = resolution(found, aliases, rulings)
    table = concepts(found, merges, rulings)
    return {c.label: c.aliases for c in table.concepts}


def test_what_is_merged_is_one_concept_though_it_has_two_pages() -> None:
    assert {"heap", "min-heap"} <= labels(NameRulings()).keys()
    together = (("min heap", "heap", "min-heap", "heap"),)
    found = labels(NameRulings(together=together))
    assert "min-heap" in found["heap"]
    assert "min-heap" not in found


def test_what_is_split_stays_apart_whatever_merges_lie_between() -> None:
    rulings = NameRulings(
        together=(("min heap", "heap", "min-heap", "heap"), ("pile", "heap", "pile", "heap")),
        apart=(("min heap", "pile"),),
    )
    found = labels(rulings)
    assert "min-heap" in found["heap"]
    assert "pile" not in found["heap"]


def test_a_rejected_concept_is_none_and_an_accepted_one_is_surest() -> None:
    assert "heap" not in labels(NameRulings(dropped=("heap",)))
    _, found, aliases = corpus(NOTES)
    rulings = NameRulings(kept=(("again", "again"), ("nowhere", "nowhere")))
    table = concepts(found, resolution(found, aliases, rulings), rulings)
    assert {c.label: c.score for c in table.concepts}["again"] == 1.0
    assert "nowhere" in table.unnamed


def test_the_label_decided_last_is_the_preferred_one() -> None:
    rulings = NameRulings(
        together=(("heap", "pile", "heap", "pile"), ("pile", "stack", "pile", "stack")),
        labels=(("heap", "pile"), ("pile", "stack")),
    )
    assert set(labels(rulings)["stack"]) >= {"heap", "pile"}


def test_what_a_note_does_not_mean_is_not_named_there() -> None:
    _, found, aliases = corpus(NOTES)
    names = Names(resolution(found, aliases, NameRulings(absent=(("day-1.md", "heap"),))))
    assert names.of("heap", "day-1.md", "heap") == ""
    assert names.of("heap", "heap.md", "heap") == "heap"


def test_accepted_relations_enter_first_and_make_others_give_way() -> None:
    found = documents(claim("a", "broader", "b", 0.9), claim("a", "related", "c", 0.9))
    rulings = RelationRulings(accepted=(("b", "broader", "a"), ("a", "broader", "c")))
    assert taxonomy(found, TABLE, rulings).found == (
        ("n.md", "a", "broader", "b"),
        ("n.md", "a", "related", "c"),
    )
    requires = [claim("a", "requires", "b", 0.9), claim("b", "requires", "c", 0.9)]
    decided = ruled(RelationRulings(accepted=(("b", "requires", "a"),)), TABLE)
    kept = resolve(requires, 0.3, decided.accepts("requires"))
    assert [(c.subject, c.object) for c in kept.kept] == [("b", "c")]
    assert [(c.subject, c.object) for c in kept.dropped] == [("a", "b")]


def test_a_rejection_bars_a_relation_everywhere_or_in_one_note() -> None:
    found = [claim("a", "related", "b")]
    everywhere = ruled(RelationRulings(rejected=(("b", "related", "a", ""),)), TABLE)
    here = ruled(RelationRulings(rejected=(("a", "related", "b", "n.md"),)), TABLE)
    elsewhere = ruled(RelationRulings(rejected=(("a", "related", "b", "m.md"),)), TABLE)
    assert [r.bars(found[0]) for r in (everywhere, here, elsewhere)] == [True, True, False]
    refused = taxonomy(
        documents(*found), TABLE, RelationRulings(rejected=(("a", "related", "b", ""),))
    )
    assert refused.found == (("n.md", "a", "related", "b"),)


def test_a_later_decision_that_would_close_a_cycle_gives_way() -> None:
    accepted = (("b", "requires", "c"), ("a", "requires", "b"), ("c", "requires", "a"))
    decided = ruled(RelationRulings(accepted=accepted), TABLE)
    assert decided.cyclic == (("c", "requires", "a"),)
    assert set(decided.accepted) == {("b", "requires", "c"), ("a", "requires", "b")}


def test_ends_that_are_no_concepts_or_one_are_passed_over() -> None:
    accepted = (("a", "requires", "z"), ("a", "requires", "a"))
    assert ruled(RelationRulings(accepted=accepted), TABLE).accepted == ()
