"""What a loaded site is: connections, devices and points, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from interlock.config.guards import Guard, Hands
from interlock.config.journal_section import AS_USUAL, JournalSettings
from interlock.config.nodes import Mark, Node
from interlock.config.service_section import NO_API, ServiceSettings
from interlock.driver import ConnectionSettings, Device, Driver, Target
from interlock.errors import Diagnostic
from interlock.expressions.functions import Function
from interlock.hookspecs import EventKind
from interlock.model import Point, Value
from interlock.notifier import Notifier, NotifierSettings
from interlock.public_holidays import HolidayCalendar
from interlock.sun import Place

_UTC = ZoneInfo("UTC")
POLLS_TO_STALE = 3
"""So many polls a reading stays good without another one, where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One configured instance of a driver: a server, an account, a bus."""

    name: str
    driver: type[Driver]
    settings: ConnectionSettings
    timezone: ZoneInfo = _UTC
    """The site's."""
    pushes: bool = False
    """Whether its driver is told of changes, so that points are polled only where the site says so."""
    mark: Mark | None = field(default=None, compare=False, repr=False)
    """Where its file says how often it may be asked, or where it begins."""

    @property
    def through(self) -> str | None:
        """The connection that this one speaks through; None where it speaks for itself."""
        named = getattr(self.settings, "through", None)
        return named if isinstance(named, str) else None

    def stale_after(self, poll: timedelta) -> timedelta:
        """Return how old a reading may grow before it is unknown, of points that are read so often."""
        return self.settings.stale_after or poll * POLLS_TO_STALE


@dataclass(frozen=True, slots=True)
class ConfiguredNotifier:
    """A way to tell people something, ready to be used."""

    name: str
    """What ``notify: {via: NAME}`` names."""
    notifier: type[Notifier]
    settings: NotifierSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything one service runs, checked; its rules are still YAML, for `interlock.rules` to compile."""

    name: str
    path: Path
    """The site file."""
    timezone: ZoneInfo
    location: Place | None
    holidays: HolidayCalendar | None = None
    """None where the site does not say whose count."""
    waits_at_first: bool = False
    """Whether what is true at the very first start is no rise, in rules that do not say otherwise."""
    connections: Mapping[str, Connection]
    declared_connections: frozenset[str] = frozenset()
    """Every connection that was written, also those that are left out because something is wrong there."""
    devices: Mapping[str, Device]
    declared_devices: frozenset[str]
    """Every device that was written, also those that are left out because something is wrong with them."""
    device_marks: Mapping[str, Mark] = field(default_factory=dict)
    """Where each of them was written."""
    event_kinds: Mapping[str, EventKind] = field(default_factory=dict)
    """What drivers can tell of besides readings, by the word that triggers use."""
    targets: Mapping[Point, Target]
    """Every point of the site, with its device and capability."""
    functions: Mapping[str, Function] = field(default_factory=dict)
    """What plugins let expressions call, by name."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Devices under a common name."""
    notifiers: Mapping[str, ConfiguredNotifier] = field(default_factory=dict)
    declared_notifiers: frozenset[str] = frozenset()
    """Every notifier that was written, also those that are left out because something is wrong with them."""
    guards: Mapping[Point, Guard] = field(default_factory=dict)
    """Minimum times and limits, of the points that have some."""
    defaults: Mapping[Point, Value] = field(default_factory=dict)
    """What points are set to when nobody claims them any more, where the site says so."""
    hands: Mapping[str, Hands] = field(default_factory=dict)
    """What devices make of changes by others, by device, where the site says so."""
    watch: tuple[Point, ...]
    """Points that are read although no rule needs them."""
    journal: JournalSettings = AS_USUAL
    """How what happens is kept."""
    service: ServiceSettings = NO_API
    """How its HTTP API is reached."""
    files: tuple[Path, ...] = ()
    """Every file that was read, or looked for in vain: what an edit is an edit of."""
    included: tuple[str, ...] = ()
    """The patterns under ``include``, which later match files that are not there yet."""
    interlocks: tuple[Node, ...] = ()
    """The items of every ``interlocks:`` list, for `interlock.rules` to compile."""
    rules: tuple[Node, ...]
    """The items of every ``rules:`` list, the site file's first, then the included files in their order."""
    scenarios: tuple[Node, ...] = ()
    """The items of every ``scenarios:`` list, for `interlock.simulation` to compile."""
    plant: Node | None = None
    """What stands under ``plant``, for `interlock.simulation` to read; None where nothing does."""
    warnings: tuple[Diagnostic, ...] = ()
