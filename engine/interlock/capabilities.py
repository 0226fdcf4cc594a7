"""What a controller can do, declared as data and read before any connection exists.

From a capability come the validation of rules, editor completion, the simulated twin, the reference
tables in the documentation and the poll plan.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType

from interlock.durations import parse_duration
from interlock.errors import InvalidValue
from interlock.model import Value

_TRUE_WORDS = frozenset({"on", "true", "yes"})
_FALSE_WORDS = frozenset({"off", "false", "no"})
_MOST_SHOWN = 30
"""Of more choices than these, such as numbered ones, messages show the first and the last."""


class ValueType(Enum):
    """What a controller's values are."""

    BOOLEAN = "boolean"
    """On or off."""
    INTEGER = "integer"
    NUMBER = "number"
    """A decimal; sent without binary noise."""
    CHOICE = "choice"
    """One of `Capability.choices`, a word."""
    TEXT = "text"
    INSTANT = "instant"
    DURATION = "duration"
    COLOR = "color"
    """Three integers: red, green, blue."""
    LIST = "list"
    """Several texts."""
    NONE = "none"
    """A trigger that takes no value."""

    # By identity: an enum's own is Python code, and each value that is checked is looked up by its type.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One named value of a controller that is called with several, as data."""

    name: str
    """The protocol's own name."""
    type: ValueType
    description: str
    is_required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""

    def check(self, value: object) -> Value:
        """Return the value as this field holds it.

        Raises:
            InvalidValue: as `Capability.check`.
        """
        checked = self.as_capability().check(value)
        if checked is None:
            raise InvalidValue(f"{self.name} needs a value")
        return checked

    def as_capability(self) -> Capability:
        """Return what a controller with this field's values would declare."""
        return Capability(
            controller=self.name,
            type=self.type,
            description=self.description,
            source="",
            minimum=self.minimum,
            maximum=self.maximum,
            choices=self.choices,
            unit=self.unit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One controller of a device type, as data."""

    controller: str
    """The protocol's own name."""
    type: ValueType
    description: str
    source: str
    """Document and section that this row comes from."""
    readable: bool = False
    writable: bool = False
    is_trigger: bool = False
    """Starts something instead of holding a state: it is sent each time it is asked for."""
    idempotent: bool = True
    """Whether sending it twice does the same as once. Only then may it be repeated after a doubt."""
    feedback: bool = False
    """Whether the answer to a command tells what the device holds then: the protocol can hold its reply until
    the device has answered, or the driver reads it back."""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    """Values are multiples of it, counted from `minimum` or 0."""
    choices: tuple[str, ...] = ()
    open_choices: bool = False
    """Whether the device may hold other words than `choices`, which readings then keep as they are."""
    excludes: str = ""
    """Characters that its texts cannot hold."""
    pattern: str = ""
    """A regular expression that its texts match as a whole, such as ``[0-9]{2}:[0-9]{2}``."""
    form: str = ""
    """What such a text is, in words: ``a time of day such as 07:30``."""
    unit: str = ""
    verbs: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    """Actions that mean this controller, each with the value it sends: ``{"launch": "launch"}``.

    None stands for the value that the action itself gives (``move: {blind: up}``), or for no value at
    all where `type` is NONE (``press: button``).
    """
    fields: tuple[Field, ...] = ()
    """What ``call:`` gives by name. Such a controller is a trigger of type NONE that is only written."""
    alias_of: str = ""
    """The controller that this is another name of, if any: it is left out where a whole device is meant."""

    @property
    def is_assumed(self) -> bool:
        """Whether its reading is the last value that was accepted: a state that can be set and not read."""
        is_state = not self.is_trigger and self.type is not ValueType.NONE
        return is_state and self.writable and not self.readable

    @property
    def has_reading(self) -> bool:
        """Whether expressions and triggers may name it, because it is read or assumed."""
        return self.readable or self.is_assumed

    def check_fields(self, given: Mapping[str, object]) -> Mapping[str, Value]:
        """Return the values of a call as the fields hold them, in the order of the fields.

        Raises:
            InvalidValue: an unknown or a missing field, or a value that a field does not take.
        """
        known = {each.name: each for each in self.fields}
        for name in given:
            if name not in known:
                raise InvalidValue(f"{self.controller} has no field '{name}'; {self.hint_for_field(name)}")
        if missing := [each.name for each in self.fields if each.is_required and each.name not in given]:
            raise InvalidValue(f"{self.controller} needs '{missing[0]}': {known[missing[0]].description}")
        return {name: field.check(given[name]) for name, field in known.items() if name in given}

    def hint_for_field(self, name: str) -> str:
        """Return what helps who wrote a field that there is not."""
        known = [each.name for each in self.fields]
        meant = nearest(name, known)
        return f"did you mean '{meant}'?" if meant else f"it takes {', '.join(known) or 'none'}"

    def check(self, value: object) -> Value | None:
        """Return the value as this controller holds it: words become booleans, numbers and choices.

        Raises:
            InvalidValue: wrong type, out of range, not finite, none of the choices; the message says
                what is allowed and the nearest choice.
        """
        return _CHECKS[self.type](self, value)

    def check_reading(self, value: object) -> Value | None:
        """Return a value that the device holds: as `check`, and any text for texts and open choices.

        What is set in integers may show a fraction, within the same range.

        Raises:
            InvalidValue: as `check`.
        """
        try:
            # Not by `check`: every value that is read comes this way.
            return _CHECKS[self.type](self, value)
        except InvalidValue:
            if isinstance(value, str) and (self.open_choices or self.type is ValueType.TEXT):
                return value
            if self.type is ValueType.INTEGER and isinstance(value, float):
                return replace(self, type=ValueType.NUMBER).check(value)
            raise

    @property
    def allowed(self) -> str:
        """What the controller takes, in words: ``0 to 100 %``, ``cooling, heating or auto``."""
        match self.type:
            case ValueType.BOOLEAN:
                return "on or off"
            case ValueType.CHOICE:
                return self._allowed_choices()
            case ValueType.COLOR:
                return "three integers from 0 to 255"
            case ValueType.NONE:
                names = [each.name for each in self.fields]
                return f"the fields {' and '.join(names)}" if names else "no value"
            case ValueType.INSTANT:
                return "an instant"
            case ValueType.INTEGER | ValueType.NUMBER:
                return self._allowed_number()
            case ValueType.TEXT if self.form:
                return self.form
            case _:
                return f"a {self.type.value}"

    def _allowed_choices(self) -> str:
        *some, last = self.choices
        if len(some) > _MOST_SHOWN:
            some = [*some[:2], "…"]
        return f"{', '.join(some)} or {last}" if some else last

    def _allowed_number(self) -> str:
        kind = "an integer" if self.type is ValueType.INTEGER else "a number"
        unit = f" {self.unit}" if self.unit else ""
        match self._shown(self.minimum), self._shown(self.maximum):
            case "", "":
                return f"{kind}{unit}"
            case low, "":
                return f"{kind} of at least {low}{unit}"
            case "", high:
                return f"{kind} of at most {high}{unit}"
            case low, high:
                return f"{kind} from {low} to {high}{unit}"

    def _shown(self, limit: float | None) -> str:
        # Integers in full: 4294967295 is no 4.29497e+09.
        return "" if limit is None else format(limit, ".15g" if self.type is ValueType.INTEGER else "g")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt word most likely means, or None."""
    names = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def _refuse(capability: Capability, value: object, hint: str = "") -> InvalidValue:
    shown = _AS_WRITTEN.get(value, repr(value)) if isinstance(value, bool | None) else repr(value)
    return InvalidValue(f"{capability.controller} cannot be {shown}: it takes {capability.allowed}{hint}")


_AS_WRITTEN = {None: "empty", True: "true", False: "false"}


def _boolean(capability: Capability, value: object) -> bool:
    match value:
        case bool():
            return value
        case str() if value.strip().lower() in _TRUE_WORDS:
            return True
        case str() if value.strip().lower() in _FALSE_WORDS:
            return False
        case 0 | 1:
            return value == 1
        case _:
            raise _refuse(capability, value)


def _number(capability: Capability, value: object) -> int | float:
    number = value if type(value) is float else _as_float(capability, value)
    if not math.isfinite(number):
        raise _refuse(capability, value)
    if capability.minimum is not None and number < capability.minimum:
        raise _refuse(capability, value)
    if capability.maximum is not None and number > capability.maximum:
        raise _refuse(capability, value)
    if capability.step:
        steps = (number - (capability.minimum or 0)) / capability.step
        if not math.isclose(steps, round(steps), abs_tol=1e-6):
            raise _refuse(capability, value, f" in steps of {capability.step:g}")
    return number


def _as_float(capability: Capability, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _refuse(capability, value)
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise _refuse(capability, value) from None


def _integer(capability: Capability, value: object) -> int:
    number = _number(capability, value)
    if number != int(number):
        raise _refuse(capability, value)
    return int(number)


def _choice(capability: Capability, value: object) -> str:
    word = str(value).strip()
    for choice in capability.choices:
        if choice.lower() == word.lower():
            return choice
    # A protocol whose choices are On and Off must still read a YAML that was parsed as a boolean.
    if isinstance(value, bool):
        word = "on" if value else "off"
        found = next((choice for choice in capability.choices if choice.lower() == word), None)
        if found:
            return found
    meant = nearest(word, capability.choices)
    raise _refuse(capability, value, f"; did you mean '{meant}'?" if meant else "")


def _text(capability: Capability, value: object) -> str:
    if not isinstance(value, str | int | float):
        raise _refuse(capability, value)
    text = str(value)
    if capability.pattern and not re.fullmatch(capability.pattern, text):
        raise _refuse(capability, value)
    if excluded := next((each for each in capability.excludes if each in text), None):
        raise InvalidValue(f"{capability.controller} cannot be {value!r}: its texts cannot hold '{excluded}'")
    return text


def _instant(capability: Capability, value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    raise _refuse(capability, value)


def _duration(capability: Capability, value: object) -> timedelta:
    if isinstance(value, timedelta | str):
        try:
            return parse_duration(value)
        except ValueError as error:
            raise _refuse(capability, value, f"; {error}") from None
    raise _refuse(capability, value)


def _color(capability: Capability, value: object) -> tuple[int, int, int]:
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, Iterable):
        try:
            red, green, blue = (int(str(part)) for part in parts)
        except ValueError:
            raise _refuse(capability, value) from None
        if all(0 <= part <= 255 for part in (red, green, blue)):
            return red, green, blue
    raise _refuse(capability, value)


def _list(capability: Capability, value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    raise _refuse(capability, value)


def _none(capability: Capability, value: object) -> None:
    if value is not None:
        raise _refuse(capability, value)


_CHECKS = {
    ValueType.BOOLEAN: _boolean,
    ValueType.INTEGER: _integer,
    ValueType.NUMBER: _number,
    ValueType.CHOICE: _choice,
    ValueType.TEXT: _text,
    ValueType.INSTANT: _instant,
    ValueType.DURATION: _duration,
    ValueType.COLOR: _color,
    ValueType.LIST: _list,
    ValueType.NONE: _none,
}
