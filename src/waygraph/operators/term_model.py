"""Which terms of a corpus an indexer would list: one logistic regression over each term.

Its features hold on any text: the roles that notes give a label, what the words around it say
(``termhood``), how often it comes and in how many notes, the words' rarity and shape, the longer
and shorter terms that share them (the idea of C-value; Frantzi, Ananiadou and Mima 2000), and
what the words mean (``word_meanings``). ``scripts/train concepts`` fits the weights, which ship as
``data/terms.json``; ``waygraph train`` fits them further to what a person decides.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from waygraph.config import data_file
from waygraph.errors import ComputeGraphError
from waygraph.labels import CHATTER, FUNCTION_WORDS, GENERIC
from waygraph.operators.knots import spread
from waygraph.operators.logistic import Logistic, logistic_json, logistic_of
from waygraph.operators.termhood import word_frequencies
from waygraph.operators.word_meanings import DIMENSIONS, meanings, meanings_identity
from waygraph.sealed import unsealed

if TYPE_CHECKING:
    from waygraph.operators.logistic import Table

ROLES = ("page", "title", "wikilink", "link", "tag", "heading", "strong", "defined", "emphasis",
         "code", "alias")  # fmt: skip
_MOST_COUNTED = 8
# A heading that stands in this many documents belongs to their template.
TEMPLATE_DOCUMENTS = 3
_ENDINGS = ("ing", "tion", "ment", "ity", "ness", "ism", "er", "or", "al", "ic", "ive", "ly", "ed",
            "ous", "able", "sis", "gy", "ance", "ence", "ure")  # fmt: skip
_VERBAL = ("ing", "ed", "ly")
# A page's name of more words tells what to do or read, and is no word for its being a concept.
_LONG_TITLE = 4
_LANGUAGE = "en"
_KNOTS = (0.0, 2.0, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.5)
_SUREST = 6.0
_MEANING = tuple(f"meaning {i}" for i in range(DIMENSIONS))


@dataclass
class CorpusTerm:
    """What the corpus says of one key."""

    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    # origin -> document -> how likely the words there are a term, and what is around them
    documents: defaultdict[str, dict[str, tuple[float, str]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    count: int = 0
    matches: set[str] = field(default_factory=set)

    def add(self, other: CorpusTerm) -> None:
        """What is said of another key of the same concept."""
        self.labels.update(other.labels)
        self.count += other.count
        for origin, documents in other.documents.items():
            for address, (score, context) in documents.items():
                self.note(origin, address, score, context)
        self.matches |= other.matches

    def note(self, origin: str, address: str, score: float, context: str) -> None:
        """One candidate; of several in one document the surest counts."""
        documents = self.documents[origin]
        documents[address] = max((score, context), documents.get(address, (0.0, "")))

    def surest(self, origin: str) -> list[float]:
        """How likely a label in this role is a term, of each document, the surest first.

        Words copied from one document to another count once.
        """
        documents = self.documents.get(origin, {})
        if origin == "heading" and len(documents) >= TEMPLATE_DOCUMENTS:
            return []
        surest: dict[str, float] = {}
        for address, (sure, context) in documents.items():
            place = context or address
            surest[place] = max(sure, surest.get(place, 0.0))
        return sorted(surest.values(), reverse=True)[:_MOST_COUNTED]


def load_model(model: str) -> Logistic:
    """The weights of a file, or those that ship for "auto".

    Raises:
        ComputeGraphError: the file is missing or holds no such weights.
    """
    path = _path(model)
    try:
        return logistic_of(json.loads(unsealed(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ComputeGraphError(
            f"{path} holds no weights of terms: {error}",
            'remove it and make it anew with waygraph train, or set model = "auto"',
        ) from None


def _path(model: str) -> Path:
    return data_file("terms.json") if model == "auto" else Path(model)


def model_identity(*, model: str, threshold: float) -> str:
    """Name and digest of the weights that these settings load, and whose words they read."""
    try:
        digest = sha256(_path(model).read_bytes()).hexdigest()
    except OSError:
        return model
    return ", ".join(filter(None, (f"terms sha256 {digest}", meanings_identity())))


def model_json(model: Logistic) -> str:
    """Weights as a file, a feature a line."""
    return f"{{\n{logistic_json(model)}\n}}\n"


@dataclass(frozen=True, slots=True)
class Terms:
    """The features of the terms of a corpus: ``values`` has a row for each of ``keys``."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    values: Table


