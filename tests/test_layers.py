"""Who may import which third-party package, and what a plugin may see of the engine."""

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent

OURS = frozenset({"interlock", "interlock_founten", "interlock_knx", "interlock_notify", "interlock_thinknx"})

WALLS: Mapping[str, tuple[str, ...]] = {
    "aiosmtplib": ("interlock_notify.email",),
    "apscheduler": ("interlock.rules", "interlock.runtime.timetable"),
    "astral": ("interlock.sun",),
    "cronsim": ("interlock.rules.schedule",),
    "fastapi": ("interlock.service.api",),
    "h11": ("interlock.protocol_server",),
    "holidays": ("interlock.public_holidays",),
    "httpx": ("interlock.http_client",),
    "jinja2": ("interlock.expressions",),
    "plotly": ("interlock.simulation.report.library",),
    "pyarrow": ("interlock.history.parquet",),
    "pluggy": ("interlock.hookspecs", "interlock.plugins"),
    "pydantic": (
        "interlock.config",
        "interlock.driver",
        "interlock.duration_field",
        "interlock.history",
        "interlock.notifier",
        "interlock.redaction",
        "interlock.rules",
        "interlock.service.api",
        "interlock.service.control",
        "interlock.service.explain",
        "interlock.service.polls",
        "interlock.schema",
        "interlock.service.tokens",
        "interlock.simulation.coupling.shapes",
        "interlock.simulation.scenarios.shapes",
        "interlock.testing",
        "interlock.site_path",
        "interlock.virtual",
        "interlock_founten",
        "interlock_knx.settings",
        "interlock_notify",
        "interlock_thinknx",
    ),
    "prometheus_client": ("interlock.service.api.metrics",),
    "psycopg": ("interlock.history",),
    "pytest": ("interlock.testing",),
    "rich": ("interlock.cli",),
    "ruamel": ("interlock.config",),
    "sqlalchemy": ("interlock.history",),
    "cryptography": ("interlock.service.doctor.certificate",),
    "trustme": ("interlock.loopback_tls",),
    "typer": ("interlock.cli",),
    "uvicorn": ("interlock.service.api",),
    "watchfiles": ("interlock.service.reloading.edits",),
    "xknx": ("interlock_knx.knxip", "interlock_knx.simulator.gateway"),
    "xknxproject": ("interlock_knx.ets",),
}
"""Each third-party package, and the modules or packages of ours that alone may import it."""

PART_OF = {"pydantic_core": "pydantic", "starlette": "fastapi"}
"""Packages that belong to a declared dependency."""

CATCH_EVERYTHING: Mapping[str, str] = {
    "interlock.cli.failures": "the top of the command line",
    "interlock.history.threads": "work in a thread of the journal",
    "interlock.rules.deciding": "the evaluation of a rule",
    "interlock.runtime.connections.inlet": "what a driver tells",
    "interlock.runtime.connections.seam": "what a driver answers",
    "interlock.runtime.firings.runner": "the actions of a rule",
    "interlock.runtime.supervision": "a callback of the engine",
    "interlock.service.requests": "what somebody asks of a running service",
    "interlock.simulation.scenarios.playing": "one scenario",
    "interlock.strangers": "every other call into a plugin's code",
}
"""The only modules that may catch whatever is raised, and what each is the wall around."""

NEVER_IMPORTED = {
    "ruamel.yaml.clib": "ruamel.yaml loads its C parser by itself",
    "sniffio": "httpcore would look for it at every call",
    "tzdata": "zoneinfo reads it where the system has no zones",
}
"""Dependencies that no module of ours names, and why they are there."""


@cache
def modules() -> Sequence[tuple[str, ast.Module]]:
    """Return every module of ours by its name, parsed."""
    return [
        (
            ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"),
            ast.parse(path.read_text(encoding="utf-8")),
        )
        for folder in (ROOT / "engine", ROOT / "plugins")
        for path in sorted(folder.rglob("*.py"))
    ]


def imports(tree: ast.Module) -> Iterator[str]:
    """Every imported module by its absolute name; ours are never imported relatively."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def stands_in(module: str, place: str) -> bool:
    return module == place or module.startswith(place + ".")


@cache
def foreign_imports() -> list[tuple[str, str]]:
    """Return each pair of a module of ours and a third-party package that it imports."""
    own = OURS | sys.stdlib_module_names | {"_typeshed"}
    return sorted(
        {
            (module, PART_OF.get(top := name.partition(".")[0], top))
            for module, tree in modules()
            for name in imports(tree)
            if name.partition(".")[0] not in own
        }
    )


def dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    return [each.partition(">")[0].partition("[")[0] for each in [*project["dependencies"], *extras]]


def test_each_third_party_package_is_imported_behind_its_wall_only() -> None:
    outside = [
        f"{module} imports {package}"
        for module, package in foreign_imports()
        if not any(stands_in(module, place) for place in WALLS.get(package, ()))
    ]
    assert outside == []


def test_no_wall_is_left_standing_around_a_package_that_nobody_imports() -> None:
    imported = {package for _, package in foreign_imports()}
    assert sorted(set(dependencies_by_import_name()) - imported) == []


def dependencies_by_import_name() -> list[str]:
    return [name.partition(".")[0].replace("-", "_") for name in dependencies() if name not in NEVER_IMPORTED]


def test_everything_that_is_imported_is_a_declared_dependency() -> None:
    imported = {package for _, package in foreign_imports()}
    assert sorted(imported - set(dependencies_by_import_name())) == []


@pytest.mark.parametrize("name", sorted(NEVER_IMPORTED))
def test_a_dependency_that_is_never_imported_is_still_declared(name: str) -> None:
    assert name in dependencies()


def test_plugins_import_the_engine_by_its_public_names_only() -> None:
    inner = [
        f"{module} imports {name}"
        for module, tree in modules()
        if module.partition(".")[0] != "interlock"
        for name in imports(tree)
        if name.startswith("interlock.")
    ]
    assert inner == []


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether an ``except`` catches everything, and does more than to clean up before it goes on."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {kind.id if isinstance(kind, ast.Name) else "" for kind in kinds if kind is not None}
    is_cleaning_up = isinstance(end := handler.body[-1], ast.Raise) and end.exc is None
    return (handler.type is None or bool(names & {"Exception", "BaseException"})) and not is_cleaning_up


def test_everything_is_caught_only_at_the_walls() -> None:
    found = {
        module
        for module, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    }
    assert found == CATCH_EVERYTHING.keys()


def test_the_architecture_names_every_wall() -> None:
    page = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    assert [what for what in CATCH_EVERYTHING.values() if what not in page] == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("except Exception: pass", True),
        ("except BaseException as error: log(error)", True),
        ("except (ValueError, Exception): pass", True),
        ("except: pass", True),
        ("except Exception as error: raise ValueError from error", True),
        ("except BaseException:\n  clean()\n  raise", False),
        ("except (ValueError, OSError): pass", False),
    ],
)
def test_what_catches_everything(code: str, expected: bool) -> None:
    [tried] = ast.parse(f"try: do()\n{code}").body
    assert isinstance(tried, ast.Try)
    assert is_broad(tried.handlers[0]) is expected


def test_only_the_clock_reads_the_time() -> None:
    readers = [
        f"{module} calls {node.func.value.id}.{node.func.attr}"
        for module, tree in modules()
        if module != "interlock.clock"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr)
        in {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    ]
    assert readers == []
