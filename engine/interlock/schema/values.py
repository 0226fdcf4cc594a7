"""What points, fields and settings take, as parts of a JSON Schema (draft 2020-12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from interlock.capabilities import Capability, ValueType
from interlock.driver import AsWritten
from interlock.rules.claims import PRIORITY_NAMES

Schema: TypeAlias = Mapping[str, object]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ANYTHING: Schema = {}
COMPUTED: Schema = {"type": "string", "pattern": r"\{\{"}
"""A text with an expression in it, or with a name of ``for_each``."""
DURATION: Schema = {
    "type": ["string", "integer"],
    "pattern": r"^\s*-?(\d+(\.\d+)?\s*(ms|min|[smhdw])\s*)+$|\{\{|^0$",
    "maximum": 0,
    "description": "a duration, such as 30s, 5m or 1h30m",
}

PRIORITY: Schema = {
    "anyOf": [{"type": "integer", "minimum": 1, "maximum": 16}, {"enum": list(PRIORITY_NAMES)}],
    "description": "1 is the strongest, 16 the weakest",
}


def words(known: Iterable[str]) -> Schema:
    """Return the schema of one of these names, or of one that a row of ``for_each`` completes."""
    return {"anyOf": [{"enum": list(known)}, COMPUTED]}


def one_or_many(schema: Schema) -> Schema:
    """Return the schema of something, or of a list of such."""
    return {"anyOf": [schema, {"type": "array", "items": schema}]}


def value_of(capability: Capability) -> Schema:
    """Return the schema of what a controller takes, as constants and computed."""
    return {"anyOf": [_VALUES[capability.type](capability), COMPUTED], "description": described(capability)}


def described(capability: Capability) -> str:
    """Return what an editor shows beside a controller."""
    parts = (capability.description, capability.allowed, capability.unit)
    return "; ".join(dict.fromkeys(part for part in parts if part))


def settings_of(model: type[BaseModel]) -> dict[str, Schema]:
    """Return the schemas of a model's settings, by their names in YAML."""
    document = model.model_json_schema(by_alias=True, schema_generator=_Lenient)
    shared, found = document.get("$defs", {}), document.get("properties", {})
    own = {name: _inlined(each, shared) for name, each in found.items()}
    for name, field in model.model_fields.items():
        if any(isinstance(each, AsWritten) for each in field.metadata):
            written = field.alias or name
            own[written] = {**own[written], "type": ["string", "number"]}
    return own


def required_of(model: type[BaseModel]) -> Sequence[str]:
    """Return the settings that must stand there, by their names in YAML."""
    return [field.alias or name for name, field in model.model_fields.items() if field.is_required()]


def object_of(model: type[BaseModel], properties: Mapping[str, Schema]) -> Schema:
    """Return the schema of a mapping with these keys alone, of which a model says which are required."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required_of(model)),
        "additionalProperties": False,
    }


def is_one_of(wanted: Mapping[str, list[str]]) -> Schema:
    """Return a schema that holds where keys have one of these values."""
    return {
        "properties": {key: {"enum": values} for key, values in wanted.items()},
        "required": list(wanted),
    }


def or_computed(schema: Schema) -> Schema:
    """Return the schema of something that may also stand in braces."""
    return {"anyOf": [schema, COMPUTED]}


class _Lenient(GenerateJsonSchema):
    """Takes what only Python can check as anything, and durations as they are written here."""

    def handle_invalid_for_json_schema(
        self, schema: core_schema.CoreSchema, error_info: str
    ) -> JsonSchemaValue:
        return {}

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        return dict(DURATION)

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:
        return {"type": "string"}

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        return {}

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        return {}

    def encode_default(self, dft: object) -> object:
        return None

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def _inlined(schema: object, shared: Mapping[str, object]) -> Schema:
    """Return a schema with what it refers to in its place."""
    found = _replaced(schema, shared)
    return found if isinstance(found, Mapping) else ANYTHING


def _replaced(part: object, shared: Mapping[str, object]) -> object:
    if isinstance(part, Mapping):
        reference = part.get("$ref")
        if isinstance(reference, str):
            return _replaced(shared.get(reference.rpartition("/")[2], {}), shared)
        return {name: _replaced(each, shared) for name, each in part.items()}
    return [_replaced(each, shared) for each in part] if isinstance(part, list) else part


def _number(capability: Capability, kind: str) -> Schema:
    limits = {"minimum": capability.minimum, "maximum": capability.maximum}
    return {"type": kind} | {name: limit for name, limit in limits.items() if limit is not None}


def _choice(capability: Capability) -> Schema:
    """Return the choices, which are completed as they are and taken in any case."""
    numbers = [int(each) for each in capability.choices if each.isdecimal()]
    patterns = [{"type": "string", "pattern": f"^{_in_any_case(each)}$"} for each in capability.choices]
    return {"anyOf": [{"enum": [*capability.choices, *numbers]}, *patterns]}


def _in_any_case(text: str) -> str:
    """Return a pattern that takes a word in upper and lower case, as every validator reads it."""
    return "".join(f"[{char.lower()}{char.upper()}]" if char.isalpha() else _plain(char) for char in text)


def _plain(char: str) -> str:
    return char if char.isalnum() or char in " _" else rf"\u{ord(char):04x}"


def _texts(capability: Capability) -> Schema:
    texts: Schema = {"type": ["string", "number", "boolean"]}
    return {**texts, "pattern": f"^({capability.pattern})$"} if capability.pattern else texts


_SWITCH: Schema = {"enum": ["on", "off", "On", "Off", "ON", "OFF", True, False, 0, 1]}
_COLOR: Schema = {
    "type": "array",
    "items": {"type": "integer", "minimum": 0, "maximum": 255},
    "minItems": 3,
    "maxItems": 3,
}
_VALUES: Mapping[ValueType, Callable[[Capability], Schema]] = MappingProxyType(
    {
        ValueType.BOOLEAN: lambda capability: _SWITCH,
        ValueType.INTEGER: lambda capability: _number(capability, "integer"),
        ValueType.NUMBER: lambda capability: _number(capability, "number"),
        ValueType.CHOICE: _choice,
        ValueType.TEXT: _texts,
        ValueType.INSTANT: _texts,
        ValueType.DURATION: lambda capability: DURATION,
        ValueType.COLOR: lambda capability: _COLOR,
        ValueType.LIST: lambda capability: {"type": "array"},
        ValueType.NONE: lambda capability: {"type": "null"},
    }
)
