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


class Call(_PlainData):
    """One call of a layer in a graph.

    Attributes:
        args: positional arguments; wherever a tensor of the graph stands in them, there is a mapping
            `{"tensor": [layer, call, output]}`, which says whose output it is: the layer's name, which of its
            calls (from 0; a nested functional model counts from 1, as in Keras) and which of its outputs.
        kwargs: keyword arguments, likewise.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = {}


class Layer(KerasObject):
    """One layer of the model; `name` is unique within its model and becomes the Keras layer's name.

    Attributes:
        module: where the class is found; `None` is `keras.layers`.
        registered_name: under which name user code has registered the class; `None` for Keras' own.
        calls: how a layer of a graph is called; `None` in a chain, where each layer gets the output of the
            one before it.
        inner: the layers of a model that is used as a layer; `config` is then empty.
    """

    name: str
    module: str | None = None
    registered_name: str | None = None
    calls: tuple[Call, ...] | None = None
    inner: Model | None = None


class UserModel(_PlainData):
    """Where a model that is not a template comes from.

    Attributes:
        file: absolute path of a `.py`, `.keras` or `.h5` file.
        function: the function in a `.py` file that builds the model; `None` for a saved model.
        arguments: `input_shape` and `output_shape` if the function takes them, else empty.
        keep_weights: trials start from the weights that the model has, not from newly drawn ones.
        sets_seed: the function sets the random seed itself.
    """

    file: str
    function: str | None = None
    arguments: dict[str, Any] = {}
    keep_weights: bool = False
    sets_seed: bool = False


class Model(_PlainData):
    """The layers of a model: a chain from input to output, or a graph whose layers name their inputs.

    Attributes:
        layers: in order from input to output, each after those whose output it gets. Input layers of the
            user's own model are among them (`InputLayer`).
        input_shape: of one sample without the batch axis, for a chain that has no `InputLayer`.
        name: the Keras model's name; `None` lets Keras choose.
        trainable: false if the model, used as a layer, is frozen.
        dtype: Keras' dtype policy of the model, which decides about loss scaling.
        inputs: for a graph, Keras' structure of input tensors, `[layer, call, output]` each; `None` for a
            chain.
        outputs: likewise.
        source: the user's model that this describes; `None` for a template and for a nested model.
        opaque: the model cannot be rebuilt from a description, so `layers` is empty and every training calls
            the user's function; the text says why.
    """

    layers: tuple[Layer, ...] = ()
    input_shape: tuple[int | None, ...] | None = None
    name: str | None = None
    trainable: bool = True
    dtype: str = "float32"
    inputs: Any = None
    outputs: Any = None
    source: UserModel | None = None
    opaque: str | None = None

    @property
    def is_graph(self) -> bool:
        """Whether layers name their inputs (Keras' functional API)."""
        return self.outputs is not None


class Preprocessing(_PlainData):
    """What is done to X and y before training; `None` leaves them as they are.

    Attributes:
        imputation: how missing values in X are filled in.
        scaling: of X, per feature.
        target_scaling: of y, per output.
        labels: what the loss gets for a class: its index, or the number by which the source calls it.
        tokens: names of the inputs that hold indices for an `Embedding`, which nothing here touches; a single
            unnamed input is called `X`.
        mask_value: what padded steps of ragged sequences hold after scaling; what `Masking` looks for.
    """

    imputation: str | None = None
    scaling: str | None = None
    target_scaling: str | None = None
    labels: Literal["indices", "as_given"] = "indices"
    tokens: tuple[str, ...] = ()
    mask_value: float = 0.0


class DataFacts(_PlainData):
    """What a fix may need to know of the data; the same in every plan of an experiment.

    Attributes:
        samples: of the training split.
        input_shapes: shape of one sample of each input without the batch axis, by name; a single unnamed
            input is called `X`.
        missing: whether X has missing values.
        constant: whether a feature never varies in the training split.
        padded: whether X holds padded sequences of different lengths.
        output_units: units of an output layer that fits the target.
        target_steps: steps of a target that has a value for every step, else `None`.
        class_shares: share of each class in the training split, for `binary` and `multiclass`.
        one_hot: whether the source gives classes as one-hot rows rather than as one label.
        label_values: the numbers by which the source calls the classes, where they are not whole.
    """

    samples: int = 0
    input_shapes: dict[str, tuple[int | None, ...]] = {}
    missing: bool = False
    constant: bool = False
    padded: bool = False
    output_units: int = 1
    target_steps: int | None = None
    class_shares: tuple[float, ...] = ()
    one_hot: bool = False
    label_values: tuple[float, ...] = ()


class Plan(_PlainData):
    """Everything that decides how a training goes, except the data and the seed.

    Attributes:
        metric: what skill is computed from, in the target's own units.
        optimizer: Keras optimizer; learning rate (a number, or a schedule as Keras serialises it) and
            clipping are part of its config.
        loss: Keras loss name or `{"class_name": ..., "config": ...}`.
        metrics: the user's own Keras metrics, name or serialised, which are reported and decide nothing.
        callbacks: Keras callbacks, in the order in which they run.
        run_eagerly: the training step runs operation by operation, as code of the user's may need it.
        jit_compile: whether the training step is compiled with XLA; `None` does it where it pays.
        class_weight: `balanced` weighs each class by the inverse of its share; `None` weighs samples alike.
        data: what is known of the data.
    """

    task: Task
    metric: Metric
    preprocessing: Preprocessing = Preprocessing()
    model: Model
    optimizer: KerasObject
    loss: str | dict[str, Any]
    metrics: tuple[str | dict[str, Any], ...] = ()
    callbacks: tuple[KerasObject, ...] = ()
    epochs: int
    batch_size: int
    run_eagerly: bool = False
    jit_compile: bool | None = None
    class_weight: Literal["balanced"] | None = None
    data: DataFacts = DataFacts()

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

    A layer that only one side has is one change that holds the whole layer; that its neighbours in a graph
    are connected otherwise then goes without saying.
    """
    wiring = _layer_names(before.model) == _layer_names(after.model)
    return list(_changes("", _parts(before, wiring=wiring), _parts(after, wiring=wiring)))


def graph_key(plan: Plan) -> str:
    """A stable key of everything that changes the compiled graph.

    Plans with the same key differ at most in initial weights, a constant learning rate, the norm at which
    gradients are clipped, callbacks, scaling and number of epochs.
    """
    optimizer = _without(plan.optimizer.config, {"clipnorm"})
    if not isinstance(optimizer.get("learning_rate"), dict):
        optimizer = _without(optimizer, {"learning_rate"})
    graph = {
        "task": plan.task,
        "metric": plan.metric,
        "model": _graph_config(plan.model.model_dump(mode="json")),
        "optimizer": [plan.optimizer.class_name, optimizer],
        "loss": plan.loss,
        "labels": plan.preprocessing.labels,
        "batch_size": plan.batch_size,
        "run_eagerly": plan.run_eagerly,
        "jit_compile": plan.jit_compile,
    }
    return hashlib.sha256(canonical_json(graph).encode()).hexdigest()


def is_of_keras(module: str) -> bool:
    """Whether a module is part of Keras, and not only called alike.

    >>> is_of_keras("keras.losses"), is_of_keras("keras_model")
    (True, False)
    """
    return module.partition(".")[0] == "keras"


def names_user_code(value: Any) -> bool:
    """Whether a part of a plan as JSON data, such as a layer or a loss, is of a class of the user's."""
    if isinstance(value, Mapping):
        module, name = value.get("module"), value.get("class_name")
        own = isinstance(module, str) and not is_of_keras(module)
        own = own or value.get("registered_name") is not None
        return own or (isinstance(name, str) and ":" in name) or any(map(names_user_code, value.values()))
    return isinstance(value, list) and any(map(names_user_code, value))


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


def _layer_names(model: Model) -> list[Any]:
    return [[layer.name, _layer_names(layer.inner) if layer.inner else None] for layer in model.layers]


def _parts(plan: Plan, *, wiring: bool) -> dict[str, Any]:
    """The plan as a nested mapping in which layers and callbacks are found by name, not by position."""
    parts: dict[str, Any] = {}
    for key, value in plan.model_dump(mode="json").items():
        if key == "model":
            parts |= _model_parts(value, wiring=wiring)
        elif key == "optimizer":
            parts[key] = {"class_name": value["class_name"]} | value["config"]
        elif key == "callbacks":
            parts[key] = {callback["class_name"]: callback["config"] for callback in value}
        else:
            parts[key] = value
    return parts


def _model_parts(model: dict[str, Any], *, wiring: bool) -> dict[str, Any]:
    layers = {}
    for layer in model["layers"]:
        parts = {"class_name": layer["class_name"]} | layer["config"]
        if layer["inner"] is not None:
            parts |= _model_parts(layer["inner"], wiring=wiring)
        if wiring and layer["calls"] is not None:
            parts["calls"] = layer["calls"]
        layers[layer["name"]] = parts
    skipped = {"layers", "inputs", "outputs", "name"}
    others = {key: value for key, value in model.items() if key not in skipped}
    return others | {"layers": layers}


def _changes(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _changes(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    else:
        yield Change(path, before, after)
