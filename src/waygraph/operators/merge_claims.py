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

# rule -> (how likely one claim of it is right, the reason in words). The numbers are the
# share of right claims on the calibration half of data/merges.tsv, smoothed by Laplace's rule
# and rounded down where fewer than ten claims were seen.
RULES: dict[str, tuple[float, str]] = {
    "alias of the page": (0.98, "the page “{long}” lists “{short}” among its aliases"),
    "redirect": (0.98, "the page “{short}” only points to “{long}”"),
    "initials in brackets": (0.98, "“{short}” stands in brackets beside “{long}”, its initials"),
    "letters in brackets": (0.93, "“{short}” stands in brackets behind “{long}”, its letters"),
    "initials stands for": (0.97, "a sentence says that “{short}” stands for “{long}”"),
    "letters stands for": (0.93, "a sentence says that “{short}” stands for “{long}”"),
    "also called": (0.95, "a sentence says that “{long}” is also called “{short}”"),
    "or simply": (0.95, "a sentence says “{long}, or simply {short}”"),
    "abbreviated": (0.95, "a sentence says that “{long}” is abbreviated “{short}”"),
    "short for": (0.95, "a sentence says that “{short}” is short for “{long}”"),
    "another name for": (0.95, "a sentence says that “{short}” is another name for “{long}”"),
    "label of a link": (0.5, "links to the page “{long}” read “{short}”"),
    "link to the encyclopedia": (0.5, "links to the encyclopedia's “{long}” read “{short}”"),
    "accents and symbols": (0.97, "“{short}” and “{long}” differ in accents or symbols alone"),
    "British and American spelling": (0.98, "“{short}” and “{long}” are British and American"),
    "irregular plural": (0.97, "“{short}” and “{long}” are singular and plural"),
    "spaces and hyphens": (0.96, "“{short}” and “{long}” differ in spaces or hyphens alone"),
    "title without its bracket": (0.9, "“{long}” is the only page that is called “{short}”"),
    "initials in one note": (0.85, "“{short}” is the initials of “{long}”, in the same note"),
    "doubled letter": (0.92, "“{short}” and “{long}” differ in a doubled letter"),
    "swapped letters": (0.92, "“{short}” and “{long}” differ in two swapped letters"),
    "one letter": (0.5, "“{short}” and “{long}” differ in one letter"),
    "order of words": (0.6, "“{short}” and “{long}” differ in the order of words"),
}
# The author of a page says so of the page itself: only a rival page or a veto is stronger.
BY_AUTHOR = frozenset({"alias of the page", "redirect"})
# What a sentence says of a word more or less ("or simply heap") holds in its document alone.
BY_WORDING = frozenset({"also called", "or simply", "abbreviated", "short for", "another name for"})
BY_LETTERS = frozenset(
    {
        "initials in brackets", "letters in brackets", "initials stands for", "letters stands for",
        "initials in one note",
    }
)  # fmt: skip
BY_LINK = frozenset({"label of a link", "link to the encyclopedia"})
# These tell that two keys are spelled alike; all others, that one is a name of the other.
BY_SPELLING = frozenset(
    {
        "accents and symbols", "British and American spelling", "irregular plural",
        "spaces and hyphens", "doubled letter", "swapped letters", "one letter", "order of words",
    }
)  # fmt: skip
_MOST_COUNTED = 3
# Keys that stand in one note alone, in no heading, link or emphasis, are not checked for slips.
_WEAK = frozenset({"phrase", "name", "noun"})
_BRACKETED = re.compile(r"(.*\S)\s+\([^()]+\)")
Pair = tuple[str, str]


@dataclass(slots=True)
class _Name:
    """What the corpus says of one key; ``homes`` are the pages that it is the title of."""

    labels: Counter[str] = field(default_factory=Counter)
    documents: int = 0
    strong: bool = False
    homes: set[str] = field(default_factory=set)
    place: tuple[str, Span] | None = None

    def label(self) -> str:
        """The most frequent label, then the alphabet."""
        return min(self.labels, key=lambda one: (-self.labels[one], one))


