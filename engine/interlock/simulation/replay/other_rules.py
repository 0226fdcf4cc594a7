"""Other rules to be tried on the same past: those of another site file, or files of rules alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from interlock.clock import WallClock
from interlock.config.expansion import Expansion
from interlock.config.files import UnreadableFile, read_source
from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.reader import parse_yaml
from interlock.config.sections import entries_of, items_of
from interlock.config.validation import check_keys
from interlock.errors import ConfigurationError, Diagnostic, Severity
from interlock.rules.grammar import load_rules
from interlock.service.loading import Loaded, load


def load_other(path: Path, loaded: Loaded) -> Loaded:
    """Return a site with other rules.

    Args:
        path: A site file or its directory, or a file of rules, which take the place of the site's own of
            the same ids; all others stay.
        loaded: The site as it is.

    Raises:
        ConfigurationError: the other file has errors.
    """
    if path.is_dir():
        return load(path)
    file = _RuleFile(path, loaded.site.path.parent)
    if file.is_site:
        return load(path)
    return file.in_place_of(loaded)


class _RuleFile:
    """A file that holds rules.

    Args:
        path: The file.
        folder: Where the names of templates count from.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self._path = path
        self._folder = folder
        self._problems: list[Diagnostic] = []
        self._node = self._parsed(path)
        self.is_site = isinstance(self._node, MapNode) and "site" in self._node.entries
        """Whether it is a site's own file."""

    def in_place_of(self, loaded: Loaded) -> Loaded:
        """Return a site with these rules in place of its own.

        Raises:
            ConfigurationError: the file has errors, or its rules.
        """
        others = tuple(self._rules())
        ids = {_id_of(each) for each in others}
        kept = tuple(each for each in loaded.site.rules if _id_of(each) not in ids)
        site = replace(loaded.site, rules=(*kept, *others))
        rules, findings = load_rules(site, WallClock().now())
        self._refuse([*self._problems, *findings])
        return replace(loaded, site=site, rules=rules)

    def _rules(self) -> Iterator[Node]:
        self._refuse(self._problems)
        entries = None if self._node is None else entries_of(self._node, "a file of rules", self._problems)
        if entries is None or "rules" not in entries.entries:
            message = "there are no rules here: write them under 'rules:'"
            raise ConfigurationError([Diagnostic(str(self._path), 1, 1, message)])
        check_keys(entries, ("rules", "scenarios"), self._problems)
        expansion = Expansion(self._template, self._problems)
        for node in items_of(entries.entries["rules"], "'rules'", self._problems):
            yield from expansion.of(node)

    def _template(self, file: ScalarNode) -> Node | None:
        return self._parsed(self._folder / str(file.value))

    def _parsed(self, path: Path) -> Node | None:
        try:
            return parse_yaml(read_source(path, str(path)), self._problems)
        except UnreadableFile as error:
            raise ConfigurationError([error.diagnostic]) from None

    def _refuse(self, findings: Sequence[Diagnostic]) -> None:
        if any(each.severity is Severity.ERROR for each in findings):
            raise ConfigurationError(sorted(findings))


def _id_of(node: Node) -> str:
    found = node.entries.get("id") if isinstance(node, MapNode) else None
    return str(found.value) if isinstance(found, ScalarNode) else ""
