"""A real PostgreSQL server from Debian's programs, for tests: stopped, killed and held up at will."""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from interlock.config.journal_place import Database

PASSWORD = "correct-horse-battery"
"""Of the user `interlock`."""
_MISSING = (
    "these tests need a PostgreSQL server: install it by apt-get install postgresql; "
    "initdb was looked for in /usr/lib/postgresql/*/bin and in the PATH"
)
_ACCOUNTS = ("postgres", "nobody")
_PATIENCE_S = 30.0
_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "shared_buffers=16MB",
    "max_connections=30",
    "autovacuum=off",
    "logging_collector=off",
    "password_encryption=scram-sha-256",
)


def programs() -> Path:
    """Return the folder of the newest server that is installed; Debian leaves it out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    own = shutil.which("initdb")
    if not found and own is None:
        pytest.fail(_MISSING, pytrace=False)
    return found[-1].parent if found else Path(str(own)).resolve().parent


class PostgresServer:
    """One server with its own files, on a free port of this machine and at a socket in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self._programs = programs()
        self._names = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._account = _account()

    def create(self) -> None:
        """Make its files: a user `interlock` with a password owns everything."""
        self.folder.mkdir(exist_ok=True)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if self._account:
            for path in (self.folder, secret):
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        made = subprocess.run(
            [
                *(
                    str(self._programs / "initdb"),
                    "--no-sync",
                    "--auth=scram-sha-256",
                    "--username=interlock",
                ),
                *(f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", f"--pgdata={self._files}"),
            ],
            capture_output=True,
            text=True,
            check=False,
            **self._as_account(),
        )
        assert made.returncode == 0, made.stderr

    @property
    def _files(self) -> Path:
        return self.folder / "files"

    def start(self) -> None:
        """Let it run, and wait until it can be asked."""
        options = [part for setting in _SETTINGS for part in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self._programs / "postgres"), "-D", str(self._files), "-p", str(self.port)),
                    *("-h", "127.0.0.1", "-k", str(self.folder), *options),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._as_account(),
            )
        ends_at = time.monotonic() + _PATIENCE_S
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < ends_at, "the server does not start"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End it in order, without waiting for who is connected."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if how is signal.SIGKILL:
            self._signal_all(process.pid, how)
        else:
            process.send_signal(how)
        process.wait(_PATIENCE_S)

    def hold_up(self) -> None:
        """Let it hang: connections stay, and nothing is answered."""
        assert self._process
        self._signal_all(self._process.pid, signal.SIGSTOP)

    def let_go_on(self) -> None:
        """End what `hold_up` began."""
        assert self._process
        self._signal_all(self._process.pid, signal.SIGCONT)

    @staticmethod
    def _signal_all(first: int, how: signal.Signals) -> None:
        """Signal the server and each of its processes, which are in groups of their own."""
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for process in (first, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, how)

    def url(self, database: str = "postgres", *, password: str = PASSWORD, options: str = "") -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://interlock:{password}@127.0.0.1:{self.port}/{database}{options}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Return what a statement gives, in a connection of its own."""
        with psycopg.connect(self.url(database), autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_place(self, folder: Path) -> Database:
        """Return a place for a journal that nobody has used: a schema of its own."""
        name = f"site_{next(self._names)}"
        self.run(f"CREATE SCHEMA {name}")
        return self.place(folder, f"?options=-csearch_path%3D{name}")

    def place(self, folder: Path, options: str = "", *, password: str = PASSWORD) -> Database:
        """Return a place for a journal."""
        return Database(SecretStr(self.url(options=options, password=password)), folder / "interlock.sqlite")

    def schema_of(self, place: Database) -> str:
        """Return the schema of a place that `new_place` made."""
        return place.url.get_secret_value().rpartition("%3D")[2]

    def _as_account(self) -> dict[str, int]:
        account = self._account
        return {"user": account.pw_uid, "group": account.pw_gid} if account else {}


def _account() -> pwd.struct_passwd | None:
    """Return whom a server may run as; it refuses root."""
    if os.geteuid():
        return None
    for name in _ACCOUNTS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError("there is nobody whom a server could run as")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextlib.contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Give a server that runs, as long as the context lasts."""
    # Not below pytest's own folder, into which the server's account may not look.
    with tempfile.TemporaryDirectory(prefix="interlock-postgres-") as folder:
        server = PostgresServer(Path(folder) / "server")
        Path(folder).chmod(0o755)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.kill()
