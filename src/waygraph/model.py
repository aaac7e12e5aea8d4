"""The values that travel between the parts of waygraph: bytes -> Document -> annotations.

All are frozen. Offsets are counted in Unicode code points, ends are exclusive. Two kinds
occur and are never mixed: *text* offsets count in ``Document.text`` (prose without
markup), *source* offsets count in ``Document.source`` (the file, decoded, untouched).
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from waygraph.answer import Quote, Reading
from waygraph.rows import Rows

# Templates lie in folders of their own, drawings have names of their own.
_FORM = re.compile(
    r"(?:^|/)(?:[\d_.+-]+ ?)?_?(?:templates?|archetypes)/|\.excalidraw(?:\.md)?\Z", re.I
)
# The status of a page whose concept the learner knows.
KNOWN = "known"
# The ``generator`` that the front matter names of Markdown which waygraph wrote: a concept's
# page, which reads as a note, but decides nothing; a plan, which is no note.
PAGE, PLAN = "waygraph vault", "waygraph path"
GENERATORS = (PAGE, PLAN)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of text offsets, ``0 <= start <= end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Maps text offsets to source offsets.

    Three parallel tuples describe pieces in ascending order: piece ``i`` covers text
    ``[starts[i], starts[i+1])`` and source ``[sources[i], sources[i] + lengths[i])``. A
    piece of equal text and source length maps character by character; any other piece
    (an entity such as ``&amp;``, a separator that the reader put in) maps as a whole.
    """

    starts: tuple[int, ...]
    sources: tuple[int, ...]
    lengths: tuple[int, ...]
    text_length: int

    def _piece(self, offset: int) -> tuple[int, int, int, bool]:
        i = max(0, bisect_right(self.starts, offset) - 1)
        end = self.starts[i + 1] if i + 1 < len(self.starts) else self.text_length
        size = end - self.starts[i]
        return self.starts[i], self.sources[i], self.lengths[i], size == self.lengths[i]

    def source_start(self, offset: int) -> int:
        """Source offset of the character at text ``offset``."""
        start, source, _, same = self._piece(offset)
        return source + (offset - start if same else 0)

    def source_end(self, offset: int) -> int:
        """Source offset just behind the character before text ``offset``."""
        if offset == 0:
            return self.source_start(0)
        start, source, length, same = self._piece(offset - 1)
        return source + (offset - start if same else length)


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text with one role: ``title``, ``tag``, ``alias``, ``heading``, ``paragraph``,
    ``item`` (list item), ``cell`` (table cell) or ``property`` (a named field that holds links).
    ``level`` is 1 to 6 for headings, else 0.

    ``boilerplate`` says that it is no prose of its note: a line of navigation or licence, what
    stands identically in many notes, a property. Operators pass it over, but for the links in
    properties.
    """

    kind: str
    span: Span
    level: int = 0
    boilerplate: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Inline markup: ``strong``, ``emphasis``, ``code``, ``math``, ``link``, ``url`` or ``tag``.

    ``span`` is what it encloses (text offsets); ``outer`` the same with its markup
    (source offsets, a pair).
    """

    kind: str
    span: Span
    outer: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Link:
    """A link as written.

    ``kind`` is ``link``, ``wikilink``, ``embed``, ``image``, ``url`` (bare), or ``name``: a plain
    name in a property that holds links, a tag or a user where these may have notes.
    ``target`` is the address as written, ``line`` the 1-based line it stands on. ``span`` is empty
    where the link shows no text: an image, or a link around one. ``role`` is the name of the
    property that holds it (``properties.property_name``); empty in prose.
    """

    kind: str
    span: Span
    target: str
    line: int
    role: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading: heading text (empty before the first), level, span, words.

    An item of a list of days that says something is a section too. ``day`` and ``date``
    (ISO 8601 or empty) are those that the heading, or one above it, names.
    """

    heading: str
    level: int
    span: Span
    words: int
    day: int | None = None
    date: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """What one place of a note says of the note's date or day, and whether it counts.

    ``kind`` is ``date`` or ``day``; ``value`` an ISO 8601 date, an ordinal, a range of them
    (``3/5``), or what is written where that is no date. ``origin`` says which place
    (``front matter date``, ``file name``, ``title``, ``heading``, ``list item``), ``line`` is
    1-based, 0 for the file name. ``verdict`` is ``used``, or says why it is not.
    """

    kind: str
    value: str
    origin: str
    line: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Document:
    """A source, read.

    ``address`` is a POSIX path relative to the corpus root; ``digest`` the SHA-256 of the
    bytes in hex. ``page`` says that it is about the one thing its title names: the title is the
    file's name, or it is kept under no day. ``date`` is ISO 8601 or empty; ``day`` the ordinal
    of a day note or None.
    ``lines`` holds the source offset at which each line starts. ``hints`` are all that the
    note says of its date and day. ``language`` is what the note itself says it is written
    in (ISO 639-1), or empty. ``comments`` are (line, words) that a comment addresses to
    waygraph: decisions. ``status`` is that of the front matter, case folded: of a page with
    ``known`` the learner knows the concept. ``addresses`` are paths at which it was published
    before. ``numbers`` are (field, number as written, line) of the front matter that say its place
    among others.
    """

    address: str
    digest: str
    title: str
    page: bool
    source: str
    text: str
    offsets: OffsetMap
    lines: tuple[int, ...]
    blocks: tuple[Block, ...]
    marks: tuple[Mark, ...]
    links: tuple[Link, ...]
    sections: tuple[Section, ...]
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    date: str = ""
    day: int | None = None
    warnings: tuple[str, ...] = ()
    hints: tuple[Hint, ...] = ()
    language: str = ""
    comments: tuple[tuple[int, str], ...] = ()
    status: str = ""
    addresses: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str, int], ...] = ()

    @property
    def is_form(self) -> bool:
        """Whether it is a template to fill or a drawing's data: it says nothing of itself."""
        return bool(_FORM.search(self.address))

    def source_span(self, span: Span) -> tuple[int, int]:
        """Source offsets of a text span, widened to the markup of marks it wholly holds.

        ``**A** is a *B*`` is then quoted with its asterisks instead of cut through them.
        """
        start = self.offsets.source_start(span.start)
        end = self.offsets.source_end(span.end)
        # they are in order
        first = bisect_left(self.marks, span.start, key=lambda mark: mark.span.start)
        for i in range(first, len(self.marks)):
            mark = self.marks[i]
            if mark.span.start > span.end:
                break
            if mark.span.end <= span.end:
                start, end = min(start, mark.outer[0]), max(end, mark.outer[1])
        return start, end

    def line_of(self, source_offset: int) -> int:
        """1-based line of a source offset."""
        return bisect_right(self.lines, source_offset)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads; ``status`` says to what:

    ``document``: to the document of the corpus at ``address``, titled ``title``;
    ``heading``, ``block``: to a place in it, whose text or id (``^id``) is ``fragment``;
    ``external``: out of the corpus, to a page of the web, an address of mail, a file;
    ``ambiguous``: several documents fit equally well, ``choices``, and none is chosen;
    ``broken``: nothing fits. ``address`` is then empty, unless the document is there and only
    the place in it is missing.

    ``why`` is the reason if it is broken or ambiguous. ``page`` says that the document is a
    page about the thing its title names, not a day's diary. ``names`` are labels of what the
    link names by its target, the narrowest first: of the heading, of the page, of a page that is
    still to be written.
    """

    address: str = ""
    title: str = ""
    page: bool = False
    fragment: str = ""
    status: str = "document"
    why: str = ""
    choices: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets of one document's links, in the order of ``Document.links``."""

    address: str
    found: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase without its determiners; ``tags`` are coarse part-of-speech tags (UPOS)."""

    span: Span
    tags: tuple[str, ...]


class Token(NamedTuple):
    """A word or punctuation mark ``[start, end)`` with its coarse part of speech.

    ``tag`` is a UPOS tag, but for participles: ``PRES`` (present, gerunds too) and ``PAST``.
    """

    start: int
    end: int
    tag: str


@dataclass(frozen=True, slots=True)
class Phrases(Rows[Phrase]):
    """Noun phrases, packed; each is made as it is asked for: ``Phrases.of(phrases)``."""

    rows: bytes = b""
    kinds: tuple[tuple[str, ...], ...] = ()

    @staticmethod
    def _made(start: int, end: int, kind: tuple[str, ...]) -> Phrase:
        return Phrase(Span(start, end), kind)

    @staticmethod
    def _row(value: Phrase) -> tuple[int, int, tuple[str, ...]]:
        return value.span.start, value.span.end, value.tags


@dataclass(frozen=True, slots=True)
class Tokens(Rows[Token]):
    """Tokens, packed; each is made as it is asked for: ``Tokens.of(tokens)``."""

    rows: bytes = b""
    kinds: tuple[str, ...] = ()

    @staticmethod
    def _made(start: int, end: int, kind: str) -> Token:
        return Token(start, end, kind)

    @staticmethod
    def _row(value: Token) -> tuple[int, int, str]:
        return value


@dataclass(frozen=True, slots=True)
class Parse:
    """What the language model says of a document, in text order.

    ``language`` is the model's (ISO 639-1); it is empty, and there are no phrases and no
    tokens, where the model tags no words or does not know the document's language.
    ``warning`` then says so.
    """

    sentences: tuple[Span, ...]
    phrases: Phrases = Phrases()
    tokens: Tokens = Tokens()
    language: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may name a concept. ``origin`` says why (``title``, ``wikilink``, …).

    ``score`` in [0, 1] is how likely the words alone make it a term of the field: 1 where
    the note's structure says so. ``context`` identifies the words around it, so that what is
    copied from note to note counts once; it is empty where that does not matter. ``count`` is how
    often the document says it so.
    """

    key: str
    label: str
    origin: str
    span: Span
    score: float = 1.0
    context: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Alias:
    """One document says that ``short`` is another name of ``long`` (both keys of labels).

    ``label`` and ``long_label`` are the two as written; ``span`` is where it says so.
    """

    long: str
    short: str
    label: str
    rule: str
    long_label: str
    span: Span


