"""RDF of others that unfolds, nests or never ends: refused by name, within its limits."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from waygraph.errors import ReadError, SettingsError
from waygraph.store.background import read_background
from waygraph.store.gazetteer import read_gazetteer

pytestmark = pytest.mark.slow
RDF_XML = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.org/"'
    ' xmlns:skos="http://www.w3.org/2004/02/skos/core#">'
)


def entities(levels: int) -> str:
    """A file of some hundred bytes with a label of 10 to the power of ``levels``."""
    declared = "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "a"}">' for i in range(levels + 1)
    )
    return (
        f'<!DOCTYPE rdf:RDF [{declared}]>{RDF_XML}<rdf:Description rdf:about="http://e.org/x">'
        f"<skos:prefLabel>term</skos:prefLabel><skos:note>&a{levels};</skos:note>"
        "</rdf:Description></rdf:RDF>"
    )


def nested_elements(depth: int) -> str:
    inner = "<rdf:Description><e:p>" * depth + "</e:p></rdf:Description>" * depth
    return f"{RDF_XML}{inner}</rdf:RDF>"


def nested_triples(depth: int) -> str:
    return "<a:a> <a:b> " + "<<( <a:a> <a:b> " * depth + "<a:c>" + " )>>" * depth + " ."


BOMBS = [
    ("x.rdf", entities(7), r"x\.rdf: its literals have more than 20 times its bytes"),
    ("x.rdf", entities(9), r"x\.rdf: reading it was ended: it took more memory than 100 MB"),
    ("x.rdf", nested_elements(100_000), r"x\.rdf: after 1 s its time is up"),
    ("x.jsonld", '{"http://e.org/p":' * 5_000 + "1" + "}" * 5_000, r"took more memory than 100 MB"),
    ("x.jsonld", "[" * 100_000, r"x\.jsonld:1: it is no JSON-LD"),
    ("x.nt", nested_triples(100_000), r"x\.nt: reading it was ended: .* nested too deeply"),
    ("x.ttl", '<a:a> <a:b>\n"' + "x" * 17_000_000 + '" .', r"x\.ttl:2: .* too long"),
]


@pytest.mark.parametrize(("name", "content", "message"), BOMBS, ids=lambda v: str(v)[-25:])
def test_what_passes_its_limits_is_refused_by_name(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    seconds = 1 if "time is up" in message else 60
    with pytest.raises(ReadError, match=message):
        read_background(tmp_path / name, "http://b.org/", most_seconds=seconds, memory=100 << 20)


def test_entities_that_only_abbreviate_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.rdf").write_text(entities(5), encoding="utf-8")
    lines = read_background(tmp_path / "x.rdf", "http://b.org/")
    assert sorted(map(len, lines))[-1] > 100_000
    assert [one.label for one in read_gazetteer(tmp_path / "x.rdf").concepts] == ["term"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.nt", nested_triples(100_000), r"x\.nt: reading the gazetteer was ended: .* deeply"),
        ("x.rdf", nested_elements(100_000), r"x\.rdf: reading the gazetteer was ended: .* 1 s"),
    ],
)
def test_a_gazetteer_has_limits_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, message: str
) -> None:
    monkeypatch.setattr("waygraph.store.gazetteer._SECONDS", 1)
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        read_gazetteer(tmp_path / name)


@pytest.mark.parametrize(
    "context", ['"{0}"', '["{0}"]', '{{"@import": "{0}"}}', '{{"e": {{"@context": "{0}"}}}}']
)
def test_nothing_that_a_file_refers_to_is_fetched(tmp_path: Path, context: str) -> None:
    came: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            came.append(1)
            connection.close()

        waiting = threading.Thread(target=accept)
        waiting.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/context"
        said = context.format(address)
        (tmp_path / "x.jsonld").write_text(
            f'{{"@context": {said}, "@id": "http://e.org/x", "http://e.org/p": 1}}', "utf-8"
        )
        try:
            lines = read_background(tmp_path / "x.jsonld", "http://b.org/")
        except ReadError:
            lines = []
        assert len(lines) <= 1
        (tmp_path / "x.rdf").write_text(
            f'<!DOCTYPE rdf:RDF [<!ENTITY a SYSTEM "{address}">]>{RDF_XML}'
            '<rdf:Description rdf:about="http://e.org/x"><e:p>&a;</e:p></rdf:Description></rdf:RDF>'
        )
        with pytest.raises(ReadError):
            read_background(tmp_path / "x.rdf", "http://b.org/")
        server.shutdown(socket.SHUT_RDWR)
        waiting.join()
    assert came == []
