"""Rules for the loss and the predictions, in which every fault ends."""

from __future__ import annotations

import math
from itertools import pairwise

from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding
from remedy.diagnosis.symptoms.constant_predictions import LEAST_SPREAD
from remedy.monitor.rules.wording import listed
from remedy.monitor.seen import Seen
from remedy.training.measurements import LEARNING_SKILL
from remedy.training.outcome import Status
from remedy.training.status import DIVERGED_LOSS_RATIO, SLOW_FALL, SWING

_NEXT = "Scale X and y, and try another learning rate; `remedy diagnose` looks for the cause."


def non_finite(seen: Seen) -> Finding | None:
    """A loss, a gradient or a weight that is NaN or infinite."""
    bad = seen.non_finite
    if bad is None:
        return None
    where = f"epoch {bad.epoch}" if bad.step is None else f"batch {bad.step} (epoch {bad.epoch})"
    what = f"the gradient of {bad.gradients[0]!r}" if bad.gradients and not bad.in_loss else "the loss"
    if bad.weights and not bad.gradients and not bad.in_loss:
        what = f"the weights of {bad.weights[0]!r}"
    spread = f", and by now the weights of {listed(bad.weights)} are, too" if bad.weights else ""
    if bad.step == 1:
        fixes = ("imputation", "scaling", "target_scaling")
        advice = "Look for NaN and infinite values in X and y, and scale both."
    else:
        fixes = ("clipnorm", "learning_rate", "scaling")
        advice = "Try a learning rate ten times smaller, or clipnorm=1.0 in the optimizer."
    at = bad.gradients or bad.weights
    return Finding(
        symptom="non_finite",
        severity="warning" if bad.recovered else "error",
        evidence=(
            Evidence(
                "first epoch that is not finite" if bad.step is None else "first batch that is not finite",
                bad.epoch if bad.step is None else bad.step,
                at=at[0] if at else None,
            ),
        ),
        cause=f"{what} became NaN or infinite in {where}",
        explanation=f"In {where}, {what} was NaN or infinite for the first time{spread}. "
        "With the next update such a number spreads to all weights, and it never goes away.",
        fixes=fixes,
        advice=advice,
    )


def diverging_loss(seen: Seen) -> Finding | None:
    """A loss that has been far above its own start for two epochs."""
    if not seen.is_diverging:
        return None
    loss, start = seen.curve[-1].loss, seen.start_loss
    return Finding(
        symptom="diverging_loss",
        severity="error",
        evidence=(Evidence("loss over that of the first batches", loss / start, DIVERGED_LOSS_RATIO),),
        cause=f"the loss has grown from {start:.3g} to {loss:.3g} (more than {DIVERGED_LOSS_RATIO:g} times)",
        explanation=f"In epoch {len(seen.curve)} the loss is {loss / start:.3g} times that of the first "
        f"batches. "
        "The steps overshoot, and each makes the next gradient larger.",
        fixes=("learning_rate", "clipnorm", "scaling", "target_scaling"),
        recipe={"clipnorm": 1.0},
        advice="Try a learning rate ten times smaller, or clipnorm=1.0 in the optimizer.",
    )


def oscillating_loss(seen: Seen) -> Finding | None:
    """A loss that jumps up and down without learning."""
    if seen.status is not Status.OSCILLATING:
        return None
    skills = [record.skill for record in seen.curve]
    swing = max(abs(after - before) for before, after in pairwise(skills))
    what = "its skill" if seen.skill_is_known else "its fall since the start"
    return Finding(
        symptom="oscillating_loss",
        severity="error",
        evidence=(Evidence("largest swing between two epochs", swing, SWING),),
        cause=f"the loss jumps up and down: {what} swings by up to {swing:.2g} (over {SWING:g})",
        explanation=f"In {len(skills)} epochs the training swung by up to {swing:.2g} and learned nothing. "
        "The steps are too large to settle, or the batches too small to agree on a direction.",
        fixes=("learning_rate", "batch_size", "reduce_lr_on_plateau", "clipnorm"),
        advice="Try a smaller learning rate or larger batches.",
    )


def constant_predictions(seen: Seen) -> Finding | None:
    """Predictions that are the same for every sample."""
    spread = seen.prediction_spread
    if not seen.is_stuck or spread is None or spread >= LEAST_SPREAD:
        return None
    return Finding(
        symptom="constant_predictions",
        severity="error",
        evidence=(Evidence("spread of the predictions over that of the target", spread, LEAST_SPREAD),),
        cause=f"the model predicts nearly the same for every sample: its predictions vary by "
        f"{spread:.1g} times "
        f"what the target varies by (less than {LEAST_SPREAD:g})",
        explanation=f"The spread of the predictions is {spread:.1g} of the target's. "
        "The model answers with a constant, and what is in X makes no difference.",
        fixes=("scaling", "target_scaling", "learning_rate", "kernel_initializer"),
        advice=_NEXT,
    )


def flat_loss(seen: Seen) -> Finding | None:
    """A loss that does not move, neither in training nor in validation."""
    if seen.status is not Status.FLAT or _validation_falls(seen):
        return None
    epochs = len(seen.curve) // 3
    before, now = seen.curve[-epochs - 1].loss, seen.curve[-1]
    fall = (before - now.loss) / abs(before) if before else 0.0
    skill = f", with a skill of {now.skill:.2g} (less than {LEARNING_SKILL:g})" if seen.skill_is_known else ""
    return Finding(
        symptom="flat_loss",
        severity="error",
        evidence=(
            Evidence("fall of the loss over the last third", fall, SLOW_FALL),
            *([Evidence("skill", now.skill, LEARNING_SKILL)] if seen.skill_is_known else []),
        ),
        cause=f"the loss does not move: from {before:.4g} to {now.loss:.4g} in {epochs} epochs{skill}",
        explanation=f"Over the last {epochs} epochs the loss fell by {max(fall, 0):.1%}, less than "
        f"{SLOW_FALL:.0%}. "
        + (
            "A constant would predict the target about as well."
            if seen.skill_is_known
            else "It is about where it began."
        ),
        fixes=("learning_rate", "scaling", "target_scaling", "kernel_initializer", "optimizer"),
        advice=_NEXT,
    )


def _validation_falls(seen: Seen) -> bool:
    """Whether the validation loss would count as slow, not flat."""
    losses = [record.val_loss for record in seen.curve]
    before = losses[-(len(losses) // 3) - 1]
    return math.isfinite(before) and before > 0 and (before - losses[-1]) / before > SLOW_FALL
