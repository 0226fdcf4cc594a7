"""The parameters of a template: typed, described, with defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from interlock.capabilities import Capability, ValueType
from interlock.config.nodes import MapNode, Mark, Node, ScalarNode
from interlock.config.sections import entries_of
from interlock.config.validation import check_keys, validate
from interlock.durations import parse_duration
from interlock.errors import Diagnostic, InvalidValue

Kind = Literal["text", "number", "integer", "boolean", "duration", "device", "point"]


class ParameterShape(BaseModel):
    """One parameter of a template, as its file declares it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Kind = Field("text", description="what it takes")
    description: str = ""
    default: bool | int | float | str | None = None
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a template."""

    name: str
    shape: ParameterShape
    default: ScalarNode | None

    def value(self, given: Node | None, use: Mark, problems: list[Diagnostic]) -> ScalarNode | None:
        """Return what is given, or the default; None after a finding, at what is given or at the use."""
        if given is None:
            if self.default is None:
                message = f"the template needs '{self.name}'"
                problems.append(use.diagnostic(message, hint=self.shape.description))
            return self.default
        if not isinstance(given, ScalarNode) or given.value is None:
            problems.append(given.mark.diagnostic(f"'{self.name}' needs one value"))
            return None
        return self.checked(given, problems)

    def checked(self, node: ScalarNode, problems: list[Diagnostic]) -> ScalarNode | None:
        """Return a value that the parameter takes; None after a finding."""
        if node.tag:
            problems.append(node.mark.diagnostic(f"'{self.name}' cannot be a secret: rules are shown"))
            return None
        try:
            _CHECKS[self.shape.type](self, node)
        except (InvalidValue, ValueError) as error:
            message, _, hint = str(error).partition("; ")
            problems.append(node.mark.diagnostic(message, hint=hint))
            return None
        return node


def read_parameters(header: MapNode, problems: list[Diagnostic]) -> Mapping[str, Parameter] | None:
    """Return the parameters that a template declares; None after a finding."""
    check_keys(header, ("description", "parameters"), problems)
    section = entries_of(header.entries.get("parameters"), "'parameters'", problems)
    if section is None:
        return {}
    found = {name: _parameter(section, name, node, problems) for name, node in section.entries.items()}
    sound = {name: parameter for name, parameter in found.items() if parameter is not None}
    return sound if len(sound) == len(found) else None


def _parameter(section: MapNode, name: str, node: Node, problems: list[Diagnostic]) -> Parameter | None:
    if not name.isidentifier():
        problems.append(section.keys[name].diagnostic(f"'{name}' cannot be the name of a parameter"))
        return None
    shape = validate(ParameterShape, node, problems, what=f"parameter '{name}'")
    if shape is None or not isinstance(node, MapNode):
        return None
    default = node.entries.get("default")
    if default is None or not isinstance(default, ScalarNode):
        return Parameter(name, shape, None)
    parameter = Parameter(name, shape, default)
    return parameter if parameter.checked(default, problems) else None


def _check_value(type_: ValueType) -> Callable[[Parameter, ScalarNode], object]:
    def check(parameter: Parameter, node: ScalarNode) -> object:
        shape = parameter.shape
        is_numeric = type_ in (ValueType.NUMBER, ValueType.INTEGER)
        return Capability(
            controller=f"'{parameter.name}'",
            type=ValueType.CHOICE if shape.choices else type_,
            description="",
            source="",
            minimum=shape.min if is_numeric else None,
            maximum=shape.max if is_numeric else None,
            choices=shape.choices,
        ).check(node.value)

    return check


def _check_duration(parameter: Parameter, node: ScalarNode) -> object:
    return parse_duration(node.value)


def _check_device(parameter: Parameter, node: ScalarNode) -> None:
    if not node.text.isidentifier():
        raise ValueError(f"'{node.text}' is no device's name, which '{parameter.name}' needs")


def _check_point(parameter: Parameter, node: ScalarNode) -> None:
    device, _, controller = node.text.partition(".")
    if not device.isidentifier() or not controller.isidentifier():
        raise ValueError(f"'{node.text}' is no point, which '{parameter.name}' needs")


_CHECKS: Mapping[Kind, Callable[[Parameter, ScalarNode], object]] = MappingProxyType(
    {
        "text": _check_value(ValueType.TEXT),
        "number": _check_value(ValueType.NUMBER),
        "integer": _check_value(ValueType.INTEGER),
        "boolean": _check_value(ValueType.BOOLEAN),
        "duration": _check_duration,
        "device": _check_device,
        "point": _check_point,
    }
)
