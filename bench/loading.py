"""How long 10,000 rules of 12 lines take to load with all checks, against the YAML parser alone.

The limit is ruamel.yaml's C parser that composes the same text, marks and all, and understands nothing. Each
loading happens in a process of its own, so that the memory said is that of one.

    python bench/loading.py [--rules N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import Findings, parser_for, ratio, row, tell

MOST_RATIO = 3.0
"""Times the bare parser."""
MOST_MB = 200.0
ROOMS = 1000
HEAD = """
site: {name: Campus, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: localhost, poll: 1m}
include: [rules.yaml]
devices:
"""
DEVICES = """
  room{n}_thermostat: {{connection: house, type: thermostat, guid: T{n}}}
  room{n}_window: {{connection: house, type: light, guid: W{n}}}
  room{n}_ac: {{connection: house, type: hvac, guid: A{n}}}
"""
RULE = """
  - id: cool-{x}
    description: Cool room {n} while somebody can feel it, beyond {limit} degrees
    triggers:
      - becomes: room{n}_thermostat.actualtemp > {limit}
        for: 5m
    condition: not room{n}_window.power and between('07:30', '18:30')
    actions:
      - set:
          room{n}_ac.hvacpower: on
          room{n}_ac.hvacmode: cooling
      - delay: 10m
      - set: {{room{n}_ac.hvacpower: off}}
"""
PARSE = "parse"
LOAD = "load"


def write_site(folder: Path, rules: int) -> Path:
    """Write a site of so many rules, and return its file."""
    rooms = min(rules, ROOMS)
    devices = "".join(DEVICES.format(n=n) for n in range(rooms))
    text = "".join(RULE.format(x=x, n=x % rooms, limit=24 + x // rooms * 0.5) for x in range(rules))
    (folder / "rules.yaml").write_text("rules:" + text, encoding="utf-8")
    site = folder / "site.yaml"
    site.write_text(HEAD + devices, encoding="utf-8")
    return site


def parse(site: Path) -> int:
    """Compose the file of the rules, and return how many there are."""
    from ruamel.yaml.cyaml import CSafeLoader

    text = (site.parent / "rules.yaml").read_text(encoding="utf-8")
    return len(CSafeLoader(text).get_single_node().value[0][1].value)


def load(site: Path) -> int:
    """Load the site, and return how many rules there are."""
    from interlock.service.loading import load as load_site

    loaded = load_site(site)
    assert not loaded.warnings, loaded.warnings[0]
    return len(loaded.rules)


def work(what: str, site: Path) -> None:
    """Do one of both in this process, and print what it took."""
    # What is imported at the first use is no cost of a rule.
    with tempfile.TemporaryDirectory() as folder:
        small = write_site(Path(folder), 1)
        {PARSE: parse, LOAD: load}[what](small)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    found = {PARSE: parse, LOAD: load}[what](site)
    took = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": took, "found": found, "mb": peak / 1024, "own_mb": (peak - before) / 1024}))


def in_a_process(what: str, site: Path) -> dict[str, float]:
    """Return what a process of its own says of its work."""
    done = subprocess.run(
        [sys.executable, __file__, "--work", what, str(site)],
        check=True,
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )
    return dict(json.loads(done.stdout))


def measure(rules: int, rounds: int) -> Findings:
    """Return what was found; in each round the parser and the loading take turns."""
    said: list[tuple[dict[str, float], dict[str, float]]] = []
    with tempfile.TemporaryDirectory() as folder:
        site = write_site(Path(folder), rules)
        for _ in range(rounds):
            bare, whole = in_a_process(PARSE, site), in_a_process(LOAD, site)
            if not bare["found"] == whole["found"] == rules:
                raise SystemExit(f"{bare['found']} rules were parsed, {whole['found']} loaded")
            said.append((bare, whole))
    parsing, loading = ([pair[which]["seconds"] for pair in said] for which in (0, 1))
    return Findings(
        about={"rules": rules, "lines_each": RULE.strip("\n").count("\n") + 1},
        rows=[
            ratio("to the bare parser", loading, parsing, limit=MOST_RATIO),
            row("bare parser", parsing, "s"),
            row("load", loading, "s"),
            row("load, a rule", [each / rules * 1000 for each in loading], "ms"),
            row("memory of the process", [whole["mb"] for _, whole in said], "MB", limit=MOST_MB),
        ],
    )


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=3)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.work[0], Path(given.work[1]))
        return
    tell(measure(given.rules, given.rounds), given.json)


if __name__ == "__main__":
    main()
