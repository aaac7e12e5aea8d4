"""Reviewing on a terminal: the questions one by one, a key for each answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import typer

from waygraph import terminal
from waygraph.app import decisions
from waygraph.app.review import Question, evidence, questions
from waygraph.config import Workspace
from waygraph.decisions import Decision
from waygraph.errors import WaygraphError
from waygraph.vocab import PREDICATES

_KEYS = {
    "a": "accept", "r": "reject", "m": "merge", "p": "split", "n": "rename", "l": "relate",
    "f": "needs first", "k": "known", "s": "skip", "u": "undo", "q": "quit",
}  # fmt: skip
_HELP = "  ".join(f"[{key}] {name}" for key, name in _KEYS.items())
_ENDS = frozenset("\x03\x04\x1bq")


def review(place: Workspace, count: int, who: str, *, listing: bool) -> None:
    """Ask the ``count`` weightiest questions of a workspace, or list them; ``who`` decides."""
    found = questions(place)[:count]
    if listing:
        for question in found:
            sure, weight = f"{question.confidence:.2f}", f"{question.weight:.2f}"
            terminal.say(f"{weight}  {question.text} (confidence {sure}, reach {question.reach})")
        return
    if not found:
        terminal.say("nothing is open")
        return
    session = _Session(place, who or decisions.decider(), _keys())
    try:
        for number, question in enumerate(found, 1):
            if not session.ask(question, f"{number}/{len(found)}"):
                break
    except (KeyboardInterrupt, EOFError):
        terminal.say()
    terminal.say(f"{len(session.made)} decisions; `waygraph ingest` applies them")


def _keys() -> Callable[[], str]:
    """How a key is read: at once from a terminal, else the next character of the input."""
    if sys.stdin.isatty():
        return typer.getchar
    return lambda: sys.stdin.read(1) or "q"


@dataclass
class _Session:
    place: Workspace
    who: str
    key: Callable[[], str]
    made: list[Decision] = field(default_factory=list)

    def ask(self, question: Question, number: str) -> bool:
        """Ask until the question is answered or skipped; False to leave."""
        self._show(question, number)
        while True:
            pressed = self.key()
            if pressed in _ENDS:
                return False
            if pressed == "s":
                return True
            try:
                if self._answer(question, pressed):
                    return True
            except WaygraphError as error:
                terminal.say(f"  {error}")
            except typer.Abort:
                terminal.say("  left as it was")

    def _show(self, question: Question, number: str) -> None:
        terminal.say(f"\n{number}  {question.text}")
        terminal.say(f"  confidence {question.confidence:.2f}, reach {question.reach}")
        for quote, around in evidence(self.place, question):
            terminal.say(terminal.line(f'  "{quote.text}" ({quote.source}:{quote.line})'))
            for line in around.split("\n"):
                terminal.say(f"    | {line[:160]}")
        terminal.say(_HELP)

    def _answer(self, question: Question, pressed: str) -> bool:
        """Do what a key says; True if that answers the question."""
        first, last = question.yes.terms[0], question.yes.terms[-1]
        if pressed in ("a", "r"):
            decision = question.yes if pressed == "a" else question.no
            # of a merge, yes and no are merge and split, which need no further look
            self._keep(decisions.append_decision(self.place, decision, self.who))
        elif pressed == "u":
            self._undo()
            return False
        elif pressed in ("m", "p"):
            verb = "merge" if pressed == "m" else "split"
            self._decide(verb, first, last if last != first else _asked(f"{verb} {first} and"))
        elif pressed == "n":
            self._decide("rename", first, _asked(f"the better name of {first}"))
        elif pressed == "l":
            relation = _asked(f"relation ({', '.join(PREDICATES)})")
            self._decide("relate", first, relation, _asked(f"{first} {relation}"))
            return False
        elif pressed == "f":
            self._decide("require", first, _asked(f"what must be known before {first}"))
            return False
        elif pressed == "k":
            self._decide("know", first)
            return False
        else:
            if pressed.isprintable() and not pressed.isspace():
                terminal.say(f"  {pressed!r} is no key; {_HELP}")
            return False
        return True

    def _decide(self, *words: str) -> None:
        self._keep(decisions.decide(self.place, *words, who=self.who))

    def _keep(self, decision: Decision) -> None:
        self.made.append(decision)
        terminal.say(f"  {decision}")

    def _undo(self) -> None:
        if not self.made:
            terminal.say(
                "  nothing was decided in this review; waygraph decide undo takes back more"
            )
            return
        words = self.made.pop()
        undone = decisions.decide(self.place, "undo", *_words(words), who=self.who)
        terminal.say(f"  {undone}")


def _asked(what: str) -> str:
    return str(typer.prompt(terminal.line(f"  {what}"))).strip()


def _words(decision: Decision) -> Iterator[str]:
    """The words of a decision's statement."""
    import shlex

    yield from shlex.split(decision.statement())
