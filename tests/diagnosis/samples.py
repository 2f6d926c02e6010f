"""Data sets made in memory, of every shape that the probes meet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset, Split, default_metric
from remedy.data.dataset import Inputs, like_inputs, named_inputs
from remedy.plan import KerasObject, Metric, Model, Plan, Preprocessing, Task


def dataset(
    task: Task,
    X: Inputs,
    y: NDArray[Any],
    *,
    classes: int = 0,
    split_by: Any = "random",
    shares: tuple[float, float] = (0.6, 0.9),
    lengths: NDArray[np.int64] | None = None,
    rows: NDArray[np.int64] | None = None,
) -> Dataset:
    """Samples cut at two places into training, validation and test."""
    rows = np.arange(len(y))[:, np.newaxis] if rows is None else rows
    first, second = (round(len(y) * share) for share in shares)
    splits = [
        Split(
            X=like_inputs(X, {name: array[part] for name, array in named_inputs(X).items()}),
            y=y[part],
            rows=rows[part],
            target_rows=rows[part, -1],
            lengths=None if lengths is None else lengths[part],
        )
        for part in (slice(0, first), slice(first, second), slice(second, len(y)))
    ]
    return Dataset(
        task=task,
        train=splits[0],
        validation=splits[1],
        test=splits[2],
        features=("x",),
        targets=tuple(f"y{i}" for i in range(y.shape[-1])),
        classes=tuple(map(str, range(classes))),
        fingerprint="0" * 64,
        rows=len(y),
        split_by=split_by,
        notes=(),
    )


def plan(task: Task, metric: Metric | None = None, tokens: tuple[str, ...] = ()) -> Plan:
    return Plan(
        task=task,
        metric=metric or default_metric(task),
        preprocessing=Preprocessing(tokens=tokens),
        model=Model(),
        optimizer=KerasObject(class_name="Adam"),
        loss="mse",
        epochs=1,
        batch_size=32,
    )


def windows(series: NDArray[np.float64], length: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64]]:
    """X, the value after each window, and the rows of each window."""
    count = len(series) - length
    X = np.lib.stride_tricks.sliding_window_view(series, length)[:count, :, np.newaxis]
    return X, series[length:, np.newaxis], np.arange(count)[:, np.newaxis] + np.arange(length)


def autoregressive(generator: np.random.Generator, count: int, memory: float) -> NDArray[np.float64]:
    """A series of which each value is the last one times `memory`, plus noise."""
    warm_up = 200
    values = np.zeros(count + warm_up)
    noise = generator.normal(size=count + warm_up)
    for step in range(1, len(values)):
        values[step] = memory * values[step - 1] + noise[step]
    return values[warm_up:]
