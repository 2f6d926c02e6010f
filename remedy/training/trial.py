"""One training: a plan, a dataset and a seed in, a trained model and its outcome out."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset, Preprocessor, Split, constant_reference
from remedy.errors import TrainingError
from remedy.models.build import build_callbacks, build_model, build_optimizer
from remedy.models.jit_compilation import jit_compile
from remedy.plan import Plan
from remedy.training.batches import Batches, exceeds_memory
from remedy.training.compiled_models import CompiledModel, CompiledModels, copy_state
from remedy.training.epoch_recorder import EpochRecorder
from remedy.training.fit import Arrays, fit
from remedy.training.given_labels import training_loss
from remedy.training.model_inputs import model_inputs
from remedy.training.outcome import EpochRecord, Outcome, Status
from remedy.training.skill_metric import Skill
from remedy.training.starting_point import starting_point
from remedy.training.status import training_status
from remedy.training.target_coding import class_weights, coded_targets, sample_weights
from remedy.training.trial_optimizer import trial_optimizer
from remedy.training.whole_batches import ResetStates, fixed_batch_size, is_stateful, whole_batches


@dataclass(frozen=True)
class Trained:
    """A finished training: the model, the preprocessing it needs, and what was measured.

    Attributes:
        make_model: see `model`.
    """

    make_model: Callable[[], keras.Model]
    preprocessor: Preprocessor
    outcome: Outcome

    @functools.cached_property
    def model(self) -> keras.Model:
        """The model after its last epoch. To be asked for before another training begins."""
        return self.make_model()


@dataclass(frozen=True)
class _Task:
    """What is trained and validated on.

    Attributes:
        y: targets of the training split as the loss needs them.
        y_validation: the same of the validation split.
        class_weights: by class; `None` weighs them alike.
        batch_size: samples in a batch.
    """

    train: Split
    validation: Split
    preprocessor: Preprocessor
    y: NDArray[Any]
    y_validation: NDArray[Any]
    class_weights: dict[int, float] | None
    batch_size: int
    epochs: int
    seed: int


def train(
    plan: Plan,
    dataset: Dataset,
    seed: int,
    *,
    min_skill: float = 0.1,
    on_epoch: Callable[[EpochRecord], bool] = lambda _: True,
    compiled_models: CompiledModels | None = None,
) -> Trained:
    """Train the plan once. The test split is not touched.

    The numbers are those of the same training written by hand: `keras.utils.set_random_seed(seed)`, the
    model, `compile`, and `fit` with the validation split as `validation_data`. What does not fill a batch of
    a model that fixes its batch size is left out; a stateful model gets its samples in order, and its states
    are emptied before every epoch and every validation.

    Args:
        plan: what to train.
        dataset: raw data; scalers are fitted on its training split.
        seed: for weights, shuffling and dropout.
        min_skill: the skill from which on a training counts as learning.
        on_epoch: called after every epoch that stayed finite; a false answer prunes the training.
        compiled_models: of earlier trainings on the same data; one that has the plan's graph is used again,
            which saves compiling it and changes no number.

    Returns:
        What came out; its model is not the one that is kept compiled. A training that diverges
        or is pruned has fewer epochs than planned.

    Raises:
        TrainingError: the model does not fit the data.
        UserCodeError: the user's code failed.
    """
    started = time.monotonic()
    start = starting_point(plan, dataset, seed)
    model, preprocessor = start.model, start.preprocessor
    fixed_size = fixed_batch_size(model)
    validation = whole_batches(dataset.validation, fixed_size, "validation")
    references = _references(plan, start.train, validation, preprocessor, fixed_size=fixed_size is not None)
    compiled = compiled_models.find(plan) if compiled_models is not None else None
    if compiled is None:
        compiled = _compile(model, plan, len(references[0]), logits=start.logits)
        if compiled_models is not None:
            compiled_models.keep(plan, compiled)
    else:
        compiled.start_over(model, plan)
    recorder = EpochRecorder(compiled.optimizer, compiled.skill, *references, on_epoch)
    task = _Task(
        start.train,
        validation,
        preprocessor,
        coded_targets(plan, preprocessor, start.train.y, dataset.output_units),
        coded_targets(plan, preprocessor, validation.y, dataset.output_units),
        class_weights=class_weights(plan, start.train.y),
        batch_size=fixed_size or plan.batch_size,
        epochs=plan.epochs,
        seed=seed,
    )
    callbacks = [*build_callbacks(plan), recorder]
    on_disk = any(exceeds_memory(split.X) for split in (start.train, validation))
    step_seconds = math.nan
    if on_disk or is_stateful(model) or plan.model.opaque is not None:
        _fit_with_keras(compiled.model, task, callbacks)
    else:
        before = compiled.steps.seconds
        _fit(compiled, task, callbacks)
        step_seconds = compiled.steps.seconds - before
    is_kept = compiled_models is not None and compiled_models.find(plan) is compiled

    def make_model() -> keras.Model:
        if not is_kept:
            return compiled.model
        own = model
        if own is compiled.model:
            own = build_model(plan)
            own(start.sample, training=False)  # some have no weights before that
        copy_state(compiled.model, own)
        return own

    seconds = time.monotonic() - started
    outcome = _outcome(compiled.model, recorder, min_skill, seconds, step_seconds)
    return Trained(make_model, preprocessor, outcome)


def _compile(model: keras.Model, plan: Plan, outputs: int, *, logits: bool) -> CompiledModel:
    optimizer = trial_optimizer(build_optimizer(plan))
    skill = Skill(plan.task, plan.metric, outputs, logits=logits)
    # Keras turns it off with a warning where layers have faster kernels, such as cuDNN's.
    wish = jit_compile(plan) and all(layer.supports_jit for layer in model._flatten_layers())
    model.compile(
        optimizer=optimizer,
        loss=training_loss(plan),
        metrics=[skill],
        run_eagerly=plan.run_eagerly,
        jit_compile="auto" if wish is None else wish,
    )
    return CompiledModel.of(model, optimizer, skill)


def _references(
    plan: Plan, train: Split, validation: Split, preprocessor: Preprocessor, *, fixed_size: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The best constant's error per output on the training and the validation split, in the model's unit."""
    # Skill is a ratio: scaling a target scales error and reference alike, so nothing is transformed back.
    unit = preprocessor.target_scale ** (2 if plan.metric == "mse" else 1)
    references = [constant_reference(split.y, plan.task, plan.metric) / unit for split in (train, validation)]
    if fixed_size and not all(np.all(reference > 0) for reference in references):
        raise TrainingError(
            "the target never varies in the samples that fill whole batches; "
            "use a smaller batch size in the model"
        )
    return references[0], references[1]


