"""Operators: typed functions that the compute graph wires together.

An operator's positional parameters are its inputs, found by name; its keyword-only
parameters are settings with defaults, set in the graph's file. ``Sequence[T]`` as an
input and ``list[T]`` as an output mean "one per document"; any other type is one value for
the whole corpus. So the signature alone says what an operator takes, gives, and over what.

An operator's life is start, tick, stop: its ``setup`` (loading a model, say) runs once in
each process that needs it, before the first call; each call is one tick on a batch of
documents; what ``setup`` gave is left when the work is done, if it is a context manager.

A result is exactly of the declared type, a tuple no list and a float no int, and nobody
changes it: who takes it may get it as it is, or what was decoded from its bytes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from operator import is_
from typing import (
    Annotated,
    Any,
    ParamSpec,
    Protocol,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from waygraph.errors import ComputeGraphError

ENTRY_POINTS = "waygraph.operators"
LOADED = "loaded"
_SETTING_TYPES = (bool, int, float, str)
P = ParamSpec("P")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Between:
    """The range of a number among the settings: ``Annotated[float, Between(0, 1)]``."""

    low: float
    high: float

    def holds(self, value: Any) -> bool:
        """Whether the value lies in the range, its ends included."""
        return bool(self.low <= value <= self.high)


class Tools(Protocol):
    """What the engine lends an operator that asks for it with a keyword ``tools: Tools``.

    ``sparing``: memory is short, and what the operator has loaded is to be let go of at its end.
    """

    sparing: bool

    def recall(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Remembered values among ``keys``."""

    def remember(self, values: Mapping[str, bytes]) -> None:
        """Keep values at once, so that an interrupted run does not lose them."""

    def advance(self, done: int, total: int) -> None:
        """Report progress in items."""


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output: its name, its type, and whether there is one per document."""

    name: str
    type: Any
    per_document: bool

    def __str__(self) -> str:
        name = getattr(self.type, "__name__", str(self.type))
        return f"{name} per document" if self.per_document else name


@dataclass(frozen=True, slots=True)
class Operator:
    """One step of a compute graph, as declared by its function.

    ``identity`` names the models that a set of settings loads (name, version, digest); it
    is part of every result's cache key and of the provenance. ``setup`` is called with those
    settings that it has parameters for; what it gives reaches the function as ``loaded``,
    if it takes that. ``beside`` says that others may run meanwhile, in another thread, where
    ``ahead``, called like ``setup``, loads what it will want if documents are new.
    """

    function: Callable[..., Any]
    version: str
    inputs: tuple[Port, ...]
    output: Port
    settings: Mapping[str, Any]
    setting_types: Mapping[str, type]
    ranges: Mapping[str, Between]
    identity: Callable[..., str] | None
    wants_tools: bool
    wants_loaded: bool = False
    beside: bool = False
    setup: Callable[..., Any] | None = None
    ahead: Callable[..., Any] | None = None

    def model(self, settings: Mapping[str, Any]) -> str:
        """Which models these settings use; empty for none."""
        return self.identity(**settings) if self.identity else ""


def operator(
    *,
    version: str,
    identity: Callable[..., str] | None = None,
    setup: Callable[..., Any] | None = None,
    beside: bool = False,
    ahead: Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function an operator.

    Args:
        version: changes whenever the results may.
        identity: called with all settings as keywords, names the models they load.
        setup: loads what the function needs, once per process and settings. Its parameters
            are settings of the function; its value comes as the keyword ``loaded: Any``.
        beside: of an operator over the corpus, that its work is done mostly outside Python, so
            that it gains when others run meanwhile; it must call ``tools.advance`` now and
            then, through which it is ended.
        ahead: loads what an operator that runs beside others will most likely want, while its
            inputs are being made; called with those settings that it has parameters for if
            documents are new. The operator calls it too, so it should remember.

    Raises:
        TypeError: the signature does not say what it takes and gives.
    """

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        declared = _inspect(function, version, identity, beside)
        _check_loading(declared, setup, ahead)
        declared = replace(declared, setup=setup, ahead=ahead)
        function.__waygraph_operator__ = declared  # type: ignore[attr-defined]  # functions take attributes
        return function

    return declare


