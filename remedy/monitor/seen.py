"""What the monitor has seen of a running training, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from remedy.training.measurements import LEARNING_SKILL
from remedy.training.outcome import STUCK, EpochRecord, Status
from remedy.training.status import DIVERGED_LOSS_RATIO, training_status

MIN_STEPS = 300
"""Fewer batches than these prove nothing, however many epochs they are."""

MIN_EPOCHS = 3
"""A training that ends before the monitor's patience is judged if it had this many epochs."""


@dataclass(frozen=True)
class ModelFacts:
    """What the model, its loss and its optimizer say of themselves.

    Attributes:
        optimizer: class name, of the inner one where the loss is scaled.
        loss: Keras' name of the loss; `None` if it has several or one that is not Keras' own.
        from_logits: whether the loss applies sigmoid or softmax itself.
        output: name of the last layer; `None` if the model has several outputs or cannot tell.
        output_activation: its activation.
        output_units: length of the last axis of the output.
        recurrent: names of the recurrent layers.
        unbounded: those whose activation has no upper bound, name -> activation.
    """

    optimizer: str
    loss: str | None = None
    from_logits: bool = False
    output: str | None = None
    output_activation: str | None = None
    output_units: int | None = None
    recurrent: tuple[str, ...] = ()
    unbounded: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class LayerSeen:
    """One layer with trainable weights, in the order from input to output.

    Attributes:
        name: of the Keras layer; of nested models the path, `inner/dense`.
        gradient: L2 norm of the gradient for its weights, median of the last samples; `None` if it cannot be
            seen.
        update_ratio: `log10(norm of a step's change / norm of the weights)` of its largest weight array,
            median of the last samples; minus infinity if it never changes; `None` if its weights are 0.
        has_kernel: whether it has a matrix of weights, unlike a normalisation.
    """

    name: str
    gradient: float | None = None
    update_ratio: float | None = None
    has_kernel: bool = True


@dataclass(frozen=True)
class NonFinite:
    """The first number that was NaN or infinite.

    Attributes:
        epoch: from 1.
        step: batch from 1 since the monitor watches; `None` if only the epoch is known.
        in_loss: whether the loss was not finite before any gradient was.
        gradients: layers whose gradient was not finite in that step.
        weights: layers whose weights are not finite by now.
        recovered: whether the training goes on with finite numbers.
    """

    epoch: int
    step: int | None
    in_loss: bool
    gradients: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    recovered: bool = False


@dataclass(frozen=True)
class Seen:
    """A training up to the end of an epoch.

    Attributes:
        model: static facts.
        curve: one record per epoch; where skill cannot be seen, the share by which the loss fell from its
            start stands in for it.
        patience: epochs after which a training without progress is judged.
        steps: batches so far.
        ended: whether `fit` is over.
        start_loss: mean loss of the first batches.
        skill_is_known: whether the curve holds the share of variance explained, not the fall of the loss.
        prediction_spread: standard deviation of the last epoch's predictions over that of its targets.
        layers: with trainable weights, from input to output.
        gradient_norm: of all weights together, median of the last samples.
        non_finite: `None` as long as everything is finite.
    """

    model: ModelFacts
    curve: tuple[EpochRecord, ...] = ()
    patience: int = 10
    steps: int = 0
    ended: bool = False
    start_loss: float = math.nan
    skill_is_known: bool = False
    prediction_spread: float | None = None
    layers: tuple[LayerSeen, ...] = ()
    gradient_norm: float | None = None
    non_finite: NonFinite | None = None

    @property
    def status(self) -> Status | None:
        """How the training goes; `None` as long as it is too early to tell."""
        epochs = MIN_EPOCHS if self.ended else self.patience
        if len(self.curve) < epochs or self.steps < MIN_STEPS:
            return None
        return training_status(self.curve, min_skill=LEARNING_SKILL)

    @property
    def is_stuck(self) -> bool:
        """Whether the loss has stopped moving, jumps or grows; one that falls slowly may yet get there."""
        return self.status in STUCK - {Status.SLOW}

    @property
    def is_diverging(self) -> bool:
        """Whether the loss has been far above its own start for two epochs, while nothing was learned."""
        highest, last = DIVERGED_LOSS_RATIO * self.start_loss, self.curve[-2:]
        grown = [record.loss > highest > 0 and record.skill < LEARNING_SKILL for record in last]
        return len(grown) == 2 and all(grown)

    @property
    def learning_rate(self) -> float:
        """The median of all epochs: schedules start or end with rates that say little."""
        rates = sorted(record.learning_rate for record in self.curve)
        return rates[len(rates) // 2] if rates else math.nan
