"""What holds nothing to learn must not look as if it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from remedy.data import Dataset
from remedy.diagnosis.learnability import learnability, probe_learnability
from remedy.plan import Metric, Task
from tests.diagnosis.samples import autoregressive, dataset, plan, windows

Draw = Callable[[np.random.Generator, int], NDArray[Any]]

NOISE: dict[str, tuple[Task, Metric, int, Draw]] = {
    "regression": ("regression", "mse", 0, lambda g, n: g.normal(size=(n, 1))),
    "heavy tails, two outputs": ("regression", "mse", 0, lambda g, n: g.standard_t(3, size=(n, 2))),
    "absolute error": ("regression", "mae", 0, lambda g, n: g.exponential(size=(n, 1))),
    "mostly one value": ("regression", "mae", 0, lambda g, n: (g.random((n, 1)) < 0.2) * g.random((n, 1))),
    "binary": ("binary", "log_loss", 2, lambda g, n: (g.random((n, 1)) < 0.4).astype(float)),
    "multiclass": ("multiclass", "log_loss", 4, lambda g, n: g.integers(0, 4, (n, 1))),
    "multilabel": ("multilabel", "log_loss", 0, lambda g, n: (g.random((n, 3)) < 0.3).astype(float)),
}


def _false_alarms(make: Callable[[np.random.Generator], Dataset], metric: Metric, seeds: int) -> list[int]:
    alarms = []
    for seed in range(seeds):
        data = make(np.random.default_rng(seed))
        if probe_learnability(data, plan(data.task, metric), seed=seed).has_signal:
            alarms.append(seed)
    return alarms


@pytest.mark.parametrize("kind", NOISE)
def test_noise_is_no_signal(kind: str) -> None:
    task, metric, classes, draw = NOISE[kind]

    def make(generator: np.random.Generator) -> Dataset:
        return dataset(task, generator.normal(size=(240, 5)), draw(generator, 240), classes=classes)

    alarms = _false_alarms(make, metric, seeds=40)
    assert len(alarms) <= 2, f"false alarms with the seeds {alarms}"


def test_a_handful_of_samples_proves_nothing() -> None:
    def make(generator: np.random.Generator) -> Dataset:
        X, y = generator.normal(size=(30, 3)), generator.normal(size=(30, 1))
        return dataset("regression", X, y, shares=(0.6, 0.6 + 5 / 30))

    assert len(_false_alarms(make, "mse", seeds=60)) <= 2


@pytest.mark.parametrize("memory", [0.0, 0.9, 0.97])
def test_a_series_and_unrelated_series_are_no_signal(memory: float) -> None:
    assert len(_false_alarms(_unrelated(memory), "mse", seeds=60)) <= 2


def test_it_is_the_blocks_that_keep_slow_series_from_looking_like_signal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_blocks = len(_false_alarms(_unrelated(0.97), "mse", seeds=100))
    monkeypatch.setattr(learnability, "block_length", lambda *_: 1)
    one_by_one = len(_false_alarms(_unrelated(0.97), "mse", seeds=100))
    assert in_blocks <= 2
    assert one_by_one > in_blocks + 2


def test_what_groups_have_in_common_is_no_signal() -> None:
    def make(generator: np.random.Generator) -> Dataset:
        group = np.repeat(np.arange(36), 50)
        X = generator.normal(size=(36, 3))[group] + 0.3 * generator.normal(size=(1800, 3))
        y = generator.normal(size=(36, 1))[group] + 0.3 * generator.normal(size=(1800, 1))
        return dataset("regression", X, y, split_by="group", shares=(30 / 36, 35 / 36))

    assert len(_false_alarms(make, "mse", seeds=40)) <= 2


def test_the_next_step_of_a_random_walk_is_no_signal() -> None:
    def make(generator: np.random.Generator) -> Dataset:
        steps = generator.normal(size=410)
        X, _, rows = windows(np.cumsum(steps), 10)
        return dataset("regression", X, steps[10:, np.newaxis], split_by="time", rows=rows)

    assert len(_false_alarms(make, "mse", seeds=60)) <= 3


def test_a_target_for_every_step_is_not_read_off_later_steps() -> None:
    generator = np.random.default_rng(0)
    noise = generator.normal(size=621)
    X, _, rows = windows(noise, 20)
    y = np.lib.stride_tricks.sliding_window_view(noise[1:], 20)[: len(X), :, np.newaxis]
    data = dataset("regression", X, y, split_by="time", rows=rows)
    assert not probe_learnability(data, plan("regression")).has_signal


def _unrelated(memory: float) -> Callable[[np.random.Generator], Dataset]:
    def make(generator: np.random.Generator) -> Dataset:
        X = np.stack([autoregressive(generator, 400, memory) for _ in range(4)], axis=1)
        y = autoregressive(generator, 400, memory)[:, np.newaxis]
        return dataset("regression", X, y, split_by="time")

    return make
