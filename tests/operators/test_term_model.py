"""The model of terms: its features, its weights as data, and a score in words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from waygraph.errors import ComputeGraphError
from waygraph.operators.logistic import Logistic
from waygraph.operators.term_model import (
    NAMES,
    CorpusTerm,
    described,
    explained,
    load_model,
    model_json,
)


def term(label: str, *places: str, origin: str = "phrase", sure: float = 0.5) -> CorpusTerm:
    """A term named in these documents in one role."""
    made = CorpusTerm()
    for place in places:
        made.labels[label, origin] += 1
        made.note(origin, place, sure, "")
        made.count += 1
    return made


def values(terms: dict[str, CorpusTerm], name: str) -> dict[str, float]:
    found = described(terms)
    row = found.values[found.keys.index(name)].tolist()
    return dict(zip(found.names, row, strict=True))


def test_the_shipped_weights_are_those_of_the_features() -> None:
    assert load_model("auto").names == described({"kiln": term("kiln", "a")}).names


def test_a_short_name_of_a_page_counts_and_a_long_title_does_not() -> None:
    title = "firing a kiln with beech wood in winter"
    pages = {
        "lime kiln": term("lime kiln", "a", origin="page"),
        title: term(title, "b", origin="page"),
    }
    assert values(pages, "lime kiln")["role page"] > 0
    assert values(pages, title)["role page"] == 0


def test_longer_terms_are_known_to_hold_a_part() -> None:
    terms = {"kiln": term("kiln", "a", "b"), "lime kiln": term("lime kiln", "a")}
    part = values(terms, "kiln")
    assert part["longer terms"] > 0
    assert part["share in longer terms"] == 0.5
    assert values(terms, "lime kiln")["no without last"] == 1
    assert part["role page"] == 0


def test_weights_are_written_and_read_again(tmp_path: Path) -> None:
    shipped = load_model("auto")
    file = tmp_path / "weights.json"
    file.write_text(model_json(shipped))
    assert load_model(str(file)) == shipped
    names = [feature["name"] for feature in json.loads(file.read_text())["features"]]
    assert names[: len(NAMES)] == list(NAMES)


@pytest.mark.parametrize("text", ["", "{}", '{"bias": 0, "features": [{"name": "x"}]}'])
def test_a_file_without_weights_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "weights.json"
    file.write_text(text)
    with pytest.raises(ComputeGraphError, match=r"weights\.json"):
        load_model(str(file))


def test_a_score_is_said_in_words() -> None:
    names = ("role page", "words 1", "words 2", "meaning 0", "meaning 1", "capital")
    model = Logistic(names, (0.0,) * 6, (1.0,) * 6, (1.0, -0.5, 0.0, 0.4, 0.5, 0.1), 0.0)
    rows = np.array([[1.0, 1, 0, 1, 1, 1], [0.0, 0, 0, 0, 0, 0]])
    assert explained(model, rows) == [
        "for it: a page bears its name, what its words mean; against it: how long it is",
        "",
    ]
