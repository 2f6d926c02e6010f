"""Symptom: more layers than the gradient gets through."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._layers import (
    LEAST_RATIO,
    SATURATING,
    activations,
    gradient_flow,
    recurrent_layers,
)
from remedy.diagnosis.symptoms._recipes import first_effective
from remedy.plan import Plan
from remedy.surgery.graph import Graph
from remedy.surgery.layers import Kind
from remedy.training.measurements import LEARNED_BY_HEART

MOST_RECURRENT = 3
_MOST_SATURATING = 5
_DEPTH = 2


class TooDeep(Symptom):
    """Many recurrent layers, or many dense ones with sigmoid or tanh, that let no gradient through."""

    name = "too_deep"
    stage = Stage.STRUCTURE
    rule = (
        f"The training is stuck, there are over {MOST_RECURRENT} recurrent layers or over {_MOST_SATURATING} "
        "dense layers with saturating activations, and gradients vanish on their way; a warning where they "
        f"do not, but not even one batch is learned (skill below {LEARNED_BY_HEART}), neither at the own "
        "learning rate nor at the one that a range test suggests."
    )
    source = (
        "He et al., Deep Residual Learning for Image Recognition (2016), https://arxiv.org/abs/1512.03385; "
        "Glorot and Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html"
    )

    def find(self, case: Case) -> Finding | None:
        """Whether there are too many layers."""
        if case.measured is None or not case.is_stuck:
            return None
        recurrent, saturating = len(recurrent_layers(case.plan)), _saturating_dense(case.plan)
        if recurrent > MOST_RECURRENT:
            what, count, most = "recurrent layers", recurrent, MOST_RECURRENT
        elif saturating > _MOST_SATURATING:
            what, count, most = "dense layers with saturating activations", saturating, _MOST_SATURATING
        else:
            return None
        flow, batch = gradient_flow(case.measured), case.measured.one_batch
        if flow is not None and flow.vanishes:
            evidence = Evidence(
                "gradient of the first layer over the last", flow.ratio, LEAST_RATIO, at=flow.first.name
            )
            cause = f"{count} {what} in a row are more than the gradient gets through"
            explanation = (
                f"Of the gradient in {flow.last.name} a share of {flow.ratio:.1g} arrives in "
                f"{flow.first.name}, because each of {count} {what} passes on a part of it only. The first "
                "layers stay as they were drawn, and what they make of the data is of no use to the others."
            )
        elif batch is not None and not any(
            skill >= LEARNED_BY_HEART for skill in (batch.skill, batch.skill_tuned or 0.0)
        ):
            evidence = Evidence("skill on one batch", batch.skill, LEARNED_BY_HEART)
            cause = f"{count} {what} in a row may be more than the data get through"
            explanation = (
                f"Even a single batch of {batch.samples} samples is not learned by heart, as even noise "
                f"normally is. Each of {count} {what} may pass on only a part of what tells samples apart."
            )
        else:
            return None
        return Finding(
            self.name,
            "error" if flow is not None and flow.vanishes else "warning",
            (Evidence(what, count, most), evidence),
            cause,
            explanation,
            ("depth", "batch_normalization", "activation"),
            first_effective(case.plan, {"depth": _DEPTH}, {"batch_normalization": True}),
            "Use fewer layers, or batch normalisation between them.",
        )


def _saturating_dense(plan: Plan) -> int:
    graph, behind = Graph(plan.model), activations(plan)
    return sum(behind["/".join(path)] in SATURATING for path in graph.hidden(Kind.DENSE))
