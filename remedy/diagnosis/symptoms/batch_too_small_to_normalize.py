"""Symptom: batch normalisation of batches that have no statistics to speak of."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.plan import Plan
from remedy.surgery.graph import Graph
from remedy.surgery.layers import class_of

_FEWEST = 4
_BATCH_SIZE = 32
"""Keras' default, and the smallest at which errors of batch normalisation level out in the source."""


class BatchTooSmallToNormalize(Symptom):
    """The mean of one sample is the sample: nothing is left when it is taken away."""

    name = "batch_too_small_to_normalize"
    stage = Stage.SETTINGS
    rule = (
        f"The training is stuck, batches have fewer than {_FEWEST} samples, and a BatchNormalization layer "
        "normalises vectors, so that each feature has one value per sample."
    )
    source = "Wu and He, Group Normalization (2018), figure 1, https://arxiv.org/abs/1803.08494"

    def find(self, case: Case) -> Finding | None:
        """Whether there are statistics to normalise with."""
        size = case.plan.batch_size
        layer = _normalises_vectors(case.plan)
        if not case.is_stuck or size >= _FEWEST or layer is None:
            return None
        left = "is 0" if size == 1 else f"depends on {size} samples only"
        return Finding(
            self.name,
            "error",
            (Evidence("batch size", size, _FEWEST, at=layer),),
            f"{layer} normalises batches of {size}",
            f"{layer} subtracts the mean of the batch from every sample, and what is left of a batch of "
            f"{size} {left}. In the training the layers behind it learn from that, and in use they get "
            "samples less the running mean, which are something else.",
            ("batch_size",),
            {"batch_size": _BATCH_SIZE},
            f"Use batches of {_BATCH_SIZE} or more, or LayerNormalization.",
        )


def _normalises_vectors(plan: Plan) -> str | None:
    """A layer that gets one value per sample and feature; `None` if there is none, or shapes do not tell."""
    shapes = plan.data.input_shapes.values()
    if not shapes or any(len(shape) != 1 for shape in shapes):
        return None
    graph = Graph(plan.model)
    for path, layer in graph.layers.items():
        if class_of(layer) == "BatchNormalization" and path not in graph.frozen:
            return "/".join(path)
    return None
