"""The datagraph on disk: named graphs are replaced whole, with their provenance."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from waygraph.errors import StoreError
from waygraph.model import (
    Document,
    Mention,
    Mentions,
    Relation,
    Relations,
    Span,
    Target,
    Targets,
    digest_of,
)
from waygraph.read.markdown import read_markdown
from waygraph.store import dataset, writer
from waygraph.store.backend import Embedded
from waygraph.store.convert import Converter, text
from waygraph.store.dataset import Dataset, NamedGraph
from waygraph.store.kept import GraphKeeper
from waygraph.vocab import OA, PROV, WG, graph_iri, provenance_graph, run_iri

BASE = "https://example.org/notes/"
RUN = run_iri(BASE, "mentions", "0123")


def graph(*values: str, run: str = RUN) -> NamedGraph:
    """A named graph with one triple per value."""
    return NamedGraph.of(sorted(f"<{BASE}s> <{BASE}p> {text(v)} ." for v in set(values)), run)


def name(local: str) -> str:
    return graph_iri(BASE, "mentions", f"{local}.md")


def provenance(data: Dataset, subject: str) -> dict[str, str]:
    """What the provenance graph says of a named graph: property -> value."""
    query = "SELECT ?p ?o { GRAPH $g { $s ?p ?o } }"
    return dict(data.select(query, g=provenance_graph(BASE), s=subject))


def test_replace_writes_keeps_changes_and_drops(tmp_path: Path) -> None:
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        first = {name("a"): graph("1", "2"), name("b"): graph("2", "3")}
        assert data.replace(first.items()) == (2, 0)
        assert data.replace(first.items()) == (0, 0)
        changed = first | {name("b"): graph("3", "4")}
        assert data.replace(changed.items()) == (1, 0)
        assert data.lines() == graph("1", "2", "3", "4").make()
        assert data.replace({name("b"): changed[name("b")]}.items()) == (0, 1)
        assert data.lines() == graph("3", "4").make()
        assert provenance(data, name("a")) == {}
        assert data.replace({}.items()) == (0, 1)
        assert data.lines() == []
        assert data.digests() == {}


def test_provenance_holds_the_digest_and_the_run(tmp_path: Path) -> None:
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        for found in (graph("1"), graph("1", "2", run=RUN + "4")):
            data.replace({name("a"): found}.items())
            assert provenance(data, name("a")) == {
                WG + "digest": digest_of(*found.make()),
                PROV + "wasGeneratedBy": found.run,
            }
            assert data.digests() == {name("a"): digest_of(*found.make())}


def test_a_run_is_told_once_and_no_export_tells_it(tmp_path: Path) -> None:
    convert = Converter(BASE)
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace({name("a"): graph("1")}.items())
        before, digest = data.lines(), data.digest()
        for ended in ("2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00"):
            facts = (("operator", "mentions"), ("model", ""), ("endedAtTime", ended))
            data.write_provenance({RUN: convert.run(RUN, facts)})
            found = provenance(data, RUN)
            assert found[PROV + "endedAtTime"].startswith(ended[:10])
            assert found[WG + "operator"] == "mentions"
            assert WG + "model" not in found
        assert (data.lines(), data.digest()) == (before, digest)


contents = st.dictionaries(
    st.sampled_from("abcd").map(name),
    st.sets(
        st.sampled_from(["1", "2", "\\", "\\u0041", '"', "\n", "<x> .", "é", "{}"]), max_size=4
    ),
    max_size=4,
).map(lambda found: {g: graph(*values) for g, values in found.items()})


class Memory:
    """Keeps bytes by key."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.values[key] for key in keys if key in self.values}

    def put(self, values: Mapping[str, bytes]) -> None:
        self.values |= values


@given(
    st.lists(contents, min_size=1, max_size=4),
    st.sampled_from([1, 3, 50_000]),
    st.sampled_from([1, 4, 20_000]),
    st.booleans(),
)
@settings(max_examples=40)
def test_only_the_last_state_counts(
    states: list[dict[str, NamedGraph]], at_once: int, bulk: int, keeping: bool
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "_MOST", at_once)
        patch.setattr(dataset, "_BULK", bulk)
        kept = Memory() if keeping else None
        with Dataset(Path(folder) / "store", BASE, write=True, kept=kept) as data:
            for state in states:
                keeper = GraphKeeper(kept or Memory())
                data.replace(state.items(), keeper.add)
                keeper.flush()
            last = states[-1]
            for one, made in last.items():
                assert sorted(filter(None, data.backend.graph(one).split("\n"))) == made.make()
            assert data.lines() == sorted({line for g in last.values() for line in g.make()})
            assert data.digests() == {g: digest_of(*n.make()) for g, n in last.items()}


