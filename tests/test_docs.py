"""The documentation says what the code does: generated pages, names, settings, commands, YAML files."""

import importlib.util
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

import interlock
from interlock.cli.commands import SUMMARIES
from interlock.config.guard_shapes import GuardShape
from interlock.config.loader import load_site
from interlock.config.point_options import OPTIONS
from interlock.config.report import render
from interlock.driver import ConnectionSettings, DeviceSettings
from interlock.errors import Diagnostic
from interlock.notifier import NotifierSettings
from interlock.plugins import load_plugins
from interlock.rules.claims import PRIORITY_NAMES
from interlock.rules.grammar import load_interlocks, load_rules
from interlock.rules.grammar.actions import VERBS
from interlock.rules.grammar.shapes import (
    DelayShape,
    IfShape,
    InterlockShape,
    KeepShape,
    LogShape,
    RuleShape,
    SetShape,
    VerbShape,
)
from interlock.rules.grammar.triggers.shapes import (
    AllShape,
    AtShape,
    AvailableShape,
    BecomesShape,
    ChangeShape,
    CronShape,
    DateShape,
    ElevationShape,
    EveryShape,
    HoldShape,
    NoneShape,
    ScheduleShape,
    SunShape,
    UnavailableShape,
    UpdateShape,
)
from interlock.simulation.coupling import read_plan
from interlock.simulation.coupling.section import SECTIONS
from interlock.simulation.coupling.shapes import PlantShape, ZoneShape
from interlock.simulation.scenarios.grammar import load_scenarios
from interlock.simulation.scenarios.playing import play
from interlock.simulation.scenarios.shapes import ScenarioShape
from interlock.simulation.scenarios.suite import load_suite
from interlock_notify.mail_settings import EmailSettings
from interlock_notify.webhook import WebhookSettings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

FENCE = re.compile(
    r'^```(?P<language>\w+) title="(?P<title>[^"]+)"\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL
)

SECRETS = {"HOUSE_PASSWORD": "correct-horse"}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block with a title: a file, or what a command prints."""

    language: str
    title: str
    text: str


def blocks(page: str) -> list[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [Block(**found.groupdict()) for found in FENCE.finditer(text)]


def findings(folder: Path) -> list[Diagnostic]:
    site, diagnostics = load_site(folder / "site.yaml", load_plugins(), SECRETS)
    assert site is not None
    rules, in_rules = load_rules(site)
    return [*diagnostics, *in_rules, *load_interlocks(site)[1], *load_scenarios(site, rules)[1]]


def write(folder: Path, files: list[Block]) -> None:
    for file in files:
        path = folder / file.title
        path.parent.mkdir(exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
        path.chmod(0o600)


def test_the_generated_pages_are_what_the_tables_say() -> None:
    spec = importlib.util.spec_from_file_location("generate_reference", DOCS / "generate_reference.py")
    assert spec
    assert spec.loader
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    committed = {name: (DOCS / "reference" / name).read_text(encoding="utf-8") for name in generator.pages()}
    assert committed == generator.pages(), "run: python docs/generate_reference.py"


def test_each_public_name_has_its_place_in_the_reference() -> None:
    text = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    documented = re.findall(r"^::: interlock\.(\w+)$", text, re.MULTILINE)
    assert sorted(documented) == sorted(set(interlock.__all__) - {"__version__", "hookimpl"})


def section(page: str, heading: str) -> str:
    text = (DOCS / page).read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def settings_in(page: str, heading: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", section(page, heading), re.MULTILINE))


def test_each_setting_that_every_connection_takes_is_documented() -> None:
    assert settings_in("reference/site-file.md", "connections") == set(ConnectionSettings.model_fields)


def test_each_setting_that_every_device_takes_is_documented() -> None:
    text = section("reference/site-file.md", "devices").partition("\n### ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(DeviceSettings.model_fields)


def test_each_setting_that_every_notifier_takes_is_documented() -> None:
    assert settings_in("reference/site-file.md", "notifiers") == {"via", *NotifierSettings.model_fields}


def test_the_sites_that_tell_people_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [block for block in blocks("how-to/notify.md") if block.language == "yaml"]
    assert [file.title for file in files] == ["site.yaml", "secrets.yaml"] * 2
    for number in (0, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        write(Path(), files[number : number + 2])
        assert render(findings(Path())) == render([])


def test_each_setting_of_the_bundled_notifiers_is_documented() -> None:
    text = (DOCS / "how-to" / "notify.md").read_text(encoding="utf-8")
    for model in (EmailSettings, WebhookSettings):
        own = model.model_fields.keys() - NotifierSettings.model_fields.keys()
        for name in (model.model_fields[name].alias or name for name in own):
            assert re.search(rf"^\| [^|]*`{name}`[^|]* \|", text, re.MULTILINE), name


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The reference's site, in the directory that commands are run in."""
    monkeypatch.chdir(tmp_path)
    files = [block for block in blocks("reference/site-file.md") if block.language == "yaml"]
    assert [file.title for file in files] == ["site.yaml", "secrets.yaml"]
    write(tmp_path, files)
    return Path()


