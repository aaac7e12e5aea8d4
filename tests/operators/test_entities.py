"""Named entities: people, organizations and places, and nothing that a note explains as a term."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from waygraph.model import Document, Entities
from waygraph.operators.entities import entities, entity_keys
from waygraph.operators.parsing import parse
from waygraph.read.markdown import read_markdown

pytestmark = pytest.mark.slow


def found_in(text: str, name: str = "day-1.md") -> Entities:
    document = read_markdown(name, text.encode())
    assert isinstance(document, Document)
    found: Entities
    (found,) = entities([document], parse([document]))
    return found


def kinds(text: str, name: str = "day-1.md") -> Mapping[str, str]:
    return {one.label: one.kind for one in found_in(text, name).found}


def test_people_organizations_and_places_with_where_they_stand() -> None:
    text = (
        "Today I read a post by Simon Willison about databases. Later Simon Willison said more.\n"
        "\nA talk by Katherine Johnson, who works at Stanford University in San Francisco.\n"
        "\nThe course was given in Switzerland.\n"
    )
    found = found_in(text)
    assert {one.label: one.kind for one in found.found} == {
        "Simon Willison": "person",
        "Katherine Johnson": "person",
        "Stanford University": "organization",
        "San Francisco": "place",
        "Switzerland": "place",
    }
    assert [one.key for one in found.found] == sorted(one.key for one in found.found)
    document = read_markdown("day-1.md", text.encode())
    assert isinstance(document, Document)
    for one in found.found:
        assert {document.text[s.start : s.end] for s in one.spans} == {one.label}
    willison = next(one for one in found.found if one.label == "Simon Willison")
    assert len(willison.spans) == 2
    assert "simon willison" in entity_keys(found)
    assert "database" not in entity_keys(found)


@pytest.mark.parametrize(
    "text",
    [
        "We used the App Store, Deep Learning and an API Gateway with Beautiful Soup.",
        "Install Arch Linux by hand, then run Visual Studio Code on Apple Silicon.",
        "The Large Language Models of Hugging Face run on the GPU with PyTorch and Kaggle.",
        "A Monte Carlo method, a Markov chain and the Von Neumann architecture.",
        "Read `Simon Willison` and $Simon Willison$.",
        "In Python and in Java one writes loops. Elixir runs on Erlang.",
    ],
)
def test_terms_and_products_are_none(text: str) -> None:
    assert kinds(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "# Alan Turing\n\nWork by Alan Turing said so.\n",
        "Work by [[Alan Turing]] matters; Alan Turing said so.\n",
        "---\ntags: [Alan Turing]\n---\nWork by Alan Turing matters.\n",
        "## Alan Turing\n\nWork by Alan Turing matters.\n",
    ],
)
def test_what_a_note_presents_as_a_term_is_none(text: str) -> None:
    assert kinds(text) == {}
    assert kinds("Work by Alan Turing matters; Alan Turing said so.\n") == {"Alan Turing": "person"}


def test_a_link_to_a_page_beside_the_note_is_a_title() -> None:
    assert kinds("See [Skip Morgan](skip-morgan.md) of Skip Morgan.") == {}
    told = "Thanks to [Skip Morgan](https://github.com/skip) for this."
    assert kinds(told) == {"Skip Morgan": "person"}


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("Ada Lovelace.md", "---\ntags: [person]\n---\n", "person"),
        ("people/Ada Lovelace.md", "", "person"),
        ("Acme.md", "---\ntags: [company]\n---\n", "organization"),
        ("places/Acme.md", "", "place"),
    ],
)
def test_a_page_says_itself_that_it_is_about_somebody(name: str, head: str, kind: str) -> None:
    title = name.rpartition("/")[2].removesuffix(".md")
    assert kinds(f"{head}# {title}\n\nLived long ago.\n", name) == {title: kind}


def test_a_note_in_another_language_is_not_asked_about() -> None:
    text = "---\nlang: de\n---\nDas Buch von Simon Willison wurde gestern in der Stadt gelesen.\n"
    assert kinds(text) == {}
    assert kinds("") == {}
