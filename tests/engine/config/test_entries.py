"""Devices and groups that ``for_each`` makes of one template, and what is wrong with them."""

import pytest

from interlock.config.rows import MOST_ROWS
from interlock.config.site import Site
from support.fake_driver import FakeDeviceSettings
from support.site_files import HEADER, SiteFolder

HOUSE = f"{HEADER}connections: {{house: {{driver: fake}}}}\n"
LIGHT = 'connection: house, type: light, address: "{{ address }}"'


def addresses(site: Site) -> dict[str, str]:
    return {
        name: device.settings.address
        for name, device in site.devices.items()
        if isinstance(device.settings, FakeDeviceSettings)
    }


def test_a_device_is_made_of_each_row(folder: SiteFolder) -> None:
    rows = "[{n: 101, address: a1}, {n: 102, address: a2}]"
    site = folder.sound(f"{HOUSE}devices:\n  room_{{{{ n }}}}_light: {{for_each: {rows}, {LIGHT}}}\n")
    assert addresses(site) == {"room_101_light": "a1", "room_102_light": "a2"}
    assert list(site.targets) == [
        f"room_{n}_light.{controller}" for n in (101, 102) for controller in ("power", "powerlevel")
    ]
    assert {mark.place for mark in site.device_marks.values()} == {"site.yaml:4:3"}


def test_several_names_make_a_device_of_every_combination(folder: SiteFolder) -> None:
    for_each = "{floor: [1, 2], side: [n, s]}"
    site = folder.sound(
        f"{HOUSE}devices:\n"
        f"  lamp_{{{{ floor }}}}_{{{{side}}}}: {{for_each: {for_each}, connection: house, type: light,\n"
        '    address: "{{ floor }}/{{ side }}"}\n'
    )
    assert addresses(site) == {
        "lamp_1_n": "1/n",
        "lamp_1_s": "1/s",
        "lamp_2_n": "2/n",
        "lamp_2_s": "2/s",
    }


def test_an_anchor_gives_the_same_rows_to_several_devices(folder: SiteFolder) -> None:
    site = folder.sound(
        f"{HOUSE}devices:\n"
        "  flag_{{ n }}: {for_each: &rooms [{n: 1}, {n: 2}], type: flag}\n"
        "  text_{{ n }}: {for_each: *rooms, type: text}\n"
        "groups:\n"
        '  flags: {for_each: *rooms, members: ["flag_{{ n }}"]}\n'
    )
    assert list(site.devices) == ["flag_1", "flag_2", "text_1", "text_2"]
    assert site.groups == {"flags": ("flag_1", "flag_2")}


def test_values_of_rows_keep_their_kind(folder: SiteFolder) -> None:
    text = 'a_{{ n }}: {for_each: [{n: 1, low: 5}], type: number, min: "{{ low }}", initial: "{{ low }}"}'
    site = folder.sound(f"{HOUSE}devices:\n  {text}\n")
    assert site.devices["a_1"].settings.model_dump(include={"min", "initial"}) == {
        "min": 5,
        "initial": 5,
    }


def test_a_group_is_made_of_each_row_or_one_of_all(folder: SiteFolder) -> None:
    site = folder.sound(
        f"{HOUSE}devices:\n"
        "  lamp_{{ n }}: {for_each: {n: [1, 2]}, type: flag}\n"
        "  fan_{{ n }}: {for_each: {n: [1, 2]}, type: flag}\n"
        "  hall: {type: flag}\n"
        "groups:\n"
        '  room_{{ n }}: {for_each: {n: [1, 2]}, members: ["lamp_{{ n }}", "fan_{{ n }}"]}\n'
        '  lamps: {for_each: {n: [1, 2]}, members: ["lamp_{{ n }}", hall]}\n'
    )
    assert site.groups == {
        "room_1": ("lamp_1", "fan_1"),
        "room_2": ("lamp_2", "fan_2"),
        "lamps": ("lamp_1", "hall", "lamp_2"),
    }


