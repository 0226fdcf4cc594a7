"""What other engines take for the rules of `bench/rules.py`, each in an environment of its own.

An environment is named by its interpreter; what is not named is left out:

    python3.13 -m venv ha && ha/bin/pip install homeassistant
    HOME_ASSISTANT=ha/bin/python python bench/peers.py [--rules N] [--rounds N] [--json FILE]

Engines run on other versions of Python than ours, so each is compared with bare lambdas in its own. Ours is
measured in turn with it, its journal in memory. Home Assistant's automations have a numeric_state trigger and
call a service that notes the call; its states are set directly, without an integration.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from harness import Better, Findings, parser_for, ratio, row, tell
from rules import make_batches, make_rules, make_site, run_limit, run_with

HERE = Path(__file__).parent
INTERPRETER = "HOME_ASSISTANT"
"""The variable of the environment that names the interpreter with Home Assistant."""


def ask_home_assistant(given: argparse.Namespace) -> dict[str, float]:
    """Return what a process with Home Assistant says.

    Raises:
        SystemExit: it did not come to its end.
    """
    sizes = (str(given.rules), str(given.points), str(given.batches))
    command = (os.environ[INTERPRETER], HERE / "peer_home_assistant.py", *sizes)
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"Home Assistant ended with {ended.returncode}: {ended.stderr[-500:]}")
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def measure(given: argparse.Namespace) -> Findings:
    """Return what was found; ours and theirs take turns."""
    site = make_site(given.points)
    rules = make_rules(site, given.rules, given.points)
    batches = make_batches(given.points, given.batches)
    ours: list[tuple[float, float]] = []
    theirs: list[dict[str, float]] = []
    for _ in range(given.rounds):
        limit_s, _ = run_limit(given.rules, given.points, batches)
        took_s, _ = run_with("memory", site, rules, batches)
        ours.append((limit_s, took_s))
        theirs.append(ask_home_assistant(given))
    return found(given, ours, theirs)


def found(
    given: argparse.Namespace, ours: Sequence[tuple[float, float]], theirs: Sequence[dict[str, float]]
) -> Findings:
    """Return the rows of what both took."""
    readings = given.points * given.batches
    seconds = [each["seconds"] for each in theirs]
    shares = [limit / took for limit, took in ours], [each["limit_s"] / each["seconds"] for each in theirs]
    return Findings(
        about={"rules": given.rules, "points": given.points, "readings": readings},
        rows=[
            ratio("Interlock's share of the limit to Home Assistant's", *shares, better=Better.HIGHER),
            row("Interlock: share of the limit", shares[0], "ratio", better=Better.HIGHER),
            row("Home Assistant: share of the limit", shares[1], "ratio", better=Better.HIGHER),
            row("Interlock: a reading", [took / readings * 1e6 for _, took in ours], "µs"),
            row("Home Assistant: a change of a state", [each / readings * 1e6 for each in seconds], "µs"),
            row("Home Assistant: load", [each["load_s"] for each in theirs], "s"),
            row("Home Assistant: memory of the process", [each["mb"] for each in theirs], "MB"),
        ],
    )


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=3)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--batches", type=int, default=20)
    given = parser.parse_args()
    if INTERPRETER not in os.environ:
        parser.error(f"{INTERPRETER} names no interpreter with Home Assistant: see the head of this file")
    tell(measure(given), given.json)


if __name__ == "__main__":
    main()
