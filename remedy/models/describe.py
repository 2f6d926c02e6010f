"""A Keras model as plain data, from which it can be built again."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import keras
from keras.src.models.functional import Functional

from remedy.models.build import rebuild
from remedy.models.layer_config import compact_layer
from remedy.plan import Call, Layer, Model, UserModel

_LOOKUPS = (
    "StringLookup",
    "IntegerLookup",
    "TextVectorization",
    "Discretization",
    "Hashing",
    "HashedCrossing",
)


class NotDescribableError(Exception):
    """The model cannot be rebuilt from a description; the message, a clause, says why."""


def describe_model(model: keras.Model, source: UserModel) -> Model:
    """Describe a built model.

    Args:
        model: Sequential, Functional or a subclass, with known input shapes.
        source: where it comes from.

    Returns:
        Its layers and how they are connected. A model that cannot be rebuilt from such a description is
        `opaque`.
    """
    try:
        described = _describe(model).model_copy(update={"source": source})
        _check_round_trip(model, described)
    except NotDescribableError as reason:
        return Model(source=source, opaque=str(reason), dtype=model.dtype_policy.name)
    return described


def _describe(model: keras.Model) -> Model:
    if type(model) is keras.Sequential:
        return _describe_chain(model)
    if type(model) in {keras.Model, Functional}:
        return _describe_graph(model)
    raise NotDescribableError(f"the model is of a class of its own, {type(model).__name__}")


def _describe_chain(model: keras.Sequential) -> Model:
    config = model.get_config()
    layers = model._layers
    return Model(
        layers=tuple(
            _describe_layer(layer, data) for layer, data in zip(layers, config["layers"], strict=True)
        ),
        name=model.name,
        trainable=model.trainable,
        dtype=model.dtype_policy.name,
    )


def _describe_graph(model: keras.Model) -> Model:
    config = model.get_config()
    layers = []
    for operation, data in zip(model.operations, config["layers"], strict=True):
        calls = tuple(
            Call(args=tuple(_references(call["args"])), kwargs=_references(_given(operation, call["kwargs"])))
            for call in data["inbound_nodes"]
        )
        layers.append(_describe_layer(operation, data).model_copy(update={"calls": calls}))
    return Model(
        layers=tuple(layers),
        name=model.name,
        trainable=model.trainable,
        dtype=model.dtype_policy.name,
        inputs=config["input_layers"],
        outputs=config["output_layers"],
    )


def _describe_layer(layer: Any, data: Mapping[str, Any]) -> Layer:
    class_name, module = data["class_name"], data["module"]
    if class_name == "Lambda" or class_name in _LOOKUPS:
        raise NotDescribableError(
            f"its layer {layer.name!r} is a {class_name}, which holds more than settings"
        )
    if isinstance(layer, keras.Model):
        return Layer(name=layer.name, class_name=class_name, inner=_describe(layer))
    config = compact_layer(data)
    if class_name == "Normalization" and config.get("mean") is None:
        config |= {key: _numbers(getattr(layer, key)) for key in ("mean", "variance")}
    return Layer(
        name=layer.name,
        class_name=class_name,
        config=config,
        module=None if module == "keras.layers" else module,
        registered_name=data["registered_name"],
    )


def _numbers(weights: Any) -> Any:
    return keras.ops.convert_to_numpy(weights).ravel().tolist()


def _given(operation: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of a call without those that Keras fills in by itself.

    It does not where a mask is passed on, which is an argument too.
    """
    signature = inspect.signature(operation.call).parameters
    filled_in = {"training": signature["training"].default} if "training" in signature else {}
    given = [value for key, value in arguments.items() if value is not None and value != filled_in.get(key)]
    return dict(arguments) if given else {}


def _references(value: Any) -> Any:
    """A call's arguments with short references in place of Keras' tensors."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            return {"tensor": list(value["config"]["keras_history"])}
        return {key: _references(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_references(item) for item in value]
    return value


def _check_round_trip(model: keras.Model, described: Model) -> None:
    """What is built from the description has to be the same model.

    Raises:
        NotDescribableError: it is not, or it cannot be built.
    """
    try:
        described = Model.model_validate_json(described.model_dump_json())
        rebuilt = rebuild(described)
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        raise NotDescribableError(
            f"it cannot be built from its own configuration ({type(error).__name__}: {text})"
        ) from error
    before, after = _comparable(model.get_config()), _comparable(rebuilt.get_config())
    if before != after or _weight_shapes(model) != _weight_shapes(rebuilt):
        raise NotDescribableError("its configuration does not describe it completely")


def _weight_shapes(model: keras.Model) -> list[tuple[int, ...]]:
    return [tuple(weights.shape) for weights in model.trainable_weights]


def _comparable(value: Any) -> Any:
    """A configuration without what differs between equal models."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "Normalization":
            return value.get("name")
        skipped = {"build_config", "build_input_shape", "shared_object_id"}
        return {key: _comparable(item) for key, item in value.items() if key not in skipped}
    if isinstance(value, list | tuple):
        return [_comparable(item) for item in value]
    return value