def test_a_secret_of_a_row_comes_whole_or_not_at_all(folder: SiteFolder) -> None:
    folder.write("secrets.yaml", "a: hidden\n")
    rows = "[{n: 1, address: !secret a}]"
    site = folder.sound(f"{HOUSE}devices:\n  lamp_{{{{ n }}}}: {{for_each: {rows}, {LIGHT}}}\n")
    assert addresses(site) == {"lamp_1": "hidden"}
    found = folder.findings(
        f"{HOUSE}devices:\n  lamp_{{{{ n }}}}: {{for_each: {rows}, {LIGHT.replace('{{ a', 'x{{ a')}}}\n"
    )
    assert found == [
        "site.yaml:4:99+16: error: the rows of 'for_each' have nothing for 'x{{ address }}' "
        "| they have n, address; a name stands alone in its braces"
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            "a_{{ n }}: {for_each: {n: [1, 2]}, connection: house, type: lihgt, address: x}",
            [
                "4:63+5: error: driver 'fake' has no device type 'lihgt' "
                "(for n = 1 at site.yaml:4), and 1 more | did you mean 'light'?"
            ],
        ),
        (
            "a_{{ n }}: {for_each: [{n: 1, t: light}, {n: 2, t: lihgt}],\n"
            "    connection: house, type: '{{ t }}', address: 'x{{ n }}'}",
            [
                "5:30+9: error: driver 'fake' has no device type 'lihgt' "
                "(for n = 2, t = lihgt at site.yaml:4) | did you mean 'light'?"
            ],
        ),
        (
            "a_{{ n }}: {for_each: {n: [1, 2]}, connection: house, type: light}",
            [
                "4:14+55: error: device 'a_{{ n }}' needs 'address' (for n = 1 at site.yaml:4), and 1 more",
            ],
        ),
        (
            "a_{{ n }}: {for_each: {n: [1, 2]}, type: text, initial: '{{ m }}'}",
            [
                "4:59+9: error: the rows of 'for_each' have nothing for '{{ m }}' "
                "| they have n; a name stands alone in its braces"
            ],
        ),
        (
            "a: {for_each: {n: [1, 2]}, type: flag}",
            ["4:3+1: error: each row would make the device 'a': put what tells them apart in its name"],
        ),
        (
            "a_{{ n }}: {for_each: [{n: 1},\n    {n: 1}], type: flag}",
            [
                "4:3+9: error: device 'a_1' is made twice: for n = 1 at site.yaml:5, "
                "and first for n = 1 at site.yaml:4"
            ],
        ),
        (
            "a_1: {type: flag}\n  a_{{ n }}: {for_each: {n: [1]}, type: flag}",
            [
                "5:3+9: error: device 'a_1' is made twice: for n = 1 at site.yaml:5, "
                "and first at site.yaml:4:3"
            ],
        ),
        (
            "a_{{ n }}: {for_each: {n: [1]}, type: flag}\n  a_1: {type: flag}",
            ["5:3+3: error: device 'a_1' is made twice: here, and first for n = 1 at site.yaml:4"],
        ),
        (
            "a_{{ n }}: {for_each: [{n: 1, b: x, c: y},\n    {n: 2, b: x, c: z}],\n"
            "    connection: house, type: light, address: '{{ b }}'}",
            [
                "4:3+9: warning: device 'a_2' (for n = 2, b = x, … at site.yaml:5) has the same address "
                "as 'a_1' for n = 1, b = x, … at site.yaml:4"
            ],
        ),
        (
            "a_{{ n }}: {for_each: {n: [x-1]}, type: flag}",
            [
                "4:3+9: error: 'a_x-1' cannot name a device: use letters, digits and underscores, "
                "and do not begin with a digit (for n = x-1 at site.yaml:4)"
            ],
        ),
        (
            "a_{{ n }}: {for_each: [], type: flag}",
            ["4:25+2: error: this 'for_each' is empty: nothing would come of it"],
        ),
        (
            "a_{{ n }}: {for_each: 3, type: flag}",
            [
                "4:25+1: error: 'for_each' needs names and values "
                "| write '{room: [living, kitchen]}' or a list of rows"
            ],
        ),
    ],
)
def test_what_is_wrong_is_told_at_the_template_with_its_row(
    folder: SiteFolder, entry: str, expected: list[str]
) -> None:
    text = f"{HOUSE}devices:\n  {entry}\n"
    assert folder.findings(text) == [f"site.yaml:{each}" for each in expected]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            "a: {for_each: {n: [1]}}",
            ["5:3+1: error: group 'a' needs 'members' | write 'members: [room_{{ n }}]' beside 'for_each'"],
        ),
        (
            "a: {for_each: {n: [1]}, members: [lamp], mebers: []}",
            ["5:44+6: error: unknown key 'mebers' | did you mean 'members'?"],
        ),
        ("a: {for_each: {n: [1]}, members: lamp}", ["5:36+4: error: group 'a' must be a list"]),
        (
            "a: {for_each: {n: [1, 2]}, members: ['lamp_{{ n }}']}",
            [
                "5:40+14: error: there is no device or group 'lamp_1' | did you mean 'lamp'?",
                "5:40+14: error: there is no device or group 'lamp_2' | did you mean 'lamp'?",
            ],
        ),
        (
            "a_1: [lamp]\n  a_{{ n }}: {for_each: {n: [1]}, members: 3}",
            ["6:3+9: error: group 'a_1' is given twice: first at site.yaml:5:3"],
        ),
        ("a: {members: [lamp]}", ["5:6+17: error: group 'a' must be a list | begin each item with '- '"]),
    ],
)
def test_what_is_wrong_with_groups_of_rows_is_told(
    folder: SiteFolder, entry: str, expected: list[str]
) -> None:
    text = f"{HOUSE}devices: {{lamp: {{type: flag}}}}\ngroups:\n  {entry}\n"
    assert folder.findings(text) == [f"site.yaml:{each}" for each in expected]


def test_a_group_that_is_written_is_not_added_to_by_rows(folder: SiteFolder) -> None:
    text = "a: [lamp]\n  '{{ n }}': {for_each: {n: [a]}, members: [bell]}"
    assert folder.findings(
        f"{HOUSE}devices: {{lamp: {{type: flag}}, bell: {{type: flag}}}}\ngroups:\n  {text}\n"
    ) == ["site.yaml:6:3+9: error: group 'a' is given twice: first at site.yaml:5:3"]


def test_rows_without_end_are_refused_before_they_fill_the_memory(folder: SiteFolder) -> None:
    hundred = list(range(100))
    many = f"{{a: {hundred}, b: {hundred}, c: {hundred}, d: {hundred}, e: {hundred}}}"
    names = "_".join(f"{{{{ {name} }}}}" for name in "abcde")
    site, findings = folder.load(f"{HOUSE}devices:\n  x_{names}: {{for_each: {many}, type: flag}}\n")
    assert site is not None
    assert [each.message for each in findings] == [f"this 'for_each' has more than {MOST_ROWS} rows"]
