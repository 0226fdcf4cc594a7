"""A site that is loaded again: only what is other is read, and the result is that of a fresh loading."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.config.nodes import Node, SourceFile
from interlock.config.reader import Resolver, parse_yaml
from interlock.errors import Diagnostic
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Rule
from interlock.service.loading import Examined, Memory, examine
from support.plugins import registry_of
from support.site_files import told

SITE = """\
site: {name: House, timezone: Europe/Rome}
connections:
  house: {driver: fake}
include: [rooms.yaml, a.yaml, b.yaml]
"""
ROOMS = """\
devices:
  lamp: {connection: house, type: light, address: A}
  desk: {connection: house, type: light, address: B}
  sofa: {connection: house, type: light, address: C}
groups:
  lights: [lamp, desk]
"""
A = """\
rules:
  - {id: lamp-off, condition: lamp.power, actions: [{set: {lamp.power: off}}]}
  - {id: desk-off, condition: desk.power, actions: [{set: {desk.power: off}}]}
  - {id: all-off, triggers: [{every: 1h}], actions: [{set: {lights.power: off}}]}
"""
B = """\
rules:
  - {id: sofa-off, condition: sofa.power, actions: [{set: {sofa.power: off}}]}
  - {use: templates/dim.yaml, for_each: {room: [lamp, sofa]}}
  - {id: late, triggers: [{at: '22:00'}], actions: [{run: lamp-off}]}
interlocks:
  - {id: never-both, never: lamp.power and desk.power}
  - {id: never-sofa, never: sofa.power and sofa.powerlevel > 50}
"""
NEVER = "interlocks:\n  - {id: never-both, never: lamp.power and desk.power}\n"
DIM = """\
template:
  parameters: {room: {type: device}}
rules:
  - {id: 'dim-{{ room }}', triggers: [{every: 1h}], actions: [{set: {'{{ room }}.powerlevel': 10}}]}
