"""A site whose every secret is marked, on servers that refuse and talk back, and a search for the marks."""

from __future__ import annotations

import asyncio
import base64
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, quote_plus, urlsplit

from interlock import Point, Simulator, issue_loopback_tls
from interlock.protocol_server import ProtocolServer, Reply, Request
from interlock.service.loading import load_devices
from interlock_founten.simulator import FountenSimulator
from interlock_thinknx.simulator import ThinknxSimulator

SECRETS: Mapping[str, str] = {
    "thinknx": "Tk?marked/önë-Yq81",
    "cloud": "cLoUdKeYmarked7Zx93Qp",
    "founten": "Fn&marked=two+Wv52%41",
    "hook": "hooKmarked8Lm31sd",
    "word": "Bearer wOrdmarked6Hj29",
    "sign": "sIgnmarked4Rv93kdQ2b",
    "door": "dOormarked7Pw60mzX5c",
    "mail": "mAil/marked=3Xs:82&oQ",
    "later": "lAtermarked5Gt17e",
}
"""By their names in secrets.yaml; `later` is in the environment."""
FAULTS = ("redirect", "500", "rubbish", "reset", "cut", "429:1", "404", "403")
"""What servers do one after the other; the last ends the asking."""
_SITE = """
site: {{name: Secrets, timezone: Europe/Rome}}
connections:
  local: {{driver: thinknx-local, host: 127.0.0.1, port: {local}, auth: digest, username: me,
          password: !secret thinknx, poll: 200ms, timeout: 500ms}}
  basic: {{driver: thinknx-local, host: 127.0.0.1, port: {basic}, auth: basic, username: me,
          password: !secret thinknx, poll: 200ms, timeout: 500ms}}
  cloud: {{driver: thinknx-cloud, base_url: 'https://127.0.0.1:{cloud}', key: !secret cloud, ca: ca.pem,
          poll: 200ms, timeout: 500ms}}
  founten: {{driver: founten, url: 'https://127.0.0.1:{founten}', username: me@b.org,
            password: !secret founten, ca: ca.pem, poll: 200ms, timeout: 500ms}}
service:
  listen: 127.0.0.1:0
  webhooks:
    door: {{secret: !secret door}}
    gate: {{secret: !secret door, by: token}}
notifiers:
  desk: {{via: webhook, url: !secret hook_url, headers: {{Authorization: !secret word}},
         secret: !secret sign}}
  post: {{via: email, host: 127.0.0.1, port: {post}, tls: none, username: me, password: !secret mail,
         from: me@b.org, to: you@b.org}}
devices:
  hall: {{connection: local, type: thermostat, guid: HALL, controllers: [actualtemp, setpoint]}}
  bath: {{connection: basic, type: light, guid: BATH}}
  attic: {{connection: cloud, type: light, guid: ATTIC}}
  room: {{connection: founten, type: thermostat, name: Room, controllers: [temperature, heatSetting]}}
watch: [hall, bath, attic, room]
rules:
  - id: tell
    triggers: [{{every: 1s}}]
    actions: [{{notify: {{message: hello, via: desk}}}}, {{notify: {{message: hello, via: post}}}}]
  - id: fetch
    triggers: [{{every: 1s}}]
    actions:
      - http: {{url: !env HOOK_URL, headers: {{X-Word: !secret word}}, timeout: 1s}}
  - id: act
    triggers: [{{every: 1s}}]
    actions: [{{set: {{attic.power: on}}}}, {{set: {{room.heatSetting: 20}}}}, {{set: {{bath.power: on}}}}]
scenarios:
  - name: acts
    start: 2026-07-14T12:00
    expect: [{{at: "12:01", set: {{attic.power: on}}}}]
"""
_NO_PORTS = dict.fromkeys(("local", "basic", "cloud", "founten", "desk", "post"), 1)


def forms(secret: str) -> set[bytes]:
    """Return how a secret may be written: plain, encoded, packed or turned."""
    plain = secret.encode()
    each = {secret, quote(secret, safe=""), quote_plus(secret), quote(secret), repr(secret)[1:-1]}
    coded = {base64.b64encode(plain), base64.b64encode(b"me:" + plain), base64.urlsafe_b64encode(plain)}
    inner = {base64.b64encode(b"x" * skip + plain)[4:-4] for skip in range(3)}
    return {form.encode() for form in each} | coded | inner | {plain.hex().encode(), plain[::-1]}


