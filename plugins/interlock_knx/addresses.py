"""Group addresses: three-level, two-level or free, each with one canonical spelling."""

from __future__ import annotations

import re

_LEVELS = {
    3: (("main group", 31), ("middle group", 7), ("subgroup", 255)),
    2: (("main group", 31), ("subgroup", 2047)),
    1: (("free address", 65535),),
}
"""What the parts of an address are called and their greatest numbers, by how many there are.

Source: KNX System Specifications 03.03.02 Data Link Layer General, 1.4: a group address has 16 bits.
"""
_EXAMPLES = "write for example 1/2/3, 1/515 or 2563"


def parse_group_address(text: str) -> str:
    """Return a group address with three levels: ``1/2/3`` for ``1/2/3``, ``1/515`` and ``2563``.

    Raises:
        ValueError: no group address, or 0/0/0, which addresses every device at once.
    """
    parts = text.strip().split("/")
    levels = _LEVELS.get(len(parts))
    if levels is None or not all(re.fullmatch(r"[0-9]{1,5}", part) for part in parts):
        raise ValueError(f"'{text}' is no group address: {_EXAMPLES}")
    raw = 0
    for part, (name, most) in zip(parts, levels, strict=True):
        if int(part) > most:
            raise ValueError(f"'{text}' is no group address: its {name} goes from 0 to {most}")
        raw = raw * (most + 1) + int(part)
    if raw == 0:
        raise ValueError(f"'{text}' is no group address of a device: on KNX it is the broadcast")
    return format_group_address(raw)


def format_group_address(raw: int) -> str:
    """Return the three-level spelling of a group address's 16 bits."""
    return f"{raw >> 11}/{raw >> 8 & 7}/{raw & 255}"
