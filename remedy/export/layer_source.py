"""One layer of a model as the source that makes it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping

from remedy.export.keras_source import Imports, layer_call
from remedy.export.source import Expression, call, literal
from remedy.plan import Layer

_TAKEN = frozenset({"keras", "layers", "np", "pd", "json", "os", "model", "expit", "softmax", "log_loss"})


def made_layer(layer: Layer, input_names: Mapping[str, str], imports: Imports) -> Expression:
    """The source that makes a layer, an input, or a model that is used as a layer.

    Args:
        layer: described.
        input_names: how the inputs are to be called, by their names in the model.
        imports: where to note what is the user's.
    """
    if layer.inner is not None:
        return f"build_{identifier(layer.name)}()"
    if layer.class_name == "InputLayer" and layer.module is None:
        return _input(layer, input_names.get(layer.name))
    return layer_call(layer, imports)


def identifier(name: str) -> str:
    """The name of a layer as that of a variable.

    >>> identifier("conv/1"), identifier("lambda")
    ('conv_1', 'lambda_')
    """
    found = re.sub(r"\W", "_", name, flags=re.ASCII)
    if not found or found[0].isdigit():
        found = f"layer_{found}"
    return f"{found}_" if found in _TAKEN or keyword.iskeyword(found) else found


def _input(layer: Layer, name: str | None) -> Expression:
    config = {key: value for key, value in layer.config.items() if key != "name"}
    batch_shape = config.pop("batch_shape", None) or [None, *config.pop("shape", ())]
    named: dict[str, Expression] = {key: literal(value) for key, value in config.items()}
    if name is not None:
        named["name"] = literal(name)
    if batch_shape[0] is not None:
        return call("keras.Input", batch_shape=literal(tuple(batch_shape)), **named)
    return call("keras.Input", literal(tuple(batch_shape[1:])), **named)
