"""The server for assistants, asked by the protocol's own client over stdio."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mcp import Client, StdioServerParameters

import waygraph
from waygraph.app.decisions import read_decisions
from waygraph.config import Workspace

pytestmark = pytest.mark.slow
T = TypeVar("T")


def asked(place: Workspace, ask: Callable[[Client], Awaitable[T]], *options: str) -> T:
    """What comes of asking a server that is started for it."""
    server = StdioServerParameters(
        command=str(Path(sys.executable).with_name("waygraph")),
        args=["mcp", "--workspace", str(place.folder), *options],
    )

    async def once() -> T:
        async with Client(server) as client:
            return await ask(client)

    return asyncio.run(asyncio.wait_for(once(), 120))


async def call(client: Client, name: str, **arguments: Any) -> Any:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    found = result.structured_content
    assert set(found) == {"notice", "taken", "result"}
    return found["result"]


def test_an_assistant_asks(sample: Workspace) -> None:
    async def ask(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert sorted(tools) == ["evidence", "next", "path", "search", "show"]
        for tool in tools.values():
            assert tool.description
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
        found = await call(client, "search", text="heap")
        assert {"binary heap", "heap"} & {concept["label"] for concept in found}
        card = await call(client, "show", concept="A* search", count=3)
        assert card["label"] == "A* search"
        assert len(card["mentions"]) == 3 < card["mentions_total"]
        path = await call(client, "path", goal="A* search", start=["binary heap"])
        assert [step["concept"]["label"] for step in path["steps"]][-1] == "A* search"
        assert path == asdict_path(sample, "A* search", "binary heap")
        words = await call(client, "evidence", concept="A* search", other="priority queue")
        assert any("A* search requires priority queue" in claim["reads"] for claim in words)
        assert all(claim["evidence"]["line"] > 0 for claim in words)
        now = await call(client, "next", known=["graph", "node"], count=5)
        assert 0 < len(now) <= 5
        assert "graph" not in {step["concept"]["label"] for step in now}

    asked(sample, ask)


def test_what_is_taken_for_a_goal_is_told(sample: Workspace) -> None:
    async def ask(client: Client) -> list[Any]:
        goal = {"goal": "what is A* serch?"}
        return [
            (await client.call_tool(*one)).structured_content
            for one in (("path", goal), ("show", {"concept": "A* serch"}))
        ]

    path, card = asked(sample, ask)
    assert path["taken"][0].startswith("taking “A* search” for “what is A* serch?”")
    assert path["result"]["taken"][0]["concept"]["label"] == path["result"]["goal"]["label"]
    assert card["result"]["label"] == card["result"]["taken"]["concept"]["label"] == "A* search"
    assert card["taken"][0].startswith("taking “A* search” for “A* serch”")


def asdict_path(place: Workspace, goal: str, start: str) -> Any:
    """A learning path as plain data comes over a wire."""
    import json
    from dataclasses import asdict

    return json.loads(json.dumps(asdict(waygraph.learning_path(place, goal, start))))


def test_what_goes_wrong_is_told_and_the_server_goes_on(sample: Workspace) -> None:
    async def ask(client: Client) -> None:
        for name, arguments in (
            ("show", {"concept": "A* serch", "exact": True}),
            ("path", {"goal": "A* search", "avoid": ["A* search"]}),
            ("path", {"goal": "A* search", "minutes": -1}),
            ("search", {"text": ""}),
            ("nothing", {}),
        ):
            try:
                result = await client.call_tool(name, arguments)
            except Exception as error:  # the protocol has errors of its own
                assert name == "nothing", error
                continue
            assert result.is_error
            said = " ".join(getattr(part, "text", "") for part in result.content)
            assert "Traceback" not in said
            if arguments.get("concept"):
                assert "nearest known concepts" in said
        assert await call(client, "search", text="graph")

    asked(sample, ask)


def test_it_decides_only_when_it_may(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Heap\n\nA heap is a tree. A pile is a heap.\n")
    (tmp_path / "b.md").write_text("# Pile\n\nA pile is a stack of things.\n")
    place = waygraph.ingest([tmp_path], tmp_path).workspace

    async def refused(client: Client) -> None:
        assert "decide" not in {tool.name for tool in (await client.list_tools()).tools}

    asked(place, refused)

    async def decide(client: Client) -> None:
        made = await call(client, "decide", words=["merge", "pile", "heap"], why="one thing")
        assert "merge pile heap" in made["written"]
        wrong = await client.call_tool("decide", {"words": ["marry", "pile", "heap"]})
        assert wrong.is_error
        undone = await call(client, "decide", words=["undo"])
        assert "undo" in undone["written"]

    asked(place, decide, "--decide")
    decided = read_decisions(place)
    assert [(d.verb, d.undo) for d in decided.all] == [("merge", False), ("merge", True)]
    assert decided.all[0].why == "one thing"
