"""Paths in settings: a relative one counts from the folder of the site file, wherever the service runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, ValidationInfo

FOLDER = "folder"
"""What the validation context calls the site file's folder."""


def _beside_the_site(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get(FOLDER)
    return path if folder is None else folder / path


SitePath: TypeAlias = Annotated[Path, AfterValidator(_beside_the_site)]
"""A file that a setting names. A relative path counts from the folder of the site file."""
