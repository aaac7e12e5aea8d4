"""IRIs that dereference: a page for people, RDF for programs; and hostile notes shown as text."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from starlette.testclient import TestClient

import waygraph
from tests.app.web.conftest import BASE, TOKEN
from waygraph.app.ask import open_data
from waygraph.app.web.server import make_app
from waygraph.config import Workspace
from waygraph.vocab import concept_iri, document_iri

pytestmark = pytest.mark.slow
IRI = concept_iri("https://w3id.org/waygraph/local/", "heuristic")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (BROWSER, "text/html"),
        ("*/*", "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("text/turtle;q=0.2, application/ld+json;q=0.9", "application/ld+json"),
    ],
)
def test_a_concept_as_the_client_likes_it(anyone: TestClient, accept: str, kind: str) -> None:
    found = anyone.get("/id/concept/heuristic", headers={"accept": accept})
    assert found.status_code == 200
    assert found.headers["content-type"].partition(";")[0] == kind
    assert found.headers["vary"] == "Accept"
    if kind == "text/html":
        assert "<bdi>heuristic</bdi>" in found.text
        return
    form = ox.RdfFormat.from_media_type(kind)
    assert form is not None
    triples = [t.triple for t in ox.parse(found.content, form)]
    me = ox.NamedNode(IRI)
    assert all(me in (t.subject, t.object) for t in triples)
    label = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    assert [t.object.value for t in triples if t.predicate == label] == ["heuristic"]


def test_what_is_not_there_or_has_no_such_form(anyone: TestClient) -> None:
    assert anyone.get("/id/concept/nothing").status_code == 404
    assert anyone.get("/id/").status_code == 404
    assert anyone.get("/id/a%3E%20%7B%7D").status_code == 404
    png = anyone.get("/id/concept/heuristic", headers={"accept": "image/png"})
    assert png.status_code == 406


class Links(HTMLParser):
    """What a page holds: its links, its elements, its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


def test_the_links_of_a_page_lead_on(anyone: TestClient) -> None:
    links = Links(anyone.get("/id/concept/heuristic").text).links
    ours = [link for link in links if link.startswith("/id/")]
    assert len(ours) > 10
    for link in ours:
        assert anyone.get(link).status_code == 200, link


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.exe'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace whose base is this server's, with a note that is hostile and one in Greek."""
    root = tmp_path_factory.mktemp("hostile")
    (root / ".waygraph").mkdir()
    settings = f'base = "{BASE}/notes/"\n'
    (root / ".waygraph" / "settings.toml").write_text(settings, encoding="utf-8")
    note = root / "notes" / '"><svg onload=alert(3)>.md'
    note.parent.mkdir()
    note.write_text(
        f"# {HOSTILE}\n\nA **widget** is a [thing](javascript:alert(4)) of {HOSTILE}.\n",
        encoding="utf-8",
    )
    greek = root / "notes" / "naïve λόγος.md"
    greek.write_text("# naïve λόγος\n\nThe naïve λόγος requires a widget.\n", encoding="utf-8")
    return waygraph.ingest([root / "notes"], root).workspace


def test_what_a_hostile_note_says_is_text(hostile: Workspace) -> None:
    client = TestClient(make_app(hostile, TOKEN), base_url=BASE)
    with open_data(hostile) as data:
        rows = [iri for (iri,) in data.select("SELECT DISTINCT ?s { ?s ?p ?o }")]
    # a fragment stays with the client
    ours = {iri.partition("#")[0] for iri in rows if iri.startswith(hostile.settings.base)}
    things = sorted(ours)
    assert len(things) > 10
    for iri in things:
        found = client.get(quote(iri, safe="/:%"))
        assert found.status_code == 200, iri
        page = Links(found.text)
        assert not page.tags & {"script", "img", "svg", "iframe", "style", "form"}
        assert not [name for name in page.attributes if name.startswith("on")]
        assert all(link.startswith(("/id/", "http://", "https://")) for link in page.links)
    card = client.get(
        "/api/document",
        params={"address": 'notes/"><svg onload=alert(3)>.md'},
        headers={"authorization": f"Bearer {TOKEN}"},
    )
    assert card.headers["content-type"] == "application/json"
    assert HOSTILE in card.json()["lines"][0]["text"]


def test_iris_of_a_base_of_this_server_dereference_as_they_are(hostile: Workspace) -> None:
    client = TestClient(make_app(hostile, TOKEN), base_url=BASE)
    for iri in (
        concept_iri(hostile.settings.base, "widget"),
        document_iri(hostile.settings.base, "notes/naïve λόγος.md"),
    ):
        found = client.get(quote(iri, safe="/:%"), headers={"accept": "application/n-triples"})
        assert found.status_code == 200, iri
        assert ox.NamedNode(iri) in {
            t.subject for t in ox.parse(found.content, ox.RdfFormat.N_TRIPLES)
        }
