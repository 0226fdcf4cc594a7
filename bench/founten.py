"""What an answer of Founten with 500 thermostats costs: one request, from the body to a value for each point.

The driver reads them once from the bundled server, over real HTTP, so that its requests are counted; what is
timed begins with the body of such an answer, which takes the same way again. The limit is
the XML parser of Python's library that makes a tree of the same body, and understands nothing.

    python bench/founten.py [--thermostats N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import httpx
from harness import Findings, at_least, in_turn, parser_for, ratio, row, tell

from interlock import Context, DriverError, HttpReply, Limits, Point, Target, Value
from interlock.service.loading import load
from interlock_founten.driver import Founten
from interlock_founten.settings import FountenSettings
from interlock_founten.simulator.server import FountenSimulator
from interlock_founten.thermostats import Census, get_call, read_points
from interlock_founten.wire import Call, judge

SITE = """
site: {{name: Shops, timezone: Europe/Rome}}
connections:
  shop: {{driver: founten, url: "http://127.0.0.1", username: a@b.c, password: "1234"}}
watch: [{points}]
devices:
{devices}
"""
DEVICE = "  shop{n}: {{connection: shop, type: thermostat, name: Shop {n}}}\n"
POINTS = ("temperature", "coolSetting", "system")
"""Of each thermostat."""
MOST_MS = 5.0
AGAIN = 10
"""A body is parsed so often in a round."""


def make_targets(thermostats: int) -> tuple[FountenSettings, Sequence[Target]]:
    """Return a connection and the points of so many thermostats."""
    names = [f"shop{n}.{name}" for n in range(thermostats) for name in POINTS]
    devices = "".join(DEVICE.format(n=n) for n in range(thermostats))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.yaml"
        path.write_text(SITE.format(points=", ".join(names), devices=devices), encoding="utf-8")
        site = load(path).site
    settings = site.connections["shop"].settings
    assert isinstance(settings, FountenSettings)
    return settings, [site.targets[point] for point in site.watch]


async def requests_of_a_read(settings: FountenSettings, targets: Sequence[Target]) -> int:
    """Return how many requests the driver makes to read all these points.

    Raises:
        SystemExit: one of them is no value.
    """
    simulator = FountenSimulator(settings, targets)
    url = await simulator.start("127.0.0.1", 0)
    there = settings.model_copy(update={"url": f"{url}/{settings.url.rpartition('/')[2]}"})
    driver = Founten(there, Context(limits=Limits(there), timezone=ZoneInfo("Europe/Rome")))
    await driver.open()
    answers = await driver.read(targets)
    await driver.close()
    await simulator.stop()
    refuse_faults(targets, answers)
    return len(simulator.requests)


def refuse_faults(targets: Sequence[Target], answers: Mapping[Point, Value | DriverError]) -> None:
    """Refuse answers that are not a value for each point.

    Raises:
        SystemExit: there is another one.
    """
    faults = [each for each in answers.values() if isinstance(each, DriverError)]
    if faults or len(answers) < len(targets):
        raise SystemExit(f"{len(answers)} of {len(targets)} points were answered: {faults[:1]}")


async def ask(settings: FountenSettings, targets: Sequence[Target], call: Call) -> bytes:
    """Return what a server answers to a call."""
    simulator = FountenSimulator(settings, targets)
    url = await simulator.start("127.0.0.1", 0)
    form = call.form(settings.username, settings.password.get_secret_value())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with httpx.AsyncClient(trust_env=False) as client:
        page = settings.url.rpartition("/")[2]
        reply = await client.post(f"{url}/{page}", content=form, headers=headers)
    await simulator.stop()
    return reply.content


def timed(work: Callable[[], object]) -> float:
    """Return the processor milliseconds that something takes."""
    began = time.process_time()
    for _ in range(AGAIN):
        work()
    return (time.process_time() - began) / AGAIN * 1000


def measure(given: argparse.Namespace) -> Findings:
    """Return what was found; the driver's code and the bare parser take turns."""
    settings, targets = make_targets(given.thermostats)
    call = get_call(targets, settings)
    body = asyncio.run(ask(settings, targets, call))
    reply = HttpReply(status=200, body=body)
    items = judge(reply, call).items
    refuse_faults(targets, read_points(targets, Census(items), settings))
    took = in_turn(
        given.rounds,
        parse=lambda: timed(lambda: judge(reply, call)),
        decode=lambda: timed(lambda: read_points(targets, Census(items), settings)),
        bare=lambda: timed(lambda: ElementTree.fromstring(body)),
    )
    return Findings(
        about={
            "thermostats": given.thermostats,
            "points": len(targets),
            "bytes": len(body),
            "requests": asyncio.run(requests_of_a_read(settings, targets)),
        },
        rows=[
            ratio("parse to a bare parser", took["parse"], took["bare"]),
            ratio("values to a bare parser", took["decode"], took["bare"]),
            row("parse", took["parse"], "ms", limit=MOST_MS),
            row("values of the points", took["decode"], "ms"),
            row("bare parser", took["bare"], "ms"),
        ],
    )


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=9)
    parser.add_argument("--thermostats", type=at_least(1), default=500)
    given = parser.parse_args()
    tell(measure(given), given.json)


if __name__ == "__main__":
    main()
