"""Notes as no one writes them: real files, cut, doubled, spliced and strewn with markup."""

from __future__ import annotations

import json
import random
from pathlib import Path

# What readers give a meaning to, and what they have stumbled over.
TOKENS = [
    b"[", b"]", b"(", b")", b"[[", b"]]", b"![[", b"|", b"\\", b"`", b"```\n", b"~~~", b"*", b"**",
    b"_", b"#", b"\n# ", b"\n## Day 3\n", b"> ", b"- ", b"\n12) ", b"\t", b"    ", b"\r\n", b"\r",
    b"\n\n", b"---\n", b"+++\n", b"title: ", b"date: 2023-04-31\n", b"tags:: a, b\n", b"{{", b"}}",
    b"{%", b"%}", b"{: .x}", b"%%", b"$$", b"$", b"<", b">", b"<a href=\"", b"</a>", b"<!--",
    b"-->", b"<div>", b"<b>", b"&amp;", b"&#0;", b"&", b"^", b"^id", b"[^1]", b"[^1]: ", b"==",
    b"((", b"))",
    b"https://e.org/(a)", b"http://[", b"#+begin_src\n", b"#+end_src\n", b":END:\n", b"* TODO ",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"\xe2\x80\x8b", b"\xc2\xa0", b"\xf0\x9f\x99\x82",
    b"\xe2\x80\xae", b"\x00", b"\x0c", b"\x85", b"A" * 300, b"![](data:image/png;base64,", b": ",
    b'{"cells": [', b'"source": ["', b'"]}', b"@", b"\n|a|b|\n|-|-|\n", b"\n===\n", b"&x *x",
]  # fmt: skip


def files_of(folder: Path) -> list[Path]:
    """The text files that mutations start from, in a fixed order."""
    suffixes = {".md", ".mdx", ".rst", ".txt", ".org"}
    return sorted(p for p in folder.rglob("*") if p.suffix in suffixes and p.is_file())


def as_notebook(data: bytes) -> bytes:
    """A text as a Jupyter notebook, a cell for each of its paragraphs."""
    parts = data.decode("utf-8", "replace").split("\n\n")[:40]
    cells: list[dict[str, object]] = [
        {"cell_type": "code" if i % 5 == 4 else "markdown", "metadata": {}, "source": part}
        for i, part in enumerate(parts)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def mutated(seed: int, files: list[Path]) -> tuple[str, bytes]:
    """The name and bytes of one mutated note; the same for the same seed."""
    chance = random.Random(seed)
    data = chance.choice(files).read_bytes()[:30_000]
    suffix = chance.choice([".md", ".md", ".md", ".md", ".org", ".txt", ".ipynb"])
    if suffix == ".ipynb":
        data = as_notebook(data)
    for _ in range(chance.randint(1, 8)):
        data = _mutate(chance, data, files)
    return f"note{suffix}", data


def _mutate(chance: random.Random, data: bytes, files: list[Path]) -> bytes:
    at = chance.randint(0, len(data))
    end = min(len(data), at + chance.choice([1, 3, 30, 300, 3000]))
    token, other = chance.choice(TOKENS), chance.choice(files).read_bytes()
    start = chance.randint(0, len(other))
    places = sorted(chance.randint(0, len(data)) for _ in range(chance.choice([3, 20])))
    strewn = token.join(data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True))
    return chance.choice(
        [
            data[:at] + token + data[at:],
            data[:at] + token * chance.choice([5, 50, 2000]) + data[at:],
            data[:at] + data[end:],
            data[:at] if chance.random() < 0.5 else data[at:],
            data[:end] + data[at:end] * chance.choice([1, 2, 20]) + data[end:],
            data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :],
            data[:at] + other[start : start + 2000] + data[at:],
            strewn,
        ]
    )