"""
HOUSE = {"site.yaml": SITE, "rooms.yaml": ROOMS, "a.yaml": A, "b.yaml": B, "templates/dim.yaml": DIM}
ALL = {"lamp-off", "desk-off", "all-off", "sofa-off", "dim-lamp", "dim-sofa", "late"}


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")


def look(folder: Path, memory: Memory | None = None) -> Examined:
    return examine(folder, registry_of(), {"KEY": "sesame-7", "COND": "lamp.power"}, memory)


def made(examined: Examined) -> list[Rule | Interlock]:
    return [*examined.rules, *examined.interlocks]


def checked_again(folder: Path, files: Mapping[str, str | None], edit: Mapping[str, str]) -> set[str]:
    """Return the ids of the rules and interlocks that are checked again after an edit."""
    write(folder, files)
    before = look(folder)
    assert before.findings == ()
    write(folder, edit)
    after = look(folder, before.memory)
    kept = set(map(id, made(before)))
    return {each.id for each in made(after) if id(each) not in kept}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({}, set()),
        ({"site.yaml": SITE + "# nothing else\n"}, set()),
        ({"a.yaml": A + "# nothing else\n"}, {"lamp-off", "desk-off", "all-off"}),
        ({"templates/dim.yaml": DIM.replace("10", "20")}, {"dim-lamp", "dim-sofa"}),
        (
            {"b.yaml": B.replace("50", "60")},
            {"sofa-off", "dim-lamp", "dim-sofa", "late", "never-both", "never-sofa"},
        ),
        ({"rooms.yaml": ROOMS.replace("address: C", "address: D")}, {"sofa-off", "dim-sofa", "never-sofa"}),
        ({"rooms.yaml": ROOMS.replace("[lamp, desk]", "[lamp, desk, sofa]")}, {"all-off"}),
        (
            {"rooms.yaml": ROOMS.replace("address: A", "address: D")},
            {"lamp-off", "all-off", "dim-lamp", "late", "never-both"},
        ),
        ({"site.yaml": SITE.replace("Europe/Rome", "Europe/Paris")}, ALL | {"never-both", "never-sofa"}),
    ],
)
def test_an_edit_has_that_checked_again_which_is_other_and_which_goes_by_it(
    edit: dict[str, str], expected: set[str], tmp_path: Path
) -> None:
    assert checked_again(tmp_path, HOUSE, edit) == expected


def test_a_new_rule_of_a_file_has_no_other_file_checked_again(tmp_path: Path) -> None:
    more = A + "  - {id: new, triggers: [{every: 2h}], actions: [{set: {sofa.power: on}}]}\n"
    assert checked_again(tmp_path, HOUSE, {"a.yaml": more}) == {"lamp-off", "desk-off", "all-off", "new"}


@pytest.mark.parametrize("triggers", ["{D}", "[{D}, {every: 1h}]", "[{all: [{D}, {every: 1h}], within: 5m}]"])
def test_a_rule_with_a_date_is_checked_each_time_because_it_will_be_past(
    triggers: str, tmp_path: Path
) -> None:
    written = triggers.replace("D", "date: '2999-01-01 10:00'")
    dated = f"rules:\n- {{id: once, triggers: {written}, actions: [{{log: x}}]}}\n"
    assert checked_again(tmp_path, {**HOUSE, "a.yaml": dated, "b.yaml": "rules: []\n"}, {}) == {"once"}


@pytest.mark.parametrize(
    "condition", ["!env COND", "!secret cond", r"""'is_true_for("l\x61mp.power", "1h")'"""]
)
def test_a_rule_goes_by_what_its_expression_names_however_it_is_written(
    condition: str, tmp_path: Path
) -> None:
    one = f"rules:\n  - {{id: one, condition: {condition}, actions: [{{log: x}}]}}\n"
    secrets = {"secrets.yaml": "cond: lamp.power\n"}
    write(tmp_path, {**HOUSE, **secrets, "a.yaml": one, "b.yaml": "rules: []\n"})
    before = look(tmp_path)
    assert before.findings == ()
    write(tmp_path, {"rooms.yaml": ROOMS.replace("lamp", "lump")})
    assert [each.message for each in look(tmp_path, before.memory).findings] == ["there is no device 'lamp'"]


def test_a_pattern_matches_in_the_order_of_the_devices(tmp_path: Path) -> None:
    watched = "rules:\n- {id: told, triggers: [{failed: '*.power'}], actions: [{log: x}]}\n"
    write(tmp_path, {**HOUSE, "a.yaml": watched, "b.yaml": "rules: []\n"})
    before = look(tmp_path)
    lamp = "  lamp: {connection: house, type: light, address: A}\n"
    write(tmp_path, {"rooms.yaml": ROOMS.replace(lamp, "").replace("groups:", f"{lamp}groups:")})
    after = look(tmp_path, before.memory)
    assert after == look(tmp_path)
    assert after.rules != before.rules


def test_a_rule_with_a_pattern_goes_by_every_device(tmp_path: Path) -> None:
    watched = "rules:\n- {id: told, triggers: [{failed: 'la*.power'}], actions: [{log: x}]}\n"
    edit = {"rooms.yaml": ROOMS.replace("address: C", "address: D")}
    assert checked_again(tmp_path, {**HOUSE, "a.yaml": watched, "b.yaml": "rules: []\n"}, edit) == {"told"}


@pytest.mark.parametrize(
    ("stays", "was", "becomes", "found"),
    [
        ("{run: other}", "{condition: lamp.power, actions: [{log: x}]}", None, "there is no rule 'other'"),
        (
            "{run: other}",
            "{condition: lamp.power, actions: [{log: x}]}",
            "{while: lamp.power, keep: {desk.power: on}}",
            "rule 'other' keeps something: it has no actions to run",
        ),
        (
            "{log: x}",
            "{condition: lamp.power, actions: [{run: one}]}",
            "{condition: lamp.power, actions: [{log: x}]}",
            "the rule would never look: it has no triggers and no condition",
        ),
    ],
)
def test_a_rule_goes_by_what_other_files_say_of_it_and_of_those_that_it_names(
    stays: str, was: str, becomes: str | None, found: str, tmp_path: Path
) -> None:
    def other(text: str | None) -> dict[str, str]:
        return {"b.yaml": f"rules:\n  - {{id: other, {text[1:]}\n" if text else "rules: []\n"}

    one = f"rules:\n  - {{id: one, {'condition: sofa.power, ' * ('x' not in stays)}actions: [{stays}]}}\n"
    write(tmp_path, {**HOUSE, "a.yaml": one, **other(was)})
    before = look(tmp_path)
    assert before.findings == ()
    write(tmp_path, other(becomes))
    after = look(tmp_path, before.memory)
    assert [each.message for each in after.findings] == [found]


def test_a_trigger_goes_by_the_events_that_rules_of_other_files_raise(tmp_path: Path) -> None:
    waits = "rules:\n  - {id: waits, triggers: [{event: party}], actions: [{log: x}]}\n"
    raises = "rules:\n  - {id: raises, triggers: [{every: 1h}], actions: [{raise: party}]}\n"
    write(tmp_path, {**HOUSE, "a.yaml": waits, "b.yaml": raises})
    before = look(tmp_path)
    assert before.findings == ()
    write(tmp_path, {"b.yaml": "rules: []\n"})
    [found] = look(tmp_path, before.memory).findings
    assert found.message == "no rule raises 'party': the trigger comes only if a plugin does"


def test_a_trigger_goes_by_the_interlocks_of_other_files(tmp_path: Path) -> None:
    waits = "rules:\n  - {id: waits, triggers: [{event: interlock.never-both}], actions: [{log: x}]}\n"
    write(tmp_path, {**HOUSE, "a.yaml": waits, "b.yaml": NEVER})
    before = look(tmp_path)
    assert before.findings == ()
    write(tmp_path, {"b.yaml": NEVER.replace("both", "ever")})
    [found] = look(tmp_path, before.memory).findings
    assert found.hint == "did you mean 'interlock.never-ever'?"


def test_a_trigger_on_a_connection_goes_by_the_point_that_it_is_asked_for(tmp_path: Path) -> None:
    rooms = "devices:\n  evening: {connection: house, type: scene, address: E}\n"
    lamp = "  lamp: {connection: house, type: light, address: A}\n"
    lost = "rules:\n  - {id: lost, triggers: [{unavailable: house}], actions: [{log: x}]}\n"
    write(tmp_path, {"site.yaml": SITE, "rooms.yaml": rooms + lamp, "a.yaml": lost, "b.yaml": "rules: []\n"})
    before = look(tmp_path)
    assert before.findings == ()
    write(tmp_path, {"rooms.yaml": rooms + lamp.replace("lamp", "desk")})
    after = look(tmp_path, before.memory)
    assert after == look(tmp_path)
    assert after.rules != before.rules


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are parsed."""
    names: list[str] = []

    def noted(source: SourceFile, problems: list[Diagnostic], tags: Mapping[str, Resolver]) -> Node | None:
        names.append(Path(source.name).name)
        return parse_yaml(source, problems, tags)

    monkeypatch.setattr("interlock.config.trees.parse_yaml", noted)
    return names


