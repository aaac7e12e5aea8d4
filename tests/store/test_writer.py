"""Writing in a thread: everything once, in order, and what goes wrong is told."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waygraph.store import writer
from waygraph.store.writer import Waiting, Writer


@given(st.lists(st.integers(0, 8), max_size=30), st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=30)
def test_each_graph_is_written_once_and_in_order(sizes: list[int], most: int, enough: int) -> None:
    written: list[str] = []

    def write(waiting: Waiting) -> None:
        assert waiting.size < most + 8
        written.extend(name for name, _ in waiting.graphs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "_MOST", most)
        patch.setattr(writer, "_ENOUGH", enough)
        patch.setattr(writer, "_MOMENT", 0.001)
        with Writer(write) as made:
            for i, size in enumerate(sizes):
                made.add(str(i), "", ["x"] * size, [])
    assert written == [str(i) for i in range(len(sizes))]


def test_it_writes_when_no_more_come_for_a_moment() -> None:
    begun = threading.Event()
    with Writer(lambda _: begun.set()) as made:
        made.add("a", "", ["x"], [])
        assert begun.wait(30)
        made.join()


def test_a_fault_is_raised_where_it_is_met_and_nothing_more_is_written() -> None:
    def fail(_: Waiting) -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"), Writer(fail) as made:
        made.add("a", "", ["x"], [])
        time.sleep(0.2)
        made.join()
    with pytest.raises(OSError, match="full"), Writer(fail) as made:
        made.add("a", "", ["x"], [])


def test_what_waits_is_not_written_after_another_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_MOMENT", 60)
    written: list[Waiting] = []
    with pytest.raises(ValueError, match="mine"), Writer(written.append) as made:
        made.add("a", "", ["x"], [])
        raise ValueError("mine")
    assert not any(thread.name == "waygraph writer" for thread in threading.enumerate())
    assert written == []


def test_a_very_large_graph_is_written_before_the_next_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "_MOST", 10)
    written: list[str] = []

    def write(waiting: Waiting) -> None:
        time.sleep(0.05)
        written.extend(name for name, _ in waiting.graphs)

    with Writer(write) as made:
        made.add("small", "", ["x"], [])
        made.add("large", "", ["x"] * 10, [])
        assert written == ["small", "large"]
        made.add("last", "", ["x"], [])
    assert written == ["small", "large", "last"]