class Served(Embedded):
    """A store that others write to too, as a server is."""

    shared = True


def test_what_others_wrote_meanwhile_does_not_stay_beside_a_change(tmp_path: Path) -> None:
    kept, store = Memory(), Served(tmp_path / "store", write=True)
    data = Dataset(store, BASE, kept=kept)
    many = [str(number) for number in range(9)]
    for values in (many, [*many, "9"]):
        keeper = GraphKeeper(kept)
        data.replace({name("a"): graph(*values)}.items(), keeper.add)
        keeper.flush()
        store.update(f'INSERT DATA {{ GRAPH <{name("a")}> {{ <{BASE}s> <{BASE}p> "theirs" }} }}')
    data.replace({name("a"): graph(*many, "10")}.items())
    found = sorted(line for line in store.graph(name("a")).split("\n") if line)
    assert found == graph(*many, "10").make()


class Crashing:
    """A store that breaks off before or after a bulk load."""

    def __init__(self, store: ox.Store, loads: bool) -> None:
        self._store, self._loads = store, loads

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def bulk_load(self, *arguments: object, **named: object) -> None:
        if self._loads:
            self._store.bulk_load(*arguments, **named)  # type: ignore[arg-type]  # passed on
        raise KeyboardInterrupt


@pytest.mark.parametrize("loads", [False, True])
def test_a_bulk_load_broken_off_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loads: bool
) -> None:
    monkeypatch.setattr(dataset, "_BULK", 2)
    first = {name("a"): graph("1", "2"), name("b"): graph("3")}
    second = {name("a"): graph("2", "4"), name("c"): graph("5", "6")}
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        assert isinstance(data.backend, Embedded)
        data.backend.store = Crashing(data.backend.store, loads)  # type: ignore[assignment]  # as good as one
        with pytest.raises(KeyboardInterrupt):
            data.replace(first.items())
        assert set(data.digests().values()) == {""}
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        assert data.replace(second.items()) == (2, 1)
        assert data.lines() == graph("2", "4", "5", "6").make()
        assert data.digests() == {g: digest_of(*n.make()) for g, n in second.items()}
        assert provenance(data, name("b")) == {}
        assert provenance(data, name("a")) == {
            WG + "digest": second[name("a")].digest,
            PROV + "wasGeneratedBy": RUN,
        }


def test_written_is_told_of_what_is_written(tmp_path: Path) -> None:
    told: list[tuple[str, Collection[str]]] = []
    one, two = graph("1"), graph("2", "3")
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace({name("a"): one}.items())
        data.replace({name("a"): one, name("b"): two}.items(), lambda *both: told.append(both))
        assert data.graph(name("b")) in (two.make(), list(two.make())[::-1])
    assert told == [(two.digest, two.make())]


def test_lines_are_sorted_and_none_is_told_twice(tmp_path: Path) -> None:
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace({name(g): graph("é", "b", g, 'a "quoted" <x>') for g in "zyx"}.items())
        lines = data.lines()
    assert lines == graph("é", "b", "x", "y", "z", 'a "quoted" <x>').make()


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace({name("a"): graph("1")}.items())
        with pytest.raises(StoreError, match="in use by another waygraph") as caught:
            Dataset(tmp_path / "store", BASE, write=True)
        assert "wait" in caught.value.hint
    # the lock goes with the first
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        assert data.lines() == graph("1").make()


def test_a_reader_beside_a_writer_sees_what_was_there(tmp_path: Path) -> None:
    with Dataset(tmp_path / "store", BASE, write=True) as writer:
        writer.replace({name("a"): graph("1")}.items())
        with Dataset(tmp_path / "store", BASE) as reader:
            writer.replace({name("a"): graph("2")}.items())
            assert reader.lines() == graph("1").make()
            assert writer.lines() == graph("2").make()
        with Dataset(tmp_path / "store", BASE) as reader:
            assert reader.lines() == graph("2").make()


def test_a_store_that_is_not_there_or_broken_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot use the store") as caught:
        Dataset(tmp_path / "none", BASE)
    assert caught.value.hint
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match="cannot use the store"):
        Dataset(tmp_path / "file", BASE, write=True)


