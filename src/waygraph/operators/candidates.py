"""Candidates: every span of one document that may name a concept, with why."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote, unquote, urlsplit

from waygraph.compute.operator import operator
from waygraph.labels import is_term, key, tidy, title_concept, topic
from waygraph.model import (
    Block,
    Candidate,
    Candidates,
    ConceptTable,
    Document,
    ExternalMatch,
    Link,
    Mark,
    Parse,
    Span,
    Targets,
    digest_of,
)
from waygraph.operators.known import known_of
from waygraph.operators.stretches import Stretches
from waygraph.operators.termhood import identity, load_weights, termhood, terms

_OPENING = re.compile(r"\W*(?:an?\s+)?\W*", re.I)
_DEFINES = re.compile(r"\W*(?:\([^()]*\)\W*)?(?:is|are)\s+(?:an?|the|one of)\s", re.I)
NO_GAZETTEER = ConceptTable(())
_IN_PROSE = frozenset({"link", "strong", "emphasis", "code"})
# Less likely phrases are not worth their keep: so few as four are kept for each that is marked.
_LEAST = 0.05
_DISAMBIGUATION = re.compile(r"[ _]\([^()]*\)$")


@operator(version="12", identity=identity)
def candidates(
    documents: Sequence[Document],
    targets: Sequence[Targets],
    parses: Sequence[Parse],
    gazetteer: ConceptTable = NO_GAZETTEER,
) -> list[Candidates]:
    """Candidates from structure (titles, headings, links, tags, emphasis), from noun phrases,
    and whatever the gazetteer knows."""
    weights, known = load_weights(), known_of(gazetteer)
    return [
        known.added(document, of_document(document, target, parse, weights))
        for document, target, parse in zip(documents, targets, parses, strict=True)
    ]


def of_document(
    document: Document, targets: Targets, parse: Parse, weights: Mapping[str, float]
) -> Candidates:
    """The candidates of one document, with these weights of termhood."""
    about, page = topic(document)
    found: list[Candidate] = []
    matches: list[ExternalMatch] = []
    context = _Contexts(document, targets, parse)

    def add(label: str, origin: str, span: Span) -> None:
        if name := key(label):
            around = context(span) if origin in _IN_PROSE else ""
            found.append(Candidate(name, label, origin, span, context=around))

    noted = _noted(document, targets)
    for block, label in _structural(document, about):
        if (block.kind == "alias" and about and page) or block.span in noted:
            continue
        if block.kind in ("title", "heading") and about and key(label) == key(about):
            add(label, "page" if page else "title", block.span)
        else:
            add(label, block.kind, block.span)
    if about and not any(c.origin in ("page", "title") for c in found):
        add(about, "page" if page else "title", Span(0, 0))
    for link, named in _linked(document, targets):
        for label in named:
            add(label, "link" if link.kind in ("link", "url") else "wikilink", link.span)
        if iri := _encyclopedia(link, named[0]):
            matches.append(ExternalMatch(key(named[0]), iri))
    for mark, label in _marked(document, parse):
        if mark.span not in noted:
            add(label, mark.kind, mark.span)
    for phrase in (*_noun_phrases(document, parse, weights), *_defined(document, parse)):
        found.append(replace(phrase, context=context(phrase.span)))
    return Candidates(
        document.address,
        key(about),
        tuple(found),
        tuple(dict.fromkeys(matches)),
        parse.warning,
        tuple({link.role: link.line for link in reversed(document.links) if link.role}.items()),
    )


class _Contexts:
    """What is around a span: the sentence; for part of a link that leads out, the link's text."""

    def __init__(self, document: Document, targets: Targets, parse: Parse) -> None:
        self._text = document.text
        self._sentences = parse.sentences
        self._starts = [sentence.start for sentence in parse.sentences]
        self._links = [
            link.span
            for link, target in zip(document.links, targets.found, strict=True)
            if not target.address and link.span.end > link.span.start
        ]
        self._link_starts = [span.start for span in self._links]

    def __call__(self, span: Span) -> str:
        around = _holding(self._links, self._link_starts, span)
        if around is None or around == span:
            around = _holding(self._sentences, self._starts, span)
        return digest_of(self._text[around.start : around.end])[:12] if around else ""


def _holding(spans: Sequence[Span], starts: Sequence[int], inner: Span) -> Span | None:
    i = bisect_right(starts, inner.start) - 1
    return spans[i] if i >= 0 and inner.end <= spans[i].end else None


def _structural(document: Document, about: str) -> Iterator[tuple[Block, str]]:
    """Blocks that are labels as a whole, with that label."""
    for block in document.blocks:
        label = tidy(document.text[block.span.start : block.span.end])
        if block.boilerplate:
            continue
        if block.kind == "tag":
            label = _of_tag(label)
        elif block.kind in ("title", "heading"):
            page = bool(about) and key(label) == key(about)
            label = about if page else title_concept(label, False)
        elif block.kind != "alias":
            continue
        if label and is_term(label, longest=8):
            yield block, label