def described(terms: Mapping[str, CorpusTerm]) -> Terms:
    """The features of terms, each from itself and from those that share words with it."""
    keys = tuple(sorted(terms))
    counts = {name: max(1, terms[name].count) for name in keys}
    longer = _longer(counts)
    rows = [
        {
            **_roles(name, terms[name]),
            **_words(name, terms[name]),
            **_family(name, terms, counts, longer),
        }
        for name in keys
    ]
    column = {name: i for i, name in enumerate(NAMES)}
    values = np.zeros((len(keys), len(NAMES) + DIMENSIONS))
    for row, found in enumerate(rows):
        for name, value in found.items():
            values[row, column[name]] = value
    values[:, len(NAMES) :] = meanings(keys)
    return Terms(keys, (*NAMES, *_MEANING), values)


def _roles(name: str, term: CorpusTerm) -> dict[str, float]:
    found = {}
    for origin in ROLES:
        documents = term.surest(origin)
        if documents:
            found[f"role {origin}"] = math.log1p(len(documents))
    if "role page" in found and name.count(" ") >= _LONG_TITLE:
        del found["role page"]
    if term.matches:
        found["role encyclopedia"] = 1.0
    phrases = term.surest("phrase")
    if phrases:
        logits = [_logit(sure) for sure in phrases]
        found["phrase, surest"] = logits[0]
        found["phrase, on average"] = sum(logits) / len(logits)
    else:
        found["no phrase"] = 1.0
    addresses = {address for some in term.documents.values() for address in some}
    found["documents"] = math.log(max(1, len(addresses)))
    found["count"] = math.log(max(1, term.count))
    found["count a document"] = found["count"] - found["documents"]
    return found


def _logit(chance: float) -> float:
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return max(-_SUREST, min(_SUREST, math.log(chance / (1 - chance))))


def _words(name: str, term: CorpusTerm) -> dict[str, float]:
    """What the words of a label are, each alone."""
    parts = [word for word in name.split(" ") if word not in FUNCTION_WORDS] or [name]
    zipf = word_frequencies(_LANGUAGE)
    common = [zipf.get(word, 0.0) for word in parts]
    found = {f"words {min(len(parts), 4)}": 1.0, "length": len(name) / 10}
    for role, value in (
        ("rarest", min(common)), ("commonest", max(common)), ("first", common[0]),
        ("last", common[-1]),
    ):  # fmt: skip
        found |= {f"{role} word {knot:g}": share for knot, share in spread(value, _KNOTS)}
    found["unknown words"] = sum(not value for value in common) / len(parts)
    if len(parts) < len(name.split(" ")):
        found["function words inside"] = 1.0
    found |= {f"ends with -{one}": 1.0 for one in _ENDINGS if _ends(parts[-1], one)}
    if len(parts) > 1:
        found |= {f"begins with -{one}": 1.0 for one in _VERBAL if _ends(parts[0], one)}
    flags = {
        "generic first": parts[0] in GENERIC, "generic last": parts[-1] in GENERIC,
        "generic alone": name in GENERIC, "talk": any(word in CHATTER for word in parts),
        "digit": any(map(str.isdigit, name)), "digit first": name[0].isdigit(),
        "one or two letters": len(name) <= 2,
    }  # fmt: skip
    found |= {flag: 1.0 for flag, holds in flags.items() if holds}
    return found | _shape(term)


def _ends(word: str, ending: str) -> bool:
    return word.endswith(ending) and len(word) > len(ending) + 2


def _shape(term: CorpusTerm) -> dict[str, float]:
    """How a label is written, as shares of its uses."""
    shares: Counter[str] = Counter()
    total = 0
    for (label, _), count in term.labels.items():
        total += count
        bare = label.replace(" ", "").replace("-", "")
        inner = any(map(str.isupper, label[1:])) and " " not in label
        marks = {
            "capitals": len(bare) > 1 and bare.isupper(),
            "inner capitals": inner and not bare.isupper(),
            "capital": label[0].isupper(), "each capital": label.istitle() and " " in label,
            "hyphen": "-" in label, "underscore": "_" in label, "dot": "." in label,
            "sign": not bare.isalnum(),
        }  # fmt: skip
        for mark, holds in marks.items():
            shares[mark] += count * holds
    return {mark: count / total for mark, count in shares.items() if count}


def _longer(counts: Mapping[str, int]) -> Mapping[str, list[tuple[str, int]]]:
    """Of each term the others that hold it: (key, count)."""
    found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for name, count in counts.items():
        for part in _parts(name):
            if part in counts:
                found[part].append((name, count))
    return found


def _parts(name: str) -> Iterator[str]:
    """Every run of a label's words that is shorter than it."""
    words = name.split(" ")
    for begin in range(len(words)):
        for end in range(begin + 1, len(words) + 1):
            if end - begin < len(words):
                yield " ".join(words[begin:end])


