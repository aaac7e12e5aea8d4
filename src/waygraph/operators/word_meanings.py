"""What words mean, at the price of a look-up: the rows of the encoder's first matrix.

The encoder turns each piece of a word into a vector before its layers see it. The mean of these
tells "tensor product" from "useful trick" well enough to help to judge a term, and costs some
microseconds a label, where the encoder itself costs milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from waygraph.operators.encoder import PACKAGED, PACKAGED_WEIGHTS
from waygraph.operators.model_data import package_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from waygraph.operators.logistic import Table

DIMENSIONS = 384
_MATRIX = "embeddings.word_embeddings.weight"


def meanings_identity() -> str:
    """Whose matrix is used; empty where the packaged encoder is not installed."""
    return f"words of {PACKAGED_WEIGHTS[:12]}" if package_folder(PACKAGED) else ""


def meanings(labels: Sequence[str]) -> Table:
    """The mean of the vectors of each label's word pieces: shape (len(labels), DIMENSIONS).

    Each row depends on its label alone. All are 0 where the packaged encoder is not installed.
    """
    found = np.zeros((len(labels), DIMENSIONS))
    package = package_folder(PACKAGED)
    if package is None or not labels:
        return found
    matrix = _matrix(package / "model" / "model.safetensors")
    pieces = _tokenizer(package / "model" / "tokenizer.json")
    for row, encoding in enumerate(pieces.encode_batch(list(labels), add_special_tokens=False)):
        if encoding.ids:
            found[row] = matrix[encoding.ids].mean(axis=0, dtype=np.float64)
    return found


@cache
def _tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(path))
    made.no_padding()
    made.no_truncation()
    return made


@cache
def _matrix(path: Path) -> np.memmap:
    """The first matrix of a file of safetensors, mapped into memory and not read.

    The format: eight bytes with the length of a header, the header in JSON, which says where in
    the rest each matrix lies.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        place = json.loads(file.read(length))[_MATRIX]
    begin = 8 + length + place["data_offsets"][0]
    return np.memmap(path, "<f4", "r", begin, tuple(place["shape"]))
