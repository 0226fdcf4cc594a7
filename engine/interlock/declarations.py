"""Whether what a driver declares holds together: found once at loading, not one by one at work."""

from __future__ import annotations

import inspect
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from interlock.capabilities import Capability, Field, ValueType
from interlock.driver import ConnectionSettings, DeviceSettings, DeviceType, Driver, Simulator
from interlock.errors import InvalidValue
from interlock.hookspecs import EventKind
from interlock.importer import Importer
from interlock.notifier import Notifier, NotifierSettings

_NUMERIC = frozenset({ValueType.INTEGER, ValueType.NUMBER})
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FUNCTION = re.compile(r"[a-z][a-z0-9_]*")
_TYPE_NAME = re.compile(r"\w[\w-]*")


def driver_faults(driver: object) -> Iterator[str]:
    """Yield what is wrong with a driver class; nothing where it can be used."""
    if not (isinstance(driver, type) and issubclass(driver, Driver)):
        yield f"{_named(driver)} is no subclass of Driver"
        return
    yield from _class_faults(driver)
    if not _is_subclass(getattr(driver, "Settings", None), ConnectionSettings):
        yield "its Settings are no subclass of ConnectionSettings"
    if not _are_texts(getattr(driver, "needs", None)):
        yield "its needs are no tuple of controllers' names"
    device_types = getattr(driver, "device_types", None)
    if not isinstance(device_types, tuple | list) or not device_types:
        yield "its device_types are no tuple of DeviceType"
        return
    for device_type in device_types:
        yield from _device_type_faults(device_type)
    known = [each.name for each in device_types if isinstance(each, DeviceType)]
    yield from _twice(known, "device type")


def simulator_faults(simulator: object) -> Iterator[str]:
    """Yield what is wrong with a simulator class; nothing where it can be used."""
    if not (isinstance(simulator, type) and issubclass(simulator, Simulator)):
        yield f"{_named(simulator)} is no subclass of Simulator"
        return
    yield from _class_faults(simulator)
    if not _are_texts(getattr(simulator, "drivers", None)):
        yield "its drivers are no tuple of drivers' names"
    if not isinstance(getattr(simulator, "default_port", None), int):
        yield "its default_port is no integer"


def importer_faults(importer: object) -> Iterator[str]:
    """Yield what is wrong with an importer class; nothing where it can be used."""
    if not (isinstance(importer, type) and issubclass(importer, Importer)):
        yield f"{_named(importer)} is no subclass of Importer"
        return
    yield from _class_faults(importer)
    if not _are_texts(getattr(importer, "drivers", None)):
        yield "its drivers are no tuple of drivers' names"


def function_faults(function: object) -> Iterator[str]:
    """Yield what is wrong with a function for expressions; nothing where they can call it."""
    # Here, since expressions bring jinja2, which most commands do without.
    from interlock.expressions.functions import BUILT_IN, Function, Parameter, Special

    if not isinstance(function, Function):
        yield f"{_named(function)} is no Function"
        return
    if not isinstance(function.name, str) or not _FUNCTION.fullmatch(function.name):
        yield "its name is no lower-case word such as 'heat_index'"
    if function.name in {each.name for each in BUILT_IN}:
        yield "Interlock has a function of this name itself"
    if not isinstance(function.description, str) or not function.description.strip():
        yield "it has no description"
    if not callable(function.compute):
        yield "its compute is no function"
    if not isinstance(function.parameters, tuple | list):
        yield "its parameters are no tuple of Parameter"
        return
    strange = [each for each in function.parameters if not isinstance(each, Parameter)]
    yield from (f"it has {_named(each)} among its parameters" for each in strange)
    known = [each for each in function.parameters if isinstance(each, Parameter)]
    yield from _twice((each.name for each in known), "parameter")
    if any(each.repeats for each in known[:-1]):
        yield "only its last parameter can repeat"
    if any(each.takes in (Special.VALUES, Special.PAIRS) for each in known):
        yield "it takes what only Interlock's own functions can take"
    if function.result is None and not known:
        yield "it has no result"


def notifier_faults(notifier: object) -> Iterator[str]:
    """Yield what is wrong with a notifier class; nothing where it can be used."""
    if not (isinstance(notifier, type) and issubclass(notifier, Notifier)):
        yield f"{_named(notifier)} is no subclass of Notifier"
        return
    yield from _class_faults(notifier)
    if not _is_subclass(getattr(notifier, "Settings", None), NotifierSettings):
        yield "its Settings are no subclass of NotifierSettings"


def event_kind_faults(kind: object) -> Iterator[str]:
    """Yield what is wrong with a kind of events; nothing where rules can name it."""
    if not isinstance(kind, EventKind):
        yield f"{_named(kind)} is no EventKind"
        return
    if not isinstance(kind.name, str) or not _NAME.fullmatch(kind.name):
        yield "its name is no lower-case word such as 'telegram'"
    if not isinstance(kind.description, str) or not kind.description.strip():
        yield "it has no description"
    if not callable(kind.check):
        yield "its check is no function"


def controller_faults(controllers: Iterable[object]) -> Iterator[str]:
    """Yield what is wrong with the capabilities of one device."""
    rows = []
    for row in controllers:
        if isinstance(row, Capability):
            rows.append(row)
            yield from (f"controller '{row.controller}' {fault}" for fault in _capability_faults(row))
        else:
            yield f"{_named(row)} is no Capability"
    yield from _twice((row.controller for row in rows), "controller")
    yield from _twice((verb for row in rows for verb in row.verbs), "verb")
    names = {row.controller for row in rows if not row.alias_of}
    for row in rows:
        if row.alias_of and row.alias_of not in names:
            yield f"controller '{row.controller}' is another name of '{row.alias_of}', which there is not"


