"""The training plan, a complete plain-data description of one training, and the recipe that changes it.

A plan holds no Keras object: it can be compared, hashed, written as JSON and sent to another process.
Model layers, optimizer and callbacks are written in Keras' own terms (`class_name` and the constructor
arguments in `config`), so whoever reads a plan can write the same training by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Recipe = dict[str, Any]
"""One choice for every fix: fix name -> plain JSON value. A fix that is off is absent."""

Task = Literal["regression", "binary", "multiclass", "multilabel"]
Metric = Literal["mse", "mae", "log_loss"]


class _PlainData(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KerasObject(_PlainData):
    """A Keras object as plain data: its class and the arguments that differ from Keras' defaults."""

    class_name: str
    config: dict[str, Any] = {}


class Layer(KerasObject):
    """One layer of the model; `name` is unique within the plan and becomes the Keras layer's name."""

    name: str


class Model(_PlainData):
    """A chain of layers from input to output.

    Attributes:
        input_shape: shape of one sample without the batch axis, `(length, features)` or `(features,)`.
        layers: in order from input to output; the last one is the output layer.
    """

    input_shape: tuple[int, ...]
    layers: tuple[Layer, ...]


class Preprocessing(_PlainData):
    """How X and y are scaled before training; `None` leaves them raw."""

    scaling: str | None = None
    target_scaling: str | None = None


class Plan(_PlainData):
    """Everything that decides how a training goes, except the data and the seed.

    Attributes:
        metric: what skill is computed from, in the target's own units.
        optimizer: Keras optimizer; learning rate and clipping are part of its config.
        loss: Keras loss name or `{"class_name": ..., "config": ...}`.
        callbacks: Keras callbacks, in the order in which they run.
    """

    task: Task
    metric: Metric
    preprocessing: Preprocessing = Preprocessing()
    model: Model
    optimizer: KerasObject
    loss: str | dict[str, Any]
    callbacks: tuple[KerasObject, ...] = ()
    epochs: int
    batch_size: int

    def replace(self, **changes: Any) -> Plan:
        """A copy with the given attributes replaced."""
        return self.model_copy(update=changes)

    def with_layers(self, layers: tuple[Layer, ...]) -> Plan:
        """A copy whose model has these layers instead."""
        return self.replace(model=self.model.model_copy(update={"layers": layers}))


@dataclass(frozen=True)
class Change:
    """One difference between two plans: a dotted path and the value on either side, `None` where absent."""

    path: str
    before: Any
    after: Any


def canonical_json(value: Any) -> str:
    """The one JSON text of plain data: sorted keys, no spaces; equal data gives equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def recipe_key(recipe: Mapping[str, Any]) -> str:
    """A stable text that is equal for equal recipes.

    >>> recipe_key({"scaling": "minmax", "clipnorm": 1.0, "depth": None})
    '{"clipnorm":1.0,"scaling":"minmax"}'
    """
    return canonical_json({fix: value for fix, value in recipe.items() if value is not None})


def diff(before: Plan, after: Plan) -> list[Change]:
    """What `after` changes against `before`, in the order in which a plan lists its parts.

    A layer that only one side has is one change that holds the whole layer.
    """
    return list(_changes("", _parts(before), _parts(after)))


def graph_key(plan: Plan) -> str:
    """A stable key of everything that changes the compiled graph.

    Two plans with the same key can share one compiled model: initial weights, a constant learning rate, clip
    value, callbacks, scaling and number of epochs go into an existing graph.
    """
    optimizer = _without(plan.optimizer.config, {"clipnorm"})
    if not isinstance(optimizer.get("learning_rate"), dict):
        optimizer = _without(optimizer, {"learning_rate"})
    graph = {
        "task": plan.task,
        "metric": plan.metric,
        "input_shape": plan.model.input_shape,
        "layers": [[layer.class_name, _graph_config(layer.config)] for layer in plan.model.layers],
        "optimizer": [plan.optimizer.class_name, optimizer],
        "loss": plan.loss,
        "batch_size": plan.batch_size,
    }
    return hashlib.sha256(canonical_json(graph).encode()).hexdigest()


def _graph_config(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _graph_config(item)
            for key, item in value.items()
            if not key.endswith("_initializer") and key != "name"
        }
    if isinstance(value, list | tuple):
        return [_graph_config(item) for item in value]
    return value


def _without(mapping: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key not in keys}


def _parts(plan: Plan) -> dict[str, Any]:
    """The plan as a nested mapping in which layers and callbacks are found by name, not by position."""
    parts: dict[str, Any] = {}
    for key, value in plan.model_dump(mode="json").items():
        if key == "model":
            parts["input_shape"] = value["input_shape"]
            parts["layers"] = {
                layer["name"]: {"class_name": layer["class_name"]} | layer["config"]
                for layer in value["layers"]
            }
        elif key == "optimizer":
            parts[key] = {"class_name": value["class_name"]} | value["config"]
        elif key == "callbacks":
            parts[key] = {callback["class_name"]: callback["config"] for callback in value}
        else:
            parts[key] = value
    return parts


def _changes(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _changes(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    else:
        yield Change(path, before, after)
