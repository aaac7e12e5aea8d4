"""Operators: declared by their signature, found among the installed packages.

The toy operators here are those of a real distribution, which the other tests share.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest

from waygraph.compute.operator import (
    Between,
    Port,
    Tools,
    built_once,
    installed,
    load_operator,
    operator,
)
from waygraph.errors import ComputeGraphError
from waygraph.model import Candidates, ConceptTable, Document

TOYS = """
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from waygraph.compute.operator import Between, Tools, operator
from waygraph.errors import ComputeGraphError

calls: list[tuple[str, list[str]]] = []
models = {"voice": "soft"}


@operator(version="1")
def shout(texts: Sequence[str], *, times: int = 1, mark: str = "!", low: bool = False) -> list[str]:
    calls.append(("shout", list(texts)))
    if any("boom" in text for text in texts):
        raise ValueError("boom")
    if any("short" in text for text in texts):
        return []
    return [(text.lower() if low else text.upper()) + mark * times for text in texts]


@operator(version="1")
def join(shouts: Sequence[str], *, weight: Annotated[float, Between(0, 1)] = 0.5) -> str:
    calls.append(("join", list(shouts)))
    if "ODD!" in shouts:
        raise AttributeError("odd")
    return " ".join(shouts) + f" {weight}"


@operator(version="1")
def label(texts: Sequence[str], shouts: Sequence[str], joined: str) -> list[str]:
    calls.append(("label", list(texts)))
    return [f"{a}/{b}/{len(joined)}" for a, b in zip(texts, shouts, strict=True)]


@operator(version="1")
def pair(texts: Sequence[str], shouts: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(texts, shouts, strict=True))


@operator(version="1")
def zipped(texts: Sequence[str], shouts: Sequence[str]) -> str:
    return " ".join(f"{a}={b}" for a, b in zip(texts, shouts, strict=True))


@operator(version="1", identity=lambda *, voice: f"{voice} {models[voice]}")
def sing(texts: Sequence[str], *, voice: str = "voice") -> list[str]:
    calls.append(("sing", list(texts)))
    return [f"{models[voice]} {text}" for text in texts]


@contextmanager
def choir(size: int) -> Iterator[list[str]]:
    if size > 9:
        raise ComputeGraphError("no such choir", "hire one")
    calls.append(("start", [str(size)]))
    yield ["la"] * size
    calls.append(("stop", [str(size)]))


@operator(version="1", setup=choir)
def chant(texts: Sequence[str], *, size: int = 2, loud: bool = False, loaded: Any) -> list[str]:
    if loud:
        raise ValueError("hush")
    return [f"{' '.join(loaded)} {text}" for text in texts]


@operator(version="1", setup=choir)
def chorus(texts: Sequence[str], joined: str, *, size: int = 2, loaded: Any) -> str:
    return " ".join([*loaded, *texts, joined])


@operator(version="1")
def modelless(texts: Sequence[str]) -> list[str]:
    raise ComputeGraphError("no model", "install one")


@operator(version="1")
def doze(texts: Sequence[str]) -> list[str]:
    if "asleep" in texts:
        time.sleep(600)
    return list(texts)


@operator(version="1")
def die(texts: Sequence[str]) -> list[str]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


@operator(version="1")
def tooled(texts: Sequence[str], *, tools: Tools) -> str:
    known = tools.recall(texts)
    tools.remember({text: text.upper().encode() for text in texts if text not in known})
    tools.advance(1, 2)
    return " ".join(sorted(known))


met = threading.Barrier(2, timeout=30)


@operator(version="1", beside=True)
def waiting(texts: Sequence[str], *, meeting: bool = True, tools: Tools) -> str:
    calls.append(("waiting", list(texts)))
    if not meeting:
        raise KeyError("lost")
    if "for ever" in texts:
        while True:
            tools.advance(0, 1)
            time.sleep(0.01)
    met.wait()
    return " ".join(texts)


def voices(voice: str) -> str:
    calls.append(("load", [voice]))
    if voice not in models:
        raise ComputeGraphError("no such voice", "hire one")
    return models[voice]


@operator(version="1", beside=True, ahead=voices)
def listening(sung: Sequence[str], *, voice: str = "voice", tools: Tools) -> str:
    return " ".join(sung)


studied = threading.Event()


