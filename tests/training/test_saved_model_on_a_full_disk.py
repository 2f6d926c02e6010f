"""A model that does not fit on the disk is one clear line, whichever way Keras writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from remedy.errors import StudyError
from remedy.plan import KerasObject, Layer, Model, Plan
from remedy.training.saved_model import save_model
from tests.full_disk import no_file_beyond

PLAN = Plan(
    task="regression",
    metric="mse",
    model=Model(input_shape=(8,), layers=(Layer(class_name="Dense", name="output", config={"units": 1}),)),
    optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.001}),
    loss="mse",
    epochs=1,
    batch_size=8,
)


class Unwritable(keras.Model):  # type: ignore[misc]
    """Keras can write its weights only."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.hidden, self.out = keras.layers.Dense(units), keras.layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        return self.out(self.hidden(inputs))


def functional() -> keras.Model:
    return keras.Sequential([keras.Input((8,)), keras.layers.Dense(500), keras.layers.Dense(1)])


def subclassed() -> keras.Model:
    model = Unwritable(500)
    model(np.zeros((1, 8), np.float32))
    return model


@pytest.mark.parametrize("make", [functional, subclassed])
def test_a_model_appears_whole_or_not_at_all(make: Any, tmp_path: Path) -> None:
    model, path = make(), tmp_path / "models" / "a.keras"
    for largest in (500, 20_000):
        with (
            no_file_beyond(largest),
            pytest.raises(StudyError, match=r"models/a\..*: cannot be written \(File too large\)"),
        ):
            save_model(model, PLAN, path)
        assert list(path.parent.iterdir()) == []
    written = save_model(model, PLAN, path)
    assert list(path.parent.iterdir()) == [written]
