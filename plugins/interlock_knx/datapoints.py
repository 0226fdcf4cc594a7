"""Datapoint types: what values a group has, and the numbers that they are on the bus."""

from __future__ import annotations

from dataclasses import dataclass

from interlock import Capability, InvalidValue, Value, ValueType

SOURCE = "KNX System Specifications 03.07.02, Datapoint Types"

STOP = "stop"
_STEPS = ("100%", "50%", "25%", "12%", "6%", "3%", "1%")
"""What the step codes 1 to 7 of DPT 3 move by: the range is cut into 2 ** (code - 1) steps."""

_SCALED = frozenset({"5.001", "5.003"})
"""Whose 0 to 255 on the bus are 0 to their maximum."""
_FLOATS = frozenset({9, 14})


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
        if self.main == 1:
            return ValueType.BOOLEAN
        if self.steps:
            return ValueType.CHOICE
        is_number = self.main in _FLOATS or self.number in _SCALED
        return ValueType.NUMBER if is_number else ValueType.INTEGER

    @property
    def steps(self) -> tuple[str, ...]:
        """The words for the raw values of a relative control; empty for every other type."""
        if self.main != 3 or self.words is None:
            return ()
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
            choices=tuple(dict.fromkeys(self.steps)),
            unit=self.unit,
        )

    def raw(self, value: Value) -> int | float:
        """Return the number that stands for a value on the bus; of DPT 9 and 14 the value itself.

        Raises:
            InvalidValue: a value of another kind.
        """
        if self.steps and value in self.steps:
            return self.steps.index(str(value))
        if self.steps or not isinstance(value, int | float):
            raise InvalidValue(f"DPT {self.number} has no value {value!r}")
        if self.number in _SCALED and self.maximum:
            # In this order: a tie such as 10 % must fall to the same side as in other encoders.
            return round(value / self.maximum * 255)
        return float(value) if self.main in _FLOATS else int(value)

    def value(self, raw: int) -> Value:
        """Return the value that a raw number of DPT 1, 2 or 3 stands for."""
        if self.main == 1:
            return raw == 1
        return self.steps[raw] if self.steps else raw
