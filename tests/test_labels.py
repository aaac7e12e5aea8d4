"""Labels: what makes two ways to write a term the same, and what is a term at all."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from waygraph.labels import is_term, key, singular, slug, tidy, word_key, words

LETTERS = "abceghiosxyz"
plain = st.text(LETTERS + LETTERS.upper() + "Ss19 -_*+#'’.", max_size=24)


# --- keys -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["Graph", "graph", "graphs", "GRAPHS", "graph's", "graphs'", " Graph. "], "graph"),
        (["A* search", "a* searches", "a star search", "A-star_search"], "a star search"),
        (["C++", "c++", "C plus plus"], "c plus plus"),
        (["C#", "c sharp", "C-Sharp"], "c sharp"),
        (["C", "c", "C's"], "c"),
        (["depth-first search", "Depth First Searches", "depth_first search"],
         "depth first search"),
        (["GPU", "GPUs", "gpu", "GPU's", "GPU’s"], "gpu"),
        (["NASA", "NASA's"], "nasa"),
        (["BIOS", "BIOSs", "BIOS's"], "bio"),
        (["GPS", "GPSs", "GPS's"], "gps"),
        (["matrix", "matrices"], "matrix"),
        (["Dijkstra's algorithm", "Dijkstra’s algorithms", "dijkstra algorithm"],
         "dijkstra algorithm"),
        (["Node.js", "node.js's"], "node.js"),
        (["Königsberg", "KÖNIGSBERG", "Ko\u0308nigsberg"], "königsberg"),
        (["Straße", "STRASSE"], "strasse"),
        (["ﬁle", "files", "ｆｉｌｅ"], "file"),
        (["知識グラフ"], "知識グラフ"),
        (["k-NN 2", "k NN 2"], "k nn 2"),
        (["", " - ", "!?", "_", "🙂"], ""),
    ],
)  # fmt: skip
def test_ways_to_write_one_term(labels: list[str], expected: str) -> None:
    assert {label: key(label) for label in labels} == dict.fromkeys(labels, expected)


@pytest.mark.parametrize(
    ("one", "other"),
    [("C", "C++"), ("C", "C#"), ("A", "A*"), ("it", "its"), ("class", "clas"), ("graph", "graphic"),
     ("re-sort", "resort"), ("café", "cafe"), ("new", "news"), ("π", "p")],
)  # fmt: skip
def test_terms_that_are_not_the_same(one: str, other: str) -> None:
    assert key(one) != key(other)


@settings(max_examples=500)
@given(plain)
@example("GPUSs")
@example("ABCSs")
@example("node.js's")
def test_a_key_is_its_own_key(label: str) -> None:
    label = re.sub(r"(['’]s)+", "'s", label)  # a possessive of a possessive is no word
    assert key(key(label)) == key(label)


@given(plain, plain)
def test_a_key_is_made_word_by_word(one: str, other: str) -> None:
    joined = f"{one} {other}"
    assert key(joined) == " ".join(filter(None, (key(one), key(other))))


@given(st.text(LETTERS, min_size=3, max_size=8))
def test_case_and_possession_do_not_count(word: str) -> None:
    assert key(word) == key(word.capitalize()) == key(word + "'s") == key(word + "’s")
    assert key(word) == word_key(word)


@given(st.text("ABGHIOX", min_size=2, max_size=6))
def test_an_acronym_and_its_plural_have_one_key(acronym: str) -> None:
    assert key(acronym + "s") == key(acronym) == key(acronym + "'s")


@given(st.text(max_size=20))
def test_a_composed_letter_is_the_same_letter(label: str) -> None:
    composed = unicodedata.normalize("NFC", label)
    accents = re.sub("[^\u0300-\u036f]", "", unicodedata.normalize("NFD", label))
    marks = [c for c in unicodedata.normalize("NFD", label) if unicodedata.combining(c)]
    if len(accents) == len(marks) and not re.search("(^|\\W)[\u0300-\u036f]", composed):
        assert key(unicodedata.normalize("NFD", composed)) == key(composed)


# --- words ------------------------------------------------------------------------------


@settings(max_examples=300)
@given(st.one_of(plain, st.text(max_size=30)), st.integers(0, 10), st.integers(0, 10))
def test_offsets_cut_out_the_words(text: str, start: int, cut: int) -> None:
    end = max(start, len(text) - cut)
    found = list(words(text, start, end))
    before = start
    for word in found:
        assert before <= word.start < word.end <= max(end, start)
        piece = text[word.start : word.end]
        assert word.key == word_key(piece)
        assert not set(" \t\n-_/()") & set(piece)
        before = word.end
    assert list(words(text)) == list(words(text, 0, len(text)))
    between = re.sub("[^\0]", " ", text)
    for word in words(text):
        between = between[: word.start] + text[word.start : word.end] + between[word.end :]
    left = "".join(c for c, kept in zip(text, between, strict=True) if kept == " ")
    assert not any(c.isalnum() for c in left)


def test_words_of_a_sentence() -> None:
    text = "Dijkstra's A* isn't Node.js 2.0, is it? U.S.-made C++/C#."
    assert [text[w.start : w.end] for w in words(text)] == [
        "Dijkstra's", "A*", "isn't", "Node.js", "2.0", "is", "it", "U.S", "made", "C++", "C#",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("graphs", "graph"), ("queries", "query"), ("ties", "tie"), ("classes", "class"),
        ("boxes", "box"), ("searches", "search"), ("hashes", "hash"), ("fizzes", "fizz"),
        ("matrices", "matrix"), ("indices", "index"), ("vertices", "vertex"), ("nodes", "node"),
        ("class", "class"), ("analysis", "analysis"), ("corpus", "corpus"),
        ("physics", "physics"), ("series", "series"), ("kubernetes", "kubernetes"),
        ("bias", "bias"), ("gas", "gas"), ("css", "css"), ("is", "is"), ("s", "s"), ("", ""),
        ("always", "always"), ("node.js", "node.js"),
    ],
)  # fmt: skip
def test_singular(plural: str, expected: str) -> None:
    assert singular(plural) == expected


# --- slugs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Graph theory", "graph-theory"),
        ("graphs", "graphs"),
        ("A* search", "a-star-search"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("Dijkstra's algorithm", "dijkstras-algorithm"),
        ("Dijkstra’s algorithm", "dijkstras-algorithm"),
        ("Node.js", "node.js"),
        ("  snake_case -- x/y ", "snake-case-x-y"),
        ("Ko\u0308nigsberg", "königsberg"),
        ("知識 グラフ", "知識-グラフ"),
        ("½", "1-2"),
        ("...", ""),
    ],
)
def test_slug(label: str, expected: str) -> None:
    assert slug(label) == expected


@settings(max_examples=500)
@given(st.one_of(plain, st.text(max_size=20)))
def test_a_slug_is_words_and_hyphens(label: str) -> None:
    found = slug(label)
    assert slug(label) == found
    assert re.fullmatch(r"(?:[^\W_][\w.\u0300-\u036f]*(?:-[^\W_][\w.\u0300-\u036f]*)*)?", found)
    assert "_" not in found
    assert not found.endswith(".")
    assert slug(found) == found
    assert found or not key(label)


# --- terms ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    ["graph", "A* search", "C", "R", "C++", "Dijkstra's algorithm", "depth-first search", "AI",
     "k-nearest neighbours", "rate of change", "3D rendering", "graph (mathematics)", "数学",
     "word embedding", "time series", "old graph"],
)  # fmt: skip
def test_a_term(label: str) -> None:
    assert is_term(label)


@pytest.mark.parametrize(
    "label",
    ["", "!", "x", "7", "2024", "1 2 3", "the graph", "what a graph is", "graphs and trees",
     "of graphs", "graphs of", "in", "thing", "things", "first example", "many examples 3",
     "Day 12", "day12 graph", "www.example.org", "https://example.org", "graph (mathematics",
     "graph] x", "one two three four five six", "state of the art"],
)  # fmt: skip
def test_no_term(label: str) -> None:
    assert not is_term(label)


def test_how_long_a_term_may_be() -> None:
    label = "one-hot graph neural network message passing layer"
    assert not is_term(label)
    assert is_term(label, longest=8)
    assert not is_term(label, longest=7)


@given(st.text(max_size=30))
def test_a_term_has_a_key_and_a_slug(label: str) -> None:
    if is_term(label):
        assert key(label)
        assert slug(label)


# --- tidying ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("graph", "graph"),
        ("  the\n Graph\ttheory,", "Graph theory"),
        ("A graph", "graph"),
        ("an edge", "edge"),
        ("A* search", "A* search"),
        ("A", "A"),
        ("the", "the"),
        ("theory", "theory"),
        ("another", "another"),
        ("“graph”", "graph"),
        ('"graph."', "graph"),
        ('"graph".', "graph"),
        ("(graph)", "graph"),
        ("Mercury (planet)", "Mercury (planet)"),
        ("“Mercury (planet)”.", "Mercury (planet)"),
        ("[graph].", "graph"),
        ("— graph —", "graph"),
        ("graph.", "graph"),
        ("e.g.", "e.g."),
        ("C++.", "C++"),
        ("Node.js", "Node.js"),
        (".NET", ".NET"),
        ("graph?!", "graph"),
        ("", ""),
        (" . ", ""),
    ],
)
def test_tidy(label: str, expected: str) -> None:
    assert tidy(label) == expected


@settings(max_examples=300)
@given(st.text("ab. ,;:!?\"'“”‘’()[]{}<>|/\\–—-\n\tthe", max_size=20))
def test_a_tidy_label_is_one_line_without_outer_marks(label: str) -> None:
    found = tidy(label)
    assert found == " ".join(found.split())
    assert not found or found[-1] not in ",;:!?\"'“”‘’([{<>|/\\–—- "
    # a bracket at the end closes one within the label
    for opening, closing in ("()", "[]", "{}"):
        assert not found.endswith(closing) or found.count(opening) == found.count(closing)
    assert not found or found[0] not in ",;:!?\"'“”‘’()[]{}<>|/\\–—- "
    assert found in " ".join(label.split())
