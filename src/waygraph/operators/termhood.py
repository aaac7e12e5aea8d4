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
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version

from waygraph.config import data_file
from waygraph.labels import CHATTER, FUNCTION_WORDS, GENERIC, is_term, key, singular, tidy
from waygraph.model import Document, Parse, Span, Token, digest_of
from waygraph.operators.knots import spread
from waygraph.operators.phrase_words import BESIDE, NAMING, NO_HEAD, PARTITIVE, POINTING

LONGEST = 5
# The tagger errs on headings, list items, names of tools and commands: what it takes for a verb
# may begin or end a term too, and the features tell how far to believe it.
_FIRST = frozenset({"NOUN", "PROPN", "X", "ADJ", "SYM", "PRES", "PAST", "VERB", "NUM"})
_INNER = _FIRST | {"PART", "ADV"}
_LAST = frozenset({"NOUN", "PROPN", "X", "PRES", "PAST", "VERB", "ADJ", "SYM", "NUM"})
_NOUNS = frozenset({"NOUN", "PROPN", "X"})
_CONNECTORS = frozenset({"of", "de", "du", "des", "di", "del", "von"})
_POSSESSIVE = frozenset({"'s", "’s", "'", "’"})
_HYPHENS = frozenset("-‐‑–/")
_NO_LABEL = frozenset('|=<>{}[]"@…')
# Zipf frequencies: 7 is "the", 3 once in a million words; rarer words count as this.
_RAREST, _COMMON, _SHOUTED = 2.5, 6.0, 3.5
_KNOTS = (0, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12)
# Markup whose holding a phrase is a feature, and blocks of which it may be the whole.
_MARKS = ("code", "strong", "emphasis", "link")
_RARE = 3.0
_QUOTES = frozenset("\"“”„‘’'«»`")

Features = list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Term:
    """A noun phrase of one document: its most frequent label, where that first stands, and
    its features (names may repeat; they add up)."""

    key: str
    label: str
    span: Span
    features: Features
    count: int = 1


def terms(document: Document, parse: Parse, barred: Sequence[Span] = ()) -> list[Term]:
    """The phrases of a document that may be terms, and parts of them.

    A part that nowhere stands alone is worth a look if it is a name or a rare word, or is part of
    several phrases: "GPU" in "GPU prices". None touches a span in ``barred``.
    """
    text, words = document.text, _Words(document, parse)
    tokens = words.tokens
    inside = words.touching(barred)
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for begin, end in words.sentences:
        for first, last in words.runs(begin, end):
            if not inside or inside.isdisjoint(range(first, last + 1)):
                found[text[tokens[first].start : tokens[last].end]].append((first, last))
    groups: defaultdict[str, list[tuple[str, list[tuple[int, int]]]]] = defaultdict(list)
    for surface, places in found.items():
        label = tidy(surface)
        if is_term(label, LONGEST) and _NO_LABEL.isdisjoint(label):
            name = key(label)
            if not _is_talk(name.split(" ")):
                groups[name].append((label, places))
    result = []
    for name, group in groups.items():
        label, places = min(group, key=lambda one: (-len(one[1]), one[0]))
        span = Span(tokens[places[0][0]].start, tokens[places[0][1]].end)
        everywhere = sorted(place for _, some in group for place in some)
        free = sum(words.is_free(first, last) for first, last in everywhere)
        if free or words.is_weighty(label, everywhere):
            features = words.features(label, everywhere, free)
            result.append(Term(name, label, span, features, len(everywhere)))
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
    if words[-1] in NO_HEAD or (len(words) > 1 and words[1] == "of" and words[0] in PARTITIVE):
        return True
    return all(word in CHATTER or word in GENERIC or word.isdigit() for word in words)


