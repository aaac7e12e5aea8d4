"""The vector index beside the exact one: what it finds, how large it is, how fast."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from rich.table import Table

from measure import in_turn, table
from search_graphs import synthetic
from waygraph.search.vectors import INDEX, build_index, nearest_concepts

_ASKED = 40
_NEAREST = 10


def vectors(count: int = 100_000) -> Table:
    """Recall of the ten nearest of texts that lie about as far off as a paraphrase."""
    rows, _ = synthetic(count)
    random = np.random.default_rng(3)
    asked = rows[random.integers(count, size=_ASKED)]
    asked = asked + random.standard_normal(asked.shape, np.float32) * (0.8 / rows.shape[1] ** 0.5)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    made = table(
        f"nearest concepts, {count:,} concepts, {_ASKED} texts",
        "index", f"recall@{_NEAREST}", "MB", "s, read and asked", "ratio",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        exact, small = Path(one), Path(two)
        build_index(exact, rows, exact=count)
        build_index(small, rows, exact=0)
        found = [
            [{n for n, _ in nearest_concepts(folder, text, _NEAREST)} for text in asked]
            for folder in (exact, small)
        ]
        hit = sum(len(a & b) for a, b in zip(*found, strict=True)) / (_NEAREST * _ASKED)
        spent = in_turn(
            9,
            exact=lambda: nearest_concepts(exact, asked[0], _NEAREST),
            small=lambda: nearest_concepts(small, asked[0], _NEAREST),
        )
        for name, folder, recall in (("exact", exact, 1.0), ("small", small, hit)):
            size = (folder / INDEX).stat().st_size / 1e6
            ratio = spent[name] / spent["exact"]
            label = "exact" if name == "exact" else "8 bits a dimension"
            made.add_row(
                label, f"{recall:.3f}", f"{size:.0f}", f"{spent[name]:.3f}", f"{ratio:.2f}"
            )
    return made
