"""Devices added to a site file; whatever stands in it stays as it is, comments and all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

from interlock.config.device_entries import DeviceEntry, device_entries
from interlock.config.files import UnreadableFile, read_source
from interlock.config.nodes import MapNode, Mark, Node, ScalarNode, SourceFile, plain
from interlock.config.reader import parse_yaml
from interlock.config.site import Site
from interlock.driver import Found
from interlock.errors import ConfigurationError, Diagnostic

_INDENT = "  "
_BOM = b"\xef\xbb\xbf"


def file_for(site: Site, connection: str) -> Path:
    """Return the file of a site that further devices of a connection belong to.

    That is where its last device stands; for the first one it is the site file.
    """
    own = [name for name, device in site.devices.items() if device.connection == connection]
    return Path(site.device_marks[own[-1]].source.name) if own else site.path


def append_devices(
    path: Path, connection: str, found: Sequence[Found], taken: Collection[str] = ()
) -> Sequence[str]:
    """Add devices at the end of a file's section ``devices``; return their names.

    The file is replaced as a whole or not at all.

    Args:
        path: The file.
        connection: The name of the connection that the devices are on.
        found: The devices.
        taken: Names that the site's other files use.

    Raises:
        ConfigurationError: the file cannot be read, or its devices do not stand one below the other.
        OSError: the file cannot be written.
    """
    source = _read(path)
    root = _parsed(source)
    entries = list(device_entries(connection, found, _taken(root).union(taken)))
    if entries:
        text = _extended(source, root, entries)
        _check(source, root, text, {entry.name for entry in entries})
        _replace(path, text)
    return [entry.name for entry in entries]


def _read(path: Path) -> SourceFile:
    try:
        return read_source(path, str(path))
    except UnreadableFile as error:
        raise ConfigurationError([error.diagnostic]) from None


def _parsed(source: SourceFile) -> MapNode:
    problems: list[Diagnostic] = []
    # What a secret stands for does not matter here.
    root = parse_yaml(source, problems, dict.fromkeys(("!secret", "!env"), lambda text, *_: text))
    if problems:
        raise ConfigurationError(problems)
    if not isinstance(root, MapNode):
        raise _refused(Mark(source, 1, 1), "the file is no mapping of keys and values")
    return root


def _taken(root: MapNode) -> set[str]:
    """Return the names that expressions know already."""
    sections = (root.entries.get(section) for section in ("devices", "groups", "schedules"))
    return {name for section in sections if isinstance(section, MapNode) for name in section.entries}


def _extended(source: SourceFile, root: MapNode, entries: Sequence[DeviceEntry]) -> str:
    section = root.entries.get("devices")
    lines = _lines(source.text)
    newline = "\r\n" if any(line.endswith("\r\n") for line in lines) else "\n"
    if section is None:
        at, new = len(lines), ["", "devices:"]
    else:
        at, new = _end_of_section(lines, root), []
    indent = _indent(section, root.keys.get("devices"))
    new += [line for entry in entries for line in entry.lines(indent)]
    before = "".join(lines[:at])
    gap = newline if before and before == before.rstrip("\r\n\x85\u2028\u2029") else ""
    return before + gap + "".join(line + newline for line in new) + "".join(lines[at:])


def _lines(text: str) -> list[str]:
    """Return the lines of a text as YAML counts them, each with its end."""
    parts = re.split("(\r\n|[\r\n\x85\u2028\u2029])", text)
    lines = [line + end for line, end in zip(parts[::2], [*parts[1::2], ""], strict=True)]
    return lines if lines[-1] else lines[:-1]


def _end_of_section(lines: Sequence[str], root: MapNode) -> int:
    """Return behind which line the section ``devices`` ends, without what introduces the next one."""
    begins = root.keys["devices"].line
    behind = min((mark.line - 1 for mark in root.keys.values() if mark.line > begins), default=len(lines))
    while behind > begins and (not lines[behind - 1].strip() or lines[behind - 1].startswith("#")):
        behind -= 1
    return behind


def _indent(section: Node | None, key: Mark | None) -> str:
    """Return what stands before each device's name."""
    if section is None or key is None or (isinstance(section, ScalarNode) and section.value is None):
        return _INDENT
    if isinstance(section, MapNode) and section.keys:
        columns = {mark.column for mark in section.keys.values()}
        own_lines = {mark.line for mark in section.keys.values()}
        if len(own_lines) == len(section.keys) and key.line not in own_lines and len(columns) == 1:
            return " " * (columns.pop() - 1)
    raise _refused(key, "devices can only be added where they stand one below the other, without braces")


def _check(source: SourceFile, root: MapNode, text: str, added: set[str]) -> None:
    """Refuse a text that would say anything else than before, besides the new devices."""
    try:
        is_safe = _adds_only(added, root, _parsed(SourceFile(source.name, text)))
    except ConfigurationError:
        is_safe = False
    if not is_safe:
        mark = root.keys.get("devices", root.mark)
        raise _refused(mark, "devices cannot be added to this file safely: add them by hand")


def _adds_only(added: set[str], old: MapNode, new: MapNode) -> bool:
    was, now = old.entries.get("devices"), new.entries.get("devices")
    if not isinstance(now, MapNode) or not added <= now.entries.keys():
        return False
    kept = {name: plain(node) for name, node in now.entries.items() if name not in added}
    before = plain(was) if isinstance(was, MapNode) else {}
    return kept == before and _besides_devices(old) == _besides_devices(new)


def _besides_devices(root: MapNode) -> dict[str, object]:
    return {key: plain(node) for key, node in root.entries.items() if key != "devices"}


def _refused(mark: Mark, message: str) -> ConfigurationError:
    return ConfigurationError([mark.diagnostic(message)])


def _replace(path: Path, text: str) -> None:
    file = path.resolve()
    mark = _BOM if file.read_bytes().startswith(_BOM) else b""
    draft = file.with_name(f".{file.name}.new")
    # Before it holds anything: what stands in a site file may be for its owner's eyes only.
    draft.touch(mode=0o600)
    draft.write_bytes(mark + text.encode())
    shutil.copymode(file, draft)
    draft.replace(file)