def test_select_gives_plain_values(tmp_path: Path) -> None:
    line = f'<{BASE}s> <{BASE}p> "1.5"^^<http://www.w3.org/2001/XMLSchema#decimal> .'
    count = f'<{BASE}s> <{BASE}q> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .'
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace({name("a"): NamedGraph.of([line, count], RUN)}.items())
        query = "SELECT ?p ?q ?r { $s <%sp> ?p ; <%sq> ?q . OPTIONAL { $s <%sr> ?r } }"
        rows = list(data.select(query % (BASE, BASE, BASE), s=BASE + "s"))
        assert rows == [(1.5, 7, None)]


@pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning")
def test_the_rdflib_copy_holds_every_graph(tmp_path: Path) -> None:
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace({name("a"): graph("1", "2"), name("b"): graph("2")}.items())
        copy = data.to_rdflib()
    assert {str(o) for o in copy.objects(None, rdflib.URIRef(BASE + "p"))} == {"1", "2"}
    assert len(copy.graph(rdflib.URIRef(name("b")))) == 1
    assert len(copy.graph(rdflib.URIRef(provenance_graph(BASE)))) == 4


MARKUP = """\ufeff---
title: "Marked **up**"
aliases: [Mark-up, "AT&T"]
tags: [text/markup]
---\r
# Marked *up*\r
\r
A **graph** is a *set* of [nodes](https://example.org/nodes_(graph)) &amp; edges\r
that goes on, with `code` and $x^2$; 😀 [[graph|the graph]] \\*escaped\\* <https://example.org>.\r
\r
> - An item with ***both*** of them.\r
>   And a second line &lt;here&gt;.\r
\r
| A *cell* | b\\|c |\r
|---|---|\r
| **one** | two |\r
"""


def selectors(data: Dataset) -> list[tuple[str, int, int, str, str, str, str]]:
    """(document, start, end, exact, prefix, suffix, plain text) of every place."""
    query = f"""PREFIX oa: <{OA}> SELECT ?source ?start ?end ?exact ?prefix ?suffix ?plain {{
        ?place oa:hasSource ?source ; oa:hasSelector ?position, ?quote .
        ?position a oa:TextPositionSelector ; oa:start ?start ; oa:end ?end .
        ?quote a oa:TextQuoteSelector ; oa:exact ?exact ; oa:prefix ?prefix ; oa:suffix ?suffix .
        OPTIONAL {{ ?place <{WG}plainText> ?plain }} }}"""
    return list(data.select(query))


def _words(document: Document) -> list[Span]:
    return [Span(*m.span()) for m in re.finditer(r"\w+", document.text)]


def test_every_selector_stands_at_its_quote(tmp_path: Path) -> None:
    document = read_markdown("marked up.md", MARKUP.encode())
    words = _words(document)
    assert len(words) > 40
    convert = Converter(BASE)
    mentions = Mentions(document.address, "", tuple(Mention("x", span) for span in words))
    runs = [
        Span(a.start, b.end)
        for a, b in zip(words, words[4:], strict=False)
        if any(k.span.start <= a.start and b.end <= k.span.end for k in document.blocks)
    ]
    claims = tuple(
        Relation("x", "uses", f"y{i}", 0.5, "test", document.address, (span, words[0]))
        for i, span in enumerate(runs)
    )
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        parts = {
            "documents": convert.document(
                document, Targets(document.address, (Target(),) * len(document.links))
            ),
            "mentions": convert.mentions(document, mentions),
            "relations": convert.relations(document, Relations(document.address, claims, (), ())),
        }
        data.replace({graph_iri(BASE, p, "marked up.md"): NamedGraph.of(n, RUN)
                      for p, n in parts.items()}.items())  # fmt: skip
        found = selectors(data)
    source = document.source
    for _, start, end, exact, prefix, suffix, _ in found:
        assert 0 <= start < end <= len(source)
        assert exact == source[start:end]
        assert source[:start].endswith(prefix)
        assert source[end:].startswith(suffix)
    places = {(start, end): exact for _, start, end, exact, *_ in found}
    # each word of the text is quoted as it stands, whatever the markup around it
    quoted = [places[document.offsets.source_start(w.start), document.offsets.source_end(w.end)]
              for w in words]  # fmt: skip
    assert quoted == [document.text[w.start : w.end] for w in words]
    # a longer quote takes the markup of what it wholly holds along
    plain = {p: exact for _, _, _, exact, _, _, p in found if p}
    assert plain["A graph is a set"] == "A **graph** is a *set*"
    assert plain["of nodes & edges that goes"] == (
        "of [nodes](https://example.org/nodes_(graph)) &amp; edges\r\nthat goes"
    )


