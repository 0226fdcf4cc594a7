"""Run the benchmarks, say what became better or worse since the kept results, and keep the new ones if asked.

Each runs in a process of its own, one after the other, and nothing else should run meanwhile. One that fails
costs its own numbers alone: those of the others are told and kept, and the end says which failed, and why.
Results are kept as soon as they are there, so that Ctrl-C costs only what was not measured yet.
Other engines are measured beside ours where `bench/peers.py` is told where they are.

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from comparison import Results, Verdict, compare, missed, read_results, results_of, write_results
from environments import PEERS
from harness import Findings, from_json
from programs import QUICK, SLOW

FOLDER = Path(__file__).parent


class BenchmarkFailed(Exception):
    """A benchmark did not come to its end; the text says which, and why."""


def names_of(given: Sequence[str], *, keeps: bool) -> Sequence[str]:
    """Return the benchmarks that are asked for, or all that can run here: a year takes long, and is kept."""
    is_wanted = {"year": keeps, "peers": any(peer.is_there for peer in PEERS)}
    return given or [*QUICK, *(name for name in SLOW if is_wanted[name])]


def run(name: str) -> Findings:
    """Run one benchmark, which prints what it finds; return that.

    Raises:
        BenchmarkFailed: it could not begin, failed, or wrote nothing that is understood.
    """
    program, *options = {**QUICK, **SLOW}[name]
    began = time.monotonic()
    print(f"\n{name}", flush=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = _run(program, options, Path(folder) / "found.json")
    except OSError as error:
        raise BenchmarkFailed(f"bench/{program} cannot be run: {error}") from error
    print(f"took {time.monotonic() - began:.0f} s", flush=True)
    return found


def _run(program: str, options: Sequence[str], found: Path) -> Findings:
    command = (sys.executable, FOLDER / program, *options, "--json", found)
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    sys.stderr.write(ended.stderr)
    if ended.returncode:
        why = ended.stderr.strip().rpartition("\n")[2] or "it said nothing"
        raise BenchmarkFailed(f"bench/{program} ended with {ended.returncode}: {why}")
    return _read(program, found)


def _read(program: str, found: Path) -> Findings:
    try:
        return from_json(json.loads(found.read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BenchmarkFailed(f"bench/{program} wrote no results: {error}") from error


def run_each(
    names: Sequence[str], keep: Callable[[Mapping[str, Findings]], None]
) -> tuple[Mapping[str, Findings], Sequence[str]]:
    """Run benchmarks.

    Args:
        names: Which.
        keep: Is given what was found so far, each time that there is more.

    Returns:
        What each found that came to its end, and why the others did not.
    """
    found: dict[str, Findings] = {}
    failures: list[str] = []
    for place, name in enumerate(names):
        try:
            found[name] = run(name)
        except BenchmarkFailed as error:
            failures.append(str(error))
            print(f"{error}; going on with the others", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            failures += [f"{each} was not measured: interrupted" for each in names[place:]]
            break
        else:
            keep(found)
    return found, failures


def tell(kept: Results, now: Results) -> None:
    """Print what became of each ratio, and which limits are missed."""
    print(f"\nagainst what was kept from Python {kept.python or '-'} on {kept.cores} cores:")
    counted: Counter[Verdict] = Counter()
    for verdict, line in compare(kept, now):
        counted[verdict] += 1
        print(line)
    print(", ".join(f"{number} {verdict}" for verdict, number in counted.items()))
    for line in missed(now):
        print(line)


def merge(kept: Results, now: Results) -> Results:
    """Return what was measured now, beside what was not."""
    return replace(now, benches={**kept.benches, **now.benches})


def draw(results: Results) -> None:
    """Write the page."""
    # Only a run that keeps results draws, and needs the library for that; without it nothing is lost.
    from page import write_page

    write_page(results)


def main() -> None:
    """Run, compare, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"which; all of {', '.join(QUICK)} otherwise, the year with --keep, and peers where they are",
    )
    parser.add_argument("--keep", action="store_true", help="write bench/results.json and the page")
    given = parser.parse_args()
    if unknown := set(given.names) - {**QUICK, **SLOW}.keys():
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    kept = read_results()
    load = os.getloadavg()[0]

    def keep(found: Mapping[str, Findings]) -> None:
        if given.keep:
            write_results(merge(kept, results_of(found, load)))

    found, failures = run_each(names_of(given.names, keeps=given.keep), keep)
    now = results_of(found, load)
    tell(kept, now)
    if given.keep and found:
        draw(merge(kept, now))
    if failures:
        raise SystemExit("\n".join([f"{len(failures)} failed, and the kept numbers stay:", *failures]))


if __name__ == "__main__":
    main()
