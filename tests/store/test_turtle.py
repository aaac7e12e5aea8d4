"""Our Turtle says what the N-Triples say, to every parser at hand."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

import waygraph
from waygraph.config import Workspace
from waygraph.store.convert import fraction, text, typed, whole
from waygraph.store.dataset import Dataset
from waygraph.store.turtle import turtle
from waygraph.vocab import PREFIXES, RDF, SKOS, WG, XSD

BASE = "https://w3id.org/waygraph/local/"


def _valid(iri: str) -> bool:
    try:
        ox.NamedNode(iri)
    except ValueError:
        return False
    return True


locals_ = st.text("aZé日0-9_.-~:'(),;=@&$!*+%/?#", max_size=8) | st.sampled_from(
    ["", "a.b", "a.", ".a", "-a", "9", "a-star", "a%20b", "true", "é", "a:b", "_", "a/"]
)
iris = st.builds(
    "".join,
    st.tuples(
        st.sampled_from([*PREFIXES.values(), BASE, BASE + "concept/", BASE + "claim/", "urn:x:"]),
        locals_,
    ),
).filter(_valid)
literals = st.one_of(
    st.text().map(text),
    st.text("\"'\\\n\r\t<>^@.;, 1x").map(text),
    st.integers().map(whole),
    st.from_regex(re.compile(r"[+-]?[0-9]{1,4}", re.ASCII), fullmatch=True).map(
        lambda digits: typed(digits, "integer")
    ),
    st.floats(-1000, 1000).map(fraction),
    st.sampled_from(["1.", ".5", "+1.0", "00.10", "٣", "٣.٣", "x", ""]).flatmap(
        lambda shown: st.sampled_from([typed(shown, "decimal"), typed(shown, "integer")])
    ),
    st.dates().map(lambda day: typed(day.isoformat(), "date")),
    st.text("ab <>@^", max_size=6).map(lambda value: f'"{value}"@en'),
)
triples = st.tuples(iris, iris, iris.map("<{}>".format) | literals)
graphs = st.lists(triples, max_size=12).map(
    lambda found: sorted({f"<{s}> <{p}> {o} ." for s, p, o in found})
)


def oxigraph(data: str, form: ox.RdfFormat) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(data, format=form)}


@given(graphs)
@settings(max_examples=300)
def test_oxigraph_reads_the_same_triples(lines: list[str]) -> None:
    shown = "".join(turtle([("", lines)], BASE))
    assert oxigraph(shown, ox.RdfFormat.TURTLE) == oxigraph(
        "\n".join(lines), ox.RdfFormat.N_TRIPLES
    )


@given(graphs)
@settings(max_examples=150)
def test_rdflib_reads_the_same_triples(lines: list[str]) -> None:
    shown = "".join(turtle([("", lines)], BASE))
    mine = rdflib.Graph().parse(data=shown, format="turtle")
    meant = rdflib.Graph().parse(data="\n".join(lines) + "\n", format="nt")
    assert set(mine) == set(meant)


def test_it_reads_as_a_person_would_write_it() -> None:
    a, b, c = (f"{BASE}concept/{name}" for name in "abc")
    lines = sorted(
        [
            f"<{a}> <{RDF}type> <{SKOS}Concept> .",
            f"<{a}> <{WG}requires> <{b}> .",
            f"<{a}> <{WG}requires> <{c}> .",
            f'<{a}> <{SKOS}prefLabel> "the \\"A\\"" .',
            f'<{a}> <{WG}confidence> "0.5"^^<{XSD}decimal> .',
            f'<{b}> <{WG}words> "12"^^<{XSD}integer> .',
            f'<{b}> <{WG}date> "2024-02-19"^^<{XSD}date> .',
            f"<{b}> <{WG}see> <https://example.org/x> .",
        ]
    )
    title, head, *blocks = "".join(turtle([("", lines)], BASE)).split("\n\n")
    assert title.startswith("# The concepts")
    prefixes = [line.split()[1] for line in head.splitlines()]
    assert prefixes == sorted(prefixes)
    assert f"@prefix concept: <{BASE}concept/> ." in head
    assert blocks == [
        "concept:a\n"
        "    a skos:Concept ;\n"
        '    skos:prefLabel "the \\"A\\"" ;\n'
        "    wg:confidence 0.5 ;\n"
        "    wg:requires concept:b,\n        concept:c .",
        "concept:b\n"
        '    wg:date "2024-02-19"^^xsd:date ;\n'
        "    wg:see <https://example.org/x> ;\n"
        "    wg:words 12 .\n",
    ]


def test_nothing_is_prefixes_alone() -> None:
    assert oxigraph("".join(turtle([("", [])], BASE)), ox.RdfFormat.TURTLE) == set()


def test_the_concepts_come_first() -> None:
    subjects = ["http://a.example", f"{BASE}claim/c", f"{BASE}concept/z", f"{BASE}document/a"]
    shown = "".join(turtle([("", [f"<{s}> <{RDF}type> <{WG}X> ." for s in subjects])], BASE))
    found = re.findall(r"^(\S+)$", shown, re.M)
    assert found == ["concept:z", "<http://a.example>", "claim:c", f"<{BASE}document/a>"]


@pytest.fixture(scope="module")
def exported(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Turtle export of the sample corpus."""
    target = tmp_path_factory.mktemp("export") / "sample.ttl"
    waygraph.export(sample, target)
    return target


@pytest.fixture(scope="module")
def meant(sample: Workspace) -> set[ox.Triple]:
    """The triples that the export must hold."""
    with Dataset(sample.folder / "store", sample.settings.base) as data:
        return oxigraph("\n".join(data.lines()), ox.RdfFormat.N_TRIPLES)


@pytest.mark.slow
def test_the_sample_export_reads_back_whole(exported: Path, meant: set[ox.Triple]) -> None:
    shown = exported.read_text(encoding="utf-8")
    assert oxigraph(shown, ox.RdfFormat.TURTLE) == meant
    assert len(meant) > 10_000
    graph = rdflib.Graph().parse(data=shown, format="turtle")
    assert len(graph) == len(meant)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tool", "options"),
    [("rapper", ["-q", "-i", "turtle", "-o", "ntriples"]), ("serdi", ["-i", "turtle"])],
)
def test_other_parsers_read_the_sample_export(
    tool: str, options: list[str], exported: Path, meant: set[ox.Triple]
) -> None:
    program = shutil.which(tool)
    if program is None:
        pytest.skip(f"{tool} is not on PATH")
    done = subprocess.run(
        [program, *options, str(exported)], capture_output=True, text=True, check=True, timeout=60
    )
    assert oxigraph(done.stdout, ox.RdfFormat.N_TRIPLES) == meant
