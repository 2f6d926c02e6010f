"""The architectures as plans, and data that they can be trained on."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import keras
import numpy as np

from remedy.models.description import ModelDescription
from remedy.models.read_user_model import read_user_model
from remedy.models.user_model import open_user_model
from remedy.plan import DataFacts, KerasObject, Plan, Preprocessing, UserModel
from remedy.user_code import import_file

FILE = Path(__file__).with_name("architectures.py")
NAMES = list(import_file(FILE).ARCHITECTURES)
OPAQUE = {"lambda_layer", "subclassed"}
REBUILT = [name for name in NAMES if name not in OPAQUE]

_SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "input_left_to_the_data": {"X": (8, 2)},
    "subclassed": {"X": (6,)},
}


def source(name: str) -> UserModel:
    return UserModel(file=str(FILE), function=name)


def original(name: str) -> keras.Model:
    """The user's model itself, built."""
    model = open_user_model(source(name))
    if isinstance(model, keras.Sequential) and not model.built:
        model.build((None, *_SHAPES[name]["X"]))
    return model


@functools.cache
def description(name: str) -> ModelDescription:
    return read_user_model(source(name), _SHAPES.get(name, {"X": ()}), (1,))


@functools.cache
def baseline(name: str) -> Plan:
    described = description(name)
    shapes = described.input_shapes or _SHAPES[name]
    return Plan(
        task="regression",
        metric="mse",
        preprocessing=Preprocessing(tokens=described.tokens),
        model=described.model,
        optimizer=described.compilation.optimizer or KerasObject(class_name="Adam"),
        loss=described.compilation.loss or "mse",
        epochs=2,
        batch_size=4,
        data=DataFacts(
            input_shapes=shapes,
            output_units=1,
            target_steps=8 if len(described.output_shape) == 2 else None,
        ),
    )


def samples(model: keras.Model, count: int = 8) -> Any:
    """Random inputs of a model, in its own structure."""
    rng = np.random.default_rng(0)

    def sample(tensor: Any) -> Any:
        shape = (count, *(8 if size is None else size for size in tensor.shape[1:]))
        return (
            rng.integers(0, 20, shape) if "int" in tensor.dtype else rng.normal(size=shape).astype("float32")
        )

    structure = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    return keras.tree.map_structure(sample, structure)
