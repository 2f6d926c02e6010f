from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from remedy.data import Preprocessor, fit_preprocessing
from remedy.data.dataset import Inputs, Split
from remedy.errors import ConfigError, DataError
from remedy.plan import Preprocessing

KINDS = ["minmax", "standard", "robust"]
TWINS = {"minmax": MinMaxScaler, "standard": StandardScaler, "robust": RobustScaler}


def _split(X: Inputs, y: Any = None, lengths: Any = None) -> Split:
    samples = len(X) if isinstance(X, np.ndarray) else len(next(iter(X.values())))
    places = np.arange(samples)
    y = np.zeros((samples, 1)) if y is None else y
    return Split(X, y, places[:, np.newaxis], places, lengths=lengths)


def _array(X: Inputs) -> np.ndarray:
    assert isinstance(X, np.ndarray)
    return X


def _with_gaps(seed: int, *shape: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    X = generator.normal(3, 20, shape)
    X[generator.random(shape) < 0.2] = np.nan
    X[0] = 1.0
    return X


@pytest.mark.parametrize("scaling", KINDS)
@given(seed=st.integers(0, 1000))
def test_missing_values_become_the_training_median_before_scaling(scaling: str, seed: int) -> None:
    X = _with_gaps(seed, 40, 3)
    twin = make_pipeline(SimpleImputer(strategy="median"), TWINS[scaling]()).fit(X)
    fitted = fit_preprocessing(Preprocessing(imputation="median", scaling=scaling), _split(X))
    later = _with_gaps(seed + 1, 9, 3)
    assert_allclose(_array(fitted.inputs(later)), twin.transform(later), rtol=1e-6, atol=1e-6)


def test_without_imputation_missing_values_stay_missing_and_scaling_passes_them_over() -> None:
    X = np.array([[1.0], [np.nan], [3.0]])
    fitted = fit_preprocessing(Preprocessing(scaling="minmax"), _split(X))
    assert_array_equal(fitted.inputs(X), np.array([[0], [np.nan], [1]], np.float32))


def test_forward_fill_repeats_the_last_known_step_of_the_same_sample() -> None:
    gap = np.nan
    X = np.array([[[1.0], [gap], [gap], [4.0]], [[gap], [gap], [3.0], [gap]]])
    filled = fit_preprocessing(Preprocessing(imputation="forward_fill"), _split(X)).inputs(X)
    assert isinstance(filled, np.ndarray)
    assert filled[..., 0].tolist() == [[1, 1, 1, 4], [3, 3, 3, 3]]  # the median of 1, 4 and 3 comes first


@given(seed=st.integers(0, 1000))
def test_forward_fill_does_each_feature_by_itself(seed: int) -> None:
    X = _with_gaps(seed, 6, 5, 2)
    filled = fit_preprocessing(Preprocessing(imputation="forward_fill"), _split(X)).inputs(X)
    assert isinstance(filled, np.ndarray)
    for sample, result in zip(X, filled, strict=True):
        for column in range(2):
            last = np.nanmedian(X[..., column])
            for value, found in zip(sample[:, column], result[:, column], strict=True):
                last = last if np.isnan(value) else value
                assert found == np.float32(last)


@pytest.mark.parametrize("scaling", [None, *KINDS])
def test_with_imputation_a_constant_feature_says_nothing_and_keeps_its_place(scaling: str | None) -> None:
    X = np.array([[1.0, 7.0, np.nan], [2.0, np.nan, np.nan], [4.0, 7.0, np.nan]])
    fitted = fit_preprocessing(Preprocessing(imputation="median", scaling=scaling), _split(X))
    later = fitted.inputs(np.array([[3.0, 9.0, 5.0]]))
    assert isinstance(later, np.ndarray)
    assert later[0, 1:].tolist() == [0, 0]
    assert later[0, 0] != 0


def test_an_unknown_imputation_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="unknown imputation 'mean'; known are median, forward_fill"):
        fit_preprocessing(Preprocessing(imputation="mean"), _split(np.ones((2, 1))))


@pytest.mark.parametrize("scaling", KINDS)
@given(seed=st.integers(0, 1000), samples=st.integers(2, 30))
def test_padding_is_neither_learnt_from_nor_scaled(scaling: str, seed: int, samples: int) -> None:
    generator = np.random.default_rng(seed)
    X = generator.normal(50, 9, (samples, 4, 2))
    lengths = generator.integers(1, 5, samples)
    real = np.arange(4) < lengths[:, np.newaxis]
    X[~real] = 0
    plan = Preprocessing(scaling=scaling, mask_value=-1.0)
    fitted = fit_preprocessing(plan, _split(X, lengths=lengths))
    scaled = fitted.inputs(X, lengths)
    assert isinstance(scaled, np.ndarray)
    assert (scaled[~real] == -1).all()
    assert_allclose(scaled[real], TWINS[scaling]().fit_transform(X[real]), rtol=1e-5, atol=1e-5)


def test_each_input_has_a_scaler_of_its_own() -> None:
    generator = np.random.default_rng(0)
    X = {"series": generator.normal(100, 5, (30, 4, 2)), "static": generator.normal(-3, 0.1, (30, 3))}
    fitted = fit_preprocessing(Preprocessing(scaling="standard"), _split(X))
    scaled = fitted.inputs(X)
    assert isinstance(scaled, dict)
    assert list(scaled) == ["series", "static"]
    for name, axis in (("series", (0, 1)), ("static", (0,))):
        assert_allclose(scaled[name].mean(axis=axis), 0, atol=1e-5)
        assert_allclose(scaled[name].std(axis=axis), 1, rtol=1e-5)


