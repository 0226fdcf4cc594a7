"""Virtual points: what a site keeps by itself, without a connection, as device types like any other.

The runtime keeps their values: it writes them in the moment of the command, restores them from the journal,
and lets timers end and schedules turn on time. The driver here only declares them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SkipValidation, model_validator

from interlock.capabilities import Capability, ValueType
from interlock.driver import Answer, ConnectionSettings, DeviceSettings, DeviceType, Driver, Target, Write
from interlock.duration_field import Duration
from interlock.errors import DriverError, InvalidValue, NotSupported
from interlock.model import Point, Value
from interlock.opening_hours import OpeningHours

CONNECTION = "(virtual)"
"""What stands where other devices have their connection: a name that none can have."""
TIMER = "timer"
SCHEDULE = "schedule"
"""The type of what the section ``schedules`` declares."""
_NOTHING = timedelta()
_SOURCE = "Interlock"


class VirtualSettings(DeviceSettings):
    """What every virtual point can say."""

    def capability(self) -> Capability:
        """Return what its controller ``value`` can hold."""
        raise NotImplementedError

    def first_value(self) -> Value | None:
        """Return what it holds before anybody wrote it; None where that is unknown."""
        given = getattr(self, "initial", None)
        return None if given is None else self.capability().check(given)

    @model_validator(mode="after")
    def _check_first_value(self) -> Self:
        try:
            self.first_value()
        except (InvalidValue, NotImplementedError) as error:
            if isinstance(error, InvalidValue):
                raise ValueError(f"'initial': {error}") from None
        return self


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


_Initial = bool | int | float | str


class FlagSettings(VirtualSettings):
    """A switch of the site's own."""

    initial: _Initial = Field(False, description="what it is before anybody sets it: on or off")

    def capability(self) -> Capability:
        """Return a boolean."""
        return _value(ValueType.BOOLEAN, "whether it is on")


class NumberSettings(VirtualSettings):
    """A number that people or rules set."""

    initial: _Initial | None = Field(None, description="what it is before anybody sets it")
    min: float | None = Field(None, description="the least that it takes")
    max: float | None = Field(None, description="the most that it takes")
    step: float | None = Field(None, gt=0, description="what its values are multiples of, counted from min")
    unit: str = Field("", description="what it counts, such as °C; a number in min stands for a duration")

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"'min' is above 'max': {self.min:g} to {self.max:g}")
        return self

    def capability(self) -> Capability:
        """Return a number in its range."""
        return _value(
            ValueType.NUMBER,
            "the number",
            minimum=self.min,
            maximum=self.max,
            step=self.step,
            unit=self.unit,
        )


class TextSettings(VirtualSettings):
    """A text, such as a time of day that the customer sets."""

    initial: Annotated[str | None, BeforeValidator(_as_text)] = Field(
        None, description="what it is before anybody sets it"
    )

    def capability(self) -> Capability:
        """Return a text."""
        return _value(ValueType.TEXT, "the text")


class ChoiceSettings(VirtualSettings):
    """One of several words, such as the mode of a house."""

    choices: Annotated[tuple[str, ...], Field(min_length=1)] = Field(description="the words")
    initial: str | None = Field(None, description="which it is before anybody sets it; the first by default")

    @model_validator(mode="after")
    def _check_choices(self) -> Self:
        words = [choice.lower() for choice in self.choices]
        if twice := next((word for word in words if words.count(word) > 1), None):
            raise ValueError(f"'{twice}' is among its choices twice")
        return self

    def first_value(self) -> Value | None:
        """Return the choice that it begins with."""
        return self.capability().check(self.choices[0] if self.initial is None else self.initial)

    def capability(self) -> Capability:
        """Return a choice."""
        return _value(ValueType.CHOICE, "the word", choices=self.choices)


class CounterSettings(VirtualSettings):
    """A whole number that counts."""

    initial: int = Field(0, description="where it begins, and goes back to by 'reset'")

    def capability(self) -> Capability:
        """Return a whole number."""
        return _value(ValueType.INTEGER, "how much it has counted")


class TimerSettings(VirtualSettings):
    """A time that runs out."""

    duration: Duration = Field(gt=_NOTHING, description="how long it runs")

    def capability(self) -> Capability:
        """Return whether it runs."""
        return _TIMER[0]


