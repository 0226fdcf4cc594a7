"""Readings in a Parquet file. This is the only importer of pyarrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import IO, Self

from interlock.errors import ReportFailed
from interlock.history.values import exact
from interlock.model import Reading, Value

try:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter
except ImportError:
    raise ReportFailed("a Parquet file needs the extra parquet: pip install 'interlock[parquet]'") from None


class ParquetFile:
    """A table that is written in groups of rows, as a context.

    Args:
        file: Where to.
        zone: The IANA name of the zone that times are shown in.
    """

    def __init__(self, file: IO[bytes], zone: str) -> None:
        text = pa.string()
        word = pa.dictionary(pa.int32(), text)
        self._schema = pa.schema(
            [
                ("at", pa.timestamp("us", tz=zone)),
                ("point", word),
                ("value", text),
                ("number", pa.float64()),
                ("quality", word),
                ("reason", text),
            ]
        )
        self._writer = ParquetWriter(file, self._schema, compression="zstd")

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write the end, without which nothing can be read."""
        self._writer.close()

    def write(self, rows: Sequence[tuple[datetime, Reading]]) -> None:
        """Add a group of rows."""
        readings = [reading for _, reading in rows]
        columns = {
            "at": [at for at, _ in rows],
            "point": [str(each.point) for each in readings],
            "value": [None if each.value is None else exact(each.value) for each in readings],
            "number": [_number(each.value) for each in readings],
            "quality": [each.quality.value for each in readings],
            "reason": [each.reason for each in readings],
        }
        self._writer.write_table(pa.table(columns, schema=self._schema))


def _number(value: Value | None) -> float | None:
    """Return a number, and on as 1 and off as 0, to draw and to count with; None for all else."""
    return float(value) if isinstance(value, bool | int | float) else None
