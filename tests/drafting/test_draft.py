"""A drafted file is an experiment that can be run as it is, whatever the table."""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from remedy.config import experiment_schema
from remedy.drafting import draft_experiment, experiment_text
from remedy.errors import RemedyError
from remedy.preparation import Prepared, prepare

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "experiments" / "gallery" / "data"
SCHEMA = Draft202012Validator(experiment_schema())

LABELS = st.sampled_from(["a", "b", "off", "1e5", "x: y", "# z", "{", "é", "=1+1", "yes"])
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda name: name.strip() == name
)


def _write(source: Path, target: list[str], folder: Path, **options: Any) -> tuple[str, Prepared]:
    draft, prepared = draft_experiment(str(source), target, name="drafted", tell=print, **options)
    return experiment_text(draft, prepared, folder, "remedy init ..."), prepared


def _drafted(source: Path, target: list[str], folder: Path, **options: Any) -> dict[str, Any]:
    """The text's data, after the file has been prepared again as it stands."""
    text, prepared = _write(source, target, folder, **options)
    (folder / "drafted.yaml").write_text(text)
    again = prepare(folder / "drafted.yaml")
    assert again.dataset.fingerprint == prepared.dataset.fingerprint
    assert again.dataset.input_shapes == prepared.dataset.input_shapes
    data: dict[str, Any] = yaml.safe_load(text)
    assert list(SCHEMA.iter_errors(data)) == []
    return data


def _drafted_or_refused(source: Path, target: str, folder: Path) -> tuple[dict[str, Any] | None, str]:
    try:
        return _drafted(source, [target], folder), ""
    except RemedyError as error:
        return None, str(error)


@st.composite
def _tables(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(30, 80))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds: dict[str, Callable[[], Any]] = {
        "numbers": lambda: generator.normal(size=rows) * 10.0 ** generator.integers(-8, 8),
        "gaps": lambda: np.where(generator.random(rows) < 0.2, np.nan, generator.normal(size=rows)),
        "counts": lambda: generator.poisson(3, rows),
        "truth": lambda: generator.random(rows) < 0.5,
        "labels": lambda: generator.choice(draw(st.lists(LABELS, min_size=1, max_size=4)), rows),
        "texts": lambda: [f"t{number}" for number in generator.integers(0, 10**9, rows)],
        "days": lambda: pd.date_range("2020-01-01", periods=rows).strftime("%Y-%m-%d"),
        "same": lambda: np.full(rows, 7),
        "rising": lambda: np.arange(rows),
    }
    names = draw(
        st.lists(NAMES | st.sampled_from(["year", "id", "time"]), min_size=1, max_size=5, unique=True)
    )
    return pd.DataFrame({name: kinds[draw(st.sampled_from(sorted(kinds)))]() for name in names})


@given(_tables(), st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_table_gives_a_file_that_is_valid_or_a_clear_refusal(
    table: pd.DataFrame, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "rows.csv"
        table.to_csv(source, index=False)
        target = data.draw(st.sampled_from(list(table.columns)))
        drafted, refusal = _drafted_or_refused(source, target, folder)
        assert "\n" not in refusal
        assert drafted is None or drafted["data"]["target"] == target


@pytest.mark.parametrize(
    ("file", "target", "length"), [("airline.csv", "passengers_thousands", 12), ("elnino.csv", None, 12)]
)
def test_a_monthly_series_gets_windows_of_whole_years(
    file: str, target: str | None, length: int, tmp_path: Path
) -> None:
    targets = [target] if target else [str(pd.read_csv(GALLERY / file).columns[-1])]
    drafted = _drafted(GALLERY / file, targets, tmp_path)
    assert drafted["data"]["window"]["length"] % length == 0
    assert drafted["data"]["features"] == targets
    assert drafted["data"]["split"]["by"] == "time"
    assert drafted["model"]["template"] == "lstm"


def test_rows_without_an_order_are_samples(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(300, 3)), columns=["a", "b", "y"])
    frame.to_csv(tmp_path / "rows.csv", index=False)
    drafted = _drafted(tmp_path / "rows.csv", ["y"], tmp_path)
    assert "window" not in drafted["data"]
    assert drafted["data"]["split"]["by"] == "random"
    assert drafted["model"]["template"] == "dense"
    steps = drafted["training"]["epochs"] * -(-180 // drafted["training"]["batch_size"])
    assert steps >= 500


@pytest.mark.parametrize(("labels", "task"), [(3, "multiclass"), (2, "binary")])
def test_numbered_classes_are_classes(labels: int, task: str, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"x": generator.normal(size=300), "y": generator.integers(0, labels, 300)})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    assert _drafted(tmp_path / "rows.csv", ["y"], tmp_path)["task"] == task


def test_counts_are_quantities(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"x": generator.normal(size=300), "y": generator.poisson(2, 300)})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    assert _drafted(tmp_path / "rows.csv", ["y"], tmp_path)["task"] == "regression"