def _linked(document: Document, targets: Targets) -> Iterator[tuple[Link, tuple[str, ...]]]:
    """Links that name something, with its labels: by their target, else by their text."""
    skipped = Stretches(block.span for block in document.blocks if block.boilerplate)
    for link, target in zip(document.links, targets.found, strict=True):
        if not link.role and skipped.hold(link.span):
            continue
        if target.names:
            yield link, target.names
        elif not target.address and link.kind != "name":
            label = tidy(document.text[link.span.start : link.span.end])
            bare = link.kind == "url" or link.target.startswith("mailto:")
            if is_term(label) and not bare:
                yield link, (label,)


def _noted(document: Document, targets: Targets) -> set[Span]:
    """Where tags stand that have a note of their own, and are called as it is."""
    pairs = zip(document.links, targets.found, strict=True)
    return {link.span for link, target in pairs if link.kind == "name" and target.names}


def _marked(document: Document, parse: Parse) -> Iterator[tuple[Mark, str]]:
    """Emphasis that may name something. On a verb or adverb it is a tone of voice, not a term."""
    skipped = Stretches(block.span for block in document.blocks if block.boilerplate)
    ends = {phrase.span.end for phrase in parse.phrases}
    for mark in document.marks:
        label = "" if skipped.hold(mark.span) else _emphasised(mark, document.text)
        if label and (
            mark.kind in ("code", "tag") or not ends or _end(mark, document.text) in ends
        ):
            yield mark, label


def _of_tag(tag: str) -> str:
    """What a tag names: the last of nested ones, its words set apart."""
    return tag.rpartition("/")[2].replace("-", " ").replace("_", " ")


def _end(mark: Mark, text: str) -> int:
    return mark.span.start + len(text[mark.span.start : mark.span.end].rstrip(" .,;:"))


def _emphasised(mark: Mark, text: str) -> str:
    label = tidy(text[mark.span.start : mark.span.end])
    if mark.kind == "tag":
        return label if is_term(label := _of_tag(label), longest=8) else ""
    if mark.kind == "code":
        return label if re.fullmatch(r"[A-Za-z][\w-]{2,20}", label) and is_term(label) else ""
    if mark.kind not in ("strong", "emphasis") or not is_term(label, longest=4):
        return ""
    shouted = label.isupper() and len(label) > 5
    return "" if shouted or text[mark.span.end - 1] in "!?" else label


def _noun_phrases(
    document: Document, parse: Parse, weights: Mapping[str, float]
) -> Iterator[Candidate]:
    barred = [m.span for m in document.marks if m.kind in ("url", "math")]
    for term in terms(document, parse, barred):
        score = round(termhood(term.features, weights), 3)
        if score >= _LEAST:
            yield Candidate(term.key, term.label, "phrase", term.span, score, count=term.count)


def _defined(document: Document, parse: Parse) -> Iterator[Candidate]:
    """What a sentence begins by defining: "A heap is a …"."""
    starts = {phrase.span.start: phrase.span for phrase in parse.phrases}
    for sentence in parse.sentences:
        opening = _OPENING.match(document.text, sentence.start, sentence.end)
        span = starts.get(opening.end()) if opening else None
        if span and _DEFINES.match(document.text, span.end, sentence.end):
            label = tidy(document.text[span.start : span.end])
            if is_term(label):
                yield Candidate(key(label), label, "defined", span)


def _encyclopedia(link: Link, label: str) -> str:
    """The page's IRI, if the link leads to the Wikipedia or Wikidata page of just this term."""
    if item := _wikidata_item(link.target):
        return f"http://www.wikidata.org/entity/{item}"
    host, name = wikipedia_page(link.target)
    title = _DISAMBIGUATION.sub("", name.replace("_", " "))
    if not name or key(title) != key(label):
        return ""
    page = re.sub(r"[%?#]", lambda mark: quote(mark.group()), name.replace(" ", "_"))
    return f"https://{host}/wiki/{page}"


def _wikidata_item(target: str) -> str:
    host, path, _ = _address(target)
    item = re.fullmatch(r"/(?:wiki|entity)/(Q\d+)", path)
    return item.group(1) if host == "wikidata.org" and item else ""


def wikipedia_page(target: str) -> tuple[str, str]:
    """Host and name of the Wikipedia page at this address, the name empty if it is none."""
    host, path, fragment = _address(target)
    folder, _, name = unquote(path).partition("/wiki/")
    wikipedia = f".{host}".endswith(".wikipedia.org")
    return host, name if wikipedia and not folder and not fragment and ":" not in name else ""


def _address(target: str) -> tuple[str, str, str]:
    """Host without ``www.``, path and fragment of an address; all empty if it is none."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "", "", ""
    return (parts.hostname or "").removeprefix("www."), parts.path, parts.fragment
