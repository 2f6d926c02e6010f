"""What can be asked of whoever trains, and what comes back, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remedy.plan import Plan
from remedy.training.measurements import Measurements, RangeTest
from remedy.training.outcome import Evaluation, Outcome


@dataclass(frozen=True)
class Limits:
    """What a training may take before it is stopped for good; `None` sets no limit.

    Attributes:
        seconds: from the moment when a worker that is ready has it.
        memory: that its worker holds for itself, bytes.
    """

    seconds: float | None = None
    memory: int | None = None


@dataclass(frozen=True)
class TrainJob:
    """Train a plan with a seed.

    Attributes:
        model_path: where to save the trained model; `None` throws it away.
    """

    plan: Plan
    seed: int
    min_skill: float
    model_path: Path | None = None
    limits: Limits = Limits()


@dataclass(frozen=True)
class EvaluateJob:
    """Evaluate a saved model on the validation and the test split."""

    plan: Plan
    model_path: Path


@dataclass(frozen=True)
class PredictJob:
    """Predict the targets of the test split with a saved model."""

    plan: Plan
    model_path: Path


@dataclass(frozen=True)
class ProbeJob:
    """Measure what the first batches of a plan's training show."""

    plan: Plan
    seed: int


@dataclass(frozen=True)
class RangeTestJob:
    """Find out which learning rates suit a plan's training, and nothing else."""

    plan: Plan
    seed: int


Job = TrainJob | EvaluateJob | PredictJob | ProbeJob | RangeTestJob


@dataclass(frozen=True)
class Evaluations:
    """A saved model's evaluation on the splits it was not trained on."""

    validation: Evaluation
    test: Evaluation


@dataclass(frozen=True)
class Predictions:
    """What a saved model makes of the test split.

    Attributes:
        values: float64, shaped like y: in the target's units, for classes probabilities.
    """

    values: NDArray[np.float64]


@dataclass(frozen=True)
class JobFailed:
    """The job ended with an exception, or took its worker process down.

    Attributes:
        error: one line: what went wrong.
        details: traceback or the worker's last output.
        seconds: that it took, if it began.
        is_fault: the machine is at fault, such as a full disk; that is no result of the training.
    """

    error: str
    details: str
    seconds: float = math.nan
    is_fault: bool = False


JobResult = Outcome | Evaluations | Predictions | Measurements | RangeTest | JobFailed
