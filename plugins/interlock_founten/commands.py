"""The commands of one moment for one device: what may be sent, in which sets, and what became of it.

Pure functions. Each set is preceded by a look at the thermostats that it is for: a set that selects the wrong
ones, or leaves one with its heat setting above its cool setting, is never sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from interlock import (
    Answer,
    Device,
    DriverError,
    InvalidValue,
    NotSupported,
    Point,
    ProtocolFault,
    RejectedValue,
    Value,
    Write,
)
from interlock_founten.controllers import attribute_of, is_schedule
from interlock_founten.replies import Values
from interlock_founten.schedule_limits import limits_of
from interlock_founten.settings import FountenSettings
from interlock_founten.thermostats import (
    FORMAT,
    Census,
    criterion,
    describe,
    distinct,
    look_call,
    name_of,
    read_point,
    spelling,
    text_of,
    unit_of,
)
from interlock_founten.values import encode, read_number
from interlock_founten.wire import Call

_NOT_ABOVE = (
    ("heatSetting", "coolSetting"),
    ("minHeatSetting", "heatSetting"),
    ("heatSetting", "maxHeatSetting"),
    ("minCoolSetting", "coolSetting"),
    ("coolSetting", "maxCoolSetting"),
    ("minHeatSetting", "maxHeatSetting"),
    ("minCoolSetting", "maxCoolSetting"),
)
"""Settings of which the first must not stand above the second."""
_RELATED = distinct(name for pair in _NOT_ABOVE for name in pair)


@dataclass(frozen=True, slots=True)
class Order:
    """A command as it travels."""

    write: Write
    name: str
    """The attribute, as the site spells it."""
    text: str
    """The value, as the thermostats hold it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent of several commands, and why not the others."""

    orders: Sequence[Order]
    refused: Mapping[Point, DriverError]


def steps(writes: Sequence[Write], settings: FountenSettings) -> Iterator[Sequence[Write]]:
    """Yield the commands that travel in one request, in their order.

    Sets travel together, but for one attribute's two values, and for the temperatureFormat, by which the
    thermostat counts everything that comes after it. A call of the schedule goes alone.
    """
    step: list[Write] = []
    names: set[str] = set()
    for write in writes:
        name = spelling(write.target, settings).lower()
        is_alone = is_schedule(write.target) or name == FORMAT.lower()
        if step and (is_alone or name in names):
            yield step
            step, names = [], set()
        if is_alone:
            yield [write]
        else:
            step.append(write)
            names.add(name)
    if step:
        yield step


def look(writes: Sequence[Write], settings: FountenSettings) -> Call:
    """Return the get of everything that must be known of the thermostats before they are set."""
    names = {spelling(write.target, settings) for write in writes}
    related = _RELATED if names & set(_RELATED) else limits_of(writes[0].fields)
    return look_call(writes[0].target.device, related, settings)


def selected(census: Census, device: Device) -> Sequence[Values]:
    """Return the thermostats that a set of a device will change.

    Raises:
        UnknownDevice: there is none, or a name stands for several.
        RejectedValue: the site selects others too, and would set them.
    """
    members = census.members(device)
    if len(census) > len(members):
        raise RejectedValue(
            f"{describe(device)} is not set: the site selects {len(census)} thermostats, of which only "
            f"{len(members)} answer to it"
        )
    return members


def plan(writes: Sequence[Write], members: Sequence[Values], settings: FountenSettings) -> Plan:
    """Return what may be sent to these thermostats."""
    orders: list[Order] = []
    refused: dict[Point, DriverError] = {}
    for write in writes:
        try:
            orders.append(_order(write, members, settings))
        except DriverError as error:
            refused[write.target.point] = error
    while faults := _crossings(orders, members):
        refused |= faults
        orders = [order for order in orders if order.write.target.point not in faults]
    return Plan(orders, refused)


def _order(write: Write, members: Sequence[Values], settings: FountenSettings) -> Order:
    target = write.target
    if not target.capability.writable:
        raise NotSupported(f"{target.point} is not sent: the protocol only reads it")
    value = _checked(write)
    unit, attribute = unit_of(target.device, settings), attribute_of(target)
    texts = {encode(attribute, value, unit, member.get(FORMAT.lower(), "")) for member in members}
    if len(texts) > 1:
        raise RejectedValue(
            f"{target.point} is not sent: some of {describe(target.device)} count in Fahrenheit and some in "
            "Celsius; set them one by one"
        )
    return Order(write, spelling(target, settings), texts.pop())


def _checked(write: Write) -> Value:
    if not write.target.capability.writable:
        raise NotSupported(f"{write.target.point} cannot be set")
    try:
        value = write.target.capability.check(write.value)
    except InvalidValue as error:
        raise RejectedValue(str(error)) from None
    if value is None:
        raise RejectedValue(f"{write.target.point} needs a value")
    return value


def _crossings(orders: Sequence[Order], members: Sequence[Values]) -> Mapping[Point, DriverError]:
    """Return what must not be sent, because one setting would stand above another that it must not pass."""
    by_name = {order.name: order for order in orders}
    for member in members:
        for low, high in _NOT_ABOVE:
            concerned = [by_name[name] for name in (low, high) if name in by_name]
            least, most = (_number(name, by_name, member) for name in (low, high))
            if concerned and least is not None and most is not None and least > most:
                error = RejectedValue(
                    f"{' and '.join(order.name for order in concerned)} not sent: {low} {least} would stand "
                    f"above {high} {most} of thermostat '{name_of(member)}'"
                )
                return {order.write.target.point: error for order in concerned}
    return {}


def _number(name: str, orders: Mapping[str, Order], member: Values) -> Decimal | None:
    text = orders[name].text if name in orders else member.get(name.lower(), "")
    return read_number(text)


def set_call(orders: Sequence[Order]) -> Call:
    """Return the set that carries these orders."""
    return Call(
        request="set",
        object="Thermostat",
        selection=(criterion(orders[0].write.target.device),),
        values=tuple((order.name, order.text) for order in orders),
    )


def outcome(
    order: Order, members: Sequence[Values], settings: FountenSettings, exchange: str
) -> Answer | DriverError:
    """Return what became of an order that the site took, by what its thermostats hold now.

    One thermostat answers with what it made of the value. Several must all hold it.
    """
    target = order.write.target
    odd = [f"'{name_of(member)}'" for member in members if not is_held(order, member)]
    if len(members) > 1 and odd:
        message = f"{target.point}: {len(odd)} of {len(members)} thermostats do not hold {order.text} now"
        return ProtocolFault(f"{message}: {', '.join(odd)}", exchange=exchange)
    try:
        return Answer(value=read_point(target, members, settings), exchange=exchange)
    except ProtocolFault:
        return Answer(exchange=exchange)


def is_held(order: Order, member: Values) -> bool:
    """Whether a thermostat holds what an order carries."""
    text = text_of(order.write.target, member)
    sent, held = read_number(order.text), read_number(text)
    return text == order.text or (sent is not None and sent == held)
