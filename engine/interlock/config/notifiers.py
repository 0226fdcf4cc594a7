"""The section ``notifiers`` of a site file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from interlock.config.credentials import Credentials
from interlock.config.names import notifier_name_fault
from interlock.config.nodes import MapNode, Node
from interlock.config.plugin_calls import read_settings
from interlock.config.sections import as_text, entries_of, without
from interlock.config.site import ConfiguredNotifier
from interlock.errors import Diagnostic, PluginError
from interlock.plugins import LoadedNotifier, Registry


@dataclass(frozen=True, slots=True)
class NotifierSection:
    """The notifiers that are sound, and the names of all that were written."""

    sound: Mapping[str, ConfiguredNotifier]
    declared: frozenset[str]


def read_notifiers(
    section: Node | None, registry: Registry, credentials: Credentials, problems: list[Diagnostic]
) -> NotifierSection:
    """Return the notifiers of a site; what is wrong with one costs only that one."""
    entries = entries_of(section, "notifiers", problems)
    if entries is None:
        return NotifierSection({}, frozenset())
    reader = _NotifierReader(registry, credentials, problems)
    sound = {each.name: each for each in reader.read(entries)}
    return NotifierSection(sound, frozenset(entries.entries))


class _NotifierReader:
    def __init__(self, registry: Registry, credentials: Credentials, problems: list[Diagnostic]) -> None:
        self._registry = registry
        self._credentials = credentials
        self._problems = problems

    def read(self, section: MapNode) -> Iterator[ConfiguredNotifier]:
        """Yield each notifier that is sound."""
        for name, node in section.entries.items():
            if fault := notifier_name_fault(name):
                self._problems.append(section.keys[name].diagnostic(fault))
            notifier = self._notifier(name, node)
            if notifier is not None and not fault:
                yield notifier

    def _notifier(self, name: str, node: Node) -> ConfiguredNotifier | None:
        what = f"notifier '{name}'"
        entries = entries_of(node, what, self._problems, is_optional=False)
        loaded = entries and self._loaded(what, entries)
        if not entries or not loaded:
            return None
        model, own = loaded.notifier.Settings, without(entries, "via")
        settings = read_settings(
            loaded.source, model, own, what=what, credentials=self._credentials, problems=self._problems
        )
        if settings is None:
            return None
        return ConfiguredNotifier(name, loaded.notifier, settings)

    def _loaded(self, what: str, entries: MapNode) -> LoadedNotifier | None:
        installed = f"installed: {', '.join(self._registry.notifiers) or 'none'}"
        node = as_text(entries, "via", what, installed, self._problems)
        if node is None:
            return None
        try:
            self._registry.notifier(str(node.value))
        except PluginError as error:
            self._problems.append(node.mark.diagnostic(str(error), hint=error.hint))
            return None
        return self._registry.notifiers[str(node.value)]
