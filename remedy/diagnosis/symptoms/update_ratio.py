"""Symptom: steps that are far too small or too large for the weights that they change."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._layers import trained_kernels
from remedy.diagnosis.symptoms._rates import start_rate, suggested_rate
from remedy.plan import Recipe
from remedy.training.measurements import Measurements

USUAL = (-4.0, -1.0)
_BEST = -3
_FAR = 2.0
"""Powers of ten: it would take a hundred times as many steps, or each is as long as ten times the weights."""


class UpdateRatio(Symptom):
    """The length of a step over that of the weights, in powers of ten."""

    name = "update_ratio"
    stage = Stage.GRADIENT
    rule = (
        "The training is stuck, and in a trained layer log10(norm of a step / norm of the weights) is "
        f"outside of [{USUAL[0]:g}, {USUAL[1]:g}]; an error if all are over {_FAR:g} powers of ten off."
    )
    source = (
        "Ben Braiek and Khomh, Testing Feedforward Neural Networks Training Programs (TheDeepChecker, 2022), "
        "https://doi.org/10.1145/3529318"
    )

    def find(self, case: Case) -> Finding | None:
        """In which layer steps are off the most."""
        if case.measured is None or not case.is_stuck or not case.measured.is_finite:
            return None
        ratios = {
            layer.name: layer.update_ratio
            for layer in trained_kernels(case.measured)
            if layer.update_ratio is not None
        }
        name = max(ratios, key=lambda layer: _beyond(ratios[layer]), default=None)
        if name is None or _beyond(ratios[name]) <= 0:
            return None
        ratio, is_small = ratios[name], ratios[name] < USUAL[0]
        share = f"10^{ratio:.1f} of their size" if ratio > -99 else "nothing"
        return Finding(
            self.name,
            "error" if min(map(_beyond, ratios.values())) > _FAR else "warning",
            (Evidence("log10 of step over weights", ratio, USUAL, at=name),),
            f"the steps are too {'small' if is_small else 'large'} for the weights of {name}",
            f"A step changes the weights of {name} by {share}, where about 10^{_BEST} is normal. "
            + (
                "At that pace the training ends before the weights have gone anywhere."
                if is_small
                else "The weights are overwritten by each batch instead of adding up what all of them say."
            ),
            ("learning_rate", "optimizer"),
            _recipe(case, case.measured, is_small=is_small),
            f"{'Raise' if is_small else 'Lower'} the learning rate.",
        )


def _beyond(ratio: float) -> float:
    """How far outside of the usual range; 0 or less inside, and for a ratio that is not a number."""
    beyond = max(USUAL[0] - ratio, ratio - USUAL[1])
    return beyond if beyond > 0 else 0.0


def _recipe(case: Case, measured: Measurements, *, is_small: bool) -> Recipe:
    """The rate that the range test suggests, if it is on the right side of the present one."""
    rate, suggested = start_rate(case.plan), suggested_rate(case.plan, measured.range_test)
    if rate is None or suggested is None or suggested == rate.value:
        return {}
    return {"learning_rate": suggested} if (suggested > rate.value) is is_small else {}
