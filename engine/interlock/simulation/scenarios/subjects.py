"""What the keys of a scenario name: points, groups of them, devices, patterns, connections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from interlock.capabilities import nearest
from interlock.config.nodes import Mark
from interlock.driver import Target
from interlock.rules.grammar.context import Context
from interlock.virtual import is_virtual

_PATTERN = re.compile(r"[*?\[]")


def is_pattern(text: str) -> bool:
    """Whether a name stands for all that are like it."""
    return bool(_PATTERN.search(text))


def is_wide(context: Context, text: str) -> bool:
    """Whether a name can stand for several points."""
    return is_pattern(text) or "." not in text or text.partition(".")[0] in context.scope.groups


def is_thing(context: Context, text: str) -> bool:
    """Whether a name without a dot is that of a device, a group or a connection."""
    site = context.site
    known = (*site.declared_devices, *site.groups, *site.connections)
    return text in known or (is_pattern(text) and any(fnmatchcase(each, text) for each in known))


def readable(context: Context, text: str, mark: Mark) -> Sequence[Target]:
    """Return the points with a value that a name stands for; nothing after a finding."""
    if not is_pattern(text):
        return context.readables(text, mark)
    targets = context.targets.values()
    return _found(
        context,
        [each for each in targets if fnmatchcase(each.point, text) and can_hold(each)],
        text,
        mark,
    )


def can_hold(target: Target) -> bool:
    """Whether a device, or a hand, can give a point a value."""
    capability = target.capability
    if is_virtual(target):
        return capability.writable and capability.has_reading and not capability.is_trigger
    return capability.readable


def is_whole(context: Context) -> bool:
    """Whether every device that is declared is sound; otherwise that has been reported where it is not."""
    return len(context.site.devices) >= len(context.site.declared_devices)


def breakable(context: Context, text: str, mark: Mark) -> Sequence[Target]:
    """Return the points that fail where a device, a group, a point or a pattern does."""
    if "." in text and not is_pattern(text):
        found: Sequence[Target] = context.points(text, mark)
    else:
        found = _found(context, list(_of_devices(context, text)), text, mark)
    own = [each for each in found if is_virtual(each)]
    if own:
        context.report(mark, f"{own[0].point} is kept by the site itself: nothing can be wrong with it")
        return ()
    return found


def _of_devices(context: Context, text: str) -> Iterable[Target]:
    members = context.site.groups.get(text, (text,))
    for target in context.targets.values():
        name = target.point if "." in text else target.device.name
        if target.device.name in members or (is_pattern(text) and fnmatchcase(name, text)):
            yield target


def _found(context: Context, targets: Sequence[Target], text: str, mark: Mark) -> Sequence[Target]:
    if not targets and is_whole(context):
        known = context.targets if "." in text else [*context.devices, *context.site.groups]
        meant = nearest(text.replace("*", ""), known)
        kind = "point" if "." in text else "device or group"
        message = f"no {kind} is called like '{text}'" if is_pattern(text) else f"there is no {kind} '{text}'"
        is_server = text in context.site.connections
        hint = f"'{text}' is a connection: write '{text}: away'" if is_server else ""
        context.report(mark, message, f"did you mean '{meant}'?" if meant and not is_server else hint)
    return targets