def _inspect(
    function: Callable[..., Any], version: str, identity: Callable[..., str] | None, beside: bool
) -> Operator:
    hints = get_type_hints(function, include_extras=True)
    ranges: dict[str, Between] = {}
    inputs: list[Port] = []
    settings: dict[str, Any] = {}
    types: dict[str, type] = {}
    wants_tools = wants_loaded = False
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints.get(name)
        if get_origin(hint) is Annotated:
            hint, *extras = get_args(hint)
            ranges.update((name, extra) for extra in extras if isinstance(extra, Between))
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and hint is not None:
            inputs.append(_port(name, hint, Sequence))
        elif parameter.kind is parameter.KEYWORD_ONLY and hint is Tools:
            wants_tools = True
        elif parameter.kind is parameter.KEYWORD_ONLY and name == LOADED:
            wants_loaded = True
        elif parameter.kind is parameter.KEYWORD_ONLY and hint in _SETTING_TYPES:
            if parameter.default is parameter.empty:
                raise TypeError(f"{function.__qualname__}: setting {name!r} has no default")
            settings[name], types[name] = parameter.default, hint
        else:
            raise TypeError(f"{function.__qualname__}: parameter {name!r} has no usable type")
    if "return" not in hints or not inputs:
        raise TypeError(f"{function.__qualname__}: an operator has typed inputs and a typed result")
    output = _port("result", hints["return"], list)
    if output.per_document and (wants_tools or not any(port.per_document for port in inputs)):
        raise TypeError(
            f"{function.__qualname__}: to give one result per document, an operator takes "
            "an input per document and no tools"
        )
    if beside and not wants_tools:
        raise TypeError(f"{function.__qualname__}: to run beside others, it takes tools: Tools")
    return Operator(
        function, version, tuple(inputs), output, settings, types, ranges, identity,
        wants_tools, wants_loaded, beside,
    )  # fmt: skip


def _check_loading(
    declared: Operator, setup: Callable[..., Any] | None, ahead: Callable[..., Any] | None
) -> None:
    name = declared.function.__qualname__
    for role, load in (("setup", setup), ("ahead", ahead)):
        taken = set(inspect.signature(load).parameters) if load else set()
        unknown = sorted(taken - declared.settings.keys())
        if unknown:
            raise TypeError(f"{name}: {role} takes {unknown[0]!r}, which is no setting")
    if declared.wants_loaded and setup is None:
        raise TypeError(f"{name}: parameter {LOADED!r} has no usable type")
    if ahead is not None and not declared.beside:
        raise TypeError(f"{name}: only what runs beside others loads ahead")


def built_once(build: Callable[P, B]) -> Callable[P, B]:
    """Remember what ``build`` made of its last arguments, as long as they are those very objects.

    A value for the whole corpus reaches an operator as the same object in every batch, so
    an index of it (a table of labels, say) need be built only once per process.
    """
    last: list[tuple[tuple[object, ...], B]] = []

    def built(*arguments: P.args, **named: P.kwargs) -> B:
        given = (*arguments, *named.values())
        # another thread may come between
        held = last[0] if last else None
        if held is None or not all(map(is_, held[0], given)):
            held = (given, build(*arguments, **named))
            last[:] = [held]
        return held[1]

    return built


def _port(name: str, hint: Any, many: type) -> Port:
    origin = get_origin(hint)
    if origin is many or (origin is not None and origin is get_origin(many[Any])):  # type: ignore[index]  # list and Sequence take an argument
        return Port(name, get_args(hint)[0], True)
    return Port(name, hint, False)


@cache
def installed() -> dict[str, Any]:
    """Entry points of all installed operators by name.

    Raises:
        ComputeGraphError: two packages offer the same name.
    """
    found: dict[str, Any] = {}
    for point in entry_points(group=ENTRY_POINTS):
        if point.name in found and found[point.name].value != point.value:
            raise ComputeGraphError(
                f"two packages offer an operator named {point.name!r}: "
                f"{found[point.name].value} and {point.value}",
                "uninstall one of them",
            )
        found[point.name] = point
    return found


def nearest(name: str, known: Iterable[str]) -> str:
    """ "did you mean …? " if something known is spelled like ``name``, else nothing."""
    found = get_close_matches(name, sorted(known), n=1)
    return f"did you mean {found[0]!r}? " if found else ""


def operators_giving(port: Port) -> list[str]:
    """Names of the installed operators whose output is of this type."""
    found = []
    for name in sorted(installed()):
        try:
            output = load_operator(name).output
        except ComputeGraphError:  # it would be of no use either
            continue
        if (output.type, output.per_document) == (port.type, port.per_document):
            found.append(name)
    return found


@cache
def load_operator(name: str) -> Operator:
    """The installed operator of this name.

    Raises:
        ComputeGraphError: there is none, or its module does not load.
    """
    point = installed().get(name)
    if point is None:
        known = ", ".join(sorted(installed()))
        raise ComputeGraphError(
            f"unknown operator {name!r}",
            f"{nearest(name, installed())}installed operators: {known}",
        )
    try:
        declared = getattr(point.load(), "__waygraph_operator__", None)
    except Exception as error:  # whatever another package's module raises
        raise ComputeGraphError(
            f"operator {name!r} does not load: {type(error).__name__}: {error}",
            "install the package it needs, or choose another operator",
        ) from None
    if not isinstance(declared, Operator):
        raise ComputeGraphError(f"{point.value} is not declared with @operator")
    return declared
