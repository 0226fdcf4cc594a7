"""The names that `interlock` gives to plugin authors are loaded on demand, and all of them exist."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import interlock


def _declared_for_type_checkers() -> set[str]:
    tree = ast.parse(Path(interlock.__file__).read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    return {alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}


@pytest.mark.parametrize("name", interlock.__all__)
def test_each_name_can_be_had(name: str) -> None:
    assert getattr(interlock, name) is not None


def test_type_checkers_see_the_same_names() -> None:
    assert _declared_for_type_checkers() | {"__version__"} == set(interlock.__all__)


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'interlock' has no attribute 'Runtime'"):
        interlock.Runtime  # noqa: B018


def test_importing_the_package_loads_no_library() -> None:
    code = "import interlock, sys; print(sorted({'pydantic', 'httpx', 'h11', 'asyncio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
