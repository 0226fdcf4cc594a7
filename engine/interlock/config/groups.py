"""The section ``groups`` of a site file: names for several devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.config.devices import DeviceSection
from interlock.config.entries import Entry, entries_in
from interlock.config.names import device_name_fault, did_you_mean
from interlock.config.nodes import ListNode, MapNode, Mark, Node, ScalarNode
from interlock.config.sections import entries_of, is_empty, texts_of
from interlock.config.validation import check_keys
from interlock.errors import Diagnostic, Severity

Groups = Mapping[str, tuple[str, ...]]
"""The devices of each group, in the order of the file; none where its own declaration is faulty."""


def read_groups(section: Node | None, devices: DeviceSection, problems: list[Diagnostic]) -> Groups:
    """Return the groups of a site, groups in them resolved to their devices."""
    entries = entries_of(section, "groups", problems)
    return _GroupReader(_expanded(entries, problems), devices, problems).read() if entries else {}


def _expanded(section: MapNode, problems: list[Diagnostic]) -> MapNode:
    """Return the section with the groups that ``for_each`` makes; where its name stays, it makes one."""
    found: dict[str, Node] = {}
    first: dict[str, Entry] = {}
    for entry in entries_in(section, problems):
        node = _members(entry, problems) if entry.origin else entry.node
        before = found.get(entry.name)
        if node is None:
            continue
        if before is None:
            found[entry.name], first[entry.name] = node, entry
        elif first[entry.name].written == entry.written == entry.name:
            found[entry.name] = _joined(before, node)
        else:
            place = first[entry.name].mark.place
            message = f"group '{entry.name}' is given twice: first at {place}"
            problems.append(entry.mark.diagnostic(message))
    return MapNode(section.mark, found, {name: entry.mark for name, entry in first.items()})


def _joined(before: Node, node: Node) -> Node:
    """Return the members of two rows, each once."""
    if not isinstance(before, ListNode) or not isinstance(node, ListNode):
        return before
    written = {_name(item) for item in before.items}
    return ListNode(before.mark, (*before.items, *(i for i in node.items if _name(i) not in written)))


def _name(item: Node) -> str | None:
    return item.text if isinstance(item, ScalarNode) else None


def _members(entry: Entry, problems: list[Diagnostic]) -> Node | None:
    """Return the list of members of a group that is made of rows; None after a finding."""
    if not isinstance(entry.node, MapNode):
        return None
    check_keys(entry.node, ("members",), problems)
    if "members" not in entry.node.entries:
        hint = "write 'members: [room_{{ n }}]' beside 'for_each'"
        problems.append(entry.mark.diagnostic(f"group '{entry.written}' needs 'members'", hint=hint))
    return entry.node.entries.get("members")


class _GroupReader:
    def __init__(self, section: MapNode, devices: DeviceSection, problems: list[Diagnostic]) -> None:
        self._section = section
        self._devices = devices
        self._problems = problems
        self._members = {
            name: list(self._written(name, node)) for name, node in self._section.entries.items()
        }

    def read(self) -> Groups:
        """Return each group that has a name of its own."""
        sound = [name for name in self._members if not self._has_fault(name)]
        return {name: tuple(dict.fromkeys(self._resolved(name, ()))) for name in sound}

    def _has_fault(self, name: str) -> bool:
        mark = self._section.keys[name]
        fault = device_name_fault(name, "group")
        if name in self._devices.declared:
            first = self._devices.declared[name].place
            fault = f"'{name}' names the device at {first} already: give the group another name"
        if fault:
            self._problems.append(mark.diagnostic(fault))
        return bool(fault)

    def _written(self, name: str, node: Node) -> Iterator[ScalarNode]:
        seen: dict[str, Mark] = {}
        if is_empty(node) or not getattr(node, "items", True):
            self._problems.append(node.mark.diagnostic(f"group '{name}' has no members"))
        for item in texts_of(node, f"group '{name}'", self._problems):
            member = str(item.value)
            if member in seen:
                message = f"'{member}' is in group '{name}' already"
                self._problems.append(item.mark.diagnostic(message, severity=Severity.WARNING))
            elif self._is_known(item, member):
                yield item
            seen[member] = item.mark

    def _is_known(self, item: ScalarNode, member: str) -> bool:
        known = (*self._devices.declared, *self._section.entries)
        if member not in known:
            hint = did_you_mean(member, sorted(known), "devices and groups")
            message = f"there is no device or group '{member}'"
            self._problems.append(item.mark.diagnostic(message, hint=hint))
        return member in known

    def _resolved(self, name: str, inside: tuple[str, ...]) -> Iterator[str]:
        """Yield the devices of a group; one that holds itself is a finding at its innermost member."""
        for item in self._members[name]:
            member = str(item.value)
            if member in (*inside, name):
                way = " in ".join((*inside, name))
                finding = item.mark.diagnostic(
                    f"group '{member}' would be a member of itself: it is in {way}"
                )
                if finding not in self._problems:
                    self._problems.append(finding)
            elif member in self._members and member not in self._devices.declared:
                yield from self._resolved(member, (*inside, name))
            elif member in self._devices.sound:
                yield member
