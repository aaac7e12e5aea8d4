"""``waygraph serve`` and ``waygraph mcp``: answering browsers, programs and assistants."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from waygraph import terminal
from waygraph.app.graph_cli import StoreOption, WorkspaceOption, tell_outdated
from waygraph.config import find_workspace
from waygraph.errors import WaygraphError

TOKEN = "WAYGRAPH_TOKEN"  # noqa: S105  # the name of a variable


@contextmanager
def _from_extra(extra: str) -> Iterator[None]:
    """Around imports that need an extra: tells how to install it."""
    try:
        yield
    except ImportError as error:
        raise WaygraphError(
            f"this command needs a package that is not installed: {error.name}",
            f"pip install waygraph[{extra}]",
        ) from None


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8765,
    write: Annotated[
        bool, typer.Option("--write", help="Take SPARQL updates, from who has the token.")
    ] = False,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    host: Annotated[
        list[str] | None,
        typer.Option("--host", help="A name under which this port is forwarded to you."),
    ] = None,
    listen: Annotated[
        str,
        typer.Option(
            "--listen",
            metavar="ADDRESS",
            help="Where to listen: beyond loopback, as in a container, all needs the token.",
        ),
    ] = "127.0.0.1",
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Serve the workspace on this machine: a page, an HTTP API and a SPARQL endpoint.

    Unless --listen says otherwise, only programs and browsers of this machine can ask. The printed
    address opens the page once; later the token does, and programs send it. WAYGRAPH_TOKEN sets it.
    Ctrl-C ends it.
    """
    from waygraph.app.ask import open_graph

    with _from_extra("web"):
        import uvicorn  # noqa: F401  # what listens; who has FastAPI need not have it

        from waygraph.app.web.server import is_host, is_loopback, make_app, run
        from waygraph.app.web.sessions import CODE_MINUTES, checked_token, make_token
    chosen = os.environ.get(TOKEN, "").strip()
    token = checked_token(chosen) if chosen else make_token()
    place = find_workspace(workspace, store=store)
    open_graph(place)
    tell_outdated(place)
    for name in host or ():
        if not is_host(name):
            raise typer.BadParameter(f"{name!r} is no name of a host", param_hint="--host")
    try:
        closed = not is_loopback(listen)
    except ValueError:
        raise typer.BadParameter(f"{listen!r} is no IPv4 address", param_hint="--listen") from None
    made = make_app(place, token, write=write, hosts=host or (), closed=closed)

    def started(found: int) -> None:
        here = f"http://127.0.0.1:{found}/"
        addresses = [here, *(f"https://{name}/" for name in host or ())]
        codes = "".join(f"\n  {address}?code={made.sessions.code()}" for address in addresses)
        held = f"what {TOKEN} holds" if chosen else token
        once = f"It opens once, within {CODE_MINUTES} minutes; later {here} asks for the token:"
        terminal.say(f"waygraph serves {place.root} at{codes}\n{once}\n  {held}\nCtrl-C ends it")
        if browser:
            import webbrowser

            # other users may read the arguments of a program: a code is spent by then
            webbrowser.open(f"{here}?code={made.sessions.code()}")

    try:
        run(made, port, started, address=listen)
    except OSError as error:
        raise WaygraphError(
            f"cannot listen at port {port} of {listen}: {error.strerror}",
            "name another: --port N, or 0; --listen takes addresses of this machine",
        ) from None
    except KeyboardInterrupt:
        pass
    raise typer.Exit(0)


def mcp(
    decide: Annotated[
        bool, typer.Option("--decide", help="Let the assistant write decisions too.")
    ] = False,
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Answer an assistant over standard input and output (Model Context Protocol)."""
    from waygraph.app.ask import open_graph

    with _from_extra("mcp"):
        from waygraph.app.assistants import make_server
        from waygraph.app.assistants_wire import serve as answer
    place = find_workspace(workspace, store=store)
    open_graph(place)
    answer(make_server(place, decide=decide))
