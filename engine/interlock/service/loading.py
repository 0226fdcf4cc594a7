"""A whole site from its files: connections, devices and rules, with every finding at once."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from interlock.clock import WallClock
from interlock.config.journal_place import FILE_NAME, Database, JournalPlace, is_url, parse_url
from interlock.config.loader import load_site
from interlock.config.site import Site
from interlock.config.trees import Trees
from interlock.errors import ConfigurationError, Diagnostic, JournalError, Severity
from interlock.plugins import SITE_KINDS, Registry, load_plugins
from interlock.plurals import counted
from interlock.rules.grammar import Readings, find_oscillations, load_interlocks, load_rules
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Mode, Rule
from interlock.service.polls import poll_findings

log = logging.getLogger("interlock.service")


@dataclass(frozen=True, slots=True)
class Memory:
    """What one loading of a site leaves to the next, which checks what is other and what goes by that."""

    trees: Trees = field(default_factory=Trees)
    rules: Readings[Rule] = field(default_factory=Readings[Rule])
    interlocks: Readings[Interlock] = field(default_factory=Readings[Interlock])


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A site without errors."""

    site: Site
    rules: tuple[Rule, ...]
    interlocks: tuple[Interlock, ...] = ()
    warnings: tuple[Diagnostic, ...]
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the files of a site hold, sound or not."""

    site: Site | None
    """As far as it is sound; None where its file is no mapping at all."""
    rules: tuple[Rule, ...]
    interlocks: tuple[Interlock, ...] = ()
    findings: tuple[Diagnostic, ...]
    """In the order of files and lines."""
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    @property
    def loaded(self) -> Loaded:
        """The site.

        Raises:
            ConfigurationError: it has errors.
        """
        warnings = _refuse_errors(self.findings)
        assert self.site
        return Loaded(
            site=self.site,
            rules=self.rules,
            interlocks=self.interlocks,
            warnings=warnings,
            memory=self.memory,
        )


def site_file(path: Path) -> Path:
    """Return the site file that a path names: itself, or ``site.yaml`` in a directory."""
    return path / "site.yaml" if path.is_dir() else path


def default_journal(site_path: Path) -> Path:
    """Return where a site's journal lies unless said otherwise: ``interlock.sqlite`` beside the site file."""
    return site_path.parent / FILE_NAME


def journal_of(site: Site, given: str | None = None) -> JournalPlace:
    """Return where a site's journal is: where ``--journal`` says, or the site file, or else beside that.

    Raises:
        JournalError: ``--journal`` is a URL, and of no PostgreSQL database, or a directory.
    """
    default, url = default_journal(site.path), site.journal.url
    if given:
        return _given_place(given, default)
    return default if url is None else Database(url, default)


def door_of(site: Path, given: str | None = None) -> JournalPlace:
    """Return what to look for a site's running service by, which needs no sound site file.

    Args:
        site: The site file or its directory.
        given: What ``--journal`` says.

    Raises:
        JournalError: ``--journal`` is a URL, and of no PostgreSQL database, or a directory.
    """
    default = default_journal(site_file(site))
    return _given_place(given, default) if given else default


def _given_place(given: str, default: Path) -> JournalPlace:
    if not is_url(given):
        if Path(given).is_dir():
            raise JournalError(f"--journal: {given} is a directory")
        return Path(given)
    try:
        return Database(parse_url(given), default)
    except ValueError as error:
        raise JournalError(f"--journal: {error}") from None


def load(path: Path, registry: Registry | None = None, environ: Mapping[str, str] | None = None) -> Loaded:
    """Load a site with its rules.

    Args:
        path: The site file, or a directory that holds ``site.yaml``.
        registry: The plugins; None loads the installed ones.
        environ: What ``!env`` reads; None is the process's environment.

    Raises:
        ConfigurationError: it has errors; those of the site and of its rules, and the warnings.
    """
    return examine(path, registry, environ).loaded


def examine(
    path: Path,
    registry: Registry | None = None,
    environ: Mapping[str, str] | None = None,
    memory: Memory | None = None,
) -> Examined:
    """Read a site with its rules, and find what is wrong with it.

    Args:
        path: The site file, or a directory that holds ``site.yaml``.
        registry: The plugins; None loads the installed ones.
        environ: What ``!env`` reads; None is the process's environment.
        memory: What an earlier loading of the same site left; it is brought up to date.
    """
    with _without_collecting():
        return _examine(path, registry, environ, memory or Memory())


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Let nothing look for circles of garbage where next to all that is made stays: a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            _age()
            gc.enable()


def _age() -> None:
    """Put what is there among what is old, as looking at all of it would; what was frozen before stays so."""
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()


def _examine(
    path: Path, registry: Registry | None, environ: Mapping[str, str] | None, memory: Memory
) -> Examined:
    site, findings = _load_site(path, registry, environ, memory=memory)
    rules, in_rules = load_rules(site, WallClock().now(), memory.rules) if site else ((), [])
    interlocks, in_interlocks = load_interlocks(site, memory.interlocks) if site else ((), [])
    about_polls = poll_findings(site, rules, interlocks) if site else ()
    circles = find_oscillations(site, rules, interlocks) if site else ()
    found = sorted([*findings, *in_rules, *in_interlocks, *about_polls, *circles])
    return Examined(site=site, rules=rules, interlocks=interlocks, findings=tuple(found), memory=memory)


def load_devices(
    path: Path, registry: Registry | None = None, environ: Mapping[str, str] | None = None
) -> Site:
    """Load a site for whatever only talks to devices. Its rules may be broken, which is logged.

    Raises:
        ConfigurationError: the site itself has errors.
    """
    site, findings = _load_site(path, registry, environ)
    if errors_of(findings):
        site, own = _load_site(path, registry, environ, with_rules=False)
        if errors_of(own):
            raise ConfigurationError(sorted(findings))
        log.error("the rules of %s have errors and are left out here: interlock check shows them", path)
    assert site
    return site


def _load_site(
    path: Path,
    registry: Registry | None,
    environ: Mapping[str, str] | None,
    *,
    with_rules: bool = True,
    memory: Memory | None = None,
) -> tuple[Site | None, Sequence[Diagnostic]]:
    variables = os.environ if environ is None else environ
    plugins = registry or load_plugins(kinds=SITE_KINDS)
    trees = memory.trees if memory else None
    return load_site(site_file(path), plugins, variables, with_rules=with_rules, trees=trees)


def errors_of(findings: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """Return the findings for which files are refused, in the order of files and lines."""
    return sorted(finding for finding in findings if finding.severity is Severity.ERROR)


def _refuse_errors(findings: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    if errors_of(findings):
        raise ConfigurationError(sorted(findings))
    return tuple(sorted(findings))


def describe(loaded: Loaded) -> str:
    """Return how large a site is: ``1 connection, 5 devices, 2 rules``. Rules that are off do not count."""
    active = [rule for rule in loaded.rules if rule.mode is not Mode.OFF]
    counts = {
        "connection": len(loaded.site.connections),
        "device": len(loaded.site.devices),
        "rule": len(active),
    }
    if loaded.interlocks:
        counts["interlock"] = len(loaded.interlocks)
    return ", ".join(counted(number, noun) for noun, number in counts.items())
