"""Data sources of every kind, each with the data section that reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Section = dict[str, Any]
SOURCES: dict[str, Callable[[Path], Section]] = {}
FROM_ARRAYS = {"several targets at several horizons", "windows at random", "a stream", "partly split"}
"""The sources that a script reads from arrays beside it, as code would be hard to read or is not known."""


def source(make: Callable[[Path], Section]) -> Callable[[Path], Section]:
    SOURCES[make.__name__.replace("_", " ")] = make
    return make


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape)


def table(rows: int = 120) -> pd.DataFrame:
    frame = pd.DataFrame(numbers(rows, 3), columns=["a", "b", "c"])
    return frame.assign(y=3 * frame.a + frame.b, when=np.arange(rows) + 1000)


@source
def rows_at_random(folder: Path) -> Section:
    table().to_csv(folder / "data.csv", index=False)
    return {"source": "data.csv", "target": "y"}


@source
def rows_by_time_in_disorder(folder: Path) -> Section:
    table().sample(frac=1, random_state=1).to_csv(folder / "data.csv", index=False)
    return {"source": "data.csv", "target": "y", "time": "when", "features": ["b", "a"]}


@source
def a_window(folder: Path) -> Section:
    table().to_csv(folder / "data.csv", index=False)
    return {"source": "data.csv", "target": "y", "features": ["a", "y"], "window": {"length": 5}}


@source
def several_horizons_and_a_stride(folder: Path) -> Section:
    table().to_csv(folder / "data.csv", index=False)
    window = {"length": 4, "horizon": [1, 3], "stride": 2}
    return {"source": "data.csv", "target": "y", "time": "when", "window": window}


@source
def a_target_for_every_step(folder: Path) -> Section:
    table().to_csv(folder / "data.csv", index=False)
    window = {"length": 4, "horizon": 2, "targets": "every"}
    return {"source": "data.csv", "target": ["y", "c"], "features": ["a"], "window": window}


@source
def several_horizons_for_every_step(folder: Path) -> Section:
    table().to_csv(folder / "data.csv", index=False)
    window = {"length": 4, "horizon": [1, 2], "targets": "every"}
    return {"source": "data.csv", "target": "y", "window": window}


@source
def several_targets_at_several_horizons(folder: Path) -> Section:
    table().to_csv(folder / "data.csv", index=False)
    return {"source": "data.csv", "target": ["y", "c"], "window": {"length": 4, "horizon": [1, 2]}}


@source
def semicolons_and_decimal_commas(folder: Path) -> Section:
    table().to_csv(folder / "data.csv", index=False, sep=";", decimal=",")
    return {"source": "data.csv", "target": "y"}


@source
def dates_with_ties(folder: Path) -> Section:
    days = pd.date_range("2024-01-01", periods=60).repeat(2).strftime("%Y-%m-%d")
    table().assign(when=days).to_csv(folder / "data.tsv", index=False, sep="\t")
    return {"source": "data.tsv", "target": "y", "time": "when"}


def stations(folder: Path) -> pd.DataFrame:
    names = np.repeat(["north", "south", "east", "west", "far"], [40, 30, 30, 15, 5])
    frame = table().assign(station=names)
    frame.to_csv(folder / "data.csv", index=False)
    return frame


@source
def dates_that_begin_with_the_day(folder: Path) -> Section:
    days = pd.date_range("2024-01-01", periods=120).strftime("%d.%m.%Y")
    table().assign(when=days).sample(frac=1, random_state=0).to_csv(folder / "data.csv", index=False)
    return {
        "source": "data.csv",
        "target": "y",
        "time": "when",
        "features": ["b", "a"],
        "window": {"length": 5},
    }


@source
def dates_of_a_format(folder: Path) -> Section:
    days = pd.date_range("2024-01-01", periods=120).strftime("%d%m%Y").astype(int)
    table().assign(when=days).sample(frac=1, random_state=0).to_csv(folder / "data.csv", index=False)
    section = {"source": "data.csv", "target": "y", "time": "when", "time_format": "%d%m%Y"}
    return section | {"features": ["b", "a"], "window": {"length": 5}}


@source
def dates_that_begin_with_the_year(folder: Path) -> Section:
    days = pd.date_range("2024-01-01", periods=120).strftime("%y-%m-%d")
    table().assign(when=days).to_csv(folder / "data.csv", index=False)
    section = {"source": "data.csv", "target": "y", "time": "when", "features": ["b", "a"]}
    return section | {"window": {"length": 5}}


@source
def months_that_are_read_as_numbers(folder: Path) -> Section:
    months = pd.date_range("2014-01-01", periods=120, freq="MS").strftime("%m.%Y")
    table().assign(when=months).to_csv(folder / "data.csv", index=False)
    section = {"source": "data.csv", "target": "y", "time": "when", "features": ["b", "a"]}
    return section | {"window": {"length": 5}}


@source
def dates_of_which_their_order_tells_the_month(folder: Path) -> Section:
    days = [f"{day:02d}/{month:02d}/2024" for month in range(1, 11) for day in range(1, 13)]
    table().assign(when=days).to_csv(folder / "data.csv", index=False)
    section = {"source": "data.csv", "target": "y", "time": "when", "features": ["b", "a"]}
    return section | {"window": {"length": 5}}


@source
def windows_of_groups_by_time(folder: Path) -> Section:
    frame = stations(folder)
    frame["when"] = frame.groupby("station").cumcount()
    frame.sample(frac=1, random_state=2).to_csv(folder / "data.csv", index=False)
    return {
        "source": "data.csv",
        "target": "y",
        "time": "when",
        "group": "station",
        "window": {"length": 3},
        "split": {"validation": 0.3, "test": 0.2},
    }


@source
def windows_of_groups_in_file_order(folder: Path) -> Section:
    stations(folder)
    section = {"source": "data.csv", "target": "y", "features": ["a"], "group": "station"}
    return section | {"window": {"length": 3}, "split": {"validation": 0.3, "test": 0.3}}


@source
def whole_groups(folder: Path) -> Section:
    stations(folder)
    split = {"by": "group"}
    return {"source": "data.csv", "target": "y", "group": "station", "window": {"length": 3}, "split": split}


@source
def many_groups(folder: Path) -> Section:
    table().assign(station=np.arange(120) % 40).to_csv(folder / "data.csv", index=False)
    return {"source": "data.csv", "target": "y", "group": "station", "split": {"by": "group"}}


@source
def windows_at_random(folder: Path) -> Section:
    table(300).to_csv(folder / "data.csv", index=False)
    return {"source": "data.csv", "target": "y", "window": {"length": 3}, "split": {"by": "random"}}


@source
def labels_and_categories(folder: Path) -> Section:
    colours = np.random.default_rng(1).choice(["red", "green", "blue"], 120)
    frame = table().assign(colour=colours, hot=numbers(120) > 0, y=np.where(numbers(120) > 0.2, "yes", "no"))
    frame.to_csv(folder / "data.csv", index=False)
    return {"source": "data.csv", "target": "y", "features": ["a", "colour", "b", "hot"]}


@source
def classes_with_gaps(folder: Path) -> Section:
    y = np.random.default_rng(1).choice([2, 5, 9], 120)
    table().assign(y=y).to_csv(folder / "data.csv", index=False)
    return {"source": "data.csv", "target": "y", "task": "multiclass"}


@source
def one_hot_columns(folder: Path) -> Section:
    y = np.eye(3, dtype=int)[np.random.default_rng(1).choice(3, 120)]
    frame = table().drop(columns="y").assign(p=y[:, 0], q=y[:, 1], r=y[:, 2])
    frame.to_parquet(folder / "data.parquet")
    return {"source": "data.parquet", "target": ["p", "q", "r"], "task": "multiclass"}


@source
def codes_as_an_input(folder: Path) -> Section:
    cities = np.random.default_rng(1).choice(["rome", "oslo", "bonn"], 120)
    table().assign(city=cities).to_csv(folder / "data.csv", index=False)
    return {"source": "data.csv", "target": "y", "categorical": {"city": "integer"}}


@source
def missing_cells(folder: Path) -> Section:
    frame = table()
    frame.loc[::7, "a"] = np.nan
    frame.to_parquet(folder / "data.parquet", index=True)
    return {"source": "data.parquet", "target": "y"}


@source
def arrays_at_random(folder: Path) -> Section:
    np.savez(folder / "data.npz", X=numbers(100, 4, 2).astype(np.float32), y=numbers(100))
    return {"source": "data.npz"}


@source
def arrays_of_several_inputs(folder: Path) -> Section:
    facts = np.random.default_rng(1).integers(0, 9, (100, 3))
    np.savez(folder / "data.npz", series=numbers(100, 4, 2), facts=facts, label=numbers(100) > 0)
    return {"source": "data.npz", "features": ["series", "facts"], "target": "label", "split": {"by": "time"}}


@source
def overlapping_windows(folder: Path) -> Section:
    series = numbers(205)
    windows = np.lib.stride_tricks.sliding_window_view(series, 5)[:200, :, np.newaxis]
    np.savez(folder / "data.npz", X=windows, y=series[5:])
    return {"source": "data.npz"}


@source
def arrays_that_come_split(folder: Path) -> Section:
    X, y = numbers(100, 4), np.random.default_rng(1).choice(["a", "b", "c"], 100)
    parts = {"train": slice(0, 60), "val": slice(60, 80), "test": slice(80, 100)}
    arrays: Any = {
        f"{name}_{part}": array[rows]
        for part, rows in parts.items()
        for name, array in zip("Xy", (X, y), strict=True)
    }
    np.savez(folder / "data.npz", **arrays)
    return {"source": "data.npz"}


@source
def a_series_in_a_file(folder: Path) -> Section:
    np.save(folder / "series.npy", numbers(150, 2))
    return {"source": "series.npy", "window": {"length": 6, "horizon": 2}}


@source
def files_side_by_side(folder: Path) -> Section:
    np.save(folder / "X.npy", numbers(100))
    np.save(folder / "y.npy", np.eye(3)[np.random.default_rng(1).choice(3, 100)])
    return {"source": "X.npy"}


def function(folder: Path, body: str) -> Section:
    helper = (
        "import numpy as np\n\n\ndef draw(*shape):\n    return np.random.default_rng(0).normal(size=shape)\n"
    )
    (folder / "drawing.py").write_text(helper)
    (folder / "own.py").write_text(f"import numpy as np\n\nfrom drawing import draw\n\n\ndef load():\n{body}")
    return {"source": "own.py:load"}


@source
def a_function(folder: Path) -> Section:
    return function(folder, "    return draw(100, 4), draw(100).tolist()\n")


@source
def a_function_with_a_mapping(folder: Path) -> Section:
    body = '    return {"X": {"one": draw(100, 4), "other": draw(100, 3, 2)}, "y": draw(100)}\n'
    return function(folder, body)


@source
def a_list_of_inputs(folder: Path) -> Section:
    return function(folder, "    return [draw(100, 4), draw(100, 2)], draw(100, 2)\n")


@source
def sequences_of_different_lengths(folder: Path) -> Section:
    body = "    X = [draw(3 + number % 4, 2) for number in range(100)]\n"
    return function(folder, body + "    return X, [float(one.sum()) for one in X]\n")


@source
def tokens_of_different_lengths(folder: Path) -> Section:
    body = "    X = [np.arange(1, 3 + number % 5) for number in range(100)]\n"
    return function(folder, body + "    return X, draw(100)\n")


@source
def a_function_that_splits(folder: Path) -> Section:
    body = "    X, y = draw(100, 4), draw(100)\n    parts = {'train': slice(60), 'val': slice(60, 80)}\n"
    parts = "    parts['test'] = slice(80, 100)\n"
    return function(
        folder, f"{body}{parts}    return {{name: (X[part], y[part]) for name, part in parts.items()}}\n"
    )


@source
def partly_split(folder: Path) -> Section:
    body = "    X, y = draw(100, 4), draw(100)\n"
    return function(folder, body + "    return {'train': (X[:80], y[:80]), 'test': (X[80:], y[80:])}\n")


@source
def a_stream(folder: Path) -> Section:
    body = "    import tensorflow as tf\n\n    pairs = draw(100, 4), draw(100)\n"
    return function(folder, body + "    return tf.data.Dataset.from_tensor_slices(pairs).batch(16)\n")
