"""Resolution: which keys are merged, how sure that is, why, and how it is undone."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.operators.test_candidates import by_hand, read
from waygraph.errors import ComputeGraphError
from waygraph.labels import key
from waygraph.model import (
    Alias,
    Aliases,
    Candidate,
    Candidates,
    ConceptTable,
    Document,
    Merges,
    Names,
    Span,
)
from waygraph.operators.aliases import aliases
from waygraph.operators.candidates import candidates
from waygraph.operators.concepts import concepts
from waygraph.operators.merge_claims import RULES, WORTH, Claim
from waygraph.operators.resolution import resolution
from waygraph.store.convert import Converter
from waygraph.store.merges import merge_labels


def corpus(
    notes: Mapping[str, str], *phrases: str
) -> tuple[list[Document], list[Candidates], list[Aliases]]:
    documents, targets = read(notes)
    parses = [by_hand(d, *phrases) for d in documents]
    return (
        documents,
        candidates(documents, targets, parses),
        aliases(documents, targets, parses),
    )


def merged(notes: Mapping[str, str], *phrases: str, never: str = "") -> Merges:
    found: Merges = resolution(*corpus(notes, *phrases)[1:], never=never)
    return found


def pairs(merges: Merges) -> set[tuple[str, str]]:
    """(short, long) of the merges that hold everywhere."""
    return {(m.short, m.long) for m in merges.found if not m.only and not m.capitals}


def inside(merges: Merges) -> set[tuple[str, str, str]]:
    return {(m.only, m.short, m.long) for m in merges.found if m.only}


def test_a_merge_says_how_sure_it_is_and_why_and_where() -> None:
    notes = {
        "a": "A graphics processing unit (GPU) is a chip.",
        "b": "The graphics processing unit (GPU) is hot.",
    }
    [merge] = merged(notes, "graphics processing unit").found
    assert (merge.short, merge.long, merge.name) == ("gpu", *["graphics processing unit"] * 2)
    assert (merge.short_label, merge.long_label) == ("GPU", "graphics processing unit")
    assert merge.rules == (("initials in brackets", 2),)
    assert merge.confidence == pytest.approx(1 - (1 - WORTH["letters"]) ** 2)
    assert merge.why == (
        "“GPU” stands in brackets beside “graphics processing unit”, its initials (2 notes)"
    )
    assert (merge.address, merge.span) == ("a.md", Span(2, 32))


def test_every_rule_says_why() -> None:
    for rule, (group, _) in RULES.items():
        claim = Claim("kurz", "lang")
        claim.add(rule, "a.md", Span(0, 1), "KURZ", "LANG")
        assert claim.confidence() == WORTH[group] < 1
        assert "KURZ" in claim.why() and "LANG" in claim.why()


def test_near_spellings_are_one_concept() -> None:
    notes = {
        "a": "**Back-propagation** and a **colour space** and **formulae**.",
        "b": "**Backpropagation** and a **color space** and a **formula**.",
    }
    assert pairs(merged(notes)) == {
        ("backpropagation", "back propagation"),
        ("colour space", "color space"),
        ("formulae", "formula"),
    }


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("supervised learning", "unsupervised learning"), ("L1 norm", "L2 norm"),
        ("homomorphism", "homeomorphism"), ("heap", "binary heap"), ("résumé", "resume"),
        ("rate of learning", "learning rate"), ("causal model", "casual model"),
    ],
)  # fmt: skip
def test_what_is_alike_but_not_one_stays_apart(one: str, two: str) -> None:
    assert merged({"a": f"**{one}** here.", "b": f"**{two}** there."}).found == ()


def test_an_author_may_say_what_words_would_forbid_but_no_page_goes_into_another() -> None:
    notes = {
        "binary heap": "---\naliases: [heap, queue]\n---\n# binary heap\n",
        "queue": "# queue\n\nA **heap** and a **queue**.\n",
    }
    assert pairs(merged(notes)) == {("heap", "binary heap")}


def test_opposites_never_meet_in_one_concept() -> None:
    page = "---\naliases: [minimum, maximum]\n---\n# extremum\n"
    found = merged({"extremum": page, "a": "**minimum** and **maximum**."})
    assert pairs(found) == {("maximum", "extremum")}


def test_a_page_that_only_points_to_another_goes_into_it() -> None:
    notes = {"quicksort": "# quicksort\n", "fast sort": "# fast sort\n\nSee [[quicksort]].\n"}
    assert pairs(merged(notes)) == {("fast sort", "quicksort")}
    notes["fast sort"] += "It sorts.\n"
    assert merged(notes).found == ()


def test_text_of_links_counts_if_it_is_usual() -> None:
    linked = {f"day-{n}": "By [[quicksort|partition sort]]." for n in range(3)}
    page = {"quicksort": "# quicksort\n"}
    assert pairs(merged({**page, **linked})) == {("partition sort", "quicksort")}
    assert merged({**page, "day-0": linked["day-0"]}).found == ()
    others = {f"day-9{n}": "A **partition sort**." for n in range(6)}
    assert merged({**page, **linked, **others}).found == ()


def test_two_pages_stay_apart_whatever_links_and_sentences_say() -> None:
    notes = {
        "heap": "# heap\n",
        "priority queue": "# priority queue\n\nA **priority queue**, also called heap, is one.\n",
        **{f"day-{n}": "A [[heap|priority queue]]." for n in range(3)},
    }
    assert merged(notes, "priority queue", "heap").found == ()


CD = {
    "a": "A **compact disc** (CD) spins. The **CD** is old.",
    "b": "With **continuous delivery** (CD) we ship. **CD** is fast.",
    "d": "A **CD** of what?",
}


def test_a_name_with_two_meanings_means_in_a_note_what_the_note_says() -> None:
    _, found, said = corpus(CD)
    merges = resolution(found, said)
    assert pairs(merges) == set()
    assert inside(merges) == {
        ("a.md", "cd", "compact disc"),
        ("b.md", "cd", "continuous delivery"),
    }
    table = concepts(found, merges)
    slugs = {c.slug: c for c in table.concepts}
    assert set(slugs) == {"compact-disc", "continuous-delivery", "cd"}
    assert slugs["compact-disc"].aliases == slugs["continuous-delivery"].aliases == ("CD",)


def test_a_note_that_says_both_settles_nothing() -> None:
    both = {"x": "A **compact disc** (CD) for **continuous delivery** (CD)."}
    assert merged(both).found == ()


def test_one_stray_meaning_does_not_unsettle_a_name() -> None:
    usual = {f"n{n}": "A **compact disc** (CD) spins." for n in range(12)}
    found = merged({**usual, "b": CD["b"]})
    assert pairs(found) == {("cd", "compact disc")}
    assert inside(found) == {("b.md", "cd", "continuous delivery")}


def test_pages_told_apart_by_a_bracket_stay_apart() -> None:
    planet = {
        "Mercury (planet)": "# Mercury (planet)\n\n**Mercury** is small.\n",
        "x": "**Mercury** shone.",
    }
    assert pairs(merged(planet)) == {("mercury", "mercury planet")}
    element = {"Mercury (element)": "# Mercury (element)\n\n**Mercury** is wet.\n"}
    found = merged({**planet, **element})
    assert pairs(found) == set()
    assert inside(found) == {
        ("Mercury (planet).md", "mercury", "mercury planet"),
        ("Mercury (element).md", "mercury", "mercury element"),
    }


def test_an_acronym_that_is_a_word_too_is_merged_in_capitals_alone() -> None:
    notes = {"a": "Maximum a posteriori (MAP) it is.", "b": "A **map** has keys."}
    [merge] = merged(notes).found
    assert (merge.short, merge.long, merge.capitals) == ("map", "maximum a posteriori", True)
    assert merge.why.endswith(", in capitals")


def test_a_word_less_holds_in_its_note() -> None:
    notes = {"a": "A **binary heap**, or simply **heap**, is full.", "b": "The **heap** leaks."}
    assert inside(merged(notes)) == {("a.md", "heap", "binary heap")}


def test_a_page_called_by_an_acronym_takes_the_expansion_that_it_states() -> None:
    notes = {"SVM": "# SVM\n\nA **support vector machine** (SVM) has a margin.\n"}
    [merge] = merged(notes, "support vector machine").found
    assert (merge.long, merge.name) == ("support vector machine", "svm")
    notes = {"SVM": "# SVM\n\nIt has a margin.\n", "x": "A **slow virtual machine** (SVM)."}
    assert pairs(merged(notes)) == set()


# Undoing


NOTES = {
    "breadth-first search": "---\naliases: [level search]\n---\n# Breadth-first search\n\nFair.\n",
    "a": "A **graphics processing unit** (GPU) is a chip, a **colour chip**.",
    "b": "**GPU** and **level search** and **color chip** and a **compact disc** (CD).",
    "c": "With **continuous delivery** (CD).",
}


def lines(documents: Sequence[Document], found: Sequence[Candidates], merges: Merges) -> list[str]:
    """All that a datagraph would hold of concepts and merges."""
    convert, table = Converter("https://example.org/"), concepts(found, merges)
    by_address = {d.address: d for d in documents}
    said = [
        line
        for one in merge_labels(merges.found, table)
        for line in convert.merges(by_address[one[2].address], [one])
    ]
    return sorted(convert.concepts(table) + said)


@pytest.mark.parametrize(
    ("never", "short"),
    [
        ("GPU = graphics processing unit", "gpu"),
        ("Graphics Processing Units = GPUs", "gpu"),
        ("level search = breadth-first search", "level search"),
        ("CD = compact disc", "cd"),
    ],
)
def test_a_vetoed_merge_is_as_if_it_had_never_been_proposed(never: str, short: str) -> None:
    documents, found, said = corpus(NOTES)
    ends = {key(part) for part in never.split(" = ")}
    silent = [
        Aliases(one.address, tuple(a for a in one.found if {a.short, a.long} != ends))
        for one in said
    ]
    assert silent != said
    merges = resolution(found, said)
    vetoed, unsaid = resolution(found, said, never=never), resolution(found, silent)
    assert vetoed == unsaid != merges
    assert lines(documents, found, vetoed) == lines(documents, found, unsaid)
    assert lines(documents, found, vetoed) != lines(documents, found, merges)


def test_a_veto_holds_however_many_names_lie_between() -> None:
    found = [_stated("a", "uno", "due", "tre")]
    said = [Aliases("a", (_alias("uno", "due"), _alias("due", "tre")))]
    assert len(resolution(found, said).found) == 2
    [left] = resolution(found, said, never="tre = uno").found
    assert {left.short, left.long} in ({"uno", "due"}, {"due", "tre"})


@pytest.mark.parametrize("never", ["GPU", "GPU = ", "a = b; c"])
def test_a_veto_that_is_no_pair_is_refused(never: str) -> None:
    with pytest.raises(ComputeGraphError, match="is no pair of labels"):
        resolution([], [], never=never)


# Whatever the claims


def _alias(short: str, long: str, rule: str = "also called") -> Alias:
    return Alias(key(long), key(short), short, rule, long, Span(0, 1))


def _stated(address: str, *labels: str) -> Candidates:
    rows = tuple(Candidate(key(label), label, "strong", Span(0, 1)) for label in labels)
    return Candidates(address, "", rows, ())


names = st.sampled_from(
    ["uno", "due", "tre", "quattro", "MAP", "map", "colour", "color", "tre due"]
)
rule = st.sampled_from([r for r, (g, _) in RULES.items() if g in ("author", "letters", "wording")])
claim = st.builds(_alias, names, names, rule).filter(lambda a: a.short != a.long)
note = st.tuples(st.lists(names, max_size=5), st.lists(claim, max_size=3))


def built(rows: Sequence[tuple[list[str], list[Alias]]]) -> list[tuple[Candidates, Aliases]]:
    return [
        (_stated(f"{i}.md", *labels), Aliases(f"{i}.md", tuple(dict.fromkeys(said))))
        for i, (labels, said) in enumerate(rows)
    ]


@settings(max_examples=200)
@given(st.lists(note, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_documents_changes_nothing(
    rows: list[tuple[list[str], list[Alias]]], chance: random.Random
) -> None:
    both = built(rows)
    shuffled = chance.sample(both, len(both))
    merges = resolution([c for c, _ in both], [a for _, a in both])
    assert merges == resolution([c for c, _ in shuffled], [a for _, a in shuffled])
    used = Names(merges)
    for merge in merges.found:
        assert 0.85 <= merge.confidence < 1
        assert merge.why and merge.rules and merge.short != merge.long
        if not merge.only and not merge.capitals:
            assert used.of(merge.short, "", "") == used.of(merge.long, "", "") == merge.name


@settings(max_examples=200)
@given(st.lists(note, max_size=6), st.data())
def test_any_veto_is_as_if_the_pair_had_never_been_named(
    rows: list[tuple[list[str], list[Alias]]], data: st.DataObject
) -> None:
    both = built(rows)
    found, said = [c for c, _ in both], [a for _, a in both]
    for merge in resolution(found, said).found[:1]:
        never = f"{merge.short} = {merge.long}"
        left: Merges = resolution(found, said, never=never)
        used = Names(left)
        ends = (merge.short, merge.long)
        assert not any({m.short, m.long} == set(ends) for m in left.found)
        assert used.of(ends[0], "", "") != used.of(ends[1], "", "")


def test_a_table_says_which_alias_a_merge_gave() -> None:
    _, found, said = corpus(NOTES)
    merges = resolution(found, said)
    table: ConceptTable = concepts(found, merges)
    said_of = {alias: slug for slug, alias, _ in merge_labels(merges.found, table)}
    assert said_of["GPU"] == "graphics-processing-unit"
    assert said_of["level search"] == "breadth-first-search"
    for alias, slug in said_of.items():
        assert alias in next(c for c in table.concepts if c.slug == slug).aliases
