"""What ``!secret NAME`` and ``!env NAME`` stand for."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from interlock.capabilities import nearest
from interlock.config.files import UnreadableFile, read_source
from interlock.config.nodes import MapNode, Mark, Node, ScalarNode
from interlock.config.reader import Resolver, parse_yaml
from interlock.errors import Diagnostic, Severity

FILE_NAME = "secrets.yaml"


class Secrets:
    """The secrets of one site: ``secrets.yaml`` beside its file, read when it is first asked for.

    Args:
        path: The secrets' file.
        name: Its path as the user would write it.
        environ: The environment's variables.
    """

    def __init__(self, path: Path, name: str, environ: Mapping[str, str]) -> None:
        self._path = path
        self._name = name
        self._environ = environ
        self._known: Mapping[str, str] | None = None
        self._is_read = False

    @property
    def tags(self) -> Mapping[str, Resolver]:
        """What the tags stand for, as `parse_yaml` takes it."""
        return {"!secret": self._secret, "!env": self._variable}

    def _secret(self, name: str, mark: Mark, problems: list[Diagnostic]) -> str | None:
        if not self._is_read:
            self._is_read = True
            self._known = self._read(mark, problems)
        if self._known is None:
            return None
        return _look_up(name, self._known, mark, problems, f"in {self._name}")

    def _variable(self, name: str, mark: Mark, problems: list[Diagnostic]) -> str | None:
        return _look_up(name, self._environ, mark, problems, "among the environment's variables")

    def _read(self, mark: Mark, problems: list[Diagnostic]) -> Mapping[str, str] | None:
        if not os.path.lexists(self._path):
            problems.append(mark.diagnostic(f"there is no {self._name}, which !secret reads"))
            return None
        try:
            source = read_source(self._path, self._name, is_secret=True)
        except UnreadableFile as error:
            problems.append(error.diagnostic)
            return None
        top = Mark(source, 1, 1)
        if self._path.stat().st_mode & stat.S_IROTH:
            message = "everybody on this machine can read the secrets"
            warning = top.diagnostic(message, hint=f"chmod 600 {self._name}", severity=Severity.WARNING)
            problems.append(warning)
        return _entries(parse_yaml(source, problems), top, problems)


def _entries(node: Node | None, top: Mark, problems: list[Diagnostic]) -> Mapping[str, str] | None:
    if node is None:
        return None
    if isinstance(node, ScalarNode) and node.value is None:
        return {}
    if not isinstance(node, MapNode):
        problems.append(top.diagnostic("the secrets must be a mapping of names and texts"))
        return None
    return dict(_texts(node, problems))


def _texts(node: MapNode, problems: list[Diagnostic]) -> list[tuple[str, str]]:
    texts = []
    for name, value in node.entries.items():
        if isinstance(value, ScalarNode):
            # A password of digits is still a text, as it is written.
            texts.append((name, value.text))
        else:
            problems.append(node.keys[name].diagnostic(f"secret '{name}' must be a text"))
    return texts


def _look_up(
    name: str, known: Mapping[str, str], mark: Mark, problems: list[Diagnostic], where: str
) -> str | None:
    if known.get(name):
        return known[name]
    if name in known:
        problems.append(mark.diagnostic(f"'{name}' is empty {where}"))
        return None
    meant = nearest(name, known)
    hint = f"did you mean '{meant}'?" if meant else ""
    problems.append(mark.diagnostic(f"there is no '{name}' {where}", hint=hint))
    return None
