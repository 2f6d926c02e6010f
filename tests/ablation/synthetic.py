"""Trainings that are computed: skill follows from a known structure, plus noise that seeds share in part."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from remedy.ablation import Role, Standard, Variant
from remedy.plan import Recipe, recipe_key
from remedy.search import TrialRecord, fresh_seeds
from remedy.training import Status

BAR = 0.1
NOISE = 0.03

RECIPE: Recipe = {
    "scaling": "minmax",
    "target_scaling": "standard",
    "batch_normalization": True,
    "kernel_initializer": "orthogonal",
    "clipnorm": 1.0,
    "reduce_lr_on_plateau": {"factor": 0.1, "patience": 5, "min_lr": 1e-5},
}


def one_needed(recipe: Recipe) -> float:
    return 0.8 if "scaling" in recipe else 0.0


def two_needed(recipe: Recipe) -> float:
    return 0.8 if {"scaling", "clipnorm"} <= recipe.keys() else 0.0


def substitutes(recipe: Recipe) -> float:
    return 0.8 if {"scaling", "batch_normalization"} & recipe.keys() else 0.0


def one_harmful(recipe: Recipe) -> float:
    return one_needed(recipe) - (0.2 if "clipnorm" in recipe else 0.0)


def one_helpful(recipe: Recipe) -> float:
    return one_needed(recipe) - (0.0 if "kernel_initializer" in recipe else 0.2)


def substitutes_beside_a_needed_one(recipe: Recipe) -> float:
    return substitutes(recipe) if "clipnorm" in recipe else 0.0


@dataclass(frozen=True)
class Structure:
    """What the ablation of `RECIPE` has to find; fixes that are not named are neutral."""

    skill: Callable[[Recipe], float]
    roles: dict[str, Role]
    minimal: tuple[frozenset[str], ...]
    either: frozenset[str] = frozenset()


STRUCTURES = {
    "one needed": Structure(one_needed, {"scaling": Role.NEEDED}, (frozenset({"scaling"}),)),
    "two needed together": Structure(
        two_needed,
        {"scaling": Role.NEEDED, "clipnorm": Role.NEEDED},
        (frozenset({"scaling", "clipnorm"}),),
    ),
    "two substitutes": Structure(
        substitutes,
        {},
        (frozenset({"scaling"}), frozenset({"batch_normalization"})),
        frozenset({"scaling", "batch_normalization"}),
    ),
    "one harmful": Structure(
        one_harmful, {"scaling": Role.NEEDED, "clipnorm": Role.HARMFUL}, (frozenset({"scaling"}),)
    ),
    "one helpful": Structure(
        one_helpful,
        {"scaling": Role.NEEDED, "kernel_initializer": Role.HELPFUL},
        (frozenset({"scaling", "kernel_initializer"}),),
    ),
    "two substitutes beside a needed one": Structure(
        substitutes_beside_a_needed_one,
        {"clipnorm": Role.NEEDED},
        (frozenset({"clipnorm", "scaling"}), frozenset({"clipnorm", "batch_normalization"})),
        frozenset({"scaling", "batch_normalization"}),
    ),
}


def noisy(true: float, recipe: Recipe, seed: int, study: int, noise: float = NOISE) -> float:
    """A seed is good or bad for every recipe alike, and besides for each in its own way."""
    own = zlib.crc32(recipe_key(recipe).encode())
    shared = np.random.default_rng([study, seed]).normal(scale=noise)
    return float(true + shared + np.random.default_rng([study, seed, own]).normal(scale=noise))


def record_of(recipe: Recipe, seed: int, skill: float, status: Status | None = None) -> TrialRecord:
    if status is None:
        status = Status.LEARNING if skill >= BAR else Status.FLAT
    now = datetime(2026, 1, 1)
    return TrialRecord(0, recipe, seed, status, skill, skill, 20, 1.0, 100, now, now)


@dataclass
class Bench:
    """Measures variants by a formula, and counts."""

    skill: Callable[[Recipe, int], float]
    seeds: int = 5
    limit: int = 10_000
    trained: dict[tuple[str, int], TrialRecord] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    """Recipes that have scaling and lack one of these fixes cannot be trained."""

    def measure(self, recipes: Sequence[Recipe], seeds: int) -> list[Variant]:
        standard = Standard(seeds, BAR)
        variants = []
        for recipe in recipes:
            records: list[TrialRecord] = []
            for seed in fresh_seeds(0, seeds):
                if standard.is_enough(records):
                    break
                place = recipe_key(recipe), seed
                if place not in self.trained:
                    if len(self.trained) >= self.limit:
                        break
                    skill = self.skill(recipe, seed)
                    status = None if math.isfinite(skill) else Status.DIVERGED
                    if "scaling" in recipe and not self.failing <= recipe.keys():
                        status, skill = Status.FAILED, math.nan
                    self.trained[place] = record_of(recipe, seed, skill, status)
                records.append(self.trained[place])
            variants.append(Variant(recipe, tuple(records)))
        return variants
