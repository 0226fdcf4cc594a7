"""The files that ``include:`` names."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from interlock.config.nodes import Mark, ScalarNode
from interlock.config.secrets import FILE_NAME
from interlock.errors import Diagnostic, Severity

_PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class IncludedFile:
    """A file to be read."""

    path: Path
    name: str
    """The path as the user would write it."""
    mark: Mark
    """What asked for it."""


def find_included(
    patterns: Iterable[ScalarNode], site_file: Path, problems: list[Diagnostic]
) -> list[IncludedFile]:
    """Return the files that patterns name, relative to the site file: in their order, each file once.

    The site file itself and its secrets are never among them.
    """
    found: dict[Path, IncludedFile] = {}
    own = {_identity(site_file), _identity(site_file.parent / FILE_NAME)}
    for pattern in patterns:
        for included in _matches(pattern, site_file.parent, problems):
            identity = _identity(included.path)
            if identity not in own:
                found.setdefault(identity, included)
            elif not _PATTERN.search(pattern.text):
                problems.append(pattern.mark.diagnostic(f"'{pattern.text}' cannot be included: it is in use"))
    return list(found.values())


def _matches(pattern: ScalarNode, folder: Path, problems: list[Diagnostic]) -> list[IncludedFile]:
    text = str(pattern.value)
    if "\0" in text:
        problems.append(pattern.mark.diagnostic("this cannot be a path"))
        return []
    if not _PATTERN.search(text):
        names = [text] if os.path.lexists(folder / text) else []
        if not names:
            problems.append(pattern.mark.diagnostic(f"there is no file '{text}' to include"))
    else:
        # Unlike `Path.glob`, it leaves out hidden files: an editor's locks and backups.
        found = glob.glob(text, root_dir=folder, recursive=True)  # noqa: PTH207
        names = sorted(name for name in found if (folder / name).is_file())
        if not names:
            message = f"no file matches '{text}'"
            problems.append(pattern.mark.diagnostic(message, severity=Severity.WARNING))
    return [IncludedFile(folder / name, str(folder / name), pattern.mark) for name in names]


def _identity(path: Path) -> Path:
    return Path(os.path.realpath(path))
