"""What a model sees of a table: numbers as they are, text and truth values as one-hot features or codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remedy.config.experiment import Data
from remedy.data.columns import class_labels, holds_categories, quantities
from remedy.data.dataset import ONLY_INPUT, Inputs
from remedy.data.table import Table
from remedy.data.wording import listed, quoted
from remedy.errors import ConfigError, DataError

_MOST_LABELS = 50
_SHOWN_LABELS, _SHOWN_COLUMNS = 3, 5
_IF_TEXT = (
    "mend the cell, name the numeric columns under data.features, or the column under data.categorical if it "
    "holds labels"
)
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2}.*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}.*")


@dataclass(frozen=True)
class Features:
    """The features of every row of a table.

    Attributes:
        columns: of the table that they come from.
        names: one per column of `values`, then one per entry of `codes`.
        values: float64 `(rows, features)`; missing cells are NaN.
        codes: int64 `(rows,)` each: columns that are inputs of their own, by name.
        notes: what was chosen without being asked for.
    """

    columns: tuple[str, ...]
    names: tuple[str, ...]
    values: NDArray[np.float64]
    codes: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def take(self, rows: NDArray[np.int64]) -> Inputs:
        """The X of some samples.

        Args:
            rows: of each sample, int64 `(samples,)`, or `(samples, length)` for windows.

        Returns:
            float64 `(*rows.shape, features)`; if there are codes, a mapping in which they stand beside it,
            int64 `(samples, 1)` or `(samples, length)`.
        """
        values = self.values[rows]
        if not self.codes:
            return values
        places = rows if rows.ndim == 2 else rows[:, np.newaxis]
        inputs = {name: codes[places] for name, codes in self.codes.items()}
        return {ONLY_INPUT: values} | inputs if self.values.shape[1] else inputs


def read_features(table: Table, data: Data) -> Features:
    """Read the feature columns.

    Args:
        table: the source.
        data: the data section; its `categorical` says what becomes of text, or of single columns.

    Raises:
        ConfigError: `categorical` names a column that is no feature.
        DataError: a cell is infinite, a label is missing, or a column holds so many labels that one-hot
            encoding is hardly meant.
    """
    columns, source_note = _choose_columns(data, table)
    notes = [source_note] if source_note else []
    names: list[str] = []
    values: list[NDArray[np.float64]] = []
    codes: dict[str, NDArray[np.int64]] = {}
    missing: dict[str, int] = {}
    for column in columns:
        encoding = _encoding(data, table, column)
        if encoding == "number":
            cells = quantities(table, column, _IF_TEXT)
            missing[column] = int(np.isnan(cells).sum())
            names.append(column)
            values.append(cells)
            continue
        indices, labels = class_labels(
            table,
            column,
            f"take {quoted(column)} out of data.categorical",
            without=f"leave the column out: data.categorical: {{{column}: drop}}",
        )
        if encoding == "integer":
            codes[column] = indices
            notes.append(_integer_note(column, labels))
            continue
        encoded = [f"{column}={label}" for label in labels]
        if encoding == "default":
            _check_labels(table, column, labels)
            what = "truth values" if pd.api.types.is_bool_dtype(table.frame[column]) else "text"
            notes.append(_one_hot_note(column, what, encoded))
        names += encoded
        values += list((indices == np.arange(len(labels))[:, np.newaxis]).astype(np.float64))
    if values and ONLY_INPUT in codes:
        raise DataError(
            f"{table.named(ONLY_INPUT)} cannot be an input of its own, since the input of the other features "
            "has that name; rename the column"
        )
    notes += _missing_note(missing)
    matrix = np.column_stack(values) if values else np.empty((len(table), 0))
    return Features(tuple(columns), (*names, *codes), matrix, codes, tuple(notes))


def _choose_columns(data: Data, table: Table) -> tuple[list[str], str | None]:
    """The feature columns, and a note if it is not plain where they come from."""
    encodings = data.categorical if isinstance(data.categorical, dict) else {}
    table.require(list(encodings), "data.categorical")
    taken = {*data.target, data.time, data.group}
    others = [str(column) for column in table.frame.columns if column not in taken]
    note = None
    columns = data.features or others
    if not columns and data.window is not None:
        columns = data.target
        note = f"Features: the past of {', '.join(map(quoted, columns))}, since there is no other column."
    for column in encodings:
        if column not in columns:
            raise ConfigError(
                f"data.categorical names {quoted(column)}, which is no feature; remove it there"
            )
    kept = [column for column in columns if encodings.get(column) != "drop"]
    if not kept:
        raise DataError(
            f"{table.name} has no column left to predict {', '.join(map(quoted, data.target))} from; "
            "add feature columns, or set data.window to predict a series from its past"
        )
    return kept, note


def _encoding(data: Data, table: Table, column: str) -> Literal["number", "integer", "one_hot", "default"]:
    if isinstance(data.categorical, dict) and column in data.categorical:
        return "integer" if data.categorical[column] == "integer" else "one_hot"
    if not holds_categories(table, column):
        return "number"
    return data.categorical if isinstance(data.categorical, str) else "default"


def _check_labels(table: Table, column: str, labels: tuple[str, ...]) -> None:
    """Refuse to one-hot encode unasked what is hardly meant to be: times, names, numbers of invoices."""
    choose = f"set data.categorical: {{{column}: one_hot}} (or integer, or drop)"
    if all(_DATE.fullmatch(label) for label in labels):
        raise DataError(
            f"{table.named(column)} holds dates, which are neither numbers nor categories; name it in "
            f"data.time, or {choose}"
        )
    if len(labels) > _MOST_LABELS:
        raise DataError(
            f"{table.named(column)} holds text with {len(labels)} different labels, too many to one-hot "
            f"encode unasked; {choose}"
        )


def _one_hot_note(column: str, what: str, encoded: list[str]) -> str:
    shown = listed(encoded, _SHOWN_LABELS)
    count = f"{len(encoded)} feature{'s' if len(encoded) > 1 else ''}"
    return (
        f"Column {quoted(column)} holds {what}: one-hot encoded into {count} ({shown}); "
        "set data.categorical to change that."
    )


def _integer_note(column: str, labels: tuple[str, ...]) -> str:
    meanings = listed((f"{code}: {label}" for code, label in enumerate(labels)), _SHOWN_LABELS)
    return (
        f"Column {quoted(column)} is an input of its own, named {quoted(column)}, of integers from 0 to "
        f"{len(labels) - 1} ({meanings})."
    )


def _missing_note(missing: Mapping[str, int]) -> list[str]:
    counts = {column: count for column, count in missing.items() if count}
    reach = "they reach the model as NaN unless the fix imputation fills them in."
    if not counts:
        return []
    if len(counts) == 1:
        [(column, count)] = counts.items()
        return [f"Column {quoted(column)} has {count} missing cell{'s' if count > 1 else ''}; {reach}"]
    shown = listed((f"{quoted(column)} ({count})" for column, count in counts.items()), _SHOWN_COLUMNS)
    return [f"Columns {shown} have missing cells; {reach}"]