class ScheduleSettings(VirtualSettings):
    """When a schedule is on."""

    hours: SkipValidation[OpeningHours]


def _value(kind: ValueType, description: str, **rest: object) -> Capability:
    return Capability(
        controller="value",
        type=kind,
        description=description,
        source=_SOURCE,
        readable=True,
        writable=True,
        **rest,  # type: ignore[arg-type]
    )


def _told(controller: str, kind: ValueType, description: str, *, writable: bool = False) -> Capability:
    return Capability(
        controller=controller,
        type=kind,
        description=description,
        source=_SOURCE,
        readable=True,
        writable=writable,
    )


def _verb(verb: str, description: str) -> Capability:
    return Capability(
        controller=verb,
        type=ValueType.NONE,
        description=description,
        source=_SOURCE,
        writable=True,
        is_trigger=True,
        idempotent=False,
        verbs={verb: None},
    )


_TIMER = (
    _told("running", ValueType.BOOLEAN, "whether it runs; setting it starts or stops it", writable=True),
    _told("finished", ValueType.BOOLEAN, "whether it ran out, until it is started or stopped"),
    _told("ends_at", ValueType.INSTANT, "when it ends, or did"),
    _told("duration", ValueType.DURATION, "how long it runs from its next start on", writable=True),
    _verb("start", "starts it, from the beginning where it runs already"),
    _verb("stop", "stops it; it does not finish then"),
)
_COUNTER = (
    _verb("increment", "counts one up"),
    _verb("decrement", "counts one down"),
    _verb("reset", "goes back to where it began"),
)
_SCHEDULE = (_told("value", ValueType.BOOLEAN, "whether it is on now"),)


def _type(name: str, description: str, settings: type[VirtualSettings], *table: Capability) -> DeviceType:
    return DeviceType(name=name, description=description, settings=settings, controllers=table)


TYPES: Mapping[str, DeviceType] = {
    each.name: each
    for each in (
        _type("flag", "a switch", FlagSettings, FlagSettings().capability()),
        _type("number", "a number", NumberSettings, NumberSettings().capability()),
        _type("text", "a text", TextSettings, TextSettings().capability()),
        _type("choice", "one of several words", ChoiceSettings, _value(ValueType.CHOICE, "", choices=("…",))),
        _type("counter", "a count", CounterSettings, CounterSettings().capability(), *_COUNTER),
        _type(TIMER, "a time that runs out", TimerSettings, *_TIMER),
    )
}
"""What ``type:`` of a device without a connection can be."""
_SCHEDULE_TYPE = _type(SCHEDULE, "weekly hours", ScheduleSettings, *_SCHEDULE)


class VirtualDriver(Driver):
    """Declares the virtual points; the runtime keeps them, and asks nothing of this."""

    name = "virtual"
    description = "points that the site keeps by itself"
    Settings = ConnectionSettings
    device_types = (*TYPES.values(), _SCHEDULE_TYPE)

    @classmethod
    def capabilities(
        cls, device_type: DeviceType, settings: DeviceSettings, connection: ConnectionSettings
    ) -> tuple[Capability, ...]:
        """Return what a virtual point can hold by its settings."""
        is_whole = device_type.name in (SCHEDULE, "timer") or not isinstance(settings, VirtualSettings)
        if is_whole or not isinstance(settings, VirtualSettings):
            return device_type.controllers
        return (settings.capability(), *device_type.controllers[1:])

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Return that only a service knows what they hold."""
        return {
            target.point: NotSupported("the service keeps it, and it does not run here") for target in targets
        }

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Return that only a service can keep them."""
        return [NotSupported("the service keeps it, and it does not run here") for _ in writes]


def is_virtual(target: Target) -> bool:
    """Whether the site keeps a point by itself."""
    return target.device.connection == CONNECTION


def is_timer(target: Target | None) -> bool:
    """Whether a point is one of a timer."""
    return target is not None and is_virtual(target) and target.device.type == TIMER


def is_schedule(target: Target) -> bool:
    """Whether a point is that of a schedule."""
    return target.device.connection == CONNECTION and target.device.type == SCHEDULE
