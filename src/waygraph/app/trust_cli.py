"""``waygraph trust``: what a workspace's settings may send away or load."""

from __future__ import annotations

from typing import Annotated

import typer

from waygraph import terminal
from waygraph.app.graph_cli import WorkspaceOption
from waygraph.config import find_folder


def trust(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Trust it no more.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Trust this workspace with what its settings can send away or load: a store, models, code.

    A setting that changes is asked about again. It is written down in your configuration.
    """
    from waygraph.app.trusting import distrust, trust, wanted
    from waygraph.trust_file import trusted

    folder = find_folder(workspace)
    if revoke:
        for setting in distrust(folder):
            terminal.say(f"no longer trusted: {terminal.line(setting)}")
        return
    asked = wanted(folder)
    if not asked:
        terminal.say(f"{folder}: its settings send nothing away and load nothing of others")
    known = trusted(folder)
    for setting in asked:
        terminal.say(f"{'trusted' if setting in known else 'new'}: {terminal.line(setting)}")
    if set(asked) - known:
        yes or typer.confirm(terminal.line(f"Trust {folder} with it?"), abort=True)
        trust(folder)
