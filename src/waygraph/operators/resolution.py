"""Resolution: which keys name one concept, how sure that is, and why.

Every reason to merge two keys is a claim with a rule (``operators.merge_claims``); what the
rules are worth was measured (``scripts/score merges``), and none rests on an embedding.
Guards keep apart what words alone make alike: opposites, different numbers, a thing and its
kinds, two pages. A name with two meanings means, in each document, what that document says,
and elsewhere neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from waygraph.compute.operator import Between, operator
from waygraph.decisions import NO_NAME_RULINGS, NameRulings
from waygraph.errors import ComputeGraphError
from waygraph.labels import key
from waygraph.model import Aliases, Candidates, Merge, Merges, Span
from waygraph.operators.merge_claims import (
    BY_SPELLING,
    Claim,
    Corpus,
    Pair,
)
from waygraph.operators.spelling import ALSO_WORDS, differ

# A name belongs to the one meaning that has this share of what documents say.
_DOMINANT = 0.9
# A meaning this sure makes a name ambiguous, even where only surer ones are merged.
_RIVAL = 0.85
# Words that lead to a page in fewer of the documents that use them are no name of it.
_USUAL = 0.6


@operator(version="2")
def resolution(
    candidates: Sequence[Candidates],
    aliases: Sequence[Aliases],
    name_rulings: NameRulings = NO_NAME_RULINGS,
    *,
    threshold: Annotated[float, Between(0, 1)] = 0.85,
    never: str = "",
) -> Merges:
    """Merge the keys of the whole corpus that name one concept.

    Args:
        candidates: of each document.
        aliases: of the same documents.
        name_rulings: what a person decided, which no reason outweighs.
        threshold: the least confidence of a merge, 0 to 1.
        never: pairs of labels that must stay apart: ``"CD = compact disc; Go = go"``.

    Raises:
        ComputeGraphError: ``never`` does not read as pairs.
    """
    apart = read_pairs(never) | frozenset(name_rulings.apart)
    found = resolve(Corpus(candidates, aliases), threshold, apart, name_rulings.together)
    return Merges(found.found, name_rulings.absent)


def read_pairs(text: str) -> frozenset[Pair]:
    """Pairs of keys from ``"A = B; C = D"``, each in the order of the alphabet.

    Raises:
        ComputeGraphError: a part is no pair.
    """
    pairs = set()
    for part in filter(str.strip, text.split(";")):
        one, equals, two = part.partition(" = ")
        if not (equals and key(one) and key(two)):
            raise ComputeGraphError(
                f"never = {text!r}: {part.strip()!r} is no pair of labels", 'write "A = B; C = D"'
            )
        pairs.add(_pair(key(one), key(two)))
    return frozenset(pairs)


def _pair(one: str, two: str) -> Pair:
    return (one, two) if one <= two else (two, one)


def resolve(
    corpus: Corpus,
    threshold: float,
    never: frozenset[Pair] = frozenset(),
    together: Sequence[tuple[str, str, str, str]] = (),
) -> Merges:
    """The merges that a corpus supports.

    Args:
        corpus: names and claims.
        threshold: the least confidence of a merge, 0 to 1.
        never: sorted pairs of keys that stay apart, whatever speaks for it and however many
            other keys lie between them. Claims of such a pair count as if never made.
        together: (short, long, label, label) of keys that are one name, whatever speaks
            against it.
    """
    clusters = _Clusters(corpus, never)
    ruled = [pair for pair in together if clusters.unite(pair[0], pair[1])]
    ruled_names = frozenset(short for short, *_ in ruled)
    spelled: list[Claim] = []
    named: list[Claim] = []
    for pair in sorted(corpus.claims):
        claim = corpus.claims[pair]
        if claim.confidence() >= min(threshold, _RIVAL) and _pair(*pair) not in never:
            (spelled if BY_SPELLING & claim.groups() else named).append(claim)
    spelled = [claim for claim in spelled if claim.confidence() >= threshold]
    made = [claim for claim in _surest_first(spelled) if _is_sound(claim) and clusters.join(claim)]
    everywhere, inside = _scoped(named, corpus)
    made += _join_named(everywhere, inside, clusters, threshold)
    pairs = [*((c.short, c.long) for c in made), *((short, long) for short, long, *_ in ruled)]
    names = _canonical(pairs, corpus, clusters)
    found = [_merge(claim, names[claim.long]) for claim in made]
    found += [_ruled(pair, names[pair[1]]) for pair in ruled]
    for address, short in sorted(inside):
        meanings = inside[address, short]
        one_meaning = len({clusters.root(claim.long) for claim in meanings}) == 1
        if one_meaning and short not in ruled_names:
            claim = _surest_first(meanings)[0]
            apart = clusters.root(short) != clusters.root(claim.long)
            if apart and claim.confidence() >= threshold:
                name = names.get(claim.long, claim.long)
                found.append(_merge(claim, name, address, capitals=not address))
    return Merges(tuple(sorted(found, key=lambda merge: (merge.short, merge.long, merge.only))))


Inside = defaultdict[Pair, list[Claim]]


def _surest_first(claims: Iterable[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: (-claim.confidence(), claim.short, claim.long))


def _is_sound(claim: Claim) -> bool:
    """Whether the words of the two keys allow that they are one name."""
    why_not = differ(claim.short, claim.long)
    return not why_not or (why_not == "narrower" and "order of words" in claim.rules)


def _scoped(claims: Iterable[Claim], corpus: Corpus) -> tuple[list[Claim], Inside]:
    """The claims that may hold everywhere, and per (document, short) those that hold there.

    Under ("", short) are those that hold for capitals alone.
    """
    everywhere: list[Claim] = []
    inside: Inside = defaultdict(list)
    words: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups = claim.groups()
        # what the author of a page says of it counts whatever the words
        author = "author" in groups and "title without its bracket" not in claim.rules
        why_not = differ(claim.short, claim.long)
        if why_not == "narrower" and "title without its bracket" in claim.rules:
            why_not = ""
        homes = corpus.homes(claim.short)
        if not _is_usual(claim, corpus):
            continue
        if author or (not why_not and homes & set(claim.places)):
            everywhere.append(claim)
        elif not why_not and not homes:
            is_word = claim.short in ALSO_WORDS and groups <= {"letters", "initials"}
            (words[claim.short] if is_word else everywhere).append(claim)
        # a page's name is another thing's in a note that spells that out; "or simply heap" too
        elif (not why_not and "letters" in groups) or (
            why_not == "narrower" and "wording" in groups and not homes
        ):
            for address in claim.places:
                inside[address, claim.short].append(claim)
    for short, found in words.items():
        for claim in found:
            for address in [""] if len(found) == 1 else claim.places:
                inside[address, short].append(claim)
    return everywhere, inside


def _is_usual(claim: Claim, corpus: Corpus) -> bool:
    """Whether a link's text leads there in a good part of the documents that use the words."""
    used = corpus.names[claim.short].documents if claim.short in corpus.names else 0
    return claim.groups() != {"link"} or len(claim.places) >= _USUAL * used


