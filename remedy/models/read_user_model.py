"""Opens the user's model, checks that it can be trained here, and describes it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

import keras

from remedy.errors import UserCodeError
from remedy.models.compilation import NotSupportedError, describe_compilation
from remedy.models.describe import describe_model
from remedy.models.description import Compilation, ModelDescription, Shape
from remedy.models.user_model import load_user_function, load_user_object, open_user_model
from remedy.plan import UserModel
from remedy.user_code import parameters_of

_KNOWN_ARGUMENTS = ("input_shape", "output_shape")


def read_user_model(
    source: UserModel, input_shapes: Mapping[str, Shape], output_shape: Shape
) -> ModelDescription:
    """Open a model and describe it.

    Args:
        source: where it comes from; its arguments are filled in here.
        input_shapes: shape of one sample of the data, by input.
        output_shape: shape of a prediction that fits the target.

    Raises:
        UserCodeError: there is no model, or none that can be trained here.
    """
    started = time.monotonic()
    source = _with_arguments(source, input_shapes, output_shape)
    model = open_user_model(source)
    seconds = time.monotonic() - started
    place = source.file if source.function is None else f"{source.file}: {source.function}()"
    inputs, outputs = _inputs_and_outputs(model, input_shapes, place)
    try:
        if len(outputs) > 1:
            raise NotSupportedError(
                f"the model has {len(outputs)} outputs, and only one can be trained; "
                "use a model with one output"
            )
        compilation = describe_compilation(model)
    except NotSupportedError as reason:
        raise UserCodeError(f"{place}: {reason}") from None
    _find_objects(compilation, source)
    described = describe_model(model, source)
    if described.opaque is not None and source.function is None and not source.keep_weights:
        raise UserCodeError(
            f"{place}: {described.opaque}, so its weights cannot be drawn anew; set model.keep_weights: "
            "true, or write a function that builds it and name that under model.build"
        )
    if source.function is not None and (described.opaque is not None or source.keep_weights):
        sets_seed = source.model_copy(update={"sets_seed": _sets_seed(source)})
        described = described.model_copy(update={"source": sets_seed})
    layers = list(_all_layers(model))
    masking = next((layer for layer in layers if isinstance(layer, keras.layers.Masking)), None)
    return ModelDescription(
        model=described,
        compilation=compilation,
        input_shapes={tensor.name: tuple(tensor.shape[1:]) for tensor in inputs},
        output_shape=tuple(outputs[0].shape[1:]),
        tokens=tuple(tensor.name for tensor in inputs if _holds_tokens(tensor)),
        mask_value=None if masking is None else float(masking.mask_value),
        has_embedding=any(isinstance(layer, keras.layers.Embedding) for layer in layers),
        masks_tokens=any(isinstance(layer, keras.layers.Embedding) and layer.mask_zero for layer in layers),
        own_train_step=type(model).train_step is not keras.Model.train_step,
        frozen=tuple(layer.name for layer in layers if layer.weights and not layer.trainable),
        seconds=seconds,
    )


def _find_objects(compilation: Compilation, source: UserModel) -> None:
    """Look up the functions and classes that the compilation names in the user's code.

    Raises:
        UserCodeError: one is not found.
    """
    for described in (compilation.loss, *compilation.metrics):
        if isinstance(described, dict) and described["class_name"] == "function":
            load_user_object(source, described["module"], described["config"])
    optimizer = compilation.optimizer
    if optimizer is not None and ":" in optimizer.class_name:
        load_user_object(source, *optimizer.class_name.split(":"))


def _sets_seed(source: UserModel) -> bool:
    """Whether the user's function sets the random seed: what is drawn after it is then always the same."""
    drawn = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        open_user_model(source)
        drawn.append(random.random())  # noqa: S311 - nothing secret
    return drawn[0] == drawn[1]


def _with_arguments(source: UserModel, input_shapes: Mapping[str, Shape], output_shape: Shape) -> UserModel:
    """The source with the arguments that its function asks for."""
    if source.function is None:
        return source
    function = load_user_function(source)
    shapes = {name: tuple(shape) for name, shape in input_shapes.items()}
    values: dict[str, Any] = {
        "input_shape": next(iter(shapes.values())) if len(shapes) == 1 else shapes,
        "output_shape": tuple(output_shape),
    }
    wanted = parameters_of(function)
    unknown = [name for name, required in wanted.items() if required and name not in _KNOWN_ARGUMENTS]
    if unknown:
        raise UserCodeError(
            f"{source.file}: {source.function}() needs an argument {unknown[0]!r}, but it is called with "
            f"{' and '.join(_KNOWN_ARGUMENTS)} at most; give {unknown[0]!r} a default value"
        )
    return source.model_copy(
        update={"arguments": {key: values[key] for key in _KNOWN_ARGUMENTS if key in wanted}}
    )


def _inputs_and_outputs(
    model: keras.Model, input_shapes: Mapping[str, Shape], place: str
) -> tuple[list[Any], list[Any]]:
    """A model's symbolic tensors; a subclassed model has no inputs of its own.

    A model whose input shape is left to the data, such as a Sequential that begins with a Dense, is built.
    """
    shapes = {name: (None, *shape) for name, shape in input_shapes.items()}
    try:
        if isinstance(model, keras.Sequential) and not model.built:
            model.build(next(iter(shapes.values())))
        if getattr(model, "outputs", None):
            return list(model.inputs), list(model.outputs)
        tensors = {name: keras.KerasTensor(shape) for name, shape in shapes.items()}
        outputs = model(next(iter(tensors.values())) if len(tensors) == 1 else tensors)
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        data = ", ".join(str(tuple(shape)) for shape in input_shapes.values())
        raise UserCodeError(f"{place}: the model cannot take samples of shape {data} ({text})") from error
    return [], keras.tree.flatten(outputs)


def _all_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _all_layers(layer)
        else:
            yield layer


def _holds_tokens(tensor: Any) -> bool:
    """Whether an input goes straight into an Embedding, or into the input of a nested model that does."""
    for node in getattr(tensor._keras_history.operation, "_outbound_nodes", []):
        if isinstance(node.operation, keras.layers.Embedding):
            return True
        if isinstance(node.operation, keras.Model) and any(map(_holds_tokens, node.operation.inputs)):
            return True
    return False
