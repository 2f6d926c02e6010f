"""Symptom: the loss expects something else than the output layer returns or the target holds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import number_text
from remedy.diagnosis.symptom import Finding, Severity, Stage, Symptom
from remedy.diagnosis.symptoms._output import Output, output_of
from remedy.diagnosis.symptoms._recipes import first_effective
from remedy.diagnosis.symptoms._units import targets_of_model
from remedy.plan import Recipe, Task
from remedy.surgery.losses import fits, from_logits, loss_text
from remedy.training.target_coding import is_own

_PROBABILITY = (0.0, 1.0)
_SURE = 0.99
_TASK = {"binary": "two classes", "multiclass": "classes", "multilabel": "labels"}


@dataclass(frozen=True)
class _Mismatch:
    """What does not fit.

    Attributes:
        if_learning: how bad it is where the training learns nevertheless; `None`: not worth a word.
        if_stuck: how bad it is where the training is stuck, or was not seen.
        recipe: what sets it right, if that is not the fix of the output layer.
    """

    evidence: Evidence
    cause: str
    explanation: str
    advice: str
    if_stuck: Severity = "error"
    if_learning: Severity | None = None
    recipe: Recipe | None = None


class LossMismatch(Symptom):
    """A loss that does not belong to the task, the last activation or the values of the target."""

    name = "loss_mismatch"
    stage = Stage.OUTPUT
    rule = (
        "The loss is made for another task or for other values of the target, or takes logits where the "
        "output layer returns probabilities, or the other way round."
    )
    source = "Keras, Losses, https://keras.io/api/losses/"

    def find(self, case: Case) -> Finding | None:
        """What the loss expects that it does not get."""
        if is_own(case.plan.loss):
            return None
        rules = (_values,) if case.plan.task == "regression" else (_labels, _one_unit, _coding, _task)
        mismatch = next((found for rule in rules if (found := rule(case)) is not None), None)
        if mismatch is None:
            return None
        severity = mismatch.if_stuck if case.is_stuck else mismatch.if_learning
        if severity is None:
            return None
        recipe = {"output_head": True} if mismatch.recipe is None else mismatch.recipe
        return Finding(
            self.name,
            severity,
            (mismatch.evidence,),
            mismatch.cause,
            mismatch.explanation,
            tuple(recipe),
            first_effective(case.plan, recipe),
            mismatch.advice,
        )


def _name(case: Case) -> str:
    """The full name of the loss, also where the plan has a short one."""
    loss = case.plan.loss
    return loss_text({"class_name": loss} if isinstance(loss, str) else loss).removesuffix(" (from logits)")


def _is_for(case: Case, *tasks: Task) -> bool:
    """Whether the loss belongs to one of these tasks of classes; an unknown one fits every task."""
    return not fits(case.plan.loss, "regression") and any(fits(case.plan.loss, task) for task in tasks)


def _values(case: Case) -> _Mismatch | None:
    """A loss that cannot take the values of a regression's target."""
    name, targets, output = _name(case), targets_of_model(case), output_of(case.plan)
    if not targets:
        return None
    lowest = min(targets, key=lambda target: target.low)
    highest = max(targets, key=lambda target: target.high)
    if _is_for(case, "binary", "multiclass"):
        return _classes_only(case, lowest.low, highest.high, len(targets))
    if name == "cosine_similarity" and len(targets) == 1 and case.plan.data.target_steps is None:
        return _Mismatch(
            Evidence("outputs", 1, 2),
            "cosine_similarity of a single output knows its sign only",
            "Cosine similarity compares directions, and a single number has only two of them: up and down. "
            "The loss is the same for every size of the prediction, so there is no gradient to follow.",
            "Use mean squared error as the loss.",
            recipe={},
        )
    at_zero = Evidence("smallest target", lowest.low, 0.0, at=lowest.name)
    if name == "mean_absolute_percentage_error" and any(one.low <= 0 <= one.high for one in targets):
        return _Mismatch(
            at_zero,
            f"the loss {name} divides by the target, which holds values around 0",
            f"The targets lie between {number_text(lowest.low)} and {number_text(highest.high)}, and an "
            "error at a target of 0 counts a million times as much as another. The model learns to answer 0 "
            "and nothing else.",
            "Use mean squared or mean absolute error as the loss.",
            recipe={},
        )
    if name == "mean_squared_logarithmic_error" and lowest.low < 0:
        return _Mismatch(
            at_zero,
            f"the loss {name} takes values below 0 for 0, and {lowest.name!r} goes down to "
            f"{number_text(lowest.low)}",
            f"The target {lowest.name!r} goes down to {number_text(lowest.low)}, and the logarithm in this "
            "loss needs values from 0. What lies below is cut off in targets and predictions, and gives no "
            "gradient.",
            "Use mean squared error as the loss, or scale the target to values from 0.",
            recipe={"target_scaling": "minmax"},
        )
    can_be_negative = output is not None and output.bounds is not None and output.bounds[0] < 0
    if name == "poisson" and (lowest.low < 0 or can_be_negative):
        low = lowest.low if lowest.low < 0 or output is None or output.bounds is None else output.bounds[0]
        what = "target" if lowest.low < 0 else "possible output"
        return _Mismatch(
            Evidence(f"smallest {what}", low, 0.0),
            "the loss poisson takes the logarithm of the prediction, which can be negative",
            f"The smallest {what} is {number_text(low)}, and a logarithm needs values above 0. The first "
            "prediction below 0 makes the loss NaN.",
            "Use softplus or exponential in the output layer if the target holds counts, else mean squared "
            "error as the loss.",
            recipe={},
        )
    return None


