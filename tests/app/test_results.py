"""What operators give is what its bytes say, so that who takes it cannot tell which it got."""

from __future__ import annotations

from pathlib import Path

import pytest

import waygraph
from waygraph.codec import decode, encode

pytestmark = pytest.mark.slow


def test_results_are_of_their_types_down_to_the_last_number(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[object] = []

    def kept(value: object) -> bytes:
        given.append(value)
        return encode(value)

    monkeypatch.setattr("waygraph.compute.execute.encode", kept)
    waygraph.ingest(sorted((checkout / "data" / "notes").glob("*.md"))[:8], tmp_path)
    assert len({type(value) for value in given}) == 9  # the operators over documents
    for value in given:
        # lists and tuples, whole numbers and fractions look the same in bytes but not here
        assert repr(decode(encode(value), type(value))) == repr(value)
