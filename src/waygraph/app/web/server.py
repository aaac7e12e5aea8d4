"""The server: one workspace, on loopback, with a page, an HTTP API and a SPARQL endpoint."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
from fastapi import FastAPI
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from waygraph import __version__
from waygraph.app.scratch import sweep
from waygraph.app.web import (
    resources,
    routes_concepts,
    routes_curate,
    routes_jobs,
    routes_paths,
    sparql,
)
from waygraph.app.web.bounds import Bounded
from waygraph.app.web.evaluate import Evaluators, Limits
from waygraph.app.web.faults import answer_faults
from waygraph.app.web.guard import Guard
from waygraph.app.web.jobs import Jobs
from waygraph.app.web.served import Served
from waygraph.app.web.sessions import Sessions
from waygraph.config import Workspace

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

# Where the build of the page leaves it, and where the wheel has it.
PAGE = Path(__file__).with_name("page") / "dist"
LOOPBACK = "127.0.0.1"
# Answers are made by Python in one process: more threads would only wait for one another.
_THREADS = 8
_NO_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>waygraph</title></head><body>
<h1>waygraph</h1>
<p>The server runs, but this checkout has no page: it is built with Node, by
<code>scripts/page</code>; the wheel (<code>pip install waygraph[web]</code>) brings it along.</p>
<p>All else is served: the HTTP API, described at <code>/api/openapi.json</code>, the SPARQL
endpoint at <code>/sparql</code>, and concepts by their IRIs under <code>/id/</code>.</p>
</body></html>
"""


def make_app(
    place: Workspace,
    token: str,
    *,
    write: bool = False,
    hosts: Iterable[str] = (),
    closed: bool = False,
    page: Path = PAGE,
    limits: Limits = Limits(),  # noqa: B008  # it is frozen
) -> Guard:
    """The server's application (ASGI), guarded and bounded.

    Args:
        place: the workspace to serve.
        token: what opens ``/api``, see ``guard``.
        write: whether the SPARQL endpoint takes updates.
        hosts: names besides those of loopback under which it may be asked.
        closed: whether everything needs proof, as it must where strangers can connect.
        page: the folder of the built page.
        limits: what a SPARQL query may take.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        sweep(place)  # what a server left that was killed
        yield
        app.state.evaluators.close()
        app.state.jobs.close()

    app = FastAPI(
        title="waygraph",
        version=__version__,
        description=__doc__,
        openapi_url="/api/openapi.json",
        docs_url=None,  # the pages that FastAPI brings load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.served = Served(place)
    app.state.write = write
    app.state.previewing = asyncio.Lock()  # one at a time: each is an ingest in a copy
    app.state.jobs = Jobs(place)
    app.state.evaluators = Evaluators(place, limits)
    answer_faults(app)
    for routes in (routes_concepts, routes_paths, routes_curate, routes_jobs, sparql):
        app.include_router(routes.router)
    app.include_router(resources.router_for(place.settings.base))
    if (page / "index.html").exists():
        app.mount("/", StaticFiles(directory=page, html=True))
    else:
        app.add_api_route("/", lambda: HTMLResponse(_NO_PAGE), include_in_schema=False)
    return Guard(Bounded(app), Sessions(token), hosts, closed=closed)


def run(
    app: ASGIApp,
    port: int,
    started: Callable[[int], object] = lambda _: None,
    made: Callable[[uvicorn.Server], object] = lambda _: None,
    address: str = LOOPBACK,
) -> None:
    """Serve until interrupted, on loopback if no other address is given.

    Args:
        app: see ``make_app``.
        port: the port; 0 for a free one.
        started: called with the port, which accepts connections by then.
        made: called with the server, whose ``should_exit`` ends it.
        address: where to listen (IPv4).

    Raises:
        OSError: the port is taken, or the address is not this machine's.
    """
    import socket

    import uvicorn

    from waygraph.app.web.connection import MOST, Connection

    # asyncio sends small answers at once only on sockets that say they are TCP
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen()
        config = uvicorn.Config(
            app,
            http=Connection,
            limit_concurrency=MOST + 1,
            backlog=100,  # so many are taken in at once, before any gives way
            log_level="error",  # what a client sends wrong is told to it
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
            ws="none",
        )
        server = uvicorn.Server(config)
        made(server)
        started(listening.getsockname()[1])
        server.run(sockets=[listening])


def is_loopback(address: str) -> bool:
    """Whether an IPv4 address is one of loopback.

    Raises:
        ValueError: it is no IPv4 address.
    """
    return IPv4Address(address).is_loopback


def is_host(name: str) -> bool:
    """Whether a name can be that of a host."""
    return bool(re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", name))