def _classes_only(case: Case, low: float, high: float, outputs: int) -> _Mismatch | None:
    name = _name(case)
    if low < _PROBABILITY[0] or high > _PROBABILITY[1]:
        beyond = high if high > _PROBABILITY[1] else low
        return _Mismatch(
            Evidence("target farthest from a probability", beyond, _PROBABILITY),
            f"the loss {name} is for classes, but the target is a number between {number_text(low)} and "
            f"{number_text(high)}",
            f"Cross-entropy compares probabilities, and the target lies between {number_text(low)} and "
            f"{number_text(high)}. It drives the outputs to one end of their range, wherever the target is.",
            "Use mean squared error as the loss, or set the task if the numbers stand for classes.",
        )
    if _is_for(case, "multiclass") and (outputs == 1 or "sparse" in name):
        return _Mismatch(
            Evidence("outputs", outputs, 2),
            f"the loss {name} is for classes, but the target is a number",
            f"The loss {name} looks up or adds up the probabilities of classes, and here there is 1 number "
            "per output instead. What it measures does not depend on how close the prediction is.",
            "Use mean squared error as the loss.",
        )
    return None


def _one_unit(case: Case) -> _Mismatch | None:
    """Cross-entropy over classes on the single unit of two classes."""
    if case.plan.task != "binary" or not _is_for(case, "multiclass"):
        return None
    return _Mismatch(
        Evidence("units under the loss", 1, 2),
        f"the loss {_name(case)} needs one output per class, but the model has a single one",
        "This loss makes the outputs of a sample add up to 1 before it compares them, and a single output is "
        "1 then, whatever the model says. The loss never changes, so there is nothing to follow.",
        "Use binary_crossentropy with a sigmoid, or one output unit per class.",
    )


def _labels(case: Case) -> _Mismatch | None:
    """Labels that are no class indices."""
    plan = case.plan
    if plan.preprocessing.labels == "indices":
        return None
    values = plan.data.label_values
    whole = len({int(value) for value in values})
    fraction = next(value for value in values if value % 1)
    return _Mismatch(
        Evidence("classes that are left as whole numbers", whole, len(values)),
        f"labels such as {number_text(fraction)} are no whole numbers, and the loss {_name(case)} takes them "
        "for some",
        f"The {len(values)} classes have labels from {number_text(values[0])} to {number_text(values[-1])}, "
        f"of which {whole} whole number{' is' if whole == 1 else 's are'} left. The loss falls as soon as "
        "the network answers that for every sample, and nothing is learned.",
        "Number the classes from 0, as an integer, and keep them out of what is divided by 255.",
        recipe={"label_encoding": True},
    )


def _coding(case: Case) -> _Mismatch | None:
    """Logits where probabilities are expected, or the other way round."""
    output, name = output_of(case.plan), _name(case)
    probabilities = _is_for(case, "binary", "multiclass") or name == "kl_divergence"
    if output is None or output.bounds is None or not probabilities:
        return None
    if output.activation == "softmax" and output.units == 1:
        return None  # a fault of its own, whatever the loss
    low, high = output.bounds
    is_probability = low >= 0 and high <= 1
    if from_logits(case.plan.loss):
        return _twice(case, output) if is_probability else None
    if is_probability:
        return None
    end = low if low < 0 else high
    return _Mismatch(
        Evidence("value that the output can return", end, _PROBABILITY),
        f"the loss {name} expects probabilities, but the output layer ({output.activation}) returns numbers "
        "outside of 0 to 1",
        "Probabilities lie between 0 and 1, and this loss cuts off whatever lies beyond. There its gradient "
        "is 0, so a sample whose output has left that range teaches the model nothing any more.",
        "Give the output layer sigmoid or softmax, or the loss from_logits=True.",
        if_learning="warning",
    )


def _twice(case: Case, output: Output) -> _Mismatch:
    classes = max(len(case.data.class_shares), 2)
    surest = math.e / (math.e + (classes - 1 if output.activation == "softmax" else 1))
    return _Mismatch(
        Evidence("largest probability that can come out", surest, _SURE),
        f"the loss takes logits (from_logits=True), but the output layer ({output.activation}) returns "
        "probabilities",
        f"With from_logits=True the outputs count as not yet squashed, so {output.activation} is applied a "
        f"second time. The model can then never be surer than {surest:.2f}.",
        "Leave the activation of the output layer out, or from_logits=True.",
        if_learning="warning",
    )


def _task(case: Case) -> _Mismatch | None:
    """A loss of another task that can be computed all the same."""
    plan, name = case.plan, _name(case)
    if fits(plan.loss, plan.task) or name == "kl_divergence" or "hinge" in name:
        return None
    is_regression = fits(plan.loss, "regression")
    if not is_regression and not _is_for(case, "binary", "multiclass"):
        return None
    made_for = (
        "numbers" if is_regression else "one class per sample" if _is_for(case, "multiclass") else "labels"
    )
    classes = len(case.data.class_shares)
    return _Mismatch(
        Evidence("classes", classes),
        f"the loss {name} is made for {made_for}, but the target holds {_TASK[plan.task]}",
        f"The target holds {classes or 'several'} {_TASK[plan.task].split()[-1]}, and {name} is made for "
        f"{made_for}. A confident wrong answer then costs little more than an unsure one, and where the "
        "output layer is flat the gradient is next to nothing.",
        "Use the cross-entropy that belongs to the task.",
        if_stuck="error" if is_regression else "warning",
    )
