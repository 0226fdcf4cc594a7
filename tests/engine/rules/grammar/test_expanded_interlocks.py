"""Interlocks in all files of a site: by rows and templates, and also where nobody wants the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.config.loader import load_site
from interlock.config.site import Site
from interlock.model import Point
from interlock.rules.grammar import load_interlocks
from support.plugins import registry_of
from support.site_files import HEADER, SiteFolder, told

SITE = f"""{HEADER}connections: {{house: {{driver: fake}}}}
devices:
  living_ac: {{connection: house, type: hvac, address: a}}
  bed_ac: {{connection: house, type: hvac, address: b}}
  living_window: {{connection: house, type: light, address: c}}
  bed_window: {{connection: house, type: light, address: d}}
"""
TEMPLATE = """
template:
  parameters: {room: {type: device}}
interlocks:
  - id: window-{{ room }}
    never: "{{ room }}_window.power and {{ room }}_ac.hvacpower"
    instead: {"{{ room }}_ac.hvacpower": off}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteFolder:
    monkeypatch.chdir(tmp_path)
    return SiteFolder()


def findings(folder: SiteFolder, text: str) -> list[str]:
    site, problems = folder.load(text)
    assert site is not None
    return [told(each) for each in (*problems, *load_interlocks(site)[1])]


def locks(site: Site) -> dict[str, frozenset[Point]]:
    """What each interlock reads, by its id."""
    interlocks, problems = load_interlocks(site)
    assert problems == []
    return {each.id: each.never.points for each in interlocks}


BOTH = {
    "window-living": {"living_window.power", "living_ac.hvacpower"},
    "window-bed": {"bed_window.power", "bed_ac.hvacpower"},
}


def test_rows_make_interlocks_as_they_make_rules(folder: SiteFolder) -> None:
    site = folder.sound(f"""{SITE}interlocks:
  - id: window
    for_each: {{room: [living, bed]}}
    never: "{{{{ room }}}}_window.power and {{{{ room }}}}_ac.hvacpower"
    instead: {{"{{{{ room }}}}_ac.hvacpower": off}}
""")
    assert locks(site) == BOTH


def test_rows_that_come_to_one_id_are_refused(folder: SiteFolder) -> None:
    found = findings(
        folder,
        f"""{SITE}interlocks:
  - id: window
    for_each: {{room: [living, living]}}
    never: "{{{{ room }}}}_window.power and {{{{ room }}}}_ac.hvacpower"
""",
    )
    (told,) = (each for each in found if "have the id" in each)
    assert told.endswith("'window-living': the first is the one for room = living (for room = living)")


def test_templates_make_interlocks_as_they_make_rules(folder: SiteFolder) -> None:
    folder.write("window.yaml", TEMPLATE)
    site = folder.sound(f"{SITE}interlocks:\n  - {{use: window.yaml, for_each: {{room: [living, bed]}}}}\n")
    assert locks(site) == BOTH


def test_included_files_have_interlocks(folder: SiteFolder) -> None:
    folder.write("more.yaml", "interlocks: [{id: b, never: bed_window.power and bed_ac.hvacpower}]\n")
    own = "interlocks: [{id: a, never: living_window.power and living_ac.hvacpower}]\n"
    site = folder.sound(f"{SITE}{own}include: [more.yaml]\n")
    assert list(locks(site)) == ["a", "b"]


def test_interlocks_are_read_where_nobody_wants_the_rules(folder: SiteFolder) -> None:
    folder.write("more.yaml", "interlocks: [{id: b, never: bed_window.power and bed_ac.hvacpower}]\n")
    folder.write("broken.yaml", "rules: [{")
    path = folder.write("site.yaml", f"{SITE}include: [more.yaml, broken.yaml]\n")
    site, problems = load_site(path, registry_of(), {}, with_rules=False)
    assert problems == []
    assert site is not None
    assert list(locks(site)) == ["b"]
    assert site.rules == ()


def test_a_finding_for_every_row_is_told_once_with_its_row(folder: SiteFolder) -> None:
    found = findings(
        folder,
        f"""{SITE}interlocks:
  - id: window
    for_each: {{room: [living, bed]}}
    never: "{{{{ room }}}}_window.power and {{{{ room }}}}_ac.hvacpowr"
""",
    )
    assert [each.partition(": error: ")[2] for each in found] == [
        "device 'living_ac' (hvac) has no controller 'hvacpowr' (for room = living) "
        "| did you mean 'hvacpower'?",
        "device 'bed_ac' (hvac) has no controller 'hvacpowr' (for room = bed) | did you mean 'hvacpower'?",
    ]


@pytest.mark.parametrize(
    ("section", "template", "expected"),
    [
        (
            "interlocks",
            "rules: []",
            "site.yaml:9:11+8: error: the template has no 'interlocks' to be used here",
        ),
        ("rules", "interlocks: []", "site.yaml:9:11+8: error: the template has no 'rules' to be used here"),
    ],
)
def test_a_template_has_what_is_used_of_it(
    folder: SiteFolder, section: str, template: str, expected: str
) -> None:
    folder.write("one.yaml", f"template: {{parameters: {{}}}}\n{template}\n")
    assert findings(folder, f"{SITE}{section}:\n  - {{use: one.yaml}}\n") == [expected]


@pytest.mark.parametrize("section", ["rules", "interlocks"])
def test_an_empty_list_of_a_template_makes_nothing(folder: SiteFolder, section: str) -> None:
    folder.write("one.yaml", f"template: {{parameters: {{}}}}\n{section}: []\n")
    assert findings(folder, f"{SITE}{section}:\n  - {{use: one.yaml}}\n") == []


def test_interlocks_are_a_list(folder: SiteFolder) -> None:
    (found,) = findings(folder, f"{SITE}interlocks: {{id: a}}\n")
    assert found.startswith("site.yaml:8:13+7: error: interlocks must be a list")
