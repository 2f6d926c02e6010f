"""Symptom: gradients that grow without end."""

from __future__ import annotations

import math

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import number_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._layers import GradientFlow, gradient_flow
from remedy.plan import Recipe
from remedy.training.measurements import Measurements

HIGHEST_RATIO = 70.0
HIGHEST_NORM = 100.0


class ExplodingGradient(Symptom):
    """A gradient so large that a single step destroys what was learned."""

    name = "exploding_gradient"
    stage = Stage.GRADIENT
    rule = (
        "The training is stuck, and the global norm of its gradient passes "
        f"{HIGHEST_NORM:g} or something is not finite (error), or the gradient in the first layer is over "
        f"{HIGHEST_RATIO:g} times that in the last one (warning)."
    )
    source = (
        "Zhang et al., AutoTrainer: An Automatic DNN Training Problem Detection and Repair System (2021), "
        "https://doi.org/10.1109/ICSE43902.2021.00043; Pascanu, Mikolov and Bengio (2013), "
        "https://arxiv.org/abs/1211.5063"
    )

    def find(self, case: Case) -> Finding | None:
        """How large gradients become."""
        measured = case.measured
        if measured is None or not case.is_stuck:
            return None
        norm, flow = measured.gradient_norm_highest, gradient_flow(measured)
        explodes = not measured.is_finite or norm > HIGHEST_NORM
        grows = flow is not None and flow.ratio > HIGHEST_RATIO
        if not explodes and not grows:
            return None
        evidence = [Evidence("highest gradient norm", norm, HIGHEST_NORM)]
        if measured.first_bad_step is not None:
            evidence.append(Evidence("first step that is not finite", measured.first_bad_step))
        if flow is not None and grows:
            ratio = Evidence("gradient of the first layer over the last", flow.ratio, HIGHEST_RATIO)
            evidence.append(ratio)
        return Finding(
            self.name,
            "error" if explodes else "warning",
            tuple(evidence if explodes else reversed(evidence)),
            _cause(measured, flow),
            f"{_what(measured, flow)} Such a step throws the weights far away, and what was learned before "
            "is lost.",
            ("clipnorm", "learning_rate", "kernel_initializer", "recurrent_initializer"),
            _recipe(measured),
            "Clip the gradients (clipnorm=1.0 in the optimizer), or lower the learning rate.",
        )


def _cause(measured: Measurements, flow: GradientFlow | None) -> str:
    if measured.first_bad_step is not None:
        return f"numbers are no longer finite from step {measured.first_bad_step} on"
    if flow is not None and not measured.gradient_norm_highest > HIGHEST_NORM:
        return (
            f"the gradient grows {number_text(flow.ratio)} times on its way from {flow.last.name} to "
            f"{flow.first.name}"
        )
    return f"the gradient explodes to a norm of {number_text(measured.gradient_norm_highest)}"


def _what(measured: Measurements, flow: GradientFlow | None) -> str:
    if measured.first_bad_step is not None:
        norm = measured.gradient_norm_highest
        before = f" after gradients with a norm of up to {number_text(norm)}" if math.isfinite(norm) else ""
        return (
            f"Loss, gradient or weights are NaN or infinite from step {measured.first_bad_step} on{before}."
        )
    if flow is not None and not measured.gradient_norm_highest > HIGHEST_NORM:
        return (
            f"The first layer {flow.first.name} gets {number_text(flow.ratio)} times the gradient of "
            f"{flow.last.name}."
        )
    return (
        f"The norm of the gradient reaches {number_text(measured.gradient_norm_highest)}, where over "
        f"{HIGHEST_NORM:g} is too much for most learning rates."
    )


def _recipe(measured: Measurements) -> Recipe:
    """Clipping, unless the numbers were not finite to begin with: NaN clipped is NaN."""
    return {} if measured.first_bad_step == 1 else {"clipnorm": 1.0}
