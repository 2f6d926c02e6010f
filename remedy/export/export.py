"""A training of a study as a folder that reproduces it without this package."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from remedy.config import Experiment
from remedy.config.experiment import Data, holds_arrays
from remedy.data import Dataset, fit_preprocessing, load_dataset
from remedy.data.array_source import RawData
from remedy.data.dataset import like_inputs, named_inputs
from remedy.errors import DataError, StudyError, TrainingError
from remedy.export.array_source import array_sources
from remedy.export.chosen import Chosen, choose_training
from remedy.export.data_source import DataSource
from remedy.export.model_facts import ModelFacts, draws_otherwise, find_model_facts, needs_looking_at
from remedy.export.table_source import table_source
from remedy.export.training import Training
from remedy.export.training_source import START
from remedy.export.writing import write_training
from remedy.fixes import apply_recipe
from remedy.plan import Plan, Recipe
from remedy.results.environment import describe_environment
from remedy.results.files import writing_to
from remedy.results.model_store import model_path
from remedy.results.study import Study
from remedy.training import EpochRecord, JobFailed, Outcome, TrainJob
from remedy.training.target_coding import takes_logits
from remedy.workers import UserCodeProcess, WorkerPool

TOLERANCE = 1e-4
"""Skills that differ by less are called the same."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: where.
        files: the names of the files in it.
        title: which training it is.
        seed: the training's.
        skill: its validation skill, which `python train.py` prints.
        notes: what the user should know, one sentence each.
    """

    folder: Path
    files: tuple[str, ...]
    title: str
    recipe: Recipe
    seed: int
    skill: float
    notes: tuple[str, ...]

    def to_plain(self) -> dict[str, Any]:
        """As JSON data."""
        return vars(self) | {
            "folder": str(self.folder),
            "files": list(self.files),
            "notes": list(self.notes),
        }


def export_training(
    study: Study,
    out: Path,
    *,
    trial: int | None = None,
    minimal: bool = False,
    tell: Callable[[str], None],
) -> Exported:
    """Write a training of a study as a script with its model.

    Args:
        study: where the training is.
        out: the folder to write; it must not exist or be empty.
        trial: number of a trial of the search; `None`: the winner of the verdict.
        minimal: the verdict's minimal recipe instead of its winner.
        tell: is told what takes long.

    Raises:
        StudyError: there is no such training, or the folder cannot be written.
        DataError: the data are gone or not what they were, or too large for a script.
        UserCodeError: the user's code failed.
        TrainingError: the training cannot be done again.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudyError(f"{out}: is not empty; name a folder that does not exist yet")
    chosen = choose_training(study, trial, minimal=minimal)
    experiment, baseline = study.experiment, study.baseline
    dataset, raw = _load(experiment, baseline, tell)
    _check_unchanged(study, dataset)
    plan = apply_recipe(baseline, chosen.recipe)
    if plan.preprocessing.labels == "as_given":
        raise StudyError(
            f"{chosen.title}: trains on labels that are not whole numbers, and a script that does so cannot "
            "be exported; choose a recipe with label_encoding"
        )
    notes = []
    if chosen.record.epochs < plan.epochs:
        notes.append(
            f"The search stopped this training after {chosen.record.epochs} of {plan.epochs} epochs."
        )
        plan = plan.replace(epochs=chosen.record.epochs)
    with (
        writing_to(out),
        tempfile.TemporaryDirectory(dir=_existing_parent(out), prefix=".export-") as scratch,
    ):
        folder = Path(scratch) / "out"
        folder.mkdir()
        model_file, skill, note = _model(study, chosen, plan, dataset, folder, tell)
        notes += note
        facts = _model_facts(plan, dataset, chosen.record.seed, folder)
        training = Training(chosen.title, plan, dataset, chosen.record.seed, skill, facts, model_file)
        tell("loading the data as the script does")
        reason = write_training(training, baseline, data_sources(experiment.data, dataset, raw), folder)
        if reason is not None:
            notes.append(f"The script reads its data from data.npz beside it: {reason}.")
        if draws_otherwise(plan):
            notes.append(
                "Dropout in this model of nested models draws other numbers than in the study, so the script "
                "reaches another skill."
            )
        out.parent.mkdir(parents=True, exist_ok=True)
        folder.replace(out)
    files = tuple(sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()))
    return Exported(out, files, chosen.title, chosen.recipe, chosen.record.seed, skill, tuple(notes))


