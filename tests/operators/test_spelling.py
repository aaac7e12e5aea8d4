"""Spelling: which keys are one name written in two ways, and which must not be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waygraph.labels import key
from waygraph.operators.spelling import differ, form, same_form, slips


@pytest.mark.parametrize(
    ("one", "two", "rule"),
    [
        ("naïve Bayes", "naive Bayes", "accents and symbols"),
        ("λ-calculus", "lambda calculus", "accents and symbols"),
        ("colour space", "color space", "British and American spelling"),
        ("regularisation", "regularization", "British and American spelling"),
        ("labelled data", "labeled data", "British and American spelling"),
        ("analyses", "analysis", "irregular plural"),
        ("criteria", "criterion", "irregular plural"),
        ("tomatoes", "tomato", "irregular plural"),
        ("caches", "cache", "irregular plural"),
        ("quizzes", "quiz", "irregular plural"),
        ("mice", "mouse", "irregular plural"),
        ("back-propagation", "backpropagation", "spaces and hyphens"),
        ("time series", "timeseries", "spaces and hyphens"),
        ("Node.js", "node js", "spaces and hyphens"),
        ("neighbour hood", "neighborhood", "spaces and hyphens"),
    ],
)
def test_one_name(one: str, two: str, rule: str) -> None:
    assert form(key(one)) == form(key(two))
    assert same_form(key(one), key(two)) == same_form(key(two), key(one)) == rule


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("résumé", "resume"), ("rosé", "rose"), ("python 3 1", "python 31"), ("filling", "filing"),
        ("four", "for"), ("AND gate", "gate"), ("heap", "heaps of"),
    ],
)  # fmt: skip
def test_two_names(one: str, two: str) -> None:
    assert form(key(one)) != form(key(two)) or not same_form(key(one), key(two))


@pytest.mark.parametrize(
    ("one", "two", "why"),
    [
        ("minimum", "maximum", "opposites"), ("min heap", "max heap", "opposites"),
        ("supervised learning", "unsupervised learning", "opposites"),
        ("parametric test", "nonparametric test", "opposites"),
        ("bipartite graph", "tripartite graph", "opposites"),
        ("hyperthermia", "hypothermia", "opposites"), ("superset", "subset", "opposites"),
        ("L1 norm", "L2 norm", "different numbers"), ("python 2", "python 3", "different numbers"),
        ("type ii error", "type iii error", "different numbers"),
        ("heap", "binary heap", "narrower"), ("binary heap", "heap", "narrower"),
        ("quicksort", "partition exchange sort", ""), ("L1 norm", "taxicab norm", ""),
        ("gpu", "graphics processing unit", ""), ("sine", "cosine wave", ""),
    ],
)  # fmt: skip
def test_what_keeps_keys_apart(one: str, two: str, why: str) -> None:
    assert differ(key(one), key(two)) == differ(key(two), key(one)) == why


@pytest.mark.parametrize(
    ("one", "two", "rule"),
    [
        ("occurrence", "occurence", "doubled letter"),
        ("algorithm", "algorihtm", "swapped letters"),
        ("bandwidth", "bandwith", "one letter"),
        ("casual", "causal", ""),
        ("sulfate", "sulfite", ""),
        ("transmitter", "transmission", ""),
        ("immoral", "unmoral", ""),
        ("planning", "planing", ""),
        ("heap", "heat", ""),
        ("sha1234", "sha1235", ""),
    ],
)
def test_slips_of_the_pen(one: str, two: str, rule: str) -> None:
    found = {frozenset((a, b)): r for a, b, r in slips([one, two, "elephant"])}
    assert found.get(frozenset((one, two)), "") == rule


words = st.lists(st.text("aeinrst", min_size=6, max_size=9), max_size=30)


@given(words)
def test_slips_are_found_whatever_the_order(found: list[str]) -> None:
    assert set(slips(found)) == set(slips(found[::-1]))