def _join_named(
    claims: list[Claim], inside: Inside, clusters: _Clusters, threshold: float
) -> list[Claim]:
    """Join names to what they name, the unambiguous first; return the claims that hold.

    What a name means in single documents alone goes into ``inside``.
    """
    meanings: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        meanings[clusters.root(claim.short)].append(claim)
    made: list[Claim] = []
    waiting: list[list[Claim]] = []
    for group in sorted(meanings.values(), key=lambda g: [(c.short, c.long) for c in g]):
        if len({clusters.root(claim.long) for claim in group}) == 1:
            sure = [claim for claim in _surest_first(group) if claim.confidence() >= threshold]
            made += [claim for claim in sure if clusters.join(claim)]
        else:
            waiting.append(group)
    for group in waiting:
        support: defaultdict[str, set[str]] = defaultdict(set)
        for claim in group:
            support[clusters.root(claim.long)] |= set(claim.places)
        total = sum(map(len, support.values()))
        best = min(support, key=lambda root: (-len(support[root]), root))
        if len(support[best]) < _DOMINANT * total:
            best = ""
        for claim in _surest_first(group):
            if claim.confidence() < threshold:
                continue
            if best and clusters.root(claim.long) == best and clusters.join(claim):
                made.append(claim)
            else:
                for address in claim.places:
                    inside[address, claim.short].append(claim)
    return made


class _Clusters:
    """Keys joined so far (disjoint sets), and what forbids to join more."""

    def __init__(self, corpus: Corpus, never: frozenset[Pair]) -> None:
        self._corpus, self._never = corpus, never
        self._parents: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}

    def root(self, name: str) -> str:
        while name in self._parents:
            name = self._parents[name]
        return name

    def members(self, name: str) -> list[str]:
        """All keys joined with this one, itself too."""
        root = self.root(name)
        return self._members.get(root, [root])

    def join(self, claim: Claim) -> bool:
        """Join the two keys of a claim; False if something forbids it."""
        one, two = sorted((self.root(claim.short), self.root(claim.long)))
        if one == two:
            return True
        left, right = self.members(one), self.members(two)
        pages = all(any(map(self._corpus.homes, side)) for side in (left, right))
        if pages or any(self._are_apart(a, b, claim) for a in left for b in right):
            return False
        return self.unite(one, two)

    def unite(self, one: str, two: str) -> bool:
        """Join two keys, unless they or keys joined with them must stay apart."""
        one, two = sorted((self.root(one), self.root(two)))
        if one == two:
            return True
        left, right = self.members(one), self.members(two)
        if any(_pair(a, b) in self._never for a in left for b in right):
            return False
        self._parents[two] = one
        self._members[one] = left + right
        return True

    def _are_apart(self, one: str, two: str, claim: Claim) -> bool:
        mine = {one, two} == {claim.short, claim.long}
        return not mine and differ(one, two) == "opposites"


@dataclass(frozen=True, slots=True)
class _Rank:
    corpus: Corpus
    shorts: frozenset[str]

    def __call__(self, name: str) -> tuple[bool, bool, int, str]:
        documents = self.corpus.names[name].documents if name in self.corpus.names else 0
        return (not self.corpus.homes(name), name in self.shorts, -documents, name)


def _canonical(pairs: list[Pair], corpus: Corpus, clusters: _Clusters) -> dict[str, str]:
    """The key that each merged key goes under: a page, else no mere other name, else the usual."""
    rank = _Rank(corpus, frozenset(short for short, _ in pairs))
    return {name: min(clusters.members(name), key=rank) for pair in pairs for name in pair}


def _merge(claim: Claim, name: str, only: str = "", *, capitals: bool = False) -> Merge:
    _, address, span, short, long = claim.evidence(only)
    return Merge(
        claim.short, claim.long, name, short, long, claim.confidence(), claim.ranked(),
        claim.why() + ", in this note" * bool(only) + ", in capitals" * capitals,
        address, span, only, capitals,
    )  # fmt: skip


def _ruled(pair: tuple[str, str, str, str], name: str) -> Merge:
    """A merge that a person decided: the decision is its evidence, not words of a note."""
    short, long, *labels = pair
    return Merge(
        short, long, name, labels[0], labels[1], 1.0, (("decision", 1),), "decided", "", Span(0, 0)
    )
