"""The OpenAPI document against the service that it describes: schemathesis finds no fault with either."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from support.api_service import ApiService, api_service

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

PROGRAM = Path(sys.executable).parent / "schemathesis"
STREAM = "/v1/events"
"""It does not end."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiService]:
    with api_service(tmp_path_factory.mktemp("openapi")) as running:
        yield running


def examine(service: ApiService, folder: Path, token: str, phases: str, examples: int) -> tuple[int, str]:
    """Let schemathesis try the API with a token, or none; return how that ended and what it says."""
    document = folder / "openapi.json"
    with service.reader as reader:
        document.write_bytes(reader.get("/v1/openapi.json").content)
    bearing = ["-H", f"Authorization: Bearer {token}"] if token else []
    done = subprocess.run(
        [
            PROGRAM,
            "run",
            str(document),
            f"--url={service.address}",
            f"--phases={phases}",
            f"--max-examples={examples}",
            f"--exclude-path={STREAM}",
            "--seed=1",
            "--generation-deterministic",
            "--warnings=off",
            "--no-color",
            *bearing,
        ],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout[-5000:] + done.stderr


@pytest.mark.parametrize(
    ("role", "phases", "examples"),
    [
        ("operate", "examples,coverage,fuzzing", 3),
        ("read", "fuzzing", 2),
        ("", "examples", 1),
    ],
)
def test_no_request_finds_a_fault(
    service: ApiService, tmp_path: Path, role: str, phases: str, examples: int
) -> None:
    token = {"operate": service.operate, "read": service.read, "": ""}[role]
    code, told = examine(service, tmp_path, token, phases, examples)
    assert code == 0, told
    assert service.process.poll() is None


def operations(
    document: Mapping[str, Mapping[str, Mapping[str, object]]],
) -> Iterator[tuple[str, Mapping[str, object]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert isinstance(operation, Mapping)
            yield f"{method} {path}", operation


def test_every_operation_says_which_errors_it_has_and_what_it_needs(service: ApiService) -> None:
    with service.reader as reader:
        document = reader.get("/v1/openapi.json").json()
    for name, operation in operations(document):
        if " /v1/" in name:
            responses = operation["responses"]
            assert isinstance(responses, Mapping)
            wanted: Sequence[str] = [
                "401",
                "500",
                *(["408", "411", "413", "422"] if "requestBody" in operation else []),
            ]
            assert [status for status in wanted if status not in responses] == [], name
            assert operation["security"] == [{"token": []}], name
            assert operation["summary"], name