def test_arrays_get_the_template_that_fits_their_shape(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    y = generator.normal(size=(200, 1))
    np.savez(tmp_path / "sequences.npz", X=generator.normal(size=(200, 9, 2)), y=y)
    np.savez(tmp_path / "rows.npz", X=generator.normal(size=(200, 9)), y=y)
    assert _drafted(tmp_path / "sequences.npz", [], tmp_path)["model"]["template"] == "lstm"
    assert _drafted(tmp_path / "rows.npz", [], tmp_path)["model"]["template"] == "dense"


def test_window_and_horizon_can_be_given(tmp_path: Path) -> None:
    source, target = GALLERY / "airline.csv", ["passengers_thousands"]
    drafted = _drafted(source, target, tmp_path, window=6, horizon=3)
    assert drafted["data"]["window"] == {"length": 6, "horizon": 3}
    with pytest.raises(RemedyError, match="no column left to predict"):
        _drafted(source, target, tmp_path, window=0)


def test_windows_that_cannot_be_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", X=np.zeros((60, 3)), y=np.arange(60.0))
    with pytest.raises(RemedyError, match=r"--window: rows.npz holds arrays"):
        _drafted(tmp_path / "rows.npz", [], tmp_path, window=6)
    with pytest.raises(RemedyError, match=r"--horizon: rows.npz holds arrays"):
        _drafted(tmp_path / "rows.npz", [], tmp_path, horizon=2)
    numbers = np.random.default_rng(0).normal(size=(60, 2))
    pd.DataFrame(numbers, columns=["x", "y"]).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(RemedyError, match=r"--horizon 3: each row of rows.csv is a sample by itself"):
        _drafted(tmp_path / "rows.csv", ["y"], tmp_path, horizon=3)


def test_an_own_model_takes_the_place_of_the_template(tmp_path: Path) -> None:
    code = """
        import keras

        def build(input_shape):
            model = keras.Sequential([keras.Input(input_shape), keras.layers.GRU(4), keras.layers.Dense(1)])
            model.compile(optimizer="sgd", loss="mse")
            return model
    """
    (tmp_path / "mine.py").write_text(textwrap.dedent(code))
    drafted = _drafted(GALLERY / "airline.csv", [], tmp_path, model=str(tmp_path / "mine.py:build"))
    assert drafted["model"] == {"build": "mine.py:build"}
    assert "optimizer" not in drafted["training"]


def test_the_windows_are_those_that_an_own_model_takes(tmp_path: Path) -> None:
    code = """
        import keras

        def build():
            model = keras.Sequential([keras.Input((17, 1)), keras.layers.GRU(4), keras.layers.Dense(1)])
            model.compile(optimizer="sgd", loss="mse")
            return model
    """
    (tmp_path / "mine.py").write_text(textwrap.dedent(code))
    options = {"model": str(tmp_path / "mine.py:build")}
    drafted = _drafted(GALLERY / "airline.csv", [], tmp_path, **options)
    assert drafted["data"]["window"]["length"] == 17
    assert "the rows that the model takes at once" in (tmp_path / "drafted.yaml").read_text()
    with pytest.raises(RemedyError, match="17"):
        _drafted(GALLERY / "airline.csv", [], tmp_path, window=6, **options)


def test_dates_that_may_begin_with_day_or_month_are_pointed_out(tmp_path: Path) -> None:
    days = [f"{day:02d}/{month:02d}/2020" for month in range(1, 11) for day in range(1, 13)]
    frame = pd.DataFrame({"when": days, "y": np.sin(np.arange(120) / 3)})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    text, _ = _write(tmp_path / "rows.csv", ["y"], tmp_path)
    comment = " ".join(line.partition("#")[2].strip() for line in text.splitlines())
    assert "'02/01/2020' is taken for 2 January 2020, which is a guess" in comment
    assert "set data.time_format: '%m/%d/%Y'" in comment


def test_what_the_fixes_would_be_stands_there_to_be_uncommented(tmp_path: Path) -> None:
    text, _ = _write(GALLERY / "airline.csv", [], tmp_path)
    lines = text.splitlines()
    first = lines.index("# fixes:")
    chosen = [line.removeprefix("# ") for line in lines[first:] if line.startswith("#")]
    spaces = []
    for name, content in (("as_it_is", lines), ("uncommented", [*lines[:first], *chosen])):
        (tmp_path / f"{name}.yaml").write_text("\n".join(content))
        fixes = prepare(tmp_path / f"{name}.yaml").space.fixes
        spaces.append({fix: entry.space for fix, entry in fixes.items()})
    assert spaces[0] == spaces[1]
