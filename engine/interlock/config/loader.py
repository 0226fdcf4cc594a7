"""From a site file to a `Site`, with every finding at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from interlock.config.connections import read_connections
from interlock.config.credentials import Credentials
from interlock.config.devices import read_devices
from interlock.config.expansion import Expansion, is_made
from interlock.config.expectations import join_or
from interlock.config.files import UnreadableFile, read_source
from interlock.config.groups import read_groups
from interlock.config.header import read_header
from interlock.config.includes import IncludedFile, find_included
from interlock.config.journal_section import read_journal
from interlock.config.merging import Sections
from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.notifiers import read_notifiers
from interlock.config.report import in_order
from interlock.config.schedules import read_schedules
from interlock.config.secrets import FILE_NAME, Secrets
from interlock.config.sections import entries_of, is_empty, is_text, texts_of, without
from interlock.config.service_section import read_service
from interlock.config.site import Site
from interlock.config.trees import Trees
from interlock.config.validation import check_keys
from interlock.config.watch import read_watch
from interlock.errors import Diagnostic, Severity
from interlock.plugins import Registry

SITE_KEYS = (
    "site",
    "connections",
    "devices",
    "groups",
    "schedules",
    "notifiers",
    "watch",
    "journal",
    "service",
    "include",
    "interlocks",
    "rules",
    "scenarios",
    "plant",
)
_MERGED = ("devices", "groups", "schedules", "interlocks")
_PLAYED = ("scenarios", "plant")
"""What a running service does not look at."""
_INCLUDED_KEYS = (*_MERGED, "rules", *_PLAYED)
_SITE_ONLY = frozenset(SITE_KEYS).difference(_INCLUDED_KEYS)


def load_site(
    path: Path,
    registry: Registry,
    environ: Mapping[str, str],
    *,
    with_rules: bool = True,
    trees: Trees | None = None,
) -> tuple[Site | None, list[Diagnostic]]:
    """Return a site and every finding in its files, in the order of files and lines.

    Args:
        path: The site file.
        registry: The plugins.
        environ: The environment's variables, for ``!env``.
        with_rules: Whether the rules are read, and files that hold nothing else are looked at. Interlocks
            are read always: they hold for whoever commands.
        trees: What an earlier reading of the same site left; it is brought up to date.

    Returns:
        The site with everything in it that is sound, also where there are errors, so that its rules can
        be checked as well; None where the file is no mapping at all. And the findings.
    """
    loader = _Loader(path, registry, environ, trees or Trees(), with_rules=with_rules)
    site = loader.site()
    return site, loader.findings()


class _Loader:
    """Loads one site."""

    def __init__(
        self, path: Path, registry: Registry, environ: Mapping[str, str], trees: Trees, *, with_rules: bool
    ) -> None:
        self._path = path
        self._trees = trees
        self._items: list[Node] = []
        """The items of the lists that may use templates."""
        self._with_rules = with_rules
        self._registry = registry
        self._problems: list[Diagnostic] = []
        self._credentials = Credentials()
        self._templates: dict[str, Node | None] = {}
        secrets = path.parent / FILE_NAME
        self._files = [path, secrets]
        self._included_patterns: list[str] = []
        self._tags = Secrets(secrets, str(secrets), environ).tags

    def findings(self) -> list[Diagnostic]:
        """Return what was found, in order, without secrets."""
        return list(in_order(map(self._credentials.hide, self._problems)))

    def site(self) -> Site | None:
        """Return the site, as far as it is sound."""
        node = self._read(self._path, str(self._path), self._problems)
        if node is None:
            return None
        if not isinstance(node, MapNode):
            state = "is empty" if is_empty(node) else "is no mapping of keys and values"
            message = f"the file {state}: it needs the key 'site'"
            self._problems.append(node.mark.diagnostic(message))
            return None
        check_keys(node, SITE_KEYS, self._problems)
        site = self._site(node)
        self._trees.keep(self._files, self._items)
        return site

    def _site(self, node: MapNode) -> Site:
        sections, problems = node.entries, self._problems
        header = read_header(node, problems)
        connections = read_connections(
            sections.get("connections"), self._registry, self._credentials, problems, header.timezone
        )
        parts = self._parts(node)
        devices = read_devices(
            parts.mapping("devices"), connections, self._registry, self._credentials, problems
        )
        devices = read_schedules(parts.mapping("schedules"), devices, header.holidays, problems)
        notifiers = read_notifiers(sections.get("notifiers"), self._registry, self._credentials, problems)
        rules = self._expanded("rules", parts) if self._with_rules else ()
        return Site(
            name=header.name,
            path=self._path,
            timezone=header.timezone,
            location=header.location,
            holidays=header.holidays,
            waits_at_first=header.waits_at_first,
            connections=connections.sound,
            devices=devices.sound,
            declared_connections=connections.declared,
            declared_devices=frozenset(devices.declared),
            device_marks=devices.declared,
            targets=devices.targets,
            functions={name: loaded.function for name, loaded in self._registry.functions.items()},
            groups=read_groups(parts.mapping("groups"), devices, problems),
            event_kinds={name: loaded.kind for name, loaded in self._registry.event_kinds.items()},
            notifiers=notifiers.sound,
            declared_notifiers=notifiers.declared,
            watch=read_watch(sections.get("watch"), devices, problems),
            journal=read_journal(sections.get("journal"), self._credentials, problems),
            service=read_service(sections.get("service"), self._path.parent, self._credentials, problems),
            files=tuple(dict.fromkeys(self._files)),
            included=tuple(self._included_patterns),
            guards=devices.options.guards,
            defaults=devices.options.defaults,
            hands=devices.options.hands,
            interlocks=self._expanded("interlocks", parts),
            rules=rules,
            scenarios=tuple(parts.items("scenarios")) if self._with_rules else (),
            plant=parts.mapping("plant") if self._with_rules else None,
            warnings=self._warnings(),
        )

    def _expanded(self, section: str, parts: Sections) -> tuple[Node, ...]:
        items = tuple(parts.items(section))
        self._items += items
        return tuple(each for node in items for each in self._made_of(section, node))

    def _made_of(self, section: str, node: Node) -> Iterable[Node]:
        """Return the rules that an item stands for."""
        if not is_made(node):
            return (node,)
        file = node.entries.get("use")
        template = self._read_template(file) if is_text(file) else None
        return self._trees.expanded(
            section,
            node,
            template,
            self._problems,
            lambda problems: Expansion(self._read_template, problems, section).of(node),
        )

    def _read_template(self, file: ScalarNode) -> Node | None:
        """Return the tree of a template's file, which is read once however often it is used."""
        name = str(file.value)
        if name not in self._templates:
            path = self._path.parent / name
            self._files.append(path)
            if not _is_file(path):
                self._problems.append(file.mark.diagnostic(f"there is no template '{name}'"))
                return None
            self._templates[name] = self._read(path, str(path), self._problems)
        return self._templates[name]

    def _warnings(self) -> tuple[Diagnostic, ...]:
        return tuple(each for each in self.findings() if each.severity is Severity.WARNING)

    def _parts(self, site: MapNode) -> Sections:
        """Return the sections of the site file and of those that it includes, in their order."""
        parts = Sections(self._problems)
        parts.add(site)
        problems = self._problems if self._with_rules else []
        patterns = tuple(texts_of(site.entries.get("include"), "include", problems))
        self._included_patterns = [str(pattern.value) for pattern in patterns]
        for included in find_included(patterns, self._path, problems):
            if entries := self._included(included):
                parts.add(entries)
        return parts

    def _included(self, file: IncludedFile) -> MapNode | None:
        """Return what an included file holds; what is wrong with mere rules counts only where they do."""
        problems: list[Diagnostic] = []
        node = self._read(file.path, file.name, problems)
        found = _included_entries(node, problems) if node else None
        if self._with_rules or (found and not found.entries.keys().isdisjoint(_MERGED)):
            self._problems += problems
        return found

    def _read(self, path: Path, name: str, problems: list[Diagnostic]) -> Node | None:
        self._files.append(path)
        try:
            source = read_source(path, name, folder=self._path.parent)
        except UnreadableFile as error:
            problems.append(error.diagnostic)
            return None
        return self._trees.of(path, source, problems, self._tags)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # Such as a name that no file can have, because it is too long.
        return False


def _included_entries(node: Node, problems: list[Diagnostic]) -> MapNode | None:
    if is_empty(node):
        message = f"the file is empty: it may hold {join_or(_INCLUDED_KEYS)}"
        problems.append(node.mark.diagnostic(message, severity=Severity.WARNING))
        return None
    entries = entries_of(node, "an included file", problems)
    if entries is None:
        return None
    for key in _SITE_ONLY & entries.entries.keys():
        message = f"'{key}' can stand in the site file only"
        hint = f"included files may hold {join_or(_INCLUDED_KEYS)}"
        problems.append(entries.keys[key].diagnostic(message, hint=hint))
    check_keys(without(entries, *_SITE_ONLY), _INCLUDED_KEYS, problems)
    return entries
