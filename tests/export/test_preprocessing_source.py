"""The preprocessing of exported scripts does what that of the training did, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sklearn.preprocessing
from numpy.typing import NDArray

from remedy.data import Dataset, Split, data_facts
from remedy.data.dataset import Inputs, like_inputs, named_inputs
from remedy.data.input_preprocessing import has_padding
from remedy.data.preprocessing import fit_preprocessing
from remedy.export.model_facts import ModelFacts
from remedy.export.preprocessing_source import PreprocessingSource
from remedy.export.training import Training
from remedy.plan import KerasObject, Model, Plan, Preprocessing
from tests.training.samples import make_samples

GENERATOR = np.random.default_rng(0)
LENGTHS = np.arange(200) % 4 + 3


def _with_gaps(*shape: int) -> NDArray[np.float64]:
    values = GENERATOR.normal(size=(200, *shape)) * 10 + 3
    values[GENERATOR.random(values.shape) < 0.2] = np.nan
    return values


def _flags() -> NDArray[np.int64]:
    flags = GENERATOR.integers(0, 5, size=(200, 3))
    flags[:, 1] = 7
    return flags


SHAPES: dict[str, Callable[[], tuple[Inputs, bool]]] = {
    "rows": lambda: (_with_gaps(3), False),
    "series": lambda: (_with_gaps(6, 2), False),
    "pictures": lambda: (_with_gaps(6, 2, 2), False),
    "rows before series": lambda: ({"static": _with_gaps(4), "series": _with_gaps(6, 2)}, False),
    "series before rows": lambda: ({"series": _with_gaps(6, 2), "static": _with_gaps(4)}, False),
    "constant integers": lambda: ({"a": _with_gaps(2), "flags": _flags()}, False),
    "sequences": lambda: (_with_gaps(6, 2), True),
    "sequences of single numbers": lambda: (_with_gaps(6, 1), True),
    "sequences beside rows": lambda: ({"seq": _with_gaps(6, 1), "static": _with_gaps(4)}, True),
}


@pytest.mark.parametrize("imputation", [None, "median", "forward_fill"])
@pytest.mark.parametrize("scaling", [None, "minmax", "standard", "robust"])
@pytest.mark.parametrize("name", SHAPES)
def test_a_script_prepares_samples_as_the_training_did(
    name: str, scaling: str | None, imputation: str | None
) -> None:
    X, ragged = SHAPES[name]()
    settings = Preprocessing(scaling=scaling, imputation=imputation, mask_value=-1.0)
    dataset = _dataset(X, ragged=ragged)
    functions = _functions(dataset, settings)
    fitted = fit_preprocessing(settings, dataset.train)
    for single in (False, True):  # sequences of numbers may come with an axis of features, or without
        loaded = _loaded(dataset.train, single=single)
        arguments = [functions["fit_preprocessing"](loaded, dataset.train.y)] if scaling or imputation else []
        for split in (dataset.train, dataset.validation):
            found = functions["prepare"](_loaded(split, single=single), *arguments)
            expected = fitted.inputs(split.X, split.lengths)
            for key, array in named_inputs(expected).items():
                given = found[key] if isinstance(found, dict) else found
                np.testing.assert_array_equal(given, array, strict=True)


def _dataset(X: Inputs, *, ragged: bool) -> Dataset:
    dataset = make_samples("regression", X, GENERATOR.normal(size=(200, 1)))
    if not ragged:
        return dataset

    def cut(split: Split) -> Split:
        lengths = LENGTHS[split.target_rows]
        padding = np.arange(6) >= lengths[:, np.newaxis]
        arrays = {key: array.copy() for key, array in named_inputs(split.X).items()}
        for array in arrays.values():
            if has_padding(array):
                array[padding] = 0
        return replace(split, X=like_inputs(split.X, arrays), lengths=lengths)

    return replace(
        dataset, train=cut(dataset.train), validation=cut(dataset.validation), test=cut(dataset.test)
    )


def _loaded(split: Split, *, single: bool) -> Any:
    """X as a script's `load_data` returns it: sequences without their padding."""

    def one(array: NDArray[Any]) -> Any:
        if split.lengths is None or not has_padding(array):
            return array
        if single and array.shape[2:] == (1,):
            array = array[:, :, 0]
        return [sample[:length] for sample, length in zip(array, split.lengths, strict=True)]

    arrays = {key: one(array) for key, array in named_inputs(split.X).items()}
    return arrays["X"] if isinstance(split.X, np.ndarray) else arrays


def _functions(dataset: Dataset, settings: Preprocessing) -> dict[str, Any]:
    plan = Plan(
        task="regression",
        metric="mse",
        model=Model(),
        optimizer=KerasObject(class_name="Adam"),
        loss="mse",
        epochs=1,
        batch_size=32,
        preprocessing=settings,
        data=data_facts(dataset),
    )
    training = Training("a training", plan, dataset, 0, 0.5, ModelFacts(), "model.keras")
    functions: dict[str, Any] = {"np": np, **vars(sklearn.preprocessing)}
    exec("\n\n".join(PreprocessingSource(training).functions()), functions)  # noqa: S102
    return functions
