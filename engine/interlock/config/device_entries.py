"""Devices that were found, as entries of the section ``devices``."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from interlock.config.names import device_name_fault
from interlock.config.site import Connection, Site
from interlock.driver import Found

_PLAIN = re.compile(r"\w([\w ./-]*\w)?")
"""A text that may stand in braces without quotes."""
_WIDEST = 2**20
"""Of a line, in characters: an entry is never broken."""


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """A device as a site file declares it."""

    name: str
    text: str
    """The connection, the type and the settings, in braces."""
    comment: str = ""

    def lines(self, indent: str = "  ") -> Sequence[str]:
        """Return the lines of the entry, the comment first."""
        comment = [f"{indent}# {self.comment}"] if self.comment else []
        return [*comment, f"{indent}{self.name}: {self.text}"]


def device_entries(
    connection: str, found: Iterable[Found], taken: Collection[str] = ()
) -> Iterator[DeviceEntry]:
    """Yield an entry for each device, with a valid name that nothing else has.

    Args:
        connection: The name of the connection that they are on.
        found: The devices.
        taken: Names that are in use.
    """
    names = set(taken)
    for each in found:
        name = _free_name(device_name(each.name, each.type), names)
        names.add(name)
        entry = CommentedMap(connection=connection, type=each.type, **each.settings)
        yield DeviceEntry(name, _in_braces(entry), " ".join(each.description.split()))


def new_devices(site: Site, connection: Connection, found: Iterable[Found]) -> Iterator[Found]:
    """Yield the devices that a connection of a site does not have yet, by what tells devices apart."""
    known = {
        (device.type, device.settings.identity)
        for device in site.devices.values()
        if device.connection == connection.name
    }
    yield from (each for each in found if _identity(connection, each) not in known)


def device_name(text: str, device_type: str) -> str:
    """Return a name that expressions can hold, as near to a text as can be: ``kueche_decke``.

    Where a text has no letter or digit that a name could keep, the type stands in for it.
    """
    plain = unicodedata.normalize("NFKD", text.lower().translate(_UMLAUTS))
    words = re.findall(r"[a-z0-9]+", "".join(each for each in plain if not unicodedata.combining(each)))
    name = "_".join(words) or device_type.replace("-", "_")
    return f"{device_type.replace('-', '_')}_{name}" if device_name_fault(name) else name


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"})


def _free_name(name: str, taken: Collection[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _in_braces(entry: CommentedMap) -> str:
    for key, value in entry.items():
        if isinstance(value, tuple | list):
            entry[key] = CommentedSeq(value)
        elif isinstance(value, str) and not _PLAIN.fullmatch(value):
            # In braces YAML reads more into a text than ruamel.yaml guards against.
            entry[key] = DoubleQuotedScalarString(value)
    entry.fa.set_flow_style()
    yaml = YAML()
    yaml.width = _WIDEST
    text = io.StringIO()
    yaml.dump(entry, text)
    return text.getvalue().strip()


def _identity(connection: Connection, found: Found) -> tuple[str, tuple[str, ...]] | None:
    for device_type in connection.driver.device_types:
        if device_type.name == found.type:
            try:
                return found.type, device_type.settings.model_validate(dict(found.settings)).identity
            except ValidationError:
                return None
    return None
