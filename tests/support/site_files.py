"""Site files in a folder, and what loading them finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from interlock.config.loader import load_site
from interlock.config.site import Site
from interlock.errors import Diagnostic
from interlock.plugins import Registry
from support.plugins import registry_of

HEADER = "site: {name: House, timezone: Europe/Rome}\n"
"""One line that every site file needs."""


def told(diagnostic: Diagnostic) -> str:
    """Return a finding on one line: place, length, severity, message, hint."""
    place = f"{diagnostic.file}:{diagnostic.line}:{diagnostic.column}+{diagnostic.length}"
    hint = f" | {diagnostic.hint}" if diagnostic.hint else ""
    return f"{place}: {diagnostic.severity.value}: {diagnostic.message}{hint}"


@dataclass
class SiteFolder:
    """The present directory, to be filled with files and loaded."""

    registry: Registry = field(default_factory=registry_of)
    environ: Mapping[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        """Write a file, with the directories that it needs; a new one is its owner's alone."""
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return path

    def load(self, text: str) -> tuple[Site | None, list[Diagnostic]]:
        """Load a site file with this text."""
        return load_site(self.write("site.yaml", text), self.registry, self.environ)

    def findings(self, text: str) -> list[str]:
        """Return what a site file with this text is told about itself."""
        return [told(diagnostic) for diagnostic in self.load(text)[1]]

    def sound(self, text: str) -> Site:
        """Return the site of a file in which nothing is found."""
        site, findings = self.load(text)
        assert [told(diagnostic) for diagnostic in findings] == []
        assert site is not None
        return site
