"""Annotations -> RDF: the one place that says how waygraph's values look as triples.

Everything is written as N-Triples lines. A named graph is a sorted list of them, so two
graphs are equal exactly if their texts are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from waygraph.model import (
    ConceptTable,
    Document,
    Home,
    Mentions,
    Merge,
    Relation,
    Relations,
    Span,
    Targets,
    digest_of,
)
from waygraph.order import MetInOrder
from waygraph.store.packed import Packed, merged
from waygraph.strength import strength_of
from waygraph.vocab import (
    DCTERMS,
    OA,
    PREDICATES,
    PROV,
    RDF,
    SCHEMA,
    SKOS,
    WG,
    XSD,
    claim_iri,
    concept_iri,
    document_iri,
)

# Changes whenever the same annotations give other triples.
CONVERTER = "6"
Triple = tuple[str, str, str]
_CONTEXT = 24
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t",
            "\b": "\\b", "\f": "\\f"}  # fmt: skip
_ESCAPED = re.compile('[\\\\"\\x00-\\x1f\\x7f\ufffe\uffff]')
_WEB = re.compile(r"(https?://[^\s/?#<>\"{}|\\^`]+)([^#]*)(#?)(.*)", re.S)
# What a web address may hold as people write it and no IRI may.
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})|[\s\[\]#<>\"{}|\\^`\x00-\x1f\x7f]")


def iri(value: str) -> str:
    """An IRI as a term."""
    return f"<{value}>"


def text(value: str) -> str:
    """A plain literal as a term."""
    return f'"{_ESCAPED.sub(_escape, value)}"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


def typed(value: str, kind: str) -> str:
    """A literal of an XSD type as a term."""
    return f'"{value}"^^<{XSD}{kind}>'


def whole(value: int) -> str:
    """An integer as a term."""
    return typed(str(value), "integer")


def fraction(value: float) -> str:
    """A number as xsd:decimal with at most four places, as a store gives it back."""
    shown = f"{value:.4f}".rstrip("0").rstrip(".")
    return typed("0" if shown in ("-0", "") else shown, "decimal")


def moment(value: str) -> str:
    """A time (ISO 8601) as xsd:dateTime, as a store gives it back."""
    shown = re.sub(r"(\.\d*?)0+(?=\D|\Z)", r"\1", value.replace("+00:00", "Z"))
    return typed(re.sub(r"\.(?=\D|\Z)", "", shown), "dateTime")


# More lines than this are not held as they are: a note of a megabyte has four hundred thousand.
_HELD = 50_000


@dataclass
class Triples:
    """Collects the lines of one named graph; ``places`` of the document have theirs already.

    Very many lines are put aside as sorted ``runs``, compressed.
    """

    lines: set[str] = field(default_factory=set)
    places: set[tuple[int, int]] = field(default_factory=set)
    runs: list[Packed] = field(default_factory=list)

    def add(self, subject: str, predicate: str, *objects: str) -> None:
        """Add ``subject predicate object`` for every object; objects are terms."""
        for term in objects:
            self.lines.add(f"<{subject}> <{predicate}> {term} .")

    def put_aside(self) -> None:
        """Make room, if there are very many lines."""
        if len(self.lines) >= _HELD:
            self.runs.append(Packed.of(sorted(self.lines)))
            self.lines = set()

    def done(self) -> Collection[str]:
        """The sorted lines."""
        lines = sorted(self.lines)
        return merged([*self.runs, lines]) if self.runs else lines


class Converter:
    """Turns annotations into triples under one base IRI."""

    def __init__(self, base: str) -> None:
        self.base = base

    def document(self, document: Document, targets: Targets) -> list[str]:
        """What a document is: title, date and day with hints, status, tags, sections, citations."""
        out, me = Triples(), document_iri(self.base, document.address)
        out.add(me, RDF + "type", iri(WG + "Document"))
        out.add(me, DCTERMS + "identifier", text(document.address))
        out.add(me, DCTERMS + "title", text(document.title))
        out.add(me, WG + "sha256", text(document.digest))
        out.add(me, WG + "words", whole(sum(s.words for s in document.sections)))
        if document.date:
            out.add(me, DCTERMS + "date", typed(document.date, "date"))
        if document.day is not None:
            out.add(me, WG + "day", whole(document.day))
        if document.status:
            out.add(me, WG + "status", text(document.status))
        for hint in document.hints:
            place = f"{hint.origin}, line {hint.line}" if hint.line else hint.origin
            said = text(f"{hint.value} ({place}): {hint.verdict}")
            out.add(me, WG + ("dateHint" if hint.kind == "date" else "dayHint"), said)
        out.add(me, SCHEMA + "keywords", *(text(tag) for tag in document.tags))
        for target in targets.found:
            if target.address and target.address != document.address:
                out.add(me, SCHEMA + "citation", iri(document_iri(self.base, target.address)))
        for link in document.links:
            page = _web_iri(link.target) if link.kind != "image" else ""
            if page:
                out.add(me, SCHEMA + "citation", iri(document_iri(self.base, page)))
        for number, section in enumerate(document.sections):
            part = f"{me}#section={number}"
            start, end = document.source_span(section.span)
            out.add(me, SCHEMA + "hasPart", iri(part))
            out.add(part, RDF + "type", iri(WG + "Section"))
            out.add(part, DCTERMS + "title", text(" ".join(section.heading.split())))
            out.add(part, WG + "level", whole(section.level))
            out.add(part, WG + "words", whole(section.words))
            out.add(part, OA + "start", whole(start))
            out.add(part, OA + "end", whole(end))
            if section.day is not None:
                out.add(part, WG + "day", whole(section.day))
            if section.date:
                out.add(part, DCTERMS + "date", typed(section.date, "date"))
        return sorted(out.lines)

    def sequence(self, met: MetInOrder) -> list[str]:
        """Where each document stands among the others by its strongest signal, and all that
        says so, with what gives way to what."""
        out = Triples()
        for places in met.found:
            me, strongest = document_iri(self.base, places.address), places.found[0]
            out.add(me, SCHEMA + "position", whole(strongest.rank))
            for place in places.found:
                way = "used" if place is strongest else f"gives way to {strongest.signal}"
                out.add(me, WG + "place", text(" ".join(f"{place}: {way}".split())))
        return sorted(out.lines)

    def mentions(self, document: Document, found: Mentions) -> Collection[str]:
        """Every mention as a Web Annotation, and the concept that a page is about."""
        out, me = Triples(), document_iri(self.base, document.address)
        if found.about and document.page:
            out.add(me, SCHEMA + "about", iri(concept_iri(self.base, found.about)))
        for mention in found.found:
            start = document.offsets.source_start(mention.span.start)
            end = document.offsets.source_end(mention.span.end)
            note = f"<{me}#mention={start},{end}>"
            out.lines |= {
                f"{note} <{RDF}type> <{OA}Annotation> .",
                f"{note} <{OA}motivatedBy> <{OA}identifying> .",
                f"{note} <{OA}hasBody> <{concept_iri(self.base, mention.concept)}> .",
                f"{note} <{OA}hasTarget> <{self._place(out, document, (start, end))}> .",
            }
            out.put_aside()
        return out.done()

    def relations(
        self, document: Document, found: Relations, refused: Collection[Triple] = ()
    ) -> Collection[str]:
        """A document's relations, but for the refused ones, and definitions, with their claims."""
        out = Triples()
        for relation in found.found:
            if (relation.subject, relation.predicate, relation.object) not in refused:
                self._relation(out, document, relation)
        for definition in found.definitions:
            said = _plain(document, definition.span)
            self._claim(
                out, document, concept_iri(self.base, definition.concept), SKOS + "definition",
                text(said), definition.confidence, "definition", (definition.span,),
            )  # fmt: skip
        return out.done()

    def homes(self, document: Document, found: Iterable[Home]) -> Collection[str]:
        """What this document explains, in which section or as a whole, each place a claim."""
        out, me = Triples(), document_iri(self.base, document.address)
        for home in found:
            place = me if home.section < 0 else f"{me}#section={home.section}"
            self._claim(
                out, document, concept_iri(self.base, home.concept), WG + "explainedIn",
                iri(place), home.strength, home.kind, (home.evidence,),
            )  # fmt: skip
        return out.done()

    def prerequisites(self, document: Document, kept: Iterable[Relation]) -> Collection[str]:
        """The ``requires`` claims whose evidence stands in this document."""
        out = Triples()
        for relation in kept:
            self._relation(out, document, relation)
        return out.done()

    def merges(
        self, document: Document, found: Iterable[tuple[str, str, Merge]]
    ) -> Collection[str]:
        """The merges whose evidence stands in this document, each (slug, alias, merge) a claim.

        A merge claims a label: that the concept is called so too.
        """
        out = Triples()
        for slug, alias, merge in found:
            me = self._claim(
                out, document, concept_iri(self.base, slug), SKOS + "altLabel", text(alias),
                merge.confidence, merge.rules[0][0], (merge.span,),
            )  # fmt: skip
            out.add(me, DCTERMS + "description", text(merge.why))
        return out.done()

    def concepts(self, table: ConceptTable) -> list[str]:
        """The concepts with their labels."""
        out, scheme = Triples(), self.base + "concepts"
        out.add(scheme, RDF + "type", iri(SKOS + "ConceptScheme"))
        out.add(scheme, DCTERMS + "title", text("Concepts of these notes"))
        for concept in table.concepts:
            me = concept_iri(self.base, concept.slug)
            out.add(me, RDF + "type", iri(SKOS + "Concept"))
            out.add(me, SKOS + "inScheme", iri(scheme))
            out.add(me, SKOS + "prefLabel", text(concept.label))
            out.add(me, SKOS + "altLabel", *(text(alias) for alias in concept.aliases))
            pages = (page for page in map(_web_iri, concept.matches) if page)
            out.add(me, SKOS + "exactMatch", *(iri(document_iri(self.base, p)) for p in pages))
            out.add(me, WG + "confidence", fraction(concept.score))
        return sorted(out.lines)

    def run(
        self, me: str, facts: Sequence[tuple[str, str]], inputs: Iterable[str] = ()
    ) -> list[str]:
        """One operator run, ``me``.

        ``facts`` are pairs of a property's local name and a value, ``inputs`` the runs that
        made what it takes.
        """
        out = Triples()
        out.add(me, RDF + "type", iri(PROV + "Activity"))
        out.add(me, PROV + "wasInformedBy", *map(iri, inputs))
        for name, value in facts:
            if name == "endedAtTime":
                out.add(me, PROV + name, moment(value))
            elif value:
                out.add(me, WG + name, text(value))
        return sorted(out.lines)

    def _relation(self, out: Triples, document: Document, relation: Relation) -> None:
        # what has no evidence is not written
        if not relation.evidence:
            return
        self._claim(
            out, document, concept_iri(self.base, relation.subject),
            PREDICATES[relation.predicate][0], iri(concept_iri(self.base, relation.object)),
            relation.confidence, relation.rule, relation.evidence, relation.hedged,
        )  # fmt: skip

    def _claim(
        self,
        out: Triples,
        document: Document,
        subject: str,
        predicate: str,
        term: str,
        confidence: float,
        rule: str,
        evidence: Sequence[Span],
        hedged: bool = False,
    ) -> str:
        """A triple and the claim beside it, whose IRI this gives."""
        places = [document.source_span(span) for span in evidence]
        content = (subject, predicate, term, rule, document.address, repr(places))
        me = claim_iri(self.base, digest_of(*content)[:24])
        out.lines |= {
            f"<{subject}> <{predicate}> {term} .",
            f"<{me}> <{RDF}type> <{WG}Claim> .",
            f"<{me}> <{RDF}subject> <{subject}> .",
            f"<{me}> <{RDF}predicate> <{predicate}> .",
            f"<{me}> <{RDF}object> {term} .",
            f"<{me}> <{WG}confidence> {fraction(confidence)} .",
            f"<{me}> <{WG}rule> {text(rule)} .",
        }
        if hedged:
            out.add(me, WG + "hedged", typed("true", "boolean"))
        if predicate == PREDICATES["requires"][0]:
            out.add(me, WG + "strength", text(strength_of(confidence, rule, hedged)))
        name = "evidence"
        for span, place in zip(evidence, places, strict=True):
            target = self._place(out, document, place, span)
            out.lines.add(f"<{me}> <{WG}{name}> <{target}> .")
            name = "context"
        out.put_aside()
        return me

    def _place(
        self, out: Triples, document: Document, place: tuple[int, int], span: Span | None = None
    ) -> str:
        """The IRI of a place in a document, with selectors by position and by quote.

        The text of its ``span`` is written too where it reads otherwise than the source.
        """
        start, end = place
        source, me = document.source, document_iri(self.base, document.address)
        target = f"{me}#char={start},{end}"
        plain = _plain(document, span) if span else ""
        if plain and plain != source[start:end]:
            out.add(target, WG + "plainText", text(plain))
        if place in out.places:
            return target
        out.places.add(place)
        position, quote = f"{me}#position={start},{end}", f"{me}#quote={start},{end}"
        before, behind = source[max(0, start - _CONTEXT) : start], source[end : end + _CONTEXT]
        out.lines |= {
            f"<{target}> <{RDF}type> <{OA}SpecificResource> .",
            f"<{target}> <{OA}hasSource> <{me}> .",
            f"<{target}> <{OA}hasSelector> <{position}> .",
            f"<{target}> <{OA}hasSelector> <{quote}> .",
            f"<{target}> <{WG}line> {whole(document.line_of(start))} .",
            f"<{position}> <{RDF}type> <{OA}TextPositionSelector> .",
            f"<{position}> <{OA}start> {whole(start)} .",
            f"<{position}> <{OA}end> {whole(end)} .",
            f"<{quote}> <{RDF}type> <{OA}TextQuoteSelector> .",
            f"<{quote}> <{OA}exact> {text(source[start:end])} .",
            f"<{quote}> <{OA}prefix> {text(before)} .",
            f"<{quote}> <{OA}suffix> {text(behind)} .",
        }
        return target


def _plain(document: Document, span: Span) -> str:
    return " ".join(document.text[span.start : span.end].split())


def _web_iri(address: str) -> str:
    """The IRI of a web page from its address as written; empty if it can be none."""
    match = _WEB.fullmatch(address)
    if match is None:
        return ""
    host, page, mark, part = match.groups()
    value = host + _STRAY.sub(_percent, page) + mark + _STRAY.sub(_percent, part)
    try:
        ox.NamedNode(value)
    except ValueError:
        return ""
    return value


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())
