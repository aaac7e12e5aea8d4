"""The language model's named entities, a sentence at a time, and only when one is asked about."""

from __future__ import annotations

from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from waygraph.operators.parsing import language_identity, load_recognizer, model_language

if TYPE_CHECKING:
    from spacy.language import Language


def recognizer_identity(*, model: str) -> str:
    """Names and versions of what these settings load, and of the lists of names."""
    lists = ", ".join(f"{name} {version(name)}" for name in ("faker", "babel", "wordfreq"))
    return f"{language_identity(model=model, batch_size=1)}, {lists}"


class Recognizer:
    """What a language model calls the names of a text; it is loaded with the first question."""

    def __init__(self, model: str) -> None:
        self._model = model

    @cached_property
    def _pipeline(self) -> Language | None:
        return load_recognizer(self._model)

    @cached_property
    def language(self) -> str:
        """The model's language (ISO 639-1); empty if there is no model."""
        return model_language(self._model)

    @lru_cache(maxsize=20_000)  # noqa: B019 - there is one for each model
    def ask(self, text: str) -> dict[tuple[int, int], str]:
        """The label (``PERSON``, ``ORG``, …) of each entity that it finds in a text, by place."""
        if self._pipeline is None:
            return {}
        found = self._pipeline(text).ents
        return {(entity.start_char, entity.end_char): entity.label_ for entity in found}


recognizer = cache(Recognizer)
