"""Whatever a note has become: it is read or refused, soon, and every offset holds.

``WAYGRAPH_MUTATIONS=100000 scripts/test tests/read/test_mutations.py`` tries more of them.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.read.checks import check_map
from tests.read.mutations import as_notebook, files_of, mutated
from waygraph.errors import ReadError
from waygraph.model import Document
from waygraph.read.links import resolve_links
from waygraph.read.note import read_source

COUNT = int(os.environ.get("WAYGRAPH_MUTATIONS", "3000"))
# Seconds of processor time that no note may take, however slow the machine: a hang.
LONGEST = 20.0


def holds(document: Document) -> None:
    """The map is sound, every span lies in the text, every target in the corpus."""
    check_map(document, reads=lambda _here, _there: True)
    spans = [b.span for b in document.blocks] + [m.span for m in document.marks]
    spans += [link.span for link in document.links] + [s.span for s in document.sections]
    for span in spans:
        assert 0 <= span.start <= span.end <= len(document.text)
        start, end = document.source_span(span) if span.start < span.end else (0, 0)
        assert 0 <= start <= end <= len(document.source)
    for target in resolve_links([document])[0].found:
        assert target.address in ("", document.address)


def tried(name: str, data: bytes) -> float:
    """Read and check one note; the seconds that reading it took."""
    start = time.process_time()
    try:
        document = read_source(name, data)
    except ReadError as error:
        assert error.reason
        return time.process_time() - start
    took = time.process_time() - start
    holds(document)
    return took


def test_mutations_of_the_sample(checkout: Path) -> None:
    files = files_of(checkout / "data")
    for seed in range(300):
        name, data = mutated(seed, files)
        assert tried(name, data) < LONGEST, f"seed {seed}"


@pytest.mark.parametrize("piece", ["https://a&", "https://a"])
def test_many_of_one_kind_in_one_note(piece: str) -> None:
    # what is sought to the end of the text from every place would take minutes
    assert tried("note.md", (piece * (200_000 // len(piece)) + " ").encode()) < LONGEST


@pytest.mark.slow
def test_mutations_of_the_shared_data(shared: Path) -> None:
    files = files_of(shared)
    slowest = (0.0, -1)
    for seed in range(COUNT):
        name, data = mutated(seed, files)
        try:
            took = tried(name, data)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
        slowest = max(slowest, (took, seed))
    print(f"{COUNT:,} mutations; the slowest, {slowest[1]}, took {slowest[0]:.2f} s")
    assert slowest[0] < LONGEST, f"seed {slowest[1]}"


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".md", ".org", ".txt", ".ipynb"])
def test_every_shared_file_as_every_kind_of_note(shared: Path, suffix: str) -> None:
    for path in files_of(shared)[:: 1 if suffix == ".md" else 7]:
        data = path.read_bytes()
        if suffix == ".ipynb":
            data = as_notebook(data)
        assert tried(f"note{suffix}", data) < LONGEST, path