@pytest.mark.parametrize("address", ["a b/ü 100%#?.md", "../up/[x]^\\.md", "~~/~.md", "日記/😀.md"])
def test_any_name_and_link_can_be_stored_and_changed(tmp_path: Path, address: str) -> None:
    body = "# T\n\n[a](http://localhost:PORT/) [b](https://x/100%25) [c](<https://x/ []>) \\u0041"
    convert = Converter(BASE)
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        for text_ in (body, body + " more \\u00e9 {}"):
            document = read_markdown(address, text_.encode())
            span = Span(0, len(document.text))
            mention = Mentions(address, "", (Mention("x", span),))
            about = convert.document(document, Targets(address, (Target(),) * 3))
            lines = sorted((*convert.mentions(document, mention), *about))
            data.replace(
                {graph_iri(BASE, "mentions", address): NamedGraph.of(sorted(lines), RUN)}.items()
            )
            assert data.lines() == _canonical(lines)


def _canonical(lines: list[str]) -> list[str]:
    quads = ox.parse("\n".join(lines), format=ox.RdfFormat.N_TRIPLES)
    written = ox.serialize((q.triple for q in quads), format=ox.RdfFormat.N_TRIPLES) or b""
    return sorted(set(written.decode().splitlines()))


def test_graphs_are_put_together_and_others_left(tmp_path: Path) -> None:
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace({name("a"): graph("1"), name("b"): graph("2"), name("c"): graph("3")}.items())
        data.put({name("a"): graph("4"), name("b"): None, name("d"): graph("5")})
        assert data.lines() == graph("3", "4", "5").make()
        assert set(data.digests()) == {name("a"), name("c"), name("d")}
        # all of it or nothing
        with pytest.raises(SyntaxError):
            data.put({name("c"): None, name("a"): NamedGraph.of(["no triple"], RUN)})
        assert data.lines() == graph("3", "4", "5").make()


def test_a_store_is_there_only_when_it_opens(tmp_path: Path) -> None:
    # what a killed process left of a store that it was making
    (tmp_path / "store.new").mkdir()
    (tmp_path / "store.new" / "LOCK").touch()
    with Dataset(tmp_path / "store", "https://example.org/", write=True) as data:
        assert data.digests() == {}
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    with Dataset(tmp_path / "store", "https://example.org/") as data:
        assert data.digests() == {}


def test_a_change_that_is_broken_off_is_told_until_one_is_finished(tmp_path: Path) -> None:
    def graphs(*names: str) -> dict[str, NamedGraph]:
        line = f"<{BASE}a> <{BASE}b> <{BASE}c> ."
        return {graph_iri(BASE, name): NamedGraph.of([line], f"{BASE}run/x") for name in names}

    def broken() -> Iterator[tuple[str, NamedGraph]]:
        yield from graphs("one").items()
        raise KeyboardInterrupt

    with Dataset(tmp_path / "store", BASE, write=True) as data:
        with data.change():
            data.replace(graphs("one", "two").items())
            assert data.unfinished()
        whole = data.backend.dump()
        assert data.unfinished() == ""
        with data.change():
            data.replace(graphs("one", "two").items())
            # nothing changed, nothing was written
            assert data.unfinished() == ""
        with pytest.raises(KeyboardInterrupt), data.change():
            data.replace(chain(graphs("three").items(), broken()))
        assert data.unfinished().endswith("Z")
    with Dataset(tmp_path / "store", BASE) as data:
        assert data.unfinished()
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        with data.change():
            data.replace(graphs("one", "two").items())
        assert data.unfinished() == ""
        assert sorted(data.backend.dump().split(b"\n")) == sorted(whole.split(b"\n"))


@pytest.mark.parametrize("microsecond", [0, 100_000, 123_450, 123_456])
def test_a_change_that_ended_leaves_no_mark_whenever_it_began(
    tmp_path: Path, microsecond: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(2026, 11, 30, 22, 11, 20, microsecond, tz)

    monkeypatch.setattr(dataset, "datetime", Clock)
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        with data.change():
            data.replace({name("a"): graph("1")}.items())
            assert data.unfinished().startswith("2026-11-30T22:11:20")
        assert data.unfinished() == ""