def _family(
    name: str,
    terms: Mapping[str, CorpusTerm],
    counts: Mapping[str, int],
    longer: Mapping[str, list[tuple[str, int]]],
) -> dict[str, float]:
    """What longer and shorter terms say of one."""
    found: dict[str, float] = {}
    own = counts[name]
    if holding := longer.get(name):
        found["longer terms"] = math.log1p(len(holding))
        found["share in longer terms"] = min(1.0, sum(count for _, count in holding) / own)
        found["head of others"] = math.log1p(sum(one.endswith(f" {name}") for one, _ in holding))
        found["first of others"] = math.log1p(sum(one.startswith(f"{name} ") for one, _ in holding))
    words = name.split(" ")
    if len(words) == 1:
        return found
    for place, part in (("without last", words[:-1]), ("without first", words[1:]),
                        ("last", words[-1:]), ("first", words[:1])):  # fmt: skip
        count = counts.get(" ".join(part))
        if count is None:
            found[f"no {place}"] = 1.0
        else:
            found[f"ratio {place}"] = math.log(own / count)
    inner = [_phrase(terms[part]) for part in _parts(name) if part in terms]
    if inner:
        found["surest inside"] = max(inner)
    if words[-1] in terms:
        found["last inside"] = _phrase(terms[words[-1]])
    return found


def _phrase(term: CorpusTerm) -> float:
    phrases = term.surest("phrase")
    return _logit(phrases[0]) if phrases else 0.0


def _names() -> Iterable[str]:
    yield from (f"role {origin}" for origin in (*ROLES, "encyclopedia"))
    yield from ("phrase, surest", "phrase, on average", "no phrase", "documents", "count",
                "count a document", "length", "unknown words", "function words inside")  # fmt: skip
    yield from (f"words {count}" for count in range(1, 5))
    for role in ("rarest", "commonest", "first", "last"):
        yield from (f"{role} word {knot:g}" for knot in _KNOTS)
    yield from (f"ends with -{ending}" for ending in _ENDINGS)
    yield from (f"begins with -{ending}" for ending in _VERBAL)
    yield from ("generic first", "generic last", "generic alone", "talk", "digit", "digit first",
                "one or two letters", "capitals", "inner capitals", "capital", "each capital",
                "hyphen", "underscore", "dot", "sign")  # fmt: skip
    yield from ("longer terms", "share in longer terms", "head of others", "first of others")
    for place in ("without last", "without first", "last", "first"):
        yield from (f"no {place}", f"ratio {place}")
    yield from ("surest inside", "last inside")


NAMES = tuple(_names())


# What features are called where a score is explained, by what their names begin with.
_CALLED = {
    "role page": "a page bears its name", "role title": "a title is it",
    "role wikilink": "notes link to it", "role link": "a link is called so", "role tag": "a tag",
    "role heading": "a heading is it", "role strong": "strong print",
    "role defined": "a definition", "role emphasis": "emphasis", "role code": "code",
    "role alias": "a page's other name",
    "role encyclopedia": "it links to an encyclopedia", "meaning ": "what its words mean",
    "phrase": "the words around it", "no phrase": "no sentence names it",
    "document": "how many notes name it", "count": "how often it is named",
    "length": "how long it is", "words ": "how long it is", "function words": "how it is built",
    "generic": "words that say little", "talk": "words of talk",
    "longer": "longer terms that hold it", "share in longer": "longer terms that hold it",
    "head of": "longer terms that hold it", "first of": "longer terms that hold it",
    "ratio": "the terms in it", "no ": "the terms in it", "surest inside": "the terms in it",
    "last inside": "the terms in it", "begins with": "how its words end",
    "ends with": "how its words end", "rarest": "how rare its words are",
    "commonest": "how rare its words are", "first word": "how rare its words are",
    "last word": "how rare its words are", "unknown": "how rare its words are",
}  # fmt: skip
_SAID_AT_LEAST, _MOST_SAID = 0.2, 4


def explained(model: Logistic, values: Table) -> list[str]:
    """In words what speaks most for and against each term with these features, a row each.

    Features that are called the same count together; what adds little to the logit is not said.
    """
    names = [_called(name) for name in model.names]
    called = sorted(set(names))
    group = np.array([[name == one for one in called] for name in names], float)
    return [_sentence(called, row.tolist()) for row in model.contributions(values) @ group]


def _called(name: str) -> str:
    found = [start for start in _CALLED if name.startswith(start)]
    return _CALLED[max(found, key=len)] if found else "how it is written"


def _sentence(called: Sequence[str], parts: Sequence[float]) -> str:
    ranked = sorted(zip(called, parts, strict=True), key=lambda one: (-abs(one[1]), one[0]))
    told = [(name, part) for name, part in ranked[:_MOST_SAID] if abs(part) >= _SAID_AT_LEAST]
    sides = (
        ("for it", [name for name, part in told if part > 0]),
        ("against it", [name for name, part in told if part < 0]),
    )
    return "; ".join(f"{side}: {', '.join(some)}" for side, some in sides if some)
