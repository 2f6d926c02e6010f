"""An experiment for a data file: what is predicted from what, in which windows, by which model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remedy.config import parse_experiment
from remedy.config.experiment import holds_arrays
from remedy.data import Dataset, Table, load_dataset, read_table
from remedy.data.columns import class_labels, group_codes, holds_categories, quantities, time_ranks
from remedy.data.dates import doubt_about_dates
from remedy.data.wording import quoted
from remedy.drafting.roles import Roles, find_roles, left_out_text
from remedy.drafting.window_length import has_memory, window_length
from remedy.errors import ConfigError
from remedy.plan import Task
from remedy.preparation import Prepared, prepare, user_model
from remedy.workers import UserCodeProcess

_FEW_ROWS = 1000
"""Below, a tenth of the rows is too little to measure a skill on."""

_SHARES, _SHARES_OF_FEW = {"validation": 0.2, "test": 0.1}, {"validation": 0.2, "test": 0.2}
_STEPS = 2000
"""Optimizer steps that a small network needs to learn most of what it will: what the epochs aim at."""

_EPOCHS = (5, 100)
_BATCH_SIZES = ((200_000, 256), (20_000, 128), (0, 32))
_TRIALS = 40
_MOST_CLASSES = 20
_RAREST = 4
"""A class has a quarter of an even share at least; counts thin out towards their end."""

_REMARKS = ("data.date_format", "data.left_out")
"""Reasons that belong to no key, and stand below the section as comments of their own."""

_SAVED_MODELS = {".keras", ".h5", ".hdf5"}


@dataclass(frozen=True)
class Draft:
    """An experiment, and why it is as it is.

    Attributes:
        experiment: what an experiment file would hold; its paths are absolute.
        reasons: dotted key -> why the value was chosen.
        remarks: dotted key -> what stands below it as a comment of its own.
    """

    experiment: dict[str, Any]
    reasons: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)


def draft_experiment(
    source: str,
    target: Sequence[str] = (),
    *,
    name: str,
    model: str | None = None,
    window: int | None = None,
    horizon: int = 1,
    tell: Callable[[str], None],
) -> tuple[Draft, Prepared]:
    """Look at data, and draft an experiment for them.

    Args:
        source: a table, arrays, or a function that returns arrays (`file.py:function`).
        target: columns or arrays to predict; may be left out where only one is possible.
        name: of the experiment.
        model: `file.py:function` or a saved model; without it, a template that fits the data.
        window: rows that the model sees at once, 0 for none; without it, what the series suggests.
        horizon: how many rows after a window its target stands.
        tell: is told when the user's own code takes long.

    Returns:
        The draft, and the same experiment prepared: data, baseline and space.

    Raises:
        ConfigError: no target is named where there are several columns to choose from, or windows are asked
            for where there can be none.
        RemedyError: the data or the model cannot be used.
    """
    path = Path(source).expanduser().absolute()
    if holds_arrays(path):
        _refuse_windows(path.name, window, horizon)
        data, reasons = _arrays(path, target)
    else:
        data, reasons = _table(path, target, window, horizon)
    remarks = {key: reasons.pop(key) for key in _REMARKS if key in reasons}
    experiment: dict[str, Any] = {"name": name, "data": data, "model": {}, "training": {}}
    if "task" in reasons:
        experiment["task"] = "multiclass"
    experiment["search"] = {"trials": _TRIALS, "seed": 0}
    draft = Draft(experiment, reasons, remarks)
    if model is not None:
        file, colon, function = model.partition(".py:")
        key = "build" if colon else "file"
        place = f"{Path(f'{file}.py').expanduser().absolute()}:{function}" if colon else _saved(model)
        experiment["model"] = {key: place}
        if window is None and (length := _steps_of_model(experiment, tell)):
            data["window"]["length"] = length
            draft.reasons["data.window"] = "the rows that the model takes at once"
    else:
        experiment["model"] = _template(_dataset(data, experiment.get("task"), tell))
    draft = _with_training(draft, prepare(experiment, tell=tell))
    return draft, prepare(draft.experiment, tell=tell)  # the fixes' values depend on the training


def _steps_of_model(experiment: dict[str, Any], tell: Callable[[str], None]) -> int | None:
    """The length of the windows that the user's model takes, if that is fixed and not the drafted one."""
    if "window" not in experiment["data"]:
        return None
    parsed = parse_experiment(experiment, name="drafted")
    with UserCodeProcess(tell) as user_code:
        dataset = load_dataset(parsed.data, parsed.task, call_function=user_code.load_data)
        found = user_code.describe_model(
            user_model(parsed.model), dataset.input_shapes, dataset.output_shape
        ).input_shapes
    (shape, *others), drafted = found.values(), experiment["data"]["window"]["length"]
    return shape[0] if not others and len(shape) > 1 and shape[0] != drafted else None


def _saved(model: str) -> str:
    if Path(model).suffix.lower() not in _SAVED_MODELS:
        raise ConfigError(
            f"--model {model}: expected a function that builds the model (file.py:build) or a saved model "
            "(.keras)"
        )
    return str(Path(model).expanduser().absolute())


def _refuse_windows(source: str, window: int | None, horizon: int) -> None:
    for option, is_given in (("--window", window), ("--horizon", horizon != 1)):
        if is_given:
            raise ConfigError(
                f"{option}: {source} holds arrays, whose first axis counts the samples, and windows are cut "
                "from tables only; leave it out"
            )


