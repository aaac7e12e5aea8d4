"""Relations by structure: links, headings, head nouns, what stands side by side."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import islice, pairwise

from waygraph.labels import key
from waygraph.model import Mention, Relation, Span
from waygraph.operators.modality import denies
from waygraph.operators.outlines import sole_name
from waygraph.operators.reader import Reader
from waygraph.operators.stretches import Stretches
from waygraph.properties import INVERSES, PropertyRelations, property_name
from waygraph.strength import BY_AUTHOR, SECTION
from waygraph.vocab import PREDICATES

_NEEDED_FIRST = re.compile(
    r"\b(?:prerequisites?|requirements?|before you|need(?:ed)? first|first\b.*\bneed|"
    r"background|what (?:you|to) (?:need|know|learn)|you should know)\b",
    re.I,
)
# A sentence that names more concepts than this is a list.
_CROWDED = 12
# How sure a property is whose name says a relation, and one whose name says none.
_WRITTEN, _UNKNOWN = 0.95, 0.6
# Of the names of relations those that head sections and lists; "Uses" and "Applications" may
# lead either way.
_OF_SECTIONS = frozenset("requires requiredBy broader narrower partOf hasPart".split())
_LONGEST_LEAD = 80
_STATEMENT = re.compile(
    r"\W*(?:definition|theorem|lemma|proposition|corollary|axiom)\b"
    r"(?:\s*\d+(?:\.\d+)*)?\s*(?:\([^()]*\)\s*)?[:.–—-]?\s*",
    re.I,
)
# How sure it is that a thing is built on what is linked there.
_ROLES = {"definition": 0.5, "statement": 0.4, "first paragraph": 0.3}

# "Prerequisites: none, but see …"
_NONE = re.compile(r"\s*(?:none|no|not|nothing)\b", re.I)


def by_links(reader: Reader, confidence: float) -> Iterator[Relation]:
    """A page or titled note links another page: the two are related."""
    if not reader.about:
        return
    for link, target in zip(reader.document.links, reader.targets.found, strict=True):
        sentence = reader.sentence_at(link.span)
        if link.role or sentence is None or not (target.names or not target.address):
            continue
        named = Span(link.span.start, min(link.span.end, sentence.span.end))
        inside = [m for m in reader.inside(named) if m.concept != reader.about]
        if not inside:
            continue
        one, two = sorted((reader.about, inside[0].concept))
        ends = (one, "related", two)
        yield reader.claim(ends, confidence, "link", *reader.of_itself(sentence.span))


def by_properties(reader: Reader, names: PropertyRelations) -> Iterator[Relation]:
    """What the author wrote as a link with a type: ``requires:: [[X]]``, ``up: "[[Y]]"``.

    Evidence is the property from its name to the link. What a name says that no table knows is
    no more than a link.
    """
    if not reader.about or not any(link.role for link in reader.document.links):
        return
    blocks = [block.span for block in reader.document.blocks if block.kind == "property"]
    for link in reader.document.links:
        if not link.role:
            continue
        relation, sure = names.relation(link.role), _WRITTEN
        if not relation:
            relation, sure = "related", _UNKNOWN
        whole = blocks[bisect_right(blocks, link.span.start, key=lambda b: b.start) - 1]
        named = next((m for m in reader.inside(link.span)), None)
        if named is None or INVERSES.get(relation, relation) not in PREDICATES:
            continue
        evidence = reader.of_itself(Span(whole.start, link.span.end))
        yield reader.claim(_ends(reader.about, relation, named.concept), sure, BY_AUTHOR, *evidence)


def by_heads(
    reader: Reader, confidence: float, heads: Mapping[str, str], names: Mapping[str, str]
) -> Iterator[Relation]:
    """``weighted graph`` is a kind of ``graph``: the head noun, if it is a concept."""
    seen: set[str] = set()
    for mention in reader.found:
        name = names.get(mention.concept, "")
        written = reader.text(mention.span.start, mention.span.end)
        # neither "bag of words" nor "TCP/IP" is a kind of its last word
        if mention.concept in seen or "/" in written or {"of", "in"} & {*name.split()}:
            continue
        seen.add(mention.concept)
        surface = key(written).split(" ")
        for n in range(1, len(surface)):
            head = heads.get(" ".join(surface[n:]))
            if head and head != mention.concept:
                ends = (mention.concept, "broader", head)
                yield reader.claim(ends, confidence, "head noun", mention.span)
                break


def by_sections(reader: Reader, confidence: float, names: PropertyRelations) -> Iterator[Relation]:
    """What a section or list named "Prerequisites", "Up", "Children" … links, the page relates to.

    What one of needs names without a link counts half.
    """
    if not reader.about:
        return
    linked = Stretches(link.span for link in reader.document.links)
    for place, relation in _named_places(reader, names):
        for sentence in reader.within(place):
            if not reader.is_prose(sentence.span):
                continue
            for mention in sentence.mentions:
                touches = linked.touch(mention.span)
                if touches or relation == "requires":
                    sure = confidence if touches else confidence / 2
                    ends = _ends(reader.about, relation, mention.concept)
                    yield reader.claim(ends, sure, SECTION, *reader.of_itself(sentence.span))


def _named_places(reader: Reader, names: PropertyRelations) -> Iterator[tuple[Span, str]]:
    """Sections, lists and paragraphs that a name of a relation leads, with that relation."""
    above: list[tuple[int, str]] = []
    for section in reader.document.sections:
        above = [one for one in above if one[0] < section.level]
        above.append((section.level, _relation_of(section.heading, names)))
        relation = next((relation for _, relation in reversed(above) if relation), "")
        if relation:
            yield section.span, relation
    led = ""
    for block in reader.document.blocks:
        if block.boilerplate or block.kind not in ("paragraph", "item"):
            led = "" if block.kind == "heading" else led
            continue
        said = reader.text(block.span.start, min(block.span.end, block.span.start + _LONGEST_LEAD))
        name, colon, rest = said.partition(":")
        own = _relation_of(name, names) if colon else ""
        # a line of its own is a heading in all but name: "**Prerequisites**"
        if not colon and block.kind == "paragraph":
            alone = names.relation(property_name(said))
            own, rest = (alone if alone in _OF_SECTIONS else ""), ""
        if own and not rest.strip():
            led = own
        elif own and _NONE.match(rest):
            led = ""
        elif own or (led and block.kind == "item"):
            yield block.span, own or led
        else:
            led = ""


def _relation_of(name: str, names: PropertyRelations) -> str:
    """The relation that the name of a section or list says of what it links, or empty."""
    relation = names.relation(property_name(name))
    if relation in _OF_SECTIONS:
        return relation
    return "requires" if _NEEDED_FIRST.search(name) and not denies(name) else ""


def _ends(about: str, relation: str, other: str) -> tuple[str, str, str]:
    """Subject, predicate and object of what a document about one concept says of another."""
    predicate = INVERSES.get(relation, relation)
    turned = predicate != relation or (predicate == "related" and other < about)
    return (other, predicate, about) if turned else (about, predicate, other)


def by_roles(reader: Reader) -> Iterator[Relation]:
    """What is linked where a thing is explained, it is likely built on: in its definition, in the
    statement of a theorem, in the first paragraph of its page."""
    if not any(target.names for target in reader.targets.found):
        return
    defining = {definition.span: definition.concept for definition in reader.definitions()}
    paragraphs = (
        b.span for b in reader.document.blocks if b.kind == "paragraph" and not b.boilerplate
    )
    opening = Stretches(islice(paragraphs, int(reader.document.page)))
    stated = sorted(statements(reader))
    for link, target in zip(reader.document.links, reader.targets.found, strict=True):
        sentence = reader.sentence_at(link.span)
        named = next(iter(reader.inside(link.span)), None)
        if link.role or sentence is None or named is None or not target.names:
            continue
        i = bisect_right(stated, link.span, key=lambda one: one[0]) - 1
        role, concept = "definition", defining.get(sentence.span, "")
        if not concept and i >= 0 and link.span.end <= stated[i][0].end:
            role, concept = "statement", stated[i][1]
        if not concept and opening.hold(link.span):
            role, concept = "first paragraph", reader.about
        if concept and concept != named.concept:
            ends = (concept, "requires", named.concept)
            evidence = reader.of_itself(sentence.span)
            yield reader.claim(ends, _ROLES[role], f"link in the {role}", *evidence)


def statements(reader: Reader) -> Iterator[tuple[Span, str]]:
    """Definitions and theorems by their headings or first words, and the concept each is of."""
    for section in reader.document.sections:
        if match := _STATEMENT.match(section.heading):
            heading = Span(
                section.span.start + match.end(), section.span.start + len(section.heading)
            )
            named = sole_name(reader.document.text, heading, reader.inside(heading))
            yield section.span, named.concept if named else reader.about
    for block in reader.document.blocks:
        if block.kind == "paragraph" and _STATEMENT.match(
            reader.document.text, block.span.start, block.span.end
        ):
            yield block.span, reader.about


def by_sentences(reader: Reader, confidence: float) -> Iterator[Relation]:
    """Neighbours in one sentence are related; a crowd of mentions says nothing of a pair."""
    for sentence in reader.sentences:
        found = sentence.mentions
        if len(found) > _CROWDED or not reader.is_prose(sentence.span):
            continue
        for i, left in enumerate(found):
            for right in found[i + 1 : i + 3]:
                one, two = sorted((left.concept, right.concept))
                yield reader.claim(
                    (one, "related", two), confidence, "shared sentence", sentence.span
                )


def by_neighbours(reader: Reader, confidence: float) -> Iterator[Relation]:
    """The last concept of a sentence and the first of the next one in its paragraph."""
    named = [s for s in reader.sentences if s.mentions and reader.is_prose(s.span)]
    for before, after in pairwise(named):
        both = Span(before.span.start, after.span.end)
        if len(before.mentions) + len(after.mentions) <= _CROWDED and reader.is_prose(both):
            ends = sorted((before.mentions[-1].concept, after.mentions[0].concept))
            claim = (ends[0], "related", ends[1])
            yield reader.claim(claim, confidence, "neighbouring sentences", both)


def by_headings(reader: Reader, confidence: float) -> Iterator[Relation]:
    """A heading that is a concept's name, below one that is another's: the outer is broader."""
    above: list[tuple[int, Mention | None, Span]] = []
    for block in reader.document.blocks:
        if block.kind not in ("title", "heading"):
            continue
        above = [one for one in above if one[0] < block.level]
        named = sole_name(reader.document.text, block.span, reader.inside(block.span))
        if above and named:
            _, outer, place = above[-1]
            if outer:
                ends = (named.concept, "broader", outer.concept)
                yield reader.claim(ends, confidence, "headings", block.span, place)
        above.append((block.level, named, block.span))
