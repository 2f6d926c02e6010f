"""The training split in numbers: held against NumPy on all of it at once, and against plain comparisons."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from remedy.data import Dataset
from remedy.diagnosis import feature_statistics, repeated_samples
from remedy.diagnosis.data_statistics import DataStatistics
from remedy.diagnosis.describe_data import describe_data
from tests.diagnosis.samples import dataset, plan, windows
from tests.diagnosis.test_series import seasonal


def described(data: Dataset, tokens: tuple[str, ...] = ()) -> DataStatistics:
    return describe_data(data, plan(data.task, tokens=tokens))


def normal(*shape: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=shape)


def regression(X: Any, **settings: Any) -> Dataset:
    samples = len(next(iter(X.values()))) if isinstance(X, dict) else len(X)
    return dataset("regression", X, normal(samples, 1), **settings)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if eight values were all that fits into memory."""
    for module in (feature_statistics, repeated_samples):
        monkeypatch.setattr(module, "_CHUNK_BYTES", 64)


VALUES = st.one_of(st.sampled_from([0.0, 1.0, np.nan, np.inf, -np.inf]), st.floats(-1e6, 1e6))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays(np.float64, st.tuples(st.integers(10, 20), st.integers(1, 3)), elements=VALUES))
def test_features_are_those_of_all_samples_whatever_the_parts(
    small_chunks: None, X: NDArray[np.float64]
) -> None:
    data = regression(X)
    for column, found in zip(np.asarray(data.train.X).T, described(data).features, strict=True):
        finite = column[np.isfinite(column)]
        assert found.missing == pytest.approx(np.isnan(column).mean())
        assert found.infinite == pytest.approx(np.isinf(column).mean())
        assert found.binary == (len(np.unique(finite)) == 2)
        if len(finite):
            assert (found.low, found.high) == (finite.min(), finite.max())
            assert found.mean == pytest.approx(finite.mean(), rel=1e-9, abs=1e-9)
            assert found.std == pytest.approx(finite.std(), rel=1e-6, abs=1e-9)
            assert found.std == 0 or finite.min() < finite.max()


def test_small_changes_of_large_values_keep_their_spread(small_chunks: None) -> None:
    X = 1e9 + normal(300, 1)
    assert described(regression(X)).features[0].std == pytest.approx(X[:180].std(), rel=1e-6)


def test_a_mapped_array_gives_what_it_gives_in_memory(tmp_path: Path, small_chunks: None) -> None:
    X = normal(60, 5, 2).astype(np.float32)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert described(regression(mapped)) == described(regression(X))


def test_of_arrays_that_take_too_long_stretches_are_looked_at() -> None:
    slices = feature_statistics.spread_slices(np.broadcast_to(0.0, (1_000_000, 1000)))
    assert sum(part.stop - part.start for part in slices) == pytest.approx(200_000, rel=0.02)
    assert slices[-1].stop > 900_000


def test_padding_does_not_count() -> None:
    X, lengths = normal(50, 4, 1), np.full(50, 2)
    X[:, 2:] = -99.0
    X[0, 0] = 50.0
    (found,) = described(regression(X, lengths=lengths)).features
    assert found.low > -10
    assert found.high == 50


def test_features_are_called_by_input_and_tokens_are_none() -> None:
    X = {"text": np.ones((50, 7), np.int64), "size": normal(50, 2), "age": np.arange(50)[:, np.newaxis]}
    data = replace(regression(X), features=(*(f"text{i}" for i in range(7)), "width", "height", "age"))
    found = described(data, tokens=("text",))
    assert [(one.name, one.input) for one in found.features] == [
        ("size/width", "size"),
        ("size/height", "size"),
        ("age", "age"),
    ]
    assert found.features[2].high == 29


def test_features_of_windows_beside_codes_keep_their_names() -> None:
    X = {"X": normal(50, 4, 2), "shop": np.ones((50, 4), np.int64)}
    data = replace(regression(X), features=("price", "sales", "shop"))
    assert [one.name for one in described(data, tokens=("shop",)).features] == ["X/price", "X/sales"]


