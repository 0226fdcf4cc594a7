"""Draws docs/demo.svg: what a terminal shows of `interlock demo --fast`, around the firing and at the end.

.venv/bin/python docs/draw_demo.py
"""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 118
PICTURE = Path(__file__).with_name("demo.svg")


def run_in_terminal() -> str:
    """Return everything that the demo writes to a terminal of `COLUMNS` columns, colors included."""
    program = Path(sys.executable).parent / "interlock"
    parent, child = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [program, "demo", "--fast"], stdin=child, stdout=child, stderr=child, env=environment
    )
    os.close(child)
    output = io.BytesIO()
    while True:
        try:
            output.write(os.read(parent, 65536))
        except OSError:
            break
    if process.wait():
        raise SystemExit("the demo failed")
    return output.getvalue().decode().replace("\r\n", "\n")


def draw(lines: list[str]) -> str:
    """Return the lines as a picture of a terminal that names no font from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in lines:
        text = Text.from_ansi(line)
        text.truncate(COLUMNS, overflow="ellipsis")
        console.print(text, no_wrap=True)
    svg = console.export_svg(title="interlock demo")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    # Some viewers drop blanks at the beginning of a text unless they are told not to.
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    return svg.replace("Fira Code, monospace", "monospace")


def main() -> None:
    """Run the demo and draw it."""
    lines = run_in_terminal().splitlines()
    fires = next(number for number, line in enumerate(lines) if "fires" in line)
    tables = next(
        number for number, line in enumerate(lines) if Text.from_ansi(line).plain.strip() == "commands"
    )
    shown = [*lines[:1], "…", *lines[fires - 4 : fires + 18], "…", *lines[tables:]]
    PICTURE.write_text(draw(shown), encoding="utf-8")


if __name__ == "__main__":
    main()
