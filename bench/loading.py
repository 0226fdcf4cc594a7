"""How long 10,000 rules of 12 lines take to load with all checks, against the YAML parser alone.

The limit is ruamel.yaml's C parser that composes the same texts, marks and all, and understands nothing,
while no garbage is looked for: loading looks for none either. Beside it stands the parser as Python runs it
unasked. Then one of the files is edited, and the site is loaded again. Each loading happens in a process of
its own, so that the memory said is that of one.

The rules are ten for each of a thousand rooms, as a campus has them, and differ in their room and a limit;
what is alike is understood once. So the same is measured where no two rules have an expression, a time or an
action in common, which is the most that a site of that size can cost. Beside them stands jinja2's parser
alone with their expressions, each of which it has to read.

    python bench/loading.py [--rules N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from harness import Findings, at_least, parser_for, ratio, row, tell

MOST_RATIO = 3.0
"""Times the bare parser."""
MOST_MB = 200.0
ROOMS = 1000
HEAD = """
site: {name: Campus, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: localhost, poll: 1m}
include: [rules/*.yaml]
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
        for: {hold}
    condition: {condition}
    actions:
      - set:
          room{n}_ac.hvacpower: on
          room{n}_ac.hvacmode: cooling
      - delay: {delay}
      - set: {{room{n}_ac.hvacpower: off}}
"""
CONDITIONS = (
    "not room{n}_window.power and between('07:30', '{time}')",
    "room{n}_window.power or room{n}_thermostat.actualtemp < {low} and room{n}_ac.hvacpower",
    "mean_over('room{n}_thermostat.actualtemp', '{hold}') > {low} and not room{n}_window.power",
    "is_true_for('not room{n}_window.power', '{hold}') and between('07:30', '{time}')",
)
"""What rules look at that have nothing in common."""
EXPRESSION = re.compile(r"(?:becomes|condition): (.*)")
RULES_A_FILE = 100
PARSE = "parse"
COLLECTED = "parse, collected"
LOAD = "load"
RELOAD = "reload"
PARSE_UNLIKE = "parse, unlike"
EXPRESSIONS_UNLIKE = "expressions, unlike"
LOAD_UNLIKE = "load, unlike"


def write_site(folder: Path, rules: int, rule: Callable[[int, int], str]) -> Path:
    """Write a site of so many rules, each of which stands for its number and its room; return its file."""
    rooms = min(rules, ROOMS)
    devices = "".join(DEVICES.format(n=n) for n in range(rooms))
    texts = [rule(x, x % rooms) for x in range(rules)]
    (folder / "rules").mkdir()
    for first in range(0, rules, RULES_A_FILE):
        text = "".join(texts[first : first + RULES_A_FILE])
        (folder / "rules" / f"{first:06}.yaml").write_text("rules:" + text, encoding="utf-8")
    site = folder / "site.yaml"
    site.write_text(HEAD + devices, encoding="utf-8")
    return site


def alike(x: int, n: int) -> str:
    """Return a rule that is the same in every room."""
    condition = f"not room{n}_window.power and between('07:30', '18:30')"
    return RULE.format(x=x, n=n, limit=24 + x // ROOMS * 0.5, hold="5m", condition=condition, delay="10m")


def unlike(x: int, n: int) -> str:
    """Return a rule that has nothing in common with another one."""
    hold, time_of_day = f"{x + 1}s", f"{10 + x // 3600 % 14}:{x // 60 % 60:02}:{x % 60:02}"
    low, limit = f"{18 + x / 10_000:g}", f"{24 + x / 10_000:g}"
    condition = CONDITIONS[x % len(CONDITIONS)].format(n=n, time=time_of_day, low=low, hold=hold)
    return RULE.format(x=x, n=n, limit=limit, hold=hold, condition=condition, delay=hold)


def parse(site: Path) -> int:
    """Compose the files of the rules, and return how many there are."""
    from ruamel.yaml.cyaml import CSafeLoader

    texts = [path.read_text(encoding="utf-8") for path in sorted(site.parent.glob("rules/*.yaml"))]
    trees = [CSafeLoader(text).get_single_node() for text in texts]
    return sum(len(tree.value[0][1].value) for tree in trees)


def parse_expressions(site: Path) -> int:
    """Let jinja2 read what the rules compare and ask, and return how many rules there are."""
    from jinja2 import Environment

    environment, texts = Environment(), [path.read_text("utf-8") for path in site.parent.glob("rules/*.yaml")]
    found = [expression for text in texts for expression in EXPRESSION.findall(text)]
    for each in found:
        environment.parse(f"{{{{ {each} }}}}")
    return len(found) // 2


def load(site: Path) -> int:
    """Load the site, and return how many rules there are."""
    from interlock.service.loading import load as load_site

    loaded = load_site(site)
    assert not loaded.warnings, loaded.warnings[0]
    return len(loaded.rules)


DONE: Mapping[str, Callable[[Path], int]] = {
    PARSE: parse,
    COLLECTED: parse,
    LOAD: load,
    PARSE_UNLIKE: parse,
    EXPRESSIONS_UNLIKE: parse_expressions,
    LOAD_UNLIKE: load,
}
BARE = (PARSE, PARSE_UNLIKE, EXPRESSIONS_UNLIKE)
"""What is timed while nothing looks for garbage."""
UNLIKE = (PARSE_UNLIKE, EXPRESSIONS_UNLIKE, LOAD_UNLIKE)


def timed(what: str, site: Path) -> tuple[float, int]:
    """Return the processor seconds that some work took, and how many rules it found."""
    done = edited(site) if what == RELOAD else DONE[what]
    gc.collect()
    if what in BARE:
        gc.disable()
    began = time.process_time()
    found = done(site)
    took = time.process_time() - began
    gc.enable()
    return took, found


def edited(site: Path) -> Callable[[Path], int]:
    """Load a site and edit one of its files; return what loads it again."""
    from interlock.service.loading import examine

    memory = examine(site).memory
    file = min(site.parent.glob("rules/*.yaml"))
    file.write_text(file.read_text(encoding="utf-8").replace("10m", "20m"), encoding="utf-8")
    return lambda path: len(examine(path, memory=memory).loaded.rules)


def work(what: str, site: Path) -> None:
    """Do one of these in this process, and print what it took."""
    # What is imported at the first use is no cost of a rule.
    with tempfile.TemporaryDirectory() as folder:
        timed(what, write_site(Path(folder), 1, alike))
    took, found = timed(what, site)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": took, "found": found, "mb": peak / 1024}))


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
    """Return what was found; in each round the parser and the loadings take turns."""
    whats = (*DONE, RELOAD)
    said: dict[str, list[dict[str, float]]] = {what: [] for what in whats}
    for what in whats * rounds:
        rule = unlike if what in UNLIKE else alike
        # A site of its own for each: a reload edits it.
        with tempfile.TemporaryDirectory() as folder:
            found = in_a_process(what, write_site(Path(folder), rules, rule))
        if found["found"] != rules:
            raise SystemExit(f"{what}: {found['found']} rules of {rules} were found")
        said[what].append(found)
    took = {what: [each["seconds"] for each in found] for what, found in said.items()}
    return Findings(
        about={"rules": rules, "lines_each": RULE.strip("\n").count("\n") + 1},
        rows=[
            ratio("to the bare parser", took[LOAD], took[PARSE], limit=MOST_RATIO),
            ratio("to the parser as Python runs it", took[LOAD], took[COLLECTED], note="with its collector"),
            ratio("reload to load", took[RELOAD], took[LOAD], note="one file of a hundred rules is edited"),
            row("bare parser", took[PARSE], "s"),
            row("load", took[LOAD], "s"),
            row("reload", took[RELOAD], "s"),
            row("load, a rule", [each / rules * 1000 for each in took[LOAD]], "ms"),
            row("memory of the process", [each["mb"] for each in said[LOAD]], "MB", limit=MOST_MB),
            row("memory, after a reload", [each["mb"] for each in said[RELOAD]], "MB"),
            ratio("no two rules alike: to the bare parser", took[LOAD_UNLIKE], took[PARSE_UNLIKE]),
            ratio(
                "no two rules alike: jinja2's parser alone, to the bare parser",
                took[EXPRESSIONS_UNLIKE],
                took[PARSE_UNLIKE],
            ),
            row("no two rules alike: load", took[LOAD_UNLIKE], "s"),
            row(
                "no two rules alike: memory of the process", [each["mb"] for each in said[LOAD_UNLIKE]], "MB"
            ),
        ],
    )


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=3)
    parser.add_argument("--rules", type=at_least(1), default=10_000)
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.work[0], Path(given.work[1]))
        return
    tell(measure(given.rules, given.rounds), given.json)


if __name__ == "__main__":
    main()
