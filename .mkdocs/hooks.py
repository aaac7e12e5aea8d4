"""What the site's pages are made of besides Markdown: the vocabulary, from ontologies/."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ONTOLOGIES = Path(__file__).parents[1] / "ontologies"
TERMS = """

## The terms

| term | label | what it means |
|---|---|---|
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the vocabulary's page, and beside it the files that it links."""
    from mkdocs.structure.files import File

    readme = (ONTOLOGIES / "README.md").read_text(encoding="utf-8")
    files.append(File.generated(config, "vocabulary.md", content=readme + TERMS + terms()))
    for name in ("waygraph.ttl", "shapes.ttl"):
        files.append(File.generated(config, name, abs_src_path=str(ONTOLOGIES / name)))
    return files


def terms() -> str:
    """The terms that waygraph declares, as rows of a table."""
    from rdflib import RDFS, Graph

    graph = Graph().parse(ONTOLOGIES / "waygraph.ttl")
    rows = []
    for term in sorted(set(graph.subjects(RDFS.isDefinedBy))):
        label, comment = graph.value(term, RDFS.label), graph.value(term, RDFS.comment)
        said = f"{comment or ''}".replace("|", "\\|")
        rows.append(f"| `wg:{str(term).partition('#')[2]}` | {label} | {said} |\n")
    return "".join(rows)
