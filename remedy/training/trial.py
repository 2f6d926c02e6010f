"""One training: a plan, a dataset and a seed in, a trained model and its outcome out."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset, Preprocessor, Split, constant_reference, fit_preprocessing
from remedy.models.build import build_callbacks, build_loss, build_model, build_optimizer
from remedy.plan import Plan
from remedy.training.epoch_recorder import EpochRecorder
from remedy.training.gradient_norm import with_gradient_norm
from remedy.training.outcome import EpochRecord, Outcome, Status
from remedy.training.skill_metric import Skill
from remedy.training.status import training_status


@dataclass(frozen=True)
class Trained:
    """A finished training: the model, the preprocessing it needs, and what was measured."""

    model: keras.Model
    preprocessor: Preprocessor
    outcome: Outcome


def train(
    plan: Plan,
    dataset: Dataset,
    seed: int,
    *,
    min_skill: float = 0.1,
    on_epoch: Callable[[EpochRecord], bool] = lambda _: True,
) -> Trained:
    """Train the plan once. The test split is not touched.

    The numbers are those of the same training written by hand: `keras.utils.set_random_seed(seed)`, a
    `Sequential`, `compile`, and `fit` with the validation split as `validation_data`.

    Args:
        plan: what to train.
        dataset: raw data; scalers are fitted on its training split.
        seed: for weights, shuffling and dropout.
        min_skill: the skill from which on a training counts as learning.
        on_epoch: called after every epoch that stayed finite; a false answer prunes the training.

    Returns:
        The model after its last epoch. A training that diverges or is pruned has fewer epochs than planned.
    """
    started = time.monotonic()
    keras.utils.clear_session(free_memory=False)
    gc.collect()
    keras.utils.set_random_seed(seed)
    preprocessor = fit_preprocessing(plan.preprocessing, dataset.train)
    skill, recorder = _skill_and_recorder(plan, dataset, preprocessor, on_epoch)
    model = build_model(plan)
    model.compile(optimizer=with_gradient_norm(build_optimizer(plan)), loss=build_loss(plan), metrics=[skill])
    model.fit(
        preprocessor.inputs(dataset.train.X),
        _targets(plan, dataset, preprocessor, dataset.train),
        validation_data=(
            preprocessor.inputs(dataset.validation.X),
            _targets(plan, dataset, preprocessor, dataset.validation),
        ),
        epochs=plan.epochs,
        batch_size=plan.batch_size,
        callbacks=[*build_callbacks(plan), recorder],
        verbose=0,
    )
    return Trained(model, preprocessor, _outcome(model, recorder, min_skill, time.monotonic() - started))


def _skill_and_recorder(
    plan: Plan, dataset: Dataset, preprocessor: Preprocessor, on_epoch: Callable[[EpochRecord], bool]
) -> tuple[Skill, EpochRecorder]:
    # Skill is a ratio: scaling a target scales error and reference alike, so nothing is transformed back.
    unit = preprocessor.target_scale ** (2 if plan.metric == "mse" else 1)
    train_reference, validation_reference = (
        constant_reference(split.y, plan.task, plan.metric) / unit
        for split in (dataset.train, dataset.validation)
    )
    skill = Skill(plan.task, plan.metric, outputs=len(train_reference))
    return skill, EpochRecorder(skill, train_reference, validation_reference, on_epoch)


def _targets(plan: Plan, dataset: Dataset, preprocessor: Preprocessor, split: Split) -> NDArray[Any]:
    """The targets as the loss needs them: class indices only where the loss is sparse."""
    if plan.task == "multiclass":
        if plan.loss == "sparse_categorical_crossentropy":
            return split.y
        one_hot: NDArray[np.float32] = np.eye(len(dataset.classes), dtype=np.float32)[split.y[:, 0]]
        return one_hot
    return preprocessor.targets(split.y)


def _outcome(model: keras.Model, recorder: EpochRecorder, min_skill: float, seconds: float) -> Outcome:
    last = recorder.records[-1]
    return Outcome(
        status=(
            Status.PRUNED
            if recorder.stopped
            else training_status(recorder.records, min_skill=min_skill, finite=recorder.finite)
        ),
        skill=last.val_skill if recorder.finite else math.nan,
        train_skill=last.skill if recorder.finite else math.nan,
        seconds=seconds,
        parameters=sum(math.prod(weights.shape) for weights in model.trainable_weights),
        curve=tuple(recorder.records),
    )
