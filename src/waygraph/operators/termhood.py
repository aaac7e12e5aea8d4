"""Termhood: how likely the words of a text alone make a noun phrase a term of its field.

A logistic regression over features that hold on any text: the words' rarity in general
language (Ahmad's "weirdness"), part-of-speech patterns, what stands to the left and right,
and how often the phrase stands whole instead of inside a longer one (the idea of C-value).
No feature is a word, so the weights carry no subject. ``scripts/train concepts`` fits them;
they ship as ``data/termhood.toml``.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import pairwise

from waygraph.config import data_file
from waygraph.labels import CHATTER, FUNCTION_WORDS, GENERIC, is_term, key, tidy
from waygraph.model import Document, Parse, Span, Token, digest_of
from waygraph.operators.stretches import Stretches

LONGEST = 6
_FIRST = frozenset({"NOUN", "PROPN", "X", "ADJ", "SYM", "PRES", "PAST"})
_INNER = _FIRST | {"NUM", "PART", "ADV"}
_LAST = frozenset({"NOUN", "PROPN", "X", "PRES"})
_CONNECTORS = frozenset({"of", "de", "du", "des", "di", "del", "von"})
_POSSESSIVE = frozenset({"'s", "’s", "'", "’"})
_HYPHENS = frozenset("-‐‑–/")
_NO_LABEL = frozenset('|=<>{}[]"@…')
# Adjectives that say what someone thinks of a thing, or which one is meant: no part of its name.
_POINTING = frozenset(
    """
    able actual available awesome bad basic best better big bigger certain clever cool correct
    current different difficult early earlier easy entire existing extra fancy favorite favourite
    final following former fun further good great hard helpful important interesting large larger
    last later latest latter little main major many modern more most much necessary new newish
    newer next nice obvious old older only original other own particular personal poor popular
    possible present previous proper quick recent relevant right same serious several similar
    simple single small smaller specific such sure typical upcoming useful usual various whole
    wonderful worse worst worth wrong
    """.split()
)
_NO_HEAD = frozenset("stuff thing way lot bit people folk guy".split())
_PARTITIVE = frozenset("sort kind lot bunch couple plenty ton spite sake behalf bit".split())
# Zipf frequencies: 7 is "the", 3 once in a million words; rarer words count as this.
_RAREST, _COMMON, _SHOUTED = 2.5, 6.0, 3.5
_KNOTS = (0, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12)

Features = list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Term:
    """A noun phrase of one document: its most frequent label, where that first stands, and
    its features (names may repeat; they add up)."""

    key: str
    label: str
    span: Span
    features: Features


def terms(document: Document, parse: Parse, barred: Sequence[Span] = ()) -> list[Term]:
    """The noun phrases of a document, and those parts of them that somewhere stand alone.

    None touches a span in ``barred``.
    """
    text, words = document.text, _Words(document, parse)
    tokens = parse.tokens
    inside = _tokens_in(tokens, barred)
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for begin, end in _sentences(parse):
        for first, last in words.runs(begin, end):
            if not inside or inside.isdisjoint(range(first, last + 1)):
                found[text[tokens[first].start : tokens[last].end]].append((first, last))
    groups: defaultdict[str, list[tuple[str, list[tuple[int, int]]]]] = defaultdict(list)
    for surface, places in found.items():
        label = tidy(surface)
        if not any(words.is_free(first, last) for first, last in places):
            continue
        if is_term(label, LONGEST) and _NO_LABEL.isdisjoint(label):
            name = key(label)
            if not _is_talk(name.split(" ")):
                groups[name].append((label, places))
    result = []
    for name, group in groups.items():
        label, places = min(group, key=lambda one: (-len(one[1]), one[0]))
        span = Span(tokens[places[0][0]].start, tokens[places[0][1]].end)
        everywhere = sorted(place for _, some in group for place in some)
        result.append(Term(name, label, span, words.features(label, everywhere)))
    return result


def termhood(features: Features, weights: Mapping[str, float]) -> float:
    """The probability in (0, 1) that a phrase with these features is a term."""
    total = 0.0
    for name, value in features:
        total += weights.get(name, 0.0) * value
    return 1 / (1 + math.exp(-total))


@cache
def load_weights() -> dict[str, float]:
    """The weights that ship with waygraph, by feature."""
    values = tomllib.loads(data_file("termhood.toml").read_text(encoding="utf-8"))["weights"]
    return {name: float(value) for name, value in values.items()}


@cache
def identity() -> str:
    """Which weights and word frequencies are used."""
    digest = digest_of(data_file("termhood.toml").read_bytes())[:12]
    return f"termhood {digest}, wordfreq {version('wordfreq')}"


@cache
def word_frequencies(language: str) -> dict[str, float]:
    """Zipf frequencies (log10 per thousand million words) of a language's common words.

    Empty for a language of which nothing is known. Source: wordfreq (Speer 2022).
    """
    from wordfreq import available_languages, get_frequency_dict

    if language not in available_languages("small"):
        return {}
    known = get_frequency_dict(language, "small")
    return {word: math.log10(share) + 9 for word, share in known.items()}


def _is_talk(words: Sequence[str]) -> bool:
    if words[-1] in _NO_HEAD or (len(words) > 1 and words[1] == "of" and words[0] in _PARTITIVE):
        return True
    return all(word in CHATTER or word in GENERIC or word.isdigit() for word in words)


def _tokens_in(tokens: Sequence[Token], spans: Sequence[Span]) -> set[int]:
    """Numbers of the tokens that touch a span."""
    if not spans:
        return set()
    barred = Stretches(spans)
    return {i for i, token in enumerate(tokens) if barred.touch(Span(token.start, token.end))}


def _sentences(parse: Parse) -> Iterator[tuple[int, int]]:
    """Each sentence's tokens as a range of their numbers."""
    i, tokens = 0, parse.tokens
    for sentence in parse.sentences:
        while i < len(tokens) and tokens[i].start < sentence.start:
            i += 1
        begin = i
        while i < len(tokens) and tokens[i].end <= sentence.end:
            i += 1
        if i > begin:
            yield begin, i


