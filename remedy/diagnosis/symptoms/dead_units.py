"""Symptom: units that are 0 for every sample."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import share_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._recipes import first_effective

_MOST = 0.5
_FIXES = ("activation", "kernel_initializer", "learning_rate", "batch_normalization")


class DeadUnits(Symptom):
    """ReLU units that no sample switches on."""

    name = "dead_units"
    stage = Stage.GRADIENT
    rule = (
        f"The training is stuck, and over {share_text(_MOST)} of the units of a layer are 0 for the whole "
        "sample; a unit that is 0 for a share of it only is alive."
    )
    source = (
        "Lu et al., Dying ReLU and Initialization: Theory and Numerical Examples (2020), "
        "https://arxiv.org/abs/1903.06733"
    )

    def find(self, case: Case) -> Finding | None:
        """In which layer most units are dead."""
        if case.measured is None or not case.is_stuck or not case.measured.is_finite:
            return None
        shares = {layer: layer.dead_share or 0.0 for layer in case.measured.layers if layer.trainable}
        worst = max(shares, key=lambda layer: shares[layer], default=None)
        if worst is None or shares[worst] <= _MOST:
            return None
        share = shares[worst]
        return Finding(
            self.name,
            "error",
            (Evidence("share of dead units", share, _MOST, at=worst.name),),
            f"{share_text(share)} of the units of {worst.name} are dead",
            f"In {worst.name} {share_text(share)} of the units return 0 for every sample that was looked at. "
            "Where ReLU is 0 so is its gradient, so these units get none and do not come back to life by "
            "themselves.",
            ("output_head",) if worst.is_output else _FIXES,
            first_effective(case.plan, {"output_head": True} if worst.is_output else {"activation": "elu"}),
            "Use ELU, He initialisation, batch normalisation or a lower learning rate.",
        )