@operator(version="1", setup=choir)
def rehearse(texts: Sequence[str], *, size: int = 2, loaded: Any) -> list[str]:
    if "last" in texts and not studied.wait(30):
        raise ValueError("nobody studies")
    return list(texts)


@operator(version="1")
def plan(rehearsed: Sequence[str]) -> str:
    return " ".join(rehearsed)


@operator(version="1", beside=True)
def study(planned: str, *, tools: Tools) -> str:
    words = planned.split()
    fresh = [word for word in words if word not in tools.recall(words)]
    calls.append(("study", fresh))
    if "odd" in fresh:
        raise KeyError("odd")
    tools.remember({word: b"" for word in fresh})
    studied.set()
    tools.advance(1, 1)
    return planned


@operator(version="1")
def coming(texts: Sequence[str]) -> list[str]:
    if "for ever" in texts:
        raise KeyboardInterrupt
    met.wait()
    return list(texts)


@operator(version="1")
def both(waited: str, came: Sequence[str]) -> str:
    return f"{waited}; {' '.join(came)}"


@operator(version="1")
def one(three: Sequence[str]) -> list[str]:
    return list(three)


@operator(version="1")
def two(one: Sequence[str]) -> list[str]:
    return list(one)


@operator(version="1")
def three(two: Sequence[str]) -> list[str]:
    return list(two)


def undeclared(texts: Sequence[str]) -> list[str]:
    return list(texts)
