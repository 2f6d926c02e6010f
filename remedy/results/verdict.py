"""The verdict, the last word on an experiment, as it is written to `verdict.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from remedy.ablation import FixProof
from remedy.json_data import json_data
from remedy.plan import Recipe
from remedy.results.notebook_view import verdict_html
from remedy.search import FixEffect
from remedy.training import Status

VerdictName = Literal["already_learning", "unstuck", "undertrained", "no_signal", "still_stuck"]
"""`already_learning`: the baseline is fine. `unstuck`: a recipe holds up under fresh seeds.
`undertrained`: so does the baseline with more epochs alone. `no_signal`: neither a recipe nor a simple model
beats a constant. `still_stuck`: there is something to learn, and no recipe in the budget caught it."""

AblationState = Literal["done", "off", "unfinished"]
"""`unfinished`: `search.timeout` has ended it; another run goes on with it."""


@dataclass(frozen=True)
class BaselineResult:
    """The user's training as it is, over its seeds.

    Attributes:
        status: the most frequent one, or `plateaued`.
        skill: mean validation skill; NaN if a training diverged.
        test_skill: mean test skill, NaN if a training diverged.
        metrics: as those of `RecipeResult`.
        seeds: how many trainings there were.
        learning: how many of them ended `learning`.
    """

    status: Status
    skill: float
    test_skill: float
    metrics: dict[str, float]
    seeds: int
    learning: int


@dataclass(frozen=True)
class RecipeResult:
    """A recipe over fresh seeds.

    Attributes:
        seeds: how many trainings the interval is made of.
        learning: how many of them ended `learning`.
        test_skill: mean test skill, minus infinity if a training diverged.
        metrics: means on the validation split, in the target's units.
    """

    recipe: Recipe
    skill: float
    skill_low: float
    skill_high: float
    seeds: int
    learning: int
    test_skill: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class BestResult(RecipeResult):
    """The recipe that held up best, over fresh seeds.

    Attributes:
        trial: number of the recipe's highest ranked trial in the search.
    """

    trial: int


@dataclass(frozen=True)
class MinimalResult(RecipeResult):
    """The smallest recipe that is as good as the best one, with the same seeds.

    Nothing is chosen by its test skill.
    """


@dataclass(frozen=True)
class ConfirmedResult:
    """A recipe of the search with fresh seeds: one of those among which the best one was chosen.

    Attributes:
        trial: number of the recipe's highest ranked trial in the search.
    """

    trial: int
    skill: float
    skill_low: float
    skill_high: float
    seeds: int
    learning: int


@dataclass(frozen=True)
class LearnabilityResult:
    """What a simple model from scikit-learn makes of the same data.

    Attributes:
        probe: the model with the highest lower bound.
    """

    probe: str
    skill: float
    skill_low: float
    skill_high: float


@dataclass(frozen=True)
class Cost:
    """What a study took.

    Attributes:
        trials: finished trials of the search.
        seconds: wall time in which at least one training ran, pauses between runs left out.
        baseline_seconds: mean duration of one baseline training.
        first_unstuck_seconds: the part of `seconds` until the search's first trial that learned, if one did.
        epochs_saved: share of the epochs of the search's trials that were not trained, because a trial was
            stopped or diverged.
        trainings: finished trainings of each phase.
    """

    trials: int
    seconds: float
    baseline_seconds: float
    first_unstuck_seconds: float | None
    epochs_saved: float
    trainings: dict[str, int]


@dataclass(frozen=True)
class Verdict:
    """What is written to `verdict.json`.

    Attributes:
        minimal: `None` without a cure, or if its ablation was not made or not finished.
        confirmed: the recipes that were trained with fresh seeds, the highest lower bound first.
        fixes: those of the best recipe, with what the ablation says of each.
        effects: how often trials of the search learned with and without each fix: association, not cause.
        ablation: `None` if there is no cure whose fixes could be left out.
    """

    verdict: VerdictName
    baseline: BaselineResult
    best: BestResult | None
    minimal: MinimalResult | None
    confirmed: tuple[ConfirmedResult, ...]
    fixes: tuple[FixProof, ...]
    effects: tuple[FixEffect, ...]
    learnability: LearnabilityResult
    ablation: AblationState | None
    cost: Cost

    def to_plain(self) -> dict[str, Any]:
        """The verdict as JSON data; figures that are not finite are `None`."""
        plain: dict[str, Any] = json_data(self)
        return plain

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        return verdict_html(self.to_plain())
