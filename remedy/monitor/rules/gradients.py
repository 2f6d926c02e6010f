"""Rules for gradients and for the steps that the weights take."""

from __future__ import annotations

import math
from dataclasses import dataclass

from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding
from remedy.diagnosis.symptoms._layers import LEAST_NORM, LEAST_RATIO
from remedy.diagnosis.symptoms.exploding_gradient import HIGHEST_NORM, HIGHEST_RATIO
from remedy.diagnosis.symptoms.too_deep import MOST_RECURRENT
from remedy.diagnosis.symptoms.update_ratio import USUAL as USUAL_UPDATES
from remedy.monitor.rules.wording import listed
from remedy.monitor.seen import Seen


@dataclass(frozen=True)
class _Flow:
    """Names and gradients of the first and the last layer with a kernel."""

    first: str
    last: str
    first_norm: float
    last_norm: float

    @property
    def ratio(self) -> float:
        return self.first_norm / self.last_norm

    @property
    def vanishes(self) -> bool:
        return self.ratio < LEAST_RATIO and 0 < self.first_norm < LEAST_NORM


def vanishing_gradient(seen: Seen) -> Finding | None:
    """A first layer that gets next to no gradient, unlike the last one."""
    flow = _flow(seen)
    if not seen.is_stuck or flow is None or not flow.vanishes:
        return None
    return Finding(
        symptom="vanishing_gradient",
        severity="error",
        evidence=(
            Evidence("gradient of the first layer over the last", flow.ratio, LEAST_RATIO, flow.first),
            Evidence("gradient norm of the first layer", flow.first_norm, LEAST_NORM, flow.first),
        ),
        cause=f"the gradient vanishes on its way from {flow.last!r} ({flow.last_norm:.1g}) to {flow.first!r} "
        f"({flow.first_norm:.1g}, less than {LEAST_NORM:g})",
        explanation=f"The gradient in {flow.first!r} is {flow.ratio:.1g} times that in {flow.last!r}, "
        f"less than {LEAST_RATIO:g}. The first layers hardly move, so the others have to work with what "
        "random weights make of the data.",
        fixes=("kernel_initializer", "batch_normalization", "activation", "depth", "cell"),
        advice="Try relu with He initialisation, batch normalisation or fewer layers.",
    )


def too_deep(seen: Seen) -> Finding | None:
    """Many recurrent layers, the first of which gets no gradient."""
    count, flow = len(seen.model.recurrent), _flow(seen)
    if not seen.is_stuck or count <= MOST_RECURRENT or flow is None or not flow.vanishes:
        return None
    return Finding(
        symptom="too_deep",
        severity="error",
        evidence=(
            Evidence("recurrent layers", count, MOST_RECURRENT),
            Evidence("gradient of the first layer over the last", flow.ratio, LEAST_RATIO),
        ),
        cause=f"{count} recurrent layers in a row are more than the gradient gets through "
        f"(over {MOST_RECURRENT})",
        explanation=f"Of the gradient in {flow.last!r} a share of {flow.ratio:.1g} arrives in "
        f"{flow.first!r}, because "
        f"each of {count} recurrent layers passes on a part of it only. The first layers stay as they "
        f"were drawn.",
        fixes=("depth", "batch_normalization"),
        recipe={"depth": 2},
        advice="Try two recurrent layers.",
    )


def exploding_gradient(seen: Seen) -> Finding | None:
    """Gradients that are large altogether, or far larger in the first layer than in the last."""
    norm, flow = seen.gradient_norm, _flow(seen)
    if not seen.is_stuck or norm is None:
        return None
    ratio = flow.ratio if flow is not None else 0.0
    explodes = not norm <= HIGHEST_NORM
    if not explodes and ratio <= HIGHEST_RATIO:
        return None
    evidence = (
        Evidence("global gradient norm", norm, HIGHEST_NORM),
        Evidence("gradient of the first layer over the last", ratio, HIGHEST_RATIO),
    )
    grows = (
        f"the gradient grows {ratio:.3g} times on its way back to the first layer (over {HIGHEST_RATIO:g})"
    )
    return Finding(
        symptom="exploding_gradient",
        severity="error" if explodes else "warning",
        evidence=evidence if explodes else evidence[::-1],
        cause=f"the gradient has a norm of {norm:.3g} (over {HIGHEST_NORM:g})" if explodes else grows,
        explanation=f"Over the last batches the gradient had a norm of {norm:.3g}, and in the first layer "
        f"{ratio:.3g} times that of the last. Such a step throws the weights far away, and what was learned "
        "before is lost.",
        fixes=("clipnorm", "learning_rate", "scaling", "target_scaling"),
        recipe={"clipnorm": 1.0},
        advice="Scale X and y, and try clipnorm=1.0 in the optimizer.",
    )


def update_ratio(seen: Seen) -> Finding | None:
    """Steps that are tiny or huge against the weights that they change, in most layers."""
    ratios = {
        layer.name: layer.update_ratio
        for layer in seen.layers
        if layer.has_kernel and layer.update_ratio is not None and layer.gradient != 0
    }
    low, high = USUAL_UPDATES
    outside = {name: ratio for name, ratio in ratios.items() if not low <= ratio <= high}
    if not seen.is_stuck or _untrained(seen) or 2 * len(outside) <= len(ratios):
        return None
    name, worst = max(outside.items(), key=lambda item: max(low - item[1], item[1] - high))
    is_small = worst < low
    bound = f"less than {10**low:g}" if is_small else f"more than {10**high:g}"
    return Finding(
        symptom="update_ratio",
        severity="error",
        evidence=(Evidence("log10 of update over weight", worst, USUAL_UPDATES, name),),
        cause=f"each step changes the weights of {name!r} by {10**worst:.1g} of their size ({bound})",
        explanation=f"In {len(outside)} of {len(ratios)} layers a step changes the weights by an "
        f"unusual share of "
        f"their size, {10**worst:.1g} in {name!r}. "
        + (
            "At that pace they hardly move."
            if is_small
            else "At that pace they forget what they have learned."
        ),
        fixes=("learning_rate", "optimizer"),
        advice=f"Try a {'larger' if is_small else 'smaller'} learning rate.",
    )


def untrained_layer(seen: Seen) -> Finding | None:
    """A trainable layer without a gradient, whose weights have never changed."""
    names = _untrained(seen)
    if seen.status is None or not names:
        return None
    return Finding(
        symptom="untrained_layer",
        severity="error" if seen.is_stuck else "warning",
        evidence=(Evidence("layers that never changed", len(names), 0, names[0]),),
        cause=f"the weights of {listed(names)} have not changed in {seen.steps} batches",
        explanation=f"{len(names)} of {len(seen.layers)} trainable layers are as they were at the "
        f"start. Nothing "
        "that the loss is computed from depends on them, or the units behind them are dead.",
        fixes=("kernel_initializer", "activation", "learning_rate"),
        advice="Check that the layer's output reaches the loss, and try another activation if it is relu.",
    )


def _untrained(seen: Seen) -> list[str]:
    return [layer.name for layer in seen.layers if layer.update_ratio == -math.inf and layer.gradient == 0]


def _flow(seen: Seen) -> _Flow | None:
    """The way of the gradient; `None` if it cannot be told, as with one layer or where none gets one."""
    visible = [
        (layer.name, layer.gradient)
        for layer in seen.layers
        if layer.has_kernel and layer.gradient is not None and math.isfinite(layer.gradient)
    ]
    if len(visible) < 2 or visible[-1][1] == 0:
        return None
    (first, first_norm), (last, last_norm) = visible[0], visible[-1]
    return _Flow(first, last, first_norm, last_norm)
