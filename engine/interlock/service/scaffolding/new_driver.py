"""A whole small driver project to start from, made from templates."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from pathlib import Path

from interlock.errors import InterlockError
from interlock.plugins import Registry, load_plugins

_TEMPLATES = Path(__file__).parent / "driver_project"
_SUFFIX = ".template"
_OWN_NAMES = {"gitignore": ".gitignore"}
"""Files that would act on the source tree under their own names."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 30
"""Characters of a name, so that the lines of the templates stay within theirs."""


class CannotMakeDriver(InterlockError):
    """The name cannot be a driver's, or the directory exists."""


def name_fault(name: str, registry: Registry) -> str:
    """Return why a new driver cannot have this name; empty where it can."""
    if not _NAME.fullmatch(name):
        words = "-".join(re.findall(r"[a-z0-9]+", name.lower())).lstrip("0123456789-")
        meant = f"; did you mean '{words}'?" if words else ""
        return f"'{name}' cannot name a driver: write lower-case words with hyphens, as in acme-heat{meant}"
    if len(name) > _LONGEST:
        return f"'{name}' is too long to name a driver: {_LONGEST} characters are the most"
    if keyword.iskeyword(name):
        return f"'{name}' cannot name a driver: it is a word of Python"
    if name in registry.drivers:
        return f"there is a driver '{name}' already: it comes with {registry.drivers[name].source}"
    return ""


def default_directory(name: str) -> Path:
    """Return where a driver of this name is written unless said otherwise."""
    return Path(f"interlock-driver-{name}")


def write_driver_project(name: str, directory: Path, registry: Registry | None = None) -> tuple[Path, ...]:
    """Write a project with a driver of this name that works as it is; return the files.

    Args:
        name: What ``driver:`` in a site file will name.
        directory: It must not exist.
        registry: The plugins that are there already; None loads the installed ones.

    Raises:
        CannotMakeDriver: the name cannot be a driver's, or the directory exists; nothing was written.
        OSError: the directory cannot be written.
    """
    if fault := name_fault(name, registry or load_plugins()):
        raise CannotMakeDriver(fault)
    if directory.exists() or directory.is_symlink():
        raise CannotMakeDriver(f"{directory} exists already: nothing was written")
    directory.mkdir(parents=True)
    words = _words(name)
    sources = sorted(_TEMPLATES.rglob(f"*{_SUFFIX}"))
    return tuple(_write(source, directory, words) for source in sources)


def _words(name: str) -> Mapping[str, str]:
    """Return what stands in the templates, and what it becomes; the longer ones first."""
    package = f"interlock_driver_{name.replace('-', '_')}"
    title = " ".join(word.capitalize() for word in name.split("-"))
    return {"interlock_driver_newcomer": package, "Newcomer": title, "newcomer": name}


def _write(source: Path, directory: Path, words: Mapping[str, str]) -> Path:
    relative = _renamed(str(source.relative_to(_TEMPLATES)).removesuffix(_SUFFIX), words)
    target = directory / relative
    target = target.with_name(_OWN_NAMES.get(target.name, target.name))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600 if target.name == "secrets.yaml" else 0o644)
    target.write_text(_renamed(source.read_text(encoding="utf-8"), words), encoding="utf-8")
    return target


def _renamed(text: str, words: Mapping[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text
