"""The servers, the site and the people of the live soak: what fails, what changes, who commands and edits."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from urllib.parse import urlsplit

from held import Sample
from mean_proxy import MOODS, MeanProxy

from interlock import Point, Simulator, issue_loopback_tls
from interlock.errors import InterlockError
from interlock.faults import FaultKind
from interlock.service.control.client import ask
from interlock.service.control.protocol import (
    AskStatus,
    Began,
    Claims,
    Computed,
    Done,
    Evaluate,
    ListClaims,
    ListPoints,
    ListRules,
    Points,
    ReleasePoint,
    Rules,
    RunRule,
    SendCommand,
    Sent,
    Status,
)
from interlock.service.loading import load_devices
from interlock_founten.simulator import FountenSimulator
from interlock_founten.simulator.faults import FAULTS as FOUNTEN_FAULTS
from interlock_thinknx.simulator import ThinknxSimulator
from interlock_thinknx.simulator.faults import FAULTS as THINKNX_FAULTS

SECRET = "marked-live-soak-secret"


ROOMS = 8


SITE = """
site: {{name: Soak, timezone: Europe/Rome}}
connections:
  local: {{driver: thinknx-local, host: {host}, port: {local}, auth: digest, username: me,
          password: !secret it, poll: 500ms, timeout: {timeout}ms, feedback_timeout: 500ms, concurrency: 3}}
  cloud: {{driver: thinknx-cloud, base_url: 'https://127.0.0.1:{cloud}', key: !secret it, ca: ca.pem,
          poll: 1s, timeout: {timeout}ms, rate: 60/s}}
  founten: {{driver: founten, url: 'https://127.0.0.1:{founten}', username: me@b.org, password: !secret it,
            ca: ca.pem, poll: 1s, timeout: {timeout}ms}}
devices:
  hot: {{type: counter}}
{devices}
watch: [{watch}]
journal: {{keep: 400d, max_size: 64MB, heartbeat: 1m}}
include: [rules.yaml]
"""


DEVICES = """
  {c}{n}_thermostat: {{connection: {c}, type: thermostat, guid: {c}T{n}, controllers: [actualtemp, setpoint]}}
  {c}{n}_lamp: {{connection: {c}, type: light, guid: {c}L{n}, default: {{power: off}}}}
  {c}{n}_scene: {{connection: {c}, type: scene, guid: {c}S{n}}}
"""


FOUNTEN_DEVICES = """
  founten{n}: {{connection: founten, type: thermostat, name: Room {n},
            controllers: [temperature, heatSetting]}}
"""


RULES = """
rules:
  - id: hot-{c}{n}
    triggers: [{{becomes: {c}{n}_thermostat.actualtemp > {limit}, for: 2s}}]
    actions: [{{set: {{{c}{n}_thermostat.setpoint: 20}}}}, {{launch: {c}{n}_scene}}, {{increment: hot}}]
  - id: lit-{c}{n}
    while: {c}{n}_thermostat.actualtemp < {limit}
    keep: {{{c}{n}_lamp.power: on}}
    priority: 12
  - id: seen-{c}{n}
    triggers: [{{change: {c}{n}_thermostat.setpoint}}, {{every: 20s}}]
    actions: [{{delay: 3s}}, {{set: {{{c}{n}_thermostat.setpoint: 21}}}}]
"""


@dataclass(slots=True)
class Stand:
    """A protocol server and the door before it."""

    name: str
    simulator: Simulator
    proxy: MeanProxy
    tls: SSLContext | None
    faults: Sequence[str]
    """Those that it can be told, as texts."""


@dataclass(slots=True)
class Soak:
    """A run of it: where it is, what came of it so far."""

    folder: Path
    dice: random.Random
    stands: Sequence[Stand] = ()
    began: float = field(default_factory=time.monotonic)
    samples: list[Sample] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    """What was done, and what was answered."""
    lines: Counter[str] = field(default_factory=Counter)
    """Of the log, by level."""
    complaints: list[str] = field(default_factory=list)
    settings: dict[str, object] = field(default_factory=lambda: {"timeout": 800, "host": "127.0.0.1"})

    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """What goes on beside."""

    def begin(self, work: Coroutine[object, object, None], name: str) -> None:
        """Let something go on beside."""
        task = asyncio.create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    @property
    def journal(self) -> Path:
        """The service's."""
        return self.folder / "interlock.sqlite"

    @property
    def passed_s(self) -> float:
        """Since it began."""
        return time.monotonic() - self.began

    def write_site(self, **settings: object) -> None:
        """Write the site file, which the service takes over by itself."""
        self.settings |= settings
        ports = {stand.name: stand.proxy.port for stand in self.stands} or dict.fromkeys(STANDS, 1)
        thinknx = [(c, n) for c in ("local", "cloud") for n in range(ROOMS)]
        devices = "".join(DEVICES.format(c=c, n=n) for c, n in thinknx)
        devices += "".join(FOUNTEN_DEVICES.format(n=n) for n in range(ROOMS))
        watch = [f"{c}{n}_thermostat" for c, n in thinknx] + [f"founten{n}" for n in range(ROOMS)]
        text = SITE.format(**ports, **self.settings, devices=devices, watch=", ".join(watch))
        _write_whole(self.folder / "site.yaml", text)

    def write_rules(self, limit: float, *, is_broken: bool = False) -> None:
        """Write the rules with another limit in them, or with an error."""
        each = (RULES.format(c=c, n=n, limit=limit) for c in ("local", "cloud") for n in range(ROOMS))
        text = "rules:\n" + "".join(one.replace("\nrules:\n", "") for one in each)
        _write_whole(self.folder / "rules.yaml", text + ("\n  - id: [unfinished\n" if is_broken else ""))


