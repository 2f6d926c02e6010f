"""Symptom: no weight of the model may change."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom


class NothingTrainable(Symptom):
    """A model that is frozen as a whole, or that has no weights."""

    name = "nothing_trainable"
    stage = Stage.OUTPUT
    rule = "None of the model's weights is trainable."
    source = "Keras guide, Transfer learning and fine-tuning, https://keras.io/guides/transfer_learning/"

    def find(self, case: Case) -> Finding | None:
        """An error: such a training cannot change anything."""
        measured = case.measured
        if measured is None or measured.steps or any(layer.trainable for layer in measured.layers):
            return None
        layers = len(measured.layers)
        return Finding(
            symptom=self.name,
            severity="error",
            evidence=(Evidence("layers with weights", layers), Evidence("of them trainable", 0, 1)),
            cause="all weights of the model are frozen" if layers else "the model has no weights",
            explanation=(
                "A training changes trainable weights and nothing else, so the predictions stay as they are. "
                + (
                    "Layers are frozen with `trainable = False`, often to keep what was trained before; "
                    "the layers behind that part have to stay trainable."
                    if layers
                    else "What the model computes does not depend on the data it is trained on."
                )
            ),
            advice=(
                "Set `trainable = True` on the layers that are to learn, at least on the output layer, and "
                "compile the model again."
                if layers
                else "Give the model a layer with weights, such as a Dense output layer."
            ),
        )
