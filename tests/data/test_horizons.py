"""Several horizons, and a target for every step of a window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from remedy.data import Dataset, Split
from remedy.errors import DataError

Load = Callable[..., Dataset]


def _parts(dataset: Dataset) -> tuple[Split, Split, Split]:
    return dataset.train, dataset.validation, dataset.test


@st.composite
def _series(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Groups one after the other in time order, so that the next row of a series is the next of the file."""
    sizes = draw(st.lists(st.integers(15, 60), min_size=1, max_size=5))
    generator = np.random.default_rng(draw(st.integers(0, 100)))
    frame = pd.DataFrame(generator.normal(size=(sum(sizes), 3)), columns=["a", "y", "z"])
    frame["station"] = np.repeat(np.arange(len(sizes)), sizes)
    window = {
        "length": draw(st.integers(1, 5)),
        "horizon": draw(st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True)),
        "stride": draw(st.integers(1, 3)),
        "targets": draw(st.sampled_from(["last", "every"])),
    }
    by = draw(st.sampled_from(["time", "random", "group"]))
    section = {"window": window, "group": "station", "features": ["a", "y"]}
    return frame, section | {"split": {"validation": 0.3, "test": 0.3, "by": by}}


@given(series=_series())
def test_every_output_is_the_row_that_it_claims(
    load: Load, series: tuple[pd.DataFrame, dict[str, Any]]
) -> None:
    frame, section = series
    window = section["window"]
    try:
        dataset = load(frame, ["y", "z"], **section)
    except DataError:
        reject()
    every = window["targets"] == "every"
    for part in _parts(dataset):
        assert part.persistence is not None
        assert part.y.shape == part.persistence.shape
        for sample, rows in enumerate(part.rows):
            steps = rows if every else rows[-1:]
            expected = [
                [frame[column][row + horizon] for column in ("y", "z") for horizon in window["horizon"]]
                for row in steps
            ]
            last = [[frame[column][row] for column in ("y", "z") for _ in window["horizon"]] for row in steps]
            np.testing.assert_array_equal(part.y[sample], expected if every else expected[0])
            np.testing.assert_array_equal(part.persistence[sample], last if every else last[0])
            assert part.target_rows[sample] == steps[0] + min(window["horizon"])


@given(series=_series())
def test_no_target_lies_in_another_split_or_group(
    load: Load, series: tuple[pd.DataFrame, dict[str, Any]]
) -> None:
    frame, section = series
    try:
        dataset = load(frame, ["y"], **section)
    except DataError:
        reject()
    reach = max(section["window"]["horizon"])
    station = frame["station"].to_numpy()
    used = []
    for part in _parts(dataset):
        last = part.rows[:, -1] + reach
        assert (station[last] == station[part.rows[:, 0]]).all()
        used.append(
            {row for first, end in zip(part.rows[:, 0], last, strict=True) for row in range(first, end + 1)}
        )
    assert sum(map(len, used)) == len(set.union(*used))


def test_outputs_are_named_by_target_and_horizon(load: Load) -> None:
    frame = pd.DataFrame({"y": np.arange(100) % 13, "z": np.arange(100) % 11})
    shares = {"validation": 0.2, "test": 0.2}
    dataset = load(frame, ["y", "z"], features=["y"], window={"length": 4, "horizon": [1, 6]}, split=shares)
    assert dataset.targets == ("y+1", "y+6", "z+1", "z+6")
    assert dataset.output_shape == (4,)
    assert dataset.train.target_rows.tolist() == list(range(4, 55))


def test_one_horizon_in_a_list_is_that_horizon(load: Load) -> None:
    frame = pd.DataFrame({"y": np.arange(100) % 13})
    one, other = (load(frame, ["y"], window={"length": 4, "horizon": horizon}) for horizon in (2, [2]))
    assert one.targets == other.targets == ("y",)
    np.testing.assert_array_equal(one.train.y, other.train.y)


def test_zeros_and_ones_at_several_horizons_are_multilabel(load: Load) -> None:
    frame = pd.DataFrame({"x": np.arange(90), "y": np.arange(90) % 3 == 0})
    dataset = load(frame, ["y"], features=["x"], window={"length": 2, "horizon": [1, 2]})
    assert dataset.task == "multilabel"
    assert dataset.output_units == 2


@pytest.mark.parametrize(("task", "dtype"), [("binary", np.float64), ("multiclass", np.int64)])
def test_every_step_may_have_a_class(load: Load, task: str, dtype: type) -> None:
    labels = np.array(["no", "yes"])[np.arange(90) // 2 % 2]
    dataset = load(
        pd.DataFrame({"x": np.arange(90), "y": labels}), ["y"], task, window={"length": 3, "targets": "every"}
    )
    assert dataset.train.y.shape[1:] == (3, 1)
    assert dataset.train.y.dtype == dtype
    assert dataset.train.persistence is None
    assert dataset.target_steps == 3
    np.testing.assert_array_equal(dataset.train.y[:, :, 0], (dataset.train.rows + 1) // 2 % 2)


def test_a_target_for_every_step_warns_of_answers_among_the_inputs(load: Load) -> None:
    frame = pd.DataFrame({"a": np.arange(100) % 5, "y": np.arange(100) % 13})
    every = {"length": 4, "targets": "every"}

    def warned(**section: Any) -> bool:
        return any("sees the answers" in note for note in load(frame, ["y"], **section).notes)

    assert warned(features=["y"], window=every)
    assert not warned(features=["a"], window=every)
    assert not warned(features=["y"], window={"length": 4})
    assert not warned(features=["y"], window=every | {"horizon": 4})


def test_several_horizons_need_room_in_every_split(load: Load) -> None:
    frame = pd.DataFrame({"y": np.arange(100) % 13})
    with pytest.raises(DataError, match="leave no window of 4 \\+ 7 rows in the test split"):
        load(frame, ["y"], window={"length": 4, "horizon": [1, 7]})
