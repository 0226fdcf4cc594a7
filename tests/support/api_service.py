"""A service at work on the example flat, with its HTTP API, in a process of its own."""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from interlock.clock import WallClock
from interlock.service.tokens import Role, TokenFile
from support.flat import FlatServer, flat_server, read_until, start_interlock

_LISTEN = "\nservice: {listen: '127.0.0.1:0'}\n"
_RULES = """
rules:
- id: night
  triggers: [{at: "03:00"}]
  variables: {level: 20}
  actions: [{set: {hall_light.power: off}}]
- id: cold
  while: living_thermostat.actualtemp < -100
  keep: {living_ac.hvacpower: on}
"""


@dataclass(frozen=True, slots=True)
class ApiService:
    """The service, how it is reached, and its tokens."""

    flat: FlatServer
    process: subprocess.Popen[str]
    address: str
    operate: str
    read: str

    def client(self, token: str = "") -> httpx.Client:
        """Return a client that bears a token, or none."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.address, headers=headers, trust_env=False, timeout=60)

    @property
    def folder(self) -> Path:
        """Where the site file stands."""
        return self.flat.site.parent

    @property
    def operator(self) -> httpx.Client:
        return self.client(self.operate)

    @property
    def reader(self) -> httpx.Client:
        return self.client(self.read)


@contextmanager
def api_service(folder: Path) -> Iterator[ApiService]:
    """Run a service on the flat until the block ends."""
    with flat_server(folder) as flat:
        site = flat.site
        site.write_text(site.read_text(encoding="utf-8") + _LISTEN, encoding="utf-8")
        (site.parent / "rules" / "own.yaml").write_text(_RULES, encoding="utf-8")
        tokens = TokenFile(site.parent / "tokens.json")
        operate, read = (tokens.create(role.value, role, WallClock().now()) for role in reversed(Role))
        process = start_interlock("run", site)
        with process:
            try:
                assert process.stderr
                told = read_until(process.stderr, "the HTTP API is at ")[-1]
                # Nobody reads what it logs from here on, and it must not wait for that.
                threading.Thread(target=process.stderr.read, daemon=True).start()
                found = re.search(r"http://\S+", told)
                assert found
                yield ApiService(flat, process, found[0], operate, read)
            finally:
                process.kill()
