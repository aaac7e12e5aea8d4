"""Named entities: people, organizations and places, which a note names and nobody learns.

The small language model calls half of a field's terms organizations or people. So its word alone
is never enough: a person has a person's name, an organization says that it is one, a place is
called a place however it is asked for. What notes present as a term is none.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from waygraph.compute.operator import operator
from waygraph.labels import key, topic
from waygraph.model import Document, Entities, Entity, Parse, Span
from waygraph.operators.name_lists import countries, family_names, given_names
from waygraph.operators.recognizer import Recognizer, recognizer, recognizer_identity
from waygraph.operators.stretches import Stretches
from waygraph.operators.termhood import word_frequencies

PERSON, ORGANIZATION, PLACE = "person", "organization", "place"
_KINDS = {"PERSON": PERSON, "PER": PERSON, "ORG": ORGANIZATION, "GPE": PLACE, "LOC": PLACE}
_PROSE = frozenset({"paragraph", "item", "cell"})
_WORD = r"(?![a-zß-öø-ÿ])[^\W\d_][\w'’-]*"
_SMALL = r"(?:van|von|de|der|den|del|di|da|la|le|bin|of|for|at|and|the)"
# Capitalized words in a row, initials and small words between them.
_NAME = re.compile(rf"\b{_WORD}(?:(?: {_SMALL}){{0,2}} (?:(?:[^\W\d_]\.)+|{_WORD}))*")
# What an organization calls itself.
_OWN = re.compile(
    r"\b(?:University|Universität|Université|Institute|College|Foundation|Inc|Corp|Corporation"
    r"|Ltd|LLC|GmbH|Laboratory|Laboratories|Labs|Museum|Press|Association|Society|Council"
    r"|Ministry|Department|Company|Consortium|Agency|Bank)\b"
)
_INTO = re.compile(r"\b(?:in|near|from|around|at|to|across|outside|visit|visiting)(?: the)? \Z")
# Before and behind a person's name.
_BEFORE = re.compile(
    r"\b(?:by|to|thanks to|via|from|with|Dr\.?|Prof\.?|Professor|Mrs?\.?|Ms\.?) \Z"
)
_BEHIND = re.compile(
    r"\A(?:,? et al\b| \((?:1[5-9]|20)\d\d\)| (?:said|says|wrote|writes|tweeted)\b)"
)
# Where people have pages of their own: of these the first part of the path is the person.
_PROFILES = frozenset({"twitter.com", "x.com", "github.com", "linkedin.com", "mastodon.social"})
_OF_PAGES = {
    **dict.fromkeys(("person", "people", "author", "authors", "researcher"), PERSON),
    **dict.fromkeys(("organization", "organisation", "organizations", "company", "companies"),
                    ORGANIZATION),
    **dict.fromkeys(("place", "places", "city", "country"), PLACE),
}  # fmt: skip
# How a name is put to the model besides the note's own sentence: alone, and in plain words.
_ASKED = ("{}", "We read what {} wrote about it.")
# Zipf frequencies: a word as common as the first is a word of its own, below the second a name.
_COMMON, _RARE = 3.3, 2.5
# The sentences of one document in which a name is asked about.
_MOST_ASKED = 2
_LONGEST = 1_000


@operator(version="1", identity=recognizer_identity)
def entities(
    documents: Sequence[Document], parses: Sequence[Parse], *, model: str = "auto"
) -> list[Entities]:
    """The people, organizations and places that documents name, each with where.

    A title, heading, tag, wikilink or definition that says just the name makes it a term, and no
    entity. A page tagged or filed as a person's, an organization's or a place's is one.
    """
    asked = recognizer(model)
    return [
        Entities(document.address, tuple(_found(document, parse, asked)))
        for document, parse in zip(documents, parses, strict=True)
    ]


def entity_keys(entities: Entities) -> frozenset[str]:
    """The keys of what a document names as people, organizations and places."""
    return frozenset(one.key for one in entities.found)


@dataclass(frozen=True, slots=True)
class _Met:
    """A capitalized phrase of a text: where, in which sentence."""

    label: str
    span: Span
    sentence: Span


def _found(document: Document, parse: Parse, asked: Recognizer) -> list[Entity]:
    """What a document names, by key."""
    own = _page(document)
    found = [own] if own else []
    terms = _terms(document)
    places: defaultdict[str, list[_Met]] = defaultdict(list)
    for met in _met(document, parse):
        if key(met.label) not in terms:
            places[met.label].append(met)
    if not places or parse.language != asked.language:
        return found
    linked, about = _links(document)
    plain = {
        document.text[token.start : token.end]
        for token in parse.tokens
        if token.tag in ("NOUN", "ADJ")
    }
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    said: defaultdict[str, list[_Met]] = defaultdict(list)
    for label, where in places.items():
        if label in about or plain.intersection(map(str.lower, _ends(label))):
            continue
        kind = _kind(label, where, document.text, asked, linked)
        if kind:
            kinds[key(label)][kind] += len(where)
            said[key(label)] += where
    for name in sorted(said):
        (kind, _), *_ = sorted(kinds[name].items(), key=lambda one: (-one[1], one[0]))
        spans = sorted(met.span for met in said[name])
        label = min(said[name], key=lambda met: met.span).label
        found.append(Entity(name, label, kind, tuple(spans)))
    return sorted(found, key=lambda one: one.key)


def _kind(
    label: str, where: Sequence[_Met], text: str, asked: Recognizer, linked: frozenset[str]
) -> str:
    """What a phrase names, if it is a person, an organization or a place."""
    words = label.split()
    if len(words) > 1 and _OWN.search(label):
        return ORGANIZATION if _is_organization(words) else ""
    told = label in linked or any(_is_cued(met, text) for met in where)
    if 2 <= len(words) <= 4 and _is_name(words):
        least = _least_votes(words, told)
        if least <= 3 and (not least or _votes(label, where, text, asked)[PERSON] >= least):
            return PERSON
    country = label in countries(asked.language)
    into = any(_INTO.search(text[max(0, met.span.start - 14) : met.span.start]) for met in where)
    if not country and (len(words) == 1 or not into or any(word[0].islower() for word in words)):
        return ""
    return PLACE if _votes(label, where, text, asked)[PLACE] >= (2 if country else 3) else ""


def _is_organization(words: Sequence[str]) -> bool:
    """Whether more is said than that it is one: not "the Company", nor a heading's words."""
    rest = [word for word in words if not _OWN.fullmatch(word) and word[0].isupper()]
    return bool(rest) and len(words) <= 7


