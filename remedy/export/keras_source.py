"""Keras objects of a plan as the source that makes them: layers, initializers, optimizers, losses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from remedy.export.source import Expression, Node, call, literal, mapping, sequence
from remedy.plan import KerasObject, Layer

_PREFIXES = {
    "keras.layers": "layers",
    "keras.initializers": "keras.initializers",
    "keras.regularizers": "keras.regularizers",
    "keras.constraints": "keras.constraints",
    "keras.losses": "keras.losses",
    "keras.optimizers": "keras.optimizers",
    "keras.optimizers.schedules": "keras.optimizers.schedules",
    "keras": "keras",
}

_POSITIONAL = ("units", "filters", "kernel_size", "rate", "input_dim", "output_dim", "n", "layer", "cell")
"""First arguments that everyone writes without their names, in the order of Keras' signatures."""

_BY_ARGUMENT = (
    ("_initializer", "keras.initializers"),
    ("_regularizer", "keras.regularizers"),
    ("_constraint", "keras.constraints"),
)
_DEFAULTS = {"trainable": True, "dtype": "float32"}


@dataclass
class Imports:
    """What the script has to import from files of the user's: names by module."""

    names: dict[str, set[str]] = field(default_factory=dict)

    def add(self, module: str, name: str) -> str:
        """How the script refers to a member of a module."""
        self.names.setdefault(module, set()).add(name.partition(".")[0])
        return name


def layer_call(layer: Layer, imports: Imports, **named: Expression) -> Expression:
    """The source that makes a layer which is no model itself; its name is left out.

    Args:
        layer: described.
        imports: where to note what is the user's.
        named: further arguments, such as the name.
    """
    module = layer.module or "keras.layers"
    return _made(module, layer.class_name, layer.config, imports, **named)


def optimizer_source(optimizer: KerasObject, imports: Imports) -> Expression:
    """The source that makes a plan's optimizer."""
    if ":" in optimizer.class_name:
        module, _, name = optimizer.class_name.partition(":")
        return _made(module, name, optimizer.config, imports)
    if optimizer.class_name[0].islower():
        described = {"class_name": optimizer.class_name, "config": optimizer.config}
        return call("keras.optimizers.get", literal(described))
    return _made("keras.optimizers", optimizer.class_name, optimizer.config, imports)


def loss_source(loss: str | Mapping[str, Any], imports: Imports) -> Expression:
    """The source of a plan's loss, as `compile` takes it."""
    if isinstance(loss, str):
        return literal(loss)
    if loss["class_name"] == "function":
        return imports.add(loss["module"], loss["config"])
    if loss["class_name"][0].islower():
        return call("keras.losses.get", literal(dict(loss)))
    return _made(loss.get("module") or "keras.losses", loss["class_name"], loss.get("config") or {}, imports)


def callback_source(callback: KerasObject, imports: Imports) -> Expression:
    """The source that makes a callback of Keras."""
    return _made("keras.callbacks", callback.class_name, callback.config, imports)


def value_source(value: Any, imports: Imports, argument: str = "") -> Expression:
    """An argument of a layer: plain data, or a Keras object in it as the call that makes it.

    Args:
        value: as it stands in the layer's description.
        imports: where to note what is the user's.
        argument: its name, which tells what a class without a module is.
    """
    if isinstance(value, Mapping) and "class_name" in value:
        return _object_source(value, imports, argument)
    if isinstance(value, Mapping):
        return mapping({str(key): value_source(item, imports) for key, item in value.items()})
    if isinstance(value, list):
        return sequence(value_source(item, imports, argument) for item in value)
    return literal(value)


def _object_source(value: Mapping[str, Any], imports: Imports, argument: str) -> Expression:
    class_name, config = value["class_name"], value.get("config")
    module = value.get("module")
    if class_name in {"__tensor__", "__numpy__"}:
        return literal(value["config"]["value"])
    if class_name == "__tuple__":
        items = tuple(value_source(item, imports) for item in value["items"])
        return Node("(", items, ",)" if len(items) == 1 else ")")
    if class_name == "function":
        return literal(config) if module == "builtins" else imports.add(str(module), str(config))
    if module is None:
        module = next((found for end, found in _BY_ARGUMENT if argument.endswith(end)), None)
    if module is None or not isinstance(config, Mapping):
        return call("keras.saving.deserialize_keras_object", literal(dict(value)))
    return _made(module, class_name, config, imports)


def _made(
    module: str, class_name: str, config: Mapping[str, Any], imports: Imports, **named: Expression
) -> Expression:
    if module.partition(".")[0] == "keras":
        function = f"{_PREFIXES.get(module, module)}.{class_name}"
    else:
        function = imports.add(module, class_name)
    known = {
        key: value
        for key, value in config.items()
        if key != "name" and not (key in _DEFAULTS and value == _DEFAULTS[key])
    }
    arguments = {key: value_source(_short(key, value), imports, key) for key, value in known.items()}
    names: tuple[str, ...] = ()
    if module == "keras.layers":
        names = ("activation",) if class_name == "Activation" else _POSITIONAL
    first = [arguments.pop(key) for key in names if key in arguments]
    return call(function, *first, **arguments, **named)


def _short(key: str, value: Any) -> Any:
    """A size that is the same along every axis as one number, as people write it."""
    if key in {"kernel_size", "pool_size", "strides"} and isinstance(value, list) and len(set(value)) == 1:
        return value[0]
    return value