def test_the_site_of_the_reference_loads(house: Path) -> None:
    (house / "rules").mkdir()
    (house / "rules" / "none.yaml").write_text("rules: []\n", encoding="utf-8")
    assert render(findings(house)) == render([])


@pytest.mark.parametrize("block", blocks("reference/rule-language.md"), ids=lambda block: block.title)
def test_an_example_of_the_rule_language_loads(house: Path, block: Block) -> None:
    write(house, [block])
    assert render(findings(house)) == render([])


def test_the_building_of_the_reference_is_sound(house: Path) -> None:
    text = section("reference/site-file.md", "plant")
    [plant] = re.findall(r"^```yaml\n(plant:\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    with (house / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(plant)
    site, _ = load_site(house / "site.yaml", load_plugins(), SECRETS)
    assert site is not None
    assert site.plant is not None
    assert read_plan(site)[1] == []


def test_each_key_of_the_plant_is_documented() -> None:
    documented = settings_in("reference/site-file.md", "plant")
    assert documented == {*SECTIONS, *PlantShape.model_fields, *ZoneShape.model_fields}


def test_the_school_to_run_without_hardware_loads(tmp_path: Path) -> None:
    write(tmp_path, blocks("how-to/run-without-hardware.md"))
    assert render(findings(tmp_path)) == render([])


def test_the_founten_site_loads(tmp_path: Path) -> None:
    write(tmp_path, [block for block in blocks("how-to/founten.md") if block.language == "yaml"])
    assert render(findings(tmp_path)) == render([])


def test_the_example_with_a_secret_loads(tmp_path: Path) -> None:
    write(tmp_path, blocks("how-to/keep-secrets.md"))
    assert render(findings(tmp_path)) == render([])


def test_the_example_with_a_bus_loads(tmp_path: Path) -> None:
    write(tmp_path, blocks("how-to/knx.md"))
    assert render(findings(tmp_path)) == render([])


@pytest.mark.parametrize("page", ["recipes", "coming-from-elsewhere"])
def test_every_recipe_loads_by_itself(tmp_path: Path, page: str) -> None:
    site, *recipes = blocks("how-to/recipes.md")
    rules = recipes if page == "recipes" else blocks(f"how-to/{page}.md")
    reports = {}
    for number, recipe in enumerate(rules):
        folder = tmp_path / str(number)
        folder.mkdir()
        write(folder, [site, recipe])
        reports[recipe.title] = render(findings(folder))
    assert rules
    assert set(reports.values()) == {render([])}, reports


def test_the_tutorial_makes_one_mistake_and_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wrong, report, right = blocks("tutorial/first-rule.md")
    write(tmp_path, [wrong])
    assert report.text.strip() in render(findings(Path()))
    write(tmp_path, [right])
    assert render(findings(Path())) == render([])


def snippets() -> Iterator[str]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            yield f"{page.relative_to(DOCS)}\n{textwrap.dedent(found[1])}"


def test_pages_with_a_whole_file_give_it_a_title() -> None:
    whole = [snippet for snippet in snippets() if re.search(r"^site:", snippet, re.MULTILINE)]
    assert whole == []


TRIGGERS = (
    EveryShape,
    CronShape,
    AtShape,
    DateShape,
    SunShape,
    ElevationShape,
    UpdateShape,
    ChangeShape,
    BecomesShape,
    UnavailableShape,
    AvailableShape,
    ScheduleShape,
    AllShape,
    NoneShape,
    HoldShape,
)


def keys_of(shape: type[BaseModel]) -> set[str]:
    """Return a shape's keys as they are written in YAML."""
    return {field.alias or name for name, field in shape.model_fields.items()}


def test_each_key_of_a_rule_is_documented() -> None:
    assert settings_in("reference/rule-language.md", "Rules") == keys_of(RuleShape)


@pytest.mark.parametrize(("heading", "shape"), [("Keep", KeepShape), ("Interlocks", InterlockShape)])
def test_each_key_of_what_keeps_and_locks_is_documented(heading: str, shape: type[BaseModel]) -> None:
    rows = re.findall(r"^\| (`.*?`) \|", section("reference/rule-language.md", heading), re.MULTILINE)
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row)} == keys_of(shape)


