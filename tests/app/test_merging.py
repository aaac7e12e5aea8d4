"""Whose notes are whose: merging twice is merging once, and the order makes no difference.

Without models: notes are read and merged, not annotated.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waygraph.app.combine import Sides
from waygraph.app.decisions import append_decision, read_decisions, write_lines
from waygraph.app.origin import origin_of
from waygraph.app.reading import read_notes, settle
from waygraph.codec import decode, encode
from waygraph.config import Workspace, make_workspace
from waygraph.decisions import parse_statement, written
from waygraph.model import Targets
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
        said = [written(sides.moved(d)) for d in read_decisions(other, source).all if d.when]
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


def ruled_on(place: Workspace) -> set[tuple[str, str]]:
    """The documents in which something is rejected, wherever they lie."""
    with opened(place) as snapshots:
        notes = [d.note for d in read_decisions(place, snapshots).force]
        return {(d.source, d.title) for d in map(snapshots.document, notes) if d}


def addresses(place: Workspace) -> list[str]:
    with opened(place) as snapshots:
        return snapshots.addresses()


WHO = st.integers(0, 2)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("write"), WHO, st.sampled_from(["a", "b", "in/a"]), st.sampled_from(WORDS)
        ),
        st.tuples(st.just("reject"), WHO, st.sampled_from(["a", "b", "in/a"])),
        st.tuples(st.just("remove"), WHO, st.sampled_from(["a", "b", "in/a"])),
        st.tuples(st.just("merge"), WHO, WHO),
    ),
    max_size=12,
)


@settings(max_examples=30)
@given(STEPS, st.permutations([(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)]))
def test_whatever_the_order_all_come_to_hold_the_same(
    steps: list[tuple[str, int, str, str]], rounds: list[tuple[int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        roots = [Path(folder) / name for name in ("ann", "bob", "cat")]
        places = [read(root) for root in roots]
        for what, who, *rest in steps:
            if what == "merge":
                if int(rest[0]) != who:
                    bring(places[who], places[int(rest[0])])
                continue
            if what == "reject":
                said = parse_statement(["reject", "sail", "--in", f"{rest[0]}.md"])
                append_decision(places[who], said, "one")
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
        assert ruled_on(places[0]) == ruled_on(places[1]) == ruled_on(places[2])
        before = [addresses(place) for place in places]
        assert [bring(places[one], places[other]) for one, other in rounds] == [0] * 6
        assert [addresses(place) for place in places] == before


class Crew:
    """The workspaces of some people, side by side."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, who: str) -> Workspace:
        return make_workspace(self._folder / who)

    def writes(self, who: str, **notes: str) -> None:
        """Write notes (nothing: remove one) and read the folder."""
        for name, body in notes.items():
            file = self._folder / who / f"{name}.md"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(body) if body else file.unlink()
        read(self._folder / who)

    def merges(self, *who: str) -> int:
        """The first merges each of the others, in this order."""
        return sum(bring(self[who[0]], self[other]) for other in who[1:])

    def says(self, who: str) -> dict[str, str]:
        """Each document's source by its address."""
        with opened(self[who]) as snapshots:
            return {d.address: d.source for d in snapshots.all()}

    def decides(self, who: str, *words: str) -> None:
        append_decision(self[who], parse_statement(words), who)

    def force(self, who: str) -> list[str]:
        with opened(self[who]) as snapshots:
            return [d.statement() for d in read_decisions(self[who], snapshots).force]


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    made = Crew(tmp_path)
    made.writes("ann", winch="# Winch\n\nA winch is near a capstan.\n")
    made.writes("bob", capstan="# Capstan\n\nA capstan is a machine.\n")
    return made


def test_nobody_gets_own_notes_back(crew: Crew) -> None:
    crew.merges("ann", "bob")
    assert crew.merges("bob", "ann") == 1
    assert set(crew.says("ann")) == {"winch.md", "../bob/capstan.md"}
    assert set(crew.says("bob")) == {"../ann/winch.md", "capstan.md"}
    # nor from who has them from another
    crew.writes("cat", rope="# Rope\n")
    crew.merges("cat", "ann")
    assert crew.merges("bob", "cat", "ann") == 1
    assert set(crew.says("bob")) == {"../ann/winch.md", "capstan.md", "../cat/rope.md"}


def test_what_its_owner_changed_or_removed_is_so_everywhere(crew: Crew) -> None:
    crew.writes("bob", bitt="# Bitt\n\nA bitt is a post.\n")
    crew.merges("ann", "bob")
    crew.writes("bob", capstan="# Capstan\n\nA capstan turns.\n", bitt="")
    crew.writes("cat", rope="# Rope\n")
    assert crew.merges("cat", "bob", "ann") == 2  # ann's state of bob's notes is older
    assert crew.merges("ann", "cat") == 2
    for who in ("ann", "cat"):
        said = {a: s for a, s in crew.says(who).items() if a.startswith("../bob")}
        assert said == {"../bob/capstan.md": "# Capstan\n\nA capstan turns.\n"}


def test_one_address_of_two_people_and_one_note_of_two_people(crew: Crew) -> None:
    crew.writes("ann", **{"day-1": "# Day 1\n\nMine.\n", "log": "# Log\n\nOurs.\n"})
    crew.writes("bob", **{"day-1": "# Day 1\n\nTheirs.\n", "log": "# Log\n\nOurs.\n"})
    crew.writes("bob", copied="# Log\n\nOurs.\n")
    crew.merges("ann", "bob")
    said = crew.says("ann")
    assert said["day-1.md"] != said["../bob/day-1.md"]
    assert [s for s in said.values() if s.startswith("# Log")] == ["# Log\n\nOurs.\n"] * 2
    # theirs is there as soon as mine says something else
    crew.writes("ann", log="# Log\n\nNo longer.\n")
    assert "../bob/log.md" in crew.says("ann")


