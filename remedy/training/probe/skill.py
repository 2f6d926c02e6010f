"""How good predictions are on a few samples, in the terms in which every training is judged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from remedy.data import constant_reference
from remedy.training.probe.bench import Bench, Samples
from remedy.training.skill_metric import Skill
from remedy.training.target_coding import one_hot


def skill_of(bench: Bench, samples: Samples, outputs: NDArray[np.float64]) -> float:
    """Share of deviance explained, as `Skill` has it.

    Args:
        bench: knows the targets.
        samples: of the training split.
        outputs: the model's, for these samples.

    Returns:
        NaN if an output is not a finite number, or no target varies; else the mean over those that do.
    """
    plan, y = bench.plan, bench.start.train.y[samples]
    varying = _varying(y)
    if not varying.any() or not np.isfinite(outputs).all():
        return math.nan
    unit = bench.start.preprocessor.target_scale ** (2 if plan.metric == "mse" else 1)
    reference = constant_reference(y, plan.task, plan.metric) / unit
    targets = bench.targets[samples]
    if plan.task != "multiclass":
        reference, targets, outputs = reference[varying], targets[..., varying], outputs[..., varying]
    metric = Skill(plan.task, plan.metric, len(reference), logits=bench.start.logits)
    metric.reference.assign(reference)
    metric.update_state(targets, outputs.astype(np.float32))
    skill = float(metric.result())
    return skill if math.isfinite(skill) else math.nan


def varies(bench: Bench, samples: Samples) -> bool:
    """Whether every target varies among the samples, or there is more than one class."""
    return bool(_varying(bench.start.train.y[samples]).all())


def prediction_spread(bench: Bench, samples: Samples, outputs: NDArray[np.float64]) -> float:
    """Standard deviation of predictions over that of the targets, mean over the outputs that vary.

    Classes are compared as probabilities.

    Returns:
        NaN if an output is not a finite number, or no target varies.
    """
    task, y = bench.plan.task, bench.start.train.y[samples]
    if task == "multiclass":
        targets: NDArray[Any] = one_hot(y, outputs.shape[-1])
    else:
        targets = bench.targets[samples]
    if task != "regression" and bench.start.logits:
        outputs = softmax(outputs, axis=-1) if task == "multiclass" else expit(outputs)
    predicted, wanted = (
        values.reshape(-1, values.shape[-1]).astype(np.float64) for values in (outputs, targets)
    )
    varying = np.ptp(wanted, axis=0) > 0
    if not varying.any() or not np.isfinite(predicted).all():
        return math.nan
    return float(np.mean(predicted.std(axis=0)[varying] / wanted.std(axis=0)[varying]))


def _varying(y: NDArray[Any]) -> NDArray[np.bool_]:
    pooled = y.reshape(-1, y.shape[-1])
    return np.asarray(np.ptp(pooled, axis=0) > 0)
