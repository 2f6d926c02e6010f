"""Reads the arrays of a source: which array is X, which is y, and to which split they belong."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from remedy.config.experiment import Data
from remedy.data.array_files import npz_names, read_npy, read_npz
from remedy.data.array_source import Part, RawData, Samples, fingerprint
from remedy.data.dataset import ONLY_INPUT
from remedy.data.wording import listed, quoted
from remedy.errors import ConfigError, DataError

_SUFFIXES: dict[Part, tuple[str, ...]] = {
    "train": ("_train",),
    "validation": ("_validation", "_val", "_valid"),
    "test": ("_test",),
}
_SHOWN_NAMES = 20


def read_arrays(data: Data, call_function: Callable[[Path, str], RawData] | None) -> RawData:
    """Read the arrays that a data section names.

    - `.npz`: `data.features` names the arrays that are inputs (default `X` or `x`), `data.target` the targets
      (default `y` or `Y`). If there are arrays of these names with `_train`, `_val` or `_validation`, and
      `_test` behind them, they are the splits.
    - `.npy`: X. `data.target` is the `.npy` file of y, by default the one beside `X.npy` that is called
      `y.npy`. With `data.window` and no such file the array is a series that is predicted from its own past.
    - `file.py:function`: `data.features` picks some of several inputs.

    Args:
        data: the data section.
        call_function: calls a function of the user's, given its file and name.

    Raises:
        ConfigError, DataError: an array that is needed is not there, or cannot be read.
        UserCodeError: the user's function failed.
    """
    suffix = data.source.suffix.lower()
    if suffix == ".npz":
        return _read_npz(data)
    if suffix == ".npy":
        return _read_npy(data)
    return _read_function(data, call_function)


def _read_npz(data: Data) -> RawData:
    names = npz_names(data.source)
    y = _target_name(data, names)
    inputs = data.features or [_default(names, ("X", "x")) or _fail_without(data, "X", names)]
    roles = {ONLY_INPUT: inputs[0]} if len(inputs) == 1 else {name: name for name in inputs}
    parts: dict[Literal["all"] | Part, Samples] = {}
    if y in names:
        parts["all"] = _read_part(data, names, "", roles, y)
    else:
        for part, suffixes in _SUFFIXES.items():
            suffix = next((suffix for suffix in suffixes if y + suffix in names), None)
            if suffix is not None:
                parts[part] = _read_part(data, names, suffix, roles, y)
    return RawData(data.source.name, parts, fingerprint=fingerprint(parts))


def _target_name(data: Data, names: Sequence[str]) -> str:
    if len(data.target) > 1:
        raise ConfigError(
            f"data.target: {data.source.name} needs one array of targets, not {len(data.target)}"
        )
    if not data.target:
        return _default(names, ("y", "Y")) or _fail_without(data, "y", names)
    if data.target[0] not in names and f"{data.target[0]}_train" not in names:
        raise _no_such(data, data.target[0], names, "data.target")
    return data.target[0]


def _default(names: Sequence[str], candidates: Sequence[str]) -> str | None:
    return next((name for name in candidates if name in names or f"{name}_train" in names), None)


def _fail_without(data: Data, name: str, names: Sequence[str]) -> str:
    key = "data.target" if name == "y" else "data.features"
    shown = listed(map(quoted, names), _SHOWN_NAMES)
    raise DataError(f"{data.source.name} has no array {quoted(name)}; name one in {key}; arrays: {shown}")


def _read_part(data: Data, names: Sequence[str], suffix: str, roles: Mapping[str, str], y: str) -> Samples:
    wanted = {role: name + suffix for role, name in roles.items()}
    for name in wanted.values():
        if name not in names:
            raise _no_such(data, name, names, "data.features")
    arrays = read_npz(data.source, [*wanted.values(), y + suffix])
    return Samples({role: arrays[name] for role, name in wanted.items()}, arrays[y + suffix])


def _no_such(data: Data, name: str, names: Sequence[str], key: str) -> DataError:
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {quoted(nearest[0])}? " if nearest else ""
    shown = listed(map(quoted, names), _SHOWN_NAMES)
    return DataError(f"{key}: {data.source.name} has no array {quoted(name)}; {hint}arrays: {shown}")


def _read_npy(data: Data) -> RawData:
    if data.features:
        raise ConfigError(
            "data.features: a .npy file holds one array, so there is nothing to choose; remove it"
        )
    if len(data.target) > 1:
        raise ConfigError("data.target: name one .npy file of targets")
    X = read_npy(data.source)
    beside = data.source.with_name(f"y{data.source.stem[1:]}.npy")
    if data.target:
        path = data.source.parent / data.target[0]
        if path.suffix.lower() != ".npy":
            raise ConfigError(
                f"data.target: name the .npy file that holds the targets, not {quoted(data.target[0])}"
            )
        y, note = np.array(read_npy(path)), None
    elif data.source.stem[:1] in ("X", "x") and beside.exists():
        y, note = np.array(read_npy(beside)), f"Targets: {beside.name}, which lies beside {data.source.name}."
    elif data.window is not None:
        y, note = np.array(X), f"Features: the past of {data.source.name} itself, since there are no targets."
    else:
        raise ConfigError(f"data.target: name the .npy file that holds the targets of {data.source.name}")
    samples: dict[Literal["all"] | Part, Samples] = {"all": Samples({ONLY_INPUT: X}, y)}
    return RawData(data.source.name, samples, notes=(note,) if note else (), fingerprint=fingerprint(samples))


def _read_function(data: Data, call_function: Callable[[Path, str], RawData] | None) -> RawData:
    file, _, name = str(data.source).rpartition(":")
    if data.target:
        raise ConfigError(f"data.target: {name}() returns the targets with the data; remove the key")
    if call_function is None:
        raise ValueError("a function as source needs call_function")
    raw = call_function(Path(file), name)
    if not data.features:
        return raw
    for samples in raw.samples.values():
        for feature in data.features:
            if feature not in samples.X:
                shown = listed(map(quoted, samples.X), _SHOWN_NAMES)
                raise ConfigError(
                    f"data.features: {raw.name} has no input {quoted(feature)}; inputs: {shown}"
                )
    chosen = {
        part: replace(samples, X={name: samples.X[name] for name in data.features or ()})
        for part, samples in raw.samples.items()
    }
    return replace(raw, samples=chosen)
