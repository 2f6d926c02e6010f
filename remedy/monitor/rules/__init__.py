"""The rules of the monitor: pure functions from what was seen to a finding, each with its threshold.

Every rule but those for numbers that are not finite, for a loss that grows and for an output that cannot vary
asks first whether the training is stuck: a setting or a gradient that only looks unusual is no finding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from remedy.diagnosis.symptom import Finding, Severity, Stage
from remedy.monitor.rules.gradients import (
    exploding_gradient,
    too_deep,
    untrained_layer,
    update_ratio,
    vanishing_gradient,
)
from remedy.monitor.rules.outcome import (
    constant_predictions,
    diverging_loss,
    flat_loss,
    non_finite,
    oscillating_loss,
)
from remedy.monitor.rules.settings import (
    learning_rate_out_of_range,
    loss_mismatch,
    output_cannot_reach_target,
    relu_in_recurrence,
)
from remedy.monitor.seen import Seen

RULES: Sequence[tuple[Stage, Callable[[Seen], Finding | None]]] = (
    (Stage.OUTPUT, output_cannot_reach_target),
    (Stage.OUTPUT, loss_mismatch),
    (Stage.SETTINGS, learning_rate_out_of_range),
    (Stage.STRUCTURE, relu_in_recurrence),
    (Stage.STRUCTURE, too_deep),
    (Stage.GRADIENT, vanishing_gradient),
    (Stage.GRADIENT, exploding_gradient),
    (Stage.GRADIENT, untrained_layer),
    (Stage.GRADIENT, update_ratio),
    (Stage.OUTCOME, non_finite),
    (Stage.OUTCOME, diverging_loss),
    (Stage.OUTCOME, oscillating_loss),
    (Stage.OUTCOME, constant_predictions),
    (Stage.OUTCOME, flat_loss),
)
"""Every rule finds the symptom that it is called after."""

_ORDER: tuple[Severity, ...] = ("error", "warning", "advice")


def findings(seen: Seen) -> list[Finding]:
    """Everything that is wrong, errors first, and of these the causes before their consequences."""
    found = [(stage, finding) for stage, rule in RULES if (finding := rule(seen)) is not None]
    return [
        finding for _, finding in sorted(found, key=lambda pair: (_ORDER.index(pair[1].severity), pair[0]))
    ]
