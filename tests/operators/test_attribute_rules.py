"""The remembered attribute rules give what spaCy's own ruler gives."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from waygraph.operators.attribute_rules import RULER, remembered_rules
from waygraph.operators.parsing import load_language

ATTRIBUTES: list[int | str] = ["TAG", "POS", "MORPH", "LEMMA", "DEP"]


def _language(*patterns: dict[str, object]) -> Language:
    language = spacy.blank("en")
    ruler = language.add_pipe(RULER)
    for pattern in patterns:
        ruler.add([[pattern]], {"POS": "VERB"})  # type: ignore[attr-defined]  # add_pipe names no type
    return language


def _ruled(language: Language, text: str) -> tuple[Doc, Doc]:
    """A text as the pipeline's ruler and as the remembered rules leave it."""
    rules = remembered_rules(language)
    assert rules is not None
    with language.select_pipes(disable=[RULER]):
        return language.get_pipe(RULER)(language(text)), rules(language(text))


@pytest.mark.slow
def test_the_notes_are_tagged_as_by_the_ruler(checkout: Path) -> None:
    language = load_language("auto")
    notes = (checkout / "data").rglob("*.md")
    texts = [part for note in notes for part in note.read_text("utf-8").split("\n\n")]
    texts += ["", " \n ", "There is no way. Let's go; he ain't here!", "gon na"]
    rules = remembered_rules(language)
    assert rules is not None
    found = map(rules, language.pipe(texts, disable=[RULER]))
    for expected, doc in zip(language.pipe(texts), found, strict=True):
        assert doc.to_array(ATTRIBUTES).tolist() == expected.to_array(ATTRIBUTES).tolist()


def test_a_rule_over_one_word_and_one_over_two() -> None:
    language = _language({"LOWER": "run"}, {"TEXT": {"REGEX": "^go"}})
    ruler = language.get_pipe(RULER)
    ruler.add([[{"LOWER": "run"}, {"LOWER": "time"}]], {"POS": "NOUN"})  # type: ignore[attr-defined]  # get_pipe names no type
    for text in ("I run and gopher", "the run time, I run", "nothing"):
        expected, found = _ruled(language, text)
        assert [t.pos_ for t in found] == [t.pos_ for t in expected]
    _, found = _ruled(language, "the run time, I run")
    assert [t.pos_ for t in found] == ["", "NOUN", "", "", "", "VERB"]


def test_rules_that_look_further_than_the_word_are_left_to_spacy() -> None:
    assert remembered_rules(_language({"SENT_START": 1})) is None
    assert remembered_rules(_language({"ENT_TYPE": "PERSON"})) is None
    assert remembered_rules(spacy.blank("en")) is None
    followed = _language({"LOWER": "run"})
    followed.add_pipe("sentencizer")
    assert remembered_rules(followed) is None
