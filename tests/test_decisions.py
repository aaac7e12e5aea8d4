"""The grammar of decisions, and which of them hold."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waygraph.decisions import (
    Decision,
    DecisionError,
    in_force,
    parse_comment,
    parse_line,
    parse_statement,
    read_lines,
    rulings,
    written,
)
from waygraph.labels import key
from waygraph.vocab import PREDICATES

LABELS = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).filter(
    lambda label: bool(key(label)) and bool(label.strip())
)
WHEN = st.datetimes(max_value=datetime(9999, 1, 1)).map(
    lambda d: f"{d:%Y-%m-%dT%H:%M:%S}.000Z".rjust(24, "0")
)
REASONS = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"])).map(
    lambda text: " ".join(text.split())
)


def at(second: int, statement: str, who: str = "ann") -> Decision:
    made = parse_comment(statement)
    return replace(
        made, who=who, when=f"2026-01-01T00:00:{second:02}Z", source="f", line=second + 1
    )


def statements(*decisions: Decision) -> list[str]:
    return [d.statement() for d in in_force(decisions)]


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    verb = draw(
        st.sampled_from(["accept", "reject", "relate", "require", "merge", "split", "know"])
    )
    one, two = draw(LABELS), draw(LABELS.filter(lambda label: True))
    relation = ""
    if verb in ("relate", "require") or (verb in ("accept", "reject") and draw(st.booleans())):
        relation = "requires" if verb == "require" else draw(st.sampled_from(sorted(PREDICATES)))
    two_ended = bool(relation) or verb in ("merge", "split")
    if two_ended and key(one) == key(two):
        two = f"{two} other"
    note = draw(st.sampled_from(["", "notes/day 1.md"])) if verb == "reject" else ""
    return Decision(
        verb, (one, two) if two_ended else (one,), relation, note, draw(st.booleans()),
        draw(REASONS),
        draw(st.sampled_from(["ann", "Bo B."])), draw(WHEN),
    )  # fmt: skip


@given(decisions())
def test_what_is_written_reads_back(decision: Decision) -> None:
    line = written(decision)
    assert "\n" not in line
    assert parse_line(line) == decision


@given(st.lists(decisions(), max_size=8), st.randoms())
def test_the_order_of_lines_does_not_count(made: list[Decision], dice: random.Random) -> None:
    shuffled = dice.sample(made, len(made))
    assert in_force(shuffled) == in_force(made)
    assert rulings(in_force(shuffled)) == rulings(in_force(made))


def test_the_latest_on_a_matter_holds() -> None:
    assert statements(
        at(1, "accept heap requires array"), at(2, "reject heaps requires Array")
    ) == ["reject heaps requires Array"]
    assert statements(at(1, "merge CD disc"), at(2, "split disc CD")) == ["split disc CD"]
    both = [at(1, "relate a related b"), at(2, "reject b related a")]
    assert statements(*both) == ["reject b related a"]
    apart = [at(1, "relate a broader b"), at(2, "reject b broader a")]
    assert len(in_force(apart)) == 2


def test_undo_brings_back_what_held_before() -> None:
    first, second = at(1, "merge CD disc"), at(2, "split CD disc")
    back = at(3, "undo split CD disc")
    assert statements(first, second, back) == ["merge CD disc"]
    assert statements(first, second, back, at(4, "undo merge CD disc")) == []
    # what is undone after was not decided before
    assert statements(at(3, "split CD disc"), at(1, "undo split CD disc")) == ["split CD disc"]


def test_a_moved_note_takes_its_decisions_along() -> None:
    ruled = at(1, "reject heap --in a.md")
    moves = [at(2, "move a.md b.md", "waygraph"), at(3, "move b.md c/d.md", "waygraph")]
    assert statements(ruled, *moves) == ["reject heap --in c/d.md"]


def test_rulings_come_as_keys() -> None:
    made = in_force(
        [
            at(1, 'merge GPUs "graphics processing units"'),
            at(2, "split Go go-lang"),
            at(3, "rename heaps Heap"),
            at(4, "accept stacks"),
            at(5, "reject Stuff"),
            at(6, "reject Heap --in a.md"),
            at(7, 'require "A* search" heaps'),
            at(8, "reject Heap uses nodes"),
        ]
    )
    names, relations = rulings(made)
    assert names.together == (
        ("gpu", "graphics processing unit", "GPUs", "graphics processing units"),
    )
    assert names.apart == (("go", "go lang"),)
    assert names.labels == (("heap", "Heap"),)
    assert names.kept == (("stack", "stacks"),)
    assert names.dropped == ("stuff",)
    assert names.absent == (("a.md", "heap"),)
    assert relations.accepted == (("a star search", "requires", "heap"),)
    assert relations.rejected == (("heap", "uses", "node", ""),)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("foo bar", "'foo' is no decision"),
        ("", "is no decision"),
        ("merge CD", "'merge' does not fit CD"),
        ("merge heap Heaps", "one name already"),
        ("relate a eats b", "'eats' is no relation"),
        ("accept a requires", "does not fit"),
        ("know --in a.md graph", "holds in all notes"),
        ("know ...", "holds no word"),
        ("merge Dijkstra's algorithm", "is not closed"),
        ('know "a\tb"', "control character"),
    ],
)
def test_what_is_no_decision_says_what_was_expected(words: str, message: str) -> None:
    with pytest.raises(DecisionError, match=message):
        parse_comment(words)


def test_words_of_a_command_are_not_split_again() -> None:
    assert parse_statement(["know", "A* search"]).terms == ("A* search",)


def test_a_bad_line_stops_that_line_alone() -> None:
    text = (
        "# a comment\n\n2026-01-01T00:00:01Z ann know graph\n"
        "know tree\n2026-01-01T00:00:02Z ann eat tree\n<<<<<<< HEAD\n"
        '2026-01-01T00:00:03Z "Bo B." know heap --why "read it"\n'
    )
    found, faults = read_lines(text, "waygraph.decisions")
    assert [str(d) for d in found] == [
        "waygraph.decisions:3: know graph",
        "waygraph.decisions:7: know heap",
    ]
    assert found[1].why == "read it"
    assert [line for line, _ in faults] == [4, 5, 6]
    assert "does not begin with a time and a name" in faults[0][1]
    assert "keep the lines of both sides" in faults[2][1]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2026-13-41T99:00:00Z ann know graph", "is no time that can be"),
        ("9999-12-31T23:59:59.999Z ann know graph", "is no time that can be"),
        (
            f"2026-01-01T00:00:01Z ann know {'graph' * 10_000}",
            "characters is no decision; 10,000 are allowed",
        ),
        ('2026-01-01T00:00:01Z ann know "gra\x00ph"', "control character"),
        ("2026-01-01T00:00:01Z ann know \ud800", "control character"),
        ("||||||| base", "of a conflict"),
    ],
)
def test_a_hostile_line_is_told_by_its_number(line: str, reason: str) -> None:
    good = "2026-01-01T00:00:00Z ann know graph"
    found, faults = read_lines(f"{good}\r\n{line}\r\n{good}\r\n", "waygraph.decisions")
    assert [d.line for d in found] == [1, 3]
    assert [number for number, _ in faults] == [2]
    assert reason in faults[0][1]


@given(
    st.text(max_size=200)
    | st.text("2026-01T:.Z \"'\\\n\r#ann know merge undo --in why", max_size=200)
)
def test_no_text_is_too_strange_for_a_decisions_file(text: str) -> None:
    prefix = "2026-01-01T00:00:00Z ann "
    for lines in (text, prefix + text, text.replace("\n", f"\n{prefix}know ")):
        found, faults = read_lines(lines, "waygraph.decisions")
        assert len(found) + len(faults) <= lines.count("\n") + 1
        rulings(in_force(found))
        again, none = read_lines("\n".join(map(written, found)), "waygraph.decisions")
        assert not none
        assert [d.statement() for d in again] == [d.statement() for d in found]


def test_a_line_that_is_there_twice_is_one_decision() -> None:
    made = "2026-01-01T00:00:00Z ann know graph\n"
    undone = "2026-01-01T00:00:02Z ann undo know graph\n"
    again = "2026-01-01T00:00:01Z ann know graph\n"

    def force(text: str) -> list[str]:
        return [d.when for d in in_force(read_lines(text, "waygraph.decisions")[0])]

    assert force(made * 2 + undone) == []
    assert force(made + again + undone * 2) == ["2026-01-01T00:00:00Z"]


def test_no_reason_breaks_out_of_its_line() -> None:
    decision = parse_statement(["know", "graph", "--why", "so\n2026 bo know tree\udcff"])
    assert decision.why == "so 2026 bo know tree"
