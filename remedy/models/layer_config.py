"""Keras' serialised objects in short: the arguments that differ from the defaults, names where names do."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Mapping
from typing import Any

import keras

Config = dict[str, Any]

_NOT_SETTINGS = frozenset({"build_config", "shared_object_id"})


def compact_layer(layer: Mapping[str, Any]) -> Config:
    """The arguments of a serialised layer that differ from Keras' defaults, without its name.

    Args:
        layer: what `keras.saving.serialize_keras_object` returns for a layer.

    Returns:
        The arguments as plain JSON data; all of them for a layer that is not Keras' own.
    """
    config = {key: value for key, value in layer["config"].items() if key != "name"}
    if layer["module"] != "keras.layers":
        return {key: _plain(value) for key, value in config.items()}
    if layer["class_name"] == "InputLayer":
        return {key: value for key, value in _plain(config).items() if value and value != "float32"}
    compact = compact_arguments(getattr(keras.layers, layer["class_name"]), config)
    return _one_directional(compact) if layer["class_name"] == "Bidirectional" else compact


def compact_arguments(cls: Any, config: Config) -> Config:
    """The arguments of a Keras class that differ from its defaults, as plain JSON data.

    Args:
        cls: a class with `from_config`.
        config: the arguments, from `get_config`.
    """
    config = _plain(config)
    required = {name: config[name] for name in _required(cls) if name in config}
    try:
        defaults = _rebuilt(cls, required)
        compact = {
            name: value
            for name, value in config.items()
            if name in required or name not in defaults or value != defaults[name]
        }
        # A default may depend on another argument: the strides of a pooling layer are its pool size.
        return compact if _rebuilt(cls, compact) == config else config
    except Exception:  # noqa: BLE001 - some classes need arguments that their signature calls optional
        return config


def _rebuilt(cls: Any, config: Config) -> Config:
    rebuilt: Config = _plain(cls.from_config(copy.deepcopy(config)).get_config())
    return {key: value for key, value in rebuilt.items() if key != "name" or "name" in config}


def _one_directional(config: Config) -> Config:
    """A Bidirectional layer as people write it, with the forward layer alone, where that says all."""
    forward = config["layer"]
    arguments = {key: value for key, value in forward["config"].items() if key != "zero_output_for_mask"}
    arguments["name"] = str(arguments["name"]).removeprefix("forward_")
    short = {key: value for key, value in config.items() if key != "backward_layer"}
    short["layer"] = forward | {"config": arguments}
    cls = keras.layers.Bidirectional
    return short if _rebuilt(cls, short) == _rebuilt(cls, config) else config


def _required(cls: Any) -> list[str]:
    return [
        name
        for name, parameter in inspect.signature(cls.__init__).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        and name != "self"
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain_object(value) if "class_name" in value else {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _plain_object(value: Mapping[str, Any]) -> Any:
    """A serialised Keras object: a name where that says all, else its class and arguments."""
    class_name, module, config = value["class_name"], value.get("module"), value.get("config")
    if class_name == "DTypePolicy" and isinstance(config, Mapping):
        return config["name"]
    if module == "keras.initializers" and _is_default_initializer(class_name, config):
        return _snake_case(class_name)
    if module == "keras.layers" and isinstance(config, Mapping) and "layers" not in config:
        name = {"name": config["name"]} if "name" in config else {}
        short = compact_layer({"module": module, "class_name": class_name, "config": config}) | name
        return {"module": module, "class_name": class_name, "config": short}
    kept = {
        key: _plain(item) for key, item in value.items() if key not in {"build_config", "shared_object_id"}
    }
    return {key: item for key, item in kept.items() if key != "registered_name" or item is not None}


def _is_default_initializer(class_name: str, config: Any) -> bool:
    cls = getattr(keras.initializers, class_name, None)
    if cls is None or _required(cls):
        return False
    try:
        return bool(cls.from_config({}).get_config() == config)
    except KeyError:  # Constant has a default, but cannot be read without its value
        return False


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
