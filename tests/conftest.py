"""Data that several parts are tested with."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import settings

from remedy.data import Dataset, Split
from remedy.data.dataset import Inputs
from remedy.plan import Task
from remedy.workers.template_process import worker_template

# As in a worker: the test processes share the cores already.
for _variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# How long an example takes is up to what else the machine does; a test that hangs is ended by its timeout.
settings.register_profile("patient", settings.default, deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _tensorflow_is_loaded_once() -> Iterator[None]:
    with worker_template():
        yield


def only_input(X: Inputs) -> np.ndarray:
    """X that is a single array."""
    assert isinstance(X, np.ndarray)
    return X


def make_split(X: np.ndarray, y: np.ndarray) -> Split:
    rows = np.arange(len(X), dtype=np.int64)
    return Split(X=X.astype(np.float32), y=y, rows=rows[:, None], target_rows=rows)


def make_dataset(task: Task, train: Split, validation: Split, test: Split, classes: int = 0) -> Dataset:
    return Dataset(
        task=task,
        train=train,
        validation=validation,
        test=test,
        features=tuple(f"x{i}" for i in range(only_input(train.X).shape[-1])),
        targets=tuple(f"y{i}" for i in range(train.y.shape[1])),
        classes=tuple(map(str, range(classes))),
        fingerprint="0" * 64,
        rows=len(train) + len(validation) + len(test),
        split_by="time",
        notes=(),
    )


@pytest.fixture(scope="session")
def waves() -> Dataset:
    """Windows of two noisy waves with different units; the target is a mixture of what comes next."""
    rng = np.random.default_rng(7)
    steps = np.arange(160)
    series = np.stack([np.sin(steps / 3), 40 + 10 * np.cos(steps / 5)], axis=1)
    series += rng.normal(scale=[0.05, 0.5], size=series.shape)
    windows = np.lib.stride_tricks.sliding_window_view(series[:-1], 8, axis=0).transpose(0, 2, 1)
    target = (3 * series[8:, :1] + series[8:, 1:] - 35).astype(np.float32)
    train, validation, test = (
        make_split(windows[part], target[part]) for part in (slice(0, 90), slice(90, 125), slice(125, 152))
    )
    return make_dataset("regression", train, validation, test)
