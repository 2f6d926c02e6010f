"""What the first few hundred batches of a training show, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

LEARNING_SKILL = 0.1
"""From this skill on, a training counts as learning, like `thresholds.min_skill`."""

LEARNED_BY_HEART = 0.9
"""What training on one batch over and over reaches in a training without faults, even if it is noise."""

_RISE = 0.05
"""Share of what was left to explain at the start."""

KernelRole = Literal["kernel", "recurrent_kernel"]


@dataclass(frozen=True)
class KernelStart:
    """The weights that one kernel starts from.

    Attributes:
        role: which kernel of the layer.
        shape: of the array; of an LSTM the gates lie side by side in the last axis.
        fan_in: inputs of one unit.
        fan_out: units that one input goes to (of one gate).
        mean: of all weights.
        std: likewise.
        units_alike: whether all units of the layer (of each gate) start from the same weights.
    """

    role: KernelRole
    shape: tuple[int, ...]
    fan_in: int
    fan_out: int
    mean: float
    std: float
    units_alike: bool


@dataclass(frozen=True)
class LayerMeasurements:
    """One layer with weights, in the order in which they follow each other from input to output.

    Attributes:
        name: of the Keras layer; of nested models the path, `inner/dense`.
        class_name: of the Keras layer.
        trainable: whether its weights are trained.
        is_output: whether it is the last layer with weights.
        kernels: what it starts from; empty for layers without a kernel.
        gradient_start: L2 norm of the loss' gradient for all its weights before the first step, median of a
            few batches; NaN if it is not finite, 0 if there is none.
        gradient_end: the same after the measured steps.
        update_ratio: `log10(norm of a step's change / norm of the weights)` of the kernel, median over steps;
            minus infinity if it never changes; `None` without a kernel or trainable weights.
        dead_share: share of its units that are exactly 0 for the whole sample (relu and its kin), after the
            measured steps; `None` if the activation never is 0 for long, or it cannot be seen.
        saturated_share: share of its gates' (or of sigmoid or tanh units') inputs beyond +-5, before the
            first step; `None` if it has none, or they cannot be seen.
        saturated_share_end: the same after the measured steps.
    """

    name: str
    class_name: str
    trainable: bool
    is_output: bool
    kernels: tuple[KernelStart, ...]
    gradient_start: float
    gradient_end: float
    update_ratio: float | None = None
    dead_share: float | None = None
    saturated_share: float | None = None
    saturated_share_end: float | None = None


@dataclass(frozen=True)
class TimeGradient:
    """How much of the gradient reaches the first time steps of an input of windows or sequences.

    Attributes:
        input: its name.
        steps: number of time steps.
        first: mean L2 norm of d loss / d x_t over the first tenth of the steps, before the first step of
            training; for tokens, of the embedded ones.
        last: the same over the last tenth.
    """

    input: str
    steps: int
    first: float
    last: float


@dataclass(frozen=True)
class RangeTest:
    """The loss under a learning rate that grows from step to step, from the weights of the start.

    Attributes:
        rates: of the steps that were taken.
        losses: smoothed, one per rate; the test ends where they exceed four times the best.
        suggestion: the rate at the steepest descent; `None` if the loss never fell.
        highest: the rate from which on the loss grew; `None` if it never did.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float | None
    highest: float | None


@dataclass(frozen=True)
class OneBatch:
    """Training on a single batch over and over, with the baseline's own settings.

    Attributes:
        samples: in the batch.
        steps: that were taken; fewer than asked for once the batch is learned.
        skill: that was reached on the batch, in inference mode; NaN if it is not finite or the batch's
            target does not vary.
        skill_tuned: the same at the learning rate that the range test suggests; `None` if it was not tried.
    """

    samples: int
    steps: int
    skill: float
    skill_tuned: float | None = None


@dataclass(frozen=True)
class Measurements:
    """What was measured on the training split, from one seed.

    Attributes:
        steps: batches that were trained on; the training ends early where the loss is not finite.
        epochs: how many passes over the training split that is.
        losses: of every batch, as Keras reports it.
        skill_start: share of deviance explained on a sample of the training split before the first step.
        skill_middle: after half of the steps.
        skill_end: after the last step; NaN if something is not finite.
        first_bad_step: the first step (from 1) whose loss, gradient or weights were not finite.
        gradient_norm_start: global norm before the first step, median of a few batches.
        gradient_norm_highest: the highest global norm of all steps.
        prediction_spread: standard deviation of the predictions over that of the target on the sample after
            the last step, in the model's unit (for classes of the probabilities), mean over outputs.
        layers: with weights, from input to output.
        through_time: one per input of windows or sequences.
        range_test: `None` if the learning rate cannot be set, as with a schedule.
        one_batch: `None` if nothing can be trained.
    """

    steps: int
    epochs: float
    losses: tuple[float, ...]
    skill_start: float
    skill_middle: float
    skill_end: float
    first_bad_step: int | None
    gradient_norm_start: float
    gradient_norm_highest: float
    prediction_spread: float
    layers: tuple[LayerMeasurements, ...] = ()
    through_time: tuple[TimeGradient, ...] = ()
    range_test: RangeTest | None = None
    one_batch: OneBatch | None = None

    @property
    def is_finite(self) -> bool:
        """Whether everything stayed finite."""
        return self.first_bad_step is None

    @property
    def learns(self) -> bool:
        """Whether the training has clearly begun to explain the target."""
        return self.is_finite and math.isfinite(self.skill_end) and self.skill_end >= LEARNING_SKILL

    @property
    def rises(self) -> bool:
        """Whether the skill is clearly higher than before the first step."""
        return self.skill_end - self.skill_start >= _RISE * (1 - self.skill_start)
