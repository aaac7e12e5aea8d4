"""What an imported file says of what builds on what."""

from __future__ import annotations

from waygraph.store.background import relations_of

SKOS = "http://www.w3.org/2004/02/skos/core#"
TRIPLES = f"""\
<urn:a> <{SKOS}altLabel> "Sorting (stable)"@en .
<urn:a> <{SKOS}prefLabel> "Merge sort"@en .
<urn:a> <https://w3id.org/waygraph#requires> <urn:b> .
<urn:a> <http://purl.org/dc/terms/requires> <urn:c> .
<urn:a> <{SKOS}broader> <urn:b> .
<urn:a> <{SKOS}related> <urn:b> .
<urn:a> <{SKOS}broader> <urn:a> .
<urn:b> <{SKOS}prefLabel> "Recursion \\u0028deep\\u0029" .
"""


def test_it_tells_requirements_and_kinds_of_what_has_a_label() -> None:
    one, other = ("merge sort", "sorting stable"), ("recursion deep",)
    found = relations_of(TRIPLES)
    assert sorted(found) == [("is a kind of", one, other), ("requires", one, other)]
    assert relations_of("") == []