"""
NAMES = ("chant", "chorus", "shout", "join", "label", "pair", "zipped", "sing", "modelless",
         "die", "doze", "tooled", "waiting", "listening", "rehearse", "plan", "study", "coming",
         "both", "one", "two", "three", "undeclared", "missing")  # fmt: skip


def install(folder: Path, name: str, points: dict[str, str]) -> None:
    """A distribution in ``folder`` that offers these operators."""
    information = folder / f"{name}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", encoding="utf-8")
    lines = ["[waygraph.operators]", *(f"{key} = {value}" for key, value in points.items())]
    (information / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


def forget() -> None:
    """Let the installed operators be looked up anew."""
    importlib.invalidate_caches()
    installed.cache_clear()
    load_operator.cache_clear()


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The module of an installed distribution of toy operators."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "wg_toys.py").write_text(TOYS, encoding="utf-8")
    (folder / "wg_broken.py").write_text("raise KeyError('broken')\n", encoding="utf-8")
    points = {name: f"wg_toys:{name}" for name in NAMES}
    points |= {"broken": "wg_broken:operator", "absent": "wg_absent:operator"}
    install(folder, "wg-toys", points)
    sys.path.insert(0, str(folder))
    forget()
    yield importlib.import_module("wg_toys")
    sys.path.remove(str(folder))
    del sys.modules["wg_toys"]
    forget()


# --- declaring --------------------------------------------------------------------------


def test_a_signature_says_it_all() -> None:
    @operator(version="7")
    def sample(
        documents: Sequence[Document],
        concepts: ConceptTable,
        *,
        limit: Annotated[int, Between(1, 9)] = 3,
        name: str = "x",
    ) -> list[Candidates]:
        return []

    declared = sample.__waygraph_operator__  # type: ignore[attr-defined]  # functions take attributes
    assert declared.function is sample
    assert declared.version == "7"
    assert declared.inputs == (
        Port("documents", Document, True),
        Port("concepts", ConceptTable, False),
    )
    assert (declared.output.type, declared.output.per_document) == (Candidates, True)
    assert declared.settings == {"limit": 3, "name": "x"}
    assert declared.setting_types == {"limit": int, "name": str}
    assert declared.ranges == {"limit": Between(1, 9)}
    assert not declared.wants_tools
    assert declared.model({"limit": 3, "name": "x"}) == ""
    assert [str(port) for port in declared.inputs] == ["Document per document", "ConceptTable"]
    assert sample([], ConceptTable(())) == []


def no_types(documents, *, limit: int = 3) -> list[str]:  # type: ignore[no-untyped-def]
    return []


def no_result(documents: Sequence[str]):  # type: ignore[no-untyped-def]
    return []


def no_inputs(*, limit: int = 3) -> list[str]:
    return []


def odd_setting(documents: Sequence[str], *, limits: list[int]) -> list[str]:
    return []


def no_default(documents: Sequence[str], *, limit: int) -> list[str]:
    return []


def any_number(*documents: Sequence[str]) -> list[str]:
    return []


def out_of_nothing(concepts: ConceptTable) -> list[str]:
    return []


def tools_per_document(documents: Sequence[str], *, tools: Tools) -> list[str]:
    return []


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (no_types, "parameter 'documents' has no usable type"),
        (no_result, "an operator has typed inputs and a typed result"),
        (no_inputs, "an operator has typed inputs and a typed result"),
        (odd_setting, "parameter 'limits' has no usable type"),
        (no_default, "setting 'limit' has no default"),
        (any_number, "parameter 'documents' has no usable type"),
        (out_of_nothing, "an operator takes an input per document and no tools"),
        (tools_per_document, "an operator takes an input per document and no tools"),
    ],
)
def test_a_signature_that_does_not_say_it(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        operator(version="1")(function)
    assert str(caught.value).startswith(function.__name__ + ": ")
    assert message in str(caught.value)


def load(limit: int) -> int:
    return limit


def test_a_setup_takes_settings_alone() -> None:
    with pytest.raises(TypeError, match="setup takes 'limit', which is no setting"):

        @operator(version="1", setup=load)
        def sample(documents: Sequence[str], *, loaded: Any) -> list[str]:
            return []

    with pytest.raises(TypeError, match="parameter 'loaded' has no usable type"):

        @operator(version="1")
        def other(documents: Sequence[str], *, loaded: Any) -> list[str]:
            return []

    with pytest.raises(TypeError, match="ahead takes 'limit', which is no setting"):

        @operator(version="1", beside=True, ahead=load)
        def early(documents: Sequence[str], *, tools: Tools) -> str:
            return ""

    with pytest.raises(TypeError, match="only what runs beside others loads ahead"):

        @operator(version="1", ahead=load)
        def alone(documents: Sequence[str], *, limit: int = 3) -> str:
            return ""

    @operator(version="1", setup=load)
    def sound(documents: Sequence[str], *, limit: int = 3, loaded: Any) -> list[str]:
        return []

    declared = sound.__waygraph_operator__  # type: ignore[attr-defined]  # functions take attributes
    assert (declared.setup, declared.wants_loaded, declared.settings) == (load, True, {"limit": 3})


def test_an_index_is_built_once_per_object() -> None:
    built: list[list[int]] = []

    @built_once
    def index(values: list[int]) -> int:
        built.append(values)
        return sum(values)

    one, same = [1, 2], [1, 2]
    assert [index(one), index(one), index(same), index(one)] == [3, 3, 3, 3]
    assert len(built) == 3


# --- finding ----------------------------------------------------------------------------


def test_own_operators_are_installed() -> None:
    names = {"parse", "candidates", "concepts", "mentions", "relations", "prerequisites", "embed"}
    assert names <= installed().keys()
    assert load_operator("candidates").output.type is Candidates


def test_other_packages_add_operators(toys: ModuleType) -> None:
    assert load_operator("shout").function is toys.shout
    assert load_operator("sing").model({"voice": "voice"}) == "voice soft"
    assert load_operator("tooled").wants_tools


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("nothing", "unknown operator 'nothing'", "shout"),
        ("absent", "operator 'absent' does not load: ModuleNotFoundError: ", "install"),
        ("missing", "operator 'missing' does not load: AttributeError: ", "install"),
        ("broken", "operator 'broken' does not load: KeyError: 'broken'", "install"),
        ("undeclared", "wg_toys:undeclared is not declared with @operator", ""),
    ],
)
def test_operators_that_do_not_load(toys: ModuleType, name: str, message: str, hint: str) -> None:
    with pytest.raises(ComputeGraphError) as caught:
        load_operator(name)
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint


def test_two_operators_of_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "wg-other", {"parse": "wg_other:parse"})
    monkeypatch.syspath_prepend(tmp_path)
    forget()
    try:
        with pytest.raises(ComputeGraphError) as caught:
            load_operator("parse")
    finally:
        monkeypatch.undo()
        forget()
    assert "two packages offer an operator named 'parse'" in caught.value.message
    assert "wg_other:parse" in caught.value.message
    assert "waygraph.operators.parsing:parse" in caught.value.message
    assert caught.value.hint == "uninstall one of them"


def test_one_operator_seen_twice_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "wg-again", {"parse": "waygraph.operators.parsing:parse"})
    monkeypatch.syspath_prepend(tmp_path)
    forget()
    try:
        assert load_operator("parse").version
    finally:
        monkeypatch.undo()
        forget()