def test_a_moved_folder_is_the_same_origin_and_a_copy_another(crew: Crew, tmp_path: Path) -> None:
    crew.merges("ann", "bob")
    name = origin_of(crew["bob"])
    shutil.copytree(tmp_path / "bob", tmp_path / "eve")
    assert origin_of(crew["eve"]) not in ("", name)
    crew.writes("eve", capstan="# Capstan\n\nA capstan is of iron.\n")
    (tmp_path / "bob").rename(tmp_path / "bert")
    assert origin_of(crew["bert"]) == name
    crew.writes("bert", capstan="# Capstan\n\nA capstan is of wood.\n")
    assert crew.merges("ann", "bert", "eve") == 2
    said = crew.says("ann")
    assert "wood" in said["../bob/capstan.md"]
    assert "iron" in said["../eve/capstan.md"]
    assert len(said) == 3
    # another workspace where one lay before
    crew.writes("bob", capstan="# Capstan\n\nA capstan is a bird.\n")
    crew.merges("ann", "bob")
    assert len(crew.says("ann")) == 4


def test_a_copy_brings_nothing_in(crew: Crew, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "bob", tmp_path / "backup")
    assert crew.merges("bob", "backup") == 0
    assert set(crew.says("bob")) == {"capstan.md"}


def test_what_is_read_from_disk_here_is_there_once(crew: Crew, tmp_path: Path) -> None:
    crew.merges("ann", "bob")
    with opened(crew["ann"]) as snapshots:
        tops = [tmp_path / "ann", tmp_path / "bob"]
        read_notes(crew["ann"], snapshots, tops, lambda *_: None)
    assert crew.merges("ann", "bob") == 0
    assert set(crew.says("ann")) == {"winch.md", "../bob/capstan.md"}
    crew.merges("bob", "ann")
    assert set(crew.says("bob")) == {"../ann/winch.md", "capstan.md"}


def test_decisions_on_one_note_come_back_as_they_were(crew: Crew) -> None:
    crew.decides("ann", "reject", "heap", "--in", "winch.md")
    crew.decides("bob", "reject", "pile", "--in", "capstan.md")
    for one, other in (("ann", "bob"), ("bob", "ann")) * 2:
        crew.merges(one, other)
    assert crew.force("ann") == ["reject heap --in winch.md", "reject pile --in ../bob/capstan.md"]
    assert crew.force("bob") == ["reject heap --in ../ann/winch.md", "reject pile --in capstan.md"]
    assert len(read_decisions(crew["ann"]).all) == 2
    # of a note that both have it holds in either
    crew.writes("ann", log="# Log\n\nOurs.\n")
    crew.writes("bob", log="# Log\n\nOurs.\n")
    crew.decides("bob", "reject", "log", "--in", "log.md")
    crew.merges("ann", "bob")
    assert "reject log --in log.md" in crew.force("ann")
    crew.merges("bob", "ann")
    assert len(read_decisions(crew["bob"]).all) == 3


def test_comments_hold_alike_wherever_they_stand(crew: Crew) -> None:
    crew.writes("ann", a="# A\n\n<!-- waygraph: accept pile -->\n")
    crew.writes("bob", a="# Alpha\n\n<!-- waygraph: reject pile -->\n")
    crew.writes("bob", z="# Z\n\n<!-- waygraph: reject heap --in a.md -->\n")
    crew.merges("ann", "bob")
    crew.merges("bob", "ann")
    assert set(crew.force("bob")) == {"reject pile", "reject heap --in a.md"}
    assert set(crew.force("ann")) == {"reject pile", "reject heap --in ../bob/a.md"}


def test_a_name_means_a_note_of_the_same_workspace_first(crew: Crew, tmp_path: Path) -> None:
    for who in ("ann", "bob"):
        crew.writes(who, rope=f"# Rope\n\nOf {who}.\n")
        crew.writes(who, **{f"of-{who}": f"# Cord\n\nOf {who}.\n"})
        (tmp_path / who / "in").mkdir()
        crew.writes(who, **{"in/way": f"# Way of {who}\n\nTo [[rope]], [[cord]].\n"})
    crew.merges("ann", "bob")
    with opened(crew["ann"]) as snapshots:
        settle(crew["ann"], snapshots, lambda *_: None)
        targets = snapshots.targets().get(["in/way.md", "../bob/in/way.md"])
    led = {a: [t.address for t in decode(data, Targets).found] for a, data in targets.items()}
    assert led == {
        "in/way.md": ["rope.md", "of-ann.md"],
        "../bob/in/way.md": ["../bob/rope.md", "../bob/of-bob.md"],
    }


def test_an_older_reading_is_read_anew_though_the_file_is_away(crew: Crew, tmp_path: Path) -> None:
    crew.merges("ann", "bob")
    shutil.rmtree(tmp_path / "bob")
    with opened(crew["ann"]) as snapshots, snapshots.transaction() as database:
        old = replace(snapshots.required("../bob/capstan.md"), title="misread")
        database.execute("UPDATE brought SET reader = '0', data = ?", (encode(old),))
    crew.writes("ann", winch="# Winch\n")
    with opened(crew["ann"]) as snapshots:
        assert snapshots.required("../bob/capstan.md").title == "Capstan"
