"""waygraph's values in a notebook: shown as pages, and as what other libraries work with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from waygraph.answer import LearningPath, Quote
from waygraph.app.explore import ConceptCard
from waygraph.config import Workspace

if TYPE_CHECKING:
    import networkx
    import pandas
    import rdflib

_SHOWN = 8


class Tables(NamedTuple):
    """A workspace as two data frames.

    ``concepts`` is indexed by IRI (label, aliases, definition); ``relations`` has a row each
    (subject and object by IRI, relation, confidence, support, and the surest evidence with
    source and line).
    """

    concepts: pandas.DataFrame
    relations: pandas.DataFrame


def to_networkx(workspace: Workspace) -> networkx.DiGraph[int]:
    """The concept graph as networkx has it: see ``ConceptGraph.to_networkx``."""
    from waygraph.app.ask import open_graph

    return open_graph(workspace).to_networkx()


def to_rdflib(workspace: Workspace) -> rdflib.Dataset:
    """A copy of the datagraph as rdflib has it, provenance included; it lies in memory whole."""
    from waygraph.app.ask import open_data

    with open_data(workspace) as data:
        return data.to_rdflib()


def to_pandas(workspace: Workspace) -> Tables:
    """Concepts and relations as data frames (pandas must be installed)."""
    import pandas

    from waygraph.app.ask import open_data
    from waygraph.store import tables
    from waygraph.store.view import read_view

    with open_data(workspace) as data:
        view = read_view(data, workspace.settings.words_per_minute)
    concepts = pandas.DataFrame(tables.node_rows(view), columns=list(tables.NODE_COLUMNS))
    relations = pandas.DataFrame(
        tables.arc_rows(view, evidence=True), columns=list(tables.arc_columns(evidence=True))
    )
    return Tables(concepts.set_index("iri"), relations)


def show_richly(formatter: Any) -> None:
    """Tell IPython's HTML formatter how workspaces, concepts and learning paths look."""
    shown: tuple[tuple[type, Callable[[Any], str]], ...] = (
        (Workspace, workspace_html),
        (ConceptCard, concept_html),
        (LearningPath, path_html),
    )
    for kind, html in shown:
        formatter.for_type(kind, html)


def workspace_html(place: Workspace) -> str:
    """A workspace as HTML: where it is and how much it holds."""
    from waygraph.app.ask import open_data
    from waygraph.errors import WaygraphError
    from waygraph.store.view import counts

    try:
        with open_data(place) as data:
            held = "".join(_row(name, f"{count:,}") for name, count in counts(data).items())
    except WaygraphError as error:
        held = _row("holds nothing", error.message)
    return f"<table><caption>{escape(str(place.folder))}</caption>{held}</table>"


def concept_html(card: ConceptCard) -> str:
    """A concept as HTML: its definition, what it requires and leads to, its relations."""
    facts = [
        ("also", "; ".join(card.aliases)),
        ("a concept", f"{card.score:.2f} ({card.why})" if card.why else ""),
        ("requires", ", ".join(one.concept.label for one in card.requires)),
        ("leads to", ", ".join(one.concept.label for one in card.leads_to)),
    ]
    rows = "".join(_row(name, said) for name, said in facts if said)
    related = [
        f"{_escaped(one.reads)} <b>{_escaped(one.other.label)}</b> "
        f"({one.confidence:.2f}){_quoted(one.evidence)}"
        for one in card.relations[:_SHOWN]
    ]
    mentions = [f"{_place(m.quote)}: {_escaped(m.context)}" for m in card.mentions[:_SHOWN]]
    return (
        f"<h3>{_escaped(card.label)}</h3><p>{_escaped(card.definition)}</p><table>{rows}</table>"
        f"{_listed(f'relations ({card.relations_total})', related)}"
        f"{_listed(f'mentions ({card.mentions_total})', mentions)}"
    )


def path_html(path: LearningPath) -> str:
    """A learning path as HTML: steps with their reasons, words and readings."""
    from waygraph.app.render_path import headline, to_read, why

    steps = []
    for step in path.steps:
        reading = to_read(step)
        steps.append(
            f"<b>{_escaped(step.concept.label)}</b><br>{_escaped(why(step))}"
            f"{_quoted(step.reason)}{'read: ' + _escaped(reading) if reading else ''}"
        )
    notes = "".join(f"<p>{_escaped(note)}</p>" for note in (*map(str, path.taken), *path.notes))
    others = [
        _escaped(" → ".join(step.concept.label for step in other.steps))
        for other in path.alternatives
    ]
    return (
        f"<p>{_escaped(headline(path))}</p>{notes}<ol>{_items(steps)}</ol>"
        f"<p>about {path.minutes:.1f} minutes of reading (an estimate)</p>"
        f"{_listed('alternatives', others)}"
    )


def _escaped(text: str) -> str:
    """A text that no tag comes of, and whose marks of direction end with it."""
    return f"<bdi>{escape(text)}</bdi>" if text else ""


def _quoted(quote: Quote) -> str:
    if not quote.source:
        return ""
    return f"<blockquote>{_escaped(quote.text)} <small>({_place(quote)})</small></blockquote>"


def _place(quote: Quote) -> str:
    return _escaped(f"{quote.source}:{quote.line}")


def _row(name: str, said: str) -> str:
    return f"<tr><th>{escape(name)}</th><td>{_escaped(said)}</td></tr>"


def _items(items: Iterable[str]) -> str:
    return "".join(f"<li>{item}</li>" for item in items)


def _listed(title: str, items: list[str]) -> str:
    return f"<p>{escape(title)}</p><ul>{_items(items)}</ul>" if items else ""
