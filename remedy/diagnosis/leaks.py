"""Features that are the target in another unit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset, Split
from remedy.data.dataset import named_inputs
from remedy.data.input_preprocessing import has_padding
from remedy.diagnosis.data_statistics import Leak
from remedy.diagnosis.feature_statistics import feature_names
from remedy.diagnosis.learnability.rows import Rows, pick_rows

FEWEST = 20
"""So many different values of a numeric target, or samples of each class, make an equality no accident."""

_ROUNDING = 1e-6
_WORTH_A_LOOK = 0.999

Table = NDArray[np.float64]


def find_leaks(dataset: Dataset, tokens: tuple[str, ...]) -> tuple[Leak, ...]:
    """Features that equal `a + b * target` of the same sample up to rounding.

    At most 5,000 rows are looked at. Of windows, the step counts that the target belongs to, and else the
    last one. The target's own past is no leak: a straight line is a function of what it was before. If every
    feature equals a target, the training is meant to give back its input.

    Args:
        dataset: of any task.
        tokens: names of the inputs that hold tokens.
    """
    split = dataset.train
    rows = pick_rows(split, np.random.default_rng(0))
    y = rows.of(split.y).astype(np.float64)
    past = None if split.persistence is None else rows.of(split.persistence)
    usable = [
        output for output in range(y.shape[1]) if _is_telling(y[:, output], dataset.task == "regression")
    ]
    leaks, count = [], 0
    for name, features in feature_names(dataset).items():
        array = named_inputs(split.X)[name]
        if name in tokens or array.ndim > 3:
            count += len(features)
            continue
        values = _same_step(split, rows, array)
        count += values.shape[1]
        correlations = _correlations(values, y[:, usable])
        for column, place in np.argwhere(np.abs(correlations) > _WORTH_A_LOOK):
            own, output = values[:, column], usable[place]
            is_past = past is not None and _is_affine(own, past[:, output])
            if _is_affine(own, y[:, output]) and not is_past:
                leaks.append(Leak(features[column], float(correlations[column, place])))
    unique = {leak.feature: leak for leak in leaks}
    return tuple(unique.values()) if len(unique) < count else ()


def _is_telling(target: Table, numeric: bool) -> bool:
    counts = np.unique(target, return_counts=True)[1]
    return len(counts) >= FEWEST if numeric else len(counts) > 1 and bool(counts.min() >= FEWEST)


def _same_step(split: Split, rows: Rows, array: NDArray[Any]) -> Table:
    """The features of each row `(rows, features)` at the step of its target."""
    lengths = split.lengths if has_padding(array) else None
    if array.ndim == 3 and rows.steps is not None and array.shape[1] == split.y.shape[1]:
        picked = array[rows.samples, rows.steps]
    elif lengths is not None:
        picked = array[rows.samples, lengths[rows.samples] - 1]
    elif array.ndim == 3:
        picked = array[rows.samples, -1]
    else:
        picked = array[rows.samples]
    return np.asarray(picked.reshape(len(rows), -1), dtype=np.float64)


def _correlations(values: Table, y: Table) -> Table:
    """Pearson's, `(features, outputs)`; 0 for what never varies or is missing somewhere."""
    unit_values, unit_y = (_unit_columns(table) for table in (values, y))
    return np.clip(unit_values.T @ unit_y, -1.0, 1.0)


def _unit_columns(table: Table) -> Table:
    usable = np.isfinite(table).all(axis=0)
    filled = np.where(usable, table, 0.0)
    centred = filled - filled.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    # Rounding leaves columns that never vary a tiny length, and changes near the smallest number none.
    varies = (np.ptp(filled, axis=0) > 0) & (length > 0)
    return np.asarray(np.where(varies, centred, 0.0) / np.where(varies, length, 1.0))


def _is_affine(values: Table, target: Table) -> bool:
    """Whether the one equals the other times a number plus a number, up to rounding."""
    centred, other = values - values.mean(), target - target.mean()
    squares = float(other @ other)
    if squares <= 0:
        return False
    rest = centred - other * float(centred @ other) / squares
    return bool(rest.std() <= _ROUNDING * centred.std())
