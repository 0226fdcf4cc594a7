"""What a driver is tested on: a peer that speaks its protocol, and the ways to make that misbehave."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ssl import SSLContext
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import urlsplit

from interlock.driver import ConnectionSettings, Device, Driver, Peer, Simulator, Target
from interlock.errors import DriverError, UnknownDevice
from interlock.model import Point, Value

Action: TypeAlias = Callable[[], Awaitable[None]]
"""Something that is done to the peer; it has happened when the call returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A connection to a simulated peer, the points on it, and what can be done to the peer.

    Only `settings` and `targets` must be given. A test that needs more is skipped and says what it lacks:
    ``pytest -rs`` lists what of the contract has not been tested.
    """

    settings: ConnectionSettings
    """Of a connection that reaches the peer. Let its timeouts be short: the tests wait for some of them."""
    targets: Sequence[Target]
    """Points that the peer knows, of every kind that the driver has; two or more that can be read."""
    samples: Mapping[Point, Sequence[Value]] = field(default_factory=lambda: MappingProxyType({}))
    """Values to write, for points where those of the capability do not do; none leaves a point alone."""
    calls: Mapping[Point, Mapping[str, Value]] = field(default_factory=lambda: MappingProxyType({}))
    """Fields that the peer takes, for each controller that is called with fields."""
    senseless_calls: Mapping[Point, Mapping[str, Value]] = field(default_factory=lambda: MappingProxyType({}))
    """Fields that do not fit each other, for controllers whose driver checks that."""
    unknown: Target | None = None
    """A readable point at an address that the peer does not know."""
    unknown_error: type[DriverError] = UnknownDevice
    """What reading it is answered; `TimedOut` where the protocol only keeps silent."""
    wrong_credentials: ConnectionSettings | None = None
    """The same connection with a password or key that the peer refuses."""
    through: Peer | None = None
    """What the setting ``through`` stands for, where the driver speaks through another connection."""
    requests: Callable[[], int] | None = None
    """How many requests have arrived at the peer so far."""
    requests_for_all: int | None = None
    """How many requests one read of all `targets` may cost; 1 where one asks for everything."""
    value: Callable[[Point], Value | None] | None = None
    """What the simulated device holds now."""
    change: Callable[[Point, Value], None] | None = None
    """Change what the simulated device holds, as the building would."""
    refuse: Action | None = None
    """From now on the peer refuses every command and executes none."""
    hang: Action | None = None
    """From now on the peer takes requests and never answers."""
    drop: Action | None = None
    """From now on the peer takes requests and closes the connection instead of answering."""
    garble: Action | None = None
    """From now on the peer takes requests and answers what means nothing in its protocol."""
    commands: Callable[[], int] | None = None
    """How many commands have arrived; `requests` where not given. A driver may look before it commands."""
    taken: Callable[[Point], Sequence[Value | None]] | None = None
    """What the simulated device took up at a point so far, oldest first; None where it takes no value."""
    hang_commands: Action | None = None
    """As `hang`, for commands alone; `hang` where not given."""
    drop_commands: Action | None = None
    """As `drop`, for commands alone; `drop` where not given."""
    garble_commands: Action | None = None
    """As `garble`, for commands alone; `garble` where not given."""
    lose: Action | None = None
    """The peer goes away: its connections are closed, and new ones are not accepted."""
    regain: Action | None = None
    """The peer is back at the same address."""
    past: tuple[datetime, datetime] | None = None
    """From when until before when the peer remembers values of `targets`; aware."""


def make_targets(
    driver: type[Driver], settings: ConnectionSettings, devices: Mapping[str, Mapping[str, object]]
) -> tuple[Target, ...]:
    """Return the points of devices as a site file would make them.

    Args:
        driver: The driver that has the devices' types.
        settings: The connection's settings.
        devices: What stands in a site file under each device's name, without its connection:
            ``{"lamp": {"type": "light", "address": 7, "controllers": ["power"]}}``.

    Raises:
        ValueError: no such type, or its settings do not take what is given.
    """
    return tuple(
        target for name, entry in devices.items() for target in _targets(driver, settings, name, entry)
    )


def _targets(
    driver: type[Driver], connection: ConnectionSettings, name: str, entry: Mapping[str, object]
) -> Sequence[Target]:
    types = {each.name: each for each in driver.device_types}
    kind = types.get(str(entry.get("type")))
    if kind is None:
        raise ValueError(f"device '{name}' needs a type of {', '.join(types)}, and not {entry.get('type')!r}")
    settings = kind.settings.model_validate({key: entry[key] for key in entry if key != "type"})
    device = Device(name=name, connection="contract", type=kind.name, settings=settings)
    return [
        Target(point=Point.of(name, row.controller), device=device, capability=row)
        for row in driver.capabilities(kind, settings, connection)
        if settings.controllers is None or row.controller in settings.controllers
    ]


def rig_of_simulator(
    simulator: Simulator,
    url: str,
    settings: ConnectionSettings,
    targets: Sequence[Target],
    *,
    refuse: str = "",
    hang: str = "",
    drop: str = "",
    garble: str = "",
    tls: SSLContext | None = None,
) -> Rig:
    """Return the rig of a protocol server that is listening; `dataclasses.replace` adds the rest.

    Args:
        simulator: It was started, and is stopped by who started it.
        url: What its ``start`` returned.
        settings: Of a connection that reaches it.
        targets: What it serves.
        refuse: The fault that makes it refuse commands, as `Simulator.add_fault` takes it.
        hang: The fault that makes it never answer.
        drop: The fault that makes it close the connection instead of answering.
        garble: The fault that makes it answer nonsense.
        tls: What it was started with, where it speaks https.
    """
    address = urlsplit(url)

    async def regain() -> None:
        await simulator.start(address.hostname or "", address.port or 0, tls)

    return Rig(
        settings=settings,
        targets=targets,
        requests=lambda: len(simulator.requests),
        value=simulator.value,
        change=simulator.set_value,
        taken=simulator.commands,
        refuse=_fault(simulator, refuse),
        hang=_fault(simulator, hang),
        drop=_fault(simulator, drop),
        garble=_fault(simulator, garble),
        lose=simulator.stop,
        regain=regain,
    )


def _fault(simulator: Simulator, text: str) -> Action | None:
    async def add() -> None:
        simulator.add_fault(text)

    return add if text else None
