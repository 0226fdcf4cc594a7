"""The example sites that come with the program, and the site to start from."""

from __future__ import annotations

import stat
from pathlib import Path

from interlock.errors import InterlockError

_PACKAGE = Path(__file__).parents[2]
_STARTING_SITE = Path(__file__).parent / "starting_site"
_FLATS = (_PACKAGE / "examples" / "flat", _PACKAGE.parents[1] / "rules" / "flat")
"""In an installed distribution, and in the source tree."""
_OWN_NAMES = {"gitignore": ".gitignore"}
"""Files that would act on the source tree under their own names."""


class TargetExists(InterlockError):
    """A file that would be written is there already."""


def flat() -> Path:
    """Return the directory of the example flat."""
    return next(place for place in _FLATS if (place / "site.yaml").exists())


def write_starting_site(directory: Path) -> tuple[Path, ...]:
    """Write a commented site to start from; return the files.

    Raises:
        TargetExists: one of the files exists; nothing was written.
        OSError: the directory cannot be written.
    """
    targets = {_target(source, directory): source for source in _sources()}
    taken = [str(target) for target in targets if target.exists()]
    if taken:
        verb = "exists" if len(taken) == 1 else "exist"
        raise TargetExists(f"{', '.join(taken)} {verb} already: nothing was written")
    for target, source in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, source.read_text(encoding="utf-8"))
    return tuple(targets)


def _sources() -> list[Path]:
    return sorted(path for path in _STARTING_SITE.rglob("*") if path.is_file())


def _target(source: Path, directory: Path) -> Path:
    place = directory / source.relative_to(_STARTING_SITE)
    return place.with_name(_OWN_NAMES.get(place.name, place.name))


def _write(target: Path, text: str) -> None:
    mode = stat.S_IRUSR | stat.S_IWUSR
    if target.name != "secrets.yaml":
        mode |= stat.S_IRGRP | stat.S_IROTH
    target.touch(mode=mode, exist_ok=False)
    target.write_text(text, encoding="utf-8")