def test_targets_and_classes_are_counted() -> None:
    y = np.array([[0.0, 0.5], [1.0, 0.5], [4.0, 0.5]] * 10)
    first, second = described(dataset("regression", normal(30, 1), y)).targets
    assert (first.name, first.low, first.high, first.distinct, first.whole) == ("y0", 0, 4, 3, True)
    assert (second.std, second.distinct, second.whole) == (0, 1, False)
    codes = np.array([0, 1, 2, 2, 2] * 10)[:, np.newaxis]
    found = described(dataset("multiclass", normal(50, 1), codes, classes=4))
    assert found.class_shares == pytest.approx([0.2, 0.2, 0.6, 0])
    assert found.classes == ("0", "1", "2", "3")
    labels = np.array([[1.0, 0.0], [0.0, 0.0]] * 20)
    assert described(dataset("multilabel", normal(40, 1), labels)).class_shares == (0.5, 0)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays(np.float64, (20, 2), elements=st.sampled_from([0.0, -0.0, 1.0, np.nan])), st.integers(0, 99))
def test_repeated_samples_are_those_that_a_comparison_finds(
    small_chunks: None, X: NDArray[np.float64], seed: int
) -> None:
    y = np.random.default_rng(seed).integers(0, 2, size=(20, 1)).astype(np.float64)
    found = described(dataset("binary", X, y, classes=2))
    shown = ["nan" if np.isnan(value) else str(abs(value)) for value in X.ravel()]
    keys = list(zip(shown[::2], shown[1::2], y.ravel().tolist(), strict=True))
    train, validation = keys[:12], keys[12:18]
    answers = Counter(key[:2] for key in set(train))
    assert found.repeated == pytest.approx(1 - len(set(train)) / 12)
    assert found.contradictory == pytest.approx(sum(answers[key[:2]] > 1 for key in train) / 12)
    assert found.seen_in_validation == pytest.approx(sum(key in train for key in validation) / 6)


def test_copies_are_found_among_several_inputs_and_behind_padding() -> None:
    X = {"text": np.random.default_rng(0).integers(0, 9, size=(100, 30)), "size": normal(100, 2)}
    y, lengths = normal(100, 1), np.full(100, 25)
    for array in (*X.values(), y):
        array[60:90] = array[:30]
    X["text"][60:90, 25:] = 7
    assert described(dataset("regression", X, y, lengths=lengths), ("text",)).seen_in_validation == 1
    X["text"][60:90, 24] += 1
    assert described(dataset("regression", X, y, lengths=lengths), ("text",)).seen_in_validation == 0
    lengths[60:90] = 24
    assert described(dataset("regression", X, y, lengths=lengths), ("text",)).seen_in_validation == 0


def test_windows_over_a_series_that_stands_still_are_no_copies() -> None:
    series = np.repeat(normal(20), 20)
    X, y, rows = windows(series, 5)
    for data in (regression_of(X, y, rows), dataset("regression", X, y)):
        assert described(data).repeated == 0
        assert described(data).seen_in_validation == 0


def regression_of(X: Any, y: NDArray[Any], rows: NDArray[np.int64]) -> Dataset:
    return dataset("regression", X, y, rows=rows, split_by="time")


def test_the_target_in_another_unit_is_a_leak_and_a_close_one_is_none() -> None:
    X, y = normal(500, 3), normal(500, 1, seed=1)
    X[:, 1] = 32 + 1.8 * y[:, 0]
    X[:, 2] = y[:, 0] + 1e-3 * X[:, 2]
    (leak,) = described(dataset("regression", X, y)).leaks
    assert leak.correlation == pytest.approx(1)
    assert leak.feature == "X1"


def test_class_codes_among_the_features_are_a_leak_and_a_perfect_divide_is_none() -> None:
    codes = np.random.default_rng(0).integers(0, 3, size=(500, 1))
    X = np.concatenate([5 - codes, codes > 0, codes + 0.1 * normal(500, 1)], axis=1)
    assert [leak.feature for leak in described(dataset("multiclass", X, codes, classes=3)).leaks] == ["X0"]


