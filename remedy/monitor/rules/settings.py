"""Rules for what can be read off the model, its loss and its optimizer."""

from __future__ import annotations

from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding
from remedy.diagnosis.symptoms._rates import USUAL_RATES
from remedy.diagnosis.symptoms.exploding_gradient import HIGHEST_NORM
from remedy.monitor.seen import Seen
from remedy.training.measurements import LEARNING_SKILL
from remedy.training.outcome import Status


def output_cannot_reach_target(seen: Seen) -> Finding | None:
    """A softmax over a single unit."""
    facts = seen.model
    if facts.output_activation != "softmax" or facts.output_units != 1:
        return None
    return Finding(
        symptom="output_cannot_reach_target",
        severity="error",
        evidence=(Evidence("units under softmax", 1, 2, facts.output),),
        cause=f"softmax on the single unit of the output layer {facts.output!r} always returns 1",
        explanation="Softmax divides the units of a layer by their sum, and with 1 unit that leaves "
        "exactly 1. "
        "The prediction never changes, so no gradient reaches any weight.",
        fixes=("output_head",),
        advice="Use sigmoid for two classes, softmax on one unit per class for more of them, and no "
        "activation "
        "for a regression.",
    )


def loss_mismatch(seen: Seen) -> Finding | None:
    """A loss that expects logits behind an activation, or probabilities where there is none."""
    facts = seen.model
    if not seen.is_stuck or facts.loss is None or not facts.loss.endswith("crossentropy"):
        return None
    name, activation = facts.output, facts.output_activation
    if facts.from_logits and activation in {"softmax", "sigmoid"}:
        cause = f"the loss expects logits, but the output layer {name!r} applies {activation}"
        advice = "Leave out from_logits=True, or the activation of the last layer."
    elif not facts.from_logits and activation in {"linear", "relu", "tanh"}:
        cause = (
            f"the loss expects probabilities, but the activation of the output layer {name!r} is {activation}"
        )
        advice = (
            "Leave the last layer linear and pass from_logits=True to the loss, or end in softmax or sigmoid."
        )
    else:
        return None
    skill = seen.curve[-1].skill
    return Finding(
        symptom="loss_mismatch",
        severity="error",
        evidence=(Evidence("skill", skill, LEARNING_SKILL, name),) if seen.skill_is_known else (),
        cause=cause,
        explanation=f"{facts.loss} takes the output of {name!r} for something that it is not. "
        "Its gradients are then cut off or far too small.",
        fixes=("output_head",),
        advice=advice,
    )


def learning_rate_out_of_range(seen: Seen) -> Finding | None:
    """A learning rate that is unusual for the optimizer, in a training that is stuck or slow."""
    name, rate = seen.model.optimizer, seen.learning_rate
    if name not in USUAL_RATES:
        return None
    low, high = USUAL_RATES[name]
    is_low = rate < low and seen.status in {Status.FLAT, Status.SLOW}
    is_high = rate > high and seen.is_stuck
    if not (is_low or is_high):
        return None
    effect = (
        "moves the weights by next to nothing"
        if is_low
        else "throws the weights past where the loss is lower"
    )
    default = 0.01 if name == "SGD" else 0.001
    return Finding(
        symptom="learning_rate_out_of_range",
        severity="error" if seen.is_stuck else "warning",
        evidence=(Evidence("learning rate", rate, (low, high)),),
        cause=f"the learning rate of {rate:.3g} is too {'low' if is_low else 'high'} for {name} "
        f"(usual: {low:g} to {high:g})",
        explanation=f"The rate is {rate:.3g}, and the usual range of {name} is {low:g} to {high:g}. "
        f"Each step then {effect}.",
        fixes=("learning_rate", "optimizer", "reduce_lr_on_plateau", "cyclical_learning_rate"),
        recipe={"learning_rate": default},
        advice=f"Try {default:g}.",
    )


def relu_in_recurrence(seen: Seen) -> Finding | None:
    """A recurrent layer whose activation has no upper end, in a training that is stuck or explodes."""
    explodes = seen.non_finite is not None or seen.is_diverging
    if not seen.model.unbounded or not (seen.is_stuck or explodes):
        return None
    name, activation = seen.model.unbounded[0]
    explodes = explodes or (seen.gradient_norm or 0.0) > HIGHEST_NORM
    return Finding(
        symptom="relu_in_recurrence",
        severity="error" if explodes else "warning",
        evidence=(Evidence("recurrent layers without bounds", len(seen.model.unbounded), 0, name),),
        cause=f"{activation} in the recurrent layer {name!r} lets its state grow from step to step",
        explanation=f"The state of {name!r} goes through {activation} and the same weights at every "
        f"time step, and "
        "nothing bounds it from above. A factor a little over 1 per step becomes thousands over a window.",
        fixes=("activation", "clipnorm", "recurrent_initializer", "cell"),
        recipe={"activation": "tanh"},
        advice="Use tanh there, or clipnorm=1.0 in the optimizer.",
    )
