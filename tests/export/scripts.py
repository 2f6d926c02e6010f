"""Exports trainings, and runs what was exported where there is no remedy."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from remedy.data import Dataset, fit_preprocessing
from remedy.data.dataset import like_inputs, named_inputs
from remedy.export.data_source import stored_arrays
from remedy.export.model_child import look_at_model
from remedy.export.model_facts import ModelFacts, needs_looking_at, starts_from_file
from remedy.export.training import Training
from remedy.export.training_source import START
from remedy.export.writing import write_script
from remedy.plan import Plan
from remedy.training.saved_model import save_model
from remedy.training.trial import train

_RUN_ALL = """\
import contextlib, io, json, runpy, sys, traceback
sys.modules["remedy"] = None  # importing it fails
found = {}
for folder in sys.argv[1:]:
    before, modules = list(sys.path), set(sys.modules)
    sys.path.insert(0, folder)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            runpy.run_path(folder + "/train.py", run_name="__main__")
        found[folder] = printed.getvalue().strip().splitlines()[-1]
    except BaseException:
        found[folder] = traceback.format_exc()
    sys.path[:] = before
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(folder):
            del sys.modules[name]
print(json.dumps(found))
"""


def facts_of(plan: Plan, dataset: Dataset, seed: int, folder: Path) -> ModelFacts:
    """What the child process says, asked in this one, which has TensorFlow loaded."""
    if not needs_looking_at(plan):
        return ModelFacts()
    first = {name: np.asarray(array[:16]) for name, array in named_inputs(dataset.train.X).items()}
    lengths = None if dataset.train.lengths is None else dataset.train.lengths[:16]
    X = fit_preprocessing(plan.preprocessing, dataset.train).inputs(
        like_inputs(dataset.train.X, first), lengths
    )
    return look_at_model(plan, X, seed, folder / START if starts_from_file(plan) else None)


def export_training(plan: Plan, baseline: Plan, dataset: Dataset, folder: Path) -> float:
    """Train the plan and export that training, with its data as arrays.

    Returns:
        The trial's skill.
    """
    folder.mkdir(parents=True)
    trained = train(plan, dataset, seed=3)
    path = save_model(trained.model, plan, folder / "model.keras")
    path.unlink()  # the script has to write it
    facts = facts_of(plan, dataset, 3, folder)
    training = Training("a training", plan, dataset, 3, trained.outcome.skill, facts, path.name)
    write_script(training, baseline, stored_arrays(dataset), folder)
    return trained.outcome.skill


def run_scripts(folders: Mapping[str, Path]) -> dict[str, str]:
    """The last line that each script prints, or its traceback; one process runs them all."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _RUN_ALL, *map(str, folders.values())],
        capture_output=True,
        text=True,
        timeout=280,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: found[str(folder)] for name, folder in folders.items()}


def printed_skill(line: str) -> float:
    """The skill in the line that a script prints."""
    assert line.startswith("validation skill "), line
    return float(line.split()[2].rstrip(","))
