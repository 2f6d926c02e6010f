"""`trials.csv` reads back as it was written."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from remedy.config import FixSetting
from remedy.errors import StudyError
from remedy.plan import KerasObject, Layer, Model, Plan
from remedy.results.trials_file import FIXED_COLUMNS, read_trials, write_trials
from remedy.results.trials_table import trials_table
from remedy.search import SearchSpace, build_search_space
from remedy.training import Status
from tests.search.conftest import make_record


@pytest.fixture
def space() -> SearchSpace:
    plan = Plan(
        task="regression",
        metric="mse",
        model=Model(
            input_shape=(4, 1),
            layers=(
                Layer(name="gru_1", class_name="GRU", config={"units": 2}),
                Layer(name="output", class_name="Dense", config={"units": 1}),
            ),
        ),
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.01}),
        loss="mse",
        epochs=2,
        batch_size=8,
    )
    names = ("scaling", "batch_normalization", "learning_rate", "reduce_lr_on_plateau")
    return build_search_space({name: FixSetting() for name in names}, plan)


def test_each_fix_has_a_column_and_each_of_its_parameters_a_dotted_one(
    space: SearchSpace, tmp_path: Path
) -> None:
    plateau = {"factor": 0.5, "patience": 3, "min_lr": 1e-6}
    table = trials_table(
        [
            make_record(0, skill=0.3, recipe={"scaling": "minmax", "batch_normalization": True}),
            make_record(1, skill=0.7, recipe={"learning_rate": 0.02, "reduce_lr_on_plateau": plateau}),
            make_record(2, skill=math.nan, status=Status.FAILED, seconds=math.nan, parameters=0),
        ],
        space,
    )
    path = tmp_path / "trials.csv"
    write_trials(path, table)
    read = read_trials(path)
    assert list(read.columns) == [
        *FIXED_COLUMNS,
        "scaling",
        "batch_normalization",
        "learning_rate",
        "reduce_lr_on_plateau.factor",
        "reduce_lr_on_plateau.patience",
        "reduce_lr_on_plateau.min_lr",
    ]
    assert list(read["trial"]) == [1, 0, 2]
    assert list(read["rank"]) == [1, 2, 3]
    assert read.loc[0, "reduce_lr_on_plateau.patience"] == 3
    assert read.loc[0, "learning_rate"] == 0.02
    assert read.loc[1, "batch_normalization"] == "on"
    assert list(read["scaling"].isna()) == [True, False, True]
    assert list(read["skill"].isna()) == [False, False, True]


def test_a_file_that_is_no_table_of_trials_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    with pytest.raises(StudyError, match="no trial has finished yet"):
        read_trials(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(StudyError, match="column rank is missing"):
        read_trials(path)
    path.write_text("")
    with pytest.raises(StudyError, match="is not a table of trials"):
        read_trials(path)
