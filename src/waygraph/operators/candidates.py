"""Candidates: every span of one document that may name a concept, with why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote, urlsplit

from waygraph.compute.operator import operator
from waygraph.labels import is_term, key, tidy
from waygraph.model import (
    Alias,
    Block,
    Candidate,
    Candidates,
    Document,
    ExternalMatch,
    Link,
    Mark,
    Parse,
    Span,
    Targets,
)

_TITLE_BREAK = re.compile(r"\s+[-–—|]+\s+|\s*[–—|:]\s+|\s*,\s+(?=day\b)", re.I)
_ACRONYM = re.compile(r"\s*\(\s*([A-Z][A-Za-z0-9]*[A-Z0-9]s?)\s*\)")
_OPENING = re.compile(r"\W*(?:an?\s+)?\W*", re.I)
_DEFINES = re.compile(r"\W*(?:\([^()]*\)\W*)?(?:is|are)\s+(?:an?|the|one of)\s", re.I)
# A page may be about two things at once, or about one seen as another.
_JOINING = re.compile(
    r"(?<=\s)(?:and|or|as|between|vs\.?|versus|into|onto|over|under|the|an?)(?=\s)", re.I
)
_DISAMBIGUATION = re.compile(r"[ _]\([^()]*\)$")


@operator(version="5")
def candidates(
    documents: Sequence[Document], targets: Sequence[Targets], parses: Sequence[Parse]
) -> list[Candidates]:
    """Candidates from structure (titles, headings, links, tags, emphasis) and noun phrases."""
    return [
        _of_document(document, target, parse)
        for document, target, parse in zip(documents, targets, parses, strict=True)
    ]


def title_concept(title: str, page: bool) -> str:
    """The label of what a title names, or empty: a day's title is no concept, a page's is."""
    parts = [tidy(part) for part in _TITLE_BREAK.split(title)]
    parts = [part for part in parts if part and not re.search(r"\bday\s*\d", part, re.I)]
    label = tidy(title) + ")" * (title.endswith(")") and "(" in tidy(title))
    if page and is_term(_JOINING.sub(" ", label), longest=8):
        return label
    return parts[0] if len(parts) == 1 and is_term(parts[0]) else ""


def _of_document(document: Document, targets: Targets, parse: Parse) -> Candidates:
    text = document.text
    # what a vault keeps without a date is kept for its topic, whatever the file is called
    page = document.page or not (document.date or document.day is not None)
    about = title_concept(document.title, page)
    found: list[Candidate] = []
    aliases: list[Alias] = []

    skipped = [block.span for block in document.blocks if block.boilerplate]

    def add(label: str, origin: str, span: Span) -> None:
        if name := key(label):
            found.append(Candidate(name, label, origin, span))

    for block, label in _structural(document, about):
        if block.kind == "alias" and about and page:
            aliases.append(Alias(key(about), key(label), label, "alias of the page"))
        elif block.kind in ("title", "heading") and about and key(label) == key(about):
            add(label, "page" if page else "title", block.span)
        else:
            add(label, block.kind, block.span)
    if about and not any(c.origin in ("page", "title") for c in found):
        add(about, "page" if page else "title", Span(0, 0))
    matches: list[ExternalMatch] = []
    for link, target in zip(document.links, targets.found, strict=True):
        if _is_inside(link.span, skipped):
            continue
        label = tidy(text[link.span.start : link.span.end])
        titled = title_concept(target.title, target.page) if target.page else ""
        bare = link.kind == "url" or link.target.startswith("mailto:")
        named = titled or (label if is_term(label) and not bare else "")
        diary = target.address and not target.page
        if not named or diary:
            continue
        add(named, "wikilink" if link.kind == "wikilink" else "link", link.span)
        if titled and is_term(label) and key(label) != key(titled):
            aliases.append(Alias(key(titled), key(label), label, "link to the page"))
        if iri := _encyclopedia(link, named):
            matches.append(ExternalMatch(key(named), iri))
    ends = {phrase.span.end for phrase in parse.phrases}
    for mark in document.marks:
        label = "" if _is_inside(mark.span, skipped) else _emphasised(mark, text)
        # emphasis on a verb or adverb is a tone of voice, not a term
        if label and (mark.kind == "code" or not ends or _end(mark, text) in ends):
            add(label, mark.kind, mark.span)
    found += _noun_phrases(document, parse)
    found += _defined(document, parse)
    aliases += _acronyms(document, parse)
    return Candidates(
        document.address,
        key(about),
        tuple(found),
        tuple(dict.fromkeys(aliases)),
        tuple(dict.fromkeys(matches)),
    )


def _is_inside(span: Span, spans: Sequence[Span]) -> bool:
    return any(s.start <= span.start and span.end <= s.end for s in spans)


def _structural(document: Document, about: str) -> Iterator[tuple[Block, str]]:
    """Blocks that are labels as a whole, with that label."""
    for block in document.blocks:
        label = tidy(document.text[block.span.start : block.span.end])
        if block.boilerplate:
            continue
        if block.kind == "tag":
            label = re.split(r"[/]", label)[-1].replace("-", " ").replace("_", " ")
        elif block.kind in ("title", "heading"):
            page = bool(about) and key(label) == key(about)
            label = about if page else title_concept(label, False)
        elif block.kind != "alias":
            continue
        if label and is_term(label, longest=8):
            yield block, label


def _end(mark: Mark, text: str) -> int:
    return mark.span.start + len(text[mark.span.start : mark.span.end].rstrip(" .,;:"))


def _emphasised(mark: Mark, text: str) -> str:
    label = tidy(text[mark.span.start : mark.span.end])
    if mark.kind == "code":
        return label if re.fullmatch(r"[A-Za-z][\w-]{2,20}", label) and is_term(label) else ""
    if mark.kind not in ("strong", "emphasis") or not is_term(label, longest=4):
        return ""
    shouted = label.isupper() and len(label) > 5
    return "" if shouted or text[mark.span.end - 1] in "!?" else label


def _noun_phrases(document: Document, parse: Parse) -> Iterator[Candidate]:
    barred = [m.span for m in document.marks if m.kind in ("url", "math", "code")]
    for phrase in parse.phrases:
        span = phrase.span
        if any(b.start < span.end and span.start < b.end for b in barred):
            continue
        label = tidy(document.text[span.start : span.end])
        if not is_term(label) or label[0].isdigit() or any(c in label for c in '|=<>{}[]"@…'):
            continue
        proper = all(tag in ("PROPN", "X", "NUM") for tag in phrase.tags)
        origin = "phrase" if len(label.split()) > 1 else "name" if proper else "noun"
        yield Candidate(key(label), label, origin, span)


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


def _acronyms(document: Document, parse: Parse) -> Iterator[Alias]:
    """``graphics processing unit (GPU)``: a phrase with its initials behind it."""
    for phrase in parse.phrases:
        match = _ACRONYM.match(document.text, phrase.span.end)
        if match is None:
            continue
        label = tidy(document.text[phrase.span.start : phrase.span.end])
        short = match.group(1)
        long = _expansion(label, short.removesuffix("s"))
        if long:
            yield Alias(key(long), key(short), short.removesuffix("s"), "initials in brackets")


def _expansion(label: str, short: str) -> str:
    """The tail of ``label`` whose words begin with the letters of ``short``, or empty."""
    tail = list(re.finditer(r"[^\W_]+", label))[-len(short) :]
    initials = "".join(match.group()[0] for match in tail)
    if len(tail) < 2 or initials.casefold() != short.casefold():
        return ""
    return label[tail[0].start() :]


def _encyclopedia(link: Link, label: str) -> str:
    """The page's IRI, if the link leads to the Wikipedia or Wikidata page of just this term."""
    try:
        parts = urlsplit(link.target)
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    item = re.fullmatch(r"/(?:wiki|entity)/(Q\d+)", parts.path)
    if host == "wikidata.org" and item:
        return f"http://www.wikidata.org/entity/{item.group(1)}"
    if not f".{host}".endswith(".wikipedia.org") or parts.fragment:
        return ""
    folder, _, name = unquote(parts.path).partition("/wiki/")
    if folder:
        return ""
    title = _DISAMBIGUATION.sub("", name.replace("_", " "))
    if ":" in name or key(title) != key(label):
        return ""
    page = re.sub(r"[%?#]", lambda mark: quote(mark.group()), name.replace(" ", "_"))
    return f"https://{host}/wiki/{page}"
