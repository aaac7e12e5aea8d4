"""What one named graph tells the view: read once from its triples, then kept by its digest.

A graph that has not changed tells the same, so bringing the view up to date costs what
changed, and reading it from the triples as they are written spares reading them back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from waygraph.model import digest_of
from waygraph.vocab import DCTERMS, OA, PROV, RDF, SCHEMA, SKOS, WG

# Changes whenever the same triples tell something else.
_VERSION = "3"
_PLACE = (OA + "hasSource", OA + "hasSelector", WG + "line", WG + "plainText")
_READ = frozenset(
    (
        *_PLACE,
        *(OA + name for name in ("start", "end", "exact", "hasTarget", "hasBody")),
        *(RDF + name for name in ("subject", "predicate", "object")),
        *(SKOS + name for name in ("prefLabel", "altLabel")),
        *(DCTERMS + name for name in ("identifier", "title", "description")),
        *(SCHEMA + name for name in ("hasPart", "about")),
        *(
            WG + name
            for name in (
                "rule",
                "strength",
                "words",
                "confidence",
                "evidence",
                "statement",
                "address",
            )
        ),
        PROV + "wasDerivedFrom",
    )
)
# Those of which a thing may have several, or that are gone through one by one.
_SEVERAL = frozenset(
    (
        *(SKOS + name for name in ("prefLabel", "altLabel")),
        *(SCHEMA + name for name in ("about", "hasPart")),
        *(OA + name for name in ("hasSelector", "hasTarget")),
        DCTERMS + "identifier",
        RDF + "subject",
    )
)
_READ_AS = {f"<{name}>": name for name in _READ}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}

# (document IRI, start, end, line, exact, plain text or empty). A decision's place has its address
# for the IRI, and no extent: start and end are its line.
Place = tuple[str, int, int, int, str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a named graph says of labels, documents, mentions and claims.

    ``labels``, ``aliases``: (concept, label); ``sources``: (document, address); ``about``:
    (document, concept); ``sections``: (document, start, heading, words); ``mentions``:
    (concept, place); ``claims``: (claim, subject, predicate, object or text, confidence, rule,
    strength of a ``requires`` or empty, place). Things are named by their IRIs; all are sorted.
    """

    labels: tuple[tuple[str, str], ...]
    aliases: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    about: tuple[tuple[str, str], ...]
    sections: tuple[tuple[str, int, str, int], ...]
    mentions: tuple[tuple[str, Place], ...]
    claims: tuple[tuple[str, str, str, str, float, str, str, Place], ...]


def facts_key(digest: str) -> str:
    """The key of the facts of the named graph with this digest."""
    return digest_of("facts", _VERSION, digest)


def facts_of(lines: Iterable[str]) -> Facts:
    """The facts that N-Triples lines tell; a claim or mention without a place is passed over."""
    by: dict[str, list[tuple[str, str]]] = {name: [] for name in _SEVERAL}
    one: dict[str, dict[str, str]] = {name: {} for name in _READ - _SEVERAL}
    # an IRI is said again and again: one string for it, not ten
    iris: dict[str, str] = {}
    for line in lines:
        subject, predicate, rest = line.split(" ", 2)
        if name := _READ_AS.get(predicate):
            me, value = subject[1:-1], _value(rest)
            me = iris.setdefault(me, me)
            if rest.startswith("<"):
                value = iris.setdefault(value, value)
            if name in one:
                one[name][me] = value
            else:
                by[name].append((me, value))
    titles, words, starts = one[DCTERMS + "title"], one[WG + "words"], one[OA + "start"]
    places = _places(one, by[OA + "hasSelector"])
    decided = _decided(one)
    bodies = one[OA + "hasBody"]
    kinds, objects = one[RDF + "predicate"], one[RDF + "object"]
    sure, evidence = one[WG + "confidence"], one[PROV + "wasDerivedFrom"] | one[WG + "evidence"]
    grounds = places | decided
    rules, strengths = one[WG + "rule"], one[WG + "strength"]
    return Facts(
        tuple(sorted(by[SKOS + "prefLabel"])),
        tuple(sorted(by[SKOS + "altLabel"])),
        tuple(sorted({*by[DCTERMS + "identifier"], *((p[0], p[0]) for p in decided.values())})),
        tuple(sorted(by[SCHEMA + "about"])),
        tuple(
            sorted(
                (document, int(starts[part]), titles[part], int(words[part]))
                for document, part in by[SCHEMA + "hasPart"]
            )
        ),
        tuple(
            sorted(
                (bodies[note], places[place])
                for note, place in by[OA + "hasTarget"]
                if place in places
            )
        ),
        tuple(
            sorted(
                (
                    claim,
                    subject,
                    kinds[claim],
                    objects[claim],
                    float(sure[claim]),
                    rules.get(claim, ""),
                    strengths.get(claim, ""),
                    place,
                )
                for claim, subject in by[RDF + "subject"]
                if (place := grounds.get(evidence.get(claim, "")))
            )
        ),
    )


def _places(
    one: Mapping[str, Mapping[str, str]], selectors: Sequence[tuple[str, str]]
) -> dict[str, Place]:
    """Every place that evidence and mentions point to, by its IRI."""
    documents, lines, plain = one[OA + "hasSource"], one[WG + "line"], one[WG + "plainText"]
    starts, ends, exacts = one[OA + "start"], one[OA + "end"], one[OA + "exact"]
    position: dict[str, str] = {}
    quoted: dict[str, str] = {}
    for place, selector in selectors:
        (position if selector in starts else quoted)[place] = selector
    return {
        place: (
            documents[place],
            int(starts[selector]),
            int(ends[selector]),
            int(lines[place]),
            exacts[quoted[place]],
            plain.get(place, ""),
        )
        for place, selector in position.items()
    }


def _decided(one: Mapping[str, Mapping[str, str]]) -> dict[str, Place]:
    """Where every decision stands, by its IRI."""
    addresses, lines, reasons = (
        one[name] for name in (WG + "address", WG + "line", DCTERMS + "description")
    )
    return {
        decision: (
            addresses[decision],
            int(lines[decision]),
            int(lines[decision]),
            int(lines[decision]),
            statement,
            reasons.get(decision, ""),
        )
        for decision, statement in one[WG + "statement"].items()
    }


def _value(rest: str) -> str:
    """The IRI, or the text of the literal, at the end of an N-Triples line."""
    if rest.startswith("<"):
        return rest[1:-3]
    value = rest[1 : rest.rindex('"')]
    return unescape(value)


def unescape(value: str) -> str:
    """What stands between the quotes of an N-Triples literal, as text."""
    return _ESCAPE.sub(_unescaped, value) if "\\" in value else value


def _unescaped(match: re.Match[str]) -> str:
    short, long, one = match.groups()
    return chr(int(short or long, 16)) if short or long else _SHORT.get(one, one)
