"""A plan's Keras objects, made exactly as someone would write them by hand."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import keras

from remedy.models.callbacks import CyclicalLearningRate
from remedy.models.user_model import import_user_code, load_user_object, open_user_model
from remedy.plan import Call, KerasObject, Layer, Model, Plan, UserModel


def build_model(plan: Plan) -> keras.Model:
    """The plan's model, not compiled.

    Its weights are fresh and depend on the global seed alone (`keras.utils.set_random_seed`), as in a
    hand-written script, unless the plan keeps the weights that the user's model has.

    Raises:
        UserCodeError: code of the user's failed.
    """
    source = plan.model.source
    if source is None:
        return rebuild(plan.model)
    if plan.model.opaque is not None:
        model = open_user_model(source)
        # The user's optimizer would count as a part of the model, which a file of its weights has to hold.
        model.optimizer, model.compiled = None, False
        return model
    import_user_code(plan.model)
    if not source.keep_weights:
        return rebuild(plan.model)
    original = open_user_model(source)
    model = rebuild(plan.model)
    _copy_weights(original, model)
    return model


def rebuild(model: Model) -> keras.Model:
    """The Keras model of a description that is not opaque, with fresh weights."""
    if model.is_graph:
        built = keras.Model.from_config(
            {
                "name": model.name,
                "trainable": model.trainable,
                "layers": [_serialized_call(layer) for layer in model.layers],
                "input_layers": model.inputs,
                "output_layers": model.outputs,
            }
        )
        for layer in model.layers:
            if layer.inner is not None and not layer.inner.trainable:
                built.get_layer(layer.name).trainable = False  # which a Sequential forgets
    else:
        layers = [_build_layer(layer) for layer in model.layers]
        entry = [keras.Input(model.input_shape)] if model.input_shape is not None else []
        built = keras.Sequential([*entry, *layers], name=model.name)
        if not model.trainable:
            built.trainable = False  # true would thaw frozen layers
    built.dtype_policy = model.dtype
    return built


def build_optimizer(plan: Plan) -> keras.optimizers.Optimizer:
    """The plan's optimizer, with learning rate and clipping."""
    optimizer = plan.optimizer
    if ":" not in optimizer.class_name:
        # `keras.optimizers.get` does not know all of them.
        return getattr(keras.optimizers, optimizer.class_name).from_config(copy.deepcopy(optimizer.config))
    module, _, name = optimizer.class_name.partition(":")
    return load_user_object(plan.model.source, module, name).from_config(dict(optimizer.config))


def build_loss(plan: Plan) -> Any:
    """The plan's loss: a Keras loss, or a function of the user's."""
    return keras.losses.get(_resolved(plan.loss, plan.model.source))


def build_metrics(plan: Plan) -> list[Any]:
    """The user's own metrics, newly made."""
    return [keras.metrics.get(_resolved(metric, plan.model.source)) for metric in plan.metrics]


def _resolved(described: str | dict[str, Any], source: UserModel | None) -> Any:
    """A loss or metric as Keras takes it; a function of the user's is looked up in its module."""
    if isinstance(described, dict) and described["class_name"] == "function":
        return load_user_object(source, described["module"], described["config"])
    return described


def build_callbacks(plan: Plan) -> list[keras.callbacks.Callback]:
    """The plan's callbacks, such as a learning rate schedule."""
    # Callbacks have no from_config: Keras does not serialise them.
    return [_callback_class(callback.class_name)(**callback.config) for callback in plan.callbacks]


def _callback_class(name: str) -> Any:
    return CyclicalLearningRate if name == "CyclicalLearningRate" else getattr(keras.callbacks, name)


def _build_layer(layer: Layer) -> Any:
    if layer.inner is not None:
        return rebuild(layer.inner)
    return keras.saving.deserialize_keras_object(_serialized_layer(layer))


def _serialized_layer(layer: Layer) -> dict[str, Any]:
    if layer.inner is not None:
        # A nested model is handed to Keras as it is: there is no other way to build its graph from a plan.
        inner = rebuild(layer.inner)
        return dict(keras.saving.serialize_keras_object(inner)) | {"build_config": None}
    serialized = _serialized(layer, layer.module or "keras.layers")
    return serialized | {
        "config": serialized["config"] | {"name": layer.name},
        "registered_name": layer.registered_name,
    }


def _serialized_call(layer: Layer) -> dict[str, Any]:
    calls = [_serialized_arguments(call) for call in layer.calls or ()]
    return _serialized_layer(layer) | {"name": layer.name, "inbound_nodes": calls}


def _serialized_arguments(call: Call) -> dict[str, Any]:
    return {"args": _tensors(call.args), "kwargs": _tensors(call.kwargs)}


def _tensors(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"tensor"}:
            # Keras takes shape and dtype from the tensor that it finds by its history.
            config = {"shape": [None], "dtype": "float32", "keras_history": list(value["tensor"])}
            return {"class_name": "__keras_tensor__", "config": config}
        return {key: _tensors(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tensors(item) for item in value]
    return value


def _serialized(described: KerasObject, module: str) -> dict[str, Any]:
    # A copy all the way down: some `from_config` take their arguments out of the mapping that they get.
    config = copy.deepcopy(described.config)
    return {"module": module, "class_name": described.class_name, "config": config}


def _copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Copy the weights of every layer that both models have under one name and in the same shapes."""
    own = {layer.name: layer for layer in source.layers}
    for layer in target.layers:
        twin = own.get(layer.name)
        if isinstance(layer, keras.Model) and isinstance(twin, keras.Model):
            _copy_weights(twin, layer)
        elif twin is not None:
            weights = twin.get_weights()
            if [array.shape for array in weights] == [array.shape for array in layer.get_weights()]:
                layer.set_weights(weights)