def _arrays(path: Path, target: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    data: dict[str, Any] = {"source": str(path)}
    if target:
        data["target"] = _one_or_more(target)
    return data, {}


def _table(
    path: Path, target: Sequence[str], window: int | None, horizon: int
) -> tuple[dict[str, Any], dict[str, str]]:
    table = read_table(path)
    table.require(list(target), "--target")
    target = target or _only_target(table)
    roles = find_roles(table, target)
    shares = _SHARES_OF_FEW if len(table) < _FEW_ROWS else _SHARES
    data: dict[str, Any] = {"source": str(path), "target": _one_or_more(target)}
    reasons: dict[str, str] = {}
    windows = _window(table, roles, target[0], window, horizon, shares["test"])
    if windows is None and horizon != 1:
        raise ConfigError(
            f"--horizon {horizon}: each row of {table.name} is a sample by itself; name a window as well "
            "(--window 12), or leave it out"
        )
    if windows is not None:
        length, reason = windows
        data["features"] = [*target, *roles.features]
        past = "the past of the series itself"
        reasons["data.features"] = f"{past}, and the other columns" if roles.features else past
    elif roles.left_out and not roles.features:
        raise ConfigError(
            f"{table.name} has no column to predict {quoted(target[0])} from: "
            f"{left_out_text(roles.left_out)}; add columns, or name a window to predict it from its past "
            "(--window 12)"
        )
    elif roles.left_out:
        data["features"] = list(roles.features)
    for key, column in (("time", roles.time), ("group", roles.group)):
        if column is not None:
            data[key] = column.name
            reasons[f"data.{key}"] = column.reason
    if roles.time is not None and (doubt := doubt_about_dates(table.frame[roles.time.name])):
        reasons["data.date_format"] = f"{roles.time.name}: {doubt}"
    if windows is not None:
        data["window"] = {"length": length, "horizon": horizon}
        reasons["data.window"] = reason
    in_order = windows is not None or roles.time is not None
    data["split"] = shares | {"by": "time" if in_order else "random"}
    reasons["data.split"] = "the latest rows validate and test" if in_order else "the rows have no order"
    if windows is None and len(target) == 1 and (classes := _numbered_classes(table, target[0])):
        reasons["task"] = f"{quoted(target[0])} numbers {classes} classes; regression if these are quantities"
    if roles.left_out:
        reasons["data.left_out"] = f"no features: {left_out_text(roles.left_out)}"
    return data, reasons


def _only_target(table: Table) -> list[str]:
    roles = find_roles(table, [])
    columns = [str(column) for column in table.frame.columns]
    possible = list(roles.features) or columns
    if len(possible) > 1:
        raise ConfigError(
            f"{table.name}: which column is to be predicted? Name it with --target; columns: "
            f"{', '.join(map(quoted, columns))}"
        )
    return possible


def _window(
    table: Table, roles: Roles, target: str, window: int | None, horizon: int, test: float
) -> tuple[int, str] | None:
    """The length of the windows, and why; `None` if each row is a sample by itself."""
    if window is not None:
        return (window, "as asked for") if window else None
    if not roles.ordered:
        return None
    series = _series(table, roles, target)
    if roles.features and not has_memory(series):
        return None
    # Half of the test rows of a series at most, so that as many windows are left.
    return window_length(series, int(len(series) * test) // 2 - horizon)


def _series(table: Table, roles: Roles, target: str) -> NDArray[np.float64]:
    """The target of the longest series in order; of classes, whether a row is of the most frequent one."""
    if holds_categories(table, target):
        codes, _ = class_labels(table, target)
        values = (codes == np.bincount(codes).argmax()).astype(np.float64)
    else:
        values = quantities(table, target, "name a numeric column, or one of text or truth values")
    groups = group_codes(table, roles.group.name) if roles.group else np.zeros(len(table), dtype=np.int64)
    rows = np.flatnonzero(groups == np.bincount(groups).argmax())
    if roles.time is not None:
        rows = rows[np.argsort(time_ranks(table, roles.time.name)[rows], kind="stable")]
    present: NDArray[np.float64] = values[rows][np.isfinite(values[rows])]
    return present


def _numbered_classes(table: Table, column: str) -> int | None:
    """How many classes a column numbers from 0, if none is rare; `None` where it holds something else."""
    cells = table.frame[column]
    if not pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells) or cells.isna().any():
        return None
    labels, counts = np.unique(cells.to_numpy(dtype=np.float64), return_counts=True)
    numbered = 3 <= len(labels) <= _MOST_CLASSES and np.array_equal(labels, np.arange(len(labels)))
    return len(labels) if numbered and counts.min() * _RAREST * len(labels) >= len(cells) else None


def _dataset(data: dict[str, Any], task: Task | None, tell: Callable[[str], None]) -> Dataset:
    section = parse_experiment({"data": data, "model": {"template": "dense"}}, name="drafted").data
    with UserCodeProcess(tell) as user_code:
        return load_dataset(section, task, call_function=user_code.load_data)


def _template(dataset: Dataset) -> dict[str, Any]:
    if any(len(shape) > 1 for shape in dataset.input_shapes.values()):
        return {"template": "lstm", "units": [64]}
    return {"template": "dense", "units": [64, 64]}


def _with_training(draft: Draft, prepared: Prepared) -> Draft:
    samples = len(prepared.dataset.train)
    batch_size = next(size for least, size in _BATCH_SIZES if samples >= least)
    steps = math.ceil(samples / batch_size)
    epochs = min(max(math.ceil(_STEPS / steps), _EPOCHS[0]), _EPOCHS[1])
    training: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size}
    if prepared.experiment.model.template is not None:
        training = {"optimizer": {"name": "adam", "learning_rate": 0.001}} | training
    reasons = {
        "training.epochs": f"{epochs * steps:,} steps, as an epoch has {steps:,}",
    }
    experiment = draft.experiment | {"training": training}
    return replace(draft, experiment=experiment, reasons=draft.reasons | reasons)


def _one_or_more(names: Sequence[str]) -> str | list[str]:
    return names[0] if len(names) == 1 else list(names)
