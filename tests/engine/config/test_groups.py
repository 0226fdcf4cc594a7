"""The section ``groups``."""

import pytest

from support.site_files import HEADER, SiteFolder

HOUSE = f"""\
{HEADER}connections: {{house: {{driver: fake}}}}
devices:
  lamp: {{connection: house, type: light, address: a}}
  blind: {{connection: house, type: blind, address: b}}
  bell: {{connection: house, type: button, address: c}}
"""


def test_a_group_is_its_devices_in_their_order(folder: SiteFolder) -> None:
    assert folder.sound(HOUSE + "groups: {all_of_it: [blind, lamp]}").groups == {
        "all_of_it": ("blind", "lamp")
    }


def test_a_group_of_groups_is_all_their_devices_each_once(folder: SiteFolder) -> None:
    site = folder.sound(
        HOUSE + "groups: {both: [upstairs, downstairs], upstairs: [lamp, bell], downstairs: [bell, blind]}"
    )
    assert site.groups["both"] == ("lamp", "bell", "blind")


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ("{g: [lmap]}", "site.yaml:7:14+4: error: there is no device or group 'lmap' | did you mean 'lamp'?"),
        (
            "{g: [zzz]}",
            "site.yaml:7:14+3: error: there is no device or group 'zzz' "
            "| devices and groups: bell, blind, g, lamp",
        ),
        (
            "{lamp: [bell]}",
            "site.yaml:7:10+4: error: 'lamp' names the device at site.yaml:4:3 already: "
            "give the group another name",
        ),
        (
            "{clamp: [bell]}",
            "site.yaml:7:10+5: error: 'clamp' cannot name a group: it is a function of the expressions",
        ),
        ("{g: []}", "site.yaml:7:13+2: error: group 'g' has no members"),
        ("{g: }", "site.yaml:7:13+1: error: group 'g' has no members"),
        ("{g: lamp}", "site.yaml:7:13+4: error: group 'g' must be a list"),
        ("{g: [lamp, lamp]}", "site.yaml:7:20+4: warning: 'lamp' is in group 'g' already"),
        ("{g: [g]}", "site.yaml:7:14+1: error: group 'g' would be a member of itself: it is in g"),
        (
            "[lamp]",
            "site.yaml:7:9+6: error: groups must be a mapping of keys and values"
            " | write a name and a colon in place of each '- '",
        ),
    ],
)
def test_what_is_wrong_with_a_group_is_reported(folder: SiteFolder, groups: str, expected: str) -> None:
    assert expected in folder.findings(HOUSE + f"groups: {groups}")


def test_groups_that_hold_each_other_are_reported_and_end(folder: SiteFolder) -> None:
    found = folder.findings(HOUSE + "groups: {g: [h, lamp], h: [g]}")
    assert found == [
        "site.yaml:7:14+1: error: group 'h' would be a member of itself: it is in h in g",
        "site.yaml:7:28+1: error: group 'g' would be a member of itself: it is in g in h",
    ]


def test_a_group_keeps_its_members_that_are_sound(folder: SiteFolder) -> None:
    site, _ = folder.load(HOUSE + "groups: {g: [lamp, nobody]}")
    assert site is not None
    assert site.groups == {"g": ("lamp",)}
