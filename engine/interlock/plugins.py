"""Plugins, loaded by the entry points of the group ``interlock``, and what they bring.

pluggy calls the hooks. What it leaves open is decided here: a plugin that cannot be imported, whose hook
raises, or that declares nonsense costs only what it would have brought; of two of one name neither is
taken. Each is a `PluginProblem`, and an error only for a site that uses what it cost.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import pluggy

from interlock import hookspecs
from interlock.capabilities import nearest
from interlock.declarations import (
    driver_faults,
    event_kind_faults,
    function_faults,
    importer_faults,
    notifier_faults,
    simulator_faults,
)
from interlock.driver import Driver, Simulator
from interlock.errors import PluginError
from interlock.hookspecs import EventKind
from interlock.importer import Importer
from interlock.notifier import Notifier
from interlock.strangers import StrangersFault, ask

if TYPE_CHECKING:
    from interlock.expressions.functions import Function

SITE_KINDS = ("driver", "event_kind", "notifier", "function")
"""What a site's files can name. The rest of a plugin takes time to import, and no service needs it."""

R = TypeVar("R")
Offered = TypeVar("Offered")
Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class PluginSource:
    """Where something comes from."""

    plugin: str
    """The entry point's name."""
    distribution: str
    """What pip calls it; empty where it is none."""
    version: str = ""

    def __str__(self) -> str:
        of = f" of {self.distribution} {self.version}".rstrip() if self.distribution else ""
        return f"plugin '{self.plugin}'{of}"


@dataclass(frozen=True, slots=True)
class LoadedDriver:
    """A driver that can be used, and the plugin that brought it."""

    driver: type[Driver]
    source: PluginSource


@dataclass(frozen=True, slots=True)
class LoadedSimulator:
    """A simulator that can be used, and the plugin that brought it."""

    simulator: type[Simulator]
    source: PluginSource


@dataclass(frozen=True, slots=True)
class LoadedImporter:
    """An importer that can be used, and the plugin that brought it."""

    importer: type[Importer]
    source: PluginSource


@dataclass(frozen=True, slots=True)
class LoadedNotifier:
    """A notifier that can be used, and the plugin that brought it."""

    notifier: type[Notifier]
    source: PluginSource


@dataclass(frozen=True, slots=True)
class LoadedEventKind:
    """A kind of events that rules can be triggered by, and the plugin that brought it."""

    kind: EventKind
    source: PluginSource


@dataclass(frozen=True, slots=True)
class LoadedFunction:
    """A function that expressions can call, and the plugin that brought it."""

    function: Function
    """Made safe: whatever it raises makes its result unknown."""
    source: PluginSource


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """Something that a plugin would have brought, and why it is not there."""

    source: PluginSource
    reason: str
    name: str = ""
    """What is missing, by its name; empty where the whole plugin is, or nobody can know."""

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Registry:
    """What all plugins brought, by name, and what some could not bring."""

    drivers: Mapping[str, LoadedDriver]
    simulators: Mapping[str, LoadedSimulator]
    problems: tuple[PluginProblem, ...] = ()
    importers: Mapping[str, LoadedImporter] = field(default_factory=lambda: MappingProxyType({}))
    event_kinds: Mapping[str, LoadedEventKind] = field(default_factory=dict)
    notifiers: Mapping[str, LoadedNotifier] = field(default_factory=dict)
    functions: Mapping[str, LoadedFunction] = field(default_factory=dict)

    def driver(self, name: str) -> type[Driver]:
        """Return the driver of a name.

        Raises:
            PluginError: there is none; the message says why where a plugin is to blame.
        """
        return self._found("driver", name, self.drivers).driver

    def simulator(self, name: str) -> type[Simulator]:
        """Return the simulator of a name.

        Raises:
            PluginError: there is none; the message says why where a plugin is to blame.
        """
        return self._found("simulator", name, self.simulators).simulator

    def importer(self, name: str) -> type[Importer]:
        """Return the importer of a name.

        Raises:
            PluginError: there is none; the message says why where a plugin is to blame.
        """
        return self._found("importer", name, self.importers).importer

    def notifier(self, name: str) -> type[Notifier]:
        """Return the notifier of a name.

        Raises:
            PluginError: there is none; the message says why where a plugin is to blame.
        """
        return self._found("notifier", name, self.notifiers).notifier

    def _found(self, kind: str, name: str, known: Mapping[str, R]) -> R:
        if name in known:
            return known[name]
        raise self._missing(kind, name, known)

    def _missing(self, kind: str, name: str, known: Iterable[str]) -> PluginError:
        to_blame = [str(problem) for problem in self.problems if problem.name == name]
        if to_blame:
            return PluginError(f"{kind} '{name}' cannot be used: {'; '.join(to_blame)}")
        meant = nearest(name, known)
        if meant:
            return PluginError(f"there is no {kind} '{name}'", hint=f"did you mean '{meant}'?")
        suspects = [str(problem) for problem in self.problems if not problem.name]
        missing = f"; what these would bring is missing: {'; '.join(suspects)}" if suspects else ""
        everything = ", ".join(sorted(known)) or "none"
        return PluginError(f"there is no {kind} '{name}'{missing}", hint=f"installed: {everything}")