def test_a_file_is_parsed_again_where_its_text_is_other(tmp_path: Path, parsed: list[str]) -> None:
    write(tmp_path, HOUSE)
    before = look(tmp_path)
    assert parsed == ["site.yaml", "rooms.yaml", "a.yaml", "b.yaml", "dim.yaml"]
    write(tmp_path, {"b.yaml": B + "\n"})
    look(tmp_path, before.memory)
    assert parsed[5:] == ["b.yaml"]


def test_a_file_is_parsed_again_where_a_secret_in_it_is_other(tmp_path: Path, parsed: list[str]) -> None:
    write(tmp_path, {**HOUSE, "rooms.yaml": ROOMS.replace("address: A", "address: !secret place")})
    write(tmp_path, {"secrets.yaml": "place: behind-the-door\n"})
    before = look(tmp_path)
    parsed.clear()
    look(tmp_path, before.memory)
    assert parsed == []
    write(tmp_path, {"secrets.yaml": "place: under-the-roof\n"})
    after = look(tmp_path, before.memory)
    assert parsed == ["rooms.yaml"]
    assert after == look(tmp_path)


def test_what_a_refused_edit_said_is_not_said_of_the_next_one(tmp_path: Path) -> None:
    write(tmp_path, HOUSE)
    before = look(tmp_path)
    write(tmp_path, {"a.yaml": A.replace("lamp.power,", "lmp.power,")})
    assert [each.message for each in look(tmp_path, before.memory).findings] == ["there is no device 'lmp'"]
    write(tmp_path, {"a.yaml": A})
    assert look(tmp_path, before.memory) == look(tmp_path)


