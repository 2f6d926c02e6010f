"""A training before its first step: the model with its weights, and what it is trained on."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras.src.backend.common.masking import get_keras_mask

from remedy.data import Dataset, Preprocessor, Split, fit_preprocessing
from remedy.errors import TrainingError
from remedy.models.build import build_model
from remedy.models.user_model import import_user_code
from remedy.plan import Plan
from remedy.training.backend import starting_draws
from remedy.training.batches import samples_for
from remedy.training.output_check import check_output
from remedy.training.target_coding import gives_logits, is_told_by_outputs, takes_logits
from remedy.training.whole_batches import fixed_batch_size, is_stateful, whole_batches

_MOST_LOOKED_AT = 4_096
"""Samples of a split of which masks are looked at."""


@dataclass(frozen=True)
class StartingPoint:
    """What a plan, a dataset and a seed say before anything is trained.

    Attributes:
        model: with the weights that it starts from, not compiled.
        preprocessor: fitted on the training split.
        train: the training split, whole batches of it if the model fixes their size.
        sample: what the model takes as x, for the first batch of the training split.
        logits: whether the outputs of a classifier are no probabilities yet.
    """

    model: keras.Model
    preprocessor: Preprocessor
    train: Split
    sample: Any
    logits: bool


def starting_point(plan: Plan, dataset: Dataset, seed: int) -> StartingPoint:
    """Set the seed, fit the preprocessing, build the model and check that it fits the data.

    Args:
        plan: what is to be trained.
        dataset: raw data.
        seed: for weights, and for what a training draws later: shuffling and dropout.

    Raises:
        TrainingError: the model does not fit the data.
        UserCodeError: the user's code failed.
    """
    keras.utils.clear_session(free_memory=False)
    gc.collect()
    import_user_code(plan.model)  # before the seed: importing happens once, and may draw numbers
    keras.utils.set_random_seed(seed)
    preprocessor = fit_preprocessing(plan.preprocessing, dataset.train)
    with starting_draws():
        model = build_model(plan)
        if plan.model.source is not None and plan.model.source.sets_seed:
            keras.utils.set_random_seed(seed)
        batch_size = fixed_batch_size(model)
        train = whole_batches(dataset.train, batch_size, "training")
        sample = samples_for(model, preprocessor, train, slice(0, batch_size or plan.batch_size))
        check_output(model, plan, dataset, sample)  # some models draw their weights only now
        if train.y.ndim > 2 and not is_stateful(model):
            for split in (train, dataset.validation):
                _refuse_masked_steps(model, preprocessor, split, batch_size or plan.batch_size)
    logits = takes_logits(plan.loss)
    if is_told_by_outputs(plan.loss):
        logits = gives_logits(plan, np.asarray(model(sample, training=False)))
    return StartingPoint(model, preprocessor, train, sample, logits)


def _refuse_masked_steps(
    model: keras.Model, preprocessor: Preprocessor, split: Split, batch_size: int
) -> None:
    """Check that a model with an answer for every step masks none of them.

    Keras leaves masked steps out of the loss, and skill counts every step.

    Raises:
        TrainingError: it does.
    """
    for first in range(0, min(len(split), _MOST_LOOKED_AT), batch_size):
        x = samples_for(model, preprocessor, split, slice(first, first + batch_size))
        mask = get_keras_mask(model(x, training=False))
        if mask is None:
            return
        if not bool(keras.ops.all(mask)):
            raise TrainingError(
                "the model masks steps (mask_zero, or a Masking layer) that have targets all the same, and "
                "skill counts every step; leave the mask away, or predict one target per sequence"
            )
