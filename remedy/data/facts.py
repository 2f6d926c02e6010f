"""What a fix may need to know of a data set."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data.chunks import feature_rows, sample_slices
from remedy.data.dataset import Dataset, Split, named_inputs
from remedy.data.imputation import Variation
from remedy.data.input_preprocessing import has_padding
from remedy.plan import DataFacts


def data_facts(dataset: Dataset) -> DataFacts:
    """The facts of a data set, as every plan of an experiment holds them.

    Integer inputs are never called constant: they may hold tokens, of which one place is often the same.
    """
    splits = (dataset.train, dataset.validation, dataset.test)
    return DataFacts(
        samples=len(dataset.train),
        input_shapes=dict(dataset.input_shapes),
        missing=any(_has_missing(array) for split in splits for array in _fractions(split)),
        constant=any(_has_constant(array, dataset.train.lengths) for array in _fractions(dataset.train)),
        padded=any(split.lengths is not None for split in splits),
        output_units=dataset.output_units,
        target_steps=dataset.target_steps,
        class_shares=_class_shares(dataset),
        one_hot=dataset.one_hot,
        label_values=dataset.label_values,
    )


def _fractions(split: Split) -> list[NDArray[np.floating]]:
    return [array for array in named_inputs(split.X).values() if np.issubdtype(array.dtype, np.floating)]


def _has_missing(values: NDArray[np.floating]) -> bool:
    return any(bool(np.isnan(values[part]).any()) for part in sample_slices(values))


def _has_constant(values: NDArray[np.floating], lengths: NDArray[np.int64] | None) -> bool:
    variation = Variation()
    padded = lengths if has_padding(values) else None
    for part in sample_slices(values):
        variation.add(feature_rows(values[part], None if padded is None else padded[part]))
    return bool(variation.constant.any())


def _class_shares(dataset: Dataset) -> tuple[float, ...]:
    if not dataset.classes:
        return ()
    codes: NDArray[Any] = dataset.train.y.astype(np.int64).ravel()
    return tuple((np.bincount(codes, minlength=len(dataset.classes)) / len(codes)).tolist())
