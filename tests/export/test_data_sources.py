"""The code that loads the data gives what was trained on, to the last bit."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from remedy.config import parse_experiment
from remedy.data import Dataset, load_dataset
from remedy.data.array_source import RawData
from remedy.data.user_arrays import load_from_function
from remedy.export.check_data import difference, expected_arrays
from remedy.export.data_source import DataSource, stored_arrays
from remedy.export.export import data_sources
from remedy.export.model_facts import ModelFacts
from remedy.export.training import Training
from remedy.export.writing import write_script, write_training
from remedy.plan import KerasObject, Model, Plan
from tests.export.sources import FROM_ARRAYS, SOURCES

_LOAD_ALL = """\
import json, sys, traceback
from remedy.export.load_child import write_loaded
folders, said = sys.argv[1:], {}
for folder in folders:
    path, modules = list(sys.path), set(sys.modules)
    try:
        write_loaded(folder, folder + "/loaded.npz")
        said[folder] = None
    except BaseException:
        said[folder] = traceback.format_exc()
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(folder):
            del sys.modules[name]
print(json.dumps(said))
"""


class Written(NamedTuple):
    """A data set and the scripts that load it, one for each way that may be right."""

    dataset: Dataset
    folders: list[Path]


def read(name: str, folder: Path) -> tuple[Dataset, list[DataSource]]:
    folder.mkdir()
    section = SOURCES[name](folder)
    task = section.pop("task", None)
    section["source"] = str(folder / section["source"])
    experiment = parse_experiment({"name": "n", "data": section, "model": {"template": "dense"}})
    returned: list[RawData] = []

    def call(file: Path, function: str) -> RawData:
        returned.append(load_from_function(file, function))
        for module in ("own", "drawing"):  # every source has files of these names
            sys.modules.pop(module, None)
        sys.path.remove(str(file.parent))
        return returned[-1]

    dataset = load_dataset(experiment.data, task, call_function=call)
    return dataset, data_sources(experiment.data, dataset, returned[-1] if returned else None)


def training(dataset: Dataset) -> Training:
    """A training on the data; that its model would not fit them does not matter here."""
    plan = Plan(
        task=dataset.task,
        metric="mse" if dataset.task == "regression" else "log_loss",
        model=Model(input_shape=dataset.input_shape),
        optimizer=KerasObject(class_name="Adam"),
        loss="mse",
        epochs=1,
        batch_size=8,
    )
    return Training("a training", plan, dataset, 0, 0.0, ModelFacts(), "model.keras")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Written]:
    root = tmp_path_factory.mktemp("sources")
    found = {}
    for name in SOURCES:
        source = root / name.replace(" ", "-")
        dataset, ways = read(name, source)
        folders: list[Path] = []
        for way in [*ways, stored_arrays(dataset)]:
            folders.append(source / f"script-{len(folders)}")
            folders[-1].mkdir()
            one = training(dataset)
            write_script(one, one.plan, way, folders[-1])
        found[name] = Written(dataset, folders)
    return found


@pytest.fixture(scope="module")
def said(written: dict[str, Written]) -> Mapping[str, str | None]:
    """What each script has to complain about when it loads its data."""
    folders = [str(folder) for one in written.values() for folder in one.folders]
    command = [sys.executable, "-P", "-c", _LOAD_ALL, *folders]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    errors: Mapping[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    return errors


def why_not(folder: Path, dataset: Dataset, said: Mapping[str, str | None]) -> str | None:
    if said[str(folder)] is not None:
        return said[str(folder)]
    with np.load(folder / "loaded.npz") as loaded:
        return difference({name: loaded[name] for name in loaded.files}, expected_arrays(dataset))


@pytest.mark.parametrize("name", SOURCES)
def test_a_script_loads_the_arrays_that_were_trained_on(
    written: dict[str, Written], said: Mapping[str, str | None], name: str
) -> None:
    dataset, folders = written[name]
    *from_source, stored = [why_not(folder, dataset, said) for folder in folders]
    assert stored is None
    if name in FROM_ARRAYS:
        assert None not in from_source
    else:
        assert None in from_source, from_source


@pytest.mark.parametrize("name", ["labels and categories", "codes as an input", "rows at random"])
def test_other_rows_become_inputs_like_those_of_the_data(written: dict[str, Written], name: str) -> None:
    script = written[name].folders[0] / "train.py"
    columns = pd.read_csv(script.parents[1] / "data.csv").columns
    taken = textwrap.dedent(f"""
        import json, runpy, pandas as pd
        script = runpy.run_path({str(script)!r})
        table = pd.read_csv({str(script.parents[1] / "data.csv")!r}).drop(columns="y")
        encode = script.get("encode", lambda table: table)
        def taken(rows):
            X = script["inputs"](encode(rows))
            X = X if isinstance(X, dict) else {{"X": X}}
            return {{key: value.tolist() for key, value in X.items()}}
        one, all = taken(table[4:5]), taken(table)
        print(json.dumps([one, {{key: value[4:5] for key, value in all.items()}}]))
    """)
    done = subprocess.run([sys.executable, "-c", taken], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    one, like_all = json.loads(done.stdout.splitlines()[-1])
    assert str(one) == str(like_all)  # a missing cell is equal to nothing
    assert sum(np.shape(value)[1] for value in one.values()) >= len(columns) - 1
    assert "`predict_rows(table)` for rows of another table" in script.read_text()


def test_code_that_loads_something_else_gives_way_to_the_arrays(tmp_path: Path) -> None:
    dataset, ways = read("a function", tmp_path / "source")
    own = tmp_path / "source" / "own.py"
    own.write_text(own.read_text().replace("draw(100, 4)", "2 * draw(100, 4)"))
    out = tmp_path / "out"
    out.mkdir()
    one = training(dataset)
    reason = write_training(one, one.plan, ways[:1], out)
    assert reason is not None
    assert "gives something else (train/X/X holds other values)" in reason
    expected = ["changes.diff", "data.npz", "preprocessing.json", "train.py"]
    assert sorted(path.name for path in out.iterdir()) == expected
