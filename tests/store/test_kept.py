"""What is kept of named graphs beside the store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from waygraph.compute.cache import Cache
from waygraph.store.kept import GraphKeeper, lines_key
from waygraph.store.packed import pack, unpack


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"))))
def test_packed_lines_are_read_back(lines: list[str]) -> None:
    assert unpack(pack(lines)) == "\n".join(lines)


def test_several_threads_may_keep_graphs(tmp_path: Path) -> None:
    digests = [f"digest {n}" for n in range(1200)]
    with Cache(tmp_path / "cache") as cache:
        keeper = GraphKeeper(cache)
        with ThreadPoolExecutor(4) as threads:
            list(
                threads.map(
                    lambda digest: keeper.add(digest, [f"<x:a> <x:b> <{digest}> ."]), digests
                )
            )
        keeper.flush()
        found = cache.get([lines_key(digest) for digest in digests])
    assert {unpack(value) for value in found.values()} == {
        f"<x:a> <x:b> <{digest}> ." for digest in digests
    }
