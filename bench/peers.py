"""What other engines take for the rules of `bench/rules.py`, each in an environment of its own.

An environment is named by its interpreter, and an engine that has none is left out:

    python3.13 -m venv ha && ha/bin/pip install homeassistant
    apt-get install openjdk-17-jre-headless
    python3.11 -m venv ar && ar/bin/pip install ansible-rulebook
    HOME_ASSISTANT=ha/bin/python ANSIBLE_RULEBOOK=ar/bin/python python bench/peers.py \
        [--rules N …] [--points N] [--batches N] [--rounds N] [--json FILE]

Engines run on other versions of Python than ours, so each is compared with bare lambdas in its own. Ours is
measured in turn with them, its journal in memory. Each gets the changes of its points directly, without an
integration, and its actions do nothing but count:

- Home Assistant's automations have a numeric_state trigger and call a service.
- ansible-rulebook's rules look at one event, and none remembers the one before: each event above a limit is
  an action, where ours is one when the limit is passed. Its Java machine's time counts as well; that of its
  parser, which takes longer than all the rest, does not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from environments import PEERS, Peer
from harness import Better, Findings, Row, at_least, parser_for, ratio, row, tell
from rules import make_batches, make_rules, make_site, run_limit, run_with

HERE = Path(__file__).parent
OURS = "Interlock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an engine took in one round, and what lambdas did in its Python."""

    limit_s: float
    seconds: float
    load_s: float
    mb: float | None = None
    """Of the process; None for ours, which holds the benchmark as well."""

    @property
    def share(self) -> float:
        """How much of what Python can do at all it does."""
        return self.limit_s / self.seconds


def ask(peer: Peer, rules: int, given: argparse.Namespace) -> Taken:
    """Return what a process with another engine says.

    Raises:
        SystemExit: it did not come to its end.
    """
    command = (
        os.environ[peer.variable],
        HERE / peer.program,
        str(rules),
        str(given.points),
        str(given.batches),
    )
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise SystemExit(f"{peer.variable} names no interpreter: {error}") from error
    if ended.returncode:
        raise SystemExit(f"{peer.name} ended with {ended.returncode}: {ended.stderr[-500:]}")
    said = json.loads(ended.stdout.splitlines()[-1])
    return Taken(limit_s=said["limit_s"], seconds=said["seconds"], load_s=said["load_s"], mb=said["mb"])


def run_ours(rules: int, given: argparse.Namespace) -> Taken:
    """Return what ours takes for so many rules."""
    site, batches = make_site(given.points), make_batches(given.points, given.batches)
    began = time.process_time()
    made = make_rules(site, rules, given.points)
    load_s = time.process_time() - began
    limit_s, _ = run_limit(rules, given.points, batches)
    seconds, _ = run_with("memory", site, made, batches)
    return Taken(limit_s=limit_s, seconds=seconds, load_s=load_s)


def rows_of(rules: int, peers: Sequence[Peer], given: argparse.Namespace) -> Sequence[Row]:
    """Return what all take for so many rules, in turn."""
    took: dict[str, list[Taken]] = {name: [] for name in (OURS, *(peer.name for peer in peers))}
    for _ in range(given.rounds):
        took[OURS].append(run_ours(rules, given))
        for peer in peers:
            took[peer.name].append(ask(peer, rules, given))
    return found(rules, given.points * given.batches, took)


def found(rules: int, changes: int, took: Mapping[str, Sequence[Taken]]) -> Sequence[Row]:
    """Return the rows of what each took, by name."""
    ours = [each.share for each in took[OURS]]
    rows = [
        ratio(
            f"{rules:,} rules: {OURS}'s share of the limit to {name}'s",
            ours,
            [each.share for each in theirs],
            better=Better.HIGHER,
        )
        for name, theirs in took.items()
        if name != OURS
    ]
    for name, each in took.items():
        rows += _rows_of_one(f"{rules:,} rules, {name}", changes, each)
    return rows


def _rows_of_one(what: str, changes: int, took: Sequence[Taken]) -> Sequence[Row]:
    rows = [
        row(f"{what}: share of the limit", [each.share for each in took], "ratio", better=Better.HIGHER),
        row(f"{what}: changes", [changes / each.seconds for each in took], "/s", better=Better.HIGHER),
        row(f"{what}: load", [each.load_s for each in took], "s"),
    ]
    memory = [each.mb for each in took if each.mb is not None]
    return [*rows, row(f"{what}: memory of the process", memory, "MB")] if memory else rows


def measure(given: argparse.Namespace) -> Findings:
    """Return what was found of the engines that are there; say which are not."""
    for peer in PEERS:
        if not peer.is_there:
            print(f"{peer.name} is left out: {peer.variable} names no interpreter that has it")
    peers = [peer for peer in PEERS if peer.is_there]
    rows = [each for rules in given.rules for each in rows_of(rules, peers, given)]
    about = {"points": given.points, "changes": given.points * given.batches}
    return Findings(about=about, rows=rows)


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=2)
    parser.add_argument("--rules", type=at_least(1), nargs="+", default=[1000, 10_000])
    parser.add_argument("--points", type=at_least(1), default=1000)
    parser.add_argument("--batches", type=at_least(1), default=20)
    given = parser.parse_args()
    if not any(peer.is_there for peer in PEERS):
        names = " and ".join(peer.variable for peer in PEERS)
        parser.error(f"{names} name no interpreter with another engine: see the head of this file")
    tell(measure(given), given.json)


if __name__ == "__main__":
    main()