def load_plugins(
    found: Iterable[EntryPoint] | None = None, *, kinds: Collection[str] | None = None
) -> Registry:
    """Return what the plugins bring, in the order of their names. It never raises because of a plugin.

    Args:
        found: The plugins' entry points; by default those of the group ``interlock`` that are installed.
        kinds: What the plugins are asked for, such as `SITE_KINDS`; by default everything.
    """
    points = entry_points(group=hookspecs.PROJECT) if found is None else found
    harvest = _Harvest(_KINDS if kinds is None else kinds)
    for point in sorted(points, key=lambda each: (each.name, _source(each).distribution, each.value)):
        harvest.take(point)
    return harvest.registry()


@dataclass(frozen=True, slots=True)
class _Offer:
    """What one plugin offers under a name."""

    kind: str
    name: str
    offered: object
    source: PluginSource


class _Harvest:
    """Collects what the plugins offer, one plugin after the other."""

    def __init__(self, kinds: Collection[str]) -> None:
        self._kinds = kinds
        self._problems: list[PluginProblem] = []
        self._sources: list[PluginSource] = []
        self._offers: list[_Offer] = []

    def take(self, point: EntryPoint) -> None:
        """Load a plugin and ask it what it brings."""
        source = _source(point)
        self._sources.append(source)
        hooks = self._attempt(source, "it cannot be loaded", lambda: _hooks(point.load()))
        if hooks is None:
            return
        for kind in self._kinds:
            answer = self._attempt(source, f"its hook {_hook(kind)} failed", partial(_answer, hooks, kind))
            for offered in answer or ():
                self._enter(source, kind, offered)

    def registry(self) -> Registry:
        """Return everything that exactly one plugin brings, and the problems in the order of plugins."""
        self._refuse_namesakes()
        problems = sorted(self._problems, key=lambda each: self._sources.index(each.source))
        return Registry(
            drivers=MappingProxyType(self._made("driver", type, LoadedDriver)),
            simulators=MappingProxyType(self._made("simulator", type, LoadedSimulator)),
            importers=MappingProxyType(self._made("importer", type, LoadedImporter)),
            event_kinds=MappingProxyType(self._made("event_kind", EventKind, LoadedEventKind)),
            notifiers=MappingProxyType(self._made("notifier", type, LoadedNotifier)),
            functions=MappingProxyType(self._functions()),
            problems=tuple(problems),
        )

    def _functions(self) -> dict[str, LoadedFunction]:
        if not any(offer.kind == "function" for offer in self._offers):
            return {}
        from interlock.expressions.functions import Function, guarded

        found = self._made("function", Function, lambda function, source: (function, source))
        return {
            name: LoadedFunction(guarded(function, str(source)), source)
            for name, (function, source) in found.items()
        }

    def _enter(self, source: PluginSource, kind: str, offered: object) -> None:
        name = getattr(offered, "name", "")
        name = name if isinstance(name, str) else ""
        what = f"its {_words(kind)} '{name}'"
        found = self._attempt(source, f"{what} cannot be read", lambda: list(_KINDS[kind](offered)))
        if found:
            reason = f"{what} cannot be used: {'; '.join(found)}"
            self._problems.append(PluginProblem(source, reason, name))
        elif found is not None:
            self._offers.append(_Offer(kind, name, offered, source))

    def _refuse_namesakes(self) -> None:
        for source in self._sources:
            others = [each for each in self._sources if each.plugin == source.plugin and each is not source]
            if others:
                self._problems.append(PluginProblem(source, f"{_and(others)} has the same name"))
        for offer in self._offers:
            if reason := self._rivalry(offer):
                self._problems.append(PluginProblem(offer.source, reason, offer.name))

    def _made(
        self, kind: str, wanted: type[Offered], make: Callable[[Offered, PluginSource], Loaded]
    ) -> dict[str, Loaded]:
        """Return what exactly one plugin offers of a kind, by name."""
        return {
            offer.name: make(offer.offered, offer.source)
            for offer in self._offers
            if offer.kind == kind and isinstance(offer.offered, wanted) and not self._rivalry(offer)
        }

    def _rivalry(self, offer: _Offer) -> str:
        """Return why an offer cannot be told from another; empty where it can."""
        twins = [each for each in self._sources if each.plugin == offer.source.plugin]
        if len(twins) > 1:
            return f"its {_words(offer.kind)} '{offer.name}' comes with a plugin whose name is taken twice"
        rivals = [
            each.source
            for each in self._offers
            if (each.kind, each.name) == (offer.kind, offer.name) and each is not offer
        ]
        return f"its {_words(offer.kind)} '{offer.name}' is also brought by {_and(rivals)}" if rivals else ""

    def _attempt(self, source: PluginSource, failure: str, action: Callable[[], R]) -> R | None:
        try:
            return ask(action, _Unfit)
        except (_Unfit, StrangersFault) as error:
            self._problems.append(PluginProblem(source, " ".join(f"{failure}: {error}".split())))
            return None


