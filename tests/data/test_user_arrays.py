from __future__ import annotations

import pickle
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.config.experiment import Data
from remedy.data import Dataset, fit_preprocessing, fit_scaler, load_dataset
from remedy.data.array_dataset import split_arrays
from remedy.data.user_arrays import load_from_function, raw_data
from remedy.errors import ConfigError, DataError, UserCodeError
from remedy.plan import Preprocessing, Task

X = np.random.default_rng(0).normal(size=(40, 3))
Y = X @ [1.0, -2.0, 0.5]
SEQUENCES = [np.arange(length, dtype=float) + 1 for length in np.tile([2, 5, 3, 1], 10)]


def _split(returned: object, task: Task | None = None, **section: Any) -> Dataset:
    return split_arrays(raw_data("it", returned), Data(source=Path("it.npz"), **section), task)


def _write(folder: Path, name: str, code: str) -> Path:
    file = folder / f"{name}.py"
    file.write_text(textwrap.dedent(code))
    return file


@pytest.mark.parametrize(
    "returned",
    [
        (X, Y),
        [X, Y],
        {"X": X, "y": Y},
        (X.tolist(), Y.tolist()),
        (pd.DataFrame(X), pd.Series(Y)),
        (X, Y[:, np.newaxis]),
        (X.astype(object), Y.astype(object)),
    ],
)
def test_many_forms_mean_the_same_data(returned: object) -> None:
    dataset, expected = _split(returned), _split((X, Y))
    for split, other in ((dataset.train, expected.train), (dataset.test, expected.test)):
        np.testing.assert_array_equal(split.X, other.X)
        np.testing.assert_array_equal(split.y, other.y)
    assert dataset.train.y.shape[1:] == (1,)


def test_data_frames_keep_their_names() -> None:
    dataset = _split((pd.DataFrame(X, columns=["a", "b", "c"]), pd.DataFrame({"u": Y, "v": -Y})))
    assert (dataset.features, dataset.targets) == (("a", "b", "c"), ("u", "v"))


@pytest.mark.parametrize(
    ("X_of", "names"),
    [
        ({"series": np.ones((40, 6, 2)) * Y[:, None, None], "static": X}, ["series", "static"]),
        ([np.ones((40, 6, 2)) * Y[:, None, None], X], ["input_1", "input_2"]),
    ],
)
def test_several_inputs_have_names(X_of: Any, names: list[str]) -> None:
    assert _split((X_of, Y)).input_shapes == {names[0]: (6, 2), names[1]: (3,)}


def test_inputs_of_a_function_can_be_chosen(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "two_inputs",
        """
        import numpy as np

        def load():
            return {"a": np.arange(30.0), "b": np.ones((30, 2))}, np.arange(30.0)
        """,
    )
    source = tmp_path / "two_inputs.py:load"
    dataset = load_dataset(Data(source=source, features=["a"]), call_function=load_from_function)
    assert dataset.input_shapes == {"a": (1,)}
    with pytest.raises(ConfigError, match=r"data.features: two_inputs.py:load has no input 'c'"):
        load_dataset(Data(source=source, features=["c"]), call_function=load_from_function)
    with pytest.raises(ConfigError, match=r"data.target: load\(\) returns the targets"):
        load_dataset(Data(source=source, target=["y"]), call_function=load_from_function)


def test_what_a_function_gives_can_be_sent_to_another_process(tmp_path: Path) -> None:
    file = _write(tmp_path, "sendable", "def load():\n    return [[1.0, 2.0], [3.0]], ['a', 'b']\n")
    raw = load_from_function(file, "load")
    assert pickle.loads(pickle.dumps(raw)).fingerprint == raw.fingerprint  # noqa: S301
    assert raw.samples["all"].y.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("def other(): pass", UserCodeError, "has no 'load'; it defines other"),
        ("def load():\n    return 1 / 0", UserCodeError, r"py:2: load\(\) raised ZeroDivisionError"),
        ("def load(x): pass", UserCodeError, r"load\(\) raised TypeError"),
        ("def load(): pass", DataError, r":load returned nothing; return \(X, y\)"),
        ("def load(): return 5", DataError, "returned a 'int'; return"),
        ("def load(): return ([1], [2], [3])", DataError, "returned 3 items, not two"),
        ("def load(): return {'x': [1], 'y': [2]}", DataError, "a mapping with the keys 'x', 'y'"),
        ("def load(): return {'train': ([1], [2]), 'dev': 1}", DataError, "a split 'dev'"),
        ("def load(): return {}, [1, 2]", DataError, "no input"),
        ("def load(): return 'X', [1, 2]", DataError, "X of .*load is a 'str' and no array"),
        ("def load(): return [1.0, 2.0], None", DataError, "y of .* is a 'NoneType' and no array"),
        ("def load(): return [[1], []], [1, 2]", DataError, "sequence 1 is empty"),
        ("def load(): return [[[1, 2]], [[1], [2]]], [1, 2]", DataError, "differ in their first axis only"),
        ("def load(): return [['a'], ['b', 'c']], [1, 2]", DataError, "sequence 0 does not hold numbers"),
        ("def load(): return [1, 2], [[1, 2], [1]]", DataError, "y of .* sequences of different lengths"),
        ("def load(): return [{}, {}], [1, 2]", DataError, "Python objects .*'dict'"),
    ],
)
def test_a_function_that_gives_no_data_says_what_to_return(
    tmp_path: Path, code: str, error: type[Exception], message: str, request: pytest.FixtureRequest
) -> None:
    file = _write(tmp_path, f"wrong_{abs(hash(code))}", code)
    with pytest.raises(error, match=message) as caught:
        load_from_function(file, "load")
    assert "\n" not in str(caught.value)


