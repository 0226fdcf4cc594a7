"""Durations as fields of settings: apart from the words, whose printing needs no pydantic."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from interlock.durations import PART, format_duration, parse_duration

_Written = Annotated[str, Field(pattern=rf"^\s*({PART.pattern})+$")] | Literal[0, "0"]
"""What a JSON Schema says of a duration."""
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration, json_schema_input_type=_Written),
    PlainSerializer(format_duration, return_type=str),
]
"""A pydantic field that reads durations as people write them."""
