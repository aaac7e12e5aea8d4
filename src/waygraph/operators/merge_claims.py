"""Merge claims: every reason the corpus gives to take two keys for one name.

A claim comes from what documents say (``operators.aliases``), from how the keys are spelled
(``operators.spelling``), or from initials that stand in one note with their phrase.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from waygraph.labels import key
from waygraph.model import Aliases, Candidates, Span
from waygraph.operators.acronyms import is_initials
from waygraph.operators.spelling import form, same_form, slips

# How likely a merge by the rules of one group is right: measured on the calibration half of
# data/merges.tsv as (right + 1) / (all + 2), rounded down. `scripts/score merges` prints it.
WORTH = {
    "author": 0.94, "spelling": 0.97, "wording": 0.95, "letters": 0.92, "initials": 0.92,
    "slip": 0.93, "letter": 0.8, "order": 0.75, "link": 0.6,
}  # fmt: skip
# rule -> (its group, the reason in words)
RULES: dict[str, tuple[str, str]] = {
    "alias of the page": ("author", "the page “{long}” lists “{short}” among its aliases"),
    "gazetteer": ("author", "the gazetteer gives “{short}” as another label of “{long}”"),
    "property of the page": ("author", "the page “{short}” says that it is the same as “{long}”"),
    "redirect": ("author", "the page “{short}” only points to “{long}”"),
    "initials in brackets": (
        "letters",
        "“{short}” stands in brackets beside “{long}”, its initials",
    ),
    "letters in brackets": ("letters", "“{short}” stands in brackets behind “{long}”, its letters"),
    "initials stands for": ("letters", "a sentence says that “{short}” stands for “{long}”"),
    "letters stands for": ("letters", "a sentence says that “{short}” stands for “{long}”"),
    "also called": ("wording", "a sentence says that “{long}” is also called “{short}”"),
    "or simply": ("wording", "a sentence says “{long}, or simply {short}”"),
    "abbreviated": ("wording", "a sentence says that “{long}” is abbreviated “{short}”"),
    "short for": ("wording", "a sentence says that “{short}” is short for “{long}”"),
    "another name for": ("wording", "a sentence says that “{short}” is another name for “{long}”"),
    "label of a link": ("link", "links to the page “{long}” read “{short}”"),
    "link to the encyclopedia": ("link", "links to the encyclopedia's “{long}” read “{short}”"),
    "accents and symbols": (
        "spelling",
        "“{short}” and “{long}” differ in accents or symbols alone",
    ),
    "British and American spelling": (
        "spelling",
        "“{short}” and “{long}” are British and American",
    ),
    "irregular plural": ("spelling", "“{short}” and “{long}” are singular and plural"),
    "spaces and hyphens": ("spelling", "“{short}” and “{long}” differ in spaces or hyphens alone"),
    "title without its bracket": ("author", "“{long}” is the only page that is called “{short}”"),
    "initials in one note": ("initials", "“{short}” is the initials of “{long}”, in the same note"),
    "doubled letter": ("slip", "“{short}” and “{long}” differ in a doubled letter"),
    "swapped letters": ("slip", "“{short}” and “{long}” differ in two swapped letters"),
    "one letter": ("letter", "“{short}” and “{long}” differ in one letter"),
    "order of words": ("order", "“{short}” and “{long}” differ in the order of words"),
}
# Rules of these groups tell that two keys are spelled alike; all others, that one names the other.
BY_SPELLING = frozenset({"spelling", "slip", "letter", "order"})
_MOST_COUNTED = 3
# Keys that stand in one note alone, in no heading, link or emphasis, are not checked for slips.
_WEAK = frozenset({"phrase", "name", "noun"})
_LATIN = frozenset({"e.g", "i.e", "et al", "etc"})
_BRACKETED = re.compile(r"(.*\S)\s+\([^()]+\)")
Pair = tuple[str, str]


def worth(rule: str) -> float:
    """How likely a merge by this rule is right."""
    return WORTH[RULES[rule][0]]


@dataclass(slots=True)
class _Name:
    """What the corpus says of one key; ``homes`` are the pages that it is the title of."""

    labels: Counter[str] = field(default_factory=Counter)
    documents: int = 0
    strong: bool = False
    homes: dict[str, Span] = field(default_factory=dict)
    place: tuple[str, Span] | None = None

    def label(self) -> str:
        """The most frequent label, then the alphabet."""
        return min(self.labels, key=lambda one: (-self.labels[one], one))


Place = tuple[float, str, Span, str, str]


@dataclass(slots=True)
class Claim:
    """All reasons to take the key ``short`` for another name of ``long``.

    ``places`` holds, for each document, its best reason: how unlikely the rule is wrong,
    address, span, and the two labels as written there.
    """

    short: str
    long: str
    rules: Counter[str] = field(default_factory=Counter)
    places: dict[str, Place] = field(default_factory=dict)

    def add(self, rule: str, address: str, span: Span, short: str, long: str) -> None:
        """One more reason, found in one document, with the labels as written there."""
        found = (-worth(rule), address, span, short, long)
        self.rules[rule] += 1
        self.places[address] = min(self.places.get(address, found), found)

    def evidence(self, address: str = "") -> Place:
        """The best reason in one document, by default in any."""
        return self.places.get(address) or min(self.places.values())

    def groups(self) -> set[str]:
        """The groups of its rules."""
        return {RULES[rule][0] for rule in self.rules}

    def confidence(self) -> float:
        """How likely it is right: rules and documents joined as if independent."""
        doubt = 1.0
        for rule, count in sorted(self.rules.items()):
            doubt *= (1 - worth(rule)) ** min(count, _MOST_COUNTED)
        return min(0.9999, round(1 - doubt, 4))

    def why(self) -> str:
        """The reasons in words, the strongest first."""
        short, long = self.evidence()[3:]
        said = []
        for rule, count in self.ranked():
            times = f" ({count} notes)" if count > 1 else ""
            said.append(RULES[rule][1].format(short=short, long=long) + times)
        return "; ".join(said)

    def ranked(self) -> tuple[tuple[str, int], ...]:
        """The rules with their numbers of documents, the strongest first."""
        return tuple(sorted(self.rules.items(), key=lambda item: (-worth(item[0]), item[0])))


class Corpus:
    """Names and claims of all documents."""

    def __init__(self, candidates: Iterable[Candidates], aliases: Iterable[Aliases]) -> None:
        self.names: defaultdict[str, _Name] = defaultdict(_Name)
        self.claims: dict[Pair, Claim] = {}
        for document, said in zip(candidates, aliases, strict=True):
            self._read(document, said)
        for short, long, rule in _alike(self.names):
            self._compare(short, long, rule)
        for short, long, label in _titles(self.names):
            for address, span in self.names[long].homes.items():
                labels = (self.names[short].label(), label)
                self._claim(short, long).add("title without its bracket", address, span, *labels)

    def homes(self, name: str) -> set[str]:
        """Addresses of the pages that are about this key."""
        return set(self.names[name].homes) if name in self.names else set()

    def _claim(self, short: str, long: str) -> Claim:
        return self.claims.setdefault((short, long), Claim(short, long))

    def _read(self, document: Candidates, said: Aliases) -> None:
        address = document.address
        for name in {candidate.key for candidate in document.found}:
            self.names[name].documents += 1
        for candidate in document.found:
            known = self.names[candidate.key]
            known.labels[candidate.label] += 1
            known.strong |= candidate.origin not in _WEAK
            if candidate.span.start < candidate.span.end:
                here = (address, candidate.span)
                known.place = min(known.place, here) if known.place else here
            if candidate.origin == "page" and not said.redirect:
                known.homes.setdefault(address, candidate.span)
        said_once: dict[tuple[str, str, str], tuple[Span, str, str]] = {}
        for alias in said.found:
            what, found = (
                (alias.short, alias.long, alias.rule),
                (alias.span, alias.label, alias.long_label),
            )
            said_once[what] = min(said_once.get(what, found), found)
        for (short, long, rule), found in said_once.items():
            self._claim(short, long).add(rule, address, *found)
        for short, long, span in _initials(document):
            self._claim(key(short), key(long)).add(
                "initials in one note", address, span, short, long
            )

    def _compare(self, short: str, long: str, rule: str) -> None:
        if (long, short) in self.claims and (short, long) not in self.claims:
            short, long = long, short
        one, two = self.names[short], self.names[long]
        address, span = one.place or two.place or ("", Span(0, 0))
        claim = self._claim(short, long)
        if rule not in claim.rules:
            claim.add(rule, address, span, one.label(), two.label())


def _initials(document: Candidates) -> Iterator[tuple[str, str, Span]]:
    """Capitals that are the initials of a phrase of the same document: (both, place)."""
    capitals: dict[str, tuple[str, Span]] = {}
    phrases: defaultdict[str, set[Pair]] = defaultdict(set)
    for candidate in document.found:
        if candidate.label.isupper() and 3 <= len(candidate.key) <= 6:
            capitals.setdefault(candidate.key, (candidate.label, candidate.span))
        elif " " in candidate.key:
            first = "".join(word[0] for word in candidate.key.split())
            phrases[first].add((candidate.key, candidate.label))
    for name, (label, span) in capitals.items():
        found = dict(sorted(phrases[name], reverse=True))
        for long in found.values():
            if is_initials(long, label):
                yield label, long, span


def _titles(names: dict[str, _Name]) -> Iterator[tuple[str, str, str]]:
    """Pages called "Mercury (planet)" where notes say "Mercury": (short, long, label of long)."""
    for name in sorted(names):
        for label in sorted(names[name].labels) if names[name].homes else ():
            match = _BRACKETED.fullmatch(label)
            short = key(match.group(1)) if match else ""
            if short and short != name and short in names and names[short].labels:
                yield short, name, label
                break


def _alike(names: dict[str, _Name]) -> Iterator[tuple[str, str, str]]:
    """Pairs of keys that are spelled alike, by rule; the more usual key is the second."""

    def usual(name: str) -> tuple[bool, int, str]:
        return (not names[name].homes, -names[name].documents, name)

    forms: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(n for n in names if names[n].labels and n not in _LATIN):
        forms[form(name)].append(name)
    for alike in forms.values():
        long, *others = sorted(alike, key=usual)
        for short in others:
            if rule := same_form(short, long):
                yield short, long, rule
    for name in sorted(names):
        head, of, rest = name.partition(" of ")
        if of and " of " not in rest and f"{rest} {head}" in names:
            yield name, f"{rest} {head}", "order of words"
    yield from _slips(names, usual)


def _slips(
    names: dict[str, _Name], usual: Callable[[str], tuple[bool, int, str]]
) -> Iterator[tuple[str, str, str]]:
    """Pairs of keys that differ in one word, and there by a slip of the pen."""
    worth = {n for n, name in names.items() if name.labels and (name.strong or name.documents > 1)}
    near: defaultdict[str, list[Pair]] = defaultdict(list)
    for one, two, rule in slips(word for name in worth for word in name.split()):
        near[one].append((two, rule))
    for name in sorted(worth):
        words = name.split()
        for i, word in enumerate(words):
            for other, rule in near.get(word, ()):
                changed = " ".join([*words[:i], other, *words[i + 1 :]])
                if changed in worth:
                    long, short = sorted((name, changed), key=usual)
                    yield short, long, rule
