from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from remedy.data import Dataset, Preprocessor, Scaler, fit_preprocessing, fit_scaler
from remedy.data.dataset import Inputs
from remedy.errors import ConfigError
from remedy.plan import Preprocessing

Load = Callable[..., Dataset]
KINDS = ["minmax", "standard", "robust"]
TWINS = {"minmax": MinMaxScaler, "standard": StandardScaler, "robust": RobustScaler}

tables = arrays(
    np.float32,
    st.tuples(st.integers(2, 40), st.integers(1, 4)),
    elements=st.floats(-1e4, 1e4, width=32).map(lambda value: round(value, 2)),
)


def _array(X: Inputs) -> np.ndarray:
    assert isinstance(X, np.ndarray)
    return X


@pytest.mark.parametrize("kind", KINDS)
@given(values=tables)
def test_scaling_is_what_scikit_learn_does_to_the_training_values(kind: str, values: Any) -> None:
    twin = TWINS[kind]().fit_transform(values.astype(np.float64)).astype(np.float32)
    scaled = fit_scaler(kind, values).transform(values)
    assert scaled.dtype == np.float32
    assert_allclose(scaled, twin, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_windows_are_scaled_per_feature(kind: str) -> None:
    X = np.random.default_rng(0).normal([0, 100], [1, 50], size=(30, 5, 2)).astype(np.float32)
    twin = TWINS[kind]().fit(X.reshape(-1, 2).astype(np.float64))
    expected = twin.transform(X.reshape(-1, 2)).reshape(X.shape)
    assert_allclose(fit_scaler(kind, X).transform(X), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [*KINDS, None])
@given(values=tables)
def test_the_inverse_gives_the_values_back(kind: str | None, values: Any) -> None:
    scaler = fit_scaler(kind, values)
    span = np.abs(values).max() + 1
    assert_allclose(scaler.inverse_transform(scaler.transform(values)), values, rtol=1e-5, atol=1e-6 * span)


@given(values=tables)
def test_minmax_maps_the_training_values_to_0_and_1(values: Any) -> None:
    scaled = fit_scaler("minmax", values).transform(values)
    assert (scaled.min(axis=0) == 0).all()
    varies = values.min(axis=0) < values.max(axis=0)
    assert_array_equal(scaled.max(axis=0), varies.astype(np.float32))


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_column_keeps_its_scale(kind: str) -> None:
    scaler = fit_scaler(kind, np.full((10, 1), 7.0))
    assert scaler.scale.tolist() == [1.0]
    assert scaler.transform(np.array([[7.0], [8.0]])).tolist() == [[0.0], [1.0]]


@pytest.mark.parametrize("kind", [*KINDS, None])
def test_a_scaler_is_plain_json_and_comes_back_the_same(kind: str | None) -> None:
    values = np.random.default_rng(0).normal(3, 7, size=(20, 3))
    scaler = fit_scaler(kind, values)
    plain = json.loads(json.dumps(scaler.to_plain()))
    assert set(plain) == {"kind", "offset", "scale"}
    assert_array_equal(Scaler.from_plain(plain).transform(values), scaler.transform(values))
    if kind:
        assert_allclose((values - plain["offset"]) / plain["scale"], scaler.transform(values), rtol=1e-5)


def test_no_scaling_leaves_values_alone() -> None:
    classes = np.array([[0], [2]], dtype=np.int64)
    scaler = fit_scaler(None, classes)
    assert scaler.transform(classes) is classes
    assert scaler.inverse_transform(classes) is classes


def test_an_unknown_scaling_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="unknown scaling 'maxabs'; known are minmax, standard, robust"):
        fit_scaler("maxabs", np.ones((2, 1)))


@given(
    seed=st.integers(0, 100),
    kind=st.sampled_from(KINDS),
    by=st.sampled_from(["time", "random", "group"]),
    windowed=st.booleans(),
)
def test_scalers_never_see_validation_or_test_rows(
    load: Load, seed: int, kind: str, by: str, windowed: bool
) -> None:
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(generator.normal(size=(200, 2)), columns=["x", "y"]).assign(g=np.arange(200) // 20)
    split = {"by": by, "validation": 0.3, "test": 0.3}
    settings: dict[str, Any] = {"group": "g", "split": split, "features": ["x"]}
    if windowed:
        settings["window"] = {"length": 3}
    plan = Preprocessing(scaling=kind, target_scaling=kind)
    dataset = load(frame, ["y"], **settings)
    trained = np.union1d(dataset.train.rows, dataset.train.target_rows)
    others = np.setdiff1d(np.arange(200), trained)
    frame.loc[others, ["x", "y"]] = generator.normal(1e6, 1e5, size=(len(others), 2))
    changed = load(frame, ["y"], **settings)
    before, after = (fit_preprocessing(plan, data.train).to_plain() for data in (dataset, changed))
    assert before == after


def test_x_and_y_have_a_scaler_each(load: Load) -> None:
    frame = pd.DataFrame({"x": np.arange(100.0), "y": np.arange(100.0) * 50 + 7})
    train = load(frame, ["y"]).train
    fitted = fit_preprocessing(Preprocessing(scaling="standard", target_scaling="minmax"), train)
    assert_allclose(np.std(_array(fitted.inputs(train.X)), axis=0), 1, rtol=1e-5)
    targets = fitted.targets(train.y)
    assert (targets.min(), targets.max()) == (0, 1)
    assert fitted.target_scale == [train.y.astype(np.float64).max() - train.y.astype(np.float64).min()]
    assert fitted.target_scale.dtype == np.float64
    assert_allclose(fitted.inverse_targets(targets), train.y.astype(np.float64), rtol=1e-5)
    restored = Preprocessor.from_plain(json.loads(json.dumps(fitted.to_plain())))
    assert_array_equal(restored.inputs(train.X), fitted.inputs(train.X))
    assert_array_equal(restored.targets(train.y), targets)


def test_without_preprocessing_the_data_stay_as_they_are(load: Load) -> None:
    frame = pd.DataFrame({"x": np.arange(60.0), "y": np.arange(60) % 3})
    train = load(frame, ["y"], "multiclass").train
    fitted = fit_preprocessing(Preprocessing(), train)
    np.testing.assert_array_equal(fitted.inputs(train.X), train.X)
    assert fitted.targets(train.y).dtype == np.int64
    assert fitted.target_scale.tolist() == [1.0]


def test_small_changes_of_large_values_survive_until_they_are_scaled(load: Load) -> None:
    minutes = 1.7e9 / 60 + np.arange(60)
    frame = pd.DataFrame({"x": minutes, "y": 1e8 + np.arange(60) % 7})
    train = load(frame, ["y"]).train
    fitted = fit_preprocessing(Preprocessing(scaling="minmax", target_scaling="minmax"), train)
    assert len(np.unique(_array(fitted.inputs(train.X)))) == len(train)
    assert len(np.unique(fitted.targets(train.y))) == 7
    back = fitted.inverse_targets(fitted.targets(train.y))
    np.testing.assert_allclose(back, np.asarray(train.y, float), rtol=0, atol=1e-5)
