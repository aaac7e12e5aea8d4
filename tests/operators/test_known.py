"""The gazetteer's terms: concepts wherever a note names them, and nowhere else."""

from __future__ import annotations

from tests.operators.test_candidates import by_hand, read
from waygraph.model import Candidates, Concept, ConceptTable
from waygraph.operators.aliases import aliases
from waygraph.operators.candidates import candidates
from waygraph.operators.concepts import concepts
from waygraph.operators.resolution import resolution

IRI = "http://example.org/vocabulary/topological-order"
GAZETTEER = ConceptTable(
    (
        Concept("laptop", "laptop", (), ("laptop",), 1.0),
        Concept(
            "topological-order",
            "topological order",
            ("toposort",),
            ("topological order", "toposort"),
            1.0,
            (IRI,),
        ),
    )
)


def found_in(body: str) -> list[Candidates]:
    documents, targets = read({"day-001": body})
    found: list[Candidates] = candidates(
        documents, targets, [by_hand(d) for d in documents], GAZETTEER
    )
    return found


def test_another_label_leads_to_the_concept() -> None:
    documents, targets = read({"day-001": "Use toposorts here."})
    found = found_in("Use toposorts here.")
    said = aliases(documents, targets, [by_hand(d) for d in documents], GAZETTEER)
    merges = resolution(found, said)
    assert [(m.short, m.name, m.why) for m in merges.found] == [
        ("toposort", "topological order", merges.found[0].why)
    ]
    assert "gazetteer" in merges.found[0].why
    [concept] = concepts(found, merges).concepts
    assert concept.label == "topological order"
    assert concept.aliases == ("toposort",)
    assert concept.keys == ("topological order", "toposort")
    assert concept.matches == (IRI,)


def test_what_no_note_names_is_no_concept() -> None:
    assert concepts(found_in("Nothing here.")).concepts == ()
    assert [c.slug for c in concepts(found_in("On my laptop.")).concepts] == ["laptop"]


def test_spans_stand_where_the_note_names_it() -> None:
    [found] = found_in("On my laptop, use a toposort.")
    assert [(c.label, c.span.start) for c in found.found] == [
        ("laptop", 6),
        ("topological order", 20),
    ]


def test_without_a_gazetteer_nothing_is_added() -> None:
    documents, targets = read({"day-001": "On my laptop."})
    [found] = candidates(documents, targets, [by_hand(d) for d in documents])
    assert found.found == ()
