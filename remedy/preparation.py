"""Everything that can be said about an experiment without training: is it valid, what would be tried."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from remedy.config import Experiment, FixSetting, ModelSettings, load_experiment, parse_experiment
from remedy.data import Dataset, load_dataset
from remedy.errors import ConfigError
from remedy.fixes import Choice, Space, corners
from remedy.inert import legible
from remedy.models import ModelDescription, answers_at_every_step, baseline_plan, task_of_model
from remedy.plan import Plan, UserModel
from remedy.search import FixSpace, SearchSpace, build_search_space, check_sampler
from remedy.workers import UserCodeProcess

_FEW_SAMPLES = 20
"""With so many, an R2 of 0.5 with one predictor has a standard error of 0.13 (Olkin and Finn, 1995)."""


@dataclass(frozen=True)
class Prepared:
    """An experiment with everything that follows from it before any training.

    Attributes:
        experiment: resolved: nothing is left to be inferred, every default is filled in.
        baseline: the plan of the user's training as it is.
        space: the recipes to choose from.
    """

    experiment: Experiment
    dataset: Dataset
    baseline: Plan
    space: SearchSpace


def prepare(
    source: str | Path | Mapping[str, Any],
    overrides: Sequence[str] = (),
    *,
    tell: Callable[[str], None] = lambda message: print(legible(message), file=sys.stderr),  # noqa: T201
) -> Prepared:
    """Validate an experiment, its data and its model; nothing is trained or written.

    Args:
        source: path of an experiment file, or the same as a dict (paths relative to the working folder).
        overrides: `key=value` each, put in place of what the source says.
        tell: is told when the user's own code takes long.

    Raises:
        ConfigError, DataError: something is wrong; one line that says where.
        UserCodeError: a function of the user's failed; one line that names its line.
    """
    if isinstance(source, Mapping):
        experiment = parse_experiment(source, overrides=overrides)
    else:
        experiment = load_experiment(source, overrides)
    with UserCodeProcess(tell) as user_code:
        dataset = load_dataset(experiment.data, experiment.task, call_function=user_code.load_data)
        description = None
        if experiment.model.template is None:
            dataset, description = _read_model(experiment, dataset, user_code)
        baseline = baseline_plan(experiment, dataset, description)
        space = build_search_space(experiment.fixes, baseline)
        if description is not None:
            space = _without_what_keras_refuses(space, baseline, user_code)
    check_sampler(experiment.search.sampler, space)
    dataset = replace(dataset, notes=(*dataset.notes, *_small_splits(dataset)))
    return Prepared(_resolve(experiment, dataset, baseline, space), dataset, baseline, space)


def _small_splits(dataset: Dataset) -> Iterator[str]:
    for name, split in (("validation", dataset.validation), ("test", dataset.test)):
        if len(split) < _FEW_SAMPLES:
            yield (
                f"The {name} split has only {len(split)} samples, so skill on it is a rough figure; "
                f"data.split.{name} sets its share."
            )


def _read_model(
    experiment: Experiment, dataset: Dataset, user_code: UserCodeProcess
) -> tuple[Dataset, ModelDescription]:
    """The user's model, and the data as it has to be read for it."""
    source = user_model(experiment.model)
    description = user_code.describe_model(source, dataset.input_shapes, dataset.output_shape)
    found = task_of_model(description, dataset) if experiment.task is None else None
    every_step = answers_at_every_step(description, dataset)
    if found is not None or every_step:
        task, reason = found or (experiment.task, "")
        dataset = load_dataset(
            experiment.data, task, call_function=user_code.load_data, every_step=every_step
        )
        if reason:
            dataset = replace(dataset, notes=(f"Task {task}, since {reason}.", *dataset.notes))
        if description.model.source is not None and description.model.source.arguments:
            description = user_code.describe_model(source, dataset.input_shapes, dataset.output_shape)
    return replace(dataset, notes=(*dataset.notes, *_notes(source, description, dataset))), description


def user_model(settings: ModelSettings) -> UserModel:
    """Where the user's own model comes from.

    Args:
        settings: with `build` or `file`.
    """
    if settings.file is not None:
        return UserModel(file=str(settings.file), keep_weights=settings.keep_weights)
    file, _, function = (settings.build or "").rpartition(":")
    return UserModel(file=file, function=function, keep_weights=settings.keep_weights)


