"""Reading a Parquet file into a table that means what the same table means as text."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from remedy.data.table import Table
from remedy.data.wording import quoted
from remedy.errors import DataError
from remedy.inert import legible

_LONGEST_REASON = 200


def read_parquet(path: Path, content: bytes) -> Table:
    """Read a Parquet file.

    An index that pandas has saved is a column like any other, and left out if it has no name and only counts
    the rows. Empty text is a missing cell, as it is in a text file.

    Args:
        path: the file, for messages.
        content: its bytes.

    Raises:
        DataError: the file is cut off, encrypted or no Parquet file, or it has no rows.
    """
    name = path.name
    try:
        arrow = pq.read_table(io.BytesIO(content))
        arrow = arrow.drop_columns([field.name for field in arrow.schema if _only_counts(field)])
        columns = [_cells(column) for column in arrow.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = legible(" ".join(str(error).split())[:_LONGEST_REASON].rstrip("."))
        raise DataError(
            f"{name} cannot be read as a Parquet file ({reason}); if it is cut off, damaged or encrypted, "
            "export it again"
        ) from error
    header = arrow.column_names
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise DataError(f"{name} has two columns named {quoted(repeated[0])}; rename one of them")
    if not len(arrow):
        raise DataError(f"{name} has no data rows")
    frame = pd.DataFrame(dict(zip(header, columns, strict=True)))
    return Table(name, frame, hashlib.sha256(content).hexdigest())


def _only_counts(field: pa.Field) -> bool:
    """Whether a column is an index without a name that pandas has saved, and no more than numbers of rows."""
    return bool(re.fullmatch(r"__index_level_\d+__", field.name) and pa.types.is_integer(field.type))


def _cells(column: pa.ChunkedArray) -> pd.Series:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _cells(column.cast(kind.value_type))
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    cells: pd.Series = column.to_pandas()
    if pa.types.is_duration(kind):
        return cells.astype(object)
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return cells.where(cells != "") if is_text else cells
