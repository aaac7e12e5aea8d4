"""Languages: told from prose, not from code or a word or two; the note's own word comes first."""

from __future__ import annotations

import pytest

from waygraph.model import Candidates, Failure, Phrases, Tokens
from waygraph.operators import language
from waygraph.operators.language import language_of
from waygraph.operators.notices import notices
from waygraph.operators.parsing import parse
from waygraph.order import NO_ORDER
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


NAMES = (
    "Anna Keller", "Jonas Weber", "Maria Huber", "Lukas Schmid", "Sophie Meier", "Paul Fischer",
    "Emma Wagner", "Felix Becker", "Laura Hoffmann", "Max Koch", "Luc Wagener", "Jang Muller",
)  # fmt: skip
WORDS = {
    "der Hund": "the dog", "die Katze": "the cat", "das Haus": "the house", "laufen": "to run",
    "schön": "beautiful", "der Baum": "the tree", "die Schwester": "the sister", "groß": "big",
    "der Lehrer": "the teacher", "die Schule": "the school", "das Fenster": "the window",
}  # fmt: skip
CHORDS = "Am G F E\nDm Am E Am\nEm C D G\nBm Em A D7\nCmaj7 Gsus4 F/A Cadd9\n"
NO_PROSE = {
    "names in a list": "# Guests\n\n" + "".join(f"- {name}\n" for name in NAMES),
    "names in a row": ", ".join(NAMES),
    "names without commas": " ".join(NAMES),
    "names in lines": "\n".join(NAMES),
    "chords": CHORDS * 6,
    "chords in a row": " ".join(CHORDS.split() * 6),
    "tablature": "e|--0--3--2--0--|\nB|--1--0--3--1--|\nG|--0--0--2--2--|\n" * 6,
    "vocabulary": "".join(f"- {word} - {meaning}\n" for word, meaning in WORDS.items()),
    "vocabulary of equations": "\n".join(f"{word} = {meaning}" for word, meaning in WORDS.items()),
    "vocabulary in a table": "| de | en |\n|---|---|\n"
    + "".join(f"| {word} | {meaning} |\n" for word, meaning in WORDS.items()),
    "foreign words": "\n".join(f"- {word}" for word in WORDS),
    "Russian words": "\n".join(f"- {w}" for w in "собака кошка дом дерево машина окно".split()),
    "Chinese words": "- 狗 dog\n- 猫 cat\n- 房子 house\n- 学校 school\n- 老师 teacher\n- 图书馆\n",
    "code": "```python\nfür_jeden = lambda knoten: [kante for kante in knoten]\n```\n" * 9,
    "commands": "kubectl get pods\nsudo apt install nginx\ndocker compose up\nnpm run dev\n" * 4,
    "a table of figures": "| Name | Qty | Price |\n|---|---|---|\n" + "| Äpfel | 12 | 3.40 |\n" * 9,
    "shopping": "milk, eggs, bread, butter, flour, sugar, oil, rice, pasta, tomatoes, onions, jam",
    "cities": "Tokyo Berlin Paris Roma Madrid Lisboa Wien Praha Warszawa Budapest Oslo Stockholm",
    "places": "\n".join(f"- {t} Lëtzebuerg" for t in ("Esch", "Diddeleng", "Déifferdeng", "Wolz")),
    "an address": "Brown, Institute for Research in Information and Scholarship, 155 George St",
    "one line": "Met Tom, ate well.",
}


@pytest.mark.parametrize("name", NO_PROSE)
def test_what_is_no_prose_is_in_no_other_language(name: str) -> None:
    assert language_of(read_markdown("x.md", NO_PROSE[name].encode())) in ("", "en")


# A few sentences of each language, which say the same.
PROSE = {
    "de": "Heute habe ich über Graphen gelesen. Ein Graph besteht aus Knoten und Kanten.",
    "fr": "Hier j'ai lu un texte sur les graphes. Un graphe est fait de sommets et d'arêtes.",
    "es": "Hoy he leído sobre los grafos. Un grafo está formado por nodos y aristas que los unen.",
    "it": "Oggi ho letto un testo sui grafi. Un grafo è fatto di nodi e di archi che li uniscono.",
    "nl": "Vandaag heb ik over grafen gelezen. Een graaf bestaat uit knopen en kanten daartussen.",
    "pl": "Dzisiaj długo czytałem o grafach. Graf składa się z wierzchołków i ich krawędzi.",
    "sv": "Idag läste jag en text om grafer. En graf består av noder och kanter som förbinder dem.",
    "fi": "Tänään luin pitkän tekstin verkoista. Verkko koostuu solmuista ja niiden kaarista.",
    "lb": "Haut hunn ech iwwer Graphe gelies. E Graph besteet aus Kniet an aus ville Kanten.",
    "ru": "Сегодня я читал о графах. Граф состоит из вершин и рёбер.",
    "uk": "Сьогодні я читав про графи. Граф складається з вершин і ребер.",
    "el": "Σήμερα διάβασα για τους γράφους. Ένας γράφος αποτελείται από κόμβους και ακμές.",
    "zh": "今天我读了关于图的内容。图由节点和边组成，边连接两个节点。",
    "ja": "今日はグラフについて読みました。グラフは頂点と辺からなります。",
    "ko": "오늘 나는 그래프에 대해 읽었다. 그래프는 정점과 간선으로 이루어진다.",
    "th": "วันนี้ฉันอ่านเรื่องกราฟ กราฟประกอบด้วยจุดยอดและเส้นเชื่อม",
}


@pytest.mark.parametrize("code", PROSE)
def test_a_few_sentences_tell_the_language(code: str) -> None:
    assert language_of(read_markdown("x.md", PROSE[code].encode())) == code
    items = "\n".join(f"- {one}" for one in PROSE[code].replace("。", "。\n").split("\n"))
    assert language_of(read_markdown("x.md", f"# Day 3\n\n{items}\n".encode())) == code


def test_english_loads_nothing_to_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_identify", None)
    told = "This is told from the function words that most notes have, and from these alone. "
    assert language_of(read_markdown("x.md", (2 * told).encode())) == "en"
    with pytest.raises(TypeError):  # what is not so sure is identified
        language_of(read_markdown("x.md", GERMAN.encode()))


def test_warnings_are_collected_by_address() -> None:
    found = [Candidates(a, "", (), (), w) for a, w in (("b", "B"), ("c", ""), ("a", "A"))]
    assert notices(found, NO_ORDER).found == (Failure("a", "A"), Failure("b", "B"))


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
        assert (foreign.phrases, foreign.tokens, foreign.language) == (Phrases(), Tokens(), "")
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