@given(
    lengths=st.lists(st.integers(1, 9), min_size=40, max_size=40).filter(lambda drawn: len(set(drawn)) > 1)
)
def test_sequences_are_padded_at_the_end(lengths: list[int]) -> None:
    sequences = [np.random.default_rng(length).normal(size=(length, 2)) for length in lengths]
    dataset = _split((sequences, Y))
    for split in (dataset.train, dataset.validation, dataset.test):
        assert split.lengths is not None
        assert isinstance(split.X, np.ndarray)
        assert split.X.shape[1:] == (max(lengths), 2)
        for sample, length, row in zip(split.X, split.lengths, split.target_rows, strict=True):
            np.testing.assert_array_equal(sample[:length], sequences[row])
            assert not sample[length:].any()


def test_sequences_of_one_number_a_step_have_one_feature_and_tokens_none() -> None:
    assert _split((SEQUENCES, Y)).input_shape == (5, 1)
    tokens = _split(([sequence.astype(int) for sequence in SEQUENCES], Y))
    assert tokens.input_shape == (5,)
    assert isinstance(tokens.train.X, np.ndarray)
    assert tokens.train.X.dtype == np.int64


@pytest.mark.parametrize("scaling", [None, "minmax", "standard", "robust"])
def test_integers_of_different_lengths_are_scaled_as_one_feature(scaling: str | None) -> None:
    sequences = [sequence.astype(int) for sequence in SEQUENCES]
    dataset = _split((sequences, Y))
    train = dataset.train
    fitted = fit_preprocessing(Preprocessing(scaling=scaling, mask_value=-9.0), train)
    scaled = fitted.inputs(train.X, train.lengths)
    assert isinstance(scaled, np.ndarray)
    steps = np.concatenate([sequences[row] for row in train.target_rows])[:, np.newaxis]
    expected = fit_scaler(scaling, steps).transform(steps.astype(float))[:, 0]
    assert train.lengths is not None
    within = np.arange(5) < train.lengths[:, np.newaxis]
    np.testing.assert_allclose(scaled[within], expected, rtol=1e-6)
    assert (scaled[~within] == -9).all()


def test_splits_are_padded_to_the_same_length() -> None:
    parts = {"train": list(range(28)), "val": [4, 8, 12, 16, 20, 24], "test": list(range(28, 40))}
    returned = {part: ([SEQUENCES[row] for row in rows], Y[rows]) for part, rows in parts.items()}
    dataset = _split(returned)
    for split, samples in ((dataset.train, 28), (dataset.validation, 6), (dataset.test, 12)):
        assert isinstance(split.X, np.ndarray)
        assert split.X.shape == (samples, 5, 1)
    assert dataset.validation.lengths is not None
    assert dataset.validation.lengths.tolist() == [2] * 6


def test_a_target_for_every_step_needs_sequences_of_one_length() -> None:
    with pytest.raises(DataError, match="needs sequences of one length"):
        _split((SEQUENCES, np.random.default_rng(0).normal(size=(40, 5, 1))))


def test_ragged_inputs_have_to_end_together() -> None:
    other = [sequence[::-1] for sequence in SEQUENCES]
    both = _split(({"a": SEQUENCES, "b": other, "static": X}, Y))
    assert both.input_shapes == {"a": (5, 1), "b": (5, 1), "static": (3,)}
    with pytest.raises(DataError, match="'a' and 'b' hold sequences of different lengths"):
        _split(({"a": SEQUENCES, "b": SEQUENCES[1:] + SEQUENCES[:1]}, Y))


def test_given_splits_are_kept_and_missing_ones_are_cut_out_of_the_training_samples() -> None:
    parts = {"train": (X[:30], Y[:30]), "validation": (X[30:], Y[30:])}
    dataset = _split(parts, split={"test": 0.2})
    assert dataset.split_by == "given"
    assert [len(split) for split in (dataset.train, dataset.validation, dataset.test)] == [24, 10, 6]
    assert dataset.validation.target_rows.tolist() == list(range(30, 40))
    assert set(dataset.test.target_rows) < set(range(30))
    assert any("test (20%)" in note and "at random" in note for note in dataset.notes)
    by_time = _split(parts, split={"test": 0.2, "by": "time"})
    assert by_time.test.target_rows.tolist() == list(range(24, 30))
    no_validation = _split({"train": parts["train"], "test": parts["validation"]}, split={"by": "time"})
    assert no_validation.train.target_rows.tolist() == list(range(24))
    assert no_validation.validation.target_rows.tolist() == list(range(24, 30))
    assert len(no_validation.test) == 10
    whole = _split({**parts, "test": (X[:5], Y[:5])})
    assert any("data.split is not used" in note for note in whole.notes)


def test_splits_have_to_match() -> None:
    with pytest.raises(DataError, match=r"samples of test have the shape \(2,\), those of train \(3,\)"):
        _split({"train": (X, Y), "test": (X[:, :2], Y)})
    with pytest.raises(DataError, match="validation has the inputs 'b' where train has 'a'"):
        _split({"train": ({"a": X}, Y), "validation": ({"b": X}, Y)})


def test_every_class_of_any_split_is_known() -> None:
    labels = np.array(["b", "a"] * 20)
    with pytest.raises(DataError, match="class 'c' of 'y' does not occur in the training split"):
        _split({"train": (X, labels), "validation": (X[:3], np.array(["a", "b", "c"])), "test": (X, labels)})
