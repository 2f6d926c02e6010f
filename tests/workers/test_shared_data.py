"""Large data reach the workers as files that all of them map, small data as they are."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remedy.data import Dataset
from remedy.data.dataset import named_inputs
from remedy.errors import DataError
from remedy.plan import KerasObject, Layer, Model, Plan
from remedy.training import Outcome, TrainJob
from remedy.workers import WorkerPool, shared_data
from remedy.workers.shared_data import SharedData


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def share_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_data, "SHARED_BYTES", 1000)


def inputs_of(dataset: Dataset) -> np.ndarray:
    return named_inputs(dataset.train.X)["X"]


def received(shared: SharedData) -> Dataset:
    dataset: Dataset = pickle.loads(pickle.dumps(shared.dataset))  # noqa: S301 - as a worker does
    return dataset


def with_inputs(dataset: Dataset, X: Any) -> Dataset:
    return replace(dataset, train=replace(dataset.train, X=X))


def test_small_data_are_sent_and_nothing_is_written(waves: Dataset, temporary: Path) -> None:
    shared = SharedData(waves)
    np.testing.assert_array_equal(received(shared).train.X, inputs_of(waves))
    assert list(temporary.iterdir()) == []
    shared.close()


@pytest.mark.parametrize("layout", ["C", "F", "sliced", "integers"])
def test_large_arrays_arrive_as_maps_of_the_same_numbers(
    layout: str, waves: Dataset, temporary: Path, share_all: None
) -> None:
    X = {
        "C": inputs_of(waves),
        "F": np.asfortranarray(inputs_of(waves)),
        "sliced": np.repeat(inputs_of(waves), 2, axis=0)[::2],
        "integers": inputs_of(waves).astype(np.int64),
    }[layout]
    shared = SharedData(with_inputs(waves, X))
    assert len(pickle.dumps(shared.dataset)) < X.nbytes
    got = received(shared).train.X
    assert isinstance(got, np.memmap)
    assert not got.flags.writeable
    assert got.dtype == X.dtype
    np.testing.assert_array_equal(got, X)
    shared.close()
    assert list(temporary.iterdir()) == []
    np.testing.assert_array_equal(got, X)


def test_several_inputs_are_shared_one_by_one(waves: Dataset, temporary: Path, share_all: None) -> None:
    X = {"large": inputs_of(waves), "small": inputs_of(waves)[:3]}
    shared = SharedData(with_inputs(waves, X))
    got = named_inputs(received(shared).train.X)
    assert list(got) == ["large", "small"]
    assert {name: isinstance(array, np.memmap) for name, array in got.items()} == {
        "large": True,
        "small": False,
    }
    for name, array in X.items():
        np.testing.assert_array_equal(got[name], array)
    shared.close()


@pytest.mark.parametrize("part", [slice(None), slice(5, 80)])
def test_what_is_mapped_from_a_file_already_is_not_copied(
    part: slice, waves: Dataset, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "X.npy", inputs_of(waves))
    X = np.load(tmp_path / "X.npy", mmap_mode="r")[part]
    monkeypatch.setattr(shared_data, "SHARED_BYTES", X.nbytes)  # nothing else is as large
    shared = SharedData(with_inputs(waves, X))
    got = received(shared).train.X
    assert isinstance(got, np.memmap)
    np.testing.assert_array_equal(got, inputs_of(waves)[part])
    assert list(temporary.iterdir()) == []
    shared.close()
    assert (tmp_path / "X.npy").exists()


def test_a_changed_copy_of_a_map_is_sent_as_it_was_changed(
    waves: Dataset, temporary: Path, tmp_path: Path, share_all: None
) -> None:
    np.save(tmp_path / "X.npy", inputs_of(waves))
    X = np.load(tmp_path / "X.npy", mmap_mode="c")
    X[0] = 77
    for changed in (X, X[::2], X * 2):
        shared = SharedData(with_inputs(waves, changed))
        np.testing.assert_array_equal(received(shared).train.X, changed)
        shared.close()


def test_a_full_disk_is_reported_in_one_line(
    waves: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share_all: None
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DataError, match=r"no room for .* TMPDIR"):
        SharedData(waves)


def test_a_mapped_file_that_is_gone_or_changes_is_named(
    waves: Dataset, temporary: Path, tmp_path: Path, share_all: None
) -> None:
    path = tmp_path / "X.npy"
    np.save(path, inputs_of(waves))
    before = path.read_bytes()
    shared = SharedData(with_inputs(waves, np.load(path, mmap_mode="r")))
    shared.check()
    path.write_bytes(before[:200])
    with pytest.raises(DataError, match=r"X\.npy: has changed while trainings were reading it; put back"):
        shared.check()
    path.unlink()
    with pytest.raises(DataError, match=r"X\.npy: cannot be read any more \(No such file or directory\)"):
        shared.check()
    shared.close()


def test_workers_train_on_shared_data_and_the_files_are_gone_afterwards(
    waves: Dataset, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(
        task="regression",
        metric="mse",
        model=Model(
            input_shape=waves.input_shape,
            layers=(
                Layer(name="flatten", class_name="Flatten"),
                Layer(name="output", class_name="Dense", config={"units": 1}),
            ),
        ),
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.01}),
        loss="mse",
        epochs=2,
        batch_size=32,
    )
    curves = []
    for limit in (1 << 24, 1000):
        monkeypatch.setattr(shared_data, "SHARED_BYTES", limit)
        with WorkerPool(waves, 1) as pool:
            pool.submit(TrainJob(plan, 0, 0.1))
            _, outcome = pool.wait()
            assert bool(list(temporary.glob("remedy-data-*/*.npy"))) == (limit == 1000)
        assert isinstance(outcome, Outcome)
        curves.append(outcome.curve)
        assert list(temporary.iterdir()) == []
    assert curves[0] == curves[1]
