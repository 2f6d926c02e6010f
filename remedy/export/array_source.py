"""`load_data()` for arrays: `.npz` and `.npy` files, and functions of the user's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.config.experiment import Data
from remedy.data import Dataset
from remedy.data.array_files import npz_names, read_npy, read_npz
from remedy.data.array_source import RawData
from remedy.data.dataset import ONLY_INPUT
from remedy.export.data_source import PARTS, SPLITS, DataSource, contiguous, splits, window_function
from remedy.export.source import Expression, formatted, function, literal, mapping, statement
from remedy.export.training import is_single

_SUFFIXES = {"train": ("_train",), "validation": ("_validation", "_val", "_valid"), "test": ("_test",)}


def array_sources(data: Data, dataset: Dataset, raw: RawData | None) -> Iterator[DataSource]:
    """The code that reads arrays, the likeliest first; some of it may fail or read something else.

    Args:
        data: the data section.
        dataset: what was read.
        raw: what the user's function returned, if the source is one.
    """
    writers: list[_Npz | _Npy | _Function] = []
    if raw is not None:
        writers += [_Function(data, dataset, raw, form) for form in ("pair", "mapping")]
    else:
        writers.append((_Npz if data.source.suffix.lower() == ".npz" else _Npy)(data, dataset))
    for writer in writers:
        found = writer.source()
        if found is not None:
            yield found


class _Arrays:
    """Writes `load_data` for one kind of source."""

    def __init__(self, data: Data, dataset: Dataset) -> None:
        self._data = data
        self._dataset = dataset
        self._constants: dict[str, Expression] = {}
        self._functions: list[str] = []
        self._arrays: dict[str, Mapping[str, NDArray[Any]]] = {}
        self._ragged = dataset.train.lengths is not None

    def _finished(self, body: list[str]) -> DataSource:
        doc = "X and y of the training, validation and test samples, in their own units."
        self._functions.append(function("load_data()", doc, body))
        return DataSource(self._constants, self._functions, self._arrays)

    def _split(self) -> list[str] | None:
        """The statements that return the samples of each split, given all of them as X and y."""
        window = self._data.window
        take = "X[rows], y[rows]"
        parts = splits(self._dataset)
        if window is not None:
            if self._dataset.split_by != "time" or not is_single(self._dataset):
                return None
            columns = len(self._dataset.targets) // len(window.horizon)
            cut = window_function(self._constants, window, "windows(features, targets)", [], columns=columns)
            if cut is None:
                return None
            self._functions.append(cut)
            take = "windows(X[rows], y[rows])"
            numbers = {
                name: np.arange(split.rows.min(), self._last_row(split) + 1) for name, split in parts.items()
            }
        else:
            numbers = {name: split.target_rows for name, split in parts.items()}
        if self._ragged and not is_single(self._dataset):
            return None
        if all(map(contiguous, numbers.values())):
            self._constants["SPLITS"] = mapping(
                {name: f"slice({rows[0]}, {rows[-1] + 1})" for name, rows in numbers.items()}
            )
            return self._taken(take, "SPLITS.items()")
        self._arrays[SPLITS] = numbers
        if self._ragged:
            take = "[X[row] for row in rows], y[rows]"
        return [
            f'with np.load(FOLDER / "{SPLITS}") as splits:  # the numbers of the samples in each',
            *(f"    {line}" for line in self._taken(take, "splits.items()")),
        ]

    def _taken(self, take: str, items: str) -> list[str]:
        """The statements that return what is taken of each split."""
        if is_single(self._dataset):
            value = take if take.startswith("windows(") else f"({take})"
            return [f"return {{name: {value} for name, rows in {items}}}"]
        return [
            "samples = {}",
            f"for name, rows in {items}:",
            "    samples[name] = {key: array[rows] for key, array in X.items()}, y[rows]",
            "return samples",
        ]

    def _last_row(self, split: Any) -> int:
        window = self._data.window
        assert window is not None  # noqa: S101 - only asked for windows
        return int(split.rows.max()) + max(window.horizon)

    def _y(self, value: str, y: NDArray[Any]) -> str:
        """The expression of the targets with an axis of outputs, as numbers."""
        dataset = self._dataset
        axis = ""
        if y.ndim == 1:
            axis = "[:, np.newaxis]"
        elif y.ndim == 2 and dataset.target_steps is not None and self._data.window is None:
            axis = "[:, :, np.newaxis]"
        if dataset.one_hot:
            return f"{value}.argmax(axis=-1)[..., np.newaxis]"
        if not dataset.classes:
            return f"{value}{'' if y.dtype == np.float64 else '.astype(float)'}{axis}"
        labels = np.unique(y).tolist()
        is_float = dataset.task == "binary"
        if labels == list(range(len(labels))):
            return f"{value}{axis}.astype({'float' if is_float else 'int'})"
        self._constants["CLASSES"] = literal(labels)
        found = f"np.searchsorted(CLASSES, {value}){axis}"
        return f"{found}.astype(float)" if is_float else found


def _x(value: str, X: NDArray[Any]) -> str:
    """The expression of an input as `(samples, ...)` of float64 or integers."""
    as_float = "" if X.dtype == np.float64 or X.dtype.kind in "iu" else ".astype(float)"
    return f"{value}{as_float}{'[:, np.newaxis]' if X.ndim == 1 else ''}"


class _Npz(_Arrays):
    def source(self) -> DataSource | None:
        path = self._data.source
        self._constants["DATA"] = literal(str(path))
        names = npz_names(path)
        y = self._data.target[0] if self._data.target else _first(names, ("y", "Y"))
        inputs = self._data.features or [_first(names, ("X", "x"))]
        if y in names:
            arrays = read_npz(path, [*inputs, y])
            statements = self._statements(inputs, y, arrays, "", "    ")
            split = self._split()
            if split is None:
                return None
            return self._finished(["with np.load(DATA) as arrays:", *statements, *split])
        return self._given(path, names, inputs, y)

    def _given(self, path: Path, names: list[str], inputs: list[str], y: str) -> DataSource | None:
        suffixes = {
            part: next((suffix for suffix in known if y + suffix in names), None)
            for part, known in _SUFFIXES.items()
        }
        if None in suffixes.values() or self._data.window is not None:
            return None
        arrays = read_npz(path, [f"{name}_train" for name in [*inputs, y]])
        arrays = {name.removesuffix("_train"): array for name, array in arrays.items()}
        self._constants["SUFFIXES"] = mapping({part: literal(suffix) for part, suffix in suffixes.items()})
        body = [
            "samples = {}",
            "with np.load(DATA) as arrays:",
            "    for part, suffix in SUFFIXES.items():",
            *self._statements(inputs, y, arrays, "suffix", "        "),
            "        samples[part] = X, y",
            "return samples",
        ]
        return self._finished(body)

    def _statements(
        self, inputs: list[str], y: str, arrays: Mapping[str, NDArray[Any]], suffix: str, indent: str
    ) -> list[str]:
        def member(name: str) -> str:
            return f"arrays[{formatted(name, suffix) if suffix else literal(name)}]"

        if len(inputs) == 1:
            X: Expression = _x(member(inputs[0]), arrays[inputs[0]])
        else:
            X = mapping({name: _x(member(name), arrays[name]) for name in inputs})
        return [
            *(f"{indent}{line}" for line in statement("X = ", X)),
            f"{indent}y = {self._y(member(y), arrays[y])}",
        ]


class _Npy(_Arrays):
    def source(self) -> DataSource | None:
        path = self._data.source
        X = read_npy(path)
        self._constants["DATA"] = literal(str(path))
        beside = path.with_name(f"y{path.stem[1:]}.npy")
        body = [f"X = {_x('np.load(DATA)', X)}"]
        if self._data.target or (path.stem[:1] in ("X", "x") and beside.exists()):
            targets = path.parent / self._data.target[0] if self._data.target else beside
            self._constants["TARGETS"] = literal(str(targets))
            body.append(f"y = {self._y('np.load(TARGETS)', np.asarray(read_npy(targets)))}")
        else:
            body.append("y = X")
        split = self._split()
        return None if split is None else self._finished([*body, *split])


class _Function(_Arrays):
    def __init__(self, data: Data, dataset: Dataset, raw: RawData, form: str) -> None:
        super().__init__(data, dataset)
        self._raw = raw
        self._form = form

    def source(self) -> DataSource | None:
        path, _, name = str(self._data.source).rpartition(":")
        file = Path(path)
        raw = self._raw.samples
        if set(raw) == {"all"}:
            (samples,) = raw.values()
            read = f"X, y = {name}()" if self._form == "pair" else f'X, y = map({name}().get, ("X", "y"))'
            body = [read, *self._converted(samples)]
            split = self._split()
            if split is None:
                return None
            found = self._finished([*body, *split])
        elif set(raw) == set(PARTS) and self._data.window is None:
            part = "part" if self._form == "pair" else '"validation" if part == "val" else part'
            body = [
                "samples = {}",
                f"for part, (X, y) in {name}().items():",
                *(f"    {line}" for line in self._converted(raw["train"])),
                f"    samples[{part}] = X, y",
                "return samples",
            ]
            found = self._finished(body)
        else:
            return None
        return DataSource(found.constants, found.functions, found.arrays, {name: file.stem}, (file,))

    def _converted(self, samples: Any) -> list[str]:
        names = list(self._dataset.input_shapes)
        y = self._y("np.asarray(y)", np.asarray(samples.y))
        if is_single(self._dataset):
            X: Expression = self._input("X", samples.X[ONLY_INPUT])
        elif all(name == f"input_{place}" for place, name in enumerate(names, start=1)):
            X = mapping(
                {name: self._input(f"X[{place}]", samples.X[name]) for place, name in enumerate(names)}
            )
        else:
            X = mapping({name: self._input(f"X[{literal(name)}]", samples.X[name]) for name in names})
        return [*statement("X = ", X), f"y = {y}"]

    def _input(self, value: str, array: NDArray[Any]) -> str:
        if self._ragged and array.ndim > 1:
            kind = ", dtype=float" if array.dtype.kind not in "iu" else ""
            return f"[np.asarray(sequence{kind}) for sequence in {value}]"
        kind = ", dtype=float" if array.dtype.kind not in "iu" else ""
        axis = "[:, np.newaxis]" if array.ndim == 1 else ""
        return f"np.asarray({value}{kind}){axis}"


def _first(names: list[str], candidates: tuple[str, ...]) -> str:
    return next((name for name in candidates if name in names or f"{name}_train" in names), candidates[0])
