"""Keras' initializers by name, so that a value can be checked without loading Keras."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator

_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "constant": ("value",),
    "glorot_normal": ("seed",),
    "glorot_uniform": ("seed",),
    "he_normal": ("seed",),
    "he_uniform": ("seed",),
    "identity": ("gain",),
    "lecun_normal": ("seed",),
    "lecun_uniform": ("seed",),
    "ones": (),
    "orthogonal": ("gain", "seed"),
    "random_normal": ("mean", "stddev", "seed"),
    "random_uniform": ("minval", "maxval", "seed"),
    "truncated_normal": ("mean", "stddev", "seed"),
    "variance_scaling": ("scale", "mode", "distribution", "seed"),
    "zeros": (),
}

_OTHER_NAMES = {
    "xavier": "glorot_uniform",
    "xavier_uniform": "glorot_uniform",
    "xavier_normal": "glorot_normal",
    "glorot": "glorot_uniform",
    "he": "he_normal",
    "kaiming": "he_normal",
    "kaiming_normal": "he_normal",
    "kaiming_uniform": "he_uniform",
    "lecun": "lecun_normal",
    "normal": "random_normal",
    "uniform": "random_uniform",
}


def _class_name(name: str) -> str:
    return name.title().replace("_", "")


_KERAS_NAMES = {name: name for name in _ARGUMENTS} | {_class_name(name): name for name in _ARGUMENTS}


def check_initializer(value: str | dict[str, Any]) -> str | dict[str, Any]:
    """Return an initializer that Keras knows, by name or as `{class_name, config}`.

    Raises:
        ValueError: Keras has no such initializer, or the initializer no such argument.

    >>> check_initializer("he_normal")
    'he_normal'
    >>> check_initializer("xavier")
    Traceback (most recent call last):
    ValueError: Keras has no initializer 'xavier'; did you mean 'glorot_uniform'?
    """
    name, arguments = _parts({"class_name": value} if isinstance(value, str) else value)
    if name not in _KERAS_NAMES:
        raise ValueError(f"Keras has no initializer {name!r}; {_advice(name)}")
    known = _ARGUMENTS[_KERAS_NAMES[name]]
    for argument in arguments:
        if argument not in known:
            takes = f"takes {', '.join(known)}" if known else "takes no arguments"
            raise ValueError(f"the initializer {name!r} {takes}, not {argument!r}")
    if _KERAS_NAMES[name] == "constant" and "value" not in arguments:
        raise ValueError(
            "the initializer 'constant' needs a value: {class_name: constant, config: {value: 0.1}}"
        )
    return value


_FEW = 2

_DEFAULTS = {
    "gain": 1.0,
    "mean": 0.0,
    "stddev": 0.05,
    "minval": -0.05,
    "maxval": 0.05,
    "scale": 1.0,
    "mode": "fan_in",
    "distribution": "truncated_normal",
}


def normal_form(value: Any) -> Any:
    """One form for all ways to write an initializer, to compare two of them.

    >>> normal_form({"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}})
    {'class_name': 'orthogonal', 'config': {}}
    """
    if isinstance(value, str):
        value = {"class_name": value}
    if not isinstance(value, dict) or value.get("class_name") not in _KERAS_NAMES:
        return value
    arguments = value.get("config") or {}
    own = {name: item for name, item in arguments.items() if item != _DEFAULTS.get(name)}
    return {"class_name": _KERAS_NAMES[value["class_name"]], "config": own}


_FAMILIES = {"glorot": "Xavier", "he": "He", "lecun": "LeCun"}


def initializer_text(value: Any, *, names: bool = False) -> str:
    """An initializer in a few words, its arguments in Keras' order.

    Args:
        value: a name, or `{class_name, config}`.
        names: with the name of its inventor, if it has one.

    >>> initializer_text({"class_name": "RandomUniform", "config": {"minval": -5, "maxval": 5, "seed": None}})
    'random_uniform(-5, 5)'
    >>> initializer_text("glorot_uniform", names=True)
    'Xavier (glorot_uniform)'
    """
    form = normal_form(value)
    if not isinstance(form, dict):
        return str(form)
    name = str(form.get("class_name"))
    own = {
        key: item for key, item in (form.get("config") or {}).items() if key in _DEFAULTS or key == "value"
    }
    if own and name in _ARGUMENTS:
        arguments = [own.get(key, _DEFAULTS.get(key)) for key in _ARGUMENTS[name] if key != "seed"]
        name += f"({', '.join(f'{item:g}' if isinstance(item, float) else str(item) for item in arguments)})"
    family = _FAMILIES.get(name.partition("_")[0])
    return f"{family} ({name})" if names and family else name


def initializers_text(values: Iterable[Any]) -> str:
    """Several initializers, each of them once.

    >>> initializers_text(["zeros", "Zeros", "ones"])
    'zeros and ones'
    """
    names = list(dict.fromkeys(map(initializer_text, values)))
    return " and ".join(names) if len(names) <= _FEW else f"{len(names)} different initializers"


def _parts(value: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    name, arguments = value.get("class_name"), value.get("config", {})
    if not isinstance(name, str) or not isinstance(arguments, dict) or set(value) - {"class_name", "config"}:
        raise ValueError("expected an initializer's name or {class_name: name, config: {argument: value}}")
    return name, arguments


def _advice(name: str) -> str:
    plain = name.lower().replace("-", "_").replace(" ", "_")
    nearest = (
        [_OTHER_NAMES[plain]] if plain in _OTHER_NAMES else difflib.get_close_matches(plain, _ARGUMENTS, n=1)
    )
    return f"did you mean {nearest[0]!r}?" if nearest else f"it knows {', '.join(_ARGUMENTS)}"


Initializer = Annotated[str | dict[str, Any], AfterValidator(check_initializer)]
"""A Keras initializer in an experiment file: a name, or `{class_name, config}`."""