@dataclass(slots=True)
class Claim:
    """All reasons to take the key ``short`` for another name of ``long``.

    ``evidence`` is the best of: how unlikely the rule is wrong, address, span, the labels.
    """

    short: str
    long: str
    rules: Counter[str] = field(default_factory=Counter)
    documents: set[str] = field(default_factory=set)
    evidence: tuple[float, str, Span, str, str] = (0.0, "", Span(0, 0), "", "")

    def add(self, rule: str, address: str, span: Span, short: str, long: str) -> None:
        """One more reason, found in one document, with the labels as written there."""
        self.rules[rule] += 1
        self.documents.add(address)
        self.evidence = min(self.evidence, (-RULES[rule][0], address, span, short, long))

    def confidence(self) -> float:
        """How likely it is right: rules and documents joined as if independent."""
        doubt = 1.0
        for rule, count in sorted(self.rules.items()):
            doubt *= (1 - RULES[rule][0]) ** min(count, _MOST_COUNTED)
        return min(0.9999, round(1 - doubt, 4))

    def why(self) -> str:
        """The reasons in words, the strongest first."""
        short, long = self.evidence[3:]
        said = []
        for rule, count in self.ranked():
            times = f" ({count} notes)" if count > 1 else ""
            said.append(RULES[rule][1].format(short=short, long=long) + times)
        return "; ".join(said)

    def ranked(self) -> tuple[tuple[str, int], ...]:
        """The rules with their numbers of documents, the strongest first."""
        return tuple(sorted(self.rules.items(), key=lambda item: (-RULES[item[0]][0], item[0])))


class Corpus:
    """Names and claims of all documents."""

    def __init__(self, candidates: Iterable[Candidates], aliases: Iterable[Aliases]) -> None:
        self.names: defaultdict[str, _Name] = defaultdict(_Name)
        self.claims: dict[Pair, Claim] = {}
        for document, said in zip(candidates, aliases, strict=True):
            self._read(document, said)
        for short, long, rule in [*_titles(self.names), *_alike(self.names)]:
            self._compare(short, long, rule)

    def homes(self, name: str) -> set[str]:
        """Addresses of the pages that are about this key."""
        return self.names[name].homes if name in self.names else set()

    def _claim(self, short: str, long: str) -> Claim:
        # what is said one way round supports what is said the other way round
        known = self.claims.get((long, short))
        return known or self.claims.setdefault((short, long), Claim(short, long))

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
                known.homes.add(address)
        for alias in said.found:
            claim = self._claim(alias.short, alias.long)
            if alias.rule not in claim.rules or address not in claim.documents:
                labels = (alias.label, alias.long_label or alias.long)
                turned = claim.short != alias.short
                claim.add(alias.rule, address, alias.span, *(labels[::-1] if turned else labels))
        for short, long, span in _initials(document):
            claim = self._claim(key(short), key(long))
            if claim.short == key(short):
                claim.add("initials in one note", address, span, short, long)

    def _compare(self, short: str, long: str, rule: str) -> None:
        one, two = self.names[short], self.names[long]
        claim = self._claim(short, long)
        if rule in claim.rules:
            return
        address, span = one.place or two.place or ("", Span(0, 0))
        labels = (one.label(), two.label())
        claim.add(rule, address, span, *(labels if claim.short == short else labels[::-1]))


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
    """Pages called "Mercury (planet)" where notes say "Mercury"."""
    for name in sorted(names):
        for label in sorted(names[name].labels) if names[name].homes else ():
            match = _BRACKETED.fullmatch(label)
            short = key(match.group(1)) if match else ""
            if short and short != name and short in names and names[short].labels:
                yield short, name, "title without its bracket"
                break


def _alike(names: dict[str, _Name]) -> Iterator[tuple[str, str, str]]:
    """Pairs of keys that are spelled alike, by rule; the more usual key is the second."""

    def usual(name: str) -> tuple[bool, int, str]:
        return (not names[name].homes, -names[name].documents, name)

    forms: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(n for n in names if names[n].labels):
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
