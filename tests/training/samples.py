"""Small data sets of every shape, and plans that train a user's model on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from remedy.data import Dataset, Split, data_facts
from remedy.data.dataset import Inputs, like_inputs, named_inputs
from remedy.models.describe import describe_model
from remedy.models.user_model import open_user_model
from remedy.plan import KerasObject, Model, Plan, Task, UserModel
from tests.training import own_models

PARTS = {"train": slice(0, 90), "validation": slice(90, 145), "test": slice(145, 200)}


def make_samples(task: Task, X: Inputs, y: np.ndarray, classes: int = 0) -> Dataset:
    """200 samples, cut into 90, 55 and 55."""
    train, validation, test = (cut(X, y, part) for part in PARTS.values())
    return Dataset(
        task=task,
        train=train,
        validation=validation,
        test=test,
        features=tuple(f"x{i}" for i in range(sum(array.shape[-1] for array in named_inputs(X).values()))),
        targets=tuple(f"y{i}" for i in range(y.shape[-1])),
        classes=tuple(map(str, range(classes))),
        fingerprint="0" * 64,
        rows=len(y),
        split_by="time",
        notes=(),
    )


def cut(X: Inputs, y: np.ndarray, part: slice) -> Split:
    rows = np.arange(len(y))[part]
    arrays = {name: array[part] for name, array in named_inputs(X).items()}
    return Split(X=like_inputs(X, arrays), y=y[part], rows=rows[:, None], target_rows=rows)


def rows_of_numbers() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(200, 3))


def series_of_numbers() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(200, 6, 2))


def class_indices(*shape: int, shares: tuple[float, ...] = (0.6, 0.3, 0.1)) -> np.ndarray:
    return np.random.default_rng(2).choice(len(shares), size=(200, *shape, 1), p=shares).astype(np.int64)


def own_plan(function: str, dataset: Dataset, loss: Any = "mse", **changes: Any) -> Plan:
    """The plan of a model in `own_models`, described as far as that is possible."""
    source = UserModel(file=str(Path(own_models.__file__).resolve()), function=function)
    model = open_user_model(source)
    described = (
        describe_model(model, source) if model.built else Model(source=source, opaque="it is a subclass")
    )
    plan = Plan(
        task=dataset.task,
        metric="mse" if dataset.task == "regression" else "log_loss",
        model=described,
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.01}),
        loss=loss,
        epochs=3,
        batch_size=16,
        data=data_facts(dataset),
    )
    return plan.replace(**changes)
