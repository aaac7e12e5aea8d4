"""Cohen's kappa over the matters that two people ruled on."""

from __future__ import annotations

import pytest

from waygraph.app.agreement import agreement
from waygraph.decisions import Decision, parse_statement


def ruled(who: str, *statements: str) -> list[Decision]:
    from dataclasses import replace

    return [
        replace(parse_statement(said.split()), who=who, when=f"2026-01-01T00:00:{i:02}Z")
        for i, said in enumerate(statements)
    ]


def test_the_example_of_the_literature() -> None:
    # 50 grants, two readers: both yes 20, both no 15, one yes 5, two yes 10; kappa 0.4
    cells = [("accept", "accept")] * 20 + [("accept", "reject")] * 5
    cells += [("reject", "accept")] * 10 + [("reject", "reject")] * 15
    one = ruled("one", *(f"{a} c{i}" for i, (a, _) in enumerate(cells)))
    two = ruled("two", *(f"{b} c{i}" for i, (_, b) in enumerate(cells)))
    found = agreement(one, two)
    assert (found.matters, found.agreed) == (50, 35)
    assert (found.observed, found.expected, found.kappa) == (0.7, 0.5, 0.4)
    assert len(found.disagreements) == 15


def test_only_what_both_ruled_on_counts_and_only_what_holds() -> None:
    one = ruled("one", "accept a", "reject a", "merge b c", "accept d", "know e")
    two = ruled("two", "reject a", "split c b", "accept f", "know e")
    found = agreement(one, two)
    assert (found.matters, found.agreed, found.only_one, found.only_two) == (2, 1, 1, 1)
    (other,) = found.disagreements
    assert (other.one.statement(), other.two.statement()) == ("merge b c", "split c b")


def test_relations_are_one_matter_whichever_verb_rules() -> None:
    one = ruled("one", "relate a uses b", "require c d")
    two = ruled("two", "reject a uses b", "accept c requires d")
    found = agreement(one, two)
    assert (found.matters, found.agreed) == (2, 1)


def test_names_agree_by_what_they_say() -> None:
    found = agreement(ruled("one", "rename a b"), ruled("two", "rename a B"))
    assert (found.matters, found.agreed) == (1, 1)
    assert agreement(ruled("one", "rename a b"), ruled("two", "rename a c")).agreed == 0


@pytest.mark.parametrize(
    ("one", "two"),
    [((), ()), (("accept a",), ("accept b",)), (("accept a",), ("accept a",))],
)
def test_no_kappa_where_there_can_be_none(one: tuple[str, ...], two: tuple[str, ...]) -> None:
    assert agreement(ruled("one", *one), ruled("two", *two)).kappa is None


def test_less_than_chance_is_negative() -> None:
    one, two = ruled("one", "accept a", "reject b"), ruled("two", "reject a", "accept b")
    assert agreement(one, two).kappa == -1