def found_in(data: bytes) -> list[str]:
    """Return the names of the secrets that bytes hold, also where they are wrapped or quoted."""
    squeezed = re.sub(rb"[\s\x00|\"'\\]+", b"", data)
    lowered = {"data": data.lower(), "squeezed": squeezed.lower()}
    return [
        name
        for name, secret in SECRETS.items()
        for form in forms(secret)
        if any(each in text for text in lowered.values() for each in {form.lower(), _squeezed(form).lower()})
    ]


def _squeezed(form: bytes) -> bytes:
    return re.sub(rb"[\s\x00|\"'\\]+", b"", form)


class _Post:
    """A mail server that lets nobody in, and repeats what it was told."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Serve at any free port, which is returned."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Serve no more."""
        if self._server is not None:
            self._server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.b.org\r\n")
        while line := (await reader.readline()).strip():
            word = line.split()[0].upper()
            if word == b"EHLO":
                writer.write(b"250-mx.b.org\r\n250 AUTH PLAIN LOGIN\r\n")
            elif line.upper() == b"AUTH LOGIN":
                writer.write(b"334 VXNlcm5hbWU6\r\n")
            else:
                writer.write(b"535 5.7.8 not so: " + line + b"\r\n")
        writer.close()


_Server: TypeAlias = Simulator | ProtocolServer | _Post


class SecretSite:
    """The site's folder, and its servers."""

    def __init__(self, folder: Path, servers: Sequence[Simulator], environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.environ = environ
        self._servers = servers

    def misbehave(self, fault: str) -> None:
        """Let every server do something wrong from now on, and nothing else."""
        for server in self._servers:
            server.clear_faults()  # type: ignore[attr-defined]
            server.add_fault(fault)

    def files(self) -> Iterator[Path]:
        """Yield every file of the folder but the one that holds the secrets."""
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name != "secrets.yaml":
                yield path


@contextmanager
def secret_site(folder: Path) -> Iterator[SecretSite]:
    """Serve the site until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="servers")
    thread.start()
    servers: list[_Server] = []
    try:
        yield asyncio.run_coroutine_threadsafe(_set_up(folder, servers), loop).result(30)
    finally:
        for server in servers:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _set_up(folder: Path, servers: list[_Server]) -> SecretSite:
    tls, ports = issue_loopback_tls(folder / "ca.pem"), dict(_NO_PORTS)
    desk = ProtocolServer(_talk_back)
    ports["desk"] = urlsplit(await desk.start("127.0.0.1", 0)).port or 0
    servers.append(desk)
    post = _Post()
    ports["post"] = await post.start()
    servers.append(post)
    environ = {"HOOK_URL": f"http://127.0.0.1:{ports['desk']}/{SECRETS['later']}"}
    (folder / "secrets.yaml").touch(mode=0o600)
    hook_url = f"http://127.0.0.1:{ports['desk']}/{SECRETS['hook']}"
    lines = [f"{name}: {_quoted(value)}" for name, value in {**SECRETS, "hook_url": hook_url}.items()]
    (folder / "secrets.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "site.yaml").write_text(_SITE.format(**ports), encoding="utf-8")
    site = load_devices(folder / "site.yaml", environ=environ)
    simulators: list[Simulator] = []
    for name, connection in site.connections.items():
        targets = [each for each in site.targets.values() if each.device.connection == name]
        kind = FountenSimulator if name == "founten" else ThinknxSimulator
        simulator = kind(connection.settings, targets)
        url = await simulator.start("127.0.0.1", 0, tls if name in ("cloud", "founten") else None)
        ports[name] = urlsplit(url).port or 0
        simulators.append(simulator)
    servers.extend(simulators)
    simulators[0].set_value(Point("hall.actualtemp"), 21.0)
    (folder / "site.yaml").write_text(_SITE.format(**ports), encoding="utf-8")
    return SecretSite(folder, simulators, environ)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


async def _talk_back(request: Request) -> Reply:
    """Refuse, and repeat all that was asked, as some servers do."""
    said = f"{request.method} {request.target} {dict(request.headers)} {request.body!r}"
    return Reply(status=400, body=said.encode())
