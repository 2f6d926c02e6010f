"""Symptom: the last activation cannot return what the target holds."""

from __future__ import annotations

import math

from remedy.diagnosis.case import Case
from remedy.diagnosis.data_statistics import TargetStatistics
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import number_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._output import Output, output_of
from remedy.diagnosis.symptoms._recipes import first_effective
from remedy.diagnosis.symptoms._units import targets_of_model
from remedy.plan import Recipe

_FAR = 0.5
"""By how many standard deviations a target has to lie beyond the output's ends."""

_ONE_LABEL = 1.05
"""Labels per sample up to which they count as classes that exclude each other."""

_FIX = "output_head"


class OutputCannotReachTarget(Symptom):
    """Softmax on one unit, bounded activations before larger values, softmax before several labels."""

    name = "output_cannot_reach_target"
    stage = Stage.OUTPUT
    rule = (
        "The last activation is softmax on a single unit, or cannot return values that the target holds: "
        f"those beyond its range by over {_FAR} standard deviations, or several labels at once."
    )
    source = (
        "Schoop, Huang and Hartmann, UMLAUT: Debugging Deep Learning Programs using Program Structure and "
        "Model Behavior (2021), https://doi.org/10.1145/3411764.3445538"
    )

    def find(self, case: Case) -> Finding | None:
        """What the output cannot return."""
        output = output_of(case.plan)
        if output is None:
            return None
        if output.activation == "softmax" and output.units == 1:
            return self._one_unit(case)
        if output.activation == "softmax" and case.plan.task == "multilabel":
            return self._one_label(case)
        return self._range(case, output) if case.plan.task == "regression" else None

    def _one_unit(self, case: Case) -> Finding:
        return Finding(
            self.name,
            "error",
            (Evidence("units under softmax", 1, 2),),
            "softmax on a single output unit always returns 1",
            "Softmax divides the units of the output layer by their sum, and with 1 unit that leaves exactly "
            "1 for every sample. The prediction never changes, so no gradient reaches any weight.",
            (_FIX,),
            first_effective(case.plan, {_FIX: True}),
            "Use sigmoid for two classes, softmax on one unit per class for more of them, and no activation "
            "for a regression.",
        )

    def _one_label(self, case: Case) -> Finding | None:
        labels = sum(case.data.class_shares)
        if labels <= _ONE_LABEL:
            return None
        return Finding(
            self.name,
            "error" if case.is_stuck else "warning",
            (Evidence("labels per sample", labels, _ONE_LABEL),),
            "softmax shares a single 1 among labels that can hold at the same time",
            f"A sample has {labels:.3g} labels on average, but the outputs of softmax add up to 1, so a "
            "second label takes away from the first one. Sigmoid answers for each label on its own.",
            (_FIX,),
            first_effective(case.plan, {_FIX: True}),
            "Use sigmoid with binary cross-entropy in the output layer.",
        )

    def _range(self, case: Case, output: Output) -> Finding | None:
        bounds, targets = output.bounds, targets_of_model(case)
        if bounds is None or not targets:
            return None
        if output.activation == "softmax" and len(targets) > 1:
            return self._sum(case, targets)
        beyond, value, target = max(
            (beyond_value for one in targets for beyond_value in _beyond(one, bounds)),
            key=lambda found: found[0],
        )
        if not beyond > _FAR or not (case.is_stuck or _misses_many(target, bounds)):
            return None
        scaled = " after its scaling" if case.plan.preprocessing.target_scaling else ""
        return Finding(
            self.name,
            "error" if case.is_stuck else "warning",
            (Evidence("target farthest beyond the output", value, bounds, at=target.name),),
            f"the output layer ({output.activation}) returns {_text(bounds)}, but {target.name!r} "
            f"{'reaches' if value > 0 else 'goes down to'} {number_text(value)}{scaled}",
            f"The target {target.name!r} lies between {number_text(target.low)} and "
            f"{number_text(target.high)}{scaled}, and {output.activation} returns {_text(bounds)}. Values "
            "beyond that are missed whatever the weights are, and towards its ends the activation lets "
            "hardly any gradient through.",
            (_FIX, "target_scaling"),
            first_effective(case.plan, {_FIX: True}, _into(bounds)),
            "Give the output layer of a regression no activation, or scale the target into its range.",
        )

    def _sum(self, case: Case, targets: list[TargetStatistics]) -> Finding | None:
        total = sum(target.mean for target in targets)
        if abs(total - 1) < _ONE_LABEL - 1 or not case.is_stuck:
            return None
        return Finding(
            self.name,
            "error",
            (Evidence("sum of the targets' means", total, (2 - _ONE_LABEL, _ONE_LABEL)),),
            "softmax makes the outputs add up to 1, which the targets do not",
            f"The {len(targets)} targets add up to {number_text(total)} on average, while softmax always "
            "returns shares of 1. The model cannot be right about all of them at once.",
            (_FIX,),
            first_effective(case.plan, {_FIX: True}),
            "Give the output layer of a regression no activation.",
        )


def _beyond(
    target: TargetStatistics, bounds: tuple[float, float]
) -> list[tuple[float, float, TargetStatistics]]:
    """By how many standard deviations the ends of a target lie beyond the output's, and these ends."""
    spread = target.std or math.ulp(1.0)
    below, above = (bounds[0] - target.low) / spread, (target.high - bounds[1]) / spread
    return [(below, target.low, target), (above, target.high, target)]


def _misses_many(target: TargetStatistics, bounds: tuple[float, float]) -> bool:
    """Whether more than an outlier is beyond the output: values that are usual for the target."""
    return target.mean - target.std < bounds[0] or target.mean + target.std > bounds[1]


def _text(bounds: tuple[float, float]) -> str:
    low, high = bounds
    if high == math.inf:
        return f"nothing below {low:g}"
    return f"nothing above {high:g}" if low == -math.inf else f"only values from {low:g} to {high:g}"


def _into(bounds: tuple[float, float]) -> Recipe:
    """Scaling that brings targets between the ends of an output that has to stay."""
    return {"target_scaling": "minmax"} if bounds[0] <= 0 and bounds[1] >= 1 else {}
