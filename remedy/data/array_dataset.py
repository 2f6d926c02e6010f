"""From arrays to three splits of samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.config.experiment import Data, Window
from remedy.data.array_checks import check_arrays, check_some_present, missing_note
from remedy.data.array_reading import read_arrays
from remedy.data.array_source import RawData, Samples
from remedy.data.array_splits import LEFT_OUT, assign_samples
from remedy.data.array_targets import array_target, as_outputs, as_text, numbered
from remedy.data.checks import check_sizes, check_targets
from remedy.data.chunks import CHUNK_BYTES
from remedy.data.dataset import ONLY_INPUT, Dataset, Split
from remedy.data.disk_copies import take_samples
from remedy.data.input_preprocessing import has_padding
from remedy.data.ragged import pad_to
from remedy.data.splits import TEST, TRAINING, VALIDATION
from remedy.data.targets import Target
from remedy.data.windows import segment_ids, take_persistence, take_targets, window_rows
from remedy.errors import ConfigError, DataError
from remedy.plan import Task


def array_dataset(
    data: Data,
    task: Task | None,
    *,
    call_function: Callable[[Path, str], RawData] | None,
    every_step: bool = False,
) -> Dataset:
    """Read arrays and turn them into training, validation and test samples.

    Args:
        data: the experiment's data section; its source is a `.npz` or `.npy` file or `file.py:function`.
        task: the declared task; `None` infers it from y.
        call_function: calls the user's function, given its file and name; only needed for `file.py:function`.
        every_step: y of shape `(samples, steps)` has a value for every step of X, not that many outputs.

    Returns:
        The data set, unscaled; what was inferred is in its `notes`.

    Raises:
        ConfigError: the data section says something that arrays cannot do, or contradicts the task.
        DataError: the arrays cannot be used that way; the message names the array.
        UserCodeError: the user's function failed.
    """
    _check_section(data)
    return split_arrays(read_arrays(data, call_function), data, task, every_step=every_step)


def split_arrays(
    raw: RawData,
    data: Data,
    task: Task | None,
    *,
    every_step: bool = False,
    memory_bytes: int = CHUNK_BYTES,
) -> Dataset:
    """Turn arrays into training, validation and test samples.

    A source that came split keeps its splits; what it lacks of validation and test is taken out of its
    training samples by the rule and shares of `data.split`. Memory-mapped arrays stay on disk, in the type
    that they have; others become float64, or int64 if they are integers.

    Args:
        raw: the arrays.
        data: the experiment's data section; `window` cuts X of shape `(rows, features)` into windows.
        task: the declared task; `None` infers it from y.
        every_step: see `array_dataset`.
        memory_bytes: memory-mapped arrays above this are not loaded.

    Raises:
        ConfigError, DataError: see `array_dataset`.
    """
    check_arrays(raw)
    rows = _joined(raw, memory_bytes)
    if data.window is not None:
        _check_windowed(raw.name, rows)
    every_step = every_step and data.window is None
    steps = _steps(rows.X, tokens=every_step)
    y, names, shape_note = as_outputs(rows.y, raw.target_names, steps, every_step=every_step)
    if rows.lengths is not None and y.ndim == 3:
        raise DataError(
            f"{raw.name}: a target for every step needs sequences of one length, but X is ragged; cut or pad "
            "the sequences, or give one target for each"
        )
    target = array_target(raw.name, y, names, task, len(data.window.horizon) if data.window else 1)
    assigned, rule, split_notes = assign_samples(raw, data, rows, target)
    places, target_rows = window_rows(segment_ids(np.zeros_like(assigned, np.int64), assigned), data.window)
    splits = []
    for part in (TRAINING, VALIDATION, TEST):
        chosen = assigned[target_rows] == part
        splits.append(_take(data, rows, target, places[chosen], target_rows[chosen], memory_bytes))
    row_counts = np.bincount(assigned, minlength=LEFT_OUT + 1)[:LEFT_OUT].tolist()
    check_sizes(raw.name, data, 1, row_counts, [len(split) for split in splits])
    check_some_present(raw.name, splits[0])
    target = _at_horizons(target, data.window)
    check_targets(raw.name, target, splits)
    notes = (target.note, shape_note, *raw.notes, missing_note(rows), *split_notes)
    return Dataset(
        task=target.task,
        train=splits[0],
        validation=splits[1],
        test=splits[2],
        features=_feature_names(raw, rows.X),
        targets=target.names,
        classes=target.classes,
        fingerprint=raw.fingerprint,
        rows=len(rows),
        split_by=rule if "all" in raw.samples else "given",
        notes=tuple(note for note in notes if note),
        one_hot=target.one_hot,
        label_values=target.label_values,
    )


def _check_section(data: Data) -> None:
    for key in ("time", "group", "categorical"):
        if getattr(data, key) is not None:
            raise ConfigError(f"data.{key} names columns, which arrays do not have; remove it")
    if data.split.by == "group":
        raise ConfigError(
            "data.split.by: group needs a column that names the groups, which arrays do not have; use time "
            "or random, or hand over train, validation and test already split"
        )


def _joined(raw: RawData, memory_bytes: int) -> Samples:
    """The samples of all splits one after the other, X as float64 or int64 where it is not left on disk."""
    parts = list(raw.samples.values())
    if len(parts) == 1:
        [only] = parts
        X = {name: _as_numbers(array, memory_bytes) for name, array in only.X.items()}
        return Samples(X, as_text(raw.name, np.asarray(only.y)), only.lengths)
    lengths = None
    if any(part.lengths is not None for part in parts):
        lengths = np.concatenate([_lengths(part) for part in parts])
    X = {}
    for name in parts[0].X:
        arrays = [_as_numbers(part.X[name], memory_bytes) for part in parts]
        if lengths is not None and arrays[0].ndim > 1:
            steps = max(array.shape[1] for array in arrays)
            arrays = [pad_to(array, steps) for array in arrays]
        X[name] = np.concatenate(arrays)
    return Samples(X, np.concatenate([as_text(raw.name, part.y) for part in parts]), lengths)


def _lengths(part: Samples) -> NDArray[np.int64]:
    """How many steps each sample has, whether or not they differ."""
    if part.lengths is not None:
        return part.lengths
    steps = max(array.shape[1] for array in part.X.values() if array.ndim > 1)
    return np.full(len(part), steps, dtype=np.int64)


def _as_numbers(array: NDArray[Any], memory_bytes: int) -> NDArray[Any]:
    """float64 or int64, `(samples, ...)` of rank 2 or more; what is too large to be loaded stays as it is."""
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if isinstance(array, np.memmap) and array.nbytes > memory_bytes:
        return array
    return np.asarray(array).astype(np.int64 if array.dtype.kind in "iu" else np.float64, copy=False)


def _check_windowed(name: str, rows: Samples) -> None:
    ragged = rows.lengths is not None
    odd = next((array.shape for array in rows.X.values() if array.ndim != 2), None)
    if ragged or odd or rows.y.ndim > 2:
        what = f"X of shape {odd}" if odd else "ragged X" if ragged else f"y of shape {rows.y.shape}"
        raise DataError(
            f"{name}: data.window cuts rows, X of shape (rows, features), into windows, but found {what}; "
            "remove data.window if each sample is a sequence already"
        )


def _steps(X: Mapping[str, NDArray[Any]], *, tokens: bool) -> set[int]:
    """How many steps the inputs have; integers `(samples, steps)` are tokens or features."""
    return {array.shape[1] for array in X.values() if array.ndim == 3 or (tokens and has_padding(array))}


def _take(
    data: Data,
    rows: Samples,
    target: Target,
    places: NDArray[np.int64],
    target_rows: NDArray[np.int64],
    memory_bytes: int,
) -> Split:
    """The samples with these rows, `(samples, length)`, and target rows, `(samples,)`."""
    chosen = places if data.window else target_rows
    X: dict[str, NDArray[Any]] = {
        name: take_samples(array, chosen, memory_bytes=memory_bytes) for name, array in rows.X.items()
    }
    persistence = None
    if data.window is not None and target.task == "regression":
        persistence = take_persistence(target.values.astype(np.float64), places, data.window)
    return Split(
        X=X[ONLY_INPUT] if list(X) == [ONLY_INPUT] else X,
        y=take_targets(target.values, places, data.window) if data.window else target.values[target_rows],
        rows=places,
        target_rows=target_rows,
        persistence=persistence,
        lengths=None if rows.lengths is None else rows.lengths[target_rows],
    )


def _at_horizons(target: Target, window: Window | None) -> Target:
    """The target with a name for each output at each horizon."""
    if window is None or len(window.horizon) == 1:
        return target
    names = tuple(f"{name}+{horizon}" for name in target.names for horizon in window.horizon)
    return replace(target, names=names)


def _feature_names(raw: RawData, X: Mapping[str, NDArray[Any]]) -> tuple[str, ...]:
    return tuple(
        feature
        for name, array in X.items()
        for feature in (raw.feature_names.get(name) or numbered(name, array.shape[-1]))
    )
