"""The triangular schedule, against the formula of the paper it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest

from remedy.models.callbacks import CyclicalLearningRate


class Rates(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.steps: list[float] = []
        self.epochs: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.epochs.append(float(self.model.optimizer.learning_rate))

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.steps.append(float(self.model.optimizer.learning_rate))


def smith(step: int, base: float, peak: float, half_cycle: float) -> float:
    """Section 3.1 of the paper, with its variable names."""
    cycle = np.floor(1 + step / (2 * half_cycle))
    x = abs(step / half_cycle - 2 * cycle + 1)
    return float(base + (peak - base) * max(0, 1 - x))


@pytest.mark.parametrize("cycle", [1, 2, 3])
@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_the_rate_of_every_step_is_the_papers(cycle: int, policy: str) -> None:
    rates = Rates()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, dtype=policy)])
    model.dtype_policy = policy
    model.compile(optimizer=keras.optimizers.SGD(7.0), loss="mse")
    X = np.linspace(0, 1, 35)[:, None]
    schedule = CyclicalLearningRate(base=1e-4, peak=1e-2, epochs=cycle)
    model.fit(X, X, batch_size=8, epochs=5, callbacks=[schedule, rates], verbose=0)
    steps_per_epoch = 5
    expected = [smith(step, 1e-4, 1e-2, cycle * steps_per_epoch / 2) for step in range(25)]
    np.testing.assert_allclose(rates.steps, expected, rtol=1e-5)
    np.testing.assert_allclose(rates.epochs, expected[::steps_per_epoch], rtol=1e-5)
    assert rates.steps[0] == pytest.approx(1e-4)