def test_what_is_wrong_is_looked_at_again_where_anything_else_has_another_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        {**HOUSE, "a.yaml": A.replace("sofa", "lamp"), "b.yaml": B.replace("sofa.power, a", "soaf.power, a")},
    )
    before = look(tmp_path)
    assert [each.hint for each in before.findings] == ["did you mean 'sofa'?"]
    write(
        tmp_path,
        {
            "rooms.yaml": ROOMS.replace(
                "groups:", "  soa: {connection: house, type: light, address: D}\ngroups:"
            )
        },
    )
    assert [each.hint for each in look(tmp_path, before.memory).findings] == ["did you mean 'soa'?"]


def test_an_item_that_stands_for_rules_and_for_interlocks_is_both(tmp_path: Path) -> None:
    template = DIM + "interlocks:\n  - {id: 'no-{{ room }}', never: '{{ room }}.power'}\n"
    both = "rules: &both\n  - {use: templates/dim.yaml, with: {room: lamp}}\ninterlocks: *both\n"
    write(tmp_path, {**HOUSE, "templates/dim.yaml": template, "a.yaml": both, "b.yaml": "rules: []\n"})
    assert [each.id for each in made(look(tmp_path))] == ["dim-lamp", "no-lamp"]


_NAMES = st.sampled_from(("lamp", "desk", "sofa", "lights", "lmp"))
_IDS = st.sampled_from(("one", "two", "three-1", "three-2", "lamp"))
_RULES = st.sampled_from(
    (
        "{{id: {i}, condition: {d}.power, actions: [{{set: {{{e}.power: off}}}}]}}",
        "{{id: {i}, condition: not {d}.power and {e}.powerlevel > 50, actions: [{{log: x}}]}}",
        "{{id: {i}, condition: any({d}.power), actions: [{{set: {{{e}.powerlevel: 300}}}}]}}",
        "{{id: {i}, triggers: [{{becomes: {d}.power}}], actions: [{{save: [{e}.power], as: {j}}}]}}",
        "{{id: {i}, triggers: [{{every: 1h}}], actions: [{{restore: {j}}}]}}",
        "{{id: {i}, triggers: [{{every: 1h}}], actions: [{{run: {j}}}]}}",
        "{{id: {i}, actions: [{{log: x}}]}}",
        "{{id: {i}, condition: !env COND, actions: [{{set: {{{e}.power: off}}}}]}}",
        "{{id: {i}, triggers: [{{event: {j}}}], actions: [{{raise: {i}}}]}}",
        "{{id: {i}, triggers: [{{failed: '*.power'}}], actions: [{{log: '{{{{ {d}.power }}}}'}}]}}",
        "{{id: {i}, triggers: [{{unavailable: house}}], actions: [{{enable: {j}}}]}}",
        "{{id: {i}, triggers: [{{date: '2001-01-01 10:00'}}], actions: [{{set: {{{e}.power: on}}}}]}}",
        "{{id: {i}, while: {d}.power, keep: {{{e}.power: on}}}}",
        "{{id: {i}, while: not {d}.power, keep: {{{e}.power: off}}}}",
        "{{id: {i}, triggers: [{{sun: sunset}}], actions: [{{set: {{{e}.power: !env KEY}}}}]}}",
        "{{use: templates/dim.yaml, for_each: {{room: [{d}, {e}]}}}}",
        "{{use: templates/none.yaml, with: {{room: {d}}}}}",
        "{{id: '{i}-{{{{ room }}}}', for_each: {{room: [{d}, {e}]}}, triggers: [{{every: 1h}}], actions: "
        "[{{set: {{'{{{{ room }}}}.power': on}}}}]}}",
    )
)
_rule = st.builds(
    lambda text, i, j, d, e: text.format(i=i, j=j, d=d, e=e), _RULES, _IDS, _IDS, _NAMES, _NAMES
)
_never = st.builds("{{id: {}, never: {}.power and {}.power}}".format, _IDS, _NAMES, _NAMES)
_include = st.builds(
    lambda rules, nevers: "\n".join(
        ["rules:", *(f"  - {each}" for each in rules), "interlocks:", *(f"  - {each}" for each in nevers)]
    ),
    st.lists(_rule, max_size=4),
    st.lists(_never, max_size=2),
)
_device = st.builds(
    "  {}: {{connection: house, type: {}, address: {}}}".format,
    _NAMES,
    st.sampled_from(("light", "light", "light", "hvac", "lihgt")),
    st.sampled_from(("A", "B", "!secret place")),
)
_rooms = st.builds(
    lambda devices, members: "\n".join(
        ["devices:", *devices, "groups:", f"  lights: [{', '.join(members)}]"]
    ),
    st.lists(_device, min_size=1, max_size=3),
    st.lists(_NAMES, max_size=2),
)
_site = st.builds(
    lambda place, includes: SITE.replace("Rome}", f"Rome{place}}}").replace("rooms.yaml, a.yaml", includes),
    st.sampled_from(("", ", location: {latitude: 45, longitude: 9}")),
    st.sampled_from(("rooms.yaml, a.yaml", "rooms.yaml", "'*s.yaml', a.yaml")),
)
_TEXTS: Mapping[str, st.SearchStrategy[str | None]] = {
    "site.yaml": _site,
    "rooms.yaml": st.one_of(st.just(ROOMS), _rooms),
    "a.yaml": st.one_of(_include, st.sampled_from((None, "", "rules: [", "rules: {}\n"))),
    "b.yaml": _include,
    "templates/dim.yaml": st.sampled_from(
        (DIM, DIM.replace("10", "300"), DIM.replace("room:", "rom:"), None)
    ),
    "secrets.yaml": st.sampled_from(
        ("place: X-1234\n", "place: Y-1234\n", "plaice: X-1234\n", "- x\n", None)
    ),
}
_edits = st.one_of(*(st.tuples(st.just(name), text) for name, text in _TEXTS.items()))


def _whole(examined: Examined) -> object:
    """Return all that a loading gives, places too."""
    marks = [(each.id, each.mark) for each in made(examined)]
    return examined, marks, list(map(told, examined.findings))


@settings(max_examples=60)
@given(files=st.fixed_dictionaries(dict(_TEXTS)), edits=st.lists(_edits, min_size=1, max_size=5))
def test_loading_again_gives_what_a_fresh_loading_gives(
    files: dict[str, str | None], edits: list[tuple[str, str | None]]
) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        write(folder, files)
        memory = look(folder).memory
        for name, text in edits:
            write(folder, {name: text})
            assert _whole(look(folder, memory)) == _whole(look(folder))
    finally:
        shutil.rmtree(folder)