@dataclass(frozen=True, slots=True)
class Aliases:
    """What one document says of other names. ``redirect``: it is a page that says no more."""

    address: str
    found: tuple[Alias, ...]
    redirect: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """Two keys that name one concept, and why.

    ``name`` is the key of that concept; ``short_label`` and ``long_label`` show the two keys;
    ``confidence`` in (0, 1]; ``rules`` pairs each rule with the number of documents in which
    it holds, the strongest first; ``why`` says it in words. ``span`` of the document at
    ``address`` is the evidence. ``only`` is the address of the one document in which the
    merge holds, empty if it holds everywhere. ``capitals``: it holds where ``short`` is written
    in capitals, for in other letters it is a word of its own (MAP and map).
    """

    short: str
    long: str
    name: str
    short_label: str
    long_label: str
    confidence: float
    rules: tuple[tuple[str, int], ...]
    why: str
    address: str
    span: Span
    only: str = ""
    capitals: bool = False


@dataclass(frozen=True, slots=True)
class Merges:
    """The merges of the whole corpus, sorted by their keys.

    ``absent`` holds (address, key) of what names nothing in that document.
    """

    found: tuple[Merge, ...] = ()
    absent: tuple[tuple[str, str], ...] = ()


class Names:
    """What merges say of keys: which key a concept goes under, wherever it is written."""

    def __init__(self, merges: Merges) -> None:
        self._everywhere: dict[str, str] = {}
        self._inside: dict[tuple[str, str], str] = {}
        self._capitals: dict[str, str] = {}
        self._absent = frozenset(merges.absent)
        for merge in merges.found:
            if merge.only:
                self._inside[merge.only, merge.short] = merge.name
            elif merge.capitals:
                self._capitals[merge.short] = merge.name
            else:
                self._everywhere |= {merge.short: merge.name, merge.long: merge.name}

    def of(self, key: str, address: str, label: str) -> str:
        """The key of what ``key`` names in one document, where it is written as ``label``.

        Empty if it names nothing there.
        """
        if (address, key) in self._absent:
            return ""
        here = self._inside.get((address, key))
        if here is None and label.removesuffix("s").isupper():
            here = self._capitals.get(key)
        return here or self._everywhere.get(key, key)


