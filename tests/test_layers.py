"""The direction rule: app -> siblings -> values; no cycles; heavy libraries have one home."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "waygraph"
SIBLINGS = {"read", "compute", "operators", "store", "search"}
# operators are declared with the engine's decorator; nothing else of a sibling is theirs
DECLARED = {"waygraph.compute.operator"}
HOMES = {
    "spacy": "operators",
    "py3langid": "operators",
    "wordfreq": "operators",
    "faker": "operators",
    "babel": "operators",
    "sentence_transformers": "operators",
    "torch": "operators",
    "transformers": "operators",
    "rdflib": "store",
    "pyoxigraph": "store",
    "pyshacl": "store",
    "faiss": "search",
    "networkx": "search",
    "typer": "app",
    "rich": "app",
    "fastapi": "app",
    "starlette": "app",
    "pydantic": "app",
    "uvicorn": "app",
    "genanki": "app",
    "mcp": "app",
    "pandas": "app",
    "markdown_it": "read",
    "yaml": "read",
    "aiohttp": "read",
    "yarl": "read",
    "protego": "read",
    "trafilatura": "read",
    "warcio": "read",
    "pypdf": "read",
    "charset_normalizer": "read",
}


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, *, types: bool = True) -> Iterator[str]:
    """What a file imports, with or without what it imports for its types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not types:
        tree.body = [
            node
            for node in tree.body
            if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = (SOURCE.parent / Path(*inner.split("."))).with_suffix(".py").exists()
                yield inner if is_module else str(node.module)


MODULES = {module_of(path): path for path in sorted(SOURCE.rglob("*.py"))}


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (SOURCE / parts[1]).is_dir() else ""


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    mine = room(module)
    for name in imports(MODULES[module]):
        if not name.startswith("waygraph"):
            continue
        theirs = room(name)
        if mine in SIBLINGS:
            assert theirs in {mine, ""} or name in DECLARED, f"{module} imports {name}"
        elif mine == "" and module not in ("waygraph", "waygraph.__main__"):
            assert theirs == "", f"{module} imports {name}"


@pytest.mark.parametrize("module", MODULES)
def test_heavy_libraries_have_one_home(module: str) -> None:
    for name in imports(MODULES[module], types=False):
        library = name.split(".")[0]
        if library in HOMES:
            assert room(module) == HOMES[library], f"{module} imports {library}"


def test_no_import_cycle() -> None:
    graph = {
        module: {n for n in imports(path) if n in MODULES and n != module}
        for module, path in MODULES.items()
        if module != "waygraph"
    }
    for needed in graph.values():
        needed.discard("waygraph")
    assert len(list(TopologicalSorter(graph).static_order())) == len(graph)


def test_files_stay_readable() -> None:
    lengths = {m: len(p.read_text(encoding="utf-8").splitlines()) for m, p in MODULES.items()}
    too_long = {m: n for m, n in lengths.items() if n > 400 and m != "waygraph.model"}
    assert not too_long
