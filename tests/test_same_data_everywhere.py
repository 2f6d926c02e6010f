"""The same rows as CSV, TSV, Parquet, `.npz` and from a function make the same trial, to the last digit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remedy.data import Split
from remedy.fixes import apply_recipe
from remedy.plan import Recipe
from remedy.preparation import Prepared, prepare
from remedy.training import EpochRecord
from remedy.training.trial import train

ROWS = 120
FEATURES = ["load", "heat"]


@dataclass(frozen=True)
class Case:
    """A target, what it is read as, and a recipe that scales."""

    task: str
    y: Callable[[np.random.Generator, np.ndarray], np.ndarray]
    recipe: Recipe
    data: dict[str, Any]


SCALED: Recipe = {"scaling": "standard", "target_scaling": "minmax"}


def number(generator: np.random.Generator, X: np.ndarray) -> np.ndarray:
    return np.asarray(3 * X[:, 0] - X[:, 1] / 7 + generator.normal(size=ROWS))


def label(generator: np.random.Generator, X: np.ndarray) -> np.ndarray:
    return generator.permutation(np.array(["low", "mid", "very high"])[np.arange(ROWS) % 3])


def zero_or_one(generator: np.random.Generator, X: np.ndarray) -> np.ndarray:
    return generator.permutation(np.arange(ROWS) % 2)


CASES = {
    "series": Case("regression", number, SCALED, {"window": {"length": 5, "horizon": [1, 3]}}),
    "numbers": Case("regression", number, SCALED, {}),
    "classes": Case("multiclass", label, {"scaling": "robust"}, {}),
    "yes or no": Case("binary", zero_or_one, {"scaling": "minmax", "class_weight": "balanced"}, {}),
}


def write(folder: Path, frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The data sections that name the same rows, by the kind of source."""
    X, y = frame[FEATURES].to_numpy(), frame["y"].to_numpy()
    frame.to_csv(folder / "rows.csv", index=False)
    frame.to_csv(folder / "rows.tsv", index=False, sep="\t", decimal=",")
    frame.to_parquet(folder / "rows.parquet")
    np.savez(folder / "rows.npz", X=X, y=y.astype(str) if y.dtype == object else y)
    module = f"rows_of_{folder.name}".replace("-", "_")
    (folder / f"{module}.py").write_text(
        "from pathlib import Path\n\nimport pandas as pd\n\n\ndef rows():\n"
        "    frame = pd.read_parquet(Path(__file__).with_name('rows.parquet'))\n"
        f"    return frame[{FEATURES}], frame['y']\n"
    )
    columns = {"target": "y", "features": FEATURES}
    return {
        "csv": {"source": f"{folder}/rows.csv", **columns},
        "tsv": {"source": f"{folder}/rows.tsv", **columns},
        "parquet": {"source": f"{folder}/rows.parquet", **columns},
        "npz": {"source": f"{folder}/rows.npz"},
        "function": {"source": f"{folder}/{module}.py:rows"},
    }


def assert_same_split(one: Split, other: Split) -> None:
    for part in ("X", "y", "rows", "target_rows", "persistence", "lengths"):
        left, right = getattr(one, part), getattr(other, part)
        assert (left is None) == (right is None), part
        if left is not None:
            assert left.dtype == right.dtype
            np.testing.assert_array_equal(left, right, err_msg=part, strict=True)


def curve(prepared: Prepared, recipe: Recipe) -> tuple[EpochRecord, ...]:
    return train(apply_recipe(prepared.baseline, recipe), prepared.dataset, seed=3).outcome.curve


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_trial_does_not_depend_on_how_the_data_is_stored(case: Case, tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    X = generator.normal([3, 900], [0.7, 250], (ROWS, 2))
    frame = pd.DataFrame(X, columns=FEATURES).assign(y=case.y(generator, X))
    prepared = {
        kind: prepare(
            {
                "name": "same",
                "data": section | case.data,
                "model": {"template": "dense", "units": 4},
                "training": {"epochs": 2, "batch_size": 16},
            }
        )
        for kind, section in write(tmp_path, frame).items()
    }
    first = prepared.pop("csv")
    assert first.dataset.task == case.task
    expected = curve(first, case.recipe)
    assert len(expected) == 2
    assert apply_recipe(first.baseline, case.recipe) != first.baseline
    for kind, other in prepared.items():
        assert other.dataset.task == case.task, kind
        assert other.dataset.classes == first.dataset.classes, kind
        assert other.dataset.split_by == first.dataset.split_by, kind
        for part in ("train", "validation", "test"):
            assert_same_split(getattr(other.dataset, part), getattr(first.dataset, part))
        assert other.baseline == first.baseline, kind
        assert curve(other, case.recipe) == expected, kind
