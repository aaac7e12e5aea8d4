"""spaCy's attribute ruler with a memory: the same tags, found sooner.

The ruler tries some two hundred rules on every token, a fifth of a small pipeline's time, and
nearly all of them look at that token alone. What it makes of such a token depends on the
token's own attributes, so it is asked once for each kind of token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.pipeline import AttributeRuler
    from spacy.tokens import Doc

RULER = "attribute_ruler"
_WRITTEN = ("TAG", "POS", "MORPH", "LEMMA", "DEP")
# What a word's spelling alone tells: a kind of token is its spelling and what is written on it.
_SPELLED = frozenset(
    """
    ORTH TEXT LOWER SHAPE PREFIX SUFFIX LENGTH IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_UPPER
    IS_TITLE IS_PUNCT IS_SPACE IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT IS_CURRENCY
    IS_STOP LIKE_NUM LIKE_URL LIKE_EMAIL
    """.split()
)
_KINDS = 1 << 16


@cache
def remembered_rules(language: Language) -> Callable[[Doc], Doc] | None:
    """What does the work of the pipeline's attribute ruler on a document that it did not see.

    None where there is no ruler, it is not the last of the pipeline, or a rule reads or
    writes something that is not the token's own.
    """
    if not language.pipe_names or language.pipe_names[-1] != RULER:
        return None
    ruler: AttributeRuler = language.get_pipe(RULER)  # type: ignore[assignment]  # found by name
    longer: list[Any] = []
    for rule in ruler.patterns:
        if not rule["attrs"].keys() <= set(_WRITTEN):  # type: ignore[union-attr]  # always a dict
            return None
        for pattern in rule["patterns"]:  # type: ignore[union-attr]  # always a list
            if len(pattern) > 1 or "OP" in pattern[0]:
                longer.append(pattern)
            elif not pattern[0].keys() <= _SPELLED | set(_WRITTEN):
                return None
    return _remembering(language, ruler, longer)


def _remembering(
    language: Language, ruler: AttributeRuler, longer: list[Any]
) -> Callable[[Doc], Doc]:
    """``ruler``, asked about each kind of token once, but for documents with ``longer`` matches."""
    import numpy as np
    from spacy.matcher import Matcher
    from spacy.tokens import Doc

    vocab = language.vocab
    written: list[int | str] = [*_WRITTEN]
    several = Matcher(vocab)
    if longer:
        several.add("longer", longer)

    def values(rows: Sequence[Sequence[int]]) -> Any:
        return np.array(rows, dtype="uint64")

    @lru_cache(_KINDS)
    def outcome(spelled: int, *attributes: int) -> list[int]:
        one = Doc(vocab, words=[vocab.strings[spelled]], spaces=[False])
        one.from_array(written, values([attributes]))
        found: list[int] = ruler(one).to_array(written)[0].tolist()
        return found

    def rules(doc: Doc) -> Doc:
        if not len(doc):
            return doc
        if longer and several(doc, allow_missing=True):
            return ruler(doc)
        kinds: Iterable[list[int]] = doc.to_array(["ORTH", *written]).tolist()
        return doc.from_array(written, values([outcome(*k) for k in kinds]))

    return rules
