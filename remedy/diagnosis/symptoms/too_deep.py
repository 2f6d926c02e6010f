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

MOST_RECURRENT = 3
_MOST_SATURATING = 5
_DEPTH = 2


class TooDeep(Symptom):
    """Many recurrent layers, or many dense ones with sigmoid or tanh, that let no gradient through."""

    name = "too_deep"
    stage = Stage.STRUCTURE
    rule = (
        f"The training is stuck, gradients vanish on their way, and there are over {MOST_RECURRENT} "
        f"recurrent layers or over {_MOST_SATURATING} dense layers with saturating activations."
    )
    source = (
        "He et al., Deep Residual Learning for Image Recognition (2016), https://arxiv.org/abs/1512.03385; "
        "Glorot and Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html"
    )

    def find(self, case: Case) -> Finding | None:
        """Whether there are too many layers."""
        flow = gradient_flow(case.measured) if case.measured else None
        if flow is None or not case.is_stuck or not flow.vanishes:
            return None
        recurrent, saturating = len(recurrent_layers(case.plan)), _saturating_dense(case.plan)
        if recurrent > MOST_RECURRENT:
            what, count, most = "recurrent layers", recurrent, MOST_RECURRENT
        elif saturating > _MOST_SATURATING:
            what, count, most = "dense layers with saturating activations", saturating, _MOST_SATURATING
        else:
            return None
        return Finding(
            self.name,
            "error",
            (
                Evidence(what, count, most),
                Evidence(
                    "gradient of the first layer over the last", flow.ratio, LEAST_RATIO, at=flow.first.name
                ),
            ),
            f"{count} {what} in a row are more than the gradient gets through",
            f"Of the gradient in {flow.last.name} a share of {flow.ratio:.1g} arrives in {flow.first.name}, "
            f"because each of {count} {what} passes on a part of it only. The first layers stay as they were "
            "drawn, and what they make of the data is of no use to the others.",
            ("depth", "batch_normalization", "activation"),
            first_effective(case.plan, {"depth": _DEPTH}, {"batch_normalization": True}),
            "Use fewer layers, or batch normalisation between them.",
        )


def _saturating_dense(plan: Plan) -> int:
    graph, behind = Graph(plan.model), activations(plan)
    return sum(behind["/".join(path)] in SATURATING for path in graph.hidden(Kind.DENSE))