class _Words:
    """The tokens of one document as what they may be in a phrase, and the phrases' features."""

    def __init__(self, document: Document, parse: Parse) -> None:
        self._tokens = tokens = parse.tokens
        self._text = [document.text[t.start : t.end].lower() for t in tokens]
        self._kinds = [self._kind(i) for i in range(len(tokens))]
        self._zipf = zipf = word_frequencies(parse.language)
        self._rarity = [
            max(0.0, _COMMON - zipf.get(word, _RAREST)) if zipf and kind == "word" else 0.0
            for word, kind in zip(self._text, self._kinds, strict=True)
        ]
        starts = {phrase.span.start for phrase in parse.phrases}
        ends = {phrase.span.end for phrase in parse.phrases}
        self._starts = [t.start in starts for t in tokens]
        self._ends = [t.end in ends for t in tokens]
        self._first = {begin for begin, _ in _sentences(parse)}
        self._behind = {end for _, end in _sentences(parse)}

    def _kind(self, i: int) -> str:
        """What a token may be within a phrase: word, connector, hyphen, or nothing."""
        token, word = self._tokens[i], self._text[i]
        if word in _HYPHENS:
            tight = 0 < i < len(self._tokens) - 1 and (
                self._tokens[i - 1].end == token.start and token.end == self._tokens[i + 1].start
            )
            return "hyphen" if tight else ""
        if word in _CONNECTORS or word in _POSSESSIVE:
            return "connector"
        if token.tag not in _INNER or not word[0].isalnum() or word in FUNCTION_WORDS:
            return ""
        following = self._text[i + 1] if i + 1 < len(self._tokens) else ""
        points = token.tag == "ADJ" and word in _POINTING and following not in _HYPHENS
        return "" if points else "word"

    def is_free(self, first: int, last: int) -> bool:
        """Whether the run ``(first, last)`` is not cut out of a longer phrase."""
        before, after = first - 1, last + 1
        if first not in self._first and self._kinds[before]:
            tag = self._tokens[before].tag
            if self._kinds[before] == "hyphen" or tag in ("NOUN", "PROPN", "ADJ", "X"):
                return False
        if after in self._behind or not self._kinds[after]:
            return True
        return self._kinds[after] != "hyphen" and self._tokens[after].tag not in _LAST - {"PRES"}

    def runs(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """First and last token of every run that the tags allow as a noun phrase."""
        kinds, tokens = self._kinds, self._tokens
        for first in range(begin, end):
            if kinds[first] != "word" or tokens[first].tag not in _FIRST:
                continue
            words = 0
            for last in range(first, end):
                if not kinds[last]:
                    break
                if kinds[last] != "word":
                    continue
                words += 1
                if words > LONGEST:
                    break
                tag = tokens[last].tag
                hyphenated = words > 1 and kinds[last - 1] == "hyphen"
                if tag in _LAST or (hyphenated and tag in ("PAST", "ADJ")):
                    yield first, last

    def features(self, label: str, places: Sequence[tuple[int, int]]) -> Features:
        """The features of one phrase from all places ``(first, last)`` where it stands."""
        out = [("bias", 1.0), ("count", math.log(len(places)))]
        share = 1 / len(places)
        whole = 0
        for first, last in places:
            out += [(name, share) for name in self._left(first)]
            out += [(name, share) for name in self._right(last)]
            whole += self._starts[first] and self._ends[last]
        out += [("chunk", whole * share), ("chunks", math.log1p(whole))]
        first, last = places[0]
        out += _letters(self._calm(label), first in self._first)
        tags = tuple(t.tag for t in self._tokens[first : last + 1])
        rare = [
            rarity
            for rarity, kind in zip(
                self._rarity[first : last + 1], self._kinds[first : last + 1], strict=True
            )
            if kind == "word"
        ]
        out += _pattern(tags, len(rare))
        out += _spread("rarity", round(sum(rare), 1))
        out += _spread("last rarity", round(rare[-1], 1))
        return out

    def _calm(self, label: str) -> str:
        """The label with common words that are shouted in lower case: SPEED is no acronym."""
        if not any(map(str.isupper, label)):
            return label
        return " ".join(
            word.lower()
            if len(word) > 4 and word.isupper() and self._zipf.get(word.lower(), 0) > _SHOUTED
            else word
            for word in label.split(" ")
        )

    def _left(self, first: int) -> Iterator[str]:
        if first in self._first:
            yield "left EDGE"
            return
        yield f"left {self._tokens[first - 1].tag}"
        before = self._text[first - 1]
        if before == "(":
            yield "in brackets"
        elif before in _CONNECTORS:
            yield "left of"
        elif self._kinds[first - 1] == "hyphen":
            yield "left hyphen"
        if self._starts[first]:
            yield "chunk starts"

    def _right(self, last: int) -> Iterator[str]:
        if self._ends[last]:
            yield "chunk ends"
        if last + 1 in self._behind:
            yield "right EDGE"
            return
        yield f"right {self._tokens[last + 1].tag}"
        after = self._text[last + 1]
        if after == "(":
            yield "before brackets"
        elif after in _CONNECTORS:
            yield "right of"
        elif self._kinds[last + 1] == "hyphen":
            yield "right hyphen"


def _letters(label: str, at_start: bool) -> Features:
    out: Features = []
    capitals = 0 if label.islower() else sum(map(str.isupper, label))
    if capitals:
        several = capitals > 1 and " " not in label
        out.append(("acronym" if several else "capital first" if at_start else "capital", 1.0))
        out.append(("capitals", capitals / len(label)))
    if not label.isalpha():
        if any(map(str.isdigit, label)):
            out.append(("digit", 1.0))
        if not label.replace(" ", "").replace("-", "").isalnum():
            out.append(("sign", 1.0))
    return out


@lru_cache(maxsize=20_000)
def _pattern(tags: tuple[str, ...], words: int) -> Features:
    if words == 1:
        return [("words 1", 1.0), (f"only {tags[0]}", 1.0)]
    inner = Counter(tags[1:-1])
    ends = [(f"words {words}", 1.0), (f"first {tags[0]}", 1.0), (f"last {tags[-1]}", 1.0)]
    return ends + [(f"inner {tag}", float(count)) for tag, count in sorted(inner.items())]


@lru_cache(maxsize=20_000)
def _spread(name: str, value: float) -> Features:
    """A number >= 0 as shares of the two nearest knots: a piecewise linear function, fitted."""
    for low, high in pairwise(_KNOTS):
        if value <= high:
            part = (value - low) / (high - low)
            return [(f"{name} {low:g}", 1 - part), (f"{name} {high:g}", part)]
    return [(f"{name} {_KNOTS[-1]:g}", 1.0)]
