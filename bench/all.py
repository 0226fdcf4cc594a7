"""Run the benchmarks, say what became better or worse since the kept results, and keep the new ones if asked.

Each runs in a process of its own, one after the other, and nothing else should run meanwhile.

    python bench/all.py [NAME …] [--keep]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from comparison import Results, Verdict, compare, read_results, results_of, write_results
from harness import Findings, from_json

FOLDER = Path(__file__).parent
QUICK: dict[str, Sequence[str]] = {
    "rules": (),
    "conditions": (),
    "loading": (),
    "polling": (),
    "founten": (),
    "schedules": (),
    "start": (),
    "idle": (),
    "growth": (),
    "simulate": (),
    "plant": (),
}
"""The benchmarks, and the options with which each takes about a minute or two at most."""
SLOW: dict[str, Sequence[str]] = {"peers": ()}
"""Those that run only where they are asked for."""


def run(name: str) -> Findings:
    """Run one benchmark, which prints what it finds; return that.

    Raises:
        SystemExit: it failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.json"
        program = FOLDER / f"{name}.py"
        began = time.monotonic()
        print(f"\n{name}", flush=True)
        ended = subprocess.run([sys.executable, program, *(QUICK | SLOW)[name], "--json", found], check=False)
        if ended.returncode:
            raise SystemExit(f"bench/{name}.py ended with {ended.returncode}")
        print(f"took {time.monotonic() - began:.0f} s", flush=True)
        return from_json(json.loads(found.read_text(encoding="utf-8")))


def tell(kept: Results, now: Results) -> None:
    """Print what became of each ratio."""
    print(f"\nagainst what was kept from Python {kept.python or '-'} on {kept.cores} cores:")
    counted: Counter[Verdict] = Counter()
    for verdict, line in compare(kept, now):
        counted[verdict] += 1
        print(line)
    print(", ".join(f"{number} {verdict}" for verdict, number in counted.items()))


def keep(kept: Results, now: Results) -> None:
    """Keep what was measured now, beside what was not, and draw the page."""
    # Only a run that keeps results draws, and needs the library for that.
    from page import write_page

    merged = replace(now, benches={**kept.benches, **now.benches})
    write_results(merged)
    write_page(merged)


def main() -> None:
    """Run, compare, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which; all of {', '.join(QUICK)} otherwise"
    )
    parser.add_argument("--keep", action="store_true", help="write bench/results.json and the page")
    given = parser.parse_args()
    if unknown := set(given.names) - (QUICK | SLOW).keys():
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    kept = read_results()
    load = os.getloadavg()[0]
    now = results_of({name: run(name) for name in given.names or QUICK}, load)
    tell(kept, now)
    if given.keep:
        keep(kept, now)


if __name__ == "__main__":
    main()
