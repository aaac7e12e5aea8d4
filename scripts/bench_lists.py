"""A large list of terms beside none: what it adds to an ingest, and how large it is."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from rich.table import Table

import waygraph
from measure import SHARED, table, worked
from waygraph.app.imports import background_terms
from waygraph.config import find_workspace

VAULT = SHARED / "metacademy" / "vault"
_SYLLABLES = "al ba con der el fi gra hy in ka lo mi no op per ra sub ter un vi".split()


def gazetteer(count: int = 1_000_000) -> Table:
    """A first ingest of the vault, and one with nothing changed, each with a list and without.

    Processor time in one process, models loaded. With the list, its reading counts too, which
    is done once. Half of the list's terms are made of words of the vault, so that many are found.
    """
    from waygraph.operators.encoder import load_encoder
    from waygraph.operators.parsing import load_language

    if not VAULT.is_dir():
        raise SystemExit(f"the notes are not at {VAULT}")
    load_language("auto")
    load_encoder("auto")
    with tempfile.TemporaryDirectory() as folder:
        bare, listed = Path(folder) / "bare", Path(folder) / "listed"
        for root in (bare, listed):
            (root / ".waygraph").mkdir(parents=True)
        (listed / "terms.txt").write_text("\n".join(_terms(count)) + "\n", encoding="utf-8")
        settings = listed / ".waygraph" / "settings.toml"
        settings.write_text('background = ["terms.txt"]\n', encoding="utf-8")
        first = {root: _ingest(root) for root in (bare, listed)}
        again = {root: min(_ingest(root) for _ in range(3)) for root in (bare, listed)}
        place = find_workspace(listed)
        (place.folder / "background.terms").unlink()
        read = worked(lambda: background_terms(place))
        size = (place.folder / "background.terms").stat().st_size / 1e6
        looked = worked(lambda: background_terms(place))
    made = table(f"a background list of {count:,} terms", "what", "s", "ratio", "target")
    for what, found, target in (("first ingest", first, "≤ 1.10"), ("again, unchanged", again, "")):
        made.add_row(f"{what}, no list", f"{found[bare]:.2f}", "1", "")
        ratio = found[listed] / found[bare]
        made.add_row(f"{what}, with it", f"{found[listed]:.2f}", f"{ratio:.2f}", target)
    made.add_row("of it, reading the list, once", f"{read:.2f}", f"{read / first[bare]:.2f}", "")
    made.add_row(f"afterwards, {size:.1f} MB", f"{looked:.2f}", f"{looked / first[bare]:.3f}", "")
    return made


def _ingest(root: Path) -> float:
    return worked(lambda: waygraph.ingest([VAULT], root))


def _terms(count: int) -> list[str]:
    """Terms of one to three words, half of them out of the vault's."""
    draw = random.Random(1)
    text = " ".join(path.read_text(encoding="utf-8") for path in sorted(VAULT.iterdir()))
    met = sorted({word.strip(".,;:()[]*`") for word in text.split() if word.isascii()} - {""})
    made = ["".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))) for _ in range(100_000)]
    return [
        "_".join(draw.choices(met if i % 2 else made, k=draw.choice((1, 2, 2, 3)))).capitalize()
        for i in range(count)
    ]
