"""Symptom: a learning rate at which this optimizer cannot learn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Severity, Stage, Symptom
from remedy.diagnosis.symptoms._layers import unbounded_recurrence
from remedy.diagnosis.symptoms._rates import Rate, default_rate, start_rate, suggested_rate
from remedy.diagnosis.symptoms.unscaled_features import UnscaledFeatures
from remedy.diagnosis.symptoms.unscaled_target import UnscaledTarget
from remedy.training.measurements import Measurements

_CONFIRMED = 30.0
"""How many times a rate outside of the usual range has to be away from the one that the test suggests."""

_FAR_OFF = 100.0
"""The same for a rate inside of the usual range; and how far outside of it no test has to agree."""

_CLEAR_GAIN = 0.5
"""How much more of one batch the suggested rate has to explain to prove that the rate is what is wrong."""

_FORGETS_NOTHING = 0.99


@dataclass(frozen=True)
class _Verdict:
    """On which side a rate is wrong, and whether the range test agrees; false if it says nothing."""

    side: Literal["low", "high"]
    agrees: bool


class LearningRateOutOfRange(Symptom):
    """A rate outside of what the optimizer is used with, or far from what the range test finds."""

    name = "learning_rate_out_of_range"
    stage = Stage.SETTINGS
    rule = (
        "The training is stuck, and its learning rate is outside of the usual range (Adam and its kin 1e-6 "
        "to 0.01, SGD 1e-5 to 1) with a range test that agrees: above the rate from which the loss grew, or "
        f"{_CONFIRMED:g} times off its suggestion; or it is inside of the range and {_FAR_OFF:g} times off, "
        f"or {_FAR_OFF:g} times outside of the range."
    )
    source = (
        "Smith, Cyclical Learning Rates for Training Neural Networks (2017), "
        "https://arxiv.org/abs/1506.01186; Wardat et al., DeepDiagnosis (2022), "
        "https://doi.org/10.1145/3510003.3510071"
    )

    def find(self, case: Case) -> Finding | None:
        """Whether the rate is too low or too high."""
        rate = start_rate(case.plan)
        if not case.is_stuck or rate is None:
            return None
        test = case.measured.range_test if case.measured else None
        suggested = suggested_rate(case.plan, test)
        # Where the loss never fell, the rate at which it was least is chance.
        highest = None if test is None or suggested is None else test.highest
        verdict = _verdict(rate, suggested, highest)
        if verdict is None:
            return None
        side, target = verdict.side, suggested or default_rate(case.plan)
        optimizer = case.plan.optimizer.class_name
        evidence = [Evidence("learning rate", rate.value, rate.usual)]
        if suggested is not None:
            evidence.append(Evidence("rate that the range test suggests", suggested))
        if highest is not None:
            evidence.append(Evidence("rate from which the loss grew in the range test", highest))
        momentum = case.plan.optimizer.config.get("momentum") or 0.0
        if side == "high" and momentum >= _FORGETS_NOTHING:
            evidence.append(Evidence("momentum", momentum, _FORGETS_NOTHING))
        return Finding(
            self.name,
            _severity(case, rate, verdict),
            tuple(evidence),
            f"the learning rate of {rate.value:.3g} is too {side} for {optimizer}",
            _explanation(rate, side, suggested),
            ("learning_rate", "optimizer", "reduce_lr_on_plateau", "cyclical_learning_rate"),
            {"learning_rate": target},
            f"Set the learning rate to about {target:.2g}"
            + (" and the momentum to 0.9." if evidence[-1].what == "momentum" else "."),
        )


def _verdict(rate: Rate, suggested: float | None, highest: float | None) -> _Verdict | None:
    times = _CONFIRMED if rate.is_low or rate.is_high else _FAR_OFF
    low = suggested is not None and suggested >= times * rate.value
    high = (highest is not None and rate.value > highest) or (
        suggested is not None and rate.value >= times * suggested
    )
    if high and not rate.is_low:
        return _Verdict("high", agrees=True)
    if low and not rate.is_high:
        return _Verdict("low", agrees=True)
    if suggested is None and (rate.is_high or rate.is_low):
        return _Verdict("high" if rate.is_high else "low", agrees=False)
    return None


def _severity(case: Case, rate: Rate, verdict: _Verdict) -> Severity:
    """An error if the rate must be a cause: it is unusual as well, or another one was seen to do.

    Numbers that were never scaled, and recurrences that explode, move what the test finds.
    """
    if case.measured is None:
        return "warning"
    if rate.is_low or rate.is_high:
        surely = verdict.agrees or case.measured.range_test is None or rate.times_off >= _FAR_OFF
        return "error" if surely else "warning"
    unscaled = UnscaledFeatures().find(case) or UnscaledTarget().find(case)
    moved = unscaled is not None or unbounded_recurrence(case.plan)
    return "warning" if moved or not _is_proven(case.measured) else "error"


def _is_proven(measured: Measurements) -> bool:
    batch = measured.one_batch
    if batch is None or batch.skill_tuned is None:
        return False
    own = max(batch.skill, 0.0) if math.isfinite(batch.skill) else 0.0
    return batch.skill_tuned - own >= _CLEAR_GAIN


def _explanation(rate: Rate, side: str, suggested: float | None) -> str:
    usual = f"the usual range is {rate.usual[0]:g} to {rate.usual[1]:g}" if rate.usual else None
    tested = f"in a range test the loss fell fastest at {suggested:.2g}" if suggested else None
    why = " and ".join(filter(None, (usual, tested)))
    if side == "low":
        return (
            f"The rate is {rate.value:.3g}, and {why}. Each step then moves the weights by next to nothing."
        )
    return (
        f"The rate is {rate.value:.3g}, and {why}. Each step then throws the weights past where the loss is "
        "lower, so that it jumps or grows instead of falling."
    )
