"""Symptom: dropout or penalties that leave nothing to learn with."""

from __future__ import annotations

import math
from collections.abc import Iterator

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import share_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._recipes import first_effective
from remedy.surgery.graph import Graph
from remedy.surgery.layers import configs
from remedy.surgery.regularization import DROP_RATES, penalties
from remedy.training.measurements import Measurements

_MOST_DROPPED = 0.8
_MOST_PENALISED = 0.5
_MEAN_SIZE = math.sqrt(2 / math.pi)
"""Mean of the absolute value of a normal variable over its deviation."""


class TooMuchRegularization(Symptom):
    """Units that are dropped nearly always, or penalties that weigh more than being right."""

    name = "too_much_regularization"
    stage = Stage.SETTINGS
    rule = (
        f"The training is stuck, and over {share_text(_MOST_DROPPED)} of the units of a layer are dropped in "
        f"each step, or penalties on weights are over {share_text(_MOST_PENALISED)} of the first batch's "
        "loss."
    )
    source = (
        "Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting (2014), "
        "section 7.3, where errors grow with drop rates above 0.6, https://jmlr.org/papers/v15/srivastava14a.html"
    )

    def find(self, case: Case) -> Finding | None:
        """Whether there is so much of it that nothing else counts."""
        if not case.is_stuck:
            return None
        return _dropped(case) or _penalised(case)


def _dropped(case: Case) -> Finding | None:
    rates = {
        "/".join(path): max(float(own.get(name) or 0.0) for own in configs(layer) for name in DROP_RATES)
        for path, layer in Graph(case.plan.model).layers.items()
        if configs(layer)
    }
    worst = max(rates, key=lambda name: rates[name], default=None)
    if worst is None or rates[worst] <= _MOST_DROPPED:
        return None
    rate = rates[worst]
    return _finding(
        case,
        Evidence("drop rate", rate, _MOST_DROPPED, at=worst),
        f"{worst} drops {share_text(rate)} of its units in every step",
        f"In every step {share_text(rate)} of the values in {worst} are set to 0, others each time, and what "
        "is left is multiplied to make up for them. Keras' rate is the share that is dropped, not the share "
        "that is kept.",
        "Use a drop rate of 0.5 or less.",
    )


def _penalised(case: Case) -> Finding | None:
    measured = case.measured
    if measured is None or not measured.losses:
        return None
    first, penalty = measured.losses[0], sum(_penalties(case, measured))
    if not first > 0 or not penalty > _MOST_PENALISED * first:
        return None
    share = min(penalty / first, 1.0)
    return _finding(
        case,
        Evidence("share of penalties in the first loss", share, _MOST_PENALISED),
        f"penalties on weights make up {share_text(share)} of the loss",
        f"Of the first batch's loss of {first:.3g} about {share_text(share)} are penalties on the size of "
        "weights. There is more to gain by making all weights 0 than by being right, and a network of zeros "
        "answers the same for every sample.",
        "Use penalties of 0.01 or less.",
    )


def _finding(case: Case, evidence: Evidence, cause: str, explanation: str, advice: str) -> Finding:
    return Finding(
        TooMuchRegularization.name,
        "error",
        (evidence,),
        cause,
        explanation,
        ("regularization",),
        first_effective(case.plan, {"regularization": 0.0}),
        advice,
    )


def _penalties(case: Case, measured: Measurements) -> Iterator[float]:
    """What the penalties on the kernels of each layer came to before the first step."""
    layers = {"/".join(path): layer for path, layer in Graph(case.plan.model).layers.items()}
    for measured_layer in measured.layers:
        layer = layers.get(measured_layer.name)
        for arguments in configs(layer) if layer is not None else []:
            for kernel in measured_layer.kernels:
                role = "kernel" if kernel.role == "kernel" else "recurrent"
                weights = penalties(arguments.get(f"{role}_regularizer") or "")
                size, squares = math.prod(kernel.shape), kernel.std**2 + kernel.mean**2
                yield weights.get("l2", 0.0) * size * squares
                yield weights.get("l1", 0.0) * size * _MEAN_SIZE * math.sqrt(squares)
