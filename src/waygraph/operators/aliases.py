"""Aliases: where one document says that two labels name one thing."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from waygraph.compute.operator import operator
from waygraph.labels import PREPOSITIONS, is_term, key, tidy, topic
from waygraph.model import (
    Alias,
    Aliases,
    ConceptTable,
    Document,
    Link,
    Parse,
    Span,
    Target,
    Targets,
)
from waygraph.operators.acronyms import acronyms
from waygraph.operators.candidates import NO_GAZETTEER, wikipedia_page
from waygraph.operators.known import known_of
from waygraph.operators.stretches import Stretches
from waygraph.properties import NO_PROPERTY_RELATIONS, PropertyRelations

_REDIRECT = re.compile(
    r"\W*(?:see|redirects?(?:\s+to)?|moved\s+to|(?:an?\s+)?(?:alias|synonym)\s+(?:of|for)|same\s+as)\W*",
    re.I,
)
_BRACKET = re.compile(r"\s*\([^()]*\)$")
_OFTEN = (
    r"(?:also|sometimes|often|commonly|otherwise|better|usually|alternatively|variously|"
    r"frequently|generally|traditionally|colloquially|informally)"
)
_ARE = r"(?:(?:which|that)\s+)?(?:(?:is|are|was|were)\s+)?"
_JOINT = r"\s*[,(]?\s*"
_THE = r"(?:(?:as|an?|the)\s+)*[\"“'‘]?"
# What stands between two labels: (rule, pattern, whether the label before it is the shorter).
_WORDINGS = tuple(
    (rule, re.compile(pattern, re.I), first_is_short)
    for rule, pattern, first_is_short in (
        ("also called",
         rf"{_JOINT}(?:or\s+)?{_ARE}{_OFTEN}\s+(?:simply\s+)?"
         rf"(?:known\s+as|called|named|termed|dubbed|referred\s+to\s+as|written|spelled)\s+{_THE}",
         False),
        ("also called", rf"{_JOINT}(?:or\s+)?(?:a\.\s?k\.\s?a\.?|aka)\s+{_THE}", False),
        ("or simply", rf"{_JOINT}or\s+(?:(?:more\s+)?simply|just|in\s+short|for\s+short)\s+{_THE}",
         False),
        ("abbreviated",
         rf"{_JOINT}{_ARE}(?:{_OFTEN}\s+)?(?:abbreviated|shortened)\s+(?:to\s+)?{_THE}", False),
        ("short for",
         rf"{_JOINT}{_ARE}(?:short\s+for|an?\s+(?:abbreviation|acronym|shorthand)\s+(?:of|for))"
         rf"\s+{_THE}", True),
        ("another name for",
         rf"{_JOINT}{_ARE}(?:just\s+)?(?:another|an?\s+alternative|an?\s+older|the\s+old)\s+"
         rf"(?:name|word|term)\s+for\s+{_THE}", True),
        ("another name for",
         rf"{_JOINT}{_ARE}(?:an?\s+synonym\s+(?:of|for)|synonymous\s+with)\s+{_THE}", True),
    )
)  # fmt: skip
# Most phrases are followed by none of them: one look instead of seven.
_ANY_WORDING = re.compile("|".join(f"(?:{pattern.pattern})" for _, pattern, _ in _WORDINGS), re.I)
_COPULA = re.compile(r"\b(?:is|are|was|were|means|denotes)\b", re.I)
_IS = re.compile(r"\s*(?:\([^()]*\)\s*)?(?:is|are|was|were|means|denotes)\b", re.I)
_ATTACHING = PREPOSITIONS | frozenset(
    "about as at between like over than through under via within without".split()
)
_LAST_WORD = re.compile(r"(\w+)\W*(?:(?:an?|the)\W+)?$", re.I)
_POINTING = frozenset("another any both each every other some such that these this those".split())
# What the model takes for no noun phrase: a word in capitals, or words up to a full stop.
_TOKEN = re.compile(r"[A-Z][\w*+#/-]*\w|[A-Z]\b[*+#]*|[\w-]+(?: [\w-]+){0,2}(?=[,.;:)”\"]|$)")
_OF = re.compile(r"\s+(of|for|in|on|to|with)\s+(?:(?:an?|the)\s+)?", re.I)


@operator(version="6")
def aliases(
    documents: Sequence[Document],
    targets: Sequence[Targets],
    parses: Sequence[Parse],
    gazetteer: ConceptTable = NO_GAZETTEER,
    property_relations: PropertyRelations = NO_PROPERTY_RELATIONS,
) -> list[Aliases]:
    """What documents say of other names: front matter, redirects, links, brackets, wording.

    And what the gazetteer says of those that they name.
    """
    known = known_of(gazetteer)
    return [
        _of_document(document, target, parse, property_relations, known.aliases(document))
        for document, target, parse in zip(documents, targets, parses, strict=True)
    ]


def _of_document(
    document: Document,
    targets: Targets,
    parse: Parse,
    properties: PropertyRelations,
    known: Sequence[Alias],
) -> Aliases:
    label, page = topic(document)
    about = label if page else ""
    found: list[Alias] = [*known]
    end = _redirected(document, targets, about)
    if end:
        found.append(_alias(about, end[0], "redirect", end[1]))
    if about:
        for block in document.blocks:
            label = tidy(document.text[block.span.start : block.span.end])
            if block.kind == "alias" and is_term(label, longest=8):
                found.append(_alias(label, about, "alias of the page", block.span))
    same: list[Alias] = []
    for link, target in zip(document.links, targets.found, strict=True):
        if about and link.role and target.names and properties.relation(link.role) == "sameAs":
            same.append(_alias(about, target.names[0], "property of the page", link.span))
    for link, target in zip(document.links, targets.found, strict=True):
        found += _linked(document, link, target)
    found += acronyms(document, parse)
    found += _worded(document, parse)
    barred = Stretches(block.span for block in document.blocks if block.boilerplate)
    kept = same + [
        alias for alias in found
        if alias.short and alias.long and alias.short != alias.long
        and not barred.hold(alias.span)
    ]  # fmt: skip
    return Aliases(document.address, tuple(dict.fromkeys(kept)), bool(end))


def _alias(short: str, long: str, rule: str, span: Span) -> Alias:
    return Alias(key(long), key(short), short, rule, long, span)


def _redirected(document: Document, targets: Targets, about: str) -> tuple[str, Span] | None:
    """Where a page leads that says nothing but "see" and one link: title and place of the link."""
    places = [
        (link, target) for link, target in zip(document.links, targets.found, strict=True)
        if link.span.start < link.span.end
    ]  # fmt: skip
    if not about or len(places) != 1:
        return None
    (link, target), said = places[0], ""
    for block in document.blocks:
        if block.kind in ("paragraph", "item") and not block.boilerplate:
            said += document.text[block.span.start : block.span.end] + " "
    shown = document.text[link.span.start : link.span.end]
    if not target.names or shown not in said or not _REDIRECT.fullmatch(said.replace(shown, "", 1)):
        return None
    title = target.names[-1] if target.names else ""
    return (title, link.span) if title and key(title) != key(about) else None


def _linked(document: Document, link: Link, target: Target) -> Iterator[Alias]:
    """A link's text is another name of the page it leads to, if it could be one."""
    label = tidy(document.text[link.span.start : link.span.end])
    if link.kind not in ("link", "wikilink") or link.role or not is_term(label):
        return
    rule, title = "label of a link", target.names[0] if target.names else ""
    # part of a page that no heading names
    if target.fragment and len(target.names) < 2:
        return
    if not title:
        rule, title = "link to the encyclopedia", encyclopedia_title(link.target)
    # "(planet)" tells which Mercury it is; any other word more makes it another thing
    if title and key(_BRACKET.sub("", title)) == key(label):
        yield _alias(label, title, "title without its bracket", link.span)
    elif title and not is_narrower(key(label), key(title)):
        yield _alias(label, title, rule, link.span)


