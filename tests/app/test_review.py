"""Reviewing on a real terminal: questions in order, answers kept at once."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.app.test_decisions import apply, ingested, root, run
from waygraph.app.cli import app
from waygraph.app.decisions import decisions_file, read_decisions
from waygraph.app.review import Question, evidence, questions
from waygraph.config import find_workspace
from waygraph.decisions import Decision

__all__ = ["ingested", "root"]  # fixtures


def asked(confidence: float, reach: int) -> Question:
    yes, no = Decision("accept", ("heap",)), Decision("reject", ("heap",))
    return Question("heap", yes, no, confidence, reach, ())


def test_what_is_least_sure_and_reaches_furthest_weighs_most() -> None:
    assert asked(0.5, 8).weight > asked(0.9, 8).weight > asked(0.99, 8).weight > 0
    assert asked(0.5, 8).weight > asked(0.5, 2).weight
    assert asked(1.0, 8).weight == asked(0.5, 0).weight == 0


@pytest.mark.slow
def test_questions_come_by_weight_with_their_words_and_without_what_is_decided(root: Path) -> None:
    place = find_workspace(root)
    found = questions(place)
    assert [q.weight for q in found] == sorted((q.weight for q in found), reverse=True)
    texts = [q.text for q in found]
    assert len(texts) == len(set(texts))
    tree = next(q for q in found if q.text == "tree requires graph")
    quotes = evidence(place, tree)
    assert quotes[0][0].source == "tree.md"
    assert "A tree requires a graph." in quotes[0][0].text
    assert quotes[0][0].text in " ".join(quotes[0][1].split())
    run(root, "decide", "reject", "tree", "requires", "graph")
    assert "tree requires graph" not in [q.text for q in questions(place)]
    listed = run(root, "review", "--list").output.splitlines()
    assert len(listed) == len(questions(place))


@pytest.mark.slow
def test_answers_from_a_script(root: Path) -> None:
    place = find_workspace(root)
    first, second, third = questions(place)[:3]
    keys = "zarusfgraph\nq" if "graph" not in third.yes.terms[0] else "zarusk\nq"
    done = CliRunner().invoke(app, ["review", "-w", str(root), "--who", "bo"], input=keys)
    assert done.exit_code == 0, done.output
    assert "'z' is no key" in done.output
    stated = [d.statement() for d in read_decisions(place).all]
    # accepted, rejected, taken back; the third skipped; then one more of the fourth
    assert stated[:2] == [first.yes.statement(), second.no.statement()]
    assert stated[2] == f"undo {second.no.statement()}"
    assert {d.who for d in read_decisions(place).all} == {"bo"}
    assert "decisions; `waygraph ingest` applies them" in done.output


@pytest.mark.slow
def test_a_terminal_reads_single_keys_and_ctrl_c_loses_nothing(root: Path) -> None:
    place = find_workspace(root)
    first = questions(place)[0]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(
            sys.executable,
            [sys.executable, "-m", "waygraph", "review", "--who", "ann", "-w", str(root)],
        )
    shown = b""

    def expect(words: bytes, pressed: bytes = b"") -> None:
        """Wait for words; what is pressed before the terminal listens is lost, so again."""
        nonlocal shown
        end = time.monotonic() + 120
        while words not in shown:
            assert time.monotonic() < end, shown.decode()
            if select.select([terminal], [], [], 2)[0]:
                shown += os.read(terminal, 10_000)
            elif pressed:
                os.write(terminal, pressed)

    expect(b"[q] quit")
    assert first.text.encode() in shown
    expect(b"\n2/", b"a")
    expect(b"1 decisions", b"\x03")
    os.waitpid(pid, 0)
    os.close(terminal)
    assert [d.statement() for d in read_decisions(place).force] == [first.yes.statement()]
    assert " ann " in decisions_file(place).read_text()
    assert apply(root) == []