@dataclass(frozen=True, slots=True)
class Entity:
    """Somebody or something that is named and not learned: ``kind`` is ``person``,
    ``organization`` or ``place``; ``spans`` are where one document names it, in text order."""

    key: str
    label: str
    kind: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Entities:
    """The named entities of one document, sorted by key."""

    address: str
    found: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class ExternalMatch:
    """A concept that a note links to its page elsewhere."""

    key: str
    iri: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """All candidates of one document, with the pages elsewhere that it links them to.

    ``warning`` says what of the document could not be used; empty if all could. ``properties``
    are (name, line) of those that hold links, each name where it stands first.
    """

    address: str
    about: str
    found: tuple[Candidate, ...]
    matches: tuple[ExternalMatch, ...]
    warning: str = ""
    properties: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Background:
    """Large lists of terms that others made, as ``term_list.TermList`` takes them; or empty."""

    terms: bytes = b""


@dataclass(frozen=True, slots=True)
class Borrowed:
    """What imported files say builds on what: (name of the file, relation, keys of the one thing's
    labels, keys of what it builds on), in the order of the files."""

    found: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Backed:
    """The keys that background lists hold, sorted, each with how much that says, in (0, 1]."""

    found: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing one can learn. ``slug`` is its name in IRIs, ``keys`` its normalised labels.

    ``score`` in [0, 1] is how sure it is that this is a term worth keeping, ``why`` says in words
    what speaks for and against it.
    """

    slug: str
    label: str
    aliases: tuple[str, ...]
    keys: tuple[str, ...]
    score: float
    matches: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class ConceptTable:
    """The concepts of the whole corpus, sorted by slug.

    ``unnamed`` are the keys that decisions rule on and no document names.
    """

    concepts: tuple[Concept, ...]
    unnamed: tuple[str, ...] = ()

    def slugs(self) -> dict[str, str]:
        """The slug of the concept that each key names."""
        return {name: concept.slug for concept in self.concepts for name in concept.keys}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What concepts are called: the table and the merges without how sure they are, and why.

    So most edits of a note leave it the same, and with it what is found in all others.
    """

    concepts: ConceptTable
    merges: Merges = Merges()


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of a document that names a concept (by slug)."""

    concept: str
    span: Span


@dataclass(frozen=True, slots=True)
class Mentions:
    """All mentions of one document in text order; ``about`` is the concept of its title."""

    address: str
    about: str
    found: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A typed, directed claim between two concepts, with its evidence.

    ``predicate`` is a key of ``vocab.PREDICATES``; ``confidence`` in (0, 1]; ``evidence``
    are text spans of the document at ``address``, the one to quote first. ``hedged``: the words
    say so with reserve ("may need", "usually builds on"), which ``confidence`` already counts.
    """

    subject: str
    predicate: str
    object: str
    confidence: float
    rule: str
    address: str
    evidence: tuple[Span, ...]
    hedged: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A sentence that says what a concept is."""

    concept: str
    confidence: float
    span: Span


@dataclass(frozen=True, slots=True)
class Relations:
    """What one document claims: relations, definitions, and hints of prerequisites.

    ``denied`` are the pairs of which it says that the first does not require the second.
    """

    address: str
    found: tuple[Relation, ...]
    definitions: tuple[Definition, ...]
    hints: tuple[Relation, ...]
    denied: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, heading or item of a document, for what it names.

    ``role`` is its place in the text: ``opening``, ``body``, ``aside`` (as under "See also")
    or ``source`` (what to read elsewhere). ``words`` are the keys of its content words,
    ``mentions`` the concepts it names, ``links`` the documents it links, in text order.
    """

    span: Span
    role: str
    words: tuple[str, ...]
    mentions: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """A work that a text cites, and where in it: a number of a page or a section, or empty."""

    source: str
    page: tuple[int, ...]
    section: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OwnText:
    """The part of a document that is about one concept; ``concept`` is empty for the rest.

    ``anchor`` is the title, heading or sentence that names the concept.
    """

    concept: str
    anchor: Span
    passages: tuple[Passage, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A document as its parts: which concept each is about, what each names, links and cites.

    ``about`` is the concept of its title; ``date`` is ISO 8601 or empty, ``day`` the ordinal of
    a day note or None.
    """

    address: str
    about: str
    date: str
    day: int | None
    parts: tuple[OwnText, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """A place where a concept is explained: the text ``span`` of the document at ``address``.

    ``kind`` is the best reason to think so: its ``title``, a ``heading``, a ``definition`` or
    ``statement`` (a theorem and its like) in it, or that it ``mentions`` the concept most.
    ``strength`` is in (0, 1], of all reasons together. ``section`` is the number of the section,
    -1 for the whole document; ``evidence`` are the words that say so.
    """

    concept: str
    kind: str
    strength: float
    address: str
    section: int
    span: Span
    evidence: Span


@dataclass(frozen=True, slots=True)
class Explained:
    """All that one document explains."""

    address: str
    found: tuple[Home, ...]


@dataclass(frozen=True, slots=True)
class Homes:
    """The homes of the whole corpus, by concept, of each the strongest first."""

    found: tuple[Home, ...]


@dataclass(frozen=True, slots=True)
class Prerequisites:
    """``requires`` over the whole corpus, free of cycles; ``dropped`` says what gave way."""

    kept: tuple[Relation, ...]
    dropped: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Relations that others make impossible: (address, subject, predicate, object), sorted."""

    found: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Vectors:
    """A unit vector per concept: ``rows`` is little-endian float32, one row per slug."""

    model: str
    dimensions: int
    slugs: tuple[str, ...]
    rows: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that could not be handled, where, and why. ``line`` is 0 for the whole file."""

    address: str
    reason: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.address}:{self.line}" if self.line else self.address
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Notices:
    """What of the corpus could not be used, by address."""

    found: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class ConceptRow:
    """A concept as the view shows it to search."""

    iri: str
    label: str
    aliases: tuple[str, ...] = ()
    definition: str = ""


@dataclass(frozen=True, slots=True)
class RelationRow:
    """A relation of the view: all claims for (subject, predicate, object) together.

    ``confidence`` joins the claims as if independent; ``support`` counts them; ``reason`` are the
    best one's words. Of a ``requires`` the ``strength`` is that of the strongest claim, or that
    of the joined confidence, and ``rule`` that by which that claim was found.
    """

    subject: str
    predicate: str
    object: str
    confidence: float
    support: int
    reason: Quote
    strength: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The datagraph as search sees it: everything needed to build a concept graph."""

    concepts: Sequence[ConceptRow]
    relations: Sequence[RelationRow]
    introductions: Sequence[tuple[str, Quote]]
    readings: Sequence[tuple[str, Reading]]


def digest_of(*parts: str | bytes) -> str:
    """SHA-256 in hex of the parts, each preceded by its length so that borders count."""
    pieces: list[bytes] = []
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        pieces += (len(data).to_bytes(8, "little"), data)
    return hashlib.sha256(b"".join(pieces)).hexdigest()