def _is_name(words: Sequence[str]) -> bool:
    """Whether words may be a person's: capitalized, no shouting, no figures, no camel's humps."""
    large = [word for word in words if word[0].isupper()]
    return all(
        re.fullmatch(r"(?:[^\W\d_]\.)+|[^\W\d_](?:[^\W\d_]|[-'’])*", word)
        and (word.endswith(".") or _is_spelled(word))
        and not re.search(r"['’]s\Z", word)
        for word in large
    ) and all(word in ("van", "von", "de", "der", "den", "del", "di", "da", "la", "le", "bin")
              for word in words if word not in large)  # fmt: skip


def _is_spelled(word: str) -> bool:
    parts = re.split(r"[-'’]", word.removeprefix("Mc").removeprefix("Mac").removeprefix("De"))
    return all(not part[1:] or part[1:].islower() for part in parts)


def _least_votes(words: Sequence[str], told: bool) -> int:
    """How many of the model's three votes make a name a person's; more than three: none do.

    By what is known of its words, and whether something beside it says that it is somebody.
    """
    first, last = words[0].casefold(), words[-1].casefold()
    common = word_frequencies("en")
    given = first in given_names() or first.endswith(".")
    if last in family_names():
        if given:
            return 0 if told else 1
        if common.get(first, 0.0) < _COMMON:
            return 1 if told else 3
    if given and common.get(last, 0.0) < _COMMON:
        return 1 if told else 2
    rare = all(common.get(word.casefold(), 0.0) < _RARE for word in words)
    return 3 if rare and told else 4


def _is_cued(met: _Met, text: str) -> bool:
    before = text[max(met.sentence.start, met.span.start - 12) : met.span.start]
    behind = text[met.span.end : met.span.end + 12]
    return bool(_BEFORE.search(before) or _BEHIND.match(behind))


