"""Files of others: read within limits, named by line where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from waygraph.errors import ReadError
from waygraph.store.background import read_background

BASE = "https://example.org/notes/graph/import/x.ttl"
PREFIX = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
RDF_XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
SKOS_FILE = PREFIX + (
    '<#day> skos:prefLabel "day"@en, "Tag"@de ; skos:broader [ skos:prefLabel "unit" ] ;\n'
    '  skos:note "é \\u0041 \\n", 01, 1.50 ; skos:related _:other . _:other skos:prefLabel "o" .\n'
)


def test_what_is_read_is_what_a_store_gives_back(tmp_path: Path) -> None:
    (tmp_path / "x.ttl").write_text(SKOS_FILE, encoding="utf-8")
    lines = read_background(tmp_path / "x.ttl", BASE)
    assert lines == sorted(set(lines)) == read_background(tmp_path / "x.ttl", BASE)
    assert len(lines) == 9
    assert not any("_:" in line for line in lines)
    assert f'<{BASE}#day> <http://www.w3.org/2004/02/skos/core#note> "é A \\n" .' in lines
    store = ox.Store()
    store.load("\n".join(lines), format=ox.RdfFormat.N_TRIPLES)
    again = store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) or b""
    assert sorted(again.decode().split("\n")[:-1]) == lines


@pytest.mark.parametrize("suffix", ["nt", "nq", "trig", "rdf", "jsonld"])
def test_every_syntax_says_the_same(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "x.ttl").write_text(PREFIX + '<http://x/a> skos:prefLabel "a" .', encoding="utf-8")
    syntax = ox.RdfFormat.from_extension(suffix)
    assert syntax is not None
    triples = [q.triple for q in ox.parse(path=tmp_path / "x.ttl", format=ox.RdfFormat.TURTLE)]
    (tmp_path / f"x.{suffix}").write_bytes(ox.serialize(triples, format=syntax) or b"")
    meant = read_background(tmp_path / "x.ttl", BASE)
    assert read_background(tmp_path / f"x.{suffix}", BASE) == meant
    assert len(meant) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.ttl", PREFIX + "<http://x/a> skos:prefLabel\n  .", r"x\.ttl:3: it is no Turtle"),
        ("x.nt", "<http://x/a> <http://x/b> 1 .", r"x\.nt:1: it is no N-Triples"),
        ("x.rdf", f"{RDF_XML}\n<rdf:Description>\n</rdf:Seq>\n\n\n", r"x\.rdf:3: it is no RDF/XML"),
        ("x.rdf", f"{RDF_XML}\n\n<rdf:Desc", r"x\.rdf:3: it is no RDF/XML"),
        (
            "x.rdf",
            f"{RDF_XML}<!-- {'long ' * 20_000} -->\n</rdf:Seq>",
            r"x\.rdf:2: it is no RDF/XML",
        ),
        ("x.jsonld", '{"@id":\n\n[}\n', r"x\.jsonld:3: it is no JSON-LD"),
        ("x.md", "# x", "its suffix names no RDF syntax"),
    ],
)
def test_a_fault_is_named_by_file_and_line(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ReadError, match=message):
        read_background(tmp_path / name, BASE)


def test_size_and_time_have_limits(tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_text(SKOS_FILE, encoding="utf-8")
    with pytest.raises(ReadError, match="more than 20"):
        read_background(path, BASE, most_bytes=20)
    with pytest.raises(ReadError, match="its time is up"):
        read_background(path, BASE, most_seconds=-1)
    with pytest.raises(ReadError, match="cannot be read"):
        read_background(tmp_path / "none.ttl", BASE)