def test_tokens_stay_as_they_are_and_other_integers_are_scaled() -> None:
    X = {"words": np.array([[3, 0], [5, 1]]), "counts": np.array([[10], [30]])}
    plan = Preprocessing(scaling="minmax", imputation="median", tokens=("words",))
    inputs = fit_preprocessing(plan, _split(X)).inputs(X)
    assert isinstance(inputs, dict)
    assert inputs["words"].dtype == np.int32
    assert_array_equal(inputs["words"], X["words"])
    assert inputs["counts"].dtype == np.float32
    assert inputs["counts"].tolist() == [[0], [1]]


@pytest.mark.parametrize("wrong", [-1.0, 0.5, np.nan, 2.0**40])
def test_tokens_have_to_be_numbers_from_0(wrong: float) -> None:
    with pytest.raises(DataError, match=r"input 'X' goes into an Embedding.*number its tokens from 0"):
        fit_preprocessing(Preprocessing(tokens=("X",)), _split(np.array([[1.0], [wrong]])))


def test_whole_numbers_train_the_same_whether_they_are_integers_or_fractions() -> None:
    X = np.random.default_rng(0).integers(0, 99, (40, 3))
    plan = Preprocessing(scaling="standard")
    as_integers = fit_preprocessing(plan, _split(X)).inputs(X)
    assert_array_equal(as_integers, fit_preprocessing(plan, _split(X.astype(float))).inputs(X.astype(float)))


@pytest.mark.parametrize("imputation", ["median", "forward_fill"])
@pytest.mark.parametrize("scaling", KINDS)
@given(seed=st.integers(0, 1000))
def test_arrays_gone_through_in_parts_give_the_same_numbers(imputation: str, scaling: str, seed: int) -> None:
    X, y = _with_gaps(seed, 50, 4, 2), np.random.default_rng(seed).normal(size=(50, 1))
    plan = Preprocessing(imputation=imputation, scaling=scaling)
    whole = fit_preprocessing(plan, _split(X, y)).inputs(X)
    parts = fit_preprocessing(plan, _split(X, y), chunk_bytes=200).inputs(X)
    assert_allclose(_array(parts), _array(whole), rtol=1e-5, atol=1e-6)


def test_the_median_of_a_large_array_is_that_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remedy.data.input_preprocessing.SAMPLE_ROWS", 500)
    X = np.random.default_rng(0).normal(100, 10, (20_000, 1))
    X[::7] = np.nan
    plan = Preprocessing(imputation="median", scaling="robust")
    plain = fit_preprocessing(plan, _split(X), chunk_bytes=8_000).to_plain()["inputs"]
    assert plain["imputation"]["median"] == pytest.approx([np.nanmedian(X)], abs=2)
    assert plain["imputation"]["median"] != [np.nanmedian(X)]
    assert plain["offset"] == pytest.approx([100], abs=2)


def test_a_target_for_every_step_is_scaled_per_output() -> None:
    y = np.random.default_rng(0).normal([5, 500], [1, 100], (20, 6, 2))
    fitted = fit_preprocessing(Preprocessing(target_scaling="standard"), _split(np.ones((20, 6, 1)), y))
    scaled = fitted.targets(y)
    expected = StandardScaler().fit_transform(y.reshape(-1, 2)).reshape(y.shape)
    assert_allclose(scaled, expected, rtol=1e-5, atol=1e-6)
    assert_allclose(fitted.inverse_targets(scaled), y, rtol=1e-5)
    assert fitted.target_scale.shape == (2,)


def test_class_indices_are_never_scaled() -> None:
    y = np.array([[0], [2], [1]])
    fitted = fit_preprocessing(Preprocessing(target_scaling="minmax"), _split(np.ones((3, 1)), y))
    assert_array_equal(fitted.targets(y), y)
    assert fitted.targets(y).dtype == np.int64


@pytest.mark.parametrize("imputation", [None, "median", "forward_fill"])
@pytest.mark.parametrize("scaling", [None, "standard"])
@pytest.mark.parametrize("tokens", [(), ("b",)])
def test_preprocessing_is_plain_json_and_comes_back_the_same(
    imputation: str | None, scaling: str | None, tokens: tuple[str, ...]
) -> None:
    X = {"a": _with_gaps(0, 12, 4, 2), "b": np.arange(36).reshape(12, 3)}
    lengths = np.tile([1, 4, 2], 4)
    plan = Preprocessing(imputation=imputation, scaling=scaling, tokens=tokens, mask_value=-2.0)
    fitted = fit_preprocessing(plan, _split(X, lengths=lengths))
    plain = json.loads(json.dumps(fitted.to_plain()))
    restored = Preprocessor.from_plain(plain)
    before, after = fitted.inputs(X, lengths), restored.inputs(X, lengths)
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert_array_equal(after["a"], before["a"])
    assert_array_equal(after["b"], before["b"])
    assert restored.to_plain() == plain


def test_what_is_written_of_a_single_input_is_its_scaler() -> None:
    X = np.array([[1.0], [3.0]])
    plain = fit_preprocessing(Preprocessing(scaling="minmax"), _split(X)).to_plain()
    assert plain["inputs"] == {"kind": "minmax", "offset": [1.0], "scale": [2.0]}
    assert plain["targets"] == {"kind": None, "offset": [0.0], "scale": [1.0]}
