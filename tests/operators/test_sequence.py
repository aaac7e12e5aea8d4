"""The order in which things were met: each signal, what wins, and what contradicts itself."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.operators.test_candidates import read
from waygraph.model import Concept, Home, Homes, Outline, OwnText, Passage, Relations, Span
from waygraph.operators.pair_features import LATER, pair_table
from waygraph.operators.portraits import paint
from waygraph.operators.positions import positions
from waygraph.operators.sequence import sequence
from waygraph.order import (
    CONTENTS,
    DATE,
    DAY,
    FIELD,
    NAME,
    NEXT,
    TAG,
    TITLE,
    MetInOrder,
    Order,
    Positions,
    Sign,
    side,
)


def met(notes: Mapping[str, str]) -> MetInOrder:
    """The order of notes by their addresses without suffix."""
    found: MetInOrder = sequence(positions(*read(notes)))
    return found


def order(notes: Mapping[str, str]) -> str:
    """The notes that any signal tells apart, each with what it is told by: "a<b (day)"."""
    found = Order(met(notes))
    told = []
    for one, other in combinations(sorted(notes), 2):
        if said := found.before(f"{one}.md", f"{other}.md"):
            told.append(f"{one}{'<' if said.earlier else '>'}{other} ({said.one.signal})")
    return ", ".join(told)


def weight(number: object, field: str = "weight") -> str:
    return f"---\n{field}: {number}\n---\nText.\n"


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        ({"b": "next:: [[a]]", "a": ""}, f"a>b ({NEXT})"),
        ({"b": "", "a": "---\nprev: '[[b]]'\n---\n"}, f"a>b ({NEXT})"),
        ({"b": "", "a": "Previous: [the one before](b.md)"}, f"a>b ({NEXT})"),
        ({"b": "It goes on.\n\n[Next →](a.md)", "a": ""}, f"a>b ({NEXT})"),
        ({"b": "What is next? [[a]]", "a": ""}, ""),
        ({"index": "- [[b]]\n- [[a]]\n", "a": "", "b": ""}, f"a>b ({CONTENTS})"),
        ({"a": "", "b": "", "My MOC": "1. [[b]]\n2. [[a]]"}, f"a>b ({CONTENTS})"),
        ({"index": "We like [[b]] and then [[a]].", "a": "", "b": ""}, ""),
        ({"index": "## See also\n\n- [[b]]\n- [[a]]\n", "a": "", "b": ""}, ""),
        ({"x": "```toc\n:maxdepth: 2\n\nb\nsub/index\n```", "b": "", "sub/index": ""},
         f"b<sub/index ({CONTENTS})"),
        ({"x": "```{toctree}\nB <b>\n/a.md\n```", "a": "", "b": ""}, f"a>b ({CONTENTS})"),
        ({"a": weight(10), "b": weight(9)}, f"a>b ({FIELD})"),
        ({"a": weight("1.10", "nav_order"), "b": weight("1.9", "nav_order")}, f"a>b ({FIELD})"),
        ({"a": weight(2, "order"), "b": weight(2, "order")}, ""),
        ({"a": weight(2, "order"), "b": weight(1, "lecture")}, ""),
        ({"a": weight("last", "order"), "b": weight(1, "order")}, ""),
        ({"p/_index": weight(2), "p/x": weight(1), "q/_index": weight(1), "q/y": weight(9)},
         f"p/_index<p/x ({FIELD}), p/_index>q/_index ({FIELD}), p/_index>q/y ({FIELD}), "
         f"p/x>q/_index ({FIELD}), p/x>q/y ({FIELD}), q/_index<q/y ({FIELD})"),
        ({"10-trees": "", "9-heaps": ""}, f"10-trees>9-heaps ({NAME})"),
        ({"3.10 b": "", "3.9 a": ""}, f"3.10 b>3.9 a ({NAME})"),
        ({"lecture-03": "", "Lecture 2": ""}, f"Lecture 2<lecture-03 ({NAME})"),
        ({"heaps-part-2": "", "trees-part-1": ""}, ""),
        ({"03-g/01-t": "", "02-h/05-s": "", "03-g/free": ""},
         f"02-h/05-s<03-g/01-t ({NAME}), 02-h/05-s<03-g/free ({NAME})"),
        ({"03-g/README": "", "03-g/01-t": ""}, f"03-g/01-t>03-g/README ({NAME})"),
        ({"a/1-x": "", "b/2-y": ""}, ""),
        ({"3d": "", "2d": ""}, ""),
        ({"a": "#course-101/15", "b": "#course-101/2"}, f"a>b ({TAG})"),
        ({"a": "---\ntags: [week-12]\n---\n", "b": "---\ntags: [week-3]\n---\n"}, f"a>b ({TAG})"),
        ({"a": "# Lecture 5: heaps", "b": "# Lecture 4"}, f"a>b ({TITLE})"),
        ({"a": "# Step 2", "x/b": "# Step 1"}, ""),
        ({"a": "# 3 ways", "b": "# 2 ways"}, ""),
        ({"a": "# Day 12", "x/b": "# Day 3"}, f"a>x/b ({DAY})"),
        ({"a": "---\ndate: 2024-05-02\n---\n", "x/b": "---\ndate: 2024-05-01\n---\n"},
         f"a>x/b ({DATE})"),
        ({"2024-05-02 a": "", "2024-05-01 b": ""}, f"2024-05-01 b<2024-05-02 a ({DATE})"),
    ],
)  # fmt: skip
def test_each_signal(notes: dict[str, str], told: str) -> None:
    assert order(notes) == told


def test_what_was_written_on_purpose_goes_before_what_was_not() -> None:
    """Each signal says the contrary of the one below it."""
    a, b = "---\nweight: 1\ntags: [c/2]\ndate: 2024-01-01\nprev: '[[2]]'\n---\n# Lecture {}\n", \
        "---\nweight: 2\ntags: [c/1]\ndate: 2024-01-02\n---\n# Lecture {}\n"  # fmt: skip
    notes = {"1": a, "2": b, "index": "- [[1]]\n- [[2]]\n"}
    ways = [
        (NEXT, ">", "prev: '[[2]]'\n", ""),
        (CONTENTS, "<", notes["index"], ""),
        (FIELD, "<", "weight", "height"),
        (NAME, "<", "", ""),
    ]
    for signal, side_, cut, put in ways:
        assert f"1{side_}2 ({signal})" in order(notes)
        notes = {name: body.replace(cut, put) if cut else body for name, body in notes.items()}
    rest = {"x": a.format(3), "y": b.format(4)}
    rest = {
        n: t.replace("weight", "height").replace("prev: '[[2]]'\n", "") for n, t in rest.items()
    }
    for signal, side_, cut, put in [
        (TAG, ">", "tags", "words"), (TITLE, "<", "Lecture", "On"), (DATE, "<", "date", "eve"),
    ]:  # fmt: skip
        assert order(rest) == f"x{side_}y ({signal})"
        rest = {name: body.replace(cut, put) for name, body in rest.items()}
    assert order(rest) == ""
    dates = {"x": "---\ndate: 2024-01-02\n---\n# Day 1", "y": "---\ndate: 2024-01-01\n---\n# Day 2"}
    assert order(dates) == f"x<y ({DAY})"


BOOK = {
    "index": "# Book\n\n- [[preface]]\n- [Trees](trees/index.md)\n- [Graphs](graphs/README.md)\n",
    "preface": "",
    "trees/index": "- [[heaps]]\n- [[paths]]\n- [[rotations]]\n- [the book](../index.md)\n",
    "trees/heaps": "",
    "trees/rotations": "",
    "graphs/README": "- [[paths]]\n- [[heaps]]\n",
    "graphs/paths": "",
}


def test_contents_within_contents_are_read_in_their_place() -> None:
    places = {one.address: one.found[0] for one in met(BOOK).found}
    assert sorted(places, key=lambda a: places[a].position) == [
        "preface.md", "trees/index.md", "trees/heaps.md", "trees/rotations.md",
        "graphs/README.md", "graphs/paths.md",
    ]  # fmt: skip
    # a reference to another chapter is not its place
    assert str(places["graphs/paths.md"]) == (
        "6 of 6 in index.md (table of contents, graphs/README.md:1)"
    )
    assert {place.track for place in places.values()} == {"index.md"}


def test_a_list_by_the_alphabet_says_nothing_and_the_newest_first_is_turned() -> None:
    names = ["Ash", "Birch", "Cedar", "Date", "Elm"]
    notes = dict.fromkeys(names, "")
    listed = "".join(f"- [[{name}]]\n" for name in names)
    assert order(notes | {"index": listed}) == ""
    assert order(notes | {"index": "- [[Elm]]\n" + listed}).startswith(f"Ash<Birch ({CONTENTS})")
    dated = {name: f"---\ndate: 2024-01-0{i}\n---\n" for i, name in enumerate("xzy", 1)}
    assert order(dated | {"index": "- [[y]]\n- [[z]]\n- [[x]]\n"}).startswith(
        f"x<y ({CONTENTS}), x<z ({CONTENTS})"
    )


def test_a_chain_that_forks_goes_on_to_what_is_named_first() -> None:
    notes = {"a": "next:: [[b]], [[c]]", "b": "", "c": "next:: [[d]]", "d": ""}
    assert order(notes) == f"a<b ({NEXT}), c<d ({NEXT})"


def test_a_circle_of_next_is_told_with_its_files_and_lines() -> None:
    notes = {"a": "Text.\n\nnext:: [[b]]", "b": "next:: [[c]]", "c": "next:: [[a]]",
             "d": "next:: [[d]]"}  # fmt: skip
    found = met(notes)
    assert [str(warning) for warning in found.warnings] == [
        "c.md:1: next and previous go round in a circle: b.md after a.md (a.md:3), c.md after b.md"
        " (b.md:1), a.md after c.md (c.md:1); the last was left out: correct one of them"
    ]
    assert order(notes) == f"a<b ({NEXT}), a<c ({NEXT}), b<c ({NEXT})"


def test_each_of_two_orders_that_contradict_is_told() -> None:
    notes = {
        "a": "---\ndate: 2024-01-05\nnext: '[[b]]'\n---\n",
        "b": "---\ndate: 2024-01-04\n---\n",
        "index": "- [[b]]\n- [[a]]\n",
    }
    found = met(notes)
    assert [str(warning) for warning in found.warnings] == [
        "a.md:3: b.md comes after a.md by next and previous, but before it by date: 2024-01-04"
        " (date, b.md:2) against 2024-01-05 (date, a.md:2); next and previous counts:"
        " correct one of them",
        "a.md:3: b.md comes after a.md by next and previous, but before it by table of contents:"
        " 1 of 2 in index.md (table of contents, index.md:1) against 2 of 2 in index.md"
        " (table of contents, index.md:2); next and previous counts: correct one of them",
    ]


def test_of_many_contradictions_a_few_are_told() -> None:
    chain = {
        f"n{i}": f"---\ndate: 2024-01-{20 - i:02}\n---\nnext:: [[n{i + 1}]]\n" for i in range(9)
    }
    found = met(chain)
    assert len(found.warnings) == 3
    assert found.warnings[-1].reason.endswith("; and 5 more like this")


def test_a_place_is_told_with_its_line() -> None:
    head = "---\ntags: [c/{0}]\nweight: {0}\n---\n\n# Lecture {0}\n\nText #d/{0} here.\n"
    found = met({"day-1": head.format(1), "day-2": head.format(2)}).found[1]
    assert [str(place) for place in found.found] == [
        "weight 2 (front matter, day-2.md:3)",
        "#c/2 (numbered tag, day-2.md:2)",
        "#d/2 (numbered tag, day-2.md:8)",
        "Lecture 2 (numbered title, day-2.md:6)",
        "day 2 (day, day-2.md)",
    ]
    assert [place.rank for place in found.found] == [2] * 5


def test_a_template_has_no_place() -> None:
    assert met({"templates/1-day": "", "templates/2-day": ""}).found == ()


def test_long_chains_and_deep_contents_need_no_depth_of_their_own() -> None:
    size = 1_500
    notes = {f"n{i}": f"next:: [[n{i + 1}]]" for i in range(size)}
    found = Order(met(notes))
    said = found.before("n0.md", f"n{size - 1}.md")
    assert said is not None
    assert said.earlier


NOTES = {
    **BOOK,
    "12-x": "---\ndate: 2024-01-02\ntags: [c/1]\n---\nnext:: [[9-y]]",
    "9-y": "---\ndate: 2024-01-01\ntags: [c/2]\n---\n# Day 4",
    "3-z": "# Day 3\n\nprev:: [[12-x]]\nnext:: [[12-x]]",
}


@given(st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_does_not_hang_on_that_of_the_documents(chance: random.Random) -> None:
    found = positions(*read(NOTES))
    mixed = chance.sample(found, len(found))
    assert sequence(mixed) == sequence(found)


_SIGNS = st.builds(
    Sign, st.sampled_from([FIELD, NAME, TAG, DAY]), st.sampled_from(["", "t"]),
    st.lists(st.integers(-1, 3), min_size=1, max_size=3).map(tuple), st.just("so"), st.just(1),
)  # fmt: skip


@given(st.lists(st.lists(_SIGNS, max_size=4), min_size=2, max_size=6))
def test_before_is_antisymmetric(said: list[list[Sign]]) -> None:
    found = [Positions(f"{i}.md", tuple(signs)) for i, signs in enumerate(said)]
    known = Order(sequence(found))
    for one, other in combinations((p.address for p in found), 2):
        there, back = known.before(one, other), known.before(other, one)
        assert (there is None) == (back is None)
        if there and back:
            assert there.earlier is not back.earlier
            assert (there.one, there.other) == (back.other, back.one)


@given(st.lists(st.lists(st.integers(-1, 3), min_size=1, max_size=3).map(tuple), max_size=5))
def test_before_is_transitive_within_a_track(places: list[tuple[int, ...]]) -> None:
    for one, other, third in permutations(places, 3):
        if side(one, other) < 0 and side(other, third) < 0:
            assert side(one, third) < 0


def test_concepts_are_met_in_the_order_of_documents_then_of_headings() -> None:
    """ "b" has the first section of the first document, "a" the second, "c" is met later."""

    def part(name: str, at: int) -> OwnText:
        here = Span(at, at + 9)
        return OwnText(name, here, (Passage(here, "body", (), ("a", "b", "c"), ()),), ())

    outlines = [
        Outline("1-x.md", "", "", None, (part("b", 0), part("a", 10))),
        Outline("2-y.md", "", "", None, (part("c", 0),)),
    ]  # fmt: skip

    concepts = [Concept(name, name, (), (name,), 1.0) for name in "abc"]
    relations = [Relations(o.address, (), (), ()) for o in outlines]
    known = Order(met({"1-x": "", "2-y": ""}))
    whole = Span(0, 99)
    homes = Homes(
        tuple(
            Home(part.concept, "heading", 0.8, o.address, 0, Span(part.anchor.start, 99), whole)
            for o in outlines for part in o.parts
        )
    )  # fmt: skip
    table = pair_table(paint(outlines, relations, homes, concepts, known), lambda _one, _two: 0.5)
    column = table.values[:, table.names.index(LATER)]
    later = {pair for pair, value in zip(table.pairs, column, strict=True) if value > 0}
    assert later == {("a", "b"), ("c", "a"), ("c", "b")}
