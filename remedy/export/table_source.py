"""`load_data()` for tables: CSV and Parquet files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from remedy.config.experiment import Data
from remedy.data import Dataset
from remedy.data.dates import date_order, digits_of_numbers, form_of_numbers
from remedy.data.dialect import USUAL_DELIMITERS, find_delimiter
from remedy.data.table import Table
from remedy.data.table_file import read_table
from remedy.export.data_source import DataSource, window_function
from remedy.export.source import Expression, call, flat, followed, function, literal, statement
from remedy.export.table_splits import table_splits
from remedy.export.training import is_single

_OLD_PANDAS = re.match(r"(?:[012]|3\.0)\.", pd.__version__) is not None


def table_source(data: Data, dataset: Dataset) -> DataSource | None:
    """The code that reads a table, or `None` where it would be hard to read itself."""
    table = read_table(data.source)
    reading = _reading(data.source, table)
    blocks = data.window is not None and dataset.split_by == "random"
    if reading is None or blocks:
        return None
    if data.window is not None and data.group is not None and not is_single(dataset):
        return None
    return _Writer(data, dataset, table).source(reading)


def _reading(path: Path, table: Table) -> Expression | None:
    """The call of pandas that reads the same cells."""
    if path.suffix.lower() == ".parquet":
        for text, read in (
            ("pd.read_parquet(DATA)", pd.read_parquet),
            ("pd.read_parquet(DATA).reset_index()", lambda file: pd.read_parquet(file).reset_index()),
        ):
            if _same(read(path), table.frame):
                return text
        return None
    delimiter = find_delimiter(path.read_text(encoding="utf-8-sig"), USUAL_DELIMITERS[path.suffix.lower()])
    base: dict[str, Any] = {} if delimiter == "," else {"sep": delimiter}
    exact: dict[str, Any] = {"float_precision": "round_trip"} if _OLD_PANDAS else {}
    options = [base, base | exact, base | {"decimal": ","}, base | {"decimal": ","} | exact]
    for option in options:
        if _same(pd.read_csv(path, **option), table.frame):
            return call("pd.read_csv", "DATA", **{key: literal(value) for key, value in option.items()})
    return None


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return list(one.columns) == list(other.columns) and one.equals(other)


class _Writer:
    """Writes the functions for one table."""

    def __init__(self, data: Data, dataset: Dataset, table: Table) -> None:
        self._data = data
        self._dataset = dataset
        self._table = table
        self._constants: dict[str, Expression] = {"DATA": literal(str(data.source))}

    def source(self, reading: Expression) -> DataSource | None:
        names = self._names()
        encode, ordering, dates = self._encode(), self._ordering(), self._dates()
        if ordering and not encode and not dates:
            body = statement("table = ", followed(reading, ordering))
        else:
            body = [*statement("table = ", reading), *(["table = encode(table)"] if encode else []), *dates]
            body += [f"table = table{ordering}"] if ordering else []
        samples = self._sample_functions(names)
        if samples is None:
            return None
        parts = table_splits(self._data, self._dataset, self._table, samples[-1])
        body += parts.statements
        doc = "X and y of the training, validation and test samples, in their own units."
        functions = [*encode, *samples[:-1], function("load_data()", doc, body)]
        predicting = self._predicting("encode(table)" if encode else "table")
        constants = {**self._constants, **parts.constants}
        return DataSource(constants, functions, parts.arrays, predicting=predicting)

    def _predicting(self, rows: Expression) -> tuple[str, str]:
        """The function that predicts for rows of another table, and what it is for."""
        if self._data.window is None:
            doc = "Predictions for the rows of a table like that of the data; it needs no target."
            body = [f"return predict(inputs({flat(rows)}))"]
            return function(
                "predict_rows(table)", doc, body
            ), "`predict_rows(table)` for rows of another table"
        doc = "What comes after the last of a table's rows, which are in order and of one series."
        body = [
            f"features = {flat(rows)}[FEATURES].to_numpy(float)",
            "return predict(features[np.newaxis, -LENGTH:])",
        ]
        return function("predict_next(table)", doc, body), "`predict_next(table)` what comes after its rows"

    def _names(self) -> tuple[str, ...]:
        """The features that stand in the matrix X."""
        codes = () if is_single(self._dataset) else tuple(self._dataset.input_shapes)
        names = tuple(name for name in self._dataset.features if name not in codes)
        if names:
            self._constants["FEATURES"] = literal(list(names))
        return names

    def _codes(self) -> list[str]:
        return (
            [] if is_single(self._dataset) else [name for name in self._dataset.input_shapes if name != "X"]
        )

    def _encode(self) -> list[str]:
        """The function that turns labels into numbers, if there are any; other rows may hold fewer labels."""
        features = set(self._dataset.features)
        encoded = [
            str(column)
            for column in self._table.frame.columns
            if column not in features and any(name.startswith(f"{column}=") for name in features)
        ]
        body = [
            f"table[{literal(column)}] = table[{literal(column)}].astype(int)"
            for column in encoded
            if pd.api.types.is_bool_dtype(self._table.frame[column])
        ]
        for constant, columns, numbers in (("LABELS", encoded, ""), ("CODES", self._codes(), ".codes")):
            if not columns:
                continue
            self._constants[constant] = literal({column: self._labels(column) for column in columns})
            body += [
                f"for column, labels in {constant}.items():",
                f"    table[column] = pd.Categorical(table[column], labels){numbers}",
            ]
        if not body:
            return []
        dummies = call("pd.get_dummies", "table", columns="list(LABELS)", prefix_sep='"="', dtype="float")
        returned = statement("return ", dummies) if encoded else ["return table"]
        doc = "The table with numbers in the place of labels."
        return [function("encode(table)", doc, ["table = table.copy()", *body, *returned])]

    def _labels(self, column: str) -> list[Any]:
        cells = self._table.frame[column]
        cells = cells.astype(int) if pd.api.types.is_bool_dtype(cells) else cells
        labels: list[Any] = pd.factorize(cells, sort=True)[1].tolist()
        return labels

    def _dates(self) -> list[str]:
        """The statement that reads a column of dates as such."""
        time = self._data.time
        if time is None:
            return []
        held, cells = self._table.frame[time], f"table[{literal(time)}]"
        form = self._data.time_format or form_of_numbers(held)
        if form is not None:
            digits = digits_of_numbers(held, form)
            text = cells if digits is None else f"{cells}.map({literal(digits)}.format)"
            return statement(f"{cells} = ", call("pd.to_datetime", text, utc="True", format=literal(form)))
        if pd.api.types.is_numeric_dtype(held):
            return []
        first = {"day": ", dayfirst=True", "year": ", yearfirst=True"}.get(date_order(held), "")
        return [f"{cells} = pd.to_datetime({cells}, utc=True{first})"]

    def _ordering(self) -> str:
        """The call that puts the rows in order; empty if they stay as the file has them."""
        keys = [key for key in (self._data.group, self._data.time) if key is not None]
        if not keys:
            return ""
        return flat(call(".sort_values", literal(keys[0] if len(keys) == 1 else keys), kind='"stable"'))

    def _sample_functions(self, names: tuple[str, ...]) -> list[str] | None:
        """The functions that take samples from rows of the table, and the name of the one to call."""
        inputs = ["rows[FEATURES].to_numpy(float)"] if names else []
        columns = 1 if self._dataset.classes else len(self._data.target)
        window = self._data.window
        if window is None:
            codes = [f"rows[[{literal(name)}]].to_numpy()" for name in self._codes()]
            X = self._joined([*inputs, *codes], bool(names))
            return [
                function("inputs(rows)", "X of some rows of the table.", statement("return ", X)),
                function(
                    "samples(rows)",
                    "X and y of some rows of the table.",
                    statement("return inputs(rows), ", self._targets()),
                ),
                "samples",
            ]
        if self._codes():
            return None
        read = ["features = rows[FEATURES].to_numpy(float)", f"targets = {self._targets()}"]
        cut = window_function(self._constants, window, "windows(rows)", read, columns=columns)
        if cut is None:
            return None
        if self._data.group is None:
            return [cut, "windows"]
        group = literal(self._data.group)
        together = function(
            "samples(rows)",
            f"The windows of each {self._data.group} by itself, one after the other.",
            [
                f"X, y = zip(*(windows(group) for _, group in rows.groupby({group})), strict=True)",
                "return np.concatenate(X), np.concatenate(y)",
            ],
        )
        return [cut, together, "samples"]

    def _joined(self, inputs: list[str], has_matrix: bool) -> Expression:
        if is_single(self._dataset):
            return inputs[0]
        keys = (["X"] if has_matrix else []) + self._codes()
        entries = [f"{literal(key)}: {value}" for key, value in zip(keys, inputs, strict=True)]
        return f"{{{', '.join(entries)}}}"

    def _targets(self) -> str:
        """The expression of y of some rows, `(rows, targets)`."""
        columns = self._data.target
        if self._dataset.task == "multiclass" and len(columns) > 1:
            self._constants["TARGETS"] = literal(columns)
            return "rows[TARGETS].to_numpy(float).argmax(axis=1)[:, np.newaxis]"
        if self._dataset.classes:
            self._constants["TARGET"] = literal(columns[0])
            labels = pd.factorize(self._table.frame[columns[0]], sort=True)[1].tolist()
            is_float = self._dataset.task == "binary"
            if labels in ([0, 1], [False, True]) and is_float:
                return "rows[[TARGET]].to_numpy(float)"
            if labels == list(range(len(labels))):
                return "rows[[TARGET]].to_numpy(int)"
            self._constants["CLASSES"] = literal(labels)
            found = "np.searchsorted(CLASSES, rows[[TARGET]])"
            return f"{found}.astype(float)" if is_float else found
        if len(columns) == 1:
            self._constants["TARGET"] = literal(columns[0])
            return "rows[[TARGET]].to_numpy(float)"
        self._constants["TARGETS"] = literal(columns)
        return "rows[TARGETS].to_numpy(float)"
