"""Writes a training of a study as a folder that reproduces it without this package."""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path

import numpy as np

from remedy.errors import TrainingError
from remedy.export.check_data import why_data_differ
from remedy.export.data_source import DataSource, stored_arrays
from remedy.export.script import own_modules, script
from remedy.export.training import Training
from remedy.export.training_source import start_model
from remedy.export.user_files import copy_modules, module_names
from remedy.plan import Plan
from remedy.results.best import preprocessing_to_plain
from remedy.results.files import write_json, write_text

_SCRIPT, _CHANGES, _PREPROCESSING = "train.py", "changes.diff", "preprocessing.json"


def write_training(training: Training, baseline: Plan, data: list[DataSource], folder: Path) -> str | None:
    """Write the script of a training and what belongs to it, except the trained model.

    Args:
        training: what to write.
        baseline: the plan without any fix, for the listing of changes.
        data: ways to load the data, the best first; the arrays themselves are the last resort.
        folder: where to write to; it exists.

    Returns:
        Why the data are read from arrays beside the script, a clause; `None` if they come from their source.

    Raises:
        TrainingError: not even the arrays can be loaded again.
        UserCodeError: the user's files cannot be copied.
    """
    write_json(folder / _PREPROCESSING, preprocessing_to_plain(training.plan, training.dataset))
    reason: str | None = None if data else "code that reads and splits them would be hard to read"
    for source in [*data, stored_arrays(training.dataset)]:
        written = write_script(training, baseline, source, folder)
        difference = why_data_differ(folder, training.dataset)
        if difference is None:
            return reason
        reason = f"reading them from their source anew gives something else ({difference})"
        for path in written:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    raise TrainingError(f"the script that was written cannot load its data: {reason}")


def write_script(training: Training, baseline: Plan, data: DataSource, folder: Path) -> list[Path]:
    """Write the script with one way to load the data, and the listing of changes.

    Returns:
        What the script needs beside it.

    Raises:
        UserCodeError: the user's files cannot be copied.
    """
    for name, arrays in data.arrays.items():
        np.savez_compressed(folder / name, **arrays)
    modules = own_modules(training, data)
    folders = [file.parent for file in data.files]
    if training.plan.model.source is not None:
        folders.append(Path(training.plan.model.source.file).parent)
    copies = copy_modules(modules, dict.fromkeys(folders), folder)
    source = training.plan.model.source
    if source is not None and source.function is None and training.plan.model.opaque is not None:
        shutil.copyfile(source.file, folder / start_model(source.file))
    names = module_names(modules)
    after = script(training, data, names)
    before = script(training.with_plan(baseline), data, names)
    write_text(folder / _SCRIPT, after)
    listing = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        "baseline/train.py",
        "train.py",
    )
    write_text(folder / _CHANGES, "".join(listing))
    return [folder / name for name in (*data.arrays, *copies)]