def _fit(compiled: CompiledModel, task: _Task, callbacks: list[keras.callbacks.Callback]) -> None:
    x, x_validation = (
        model_inputs(compiled.model, task.preprocessor.inputs(split.X, split.lengths))
        for split in (task.train, task.validation)
    )
    fit(
        compiled.model,
        compiled.steps,
        Arrays(x, task.y, sample_weights(task.class_weights, task.train.y)),
        Arrays(x_validation, task.y_validation),
        epochs=task.epochs,
        batch_size=task.batch_size,
        seed=task.seed,
        callbacks=callbacks,
    )


def _fit_with_keras(model: keras.Model, task: _Task, callbacks: list[keras.callbacks.Callback]) -> None:
    """Train where our own loop cannot: with arrays on disk, a stateful model, or a class of the user's."""
    stateful = is_stateful(model)
    # Steps are counted for Keras, which else makes two iterators for every epoch and uses one.
    data: dict[str, Any]
    if exceeds_memory(task.train.X):
        shuffle_seed = None if stateful else task.seed
        data = {"x": Batches(model, task.preprocessor, task.train, task.y, task.batch_size, shuffle_seed)}
        data |= {"shuffle": False}  # Keras would shuffle whole batches
    else:
        x = model_inputs(model, task.preprocessor.inputs(task.train.X, task.train.lengths))
        data = {"x": x, "y": task.y, "batch_size": task.batch_size, "shuffle": not stateful}
        data |= {"steps_per_epoch": math.ceil(len(task.y) / task.batch_size)}
    validation_data: Any
    if exceeds_memory(task.validation.X):
        validation_data = Batches(
            model, task.preprocessor, task.validation, task.y_validation, task.batch_size
        )
    else:
        x = model_inputs(model, task.preprocessor.inputs(task.validation.X, task.validation.lengths))
        validation_data = (x, task.y_validation)
        data |= {"validation_steps": math.ceil(len(task.y_validation) / task.batch_size)}
    model.fit(
        **data,
        validation_data=validation_data,
        validation_batch_size=task.batch_size,
        epochs=task.epochs,
        class_weight=task.class_weights,
        callbacks=[ResetStates(), *callbacks] if stateful else callbacks,
        verbose=0,
    )


def _outcome(
    model: keras.Model, recorder: EpochRecorder, min_skill: float, seconds: float, step_seconds: float
) -> Outcome:
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
        step_seconds=step_seconds,
    )
