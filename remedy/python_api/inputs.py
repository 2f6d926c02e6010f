"""Models and arrays that are at hand, as the files and sections of an experiment."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.errors import ConfigError, DataError


def experiment_on(
    X: Any, sections: Mapping[str, Any], *, trials: int, epochs: int, batch_size: int
) -> dict[str, Any]:
    """The sections of an experiment on arrays, without their place and the model's.

    Args:
        X: one array or several.
        sections: what the caller says of data, model, search and training; it wins.
        trials: of the search.
        epochs: of every training.
        batch_size: of every training.

    Raises:
        ConfigError: a section is no mapping.
    """
    for section in ("data", "model", "search", "training"):
        if not isinstance(sections.get(section, {}), Mapping):
            raise ConfigError(f"{section}: expected a mapping of keys, got {sections[section]!r}")
    experiment = {
        key: dict(value) if isinstance(value, Mapping) else value for key, value in sections.items()
    }
    experiment["search"] = {"trials": trials} | experiment.get("search", {})
    experiment["training"] = {"epochs": epochs, "batch_size": batch_size} | experiment.get("training", {})
    data = {"target": "y", "features": list(_named(X))}
    experiment["data"] = data | experiment.get("data", {})
    return experiment


def _named(X: Any) -> dict[str, Any]:
    """The arrays of X by name, as a function that returns them would name them."""
    if isinstance(X, Mapping):
        return {str(key): value for key, value in X.items()}
    if isinstance(X, list | tuple) and X and all(hasattr(array, "shape") for array in X):
        return {f"input_{number}": array for number, array in enumerate(X, start=1)}
    return {"X": X}


def archived(X: Any, y: Any) -> bytes:
    """The arrays as the content of a `.npz` file that is the same for the same arrays."""
    arrays = {
        name: _array(f"X[{name!r}]" if name != "X" else "X", value) for name, value in _named(X).items()
    }
    if "y" in arrays:
        raise DataError("an input cannot be called 'y'; give it another name")
    arrays["y"] = _array("y", y)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    return content.getvalue()


def _array(what: str, value: Any) -> NDArray[Any]:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise DataError(
            f"{what} is no array of one shape ({error}); sequences of different length come from a function, "
            "with data.source: file.py:function in an experiment"
        ) from None
    if array.dtype == object and all(isinstance(item, str) for item in array.ravel()):
        array = array.astype(str)
    if array.dtype == object:
        raise DataError(f"{what} holds Python objects rather than numbers; convert it with .astype(float)")
    return np.ascontiguousarray(array)


def saved_model(model: Any) -> bytes:
    """The model as the content of a `.keras` file.

    Raises:
        ConfigError: this is no Keras model, or Keras cannot save it.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise ConfigError(f"the model is no keras.Model but of the type {type(model).__name__}")
    if not model.built:
        raise ConfigError("the model is not built yet; begin it with keras.Input, or call it once on X")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        try:
            model.save(path)
        except Exception as error:
            text = " ".join(str(error).split())[:200]
            raise ConfigError(
                f"Keras cannot save the model ({type(error).__name__}: {text}); write a function that builds "
                "it, and run an experiment with model.build"
            ) from error
        return path.read_bytes()
