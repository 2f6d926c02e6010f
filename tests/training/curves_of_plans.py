"""Trains plans of every sort with the backend that `KERAS_BACKEND` names, and prints their curves as JSON.

Run as `python -m tests.training.curves_of_plans`; `test_backends.py` compares what comes out.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from remedy.data import Dataset, data_facts
from remedy.plan import KerasObject, Layer, Model, Plan
from remedy.training import EpochRecord
from remedy.training.compiled_models import CompiledModels
from remedy.training.trial import train
from tests.training.samples import class_indices, make_samples, rows_of_numbers, series_of_numbers

EPOCHS = 5


def layer(class_name: str, **config: Any) -> Layer:
    return Layer(name=f"{class_name.lower()}_{len(config)}", class_name=class_name, config=config)


def plans() -> dict[str, tuple[Plan, Dataset]]:
    series, rows = series_of_numbers(), rows_of_numbers()
    follows = series[:, -1, :1] - 0.5 * series[:, -2, 1:]
    adam = KerasObject(class_name="Adam", config={"learning_rate": 0.01, "clipnorm": 0.5})
    sgd = KerasObject(class_name="SGD", config={"learning_rate": 0.05, "momentum": 0.9})
    plateau = KerasObject(
        class_name="ReduceLROnPlateau", config={"patience": 0, "factor": 0.5, "min_delta": 1.0}
    )
    cyclical = KerasObject(
        class_name="CyclicalLearningRate", config={"base": 1e-3, "peak": 1e-2, "epochs": 2}
    )
    classes = class_indices()
    lstm = (
        layer("LSTM", units=6, return_sequences=True),
        layer("LSTM", units=6, kernel_initializer="he_normal", bias_initializer="ones"),
        layer("Dense", units=1),
    )
    gru = (
        layer("GRU", units=6, kernel_initializer="orthogonal"),
        layer("BatchNormalization"),
        layer("Dense", units=1),
    )
    dense = (
        layer("Dense", units=8, activation="relu", kernel_initializer="lecun_normal"),
        layer("Dense", units=3, activation="softmax"),
    )
    conv = (
        layer("Conv1D", filters=4, kernel_size=3, activation="relu", kernel_initializer="random_normal"),
        layer("Flatten"),
        layer("Dense", units=1, kernel_initializer="random_uniform"),
    )
    shift = np.roll(rows.sum(axis=1, keepdims=True), 1, axis=0)
    return {
        "lstm": plan(make_samples("regression", series, follows), lstm, adam, callbacks=(plateau,)),
        "gru": plan(make_samples("regression", series, follows), gru, sgd, callbacks=(cyclical,)),
        "conv": plan(make_samples("regression", series, follows), conv, adam),
        "dense": plan(
            make_samples("multiclass", rows + classes, classes, 3),
            dense,
            sgd,
            loss="sparse_categorical_crossentropy",
            class_weight="balanced",
        ),
        "nothing to learn": plan(make_samples("regression", rows, shift), (layer("Dense", units=1),), adam),
    }


def plan(
    dataset: Dataset, layers: tuple[Layer, ...], optimizer: KerasObject, loss: str = "mse", **changes: Any
) -> tuple[Plan, Dataset]:
    made = Plan(
        task=dataset.task,
        metric="mse" if dataset.task == "regression" else "log_loss",
        model=Model(input_shape=dataset.input_shape, layers=layers),
        optimizer=optimizer,
        loss=loss,
        epochs=EPOCHS,
        batch_size=16,
        data=data_facts(dataset),
    )
    return made.replace(**changes), dataset


def curves() -> dict[str, Any]:
    """Of every plan, trained twice with one seed: as a new model, and as one that was compiled before."""
    found: dict[str, Any] = {}
    for name, (one, dataset) in plans().items():
        compiled = CompiledModels()
        train(one, dataset, 1, compiled_models=compiled)
        runs = {
            "fresh": train(one, dataset, 7).outcome,
            "pooled": train(one, dataset, 7, compiled_models=compiled).outcome,
        }
        found[name] = {how: [figures(one) for one in outcome.curve] for how, outcome in runs.items()}
    return found


def figures(epoch: EpochRecord) -> list[float]:
    return [epoch.loss, epoch.val_loss, epoch.val_skill, epoch.learning_rate, epoch.gradient_norm]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(curves()))
