"""Models as data: folders of files that hold numbers and words, and no code."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from waygraph.errors import ComputeGraphError

# Weights that can hold code: used by nobody where the same lie beside them as safetensors.
_CODE = frozenset({".py", ".pyc", ".so", ".dll", ".pyd"})
# spaCy's tables end like a pickle and are MessagePack, as which it reads them.
_TABLES = ("vocab", "lookups.bin")
_PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"})


def model_folder(named: str, hint: str) -> Path:
    """The folder of a model that is named by its whole path, if it is data.

    Args:
        named: the path.
        hint: what is to be done where there is none.

    Raises:
        ComputeGraphError: there is none, or it holds code.
    """
    folder = Path(named)
    if not folder.is_absolute() or not folder.is_dir():
        # a name beside the notes is no model: they may come from others
        raise ComputeGraphError(f"{named!r} is no whole path of a folder with a model", hint)
    for file in sorted(folder.rglob("*")):
        weights = any(file.parent.glob("*.safetensors"))
        suffix = "" if file.parts[-2:] == _TABLES else file.suffix.lower()
        if suffix in _CODE or (suffix in _PICKLES and not weights):
            raise ComputeGraphError(
                f"the model {named!r} holds what can be code: {file.relative_to(folder)}",
                "use a model whose weights are safetensors, and take the other files out",
            )
    return folder


def package_folder(name: str) -> Path | None:
    """Where an installed package lies, which is not imported; None if there is none."""
    spec = find_spec(name) if name.isidentifier() else None
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None
