"""From what is known of a training to what is wrong with it, the likeliest cause first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from remedy.diagnosis.case import Case
from remedy.diagnosis.registry import all_symptoms
from remedy.diagnosis.symptom import Finding, Severity, Stage
from remedy.json_data import json_data
from remedy.plan import Recipe, recipe_key
from remedy.training.measurements import Measurements

_SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_TOLD = 2


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes:
        findings: the most severe first, of equally severe ones the one that is closest to a cause.
        is_stuck: whether the training was seen not to learn, or was not seen.
        learns_by_heart: whether it was seen to learn the training samples, and nothing else.
        measured: what the first batches showed, if they were trained on.
        second_look: the causes treated, and what is to be changed besides once they are; empty if that is
            nothing, or nobody looked.
    """

    findings: tuple[Finding, ...]
    is_stuck: bool
    learns_by_heart: bool = False
    measured: Measurements | None = None
    second_look: Recipe = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The likely cause as one sentence; errors of one stage, such as two scales, are told together."""
        errors = [finding for finding in self.findings if finding.severity == "error"]
        first = [finding for finding in errors if _stage(finding) == _stage(errors[0])]
        causes = "; and ".join(finding.cause for finding in first[:_TOLD])
        if causes and self.is_stuck:
            return f"The loss is stuck most likely because {causes}."
        if self.learns_by_heart:
            because = f"most likely because {causes}" if causes else "and none of the known causes was found"
            return f"Nothing is learned beyond the training rows, {because}."
        if causes:
            return f"The training learns, although {causes}."
        if not self.is_stuck:
            return "The training learns, and nothing was found that holds it back."
        if self.findings:
            return f"No certain cause was found; look first at this: {self.findings[0].cause}."
        return "The training does not learn in its first steps, and none of the known causes was found."

    @property
    def causes(self) -> Recipe:
        """The treatment of what surely is wrong: of the errors, those closest to a cause count."""
        return _together(self._cause_findings)

    @property
    def basis(self) -> Recipe:
        """What is best left treated whatever else is tried: the causes, and what a second look gave."""
        return self.second_look or self.causes

    @property
    def treatments(self) -> list[Recipe]:
        """What to try first: the basis, the causes alone, all errors, all findings, and the basis without
        the treatment of one cause, as one can be too many.
        """
        findings = self._cause_findings
        spared = [_without(self.basis, finding.recipe) for finding in findings] if len(findings) > 1 else []
        errors = [finding for finding in self.findings if finding.severity == "error"]
        recipes = (
            self.basis,
            self.causes,
            _together(errors) | self.second_look,
            _together(self.findings) | self.second_look,
            *spared,
        )
        return _distinct(recipes)

    @property
    def single_treatments(self) -> list[Recipe]:
        """What to try if none of these helps: the treatments of one finding each."""
        return _distinct(finding.recipe for finding in self.findings)

    @property
    def _cause_findings(self) -> list[Finding]:
        """Errors of stages before gradients, which show what is wrong elsewhere; if there are none, all."""
        errors = [finding for finding in self.findings if finding.severity == "error" and finding.recipe]
        return [finding for finding in errors if _stage(finding) < Stage.GRADIENT] or errors

    def to_plain(self) -> dict[str, Any]:
        """As JSON data, as in `diagnosis.json`."""
        return {
            "sentence": self.sentence,
            "is_stuck": self.is_stuck,
            "basis": self.basis,
            "treatments": self.treatments,
            "single_treatments": self.single_treatments,
            "symptoms": [finding.to_plain() for finding in self.findings],
            "measured": json_data(self.measured),
        }


def _stage(finding: Finding) -> Stage:
    return all_symptoms()[finding.symptom].stage


def _distinct(recipes: Iterable[Recipe]) -> list[Recipe]:
    return list({recipe_key(recipe): recipe for recipe in recipes if recipe}.values())


def _without(recipe: Recipe, treatment: Recipe) -> Recipe:
    return {fix: value for fix, value in recipe.items() if fix not in treatment}


def _together(findings: Sequence[Finding]) -> Recipe:
    """The recipe that treats all of them; where two differ, the more important one decides."""
    together: Recipe = {}
    for finding in reversed(findings):
        together |= finding.recipe
    return together


def diagnose(case: Case) -> Diagnosis:
    """Ask every symptom.

    Args:
        case: what is known of the training.

    >>> from remedy.diagnosis.data_statistics import DataStatistics
    >>> from remedy.plan import KerasObject, Model, Plan
    >>> plan = Plan(
    ...     task="regression", metric="mse", model=Model(), optimizer=KerasObject(class_name="Adam"),
    ...     loss="mse", epochs=1, batch_size=32,
    ... )
    >>> diagnose(Case(plan, DataStatistics("regression", 100, (), ()))).findings
    ()
    """
    findings = [finding for symptom in all_symptoms().values() if (finding := symptom.find(case)) is not None]
    ranked = sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity))
    return Diagnosis(tuple(ranked), case.is_stuck, case.learns_by_heart, case.measured)
