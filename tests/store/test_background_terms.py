"""Background lists: read once, kept until they change, and what is wrong is said by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from waygraph.errors import SettingsError
from waygraph.store import background_terms
from waygraph.store.background_terms import read_background_terms
from waygraph.store.gazetteer import read_gazetteer
from waygraph.term_list import TermList


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "background.terms"


def write(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_lists_are_read_together(tmp_path: Path, kept: Path) -> None:
    one = write(tmp_path, "titles.txt", "\ufeff# titles\r\nGraph_theory\r\nTree | rooted trees\r\n")
    two = write(tmp_path, "nouns.txt", "heap")
    terms = TermList(read_background_terms([one, two], kept))
    assert len(terms) == 4
    assert all(word in terms for word in ("graph theory", "tree", "Rooted Tree", "heaps"))
    assert "titles" not in terms


def test_an_unchanged_list_is_not_read_again(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = write(tmp_path, "names.txt", "heap\n")
    first = read_background_terms([names], kept)
    with monkeypatch.context() as broken:
        broken.setattr(background_terms, "_hashes", lambda _path: 1 / 0)
        assert read_background_terms([names], kept) == first
        names.write_text("tree\n", encoding="utf-8")
        with pytest.raises(ZeroDivisionError):
            read_background_terms([names], kept)
    second = read_background_terms([names], kept)
    assert "tree" in TermList(second)
    assert "heap" not in TermList(second)


@pytest.mark.parametrize("at", [0, 40, -1])
def test_what_was_kept_and_damaged_is_made_anew(tmp_path: Path, kept: Path, at: int) -> None:
    names = write(tmp_path, "names.txt", "heap\ntree\n")
    whole = read_background_terms([names], kept)
    data = bytearray(kept.read_bytes())
    data[at] ^= 1
    kept.write_bytes(data)
    assert read_background_terms([names], kept) == whole
    kept.write_bytes(data[:50])
    assert read_background_terms([names], kept) == whole


def test_without_lists_nothing_is_kept(tmp_path: Path, kept: Path) -> None:
    read_background_terms([write(tmp_path, "names.txt", "heap\n")], kept)
    assert read_background_terms([], kept) == b""
    assert not kept.exists()


def test_parts_end_between_lines(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_terms, "_PART", 8)
    names = write(tmp_path, "names.txt", "\n".join(["heap", "tree", "graph", "é" * 4, "x"]))
    terms = TermList(read_background_terms([names], kept))
    assert len(terms) == 5
    assert "é" * 4 in terms


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"heap\nb\xe4r\n", r"names\.txt:2: the list is not UTF-8"),
        (b"heap\n" + b"x" * 20_000_000, r"names\.txt: it is no list of terms"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, kept: Path, data: bytes, told: str) -> None:
    names = write(tmp_path, "names.txt", data)
    with pytest.raises(SettingsError, match=told):
        read_background_terms([names], kept)
    assert not kept.exists()


def test_a_list_that_is_not_there_is_named(tmp_path: Path, kept: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.txt: the list of terms cannot be read"):
        read_background_terms([tmp_path / "none.txt"], kept)


def test_a_large_gazetteer_is_to_be_background(tmp_path: Path) -> None:
    names = write(tmp_path, "names.txt", "\n".join(f"term {i}" for i in range(50_001)))
    with pytest.raises(SettingsError, match="has 50,001 lines") as caught:
        read_gazetteer(names)
    assert 'background = ["names.txt"]' in caught.value.hint