STANDS = ("local", "cloud", "founten")


NEEDS = {"latency": "300ms", "dead": "", "refused": "3s", "429": "2"}
"""The arguments of faults; those without a text are left out."""


REFUSING = {"403", "success-0", "garbled"}
"""What may be taken for refused credentials: a connection is not asked again until its settings change."""


def _write_whole(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


async def set_up(soak: Soak) -> None:
    """Write the site, and start its servers."""
    (soak.folder / "secrets.yaml").touch(mode=0o600)
    (soak.folder / "secrets.yaml").write_text(f"it: {SECRET}\n", encoding="utf-8")
    tls = issue_loopback_tls(soak.folder / "ca.pem")
    soak.write_rules(24)
    soak.write_site()
    site = load_devices(soak.folder / "site.yaml")
    stands = []
    for name in STANDS:
        targets = [each for each in site.targets.values() if each.device.connection == name]
        kind = FountenSimulator if name == "founten" else ThinknxSimulator
        faults = FOUNTEN_FAULTS if name == "founten" else THINKNX_FAULTS
        server = kind(site.connections[name].settings, targets)
        if isinstance(server, ThinknxSimulator):
            server.pace.reaction_s = 0.01
        stand = Stand(name, server, MeanProxy(), None if name == "local" else tls, _texts(faults))
        url = await server.start("127.0.0.1", 0, stand.tls)
        stand.proxy.upstream = urlsplit(url).port or 0
        await stand.proxy.start()
        stands.append(stand)
    soak.stands = stands
    soak.write_site()


def _texts(faults: Sequence[FaultKind]) -> Sequence[str]:
    names = [fault.name for fault in faults]
    return [f"{name}:{NEEDS[name]}" if NEEDS.get(name) else name for name in names if NEEDS.get(name) != ""]


async def make_trouble(soak: Soak) -> None:
    """Let one server after another fail, for some seconds, in a way that is drawn."""
    while True:
        await asyncio.sleep(soak.dice.uniform(0.5, 4))
        stand = soak.dice.choice(soak.stands)
        if stand.proxy.mood or soak.happened[f"busy {stand.name}"]:
            continue
        soak.happened[f"busy {stand.name}"] = 1
        soak.begin(_fail(soak, stand), "trouble")


async def _fail(soak: Soak, stand: Stand) -> None:
    how = soak.dice.choice([*stand.faults, *MOODS, *MOODS])
    lasts_s = soak.dice.choice([0.5, 2, 5, 10])
    soak.happened["faults"] += 1
    try:
        if how in MOODS:
            await stand.proxy.be(how)
        else:
            stand.simulator.add_fault(how)
        await asyncio.sleep(lasts_s)
    finally:
        await heal(stand)
        if how in REFUSING:
            soak.write_site(timeout=soak.dice.choice([700, 800, 900]))
        soak.happened[f"busy {stand.name}"] = 0


async def heal(stand: Stand) -> None:
    """Let a server be well again."""
    await stand.proxy.be("")
    stand.simulator.clear_faults()  # type: ignore[attr-defined]


async def live(soak: Soak) -> None:
    """Let values change, as the building and hands do."""
    while True:
        await asyncio.sleep(soak.dice.uniform(0.05, 0.5))
        c, n = soak.dice.choice(("local", "cloud")), soak.dice.randrange(ROOMS)
        stand = next(each for each in soak.stands if each.name == c)
        if soak.dice.random() < 0.2:
            stand.simulator.set_value(Point(f"{c}{n}_lamp.power"), soak.dice.random() < 0.5)
        else:
            warm = round(soak.dice.uniform(18, 28), 1)
            stand.simulator.set_value(Point(f"{c}{n}_thermostat.actualtemp"), warm)


async def operate(soak: Soak) -> None:
    """Command, hold, release, run and look, as people do."""
    while True:
        await asyncio.sleep(soak.dice.uniform(0.5, 3))
        c, n = soak.dice.choice(("local", "cloud")), soak.dice.randrange(ROOMS)
        lamp = f"{c}{n}_lamp.power"
        questions = (
            (SendCommand(point=lamp, value="true", holds=True, priority=8), Sent),
            (SendCommand(point=f"{c}{n}_scene.scenelaunch", value='"launch"'), Sent),
            (ReleasePoint(point=lamp), Done),
            (RunRule(rule=f"seen-{c}{n}"), Began),
            (Evaluate(text=f"{c}{n}_thermostat.actualtemp > 20"), Computed),
            (ListClaims(), Claims),
            (ListPoints(), Points),
            (ListRules(), Rules),
            (AskStatus(), Status),
        )
        question, answer = soak.dice.choice(questions)
        try:
            await ask(soak.journal, question, answer)
            soak.happened[f"answered {question.what}"] += 1
        except InterlockError as error:
            soak.happened[f"refused {question.what}: {re.sub(r'[0-9]+', 'N', str(error))[:60]}"] += 1


async def edit(soak: Soak) -> None:
    """Edit rules and settings, also wrongly, and mend them."""
    while True:
        await asyncio.sleep(soak.dice.uniform(3, 25))
        match soak.dice.randrange(4):
            case 0:
                soak.write_rules(soak.dice.choice([22, 24, 26]), is_broken=True)
                await asyncio.sleep(3)
                soak.write_rules(24)
            case 1:
                soak.write_site(host="nowhere.invalid")
                await asyncio.sleep(5)
                soak.write_site(host="127.0.0.1")
            case 2:
                soak.write_rules(soak.dice.choice([22, 24, 26]))
            case _:
                # Also lets a connection be asked again whose credentials were refused.
                soak.write_site(timeout=soak.dice.choice([700, 800, 900]))
        soak.happened["edits"] += 1
