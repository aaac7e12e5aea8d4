"""Roles of Sphinx in Markdown: their names and the ids they refer to are no text."""

from __future__ import annotations

import pytest

from waygraph.read.note import read_source


@pytest.mark.parametrize(
    ("written", "read", "code"),
    [
        ("As :numref:`fig_kiln` shows.", "As  shows.", []),
        ("See :eqref:`eq_heat`.", "See .", []),
        ("Use :func:`fire` here.", "Use fire here.", ["fire"]),
        ("A :py:class:`Kiln`", "A Kiln", ["Kiln"]),
        ("a :smile: `fire`", "a :smile: fire", ["fire"]),
        ("lime:`fire`", "lime:fire", ["fire"]),
        (":`fire`", ":fire", ["fire"]),
        (":kiln:`", ":kiln:`", []),
    ],
)
def test_a_role_is_no_text(written: str, read: str, code: list[str]) -> None:
    document = read_source("day.md", written.encode())
    assert document.text == read
    assert [document.text[m.span.start : m.span.end] for m in document.marks] == code
