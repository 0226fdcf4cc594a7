"""Python projects installed as pip would, without their build tools, for programs beside the tests."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path


def install(project: Path, into: Path) -> Path:
    """Copy a project's packages into a folder with what makes its entry points known; return the folder.

    A program finds the plugins there when the folder is on its ``PYTHONPATH``.
    """
    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    about = described["project"]
    for package in described["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        shutil.copytree(project / package, into / package)
    info = into / f"{about['name'].replace('-', '_')}-{about['version']}.dist-info"
    info.mkdir(parents=True)
    lines = [f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"]
    (info / "METADATA").write_text("".join(lines), encoding="utf-8")
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {module}\n" for name, module in points.items())
        for group, points in about["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("".join(groups), encoding="utf-8")
    return into
