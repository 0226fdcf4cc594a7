"""What tests of several parts of the engine share."""

from collections.abc import Iterator

import pytest

from support.postgres_server import PostgresServer, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests of a process; each makes a schema of its own in it."""
    with running_server() as server:
        yield server