def test_few_samples_or_a_copy_of_the_whole_input_are_no_leak() -> None:
    X = normal(500, 2)
    assert not described(dataset("regression", X[:25], X[:25, :1])).leaks
    assert not described(dataset("regression", X, X)).leaks
    assert not described(dataset("regression", X[:, :1], 2 * X[:, :1] - 1)).leaks


def test_a_leak_of_every_step_is_found_at_its_step_and_of_windows_at_the_last() -> None:
    X, y = normal(200, 6, 2), normal(200, 6, 1, seed=1)
    X[:, :, 1] = -y[:, :, 0]
    (leak,) = described(dataset("regression", X, y)).leaks
    assert leak.feature == "X1"
    assert leak.correlation == pytest.approx(-1)
    (leak,) = described(dataset("regression", X, y[:, -1])).leaks
    assert leak.feature == "X1"
    X[:, :, 1] = 0.0
    X[:, 2, 1] = y[:, 2, 0]
    lengths = np.full(200, 3)
    assert described(dataset("regression", X, y[:, 2], lengths=lengths)).leaks


def test_the_past_of_a_straight_line_is_no_leak() -> None:
    X, y, rows = windows(np.arange(300.0), 5)
    X = np.concatenate([X, normal(len(X), 5, 1)], axis=2)
    data = regression_of(X, y, rows)
    assert described(data).leaks  # nobody says which feature is the target's past
    train = replace(data.train, persistence=np.asarray(data.train.X)[:, -1, :1])
    assert not described(replace(data, train=train)).leaks


@pytest.mark.parametrize("cut_before", [False, True])
@pytest.mark.parametrize("horizon", [1, 3])
def test_a_longer_window_gains_where_the_series_remembers_what_is_outside(
    cut_before: bool, horizon: int
) -> None:
    X, y, rows = windows(seasonal(0, 12, 1500), 5)
    X, y, rows = X[: len(X) - horizon + 1], y[horizon - 1 :], rows[: len(X) - horizon + 1]
    others = np.lib.stride_tricks.sliding_window_view(normal(1500), 5)[: len(X), :, np.newaxis]
    X = np.concatenate([others, X], axis=2)
    data = dataset("regression", X, y, split_by="time", rows=None if cut_before else rows)
    found = described(data).series
    assert found is not None
    assert (found.values, found.window, found.period) == (len(data.train), 5, 12)
    assert found.ljung_box_p < 1e-6
    assert found.gain_low is not None
    assert found.gain_low > 0.2


def test_without_the_past_of_the_target_nothing_is_said_of_longer_windows() -> None:
    X, y, rows = windows(seasonal(0, 12, 1500), 5)
    found = described(regression_of(normal(*X.shape), y, rows)).series
    assert found is not None
    assert found.period == 12
    assert found.gain_of_longer_window is None


def test_a_stride_counts_into_the_period() -> None:
    X, y, rows = windows(np.sin(2 * np.pi * np.arange(3000) / 60) + 0.1 * normal(3000), 9)
    found = described(regression_of(X[::3], y[::3], rows[::3])).series
    assert found is not None
    assert found.period is not None
    assert abs(found.period - 60) <= 3


def test_the_longest_of_several_series_is_looked_at() -> None:
    parts = [windows(normal(length, seed=length), 5) for length in (40, 105, 60)]
    X, y = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
    rows = np.concatenate([part[2] + 1000 * index for index, part in enumerate(parts)])
    data = dataset("regression", X, y, rows=rows, shares=(0.9, 0.95), split_by="time")
    found = described(data).series
    assert found is not None
    assert found.values == 100


def test_rows_classes_and_flat_targets_are_no_series() -> None:
    X, y, rows = windows(normal(200), 5)
    assert described(dataset("regression", X[:, -1], y)).series is None
    assert described(dataset("binary", X, (y > 0).astype(np.float64), rows=rows, classes=2)).series is None
    assert described(regression_of(X, np.zeros_like(y), rows)).series is None
    assert described(regression_of(X[:40], y[:40], rows[:40])).series is None
