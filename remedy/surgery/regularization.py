"""What regularises a training: drop rates, noise and penalties among the arguments of layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from remedy.plan import Layer, Plan
from remedy.surgery.layers import configs

Config = dict[str, Any]

DROP_RATES = frozenset({"rate", "dropout", "recurrent_dropout"})
"""Arguments that hold the share of units that are dropped."""

_STRENGTHS = {
    "rate": "dropout",
    "dropout": "dropout",
    "recurrent_dropout": "recurrent dropout",
    "stddev": "noise",
    "l1": "activity penalty l1",
    "l2": "activity penalty l2",
}
"""Arguments that hold a strength, and what it is the strength of."""
DEFAULT_DECAYS = {"AdamW": 0.004, "Muon": 0.004}
"""Keras' default weight decay; none for all others."""

_SUFFIX = "_regularizer"
_DEFAULT = 0.01
"""Of Keras' L1 and L2; L1L2 has none."""

_WEIGHTS: dict[str, Config] = {
    "l1": {"l1": _DEFAULT},
    "l2": {"l2": _DEFAULT},
    "l1l2": {"l1": 0.0, "l2": 0.0},
    "orthogonalregularizer": {"factor": _DEFAULT},
}


def weaker(arguments: Config, factor: float) -> Config:
    """The arguments of a layer with everything that regularises times a factor below 1.

    A regularizer of the user's own goes if the factor is 0, and stays as it is otherwise.

    >>> weaker({"units": 4, "dropout": 0.5, "kernel_regularizer": "l2"}, 0.0)
    {'units': 4, 'dropout': 0.0, 'kernel_regularizer': None}
    """
    changed = {key: arguments[key] * factor for key in _STRENGTHS.keys() & arguments.keys() if arguments[key]}
    for key, value in regularizers(arguments):
        changed[key] = _times(value, factor) if factor else None
    return {key: changed.get(key, value) for key, value in arguments.items()}


def strengths(layer: Layer) -> Iterator[tuple[str, float]]:
    """What regularises a layer and how strongly; 0 for a regularizer of the user's own."""
    for arguments in configs(layer):
        for key, sort in _STRENGTHS.items():
            if arguments.get(key):
                yield sort, float(arguments[key])
        for key, value in regularizers(arguments):
            role = key.removesuffix(_SUFFIX)
            weights = penalties(value)
            for name, weight in weights.items():
                if weight:
                    yield f"{role} penalty {name}", weight
            if not weights:
                yield f"{role} penalty of one's own", 0.0


def weight_decay(plan: Plan) -> float:
    """The weight decay of the optimizer, be it the default of its class; 0 if it has none."""
    default = DEFAULT_DECAYS.get(plan.optimizer.class_name)
    return float(plan.optimizer.config.get("weight_decay", default) or 0.0)


def regularizers(arguments: Config) -> Iterator[tuple[str, Any]]:
    """The arguments that hold a regularizer, with the regularizer."""
    for key, value in arguments.items():
        if key.endswith(_SUFFIX) and value is not None:
            yield key, value


def penalties(regularizer: Any) -> Mapping[str, float]:
    """The weights of a regularizer by their names in Keras, mostly `l1` and `l2`; empty for the user's own.

    >>> penalties({"class_name": "L2", "config": {"l2": 0.5}})
    {'l2': 0.5}
    """
    name, config = _parts(regularizer)
    known = _WEIGHTS.get(name.replace("_", "").lower(), {})
    return {key: float(config.get(key, default) or 0.0) for key, default in known.items()}


def _times(regularizer: Any, factor: float) -> Any:
    weights = penalties(regularizer)
    if not weights:
        return regularizer
    name, config = _parts(regularizer)
    lighter = {key: weight * factor for key, weight in weights.items()}
    described = dict(regularizer) if isinstance(regularizer, Mapping) else {"class_name": name}
    return described | {"config": config | lighter}


def _parts(regularizer: Any) -> tuple[str, Config]:
    if isinstance(regularizer, Mapping):
        return str(regularizer.get("class_name", "")), dict(regularizer.get("config") or {})
    return str(regularizer), {}
