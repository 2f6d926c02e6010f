from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remedy.config.experiment import Data
from remedy.data import Dataset, fit_preprocessing, load_dataset
from remedy.data.array_dataset import split_arrays
from remedy.data.array_source import RawData, Samples
from remedy.data.user_arrays import raw_data
from remedy.errors import ConfigError, DataError
from remedy.plan import Preprocessing, Task

Load = Callable[..., Dataset]
RANDOM = np.random.default_rng(0)


def _split(X: Any, y: Any, task: Task | None = None, *, every_step: bool = False, **section: Any) -> Dataset:
    data = Data(source=Path("it.npz"), **section)
    return split_arrays(raw_data("it", (X, y)), data, task, every_step=every_step)


def _targets(kind: str, generator: np.random.Generator) -> np.ndarray:
    return {
        "numbers": generator.normal(size=90),
        "two numbers": generator.normal(size=(90, 2)),
        "binary": generator.permutation(np.arange(90) % 2),
        "multilabel": generator.integers(0, 2, (90, 3)),
        "labels": generator.permutation(np.array(["low", "mid", "high"])[np.arange(90) % 3]),
        "two labels": generator.permutation(np.array(["no", "yes"])[np.arange(90) % 2]),
    }[kind]


@pytest.mark.parametrize("integers", [False, True])
@pytest.mark.parametrize("by", [None, "time", "random"])
@pytest.mark.parametrize("kind", ["numbers", "two numbers", "binary", "multilabel", "labels", "two labels"])
@settings(max_examples=8)
@given(seed=st.integers(0, 1000))
def test_arrays_and_a_table_of_the_same_rows_train_the_same(
    load: Load, kind: str, by: str | None, integers: bool, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    X = generator.integers(-9, 9, (90, 2)) if integers else generator.normal(size=(90, 2))
    y = _targets(kind, generator)
    columns = pd.DataFrame(y).rename(columns=lambda column: f"y{column}")
    split = {"by": by} if by else {}
    frame = pd.concat([pd.DataFrame(X, columns=["a", "b"]), columns], axis=1)
    try:
        table = load(frame, list(columns), split=split)
    except DataError:  # a class is missing in one of the splits
        with pytest.raises(DataError):
            _split(X, y, split=split)
        return
    dataset = _split(X, y, split=split)
    _assert_same(dataset, table)


@pytest.mark.parametrize(
    "window",
    [{"length": 4}, {"length": 3, "horizon": 2, "stride": 2}, {"length": 4, "horizon": [1, 3]},
     {"length": 4, "targets": "every"}],
)  # fmt: skip
@pytest.mark.parametrize("by", [None, "random"])
@pytest.mark.parametrize("kind", ["numbers", "two numbers", "binary"])
def test_windows_of_arrays_are_those_of_a_table(
    load: Load, kind: str, by: str | None, window: dict[str, Any]
) -> None:
    X, y = RANDOM.normal(size=(90, 2)), _targets(kind, RANDOM)
    columns = pd.DataFrame(y).rename(columns=lambda column: f"y{column}")
    section: dict[str, Any] = {"window": window, "split": {"test": 0.3} | ({"by": by} if by else {})}
    table = load(pd.concat([pd.DataFrame(X, columns=["a", "b"]), columns], axis=1), list(columns), **section)
    dataset = _split(X, y, **section)
    _assert_same(dataset, table)
    assert len(dataset.targets) == dataset.train.y.shape[-1]


def _assert_same(dataset: Dataset, table: Dataset) -> None:
    assert (dataset.task, dataset.classes, dataset.split_by) == (table.task, table.classes, table.split_by)
    plan = Preprocessing(
        scaling="standard", target_scaling="minmax" if dataset.task == "regression" else None
    )
    fitted, twin = fit_preprocessing(plan, dataset.train), fit_preprocessing(plan, table.train)
    for name in ("train", "validation", "test"):
        split, other = getattr(dataset, name), getattr(table, name)
        np.testing.assert_array_equal(split.rows, other.rows)
        np.testing.assert_array_equal(split.target_rows, other.target_rows)
        np.testing.assert_array_equal(fitted.inputs(split.X), twin.inputs(other.X))
        np.testing.assert_array_equal(fitted.targets(split.y), twin.targets(other.y))
        assert split.y.dtype == other.y.dtype
        if other.persistence is None:
            assert split.persistence is None
        else:
            np.testing.assert_array_equal(split.persistence, other.persistence)


@pytest.mark.parametrize(
    ("y", "declared", "task", "classes"),
    [
        (np.arange(60) % 2, None, "binary", ("0", "1")),
        (np.arange(60) % 2 == 1, None, "binary", ("0", "1")),
        (np.arange(60) % 3, None, "regression", ()),
        (np.arange(60) % 3 * 5, "multiclass", "multiclass", ("0", "5", "10")),
        (np.arange(60) % 2 + 1, "binary", "binary", ("1", "2")),
        (np.eye(4)[np.arange(60) % 4], None, "multiclass", ("0", "1", "2", "3")),
        (np.eye(4)[np.arange(60) % 4], "multilabel", "multilabel", ()),
        (np.eye(2)[np.arange(60) % 2], "regression", "regression", ()),
        (RANDOM.integers(0, 2, (60, 3)), None, "multilabel", ()),
        (np.array(["a", "b"])[np.arange(60) % 2], None, "binary", ("a", "b")),
        (np.array(["a", "b", "c"])[np.arange(60) % 3], None, "multiclass", ("a", "b", "c")),
    ],
)
def test_the_task_follows_from_y(y: Any, declared: Task | None, task: Task, classes: tuple[str, ...]) -> None:
    dataset = _split(RANDOM.normal(size=(60, 2)), y, declared, split={"test": 0.3})
    assert (dataset.task, dataset.classes) == (task, classes)
    assert any(f"Task {task}" in note for note in dataset.notes) == (declared is None)
    if task == "multiclass":
        assert dataset.train.y.shape[1:] == (1,)
        assert dataset.train.y.dtype == np.int64
    assert dataset.one_hot == (y.ndim == 2 and task == "multiclass")
    if y.ndim == 2 and task == "multiclass":
        np.testing.assert_array_equal(dataset.train.y[:, 0], y.argmax(axis=1)[dataset.train.target_rows])


@pytest.mark.parametrize("task", ["multiclass", "binary"])
def test_fractions_that_come_again_and_again_are_labels(task: Task) -> None:
    classes = 3 if task == "multiclass" else 2
    y = np.arange(60) % classes / 255
    dataset = _split(RANDOM.normal(size=(60, 2)), y, task, split={"test": 0.3})
    assert dataset.label_values == tuple(np.arange(classes) / 255)
    assert dataset.classes == ("0", "0.00392157", "0.00784314")[:classes]
    np.testing.assert_array_equal(dataset.train.y[:, 0], (np.arange(60) % classes)[dataset.train.target_rows])
    assert any("label_encoding" in note for note in dataset.notes)


@pytest.mark.parametrize(
    ("y", "task", "error", "message"),
    [
        (RANDOM.integers(0, 2, (60, 3)), "multiclass", ConfigError, "3 columns that are not one-hot"),
        (np.eye(2)[np.arange(60) % 2], "binary", ConfigError, "task: binary takes one column"),
        (np.arange(60) % 3, "binary", DataError, r"3 different values \('0', '1', '2'\)"),
        (np.arange(60) / 7, "multiclass", DataError, "no class label"),
        (RANDOM.normal(size=(60, 2)), "multilabel", DataError, "task: multilabel needs 0 or 1"),
        (np.array(["a", "b"])[np.arange(60) % 2], "regression", DataError, "holds text"),
        (np.arange(60) % 13 / 255, "multiclass", DataError, "no class label"),
    ],
)
def test_a_declared_task_that_y_does_not_fit_is_refused(
    y: Any, task: Task, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        _split(RANDOM.normal(size=(60, 2)), y, task)


@pytest.mark.parametrize(
    ("X_shape", "y_shape", "every_step", "result"),
    [
        ((60, 5, 2), (60, 5), False, (5,)),
        ((60, 5, 2), (60, 5), True, (5, 1)),
        ((60, 5, 2), (60, 5, 3), False, (5, 3)),
        ((60, 5, 2), (60, 5, 3), True, (5, 3)),
        ((60, 5, 2), (60, 7, 3), False, (7, 3)),
        ((60, 5, 2), (60, 4), True, (4,)),
        ((60, 5, 2), (60,), True, (1,)),
        ((60, 5), (60, 5), True, (5,)),
    ],
)
def test_columns_of_y_are_outputs_unless_they_are_said_to_be_steps(
    X_shape: tuple[int, ...], y_shape: tuple[int, ...], every_step: bool, result: tuple[int, ...]
) -> None:
    y = RANDOM.normal(size=y_shape)
    dataset = _split(RANDOM.normal(size=X_shape), y, every_step=every_step)
    assert dataset.output_shape == result
    np.testing.assert_array_equal(dataset.train.y, y[dataset.train.target_rows].reshape(-1, *result))
    doubtful = X_shape[:2] == y_shape and len(X_shape) == 3 and not every_step
    assert any("read as several outputs" in note for note in dataset.notes) == doubtful


def test_columns_with_names_and_one_hot_rows_leave_no_doubt() -> None:
    X = RANDOM.normal(size=(60, 3, 2))
    for y in (
        pd.DataFrame(RANDOM.normal(size=(60, 3)), columns=["a", "b", "c"]),
        np.eye(3)[np.arange(60) % 3],
    ):
        assert not any("several outputs" in note for note in _split(X, y).notes)


def test_tokens_have_steps_and_rows_of_a_series_have_none() -> None:
    tokens, y = RANDOM.integers(0, 50, (60, 5)), RANDOM.normal(size=(60, 5))
    assert _split(tokens, y, every_step=True).output_shape == (5, 1)
    windowed: dict[str, Any] = {"window": {"length": 3}, "split": {"test": 0.2}}
    assert _split(tokens, y, every_step=True, **windowed).output_shape == (5,)


@pytest.mark.parametrize(
    "y",
    [
        RANDOM.integers(0, 3, (60, 5)),
        RANDOM.integers(0, 3, (60, 5, 1)),
        np.eye(3)[RANDOM.integers(0, 3, (60, 5))],
    ],
)
def test_a_class_for_every_step(y: np.ndarray) -> None:
    dataset = _split(RANDOM.integers(0, 50, (60, 5, 1)), y, "multiclass", every_step=y.ndim == 2)
    assert dataset.output_shape == (5, 3)
    assert dataset.one_hot == (y.shape[-1] == 3)
    expected = y.argmax(axis=-1) if dataset.one_hot else y.reshape(60, 5)
    np.testing.assert_array_equal(dataset.train.y[..., 0], expected[dataset.train.target_rows])


def test_labels_in_bytes_are_text(tmp_path: Path) -> None:
    X, labels = RANDOM.normal(size=(60, 2)), np.array(["hoch", "süß"])[np.arange(60) % 2]
    expected = _split(X, labels)
    np.savez(tmp_path / "it.npz", X=X, y=np.char.encode(labels, "utf-8"))
    dataset = load_dataset(Data(source=tmp_path / "it.npz"))
    assert (dataset.task, dataset.classes) == ("binary", ("hoch", "süß"))
    np.testing.assert_array_equal(dataset.train.y, expected.train.y)
    with pytest.raises(DataError, match="y of it holds bytes that are no UTF-8 text"):
        _split(X, np.char.encode(labels, "latin-1"))


def test_integers_stay_integers_and_fractions_become_double_precision() -> None:
    y = RANDOM.normal(size=60)
    for given_type, kept in (
        ("int8", "int64"),
        ("uint16", "int64"),
        ("float16", "float64"),
        ("float32", "float64"),
        ("bool", "float64"),
    ):
        dataset = _split(RANDOM.integers(0, 2, (60, 3)).astype(given_type), y)
        assert isinstance(dataset.train.X, np.ndarray)
        assert dataset.train.X.dtype == kept


def test_missing_values_in_x_are_told() -> None:
    X = RANDOM.normal(size=(60, 2))
    X[3, 1] = np.nan
    dataset = _split(X, RANDOM.normal(size=60))
    assert any(note.startswith("X has 1 missing value;") for note in dataset.notes)


def test_too_few_samples_say_so() -> None:
    with pytest.raises(DataError, match="4 rows leave none for the test split"):
        _split(np.arange(4.0), np.arange(4.0))
    with pytest.raises(DataError, match=r"is constant .* in the validation split"):
        _split(np.arange(60.0), np.where(np.arange(60) < 40, np.arange(60), 7), split={"by": "time"})


@pytest.mark.parametrize("section", [{}, {"split": {"by": "time"}}, {"window": {"length": 4}}])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_arrays_larger_than_memory_stay_on_disk_and_train_the_same(
    tmp_path: Path, section: dict[str, Any], dtype: str
) -> None:
    X = (RANDOM.normal(size=(500, 3)) * 100).astype(dtype)
    if not section:
        X = X.reshape(250, 2, 3)
    np.save(tmp_path / "X.npy", X)
    raw = RawData(
        "X.npy",
        {
            "all": Samples(
                {"X": np.load(tmp_path / "X.npy", mmap_mode="r")}, X.reshape(len(X), -1)[:, 0] * 1.0
            )
        },
    )
    data = Data(source=Path("X.npy"), **section)
    in_memory, on_disk = split_arrays(raw, data, None), split_arrays(raw, data, None, memory_bytes=100)
    plan = Preprocessing(scaling="standard")
    fitted = fit_preprocessing(plan, in_memory.train), fit_preprocessing(plan, on_disk.train)
    for name in ("train", "validation", "test"):
        loaded, mapped = getattr(in_memory, name), getattr(on_disk, name)
        assert isinstance(mapped.X, np.memmap)
        assert not isinstance(loaded.X, np.memmap)
        np.testing.assert_array_equal(mapped.X, loaded.X)
        np.testing.assert_array_equal(fitted[0].inputs(loaded.X), fitted[1].inputs(mapped.X))


def test_copies_on_disk_are_gone_when_the_process_ends(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = """
import sys, numpy as np
from pathlib import Path
from remedy.data.disk_copies import take_samples
np.save("X.npy", np.arange(100.0))
copy = take_samples(np.load("X.npy", mmap_mode="r"), np.arange(0, 100, 2), memory_bytes=8)
assert isinstance(copy, np.memmap) and copy.tolist() == list(range(0, 100, 2))
print(copy.filename)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip().endswith(".npy")
    assert not Path(done.stdout.strip()).exists()
