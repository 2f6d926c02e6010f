"""From a table to three splits of samples."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from remedy.config.experiment import Data, Window
from remedy.data.checks import check_features, check_groups, check_presence, check_sizes, check_targets
from remedy.data.columns import group_codes, time_ranks
from remedy.data.dataset import Dataset, Split
from remedy.data.dates import doubt_about_dates
from remedy.data.features import Features, read_features
from remedy.data.splits import TEST, TRAINING, VALIDATION, SplitRule, assign_rows
from remedy.data.table import Table
from remedy.data.table_file import read_table
from remedy.data.targets import Target, read_target
from remedy.data.windows import segment_ids, take_persistence, take_targets, window_rows
from remedy.data.wording import quoted
from remedy.plan import Task


def table_dataset(data: Data, task: Task | None) -> Dataset:
    """Read a table and turn it into training, validation and test samples.

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
    features = read_features(table, data)
    rows = _order_rows(data, table)
    target = read_target(table, data.target, task, len(data.window.horizon) if data.window else 1)
    rule, split_note = _choose_rule(data)
    outputs = _output_names(target, data.window)
    train, validation, test = _make_splits(
        data,
        rule,
        table.name,
        features,
        replace(target, names=outputs, values=target.values[rows.order]),
        rows,
    )
    notes = (*table.notes, target.note, *features.notes, split_note, _date_note(data, table))
    notes += (_tie_note(data, rows), _sight_note(data, features))
    return Dataset(
        task=target.task,
        train=train,
        validation=validation,
        test=test,
        features=features.names,
        targets=outputs,
        classes=target.classes,
        fingerprint=table.fingerprint,
        rows=len(table),
        split_by=rule,
        notes=tuple(note for note in notes if note),
        one_hot=target.one_hot,
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


def _order_rows(data: Data, table: Table) -> _Rows:
    groups = group_codes(table, data.group) if data.group else np.zeros(len(table), dtype=np.int64)
    if data.time is None:
        order = np.argsort(groups, kind="stable")
        return _Rows(groups[order], None, order)
    times = time_ranks(table, data.time, data.time_format)
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


def _output_names(target: Target, window: Window | None) -> tuple[str, ...]:
    """The names of the last axis of y: with several horizons, each target at each of them."""
    if window is None or len(window.horizon) == 1:
        return target.names
    return tuple(f"{name}+{horizon}" for name in target.names for horizon in window.horizon)


def _date_note(data: Data, table: Table) -> str | None:
    if data.time is None or data.time_format is not None:
        return None
    doubt = doubt_about_dates(table.frame[data.time])
    return doubt and f"Dates of column {quoted(data.time)}: {doubt}."


def _tie_note(data: Data, rows: _Rows) -> str | None:
    if rows.times is None or data.window is None:
        return None
    if not ((rows.times[1:] == rows.times[:-1]) & (rows.groups[1:] == rows.groups[:-1])).any():
        return None
    where = "within a group" if data.group else "(set data.group if the file holds several series)"
    return f"Column {quoted(data.time)} holds equal times {where}; such rows keep the file's order."


def _sight_note(data: Data, features: Features) -> str | None:
    """A target among the features stands in a window as an answer first and as an input one step later."""
    if data.window is None or data.window.targets == "last" or min(data.window.horizon) >= data.window.length:
        return None
    seen = [column for column in features.columns if column in data.target]
    if not seen:
        return None
    return (
        f"With a target for every step and {quoted(seen[0])} among the features, a model whose steps see "
        "later ones (bidirectional, dense over all steps, a convolution that is not causal) sees the answers."
    )


def _make_splits(
    data: Data, rule: SplitRule, name: str, features: Features, target: Target, ordered: _Rows
) -> list[Split]:
    """Training, validation and test; the rows of `target` are ordered, those of `features` as in the file."""
    check_groups(name, data, ordered.groups)
    span = data.window.reach if data.window else None
    assigned = assign_rows(rule, data.split, ordered.groups, ordered.times, _classes(target), span)
    rows, target_rows = window_rows(segment_ids(ordered.groups, assigned), data.window)
    splits = []
    for part in (TRAINING, VALIDATION, TEST):
        chosen = assigned[target_rows] == part
        splits.append(_take(data, features, target, ordered.order, rows[chosen], target_rows[chosen]))
    rows_of = np.bincount(assigned, minlength=3).tolist()
    check_sizes(name, data, int(ordered.groups[-1]) + 1, rows_of, [len(split) for split in splits])
    check_presence(name, features.names, splits[0])
    check_targets(name, target, splits)
    return splits


def _classes(target: Target) -> NDArray[np.int64]:
    """The class of each row, by which a random split is stratified; all 0 where there is no single class."""
    if target.classes:
        return target.values[:, 0].astype(np.int64)
    return np.zeros(len(target.values), dtype=np.int64)


def _take(
    data: Data,
    features: Features,
    target: Target,
    order: NDArray[np.int64],
    rows: NDArray[np.int64],
    target_rows: NDArray[np.int64],
) -> Split:
    """The samples with these places in the order: of X `(samples, length)`, of y's first row `(samples,)`."""
    persistence = None
    if data.window is not None and target.task == "regression":
        persistence = take_persistence(target.values.astype(np.float64), rows, data.window)
    return Split(
        X=features.take(order[rows] if data.window else order[target_rows]),
        y=take_targets(target.values, rows, data.window),
        rows=order[rows],
        target_rows=order[target_rows],
        persistence=persistence,
    )
