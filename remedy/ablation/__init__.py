"""Which fixes of a winning recipe are needed: ablation, roles and the smallest recipe that still works."""

from remedy.ablation.ablation import Ablation, FixProof, ablate
from remedy.ablation.elimination import TOLERANCE
from remedy.ablation.expected_cost import expected_trainings, likely_fixes, most_trainings
from remedy.ablation.roles import Comparison, Role, compare
from remedy.ablation.variant import Measure, Standard, Variant

__all__ = [
    "TOLERANCE",
    "Ablation",
    "Comparison",
    "FixProof",
    "Measure",
    "Role",
    "Standard",
    "Variant",
    "ablate",
    "compare",
    "expected_trainings",
    "likely_fixes",
    "most_trainings",
]