def _sentences(sentences: Sequence[Span], tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Each sentence's tokens as a range of their numbers."""
    i = 0
    for sentence in sentences:
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
        self.tokens = tokens = list(parse.tokens)  # each is looked at often
        self._begins = [t.start for t in tokens]
        self._text = [document.text[t.start : t.end].lower() for t in tokens]
        self._length = len(document.text)
        self._capital = [document.text[t.start].isupper() for t in tokens]
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
        self.sentences = tuple(_sentences(parse.sentences, tokens))
        self._first = {begin for begin, _ in self.sentences}
        self._behind = {end for _, end in self.sentences}
        self._block = self._blocks(document)
        self._marks: defaultdict[int, list[tuple[str, Span]]] = defaultdict(list)
        for mark in document.marks:
            if mark.kind in _MARKS:
                first = bisect_left(self._begins, mark.span.start)
                for i in range(first, bisect_left(self._begins, mark.span.end)):
                    self._marks[i].append((mark.kind, mark.span))

    def touching(self, spans: Sequence[Span]) -> set[int]:
        """Numbers of the tokens that touch a span."""
        found: set[int] = set()
        for span in spans:
            first = bisect_right(self._begins, span.start)
            if first and self.tokens[first - 1].end > span.start:
                first -= 1
            found.update(range(first, bisect_left(self._begins, span.end)))
        return found

    def _blocks(self, document: Document) -> list[tuple[str, Span]]:
        """Kind and span of the block that holds each token."""
        blocks = [block for block in document.blocks if not block.boilerplate]
        starts = [block.span.start for block in blocks]
        none = ("", Span(0, 0))
        found = (bisect_right(starts, begin) - 1 for begin in self._begins)
        return [(blocks[i].kind, blocks[i].span) if i >= 0 else none for i in found]

    def _kind(self, i: int) -> str:
        """What a token may be within a phrase: word, connector, hyphen, or nothing."""
        token, word = self.tokens[i], self._text[i]
        if word in _HYPHENS:
            tight = 0 < i < len(self.tokens) - 1 and (
                self.tokens[i - 1].end == token.start and token.end == self.tokens[i + 1].start
            )
            return "hyphen" if tight else ""
        if word in _CONNECTORS or word in _POSSESSIVE:
            return "connector"
        if token.tag not in _INNER or not word[0].isalnum():
            return ""
        if word in FUNCTION_WORDS or word in NAMING:
            return ""
        following = self._text[i + 1] if i + 1 < len(self.tokens) else ""
        points = token.tag == "ADJ" and word in POINTING and following not in _HYPHENS
        return "" if points else "word"

    def is_free(self, first: int, last: int) -> bool:
        """Whether the run ``(first, last)`` is not cut out of a longer phrase."""
        before, after = first - 1, last + 1
        if first not in self._first and self._kinds[before]:
            tag = self.tokens[before].tag
            if self._kinds[before] == "hyphen" or tag in ("NOUN", "PROPN", "ADJ", "X"):
                return False
        if after in self._behind or not self._kinds[after]:
            return True
        return self._kinds[after] != "hyphen" and self.tokens[after].tag not in _NOUNS

    def is_weighty(self, label: str, places: Sequence[tuple[int, int]]) -> bool:
        """Whether what stands nowhere alone may yet be a term: it comes often, or is a name."""
        first, last = places[0]
        if len(places) > 1 and self.tokens[last].tag in _NOUNS:
            return True
        if first != last:
            return False
        tag = self.tokens[first].tag
        return tag == "PROPN" or (tag != "ADJ" and self._rarity[first] >= _RARE)

    def runs(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """First and last token of every run that the tags allow as a noun phrase."""
        kinds, tokens = self._kinds, self.tokens
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
                if words > 1 and tag == "VERB":
                    break  # a sentence, not a phrase
                hyphenated = words > 1 and kinds[last - 1] == "hyphen"
                if tag in _LAST or (hyphenated and tag in ("PAST", "ADJ")):
                    yield first, last

    def features(self, label: str, places: Sequence[tuple[int, int]], free: int) -> Features:
        """The features of one phrase from all places ``(first, last)`` where it stands, in
        ``free`` of which alone."""
        share = 1 / len(places)
        out = [("bias", 1.0), ("count", math.log(len(places))), ("free", free * share)]
        out += self._where(places)
        whole = 0
        for first, last in places:
            out += [(name, share) for name in self._left(first)]
            out += [(name, share) for name in self._right(last)]
            out += [(name, share) for name in self._around(first, last)]
            whole += self._starts[first] and self._ends[last]
        out += [("chunk", whole * share), ("chunks", math.log1p(whole))]
        first, last = places[0]
        out += _letters(self._calm(label), first in self._first)
        tags = tuple(t.tag for t in self.tokens[first : last + 1])
        rare = [
            rarity
            for rarity, kind in zip(
                self._rarity[first : last + 1], self._kinds[first : last + 1], strict=True
            )
            if kind == "word"
        ]
        out += _pattern(tags, len(rare))
        ends = (self._text[last] for _, last in places)
        out.append(("plural", share * sum(singular(end) != end for end in ends)))
        out += _spread("rarity", round(sum(rare), 1))
        out += _spread("last rarity", round(rare[-1], 1))
        return out

    def _where(self, places: Sequence[tuple[int, int]]) -> Features:
        """Where in the document a phrase stands, and beside how many different words."""
        length = max(1, self._length)
        begin, end = (self.tokens[places[i][0]].start for i in (0, -1))
        before = {self._text[first - 1] for first, _ in places if first}
        after = {self._text[last + 1] for _, last in places if last + 1 < len(self.tokens)}
        out = [
            ("place", begin / length), ("far", math.log1p(begin) / 10),
            ("spread", (end - begin) / length), ("words before", math.log(max(1, len(before)))),
            ("words after", math.log(max(1, len(after)))),
        ]  # fmt: skip
        return [*out, ("early", 1.0)] if begin < length / 10 else out

    def _around(self, first: int, last: int) -> Iterator[str]:
        """The block and the markup that hold a phrase, and whether it is the whole of them."""
        for kind, span in (self._block[first], *self._marks.get(first, ())):
            begins, ends = self.tokens[first].start, self.tokens[last].end
            if ends <= span.end:
                yield f"in {kind}"
                if begins <= span.start + 1 and ends >= span.end - 1:
                    yield f"whole {kind}"

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
        yield f"left {self.tokens[first - 1].tag}"
        before = self._text[first - 1]
        if self._capital[first]:
            yield "capital inside"
        if before in BESIDE:
            yield f"before: {before}"
        if before in _QUOTES:
            yield "quoted"
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
        yield f"right {self.tokens[last + 1].tag}"
        after = self._text[last + 1]
        if after in BESIDE:
            yield f"after: {after}"
        elif after in (",", ":"):
            yield f"after {after}"
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
    """A number as shares of the two nearest knots."""
    return [(f"{name} {knot:g}", share) for knot, share in spread(value, _KNOTS)]
