"""The training itself, for as many batches as it takes to see whether it learns."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field

import numpy as np
from keras import ops
from numpy.typing import NDArray

from remedy.training.probe.bench import Bench, Samples
from remedy.training.probe.probed_layers import ProbedLayer
from remedy.training.probe.skill import skill_of

_UPDATES = 20
"""How often in a training the size of a step is compared with the size of the weights."""


@dataclass
class FirstSteps:
    """What the training showed; fields as in `Measurements`."""

    losses: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    skill_middle: float = math.nan
    first_bad_step: int | None = None
    update_ratios: dict[str, float] = field(default_factory=dict)


def train_first_steps(bench: Bench, batches: list[Samples], sample: Samples, per_epoch: int) -> FirstSteps:
    """Train on the batches, and stop at the first number that is not finite.

    Args:
        bench: in its initial state; trained afterwards.
        batches: one after the other.
        sample: on which the skill in the middle is measured.
        per_epoch: batches of a pass over the training split.
    """
    result = FirstSteps()
    ratios: dict[str, list[float]] = {}
    every, middle = max(1, len(batches) // _UPDATES), len(batches) // 2
    for number, samples in enumerate(batches, start=1):
        if number % per_epoch == 1 or per_epoch == 1:
            bench.empty_states()
        compared = number % every == 0
        before = _kernels(bench.layers) if compared else {}
        step = bench.step(bench.data(samples))
        result.losses.append(step.loss)
        result.norms.append(step.norm)
        if not step.finite:
            result.first_bad_step = number
            break
        if compared:
            after = _kernels(bench.layers)
            for name, kernel in before.items():
                ratios.setdefault(name, []).append(_ratio(kernel, after[name]))
        if number == middle:
            result.skill_middle = skill_of(bench, sample, bench.look(sample)[0])
    # The lower of two medians: the mean of two infinite ones need not be a number.
    result.update_ratios = {name: statistics.median_low(values) for name, values in ratios.items()}
    return result


def _kernels(layers: list[ProbedLayer]) -> dict[str, NDArray[np.float64]]:
    """The trained kernels of each layer, one after the other; without those of the states."""
    kernels: dict[str, NDArray[np.float64]] = {}
    for probed in layers:
        trained = [
            np.array(ops.convert_to_numpy(kernel.variable), np.float64).ravel()
            for kernel in probed.kernels
            if kernel.role == "kernel" and kernel.variable.trainable
        ]
        if trained:
            kernels[probed.name] = np.concatenate(trained)
    return kernels


def _ratio(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    change, size = float(np.linalg.norm(after - before)), float(np.linalg.norm(before))
    if change == 0:
        return -math.inf
    return math.log10(change / size) if size else math.inf
