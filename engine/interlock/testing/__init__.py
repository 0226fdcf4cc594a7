"""The contract of drivers as a test suite: public, for everybody who writes one.

It needs pytest (``pip install 'interlock[testing]'``) and no plugin of it. A driver's author subclasses
`DriverContract` in a test file and says how to reach a simulated peer; pytest then finds the tests by itself.
"""

from __future__ import annotations

try:
    import pytest
except ModuleNotFoundError as missing:
    raise ImportError("interlock.testing needs pytest: pip install 'interlock[testing]'") from missing

_CLAUSES = (
    "arrivals",
    "basis",
    "commands",
    "declaring",
    "discretion",
    "finding",
    "lifetime",
    "loops",
    "pushing",
    "reading",
    "sending",
    "writing",
)
pytest.register_assert_rewrite(*(f"interlock.testing.{name}" for name in _CLAUSES))

from interlock.testing.contract import DriverContract  # noqa: E402 - after its assertions can explain
from interlock.testing.rig import Rig, make_targets, rig_of_simulator  # noqa: E402

__all__ = ["DriverContract", "Rig", "make_targets", "rig_of_simulator"]
