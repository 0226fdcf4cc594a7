"""A site on the fake driver whose rules a test writes as YAML."""

import textwrap
from pathlib import Path
from zoneinfo import ZoneInfo

from interlock.config.nodes import ListNode, ScalarNode, SourceFile
from interlock.config.reader import Resolver, parse_yaml
from interlock.config.site import Site
from interlock.driver import Device, Target
from interlock.errors import Diagnostic, Severity
from interlock.model import Point
from interlock.rules.grammar import load_rules
from interlock.rules.rule import Rule
from support.fake_driver import FakeDeviceSettings, FakeDriver
from support.hooked_service import ONE_HOOK

DEVICES = {
    "living_thermostat": "thermostat",
    "living_ac": "hvac",
    "lamp": "light",
    "evening": "scene",
    "morning": "scene",
    "bell": "button",
    "blind": "blind",
    "lobby": "program",
    "relay": "relay",
    "strip": "strip",
}
BROKEN_DEVICE = "attic_thermostat"
"""A device that the site declares and that is left out of it, because its own declaration is wrong."""

_TYPES = {device_type.name: device_type for device_type in FakeDriver.device_types}


def targets() -> dict[Point, Target]:
    """Every point of the site."""
    found = {}
    for name, kind in DEVICES.items():
        device = Device(name=name, connection="house", type=kind, settings=FakeDeviceSettings(address=name))
        for capability in _TYPES[kind].controllers:
            point = Point.of(name, capability.controller)
            found[point] = Target(point=point, device=device, capability=capability)
    return found


def site_with(text: str, *, tags: dict[str, Resolver] | None = None) -> Site:
    """The site with the rules of one file, ``rules.yaml``, which is a list of them."""
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("rules.yaml", textwrap.dedent(text).lstrip("\n")), problems, tags)
    assert not [each for each in problems if not each.message.startswith("no secret")]
    return Site(
        name="Test",
        path=Path("site.yaml"),
        timezone=ZoneInfo("Europe/Rome"),
        location=None,
        connections={},
        devices={target.device.name: target.device for target in targets().values()},
        declared_devices=frozenset({*DEVICES, BROKEN_DEVICE}),
        targets=targets(),
        watch=(),
        service=ONE_HOOK,
        rules=node.items if isinstance(node, ListNode) else (),
    )


def rules_of(text: str) -> tuple[Rule, ...]:
    """The rules of a text that is right."""
    rules, problems = load_rules(site_with(text))
    assert problems == []
    return rules


def rule_of(text: str) -> Rule:
    """The only rule of a text that is right."""
    (rule,) = rules_of(text)
    return rule


def findings(text: str, *, tags: dict[str, Resolver] | None = None) -> list[str]:
    """Every finding as ``line:column+length: message [hint]``."""
    return [_shown(problem) for problem in load_rules(site_with(text, tags=tags))[1]]


def _shown(problem: Diagnostic) -> str:
    warning = "warning: " if problem.severity is Severity.WARNING else ""
    hint = f" [{problem.hint}]" if problem.hint else ""
    return f"{problem.line}:{problem.column}+{problem.length}: {warning}{problem.message}{hint}"


def broken(text: str, mark: object, problems: list[Diagnostic]) -> ScalarNode | None:
    """A tag's resolver that never finds the secret and says so."""
    problems.append(mark.diagnostic("no secret of this name"))  # type: ignore[attr-defined]
    return None
