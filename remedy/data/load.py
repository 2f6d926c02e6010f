"""From a data source to three splits of samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from remedy.config.experiment import Data
from remedy.data.checks import check_features, check_groups, check_sizes, check_targets
from remedy.data.columns import group_codes, numbers, time_ranks
from remedy.data.dataset import Dataset, Split
from remedy.data.splits import TEST, TRAINING, VALIDATION, SplitRule, assign_rows
from remedy.data.table import Table, read_table
from remedy.data.targets import Target, read_target
from remedy.data.windows import segment_ids, window_rows
from remedy.data.wording import quoted
from remedy.errors import DataError
from remedy.plan import Task

_IF_TEXT = "name the numeric columns under data.features"


def load_dataset(data: Data, task: Task | None = None) -> Dataset:
    """Read a source and turn it into training, validation and test samples.

    Rows are put in order (by group, then by time, else as the file has them), assigned to splits, and only
    then cut into windows, so that no window reaches from one split or group into another.

    Args:
        data: the experiment's data section.
        task: the declared task; `None` infers it from the target.

    Returns:
        The data set, unscaled; what was inferred is in its `notes`.

    Raises:
        ConfigError: the data section contradicts the task, or shows the model the answer.
        DataError: the file cannot be used that way; the message names the column, line or split.
    """
    check_features(data)
    table = read_table(data.source)
    _require_columns(data, table)
    target = read_target(table, data.target, task)
    features, feature_note = _choose_features(data, table)
    X = np.column_stack([numbers(table, column, _IF_TEXT) for column in features]).astype(np.float64)
    rows = _order_rows(data, table)
    rule, split_note = _choose_rule(data)
    train, validation, test = _make_splits(data, rule, table.name, target, X, rows)
    notes = (target.note, feature_note, split_note, _tie_note(data, rows))
    return Dataset(
        task=target.task,
        train=train,
        validation=validation,
        test=test,
        features=tuple(features),
        targets=tuple(data.target),
        classes=target.classes,
        fingerprint=table.fingerprint,
        rows=len(table),
        split_by=rule,
        notes=tuple(note for note in notes if note),
    )


class _Rows(NamedTuple):
    """Group and time of the rows in their order (time `None`: file order), and their places in the file."""

    groups: NDArray[np.int64]
    times: NDArray[np.int64] | None
    order: NDArray[np.int64]


def _require_columns(data: Data, table: Table) -> None:
    table.require(data.target, "data.target")
    table.require(data.features or [], "data.features")
    table.require([data.time] if data.time else [], "data.time")
    table.require([data.group] if data.group else [], "data.group")


def _choose_features(data: Data, table: Table) -> tuple[list[str], str | None]:
    if data.features:
        return data.features, None
    taken = {*data.target, data.time, data.group}
    others = [str(column) for column in table.frame.columns if column not in taken]
    if others:
        return others, None
    targets = ", ".join(map(quoted, data.target))
    if data.window is None:
        raise DataError(
            f"{table.name} has no column left to predict {targets} from; add feature columns, "
            "or set data.window to predict a series from its past"
        )
    return data.target, f"Features: the past of {targets}, since there is no other column."


def _order_rows(data: Data, table: Table) -> _Rows:
    groups = group_codes(table, data.group) if data.group else np.zeros(len(table), dtype=np.int64)
    if data.time is None:
        order = np.argsort(groups, kind="stable")
        return _Rows(groups[order], None, order)
    times = time_ranks(table, data.time)
    order = np.lexsort((times, groups))
    return _Rows(groups[order], times[order], order)


def _choose_rule(data: Data) -> tuple[SplitRule, str | None]:
    if data.split.by:
        return data.split.by, None
    override = "set data.split.by to change that"
    if data.window or data.time:
        return (
            "time",
            f"Split by time, since the rows have an order: the last rows validate and test; {override}.",
        )
    return "random", f"Split at random, since the rows have no order; {override}."


def _tie_note(data: Data, rows: _Rows) -> str | None:
    if rows.times is None or data.window is None:
        return None
    if not ((rows.times[1:] == rows.times[:-1]) & (rows.groups[1:] == rows.groups[:-1])).any():
        return None
    where = "within a group" if data.group else "(set data.group if the file holds several series)"
    return f"Column {quoted(data.time)} holds equal times {where}; such rows keep the file's order."


def _make_splits(
    data: Data, rule: SplitRule, name: str, target: Target, X: NDArray[np.float64], ordered: _Rows
) -> list[Split]:
    check_groups(name, data, ordered.groups)
    span = data.window.length + data.window.horizon if data.window else None
    classes = _classes(target)[ordered.order]
    assigned = assign_rows(rule, data.split, ordered.groups, ordered.times, classes, span)
    rows, target_rows = window_rows(segment_ids(ordered.groups, assigned), data.window)
    splits = []
    for part in (TRAINING, VALIDATION, TEST):
        chosen = assigned[target_rows] == part
        splits.append(_take(data, target, X, ordered.order[rows[chosen]], ordered.order[target_rows[chosen]]))
    rows_of = np.bincount(assigned, minlength=3).tolist()
    check_sizes(name, data, int(ordered.groups[-1]) + 1, rows_of, [len(split) for split in splits])
    check_targets(name, data, target, splits)
    return splits


def _classes(target: Target) -> NDArray[np.int64]:
    """The class of each row, by which a random split is stratified; all 0 where there is no single class."""
    if target.classes:
        return target.values[:, 0].astype(np.int64)
    return np.zeros(len(target.values), dtype=np.int64)


def _take(
    data: Data,
    target: Target,
    X: NDArray[np.float64],
    rows: NDArray[np.int64],
    target_rows: NDArray[np.int64],
) -> Split:
    """The samples with these rows of the file, `(samples, length)`, and target rows, `(samples,)`."""
    values = target.values if target.task == "multiclass" else target.values.astype(np.float64)
    series = data.window is not None and target.task == "regression"
    return Split(
        X=X[rows] if data.window else X[target_rows],
        y=values[target_rows],
        rows=rows,
        target_rows=target_rows,
        persistence=values[rows[:, -1]].astype(np.float64) if series else None,
    )