def _class_faults(declared: type[Driver | Simulator | Importer | Notifier]) -> Iterator[str]:
    name = getattr(declared, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield "its name is no lower-case word such as 'thinknx-local'"
    description = getattr(declared, "description", None)
    if not isinstance(description, str) or not description.strip():
        yield "it has no description"
    if inspect.isabstract(declared):
        yield f"it lacks {' and '.join(sorted(declared.__abstractmethods__))}"


def _device_type_faults(device_type: object) -> Iterator[str]:
    if not isinstance(device_type, DeviceType):
        yield f"{_named(device_type)} among its device_types is no DeviceType"
        return
    if not _TYPE_NAME.fullmatch(device_type.name):
        yield f"'{device_type.name}' cannot name a device type"
    of = f"device type '{device_type.name}': "
    if not _is_subclass(device_type.settings, DeviceSettings):
        yield f"{of}its settings are no subclass of DeviceSettings"
    yield from (of + fault for fault in controller_faults(device_type.controllers))


def _capability_faults(row: Capability) -> Iterator[str]:
    if not row.controller.isidentifier():
        yield "is no name that an expression can hold: letters, digits and underscores"
    if not isinstance(row.type, ValueType):
        yield "has a type that is no ValueType"
        return
    if not row.readable and not row.writable:
        yield "can neither be read nor written"
    if row.type is ValueType.NONE and row.readable:
        yield "takes no value and cannot be readable"
    yield from _choice_faults(row)
    yield from _range_faults(row)
    yield from _verb_faults(row)
    if not isinstance(row.fields, tuple | list):
        yield "has fields that are no tuple of Field"
    elif row.fields:
        yield from _field_faults(row)


def _field_faults(row: Capability) -> Iterator[str]:
    if row.type is not ValueType.NONE or not row.writable or not row.is_trigger or row.readable:
        yield "has fields and must be a trigger of type NONE that is written and not read"
    if row.verbs:
        yield "has fields and verbs: it can only be called"
    fields = [field for field in row.fields if isinstance(field, Field)]
    yield from (f"has {_named(field)} among its fields" for field in row.fields if field not in fields)
    yield from _twice((field.name for field in fields), "field")
    for field in fields:
        yield from (f"has the field '{field.name}', which {fault}" for fault in _faults_of(field))


def _faults_of(field: Field) -> Iterator[str]:
    if not field.name.isidentifier():
        yield "is no name: letters, digits and underscores"
    if field.type is ValueType.NONE or not isinstance(field.type, ValueType):
        yield "has a type that holds no value"
        return
    yield from _choice_faults(field.as_capability())
    yield from _range_faults(field.as_capability())


def _choice_faults(row: Capability) -> Iterator[str]:
    if row.type is ValueType.CHOICE:
        if not row.choices:
            yield "is a choice without choices"
        yield from _twice((choice.lower() for choice in row.choices), "choice")
    elif row.choices:
        yield f"has choices and is no choice but a {row.type.value}"
    if row.open_choices and row.type is not ValueType.CHOICE:
        yield f"has open choices and is no choice but a {row.type.value}"
    if row.excludes and row.type is not ValueType.TEXT:
        yield f"excludes characters and is no text but a {row.type.value}"
    yield from _pattern_faults(row)


def _pattern_faults(row: Capability) -> Iterator[str]:
    if not row.pattern and not row.form:
        return
    if row.type is not ValueType.TEXT:
        yield f"has a pattern and is no text but a {row.type.value}"
    if not row.pattern or not row.form:
        yield "has one of pattern and form: what it takes must be said in words too"
    try:
        re.compile(row.pattern)
    except re.error as error:
        yield f"has a pattern that is none: {error}"


def _range_faults(row: Capability) -> Iterator[str]:
    limits = [limit for limit in (row.minimum, row.maximum, row.step) if limit is not None]
    if limits and row.type not in _NUMERIC:
        yield "has a range and is no number"
    if not all(math.isfinite(limit) for limit in limits):
        yield "has a limit that is not finite"
    if row.minimum is not None and row.maximum is not None and row.minimum > row.maximum:
        yield f"has a minimum above its maximum: {row.minimum:g} to {row.maximum:g}"
    if row.step is not None and row.step <= 0:
        yield "has a step that is not positive"


def _verb_faults(row: Capability) -> Iterator[str]:
    if row.verbs and not row.writable:
        yield "has verbs and cannot be written"
    for verb, value in row.verbs.items():
        if value is not None and not _takes(row, value):
            yield f"has the verb '{verb}', whose value '{value}' it does not take"


def _takes(row: Capability, value: str) -> bool:
    try:
        row.check(value)
    except InvalidValue:
        return False
    return True


def _twice(names: Iterable[str], kind: str) -> Iterator[str]:
    for name, number in Counter(names).items():
        if number > 1:
            yield f"{kind} '{name}' is declared {number} times"


def _are_texts(found: object) -> bool:
    return isinstance(found, tuple | list) and all(isinstance(name, str) for name in found)


def _is_subclass(found: object, wanted: type) -> bool:
    return isinstance(found, type) and issubclass(found, wanted)


def _named(found: object) -> str:
    return found.__name__ if isinstance(found, type) else f"something of type {type(found).__name__}"
