"""Languages: told from prose, not from code or a word or two; the note's own word comes first."""

from __future__ import annotations

import pytest

from waygraph.model import Candidates, Failure
from waygraph.operators import language
from waygraph.operators.language import language_of
from waygraph.operators.notices import notices
from waygraph.operators.parsing import parse
from waygraph.read.markdown import read_markdown

GERMAN = """# Bäume

Ein **Baum** ist ein zusammenhängender kreisfreier Graph. Er hat genau eine Kante weniger als
Knoten, und zwischen je zwei Knoten gibt es genau einen Weg. Siehe auch [[Graph]].
"""
ENGLISH = """# Trees

A tree is a connected graph without cycles. It has one edge fewer than it has nodes, and there
is exactly one way from each of its nodes to every other.
"""
ROMANIAN = """# Arbori

Un arbore are un singur drum de la un nod la altul. Cu alte cuvinte, un arbore este un graf conex
care nu are cicluri, iar algoritmul are nevoie de o coadă de priorități ("priority queue").
"""
DANISH = """# Træer

Et træ er en graf uden kredse. And og gås er fugle, men from er et gammelt ord for god. Der er
netop én vej fra den ene knude til den anden, og det gælder for alle knuder.
"""
DUTCH = """# Bomen

Een boom is een samenhangende graaf zonder kringen. Het algoritme heet "search the tree" en wordt
gebruikt wanneer er precies een pad is van iedere knoop naar iedere andere knoop van de boom.
"""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (ROMANIAN, "ro"),
        (DANISH, "da"),
        (DUTCH, "nl"),
        (GERMAN, "de"),
        (ENGLISH, "en"),
        ("图论是数学的一个分支。它以图为研究对象。", "zh"),
        ("Ein Baum.", ""),
        ("# Heap\n\n`pip install numpy` " * 20, ""),
        ("---\nlang: de-AT\n---\n" + ENGLISH, "de"),
        ("---\nlanguage: EN_us\n---\nEin Baum.", "en"),
        ("---\nlang: '{{ site.lang }}'\n---\n" + GERMAN, "de"),
        ("", ""),
    ],
)
def test_the_language_of_a_note(body: str, code: str) -> None:
    assert language_of(read_markdown("x.md", body.encode())) == code


def test_english_loads_nothing_to_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_identify", None)
    told = "This is told from the function words that most notes have, and from these alone. "
    assert language_of(read_markdown("x.md", (2 * told).encode())) == "en"
    with pytest.raises(TypeError):  # what is not so sure is identified
        language_of(read_markdown("x.md", GERMAN.encode()))


def test_warnings_are_collected_by_address() -> None:
    found = [Candidates(a, "", (), (), w) for a, w in (("b", "B"), ("c", ""), ("a", "A"))]
    assert notices(found).found == (Failure("a", "A"), Failure("b", "B"))


@pytest.mark.slow
def test_another_language_is_read_by_its_structure() -> None:
    bodies = {
        "baum": GERMAN,
        "tree": ENGLISH,
        "tu": "# 图\n\n图论是数学的一个分支。它以图为研究对象。",
    }
    documents = [read_markdown(f"{name}.md", body.encode()) for name, body in bodies.items()]
    german, english, chinese = parse(documents)
    text = documents[0].text
    assert [text[s.start : s.end].split()[0] for s in german.sentences] == [
        "Bäume", "Ein", "Er", "Siehe",
    ]  # fmt: skip
    assert len(chinese.sentences) == 3
    for foreign, code in ((german, "de"), (chinese, "zh")):
        assert (foreign.phrases, foreign.tokens, foreign.language) == ((), (), "")
        assert f"language '{code}'" in foreign.warning
    assert (english.language, english.warning) == ("en", "")
    assert english.phrases


@pytest.mark.slow
def test_another_model_is_a_setting(tmp_path_factory: pytest.TempPathFactory) -> None:
    import spacy

    folder = tmp_path_factory.mktemp("model")
    german = spacy.blank("de")
    german.add_pipe("sentencizer")
    german.to_disk(folder)
    documents = [read_markdown(f"{n}.md", b.encode()) for n, b in (("a", GERMAN), ("b", ENGLISH))]
    first, second = parse(documents, model=str(folder))
    assert first.warning == ""
    assert len(first.sentences) == 4
    assert "language 'en'" in second.warning
