"""Writing a report's page to a file."""

from __future__ import annotations

from pathlib import Path

from interlock.errors import ReportFailed
from interlock.simulation.report.values import Page


def write_page(page: Page, path: Path) -> None:
    """Write a report as one HTML file that needs nothing else; an older file is replaced as a whole.

    The same values give the same bytes.

    Args:
        page: What the report says.
        path: Where to write it.

    Raises:
        ReportFailed: the file cannot be written, or the extra `report` is not installed.
    """
    raise ReportFailed(f"{path}: {page.title} is not drawn yet")
