"""The keys of guards, and of how a device takes changes by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from interlock.config.guards import Guard
from interlock.duration_field import Duration
from interlock.durations import parse_duration


@dataclass(frozen=True, slots=True)
class Count:
    """So many in a time."""

    most: int
    period: timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """So far at once, or in each period."""

    most: float
    every: timedelta | None = None


def _count(text: object) -> object:
    found = re.fullmatch(r"\s*(\d+)\s+per\s+(\S.*)", text) if isinstance(text, str) else None
    if not found or not int(found[1]):
        raise ValueError("write for example '6 per 1h'")
    return Count(int(found[1]), _period(found[2]))


def _step(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return Step(value)
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s+per\s+(\S.*)", value) if isinstance(value, str) else None
    if not found or not float(found[1]):
        raise ValueError("write a number above 0, or for example '5 per 1m'")
    return Step(float(found[1]), _period(found[2]))


def _period(text: str) -> timedelta:
    period = parse_duration(text)
    if not period:
        raise ValueError("a period is longer than 0 s")
    return period


class GuardShape(BaseModel):
    """The keys of a guard."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)

    min_on: Duration | None = Field(None, gt=timedelta(), description="how long it stays on at least")
    min_off: Duration | None = Field(None, gt=timedelta(), description="how long it stays off at least")
    max_changes: Annotated[Count, BeforeValidator(_count, json_schema_input_type=str)] | None = Field(
        None, description="how often it changes at most, such as 6 per 1h"
    )
    max_step: Annotated[Step, BeforeValidator(_step, json_schema_input_type=float | str)] | None = Field(
        None, description="how far it moves at most, such as 5, or 5 per 1m to go there in steps"
    )
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        None, description="the least and the most that it is set to, such as [16, 24]"
    )

    @model_validator(mode="after")
    def _check_range(self) -> GuardShape:
        if self.range is not None and self.range[0] > self.range[1]:
            raise ValueError(f"'range' begins above its end: {self.range[0]:g} to {self.range[1]:g}")
        return self


class HandsShape(BaseModel):
    """What a device says of changes by others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    manual_hold: Duration | None = Field(
        None,
        ge=timedelta(),
        description="how long a change by hand is left alone; 0 takes it back at once; 2h by default",
    )
    settle: Duration | None = Field(
        None,
        ge=timedelta(),
        description="how long after a command readings may show something else; "
        "by default 30s, or two polls where that is longer",
    )


def guard_of(shape: GuardShape) -> Guard:
    """Return the guard that a shape stands for."""
    low, high = shape.range or (None, None)
    return Guard(
        min_on=shape.min_on or timedelta(),
        min_off=shape.min_off or timedelta(),
        max_changes=shape.max_changes.most if shape.max_changes else None,
        changes_in=shape.max_changes.period if shape.max_changes else timedelta(),
        max_step=shape.max_step.most if shape.max_step else None,
        step_every=shape.max_step.every if shape.max_step else None,
        minimum=low,
        maximum=high,
    )