def _notes(source: UserModel, description: ModelDescription, dataset: Dataset) -> Iterator[str]:
    compilation = description.compilation
    if compilation.optimizer is None:
        yield "The model is not compiled: it gets Adam and the loss that fits the task."
    elif compilation.loss is None:
        yield "The model is compiled without a loss: it gets the one that fits the task."
    if description.own_train_step:
        yield "The model's class has a train_step of its own, which has to update the compiled metrics."
    model = description.model
    if model.source is not None and model.source.sets_seed:
        yield f"{source.function}() sets the random seed: every training starts from the same weights."
    if description.frozen and not source.keep_weights and model.opaque is None:
        names = ", ".join(map(repr, description.frozen))
        yield (
            f"Every training draws new weights, also for what is frozen ({names}); "
            "set model.keep_weights to start from the weights that the model has."
        )
    padded = dataset.train.lengths is not None
    if padded and description.mask_value is None and not description.masks_tokens:
        yield "The sequences are padded and the model has no Masking layer: it sees the padding as zeros."
    if description.seconds > 60:
        yield f"The model took {description.seconds:.0f} s to build."


def _without_what_keras_refuses(
    space: SearchSpace, baseline: Plan, user_code: UserCodeProcess
) -> SearchSpace:
    """The space without the values that would change the model into one that cannot be built.

    Raises:
        ConfigError: nothing is left of a fix that is required, or of all.
    """
    tried = {
        (name, position): [plan for plan in _plans(entry, option, baseline) if plan.model != baseline.model]
        for name, entry in space.fixes.items()
        for position, option in enumerate(_options(entry))
    }
    reasons = iter(user_code.try_to_build([plan for plans in tried.values() for plan in plans]))
    refused: dict[tuple[str, int], str] = {}
    for place, plans in tried.items():
        for _ in plans:
            if (reason := next(reasons)) is not None:
                refused[place] = f"Keras cannot build the model with it: {reason}"
    fixes, ruled_out = {}, dict(space.ruled_out)
    for name, entry in space.fixes.items():
        left = [option for position, option in enumerate(_options(entry)) if (name, position) not in refused]
        why = next((reason for (fix, _), reason in refused.items() if fix == name), "")
        if not left and entry.required:
            raise ConfigError(f"fixes.{name} is required, but {why}")
        if not left:
            ruled_out[name] = why
        elif len(left) == len(_options(entry)):
            fixes[name] = entry
        else:
            fixes[name] = replace(entry, space=left[0] if len(left) == 1 else Choice(tuple(left)))
    if not fixes:
        raise ConfigError("no fix can be tried on this model; see model.build for one that can be rebuilt")
    return SearchSpace(fixes, ruled_out)


def _options(entry: FixSpace) -> tuple[Space, ...]:
    return entry.space.options if isinstance(entry.space, Choice) else (entry.space,)


def _plans(entry: FixSpace, option: Space, baseline: Plan) -> list[Plan]:
    return [entry.fix.apply(baseline, value) for value in corners(option)]


def _resolve(experiment: Experiment, dataset: Dataset, baseline: Plan, space: SearchSpace) -> Experiment:
    """The experiment with everything written out that was inferred or left to a default."""
    data, training = experiment.data, experiment.training
    split = data.split
    if dataset.split_by != "given":
        split = split.model_copy(update={"by": dataset.split_by})
    if experiment.model.template is not None:
        arguments = baseline.optimizer.config
        optimizer = training.optimizer.model_copy(
            update={
                "name": training.optimizer.name or "adam",
                "learning_rate": arguments["learning_rate"],
            }
        )
        training = training.model_copy(update={"loss": baseline.loss, "optimizer": optimizer})
    return experiment.model_copy(
        update={
            "task": dataset.task,
            "metric": baseline.metric,
            "data": data.model_copy(update={"split": split}),
            "training": training,
            "fixes": {
                name: FixSetting(space.fixes[name].space, setting.required)
                if name in space.fixes
                else setting
                for name, setting in experiment.fixes.items()
            },
        }
    )
