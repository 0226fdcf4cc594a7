"""Datapoint types: what values a group has, and the numbers that they are on the bus."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType

from interlock import Capability, InvalidValue, Value, ValueType

SOURCE = "KNX System Specifications 03.07.02, Datapoint Types"

STOP = "stop"
_STEPS = ("100%", "50%", "25%", "12%", "6%", "3%", "1%")
"""What the step codes 1 to 7 of DPT 3 move by: the range is cut into 2 ** (code - 1) steps."""

_SCALED = frozenset({"5.001", "5.003"})
"""Whose 0 to 255 on the bus are 0 to their maximum."""
_FLOATS = frozenset({9, 14})
_SCENE_NUMBER, _SCENE_CONTROL = 17, 18
_SCENES = range(1, 65)
"""Scene 1 is 0 on the bus."""
_RESERVED_OF_SCENE_CONTROL = 0x40
_TYPES = MappingProxyType(
    {
        1: ValueType.BOOLEAN,
        10: ValueType.TEXT,
        11: ValueType.TEXT,
        16: ValueType.TEXT,
        19: ValueType.TEXT,
        232: ValueType.COLOR,
    }
)
"""What values are, by the main number, where they are no numbers and have no words of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Datapoint:
    """One datapoint type: a row of the table, and how its values become numbers."""

    number: str
    """As it is written: ``9.001``, or ``9`` for the main type."""
    name: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    words: tuple[str, str] | None = None
    """What 0 and 1 mean; of a relative control, its two directions."""
    modes: tuple[str, ...] = ()
    """Of an enumeration the words, by their numbers; empty where a number has none."""
    resolution: int | float = 1
    """What one more on the bus is worth, where values are counted in something else than the unit."""
    pattern: str = ""
    """The regular expression of its texts."""
    form: str = ""
    """What a text is like, in words."""
    is_trigger: bool = False
    """Starts something instead of holding a state."""
    is_relative: bool = False
    """Sent twice, it does twice as much."""

    @property
    def main(self) -> int:
        """The main number, which says how values are encoded."""
        return int(self.number.partition(".")[0])

    @property
    def sub(self) -> int | None:
        """The sub-number, which says what values mean; None for the main type."""
        sub = self.number.partition(".")[2]
        return int(sub) if sub else None

    @property
    def type(self) -> ValueType:
        """What its values are."""
        if self.main in _TYPES:
            return _TYPES[self.main]
        if self.meanings:
            return ValueType.CHOICE
        is_number = self.main in _FLOATS or self.number in _SCALED or self.resolution < 1
        return ValueType.NUMBER if is_number else ValueType.INTEGER

    @property
    def meanings(self) -> tuple[str, ...]:
        """The words of a choice by their numbers on the bus, empty where a number has none."""
        if self.main == _SCENE_CONTROL:
            activate, learn = ([f"{verb} {scene}" for scene in _SCENES] for verb in ("activate", "learn"))
            return (*activate, *[""] * _RESERVED_OF_SCENE_CONTROL, *learn)
        if self.main != 3 or self.words is None:
            return self.modes
        down, up = self.words
        return (STOP, *(f"{down} {step}" for step in _STEPS), STOP, *(f"{up} {step}" for step in _STEPS))

    @property
    def description(self) -> str:
        """What the values are about."""
        if self.main != 1 or self.words is None:
            return self.name
        return f"{self.name}: off is {self.words[0]}, on is {self.words[1]}"

    def capability(self, *, is_readable: bool) -> Capability:
        """Return the controller ``value`` of a group of this type."""
        return Capability(
            controller="value",
            type=self.type,
            description=self.description,
            source=f"{SOURCE}, DPT {self.number}",
            readable=is_readable,
            writable=True,
            is_trigger=self.is_trigger,
            idempotent=not self.is_relative,
            minimum=self.minimum,
            maximum=self.maximum,
            step=self.resolution if self.resolution > 1 else None,
            choices=tuple(dict.fromkeys(filter(None, self.meanings))),
            pattern=self.pattern,
            form=self.form,
            unit=self.unit,
        )

    def raw(self, value: Value) -> int | float:
        """Return the number that stands for a value on the bus; of DPT 9 and 14 the value itself.

        Raises:
            InvalidValue: a value of another kind, one that is not finite, or of a type that has no numbers.
        """
        if value and value in self.meanings:
            return self.meanings.index(str(value))
        if self.meanings or not isinstance(value, int | float) or not math.isfinite(value):
            raise InvalidValue(f"DPT {self.number} has no value {value!r}")
        if self.main in _FLOATS:
            return float(value)
        if self.number in _SCALED and self.maximum:
            # In this order: a tie such as 10 % must fall to the same side as in other encoders.
            return round(value / self.maximum * 255)
        return round(value / self.resolution) - (self.main == _SCENE_NUMBER)

    def value(self, raw: int) -> Value:
        """Return the value that a whole number of the bus stands for, where nothing is scaled.

        Raises:
            InvalidValue: it stands for none.
        """
        if self.main == 1:
            return raw == 1
        return self._meaning(raw) if self.meanings else self._count(raw)

    def _meaning(self, raw: int) -> str:
        place = raw & ~_RESERVED_OF_SCENE_CONTROL if self.main == _SCENE_CONTROL else raw
        word = self.meanings[place] if place < len(self.meanings) else ""
        if not word:
            raise InvalidValue(f"DPT {self.number} has no value {raw}")
        return word

    def _count(self, raw: int) -> int | float:
        # Hundredths are rounded: times 0.01 they are not what one would write.
        value = round((raw + (self.main == _SCENE_NUMBER)) * self.resolution, 2)
        if self.maximum is not None and value > self.maximum:
            raise InvalidValue(f"DPT {self.number} has no value {value}")
        return value
