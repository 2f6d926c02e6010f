"""Data larger than memory are trained on batch by batch, and nothing but the order of samples differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from remedy.data import Dataset, Split
from remedy.data.dataset import like_inputs, named_inputs
from remedy.plan import Preprocessing
from remedy.training import Status, batches
from remedy.training.batches import Batches, exceeds_memory
from remedy.training.predictions import predict
from remedy.training.trial import train
from tests.training.samples import (
    PARTS,
    class_indices,
    make_samples,
    own_plan,
    rows_of_numbers,
    series_of_numbers,
)


def on_disk(dataset: Dataset, folder: Path) -> Dataset:
    return replace(
        dataset,
        train=_split_on_disk(dataset.train, folder / "train"),
        validation=_split_on_disk(dataset.validation, folder / "validation"),
    )


def _split_on_disk(split: Split, folder: Path) -> Split:
    folder.mkdir(parents=True)
    mapped = {}
    for name, array in named_inputs(split.X).items():
        np.save(folder / f"{name}.npy", array)
        mapped[name] = np.load(folder / f"{name}.npy", mmap_mode="r")
    return replace(split, X=like_inputs(split.X, mapped))


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "IN_MEMORY_BYTES", 100)


@pytest.fixture
def sums() -> Dataset:
    X = rows_of_numbers() * [1, 100, 1] + 5
    return make_samples("regression", X, X.sum(axis=1, keepdims=True))


def test_only_what_is_mapped_and_large_is_read_in_batches(
    sums: Dataset, tmp_path: Path, small_memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapped = on_disk(sums, tmp_path)
    assert exceeds_memory(mapped.train.X)
    assert not exceeds_memory(sums.train.X)
    monkeypatch.setattr(batches, "IN_MEMORY_BYTES", 90 * 3 * 4)
    assert not exceeds_memory(mapped.train.X)


def test_a_training_on_batches_from_disk_learns(sums: Dataset, tmp_path: Path, small_memory: None) -> None:
    scaled = Preprocessing(scaling="standard", target_scaling="standard")
    plan = own_plan("one_logit", sums, preprocessing=scaled, epochs=15)
    mapped = on_disk(sums, tmp_path)
    trained = train(plan, mapped, seed=0)
    assert trained.outcome.status is Status.LEARNING
    assert trained.outcome.curve == train(plan, mapped, seed=0).outcome.curve
    from_disk = predict(trained.model, plan, trained.preprocessor, mapped.validation)
    in_memory = predict(trained.model, plan, trained.preprocessor, sums.validation)
    np.testing.assert_allclose(from_disk, in_memory, rtol=1e-6)


def test_several_inputs_class_weights_and_validation_are_as_in_memory(
    tmp_path: Path, small_memory: None
) -> None:
    X = {"series": series_of_numbers(), "facts": rows_of_numbers()}
    dataset = make_samples("multiclass", X, class_indices(), classes=3)
    # One batch holds all, so that the order of samples cannot matter.
    plan = own_plan("two_inputs", dataset, "categorical_crossentropy", class_weight="balanced", batch_size=90)
    expected = train(plan, dataset, seed=0).outcome.curve
    curve = train(plan, on_disk(dataset, tmp_path), seed=0).outcome.curve
    np.testing.assert_allclose([r.loss for r in curve], [r.loss for r in expected], rtol=1e-5)
    np.testing.assert_allclose([r.val_skill for r in curve], [r.val_skill for r in expected], rtol=1e-4)


@pytest.mark.parametrize("seed", [None, 4])
def test_every_epoch_holds_every_sample_once(sums: Dataset, seed: int | None) -> None:
    plan = own_plan("one_logit", sums)
    trained = train(plan.replace(epochs=1), sums, seed=0)
    split = sums.train
    data = Batches(trained.model, trained.preprocessor, split, split.y, 16, seed)
    epochs = []
    for _ in range(2):
        read = [data[index] for index in range(len(data))]
        data.on_epoch_end()
        for x, y in read:
            np.testing.assert_allclose(x.sum(axis=1, keepdims=True), y, rtol=1e-5)
        targets = np.concatenate([y for _, y in read])
        np.testing.assert_array_equal(np.sort(targets, axis=0), np.sort(split.y, axis=0))
        epochs.append(targets)
    if seed is None:
        np.testing.assert_array_equal(epochs[0], split.y)
        np.testing.assert_array_equal(epochs[1], split.y)
    else:
        assert (epochs[0] != epochs[1]).any()


def test_padding_is_never_seen_whether_in_memory_or_on_disk(tmp_path: Path, small_memory: None) -> None:
    X = series_of_numbers()
    lengths = np.random.default_rng(3).integers(1, 7, size=200)
    padding = np.arange(6) >= lengths[:, None]
    curves = []
    for value in (0.0, 1e6):
        padded = np.where(padding[..., None], value, X)
        dataset = make_samples("regression", padded, X[:, 0, :1])
        dataset = replace(
            dataset,
            train=replace(dataset.train, lengths=lengths[PARTS["train"]]),
            validation=replace(dataset.validation, lengths=lengths[PARTS["validation"]]),
        )
        scaled = Preprocessing(scaling="standard", mask_value=-1.0)
        plan = own_plan("masked", dataset, preprocessing=scaled, batch_size=90)
        curves.append(train(plan, dataset, seed=0).outcome.curve)
        curves.append(train(plan, on_disk(dataset, tmp_path / str(value)), seed=0).outcome.curve)
    for curve in curves[1:]:
        np.testing.assert_allclose([r.loss for r in curve], [r.loss for r in curves[0]], rtol=1e-5)
        np.testing.assert_allclose([r.val_loss for r in curve], [r.val_loss for r in curves[0]], rtol=1e-5)
