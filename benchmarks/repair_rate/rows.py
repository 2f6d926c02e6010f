"""One row per case and seed, and what its figures mean."""

from __future__ import annotations

import math
from dataclasses import dataclass

METHODS = ("remedy", "random", "first_fit")
SHARES = {"quarter": 0.25, "half": 0.5, "full": 1.0}
"""The shares of the budget at which it is read what a method has."""

REPAIRED = 0.9
"""The share of the gap from which on a training counts as repaired."""


@dataclass(frozen=True)
class Row:
    """One case with one seed, as a line of the CSV file.

    Test skills are scores (see `score`), and NaN for controls.

    Attributes:
        budget: of every search, in trainings of the baseline.
        is_curable: whether a recipe for the case is known; if not, it is a control.
        baseline_seconds: mean of one training of the baseline.
        baseline: test skill of the training as it is.
        cure: test skill of the known recipe.
        remedy_quarter: test skill of what the method had after that share of the budget; likewise the next
            ones.
        verdict: of remedy.
        first_symptom: the diagnosis' first finding; empty if there is none, or there was no diagnosis.
        cause_right: whether that is one of the case's causes.
        minimal: the smallest recipe as JSON; empty if there is none.
        holds_cure: whether that treats the cause.
        remedy_trials: finished trials of the method's search; likewise the next ones.
        remedy_seconds: of training in them, of all workers together; likewise the next ones.
        diagnosis_seconds: of all workers' waiting for learnability probe and diagnosis, which belong to
            remedy's budget.
        proof_seconds: of training baseline, confirmation and ablation, which do not.
        seconds: of everything.
    """

    case: str
    seed: int
    budget: float
    held_out: bool
    is_curable: bool
    baseline_seconds: float
    baseline: float
    cure: float
    remedy_quarter: float
    remedy_half: float
    remedy_full: float
    random_quarter: float
    random_half: float
    random_full: float
    first_fit_quarter: float
    first_fit_half: float
    first_fit_full: float
    verdict: str
    verdict_right: bool
    first_symptom: str
    cause_right: bool
    minimal: str
    holds_cure: bool
    remedy_trials: int
    random_trials: int
    first_fit_trials: int
    diagnosis_seconds: float
    remedy_seconds: float
    random_seconds: float
    first_fit_seconds: float
    proof_seconds: float
    seconds: float

    @property
    def key(self) -> tuple[str, int, float]:
        """What tells rows apart."""
        return self.case, self.seed, self.budget

    def gap_closed(self, method: str, share: str) -> float:
        """The share of the gap between baseline and known cure that a method has closed."""
        return gap_closed(getattr(self, f"{method}_{share}"), self.baseline, self.cure)


def score(skill: float) -> float:
    """A skill below 0, or of a training that diverged, is worth as much as a constant.

    >>> score(-3.0), score(math.nan), score(0.7)
    (0.0, 0.0, 0.7)
    """
    return max(skill, 0.0) if math.isfinite(skill) else 0.0


def gap_closed(method: float, baseline: float, cure: float) -> float:
    """The share of the way from baseline to cure, from 0 to 1; NaN if the cure is no better.

    What is better than the cure counts as 1, so that it does not pay for failures elsewhere.

    >>> gap_closed(0.5, 0.1, 0.9), gap_closed(0.95, 0.1, 0.9), gap_closed(0.5, 0.5, 0.5)
    (0.5, 1.0, nan)
    """
    if not cure > baseline:
        return math.nan
    return min(max((method - baseline) / (cure - baseline), 0.0), 1.0)
