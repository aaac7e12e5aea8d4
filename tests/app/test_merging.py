"""Whose notes are whose: merging twice is merging once, and the order makes no difference.

Without models: notes are read and merged, not annotated.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from waygraph.app.combine import Sides
from waygraph.app.decisions import append_decision, read_decisions, write_lines
from waygraph.app.origin import origin_of
from waygraph.app.reading import read_notes
from waygraph.config import Workspace, make_workspace
from waygraph.decisions import parse_statement, written
from waygraph.read.brought import own_notes
from waygraph.read.snapshots import Snapshots

Held = Counter[tuple[str, str]]
WORDS = ("# Rope\n\nA rope is long.\n", "# Sail\n\nA sail is wide.\n", "No heading.\n", "")


def opened(place: Workspace) -> Snapshots:
    return Snapshots(place.folder / "documents.sqlite")


def read(root: Path) -> Workspace:
    """Read the notes of a folder as an ingest does."""
    root.mkdir(exist_ok=True)
    place = make_workspace(root)
    with opened(place) as snapshots:
        read_notes(place, snapshots, [root], lambda *_: None)
    return place


def bring(one: Workspace, other: Workspace) -> int:
    """Merge the notes of another workspace, and its decisions; how many documents came."""
    with opened(one) as mine, opened(other) as source:
        sides = Sides.of(one, other, mine, source)
        came = sides.bring()
        said = [written(sides.moved(d)) for d in read_decisions(other).all]
    there = [written(d) for d in read_decisions(one).all]
    write_lines(one, [line for line in said if line not in there])
    return came


def held(place: Workspace) -> Held:
    """The documents of a workspace, wherever they lie."""
    with opened(place) as snapshots:
        return Counter((d.source, d.title) for d in snapshots.all())


def own(place: Workspace) -> Held:
    with opened(place) as snapshots:
        return Counter((n.document.source, n.document.title) for n in own_notes(snapshots))


def addresses(place: Workspace) -> list[str]:
    with opened(place) as snapshots:
        return snapshots.addresses()


WHO = st.integers(0, 2)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("write"), WHO, st.sampled_from(["a", "b", "in/a"]), st.sampled_from(WORDS)
        ),
        st.tuples(st.just("remove"), WHO, st.sampled_from(["a", "b", "in/a"])),
        st.tuples(st.just("merge"), WHO, WHO),
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(STEPS, st.permutations([(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)]))
def test_whatever_the_order_all_come_to_hold_the_same(
    steps: list[tuple[str, int, str, str]], rounds: list[tuple[int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        roots = [Path(folder) / name for name in ("ann", "bob", "cat")]
        places = [read(root) for root in roots]
        for what, who, *rest in steps:
            if what == "merge":
                if rest[0] != who:
                    bring(places[who], places[int(rest[0])])
                continue
            file = roots[who] / f"{rest[0]}.md"
            file.parent.mkdir(exist_ok=True)
            if what == "write":
                file.write_text(rest[1])
            else:
                file.unlink(missing_ok=True)
            read(roots[who])
        for one, other in rounds * 2:
            bring(places[one], places[other])
        wanted: Held = Counter()
        for place in places:
            wanted |= own(place)  # of each note as many as who has the most
        assert [held(place) for place in places] == [wanted] * 3
        before = [addresses(place) for place in places]
        assert [bring(places[one], places[other]) for one, other in rounds] == [0] * 6
        assert [addresses(place) for place in places] == before
