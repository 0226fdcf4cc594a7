"""What ansible-rulebook's engine costs; `bench/peers.py` starts it in an environment that has it.

Rules are given to the engine as its parser hands them on: the parser takes longer for them than all the rest.
Each is true of an event, whatever came before.

PYTHON bench/peer_ansible_rulebook.py RULES POINTS BATCHES
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ansible_rulebook.json_generator import visit_ruleset
from ansible_rulebook.rules_parser import parse_rule_sets
from drools import ruleset as drools
from drools.exceptions import MessageNotHandledException
from drools.rule import Rule
from peer_rules import THRESHOLD, make_batches, run_limit, tell

NAME = "bench"


def parse_rule() -> tuple[str, float]:
    """Return what the engine is given for the first rule, as JSON, and the seconds that parsing it takes."""
    condition = f'event.point == "room0" and event.temperature > {THRESHOLD}'
    rule = {"name": "cool-0", "condition": condition, "action": {"none": {}}}
    source = {"name": NAME, "hosts": "all", "sources": [], "rules": [rule]}
    began = time.process_time()
    [parsed] = parse_rule_sets([source], {})
    made = visit_ruleset(parsed, {})["RuleSet"]
    return json.dumps(made["rules"][0]), time.process_time() - began


def load(rules: int, points: int, first: str, note: Callable[[object], None]) -> None:
    """Give the engine rules like the first one, each with its name, its point and its limit."""
    texts = (
        first.replace("cool-0", f"cool-{n}")
        .replace('"room0"', f'"room{n % points}"')
        .replace(str(THRESHOLD), str(THRESHOLD + n // points))
        for n in range(rules)
    )
    head = {"name": NAME, "hosts": ["all"], "sources": []}
    text = f'{json.dumps(head)[:-1]}, "rules": [{", ".join(texts)}]}}'
    ruleset = drools.Ruleset(name=NAME, serialized_ruleset=text)
    for n in range(rules):
        ruleset.add_rule(Rule(name=f"cool-{n}", callback=note))


def post(batches: list[list[float]]) -> None:
    """Give the engine an event for each reading, as its runner does."""
    for batch in batches:
        for n, value in enumerate(batch):
            with suppress(MessageNotHandledException):
                drools.post(NAME, {"point": f"room{n}", "temperature": value})


def find_java() -> None:
    """Say where the Java machine is, where nobody did: the engine looks for no command."""
    java = shutil.which("java")
    if java:
        os.environ.setdefault("JAVA_HOME", str(Path(java).resolve().parents[1]))


def main() -> None:
    """Measure, and print one line of JSON."""
    find_java()
    logging.disable(logging.CRITICAL)
    rules, points, count = map(int, sys.argv[1:4])
    batches = make_batches(points, count)
    limit_s = run_limit(rules, points, batches)
    first, parse_s = parse_rule()
    sent: list[object] = []
    began = time.process_time()
    load(rules, points, first, sent.append)
    load_s = time.process_time() - began
    began = time.process_time()
    post(batches)
    seconds = time.process_time() - began
    tell({"seconds": seconds, "load_s": load_s, "sent": len(sent), "parse_s": parse_s}, limit_s)
    sys.stdout.flush()
    # Its Java machine would not end by itself.
    os._exit(0)


if __name__ == "__main__":
    main()