def _load(
    experiment: Experiment, baseline: Plan, tell: Callable[[str], None]
) -> tuple[Dataset, RawData | None]:
    """The data as the study has read them, and what a function of the user's has returned."""
    arrays = holds_arrays(experiment.data.source)
    returned: list[RawData] = []
    with UserCodeProcess(tell) as user_code:

        def call(file: Path, function: str) -> RawData:
            returned.append(user_code.load_data(file, function))
            return returned[-1]

        dataset = load_dataset(
            experiment.data,
            experiment.task,
            call_function=call,
            every_step=arrays and baseline.data.target_steps is not None,
        )
    if any(isinstance(array, np.memmap) for array in named_inputs(dataset.train.X).values()):
        raise DataError(
            f"{experiment.data.source}: is read from the disk part by part, since it is too large to be "
            "loaded as a whole, and a script that does so cannot be exported"
        )
    return dataset, returned[-1] if returned else None


def _check_unchanged(study: Study, dataset: Dataset) -> None:
    """Check that data and user's code are what the study was run with.

    Raises:
        StudyError: they are not.
    """
    environment = study.path / "environment.json"
    try:
        before = json.loads(environment.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudyError(
            f"{environment}: cannot be read ({error}); put a copy in its place, or start over with: "
            "remedy run FILE --fresh"
        ) from error
    now = describe_environment(study.experiment, dataset, study.baseline, [], 1)
    for part in ("data", "model", "fixes"):
        then = before.get(part)
        if then and now[part] is not None and then.get("sha256", now[part]["sha256"]) != now[part]["sha256"]:
            raise StudyError(
                f"{study.path}: {now[part]['source']} has changed since the study was run; "
                "put back what was there, or run the study again with --fresh"
            )


def _model(
    study: Study, chosen: Chosen, plan: Plan, dataset: Dataset, folder: Path, tell: Callable[[str], None]
) -> tuple[str, float, list[str]]:
    """Put the trained model into the folder: the kept one, or the training's done again.

    Returns:
        The file's name, the training's skill, and what to tell of it.
    """
    record = chosen.record
    with WorkerPool(dataset, 1) as pool:
        if chosen.kept:
            kept = model_path(study.path / "models", record.recipe, record.seed)
            for source in (kept, kept.with_suffix(".weights.h5")):
                if source.exists():
                    name = "model.keras" if source.suffix == ".keras" else "model.weights.h5"
                    shutil.copyfile(source, folder / name)
                    return name, record.skill, []
        return _trained_again(chosen, plan, pool, folder, study.experiment, tell)


def _trained_again(
    chosen: Chosen,
    plan: Plan,
    pool: WorkerPool,
    folder: Path,
    experiment: Experiment,
    tell: Callable[[str], None],
) -> tuple[str, float, list[str]]:
    record, told = chosen.record, math.ceil(plan.epochs / 10)
    tell(f"training {chosen.title} again, since its model was not kept")

    def say(epoch: EpochRecord) -> bool:
        if epoch.epoch % told == 0 or epoch.epoch == plan.epochs:
            tell(f"epoch {epoch.epoch} of {plan.epochs}, skill {epoch.val_skill:.3f}")
        return True

    path = folder / "model.keras"
    pool.submit(TrainJob(plan, record.seed, experiment.thresholds.min_skill, path), say)
    _, result = pool.wait()
    if not isinstance(result, Outcome) or not math.isfinite(result.skill):
        failed = result if isinstance(result, JobFailed) else JobFailed("it diverged", "")
        raise TrainingError(f"{chosen.title} cannot be trained again: {failed.error}", failed.details)
    notes = []
    if abs(result.skill - record.skill) > TOLERANCE * max(1, abs(record.skill)):
        notes.append(
            f"Trained again, the skill is {result.skill:.4f} where {record.skill:.4f} was recorded; "
            "another machine or other versions compute other last digits."
        )
    return (path.name if path.exists() else "model.weights.h5"), result.skill, notes


def _model_facts(plan: Plan, dataset: Dataset, seed: int, folder: Path) -> ModelFacts:
    if not needs_looking_at(plan):
        return ModelFacts(logits=plan.task != "regression" and takes_logits(plan.loss))
    train, count = dataset.train, plan.batch_size
    first = {name: array[:count] for name, array in named_inputs(train.X).items()}
    lengths = None if train.lengths is None else train.lengths[:count]
    preprocessor = fit_preprocessing(plan.preprocessing, train)
    inputs = preprocessor.inputs(like_inputs(train.X, first), lengths)
    return find_model_facts(plan, inputs, seed, folder / START)


def data_sources(data: Data, dataset: Dataset, raw: RawData | None) -> list[DataSource]:
    """The code that may load the data, the best first; none if it would be hard to read.

    Args:
        data: the data section.
        dataset: what was read.
        raw: what the user's function returned, if the source is one.
    """
    if holds_arrays(data.source):
        return list(array_sources(data, dataset, raw))
    source = table_source(data, dataset)
    return [] if source is None else [source]


def _existing_parent(out: Path) -> Path:
    """The nearest folder above that exists: what is written there can be moved into place."""
    return next(folder for folder in out.resolve().parents if folder.exists())
