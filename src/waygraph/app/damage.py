"""What of a workspace's files is no more as it was written, told before a question meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from waygraph.app.ask import graph_folder, last_failures, open_graph
from waygraph.config import CACHE, Workspace
from waygraph.errors import MissingWorkspace, StoreError

if TYPE_CHECKING:
    from waygraph.store.dataset import Dataset


def damage(place: Workspace, data: Dataset) -> Iterator[StoreError]:
    """Every fault that reading all of the workspace meets.

    Of the store, which checks what it reads itself, all quads are counted; of the pages in the
    archive their index is read, for each has a digest that is compared when it is used.
    """
    for check in (_snapshots, _cache, _graph, _archive, last_failures, _imports):
        yield from _met(partial(check, place))
    yield from _met(data.count)


def _met(check: Callable[[], object]) -> Iterator[StoreError]:
    try:
        check()
    except MissingWorkspace:
        return
    except StoreError as error:
        yield error


def _snapshots(place: Workspace) -> None:
    from waygraph.read.snapshots import Snapshots

    if (place.folder / "documents.sqlite").exists():
        with Snapshots(place.folder / "documents.sqlite", write=False) as snapshots:
            snapshots.check()


def _cache(place: Workspace) -> None:
    from waygraph.compute.cache import Cache

    if (place.folder / CACHE).exists():
        with Cache(place.folder / CACHE) as cache:
            cache.check()


def _graph(place: Workspace) -> None:
    from waygraph.search.vectors import check_index

    open_graph(place).check()
    check_index(graph_folder(place))


def _archive(place: Workspace) -> None:
    from waygraph.app.articles import lost_pages

    lost_pages(place)


def _imports(place: Workspace) -> None:
    from waygraph.app.imports import known_concepts

    known_concepts(place)