class _Unfit(Exception):
    """A plugin that cannot be asked for anything."""


def _hooks(plugin: object) -> pluggy.PluginManager:
    """Return a manager that knows this plugin alone, so that its faults are nobody else's."""
    hooks = pluggy.PluginManager(hookspecs.PROJECT)
    hooks.add_hookspecs(hookspecs)
    hooks.register(plugin)
    try:
        hooks.check_pending()
    except pluggy.PluginValidationError as error:
        unknown = str(error).partition(" in plugin ")[0]
        meant = nearest(unknown.partition("'")[2].rstrip("'"), map(_hook, _KINDS))
        raise _Unfit(f"{unknown}; did you mean '{meant}'?" if meant else unknown) from None
    if not hooks.get_hookcallers(plugin):
        raise _Unfit("it implements no hook: mark its functions with interlock.hookimpl")
    return hooks


def _answer(hooks: pluggy.PluginManager, kind: str) -> Sequence[object]:
    caller = getattr(hooks.hook, _hook(kind))
    if not caller.get_hookimpls():
        return ()
    answers = caller()
    if len(answers) != 1 or not isinstance(answers[0], list | tuple):
        raise _Unfit(f"it must return a list of {_words(kind)}{'s' if kind in _VALUES else ' classes'}")
    return tuple(answers[0])


def _hook(kind: str) -> str:
    return f"interlock_{kind}s"


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _source(point: EntryPoint) -> PluginSource:
    dist = point.dist
    return PluginSource(point.name, (dist.name or "") if dist else "", (dist.version or "") if dist else "")


def _and(sources: Sequence[PluginSource]) -> str:
    return " and ".join(str(source) for source in sources)


_VALUES = ("event_kind", "function")
"""What plugins bring as values; everything else is classes."""
_Faults: TypeAlias = Callable[[object], Iterator[str]]
_KINDS: Mapping[str, _Faults] = MappingProxyType(
    {
        "driver": driver_faults,
        "simulator": simulator_faults,
        "importer": importer_faults,
        "event_kind": event_kind_faults,
        "function": function_faults,
        "notifier": notifier_faults,
    }
)