def encyclopedia_title(target: str) -> str:
    """The title of the Wikipedia page at this address, or empty."""
    _, name = wikipedia_page(target)
    return "" if name.startswith("List_of_") else name.replace("_", " ").strip()


def is_narrower(one: str, two: str) -> bool:
    """Whether one of two keys holds all words of the other, and more: parent and child."""
    a, b = set(one.split()), set(two.split())
    return a < b or b < a


def _worded(document: Document, parse: Parse) -> Iterator[Alias]:
    """``X, also called Y``; ``X is short for Y``."""
    text = document.text
    starts = {phrase.span.start: phrase.span for phrase in parse.phrases}
    marks = {m.span.start: m.span for m in document.marks if m.kind in ("strong", "emphasis")}
    places, marked = sorted(starts), sorted(marks)
    for sentence in parse.sentences:
        first_place, end = (bisect_left(places, at) for at in (sentence.start, sentence.end))
        inside = [_whole(text, starts[place]) for place in places[first_place:end]
                  if starts[place].end <= sentence.end]  # fmt: skip
        first_place, end = (bisect_left(marked, at) for at in (sentence.start, sentence.end))
        inside += [marks[place] for place in marked[first_place:end]
                   if marks[place].end <= sentence.end]  # fmt: skip
        named = (s for s in set(inside) if _ANY_WORDING.match(text, s.end, sentence.end))
        for span in sorted(named):
            for rule, pattern, first_is_short in _WORDINGS:
                between = pattern.match(text, span.end, sentence.end)
                other = between and _label_at(text, between.end(), starts, marks)
                aside = (
                    between and not first_is_short and between.group().lstrip()[:1] in (",", "(")
                )
                first = min(inside) if aside else span
                one = _subject(text, sentence, span, first) if other else None
                if between and other and one:
                    labels = [tidy(text[s.start : s.end]) for s in (one, other)]
                    short, long = labels if first_is_short else reversed(labels)
                    if is_term(short) and is_term(long):
                        place = Span(min(one.start, span.start), other.end)
                        yield _alias(short, long, rule, place)
                    break


def _subject(text: str, sentence: Span, span: Span, first: Span) -> Span | None:
    """What "also called" behind ``span`` speaks of.

    That is the phrase itself, or the subject of "X is a phrase, also called …". Behind a
    preposition ("a graph without cycles, also called …") or a pointer ("this process is also
    called …") nobody can tell.
    """
    if first.start < span.start and _COPULA.search(text, first.end, span.start):
        span = first if _IS.match(text, first.end, sentence.end) else Span(0, 0)
    word = _LAST_WORD.search(text[sentence.start : span.start])
    vague = word and word.group(1).casefold() in _ATTACHING | _POINTING
    return None if vague or span.start == span.end else span


def _whole(text: str, span: Span) -> Span:
    """The span with what is joined to its front by a hyphen: "min-heap", not "heap"."""
    start = span.start
    while match := re.search(r"\w+-$", text[max(0, start - 40) : start]):
        start -= len(match.group())
    return Span(start, span.end)


def _label_at(
    text: str, start: int, phrases: dict[int, Span], marks: dict[int, Span]
) -> Span | None:
    """The label that begins at an offset; "method of least squares" is one."""
    found = marks.get(start) or phrases.get(start)
    if found is None:
        token = _TOKEN.match(text, start)
        return Span(*token.span()) if token else None
    more = _OF.match(text, found.end)
    if more is None:
        return found
    rest = phrases.get(more.end())
    return Span(found.start, rest.end) if rest and more.group(1).casefold() == "of" else None