def test_each_key_of_a_scenario_is_documented() -> None:
    assert settings_in("reference/rule-language.md", "Scenarios") == keys_of(ScenarioShape)


def test_the_scenarios_of_the_guide_pass(tmp_path: Path) -> None:
    write(tmp_path, [block for block in blocks("how-to/test-rules.md") if block.language == "yaml"])
    suite = load_suite(tmp_path, environ={})
    assert [play(each, suite.loaded).has_passed for each in suite.scenarios] == [True, True]


def test_each_priority_has_its_name_in_the_reference() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", section("reference/rule-language.md", "Keep"), re.MULTILINE)
    assert {name: int(level) for level, name in rows} == PRIORITY_NAMES


def test_each_option_of_points_is_documented() -> None:
    text = section("reference/site-file.md", "devices").partition("### Guards, defaults and hands")[2]
    found = re.findall(r"^\| `(\w+)` \|", text.partition("\n### ")[0], re.MULTILINE)
    assert found == [*OPTIONS, *GuardShape.model_fields]


@pytest.mark.parametrize(
    ("heading", "shape"),
    [
        *(("Triggers", shape) for shape in TRIGGERS),
        *(("Actions", shape) for shape in (SetShape, VerbShape, LogShape, DelayShape, IfShape)),
    ],
)
def test_each_key_of_triggers_and_actions_is_documented(heading: str, shape: type[BaseModel]) -> None:
    text = section("reference/rule-language.md", heading)
    assert [key for key in sorted(keys_of(shape)) if not re.search(rf"`{key}[`:]", text)] == []


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_documented(verb: str) -> None:
    assert f"| `{verb}: " in section("reference/rule-language.md", "Actions")


def test_each_command_named_in_a_page_exists() -> None:
    named = {
        (page.name, command)
        for page in [*PAGES, *ROOT.glob("*.md")]
        for command in re.findall(r"[`$/] ?interlock ([a-z][a-z-]*)", page.read_text(encoding="utf-8"))
    }
    assert [place for place in sorted(named) if place[1] not in SUMMARIES] == []


def test_each_area_of_the_log_is_documented() -> None:
    sources = [*(ROOT / "engine").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    areas = {
        area
        for source in sources
        for area in re.findall(r'getLogger\("interlock\.([\w.]+)"\)', source.read_text(encoding="utf-8"))
    }
    rows = section("how-to/read-the-log.md", "Areas")
    assert areas
    assert [area for area in sorted(areas) if f"| `{area}` |" not in rows] == []
