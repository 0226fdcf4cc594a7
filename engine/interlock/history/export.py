"""Readings as a table in a file: CSV, or Parquet where that is installed.

Rows go through some thousands at once: a year takes no more memory than an hour.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import IO, TypeAlias
from zoneinfo import ZoneInfo

from interlock.history.values import exact
from interlock.model import Reading

Rows: TypeAlias = Iterable[tuple[datetime, Reading]]
"""Readings with the instants at which they became so, in order."""
COLUMNS = ("at", "point", "value", "quality", "reason")
_ROWS_AT_ONCE = 20_000


def write_csv(rows: Rows, zone: ZoneInfo, file: IO[bytes]) -> int:
    """Write readings as a table that `interlock replay --csv` takes; return how many.

    Args:
        rows: The readings.
        zone: Of the times that are written, each with its offset.
        file: Where to.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    try:
        table = csv.writer(text, lineterminator="\n")
        table.writerow(COLUMNS)
        count = 0
        for at, reading in rows:
            count += 1
            value = "" if reading.value is None else exact(reading.value)
            time = at.astimezone(zone).isoformat()
            table.writerow((time, reading.point, value, reading.quality.value, reading.reason))
        text.flush()
    finally:
        text.detach()
    return count


def write_parquet(rows: Rows, zone: ZoneInfo, file: IO[bytes]) -> int:
    """Write readings as a Parquet file, with numbers in a column of their own; return how many.

    Raises:
        ReportFailed: the extra `parquet` is not installed.
    """
    # Only those who ask for it need it, and pay for loading it.
    from interlock.history.parquet import ParquetFile

    count, source = 0, iter(rows)
    with ParquetFile(file, zone.key) as table:
        while some := list(islice(source, _ROWS_AT_ONCE)):
            table.write(some)
            count += len(some)
    return count