def _votes(label: str, where: Sequence[_Met], text: str, asked: Recognizer) -> Counter[str]:
    """How often the model calls a phrase what: asked plainly, and in its sentences (one vote)."""
    found: Counter[str] = Counter()
    here: Counter[str] = Counter()
    for plain in _ASKED:
        start = plain.index("{}")
        kinds = asked.ask(plain.format(label))
        found[_KINDS.get(kinds.get((start, start + len(label)), ""), "")] += 1
    if not {PERSON, PLACE} & found.keys():
        return found
    for met in where[:_MOST_ASKED]:
        start = met.span.start - met.sentence.start
        kinds = asked.ask(text[met.sentence.start : met.sentence.end])
        here[_KINDS.get(kinds.get((start, start + len(label)), ""), "")] += 1
    found[max(sorted(here), key=here.__getitem__)] += 1
    return found


def _met(document: Document, parse: Parse) -> Iterator[_Met]:
    """Capitalized phrases of the prose whose words are names to the tagger.

    None that stands before another noun: "Bayes net".
    """
    tags = {token.start: token for token in parse.tokens}
    barred = Stretches(m.span for m in document.marks if m.kind in ("code", "math", "url"))
    prose = Stretches(b.span for b in document.blocks if b.kind in _PROSE and not b.boilerplate)
    for sentence in parse.sentences:
        if sentence.end - sentence.start > _LONGEST or not prose.hold(sentence):
            continue
        for match in _NAME.finditer(document.text, sentence.start, sentence.end):
            span = _trimmed(document.text, match.span(), tags)
            if span is None or barred.touch(span):
                continue
            label = document.text[span.start : span.end]
            following = tags.get(span.end + 1)
            if not (following and following.tag == "NOUN" and document.text[span.end] == " "):
                yield _Met(label, span, sentence)


def _trimmed(text: str, place: tuple[int, int], tags: Mapping[int, object]) -> Span | None:
    """A phrase without what leads to it, small words at its end, and its possessive."""
    start, end = place
    words = [(m.start(), m.group()) for m in re.finditer(r"\S+", text[start:end])]
    names = [
        i
        for i, (at, word) in enumerate(words)
        if word[0].isupper() and getattr(tags.get(start + at), "tag", "") == "PROPN"
    ]
    if not names or (len(words) > 1 and names != _capitals(words, names[0], names[-1])):
        return None
    first, last = words[names[0]], words[names[-1]]
    word = re.sub(r"['’]s?\Z", "", last[1])
    return Span(start + first[0], start + last[0] + len(word)) if word else None


def _ends(label: str) -> tuple[str, ...]:
    """The last word, of a single one none: what is a noun elsewhere in a note is no name."""
    return tuple(label.split()[-1:]) if " " in label else ()


def _capitals(words: Sequence[tuple[int, str]], first: int, last: int) -> list[int]:
    return [i for i in range(first, last + 1) if words[i][1][0].isupper()]


def _terms(document: Document) -> set[str]:
    """The keys of what the document presents as terms."""
    text, about = document.text, topic(document)[0]
    blocks = (b.span for b in document.blocks if b.kind not in _PROSE and b.kind != "property")
    links = (link.span for link in document.links if link.kind in ("wikilink", "name", "embed"))
    marks = (mark.span for mark in document.marks if mark.kind in ("code", "tag"))
    spans = (*blocks, *links, *marks)
    return {key(about), *(key(text[span.start : span.end]) for span in spans)} - {""}


def _links(document: Document) -> tuple[frozenset[str], frozenset[str]]:
    """The texts of links to somebody's page or site, and of those to pages beside the note."""
    own: set[str] = set()
    beside: set[str] = set()
    for link in document.links:
        if link.kind == "link":
            text = document.text[link.span.start : link.span.end]
            if "://" not in link.target:
                beside.add(text)
            elif _is_somebodys(link.target):
                own.add(text)
    return frozenset(own), frozenset(beside)


def _is_somebodys(target: str) -> bool:
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    host = (parts.hostname or "").removeprefix("www.")
    path = [part for part in parts.path.split("/") if part]
    if host in _PROFILES:
        return len(path) == (2 if host == "linkedin.com" else 1)
    return not path or (len(path) == 1 and path[0].startswith("@"))


def _page(document: Document) -> Entity | None:
    """What a page is about that its tags or its folder call a person, say."""
    label, page = topic(document)
    said: Iterable[str] = (*document.tags, *document.address.split("/")[:-1])
    kinds = {_OF_PAGES[name] for one in said if (name := one.casefold()) in _OF_PAGES}
    if not page or not label or len(kinds) != 1:
        return None
    title = next((b.span for b in document.blocks if b.kind == "title"), Span(0, 0))
    return Entity(key(label), label, kinds.pop(), (title,))
