"""The part of a script that loads the data, whatever they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset, Split
from remedy.data.dataset import ONLY_INPUT, named_inputs
from remedy.data.input_preprocessing import has_padding
from remedy.export.source import Expression, formatted, function, lines, literal, mapping, prefixed
from remedy.export.training import is_single

PARTS = ("train", "validation", "test")
ARRAYS, SPLITS = "data.npz", "splits.npz"


@dataclass(frozen=True)
class DataSource:
    """The source of `load_data()`, which returns X and y of each split by its name.

    Attributes:
        constants: what stands at the top of the script.
        functions: the last of them is `load_data`.
        predicting: the function that predicts for other rows, if there is one, and a clause on what it is
            for.
        arrays: NumPy files that the script reads, by name: their arrays by name.
        modules: members that the script imports from files of the user's.
        files: those files.
    """

    constants: Mapping[str, Expression]
    functions: list[str]
    arrays: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    predicting: tuple[str, str] | None = None


def splits(dataset: Dataset) -> dict[str, Split]:
    """The splits by name."""
    return {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}


def stored_arrays(dataset: Dataset) -> DataSource:
    """All samples as arrays in a file: right for every source, however it is read and split."""
    arrays: dict[str, NDArray[Any]] = {}
    for part, split in splits(dataset).items():
        arrays |= {f"{name}_{part}": array for name, array in named_inputs(split.X).items()}
        arrays[f"y_{part}"] = split.y
        if split.lengths is not None:
            arrays[f"lengths_{part}"] = split.lengths
    functions, members = [], {}
    for name, array in named_inputs(dataset.train.X).items():
        members[name] = f"arrays[{formatted(f'{name}_', 'part')}]"
        if dataset.train.lengths is not None and has_padding(array):
            members[name] = f'cut({members[name]}, arrays[f"lengths_{{part}}"])'
            functions = [_cut_function()]
    X = members[ONLY_INPUT] if is_single(dataset) else mapping(members)
    body = [
        "samples = {}",
        "with np.load(DATA) as arrays:",
        '    for part in ("train", "validation", "test"):',
        *(line.removeprefix("    ") for line in lines(prefixed("X = ", X), 12)),
        '        samples[part] = X, arrays[f"y_{part}"]',
        "return samples",
    ]
    doc = "X and y of the training, validation and test samples, as they were cut from the source."
    functions.append(function("load_data()", doc, body))
    return DataSource({"DATA": f'FOLDER / "{ARRAYS}"'}, functions, {ARRAYS: arrays})


def _cut_function() -> str:
    doc = "Sequences that were filled up to one length, at their own lengths."
    cut = "return [sequence[:length] for sequence, length in zip(padded, lengths, strict=True)]"
    return function("cut(padded, lengths)", doc, [cut])


def contiguous(rows: NDArray[np.int64]) -> bool:
    """Whether numbers are a run of neighbours in their order."""
    return bool(len(rows)) and bool((np.diff(rows) == 1).all())


def window_function(
    constants: dict[str, Expression], window: Any, head: str, read: list[str], *, columns: int
) -> str | None:
    """The function that cuts windows, and the constants that it needs.

    Args:
        constants: of the script, which are added to.
        window: the settings.
        head: the function's, whose body has the arrays `features` and `targets`, rows first.
        read: the statements that give it these.
        columns: how many targets there are.

    Returns:
        `None` if several targets are predicted at several horizons, which nobody could read.
    """
    several = len(window.horizon) > 1
    if several and columns > 1:
        return None
    constants["LENGTH"] = literal(window.length)
    name = "HORIZONS" if several else "HORIZON"
    constants[name] = literal(window.horizon if several else window.horizon[0])
    end = f"len(targets) - LENGTH - {'max(HORIZONS)' if several else 'HORIZON'} + 1"
    if window.stride > 1:
        constants["STRIDE"] = literal(window.stride)
        end = f"0, {end}, STRIDE"
    every = window.targets == "every"
    if several:
        places = "steps[:, :, np.newaxis] + HORIZONS" if every else "steps[:, -1:] + HORIZONS"
        targets = f"targets[{places}, 0]"
    else:
        targets = "targets[steps + HORIZON]" if every else "targets[steps[:, -1] + HORIZON]"
    what = "after each of its steps" if every else "after its last one"
    body = [
        *read,
        f"first = np.arange({end})",
        "steps = first[:, np.newaxis] + np.arange(LENGTH)",
        f"return features[steps], {targets}",
    ]
    return function(head, f"Every window of LENGTH rows, with the target {name} rows {what}.", body)
