"""The user's gazetteer: SKOS in any syntax or a list; what is wrong is said by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from waygraph.errors import SettingsError
from waygraph.model import ConceptTable
from waygraph.store.gazetteer import read_gazetteer

TURTLE = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <http://example.org/v/> .
:heap a skos:Concept ; skos:prefLabel "heap"@en, "Halde"@de ; skos:altLabel "priority heap"@en ;
    skos:hiddenLabel "heep" ; skos:exactMatch <http://www.wikidata.org/entity/Q273088> .
:tree skos:prefLabel "Baum"@de .
:none skos:altLabel "nothing" .
"""
TRIPLE = '<http://example.org/v/heap> <http://www.w3.org/2004/02/skos/core#prefLabel> "heap" .\n'
JSON = (
    '{"@id": "http://example.org/v/heap",'
    ' "http://www.w3.org/2004/02/skos/core#prefLabel": [{"@value": "heap"}]}'
)
XML = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:skos="http://www.w3.org/2004/02/skos/core#">
  <skos:Concept rdf:about="http://example.org/v/heap"><skos:prefLabel>heap</skos:prefLabel>
  </skos:Concept></rdf:RDF>"""


def read(folder: Path, name: str, text: str | bytes) -> ConceptTable:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_gazetteer(path)


def test_skos(tmp_path: Path) -> None:
    tree, heap = read(tmp_path, "v.ttl", TURTLE).concepts
    assert (heap.slug, heap.label, heap.aliases) == (
        "heap",
        "heap",
        ("Halde", "heep", "priority heap"),
    )
    assert heap.keys == ("halde", "heap", "heep", "priority heap")
    assert heap.matches == ("http://example.org/v/heap", "http://www.wikidata.org/entity/Q273088")
    assert (tree.label, tree.matches) == ("Baum", ("http://example.org/v/tree",))


@pytest.mark.parametrize(
    ("name", "text"),
    [("v.nt", TRIPLE), ("v.TTL", TRIPLE), ("v.trig", TRIPLE), ("v.jsonld", JSON), ("v.rdf", XML)],
)
def test_every_syntax(tmp_path: Path, name: str, text: str) -> None:
    [heap] = read(tmp_path, name, text).concepts
    assert (heap.label, heap.matches) == ("heap", ("http://example.org/v/heap",))


def test_a_list(tmp_path: Path) -> None:
    text = "\ufeff# my terms\n\nbinary heaps | the BH | bheap\r\nA* search\n"
    first, second = read(tmp_path, "terms.txt", text).concepts
    assert (first.label, first.keys) == ("A* search", ("a star search",))
    assert (second.label, second.aliases) == ("binary heaps", ("BH", "bheap"))
    assert second.keys == ("bh", "bheap", "binary heap")
    assert read(tmp_path, "terms", "").concepts == ()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("v.ttl", TURTLE + "oh no\n", "v.ttl:7: the gazetteer is no Turtle"),
        ("v.nt", TRIPLE + "<x> .\n", "v.nt:2: the gazetteer is no N-Triples"),
        ("v.ttl", "# nothing\n", "v.ttl: the gazetteer has no skos:prefLabel"),
        ("terms.txt", "heap\n | bh\n", "terms.txt:2: the gazetteer's line begins with no label"),
        ("terms.txt", b"heap\nB\xe4ume\n", "terms.txt:2: the gazetteer is not UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, name: str, text: str | bytes, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, name, text)
    assert caught.value.message.startswith(str(tmp_path / said))
    assert caught.value.hint


@pytest.mark.parametrize("name", ["none.txt", "none.ttl"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read") as caught:
        read_gazetteer(tmp_path / name)
    assert "settings.toml" in caught.value.hint
