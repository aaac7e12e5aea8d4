"""The cache: bytes by key, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from waygraph.compute.cache import LASTING, Cache, remove_cache
from waygraph.errors import BrokenCache, StoreError


def test_what_is_put_is_got_by_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "made" / "cache.sqlite"
    with Cache(path) as cache:
        cache.put({"a": b"\0\xff", "b": b""})
        cache.put({})
    with Cache(path) as cache:
        assert cache.get(["b", "none", "a"]) == {"a": b"\0\xff", "b": b""}
        assert cache.get([]) == {}


def test_many_keys_at_once(tmp_path: Path) -> None:
    values = {f"{number:05}": str(number).encode() for number in range(1_501)}
    with Cache(tmp_path / "cache.sqlite") as cache:
        cache.put(values)
        assert cache.get([*values, "none"]) == values


def test_a_value_stays(tmp_path: Path) -> None:
    with Cache(tmp_path / "cache.sqlite") as cache:
        cache.put({"a": b"first"})
        cache.put({"a": b"second", "b": b"b"})
        assert cache.get(["a", "b"]) == {"a": b"first", "b": b"b"}


def test_two_may_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with Cache(path) as one, Cache(path) as two:
        one.put({"a": b"1"})
        two.put({"a": b"1", "b": b"2"})
        assert one.get(["a", "b"]) == {"a": b"1", "b": b"2"}


def test_what_is_unused_goes_once_it_is_the_greater_part(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    old = {f"old {n}": b"" for n in range(2_000)}
    with Cache(path) as cache:
        cache.put(old | {f"{LASTING}a": b"a", "also": b"b"})
        assert cache.drop_unused(tuple) == 0  # it was put just now
    new = {f"new {n}": b"" for n in range(1_990)}
    with Cache(path) as cache:
        cache.put(new)
        assert cache.digests(["old 7", "none"]).keys() == {"old 7"}
        assert cache.drop_unused(lambda: ["also", "none"]) == 1_999
        kept = {*new, "old 7", "also", f"{LASTING}a"}
        assert cache.get([*old, *new, "also", f"{LASTING}a"]).keys() == kept
    with Cache(path) as cache:
        cache.put({f"newer {n}": b"" for n in range(1_995)})
        assert cache.drop_unused(tuple) == 0  # half of it is used


def check_broken(error: StoreError, path: Path) -> None:
    assert isinstance(error, BrokenCache)
    assert error.message.startswith(f"cannot use the cache {path}: ")
    assert error.hint == "it holds nothing that cannot be made again: `waygraph ingest` does so"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(StoreError) as caught:
        Cache(path)
    check_broken(caught.value, path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "cache.sqlite"
    with pytest.raises(StoreError) as caught:
        Cache(path)
    assert not isinstance(caught.value, BrokenCache)
    assert caught.value.hint == f"see to {path.parent}, and try again"


def test_a_damaged_page(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    keys = [f"{number:04}" for number in range(500)]
    with Cache(path) as cache:
        cache.put(dict.fromkeys(keys, b"x" * 100))
    data = path.read_bytes()
    path.write_bytes(data[:8_192] + b"\xff" * (len(data) - 8_192))
    with Cache(path) as cache:
        with pytest.raises(StoreError) as caught:
            cache.get(keys)
        check_broken(caught.value, path)
        with pytest.raises(StoreError) as caught:
            cache.put({f"new {key}": b"y" for key in keys})
        check_broken(caught.value, path)


def test_bytes_that_were_not_put(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with Cache(path) as cache:
        cache.put({"a": b"x" * 100})
    path.write_bytes(path.read_bytes().replace(b"x" * 100, b"x" * 99 + b"y"))
    with Cache(path) as cache:
        with pytest.raises(BrokenCache) as caught:
            cache.get(["a"])
        check_broken(caught.value, path)
    remove_cache(path)
    assert not list(tmp_path.iterdir())
