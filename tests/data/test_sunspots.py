from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from remedy.config.experiment import Data, Window
from remedy.data import load_dataset
from tests.conftest import only_input

SUNSPOTS = Path(__file__).parents[2] / "experiments" / "data" / "sunspots.csv"


def test_the_example_series_loads_as_the_readme_of_the_experiments_says() -> None:
    data = Data(source=SUNSPOTS, target=["activity"], time="year", window=Window(length=24))
    dataset = load_dataset(data)
    assert dataset.rows == 309
    assert dataset.input_shape == (24, 1)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [192, 38, 7]
    assert dataset.fingerprint == hashlib.sha256(SUNSPOTS.read_bytes()).hexdigest()
    np.testing.assert_allclose(only_input(dataset.train.X)[0, :3, 0], [5, 11, 16])
    np.testing.assert_allclose(dataset.test.y[-1], [2.9])
