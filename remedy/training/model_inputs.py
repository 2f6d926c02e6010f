"""Several inputs in the form in which a model takes them."""

from __future__ import annotations

from typing import Any

import keras
from numpy.typing import NDArray

from remedy.data.dataset import NUMBERED_INPUT, Inputs, named_inputs
from remedy.errors import TrainingError


def model_inputs(model: keras.Model, X: Inputs) -> Any:
    """What `fit` and `predict` get as x.

    A model with one input gets an array; one with several a mapping if its inputs have the names of the
    data's, else a list in the data's order. A subclassed model, which has no declared inputs, gets what the
    data source gave: the array, the mapping, or the list (whose items are called `input_1`, `input_2` ...).

    Raises:
        TrainingError: model and data differ in the number of inputs.
    """
    arrays = named_inputs(X)
    names = _input_names(model)
    if names is None:
        return _as_given(X)
    if len(names) != len(arrays):
        raise TrainingError(
            f"the model has {len(names)} input(s) ({', '.join(names)}), "
            f"and the data have {len(arrays)} ({', '.join(arrays)})"
        )
    if len(names) == 1 and not _takes_mapping(model):
        return next(iter(arrays.values()))
    if set(names) == set(arrays):
        return {name: arrays[name] for name in names}
    values = list(arrays.values())
    return dict(zip(names, values, strict=True)) if _takes_mapping(model) else values


def _input_names(model: keras.Model) -> list[str] | None:
    if isinstance(model, keras.Sequential):
        return [model.inputs[0].name] if model.built else ["input"]
    if _takes_mapping(model):
        return list(model.input)
    inputs = getattr(model, "inputs", None)
    return [tensor.name for tensor in inputs] if inputs else None


def _takes_mapping(model: keras.Model) -> bool:
    if isinstance(model, keras.Sequential) or not getattr(model, "inputs", None):
        return False  # asking such a model for its `input` may be an error
    return isinstance(model.input, dict)


def _as_given(X: Inputs) -> NDArray[Any] | dict[str, NDArray[Any]] | list[NDArray[Any]]:
    if not isinstance(X, dict):
        return X  # type: ignore[return-value] # an array
    return list(X.values()) if all(map(NUMBERED_INPUT.fullmatch, X)) else X
