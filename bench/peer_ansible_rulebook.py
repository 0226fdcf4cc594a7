"""What ansible-rulebook's engine costs; `bench/peers.py` starts it in an environment that has it.

PYTHON bench/peer_ansible_rulebook.py RULES POINTS BATCHES
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from ansible_rulebook.rule_generator import generate_rulesets
from ansible_rulebook.rule_types import EngineRuleSetQueuePlan, RuleSetQueue
from ansible_rulebook.rules_parser import parse_rule_sets
from drools import ruleset as drools
from drools.exceptions import MessageNotHandledException
from peer_rules import THRESHOLD, make_batches, run_limit, tell

NAME = "bench"


def make_rule(n: int, points: int) -> dict[str, object]:
    """Return the rule that stands for one of `bench/rules.py`, true of an event whatever came before."""
    condition = f'event.point == "room{n % points}" and event.temperature > {THRESHOLD + n // points}'
    return {"name": f"cool-{n}", "condition": condition, "action": {"none": {}}}


def load(rules: int, points: int) -> EngineRuleSetQueuePlan:
    """Return the engine's session with such rules, as a rulebook's text becomes one."""
    made = [make_rule(n, points) for n in range(rules)]
    parsed = parse_rule_sets([{"name": NAME, "hosts": "all", "sources": [], "rules": made}], {})
    [plan] = generate_rulesets([RuleSetQueue(parsed[0], None, {})], {}, "")
    return plan


def post(plan: EngineRuleSetQueuePlan, batches: list[list[float]]) -> int:
    """Give the engine an event for each reading, as its runner does; return how many actions it wants."""
    wanted = 0
    for batch in batches:
        for n, value in enumerate(batch):
            with suppress(MessageNotHandledException):
                drools.post(NAME, {"point": f"room{n}", "temperature": value})
            while not plan.plan.queue.empty():
                plan.plan.queue.get_nowait()
                wanted += 1
    return wanted


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
    began = time.process_time()
    plan = load(rules, points)
    load_s = time.process_time() - began
    began = time.process_time()
    sent = post(plan, batches)
    seconds = time.process_time() - began
    tell({"seconds": seconds, "load_s": load_s, "sent": sent}, limit_s)
    sys.stdout.flush()
    # Its Java machine would not end by itself.
    os._exit(0)


if __name__ == "__main__":
    main()
