"""How clients name attributes and choose thermostats."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from interlock_founten.simulator.attributes import RESERVED
from interlock_founten.simulator.thermostat import Thermostat
from interlock_founten.simulator.transactions import Pair
from interlock_founten.simulator.variants import Variant

_OFFSETS = {"calibrationoffet": "calibrationoffset", "calibrationoffset": "calibrationoffet"}
_ALIASES = {"thermostatserialno": "serialno"}
"""What public clients of live servers write in selections."""


def key(name: str, variant: Variant) -> str:
    """Return under which name a thermostat holds an attribute that a client names in any case."""
    lower = name.lower()
    return _OFFSETS.get(lower, lower) if variant.says_calibration_offset else lower


def spelling(name: str) -> str:
    """Return how a reply spells an attribute: as the manual does, or as the client if it is not reserved."""
    attribute = RESERVED.get(name.lower())
    return attribute.name if attribute else name


def usable(selection: Sequence[Pair], besides: Collection[str]) -> Sequence[Pair]:
    """Return the pairs that choose thermostats: with a value, and not among the names for something else."""
    return [pair for pair in selection if pair.values and pair.name.lower() not in besides]


def chosen(
    thermostats: Sequence[Thermostat], pairs: Sequence[Pair], variant: Variant
) -> Sequence[Thermostat]:
    """Return the thermostats that match every pair; without pairs that is every thermostat."""
    return [each for each in thermostats if all(_matches(each, pair, variant) for pair in pairs)]


def _matches(thermostat: Thermostat, pair: Pair, variant: Variant) -> bool:
    name = key(pair.name, variant)
    return thermostat.value(_ALIASES.get(name, name)) in pair.values
