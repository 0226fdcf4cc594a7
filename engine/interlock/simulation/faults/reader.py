"""The grammar of faults: ``house offline 2h daily``."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TypedDict

from interlock.capabilities import ValueType, nearest
from interlock.errors import InvalidValue
from interlock.model import Point, Value
from interlock.service.loading import Loaded
from interlock.simulation.faults.chance import RANDOM, read_random
from interlock.simulation.faults.fault import SERVICE, Fault, Kind
from interlock.simulation.faults.recurrence import Stretch
from interlock.simulation.faults.when import read_when
from interlock.simulation.faults.words import Words, stranger
from interlock.virtual import is_virtual

_OF_CONNECTIONS = (Kind.OFFLINE, Kind.SLOW)
_OF_DEVICES = (Kind.UNAVAILABLE, Kind.DEAF)
_OF_POINTS = (*_OF_DEVICES, Kind.STUCK, Kind.OFFSET)
_NUMBERS = (ValueType.INTEGER, ValueType.NUMBER)


def read_faults(texts: Iterable[str], loaded: Loaded, within: Stretch, seed: int = 0) -> tuple[Fault, ...]:
    """Return the faults that texts mean; one that is ``random`` becomes many.

    Raises:
        ValueError: one cannot be understood, or names nothing of the site; the message is a sentence.
    """
    found: list[Fault] = []
    for number, text in enumerate(texts):
        try:
            found += _read(text, loaded, within, random.Random(f"{seed} faults {number}"))
        except ValueError as error:
            raise ValueError(f"fault '{text}': {error}") from error
    return tuple(found)


def _read(text: str, loaded: Loaded, within: Stretch, dice: random.Random) -> Sequence[Fault]:
    words = Words(text)
    what = words.take()
    if not what:
        raise ValueError("it says nothing: write for example house offline 2h daily")
    if what == RANDOM:
        return read_random(words, loaded, within, dice)
    return [_read_one(text, what, words, loaded, within)]


def _read_one(text: str, what: str, words: Words, loaded: Loaded, within: Stretch) -> Fault:
    allowed = _kinds(what, loaded)
    word = words.take()
    kind = next((each for each in allowed if each.value == word), None)
    if kind is None:
        names = [each.value for each in allowed]
        raise ValueError(stranger(word, names) if word else f"what is wrong is missing: {', '.join(names)}")
    points = _points(what, loaded) if kind in _OF_POINTS else ()
    details = _details(kind, points, words, loaded)
    when = read_when(words, within.zone)
    if not any(True for _ in when.spans(within, random.Random(0))):
        raise ValueError("it never comes in the time that is simulated")
    return Fault(text=text, kind=kind, what=what, points=points, when=when, **details)


class _Details(TypedDict, total=False):
    lateness: timedelta
    value: Value
    offset: float


def _details(kind: Kind, points: Sequence[Point], words: Words, loaded: Loaded) -> _Details:
    """Return what else the words say of a fault of a kind, before they say when."""
    match kind:
        case Kind.SLOW:
            return {"lateness": words.length("how slow it is")}
        case Kind.STUCK if words.skip("at"):
            return {"value": _read_value(points[0], words.take(), loaded)}
        case Kind.OFFSET:
            return {"offset": _read_offset(points[0], words.take(), loaded)}
        case _:
            return {}


def _read_value(point: Point, word: str, loaded: Loaded) -> Value:
    try:
        value = loaded.site.targets[point].capability.check(word)
    except InvalidValue as error:
        raise ValueError(f"{point.device}.{error}") from error
    assert value is not None
    return value


def _read_offset(point: Point, word: str, loaded: Loaded) -> float:
    if loaded.site.targets[point].capability.type not in _NUMBERS:
        raise ValueError(f"{point} is no number, and has no offset; stuck at a value is for all points")
    try:
        offset = float(word)
    except ValueError:
        offset = math.nan
    if not math.isfinite(offset) or not offset:
        raise ValueError(f"'{word}' is no offset: write for example +3 or -0.5")
    return offset


def _kinds(what: str, loaded: Loaded) -> Sequence[Kind]:
    """Return what can be wrong with something.

    Raises:
        ValueError: there is no such thing; the message has the nearest name.
    """
    site = loaded.site
    kinds: list[Kind] = [Kind.DOWN] if what == SERVICE else []
    if what in site.connections:
        kinds += _OF_CONNECTIONS
    if what in site.devices:
        kinds += _OF_DEVICES
    if what in site.targets:
        kinds += _OF_POINTS
    if not kinds:
        meant = nearest(what, [SERVICE, RANDOM, *site.connections, *site.devices, *site.targets])
        hint = f"; did you mean '{meant}'?" if meant else ""
        raise ValueError(f"the site has no connection, device or point '{what}'{hint}")
    return kinds


def _points(what: str, loaded: Loaded) -> tuple[Point, ...]:
    """Return a point, or the points of a device, that connections have.

    Raises:
        ValueError: it is virtual.
    """
    points = [each for each in loaded.site.targets.values() if what in (each.point, each.device.name)]
    if any(is_virtual(each) for each in points):
        raise ValueError(f"{what} is virtual: nothing can be wrong with it")
    return tuple(each.point for each in points)
