"""Loading plugins: what each brings, and that a broken one costs only itself."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from interlock import Driver, EventKind, Imported, Importer, hookimpl
from interlock.errors import PluginError
from interlock.plugins import LoadedEventKind, PluginSource, Registry, load_plugins
from support.fake_driver import FakeDriver
from support.fake_notifier import Bell
from support.plugins import PluginModules, driver_named, entry_points_of

ALPHA, BETA = driver_named("alpha"), driver_named("beta")


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> PluginModules:
    return PluginModules(monkeypatch)


def problems(registry: Registry) -> list[tuple[str, str]]:
    return [(str(problem), problem.name) for problem in registry.problems]


def test_the_installed_plugins_are_loaded_by_default() -> None:
    registry = load_plugins()
    loaded = registry.drivers["thinknx-local"]
    assert (loaded.source.plugin, loaded.source.distribution) == ("thinknx", "interlock")
    assert registry.problems == ()


def test_a_driver_is_found_by_its_name_with_its_source(modules: PluginModules) -> None:
    modules.with_drivers("good", ALPHA, BETA)
    registry = load_plugins(entry_points_of(goods="good"))
    assert registry.driver("alpha") is ALPHA
    assert registry.drivers["beta"].driver is BETA
    assert registry.drivers["beta"].source == PluginSource("goods", "shop", "1.2")
    assert str(registry.drivers["beta"].source) == "plugin 'goods' of shop 1.2"
    assert registry.problems == ()


def test_drivers_stand_in_the_order_of_plugins_whatever_the_order_of_entry_points(
    modules: PluginModules,
) -> None:
    modules.with_drivers("one", BETA)
    modules.with_drivers("two", ALPHA)
    points = entry_points_of(a="one", b="two")
    assert list(load_plugins(reversed(points)).drivers) == ["beta", "alpha"]


def test_a_failing_import_costs_only_its_plugin(modules: PluginModules) -> None:
    modules.with_drivers("good", ALPHA)
    registry = load_plugins(entry_points_of(bad="no_such_module", good="good"))
    assert list(registry.drivers) == ["alpha"]
    reason = (
        "plugin 'bad' of shop 1.2: it cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"
    )
    assert problems(registry) == [(reason, "")]


def exits() -> Sequence[type[Driver]]:
    sys.exit("go away")


def interrupts() -> Sequence[type[Driver]]:
    raise KeyboardInterrupt


def raises() -> Sequence[type[Driver]]:
    raise ZeroDivisionError("by\nzero")


def test_a_hook_that_raises_is_reported_on_one_line(modules: PluginModules) -> None:
    modules.add("bad", interlock_drivers=hookimpl(specname="interlock_drivers")(raises))
    reason = "plugin 'bad' of shop 1.2: its hook interlock_drivers failed: ZeroDivisionError: by zero"
    assert problems(load_plugins(entry_points_of(bad="bad"))) == [(reason, "")]


def test_a_plugin_that_exits_costs_only_itself(modules: PluginModules) -> None:
    modules.add("bad", interlock_drivers=hookimpl(specname="interlock_drivers")(exits))
    reason = "plugin 'bad' of shop 1.2: its hook interlock_drivers failed: SystemExit: go away"
    assert problems(load_plugins(entry_points_of(bad="bad"))) == [(reason, "")]


def test_ctrl_c_is_nobodys_fault(modules: PluginModules) -> None:
    modules.add("bad", interlock_drivers=hookimpl(specname="interlock_drivers")(interrupts))
    with pytest.raises(KeyboardInterrupt):
        load_plugins(entry_points_of(bad="bad"))


def test_a_failing_hook_leaves_what_the_plugins_other_hook_brings(modules: PluginModules) -> None:
    @hookimpl
    def interlock_drivers() -> Sequence[type[Driver]]:
        return [ALPHA]

    modules.add(
        "half",
        interlock_drivers=interlock_drivers,
        interlock_simulators=hookimpl(specname="interlock_simulators")(raises),
    )
    registry = load_plugins(entry_points_of(half="half"))
    assert list(registry.drivers) == ["alpha"]
    assert [problem.reason for problem in registry.problems] == [
        "its hook interlock_simulators failed: ZeroDivisionError: by zero"
    ]


@pytest.mark.parametrize("rubbish", [None, 7, "alpha", ALPHA, {"alpha": ALPHA}])
def test_a_hook_must_return_a_list(modules: PluginModules, rubbish: object) -> None:
    @hookimpl
    def interlock_drivers() -> object:
        return rubbish

    modules.add("bad", interlock_drivers=interlock_drivers)
    reason = "its hook interlock_drivers failed: it must return a list of driver classes"
    registry = load_plugins(entry_points_of(bad="bad"))
    assert [problem.reason for problem in registry.problems] == [reason]


def test_what_is_no_driver_leaves_its_neighbours(modules: PluginModules) -> None:
    modules.with_drivers("mixed", ALPHA, int, 3)
    registry = load_plugins(entry_points_of(mixed="mixed"))
    assert list(registry.drivers) == ["alpha"]
    assert [problem.reason for problem in registry.problems] == [
        "its driver '' cannot be used: int is no subclass of Driver",
        "its driver '' cannot be used: something of type int is no subclass of Driver",
    ]


def test_a_faulty_declaration_is_reported_under_the_drivers_name(modules: PluginModules) -> None:
    modules.with_drivers("bad", driver_named("gamma", device_types=()))
    reason = "its driver 'gamma' cannot be used: its device_types are no tuple of DeviceType"
    registry = load_plugins(entry_points_of(bad="bad"))
    assert registry.drivers == {}
    assert [(problem.reason, problem.name) for problem in registry.problems] == [(reason, "gamma")]


def test_a_declaration_that_cannot_even_be_looked_at_is_reported(modules: PluginModules) -> None:
    class Touchy(type(FakeDriver)):  # type: ignore[misc]
        @property
        def description(cls) -> str:
            raise RuntimeError("hands off")

    touchy = Touchy("Touchy", (FakeDriver,), {"name": "touchy"})
    modules.with_drivers("bad", touchy, ALPHA)
    registry = load_plugins(entry_points_of(bad="bad"))
    assert list(registry.drivers) == ["alpha"]
    assert [problem.reason for problem in registry.problems] == [
        "its driver 'touchy' cannot be read: RuntimeError: hands off"
    ]


def test_an_unknown_hook_is_reported_with_the_nearest_one(modules: PluginModules) -> None:
    def interlock_driver() -> None:
        """Misspelt."""

    modules.add("bad", interlock_driver=hookimpl(interlock_driver))
    reason = "it cannot be loaded: unknown hook 'interlock_driver'; did you mean 'interlock_drivers'?"
    registry = load_plugins(entry_points_of(bad="bad"))
    assert [problem.reason for problem in registry.problems] == [reason]


def test_a_module_without_hooks_is_reported(modules: PluginModules) -> None:
    modules.add("bad", interlock_drivers=lambda: [ALPHA])
    reason = "it cannot be loaded: it implements no hook: mark its functions with interlock.hookimpl"
    registry = load_plugins(entry_points_of(bad="bad"))
    assert [problem.reason for problem in registry.problems] == [reason]


def test_of_two_drivers_of_one_name_neither_is_taken(modules: PluginModules) -> None:
    modules.with_drivers("one", ALPHA, BETA)
    modules.with_drivers("two", driver_named("alpha"))
    points = (*entry_points_of(one="one"), *entry_points_of(name="mall", two="two"))
    registry = load_plugins(points)
    assert list(registry.drivers) == ["beta"]
    assert problems(registry) == [
        (
            "plugin 'one' of shop 1.2: its driver 'alpha' is also brought by plugin 'two' of mall 1.2",
            "alpha",
        ),
        (
            "plugin 'two' of mall 1.2: its driver 'alpha' is also brought by plugin 'one' of shop 1.2",
            "alpha",
        ),
    ]


def test_of_two_plugins_of_one_name_neither_is_taken(modules: PluginModules) -> None:
    modules.with_drivers("one", ALPHA)
    modules.with_drivers("two", BETA)
    modules.with_drivers("three", driver_named("gamma"))
    points = (
        *entry_points_of(same="one", other="three"),
        *entry_points_of(name="mall", version="3", same="two"),
    )
    registry = load_plugins(points)
    assert list(registry.drivers) == ["gamma"]
    assert problems(registry) == [
        ("plugin 'same' of mall 3: plugin 'same' of shop 1.2 has the same name", ""),
        (
            "plugin 'same' of mall 3: its driver 'beta' comes with a plugin whose name is taken twice",
            "beta",
        ),
        ("plugin 'same' of shop 1.2: plugin 'same' of mall 3 has the same name", ""),
        (
            "plugin 'same' of shop 1.2: its driver 'alpha' comes with a plugin whose name is taken twice",
            "alpha",
        ),
    ]


def test_asking_for_a_driver_that_a_problem_cost_gives_the_reason(modules: PluginModules) -> None:
    modules.with_drivers("bad", driver_named("gamma", device_types=()))
    registry = load_plugins(entry_points_of(bad="bad"))
    with pytest.raises(PluginError) as caught:
        registry.driver("gamma")
    assert str(caught.value) == (
        "driver 'gamma' cannot be used: plugin 'bad' of shop 1.2: "
        "its driver 'gamma' cannot be used: its device_types are no tuple of DeviceType"
    )


def test_asking_for_an_unknown_driver_gives_the_nearest(modules: PluginModules) -> None:
    modules.with_drivers("good", ALPHA)
    with pytest.raises(PluginError, match=r"^there is no driver 'alfa'$") as caught:
        load_plugins(entry_points_of(good="good")).driver("alfa")
    assert caught.value.hint == "did you mean 'alpha'?"


def test_asking_for_an_unknown_driver_names_the_plugins_that_may_have_had_it(
    modules: PluginModules,
) -> None:
    modules.with_drivers("good", ALPHA, BETA)
    registry = load_plugins(entry_points_of(good="good", lost="no_such_module"))
    with pytest.raises(PluginError) as caught:
        registry.driver("knx")
    assert str(caught.value) == (
        "there is no driver 'knx'; what these would bring is missing: "
        "plugin 'lost' of shop 1.2: it cannot be loaded: "
        "ModuleNotFoundError: No module named 'no_such_module'"
    )
    assert caught.value.hint == "installed: alpha, beta"


def test_asking_an_empty_registry_says_that_nothing_is_installed() -> None:
    with pytest.raises(PluginError, match=r"^there is no simulator 'knx'$") as caught:
        load_plugins([]).simulator("knx")
    assert caught.value.hint == "installed: none"


def test_a_simulator_is_found_by_its_name(modules: PluginModules) -> None:
    simulator = load_plugins().simulator("thinknx")
    modules.with_simulators("good", simulator)
    assert load_plugins(entry_points_of(good="good")).simulator("thinknx") is simulator


def test_a_plugin_outside_any_distribution_still_has_a_name() -> None:
    assert str(PluginSource("loose", "")) == "plugin 'loose'"


class BookImporter(Importer):
    name = "book"
    description = "a book of addresses"
    drivers = ("alpha",)

    @classmethod
    def read(cls, path: Path, password: str) -> Imported:
        return Imported(found=())


def importer_plugin(modules: PluginModules, name: str, *importers: object) -> None:
    @hookimpl
    def interlock_importers() -> Sequence[object]:
        return importers

    modules.add(name, interlock_importers=interlock_importers)


def test_an_importer_is_found_by_its_name_with_its_source(modules: PluginModules) -> None:
    importer_plugin(modules, "books", BookImporter)
    registry = load_plugins(entry_points_of(books="books"))
    assert registry.importer("book") is BookImporter
    assert str(registry.importers["book"].source) == "plugin 'books' of shop 1.2"
    with pytest.raises(PluginError, match="there is no importer 'boook'") as caught:
        registry.importer("boook")
    assert caught.value.hint == "did you mean 'book'?"


def test_an_importer_that_declares_nonsense_is_not_there(modules: PluginModules) -> None:
    importer_plugin(modules, "books", Importer)
    registry = load_plugins(entry_points_of(books="books"))
    assert dict(registry.importers) == {}
    assert len(registry.problems) == 1


TELEGRAM = EventKind(name="telegram", description="a telegram on a bus", check=str)


def test_a_kind_of_events_is_found_by_its_name_with_its_source(modules: PluginModules) -> None:
    modules.with_event_kinds("good", TELEGRAM)
    registry = load_plugins(entry_points_of(goods="good"))
    assert registry.event_kinds == {
        "telegram": LoadedEventKind(TELEGRAM, PluginSource("goods", "shop", "1.2"))
    }
    assert registry.problems == ()


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (3, "its event kind '' cannot be used: something of type int is no EventKind"),
        (
            replace(TELEGRAM, name="A b"),
            "its event kind 'A b' cannot be used: its name is no lower-case word such as 'telegram'",
        ),
        (
            replace(TELEGRAM, name=3),  # type: ignore[arg-type]
            "its event kind '' cannot be used: its name is no lower-case word such as 'telegram'",
        ),
        (
            replace(TELEGRAM, description=" "),
            "its event kind 'telegram' cannot be used: it has no description",
        ),
        (
            replace(TELEGRAM, check="x"),  # type: ignore[arg-type]
            "its event kind 'telegram' cannot be used: its check is no function",
        ),
    ],
)
def test_a_faulty_kind_of_events_is_reported_and_left_out(
    modules: PluginModules, kind: object, fault: str
) -> None:
    modules.with_event_kinds("bad", kind)
    registry = load_plugins(entry_points_of(bads="bad"))
    assert registry.event_kinds == {}
    assert [problem.reason for problem in registry.problems] == [fault]


def test_of_two_kinds_of_events_of_one_name_neither_is_taken(modules: PluginModules) -> None:
    modules.with_event_kinds("one", TELEGRAM)
    modules.with_event_kinds("two", TELEGRAM)
    registry = load_plugins(entry_points_of(ones="one", twos="two"))
    assert registry.event_kinds == {}
    assert [problem.reason for problem in registry.problems] == [
        "its event kind 'telegram' is also brought by plugin 'twos' of shop 1.2",
        "its event kind 'telegram' is also brought by plugin 'ones' of shop 1.2",
    ]


def test_the_hook_of_events_must_return_a_list(modules: PluginModules) -> None:
    @hookimpl
    def interlock_event_kinds() -> object:
        return TELEGRAM

    modules.add("bad", interlock_event_kinds=interlock_event_kinds)
    [problem] = load_plugins(entry_points_of(bads="bad")).problems
    assert problem.reason == "its hook interlock_event_kinds failed: it must return a list of event kinds"


def test_a_notifier_is_found_by_its_name(modules: PluginModules) -> None:
    registry = load_plugins(entry_points_of(bells="support.fake_notifier"))
    assert registry.notifier("bell") is Bell
    assert registry.notifiers["bell"].source == PluginSource("bells", "shop", "1.2")
    with pytest.raises(PluginError, match="there is no notifier 'bel'") as caught:
        registry.notifier("bel")
    assert caught.value.hint == "did you mean 'bell'?"


def test_of_two_notifiers_of_one_name_neither_is_taken(modules: PluginModules) -> None:
    registry = load_plugins(entry_points_of(a="support.fake_notifier", b="support.fake_notifier"))
    assert registry.notifiers == {}
    assert problems(registry)[0] == (
        "plugin 'a' of shop 1.2: its notifier 'bell' is also brought by plugin 'b' of shop 1.2",
        "bell",
    )


def test_plugins_are_asked_only_for_the_kinds_that_are_wanted(modules: PluginModules) -> None:
    @hookimpl
    def interlock_importers() -> Sequence[type[Importer]]:
        raise AssertionError("nobody wanted importers")

    @hookimpl
    def interlock_drivers() -> Sequence[type[Driver]]:
        return (ALPHA,)

    modules.add("lazy", interlock_drivers=interlock_drivers, interlock_importers=interlock_importers)
    registry = load_plugins(entry_points_of(lazy="lazy"), kinds=("driver",))
    assert (list(registry.drivers), registry.problems) == (["alpha"], ())
