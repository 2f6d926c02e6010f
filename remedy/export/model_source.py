"""The function that builds a plan's model, written out layer by layer."""

from __future__ import annotations

from collections.abc import Mapping

from remedy.export.graph_source import GraphSource
from remedy.export.keras_source import Imports
from remedy.export.layer_source import identifier, made_layer
from remedy.export.source import Expression, call, function, literal, sequence, statement, tall
from remedy.plan import Model


def model_functions(model: Model, input_names: Mapping[str, str], imports: Imports) -> list[str]:
    """The source of `build_model()`, and before it that of the models that are used as layers.

    Args:
        model: described, not opaque.
        input_names: how the inputs are called in the data, by their names in the model; empty if there is
            one input only, whose name does not matter.
        imports: where to note what is the user's.
    """
    return _functions("build_model", "The model.", model, input_names, imports)


def _functions(
    name: str, doc: str, model: Model, input_names: Mapping[str, str], imports: Imports
) -> list[str]:
    parts = [
        text
        for layer in model.layers
        if layer.inner is not None
        for text in _functions(
            f"build_{identifier(layer.name)}", "A part of the model.", layer.inner, {}, imports
        )
    ]
    if model.is_graph:
        body, made = GraphSource(model, input_names, imports).written()
    else:
        body, made = [], _chain(model, imports)
    return [*parts, function(f"{name}()", doc, [*body, *_returned(model, made)])]


def _chain(model: Model, imports: Imports) -> Expression:
    entry = [] if model.input_shape is None else [call("keras.Input", literal(tuple(model.input_shape)))]
    layers = [made_layer(layer, {}, imports) for layer in model.layers]
    return call("keras.Sequential", tall(sequence([*entry, *layers])))


def _returned(model: Model, made: Expression) -> list[str]:
    """The statements that return the model, after what is set on the model as a whole."""
    settings = []
    if not model.trainable:
        settings.append("model.trainable = False")
    if model.dtype != "float32":
        dtype = literal(model.dtype)
        settings.append(f"model.dtype_policy = keras.DTypePolicy({dtype})  # compile() then scales the loss")
    if not settings:
        return statement("return ", made)
    return [*statement("model = ", made), *settings, "return model"]
