"""Roles, substitutes and the smallest recipe on trainings whose structure is known."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.ablation import Ablation, Role, Standard, ablate, expected_trainings, most_trainings
from remedy.plan import Recipe, recipe_key
from remedy.search import fresh_seeds
from remedy.training import Status
from tests.ablation.synthetic import BAR, RECIPE, STRUCTURES, Bench, Structure, noisy, record_of

STUDIES = 20
STANDARD = Standard(seeds=5, bar=BAR)


def ablation_of(structure: Structure, study: int) -> Ablation:
    bench = Bench(lambda recipe, seed: noisy(structure.skill(recipe), recipe, seed, study))
    return ablate(RECIPE, bench.measure, STANDARD)


def is_right(ablation: Ablation, structure: Structure) -> bool:
    roles = {proof.fix: proof.role for proof in ablation.fixes}
    either = {proof.fix for proof in ablation.fixes if proof.substitutes}
    assert ablation.minimal is not None
    return (
        roles == {fix: structure.roles.get(fix, Role.NEUTRAL) for fix in RECIPE}
        and frozenset(ablation.minimal.recipe) in structure.minimal
        and either == structure.either
    )


@pytest.mark.parametrize("name", list(STRUCTURES))
def test_roles_substitutes_and_minimal_recipe_come_out_right_in_19_of_20_studies(name: str) -> None:
    structure = STRUCTURES[name]
    right = sum(is_right(ablation_of(structure, study), structure) for study in range(STUDIES))
    assert right >= 19


@pytest.mark.parametrize("name", list(STRUCTURES))
def test_the_minimal_recipe_holds_nothing_that_makes_no_difference(name: str) -> None:
    for study in range(STUDIES):
        for proof in ablation_of(STRUCTURES[name], study).fixes:
            if proof.in_minimal:
                assert Role.NEUTRAL not in {proof.role, proof.role_in_minimal} or proof.substitutes
                assert proof.role_in_minimal in {Role.NEEDED, Role.HELPFUL}


def test_figures_are_means_of_the_trainings_and_their_paired_differences() -> None:
    bench = Bench(lambda recipe, seed: (0.8 if "scaling" in recipe else 0.0) + 0.01 * (seed % 5))
    ablation = ablate({"scaling": "minmax", "clipnorm": 1.0}, bench.measure, STANDARD)
    scaling, clipnorm = ablation.fixes
    assert (scaling.alone, scaling.without) == pytest.approx((0.82, 0.01))  # three seeds show it is stuck
    assert (scaling.drop, scaling.drop_low, scaling.drop_high) == pytest.approx((0.8, 0.8, 0.8))
    assert (clipnorm.alone, clipnorm.without, clipnorm.drop) == pytest.approx((0.01, 0.82, 0.0))
    assert (scaling.role, scaling.role_in_minimal, scaling.in_minimal) == (Role.NEEDED, Role.NEEDED, True)
    assert (clipnorm.role, clipnorm.role_in_minimal, clipnorm.in_minimal) == (Role.NEUTRAL, None, False)
    assert (scaling.without_status, clipnorm.without_status) == (Status.FLAT, Status.LEARNING)


def test_two_that_each_add_a_little_to_the_other_are_helpful_and_either_is_enough() -> None:
    def skill(recipe: Recipe, seed: int) -> float:
        return 0.8 * bool(recipe) + 0.01 * len(recipe) + 0.001 * (seed % 5)

    ablation = ablate({"scaling": "minmax", "learning_rate": 0.01}, Bench(skill).measure, STANDARD)
    assert [proof.role for proof in ablation.fixes] == [Role.HELPFUL, Role.HELPFUL]
    assert [proof.substitutes for proof in ablation.fixes] == [("learning_rate",), ("scaling",)]
    assert ablation.minimal is not None
    assert len(ablation.minimal.recipe) == 1


def test_a_fix_without_which_a_single_seed_diverges_is_helpful() -> None:
    def skill(recipe: Recipe, seed: int) -> float:
        return (
            math.nan if "clipnorm" not in recipe and seed == 10_003 else 0.5 if "scaling" in recipe else 0.0
        )

    ablation = ablate({"scaling": "minmax", "clipnorm": 1.0}, Bench(skill).measure, STANDARD)
    clipnorm = ablation.fixes[1]
    assert (clipnorm.role, clipnorm.drop) == (Role.HELPFUL, math.inf)
    assert ablation.minimal is not None
    assert set(ablation.minimal.recipe) == {"scaling", "clipnorm"}


def test_a_variant_that_cannot_be_trained_proves_nothing_and_is_not_used() -> None:
    structure = STRUCTURES["one needed"]
    bench = Bench(lambda recipe, _: structure.skill(recipe))
    bench.failing = {"target_scaling"}
    ablation = ablate(RECIPE, bench.measure, STANDARD)
    roles = {proof.fix: proof.role for proof in ablation.fixes}
    assert roles["target_scaling"] is None
    assert (roles["scaling"], roles["clipnorm"]) == (Role.NEEDED, Role.NEUTRAL)
    assert ablation.finished
    assert ablation.minimal is not None
    assert set(ablation.minimal.recipe) == {"scaling", "target_scaling"}


def test_a_divergence_of_the_winner_itself_does_not_make_a_fix_harmful() -> None:
    def skill(recipe: Recipe, seed: int) -> float:
        lucky = "scaling" in recipe and (seed != 10_007 or "clipnorm" not in recipe)
        return 0.8 if lucky else math.nan if "scaling" in recipe else 0.0

    ablation = ablate({"scaling": "minmax", "clipnorm": 1.0}, Bench(skill).measure, STANDARD)
    assert ablation.fixes[1].role is Role.NEUTRAL


def test_below_the_bar_of_a_plateaued_baseline_everything_is_stuck() -> None:
    overfit, learning = (record_of({}, 0, 0.5, status) for status in (Status.OVERFIT, Status.LEARNING))
    assert not any(map(Standard(5, 0.1).is_stuck, (overfit, learning)))
    assert all(map(Standard(5, 0.6, plateaued=True).is_stuck, (overfit, learning)))
    assert Standard(5, 0.1).is_stuck(record_of({}, 0, 0.0, Status.SLOW))


def test_a_fix_that_is_needed_only_because_of_another_goes_with_it() -> None:
    """A rate that is too high needs clipping; without it neither is needed."""

    def skill(recipe: Recipe, seed: int) -> float:
        del seed
        good = 0.8 if "scaling" in recipe and "kernel_initializer" in recipe else 0.0
        return math.nan if "learning_rate" in recipe and "clipnorm" not in recipe else good

    winner: Recipe = {
        "scaling": "minmax",
        "kernel_initializer": "orthogonal",
        "learning_rate": 0.1,
        "clipnorm": 1.0,
    }
    ablation = ablate(winner, Bench(skill).measure, STANDARD)
    clipnorm = ablation.fixes[-1]
    assert (clipnorm.role, clipnorm.without_status) == (Role.NEEDED, Status.DIVERGED)
    assert ablation.minimal is not None
    assert set(ablation.minimal.recipe) == {"scaling", "kernel_initializer"}


def test_a_fix_without_which_some_seeds_fail_stays_in_the_minimal_recipe() -> None:
    """A t interval over seeds of which a quarter fails is too wide to say anything."""

    def skill(recipe: Recipe, seed: int, study: int) -> float:
        if "scaling" not in recipe or "clipnorm" not in recipe:
            return 0.0
        fails = np.random.default_rng([study, seed]).random() < 0.25
        return noisy(
            0.0 if fails and "learning_rate" not in recipe else 0.95, recipe, seed, study, noise=0.01
        )

    winner: Recipe = {"scaling": "minmax", "clipnorm": 1.0, "learning_rate": 0.01, "depth": 1}
    for study in range(STUDIES):
        bench = Bench(functools.partial(skill, study=study))
        ablation = ablate(winner, bench.measure, STANDARD)
        fewer = {fix: value for fix, value in winner.items() if fix != "learning_rate"}
        failing = [seed for seed in fresh_seeds(0, 5) if skill(fewer, seed, study) < BAR]
        assert ablation.minimal is not None
        assert ("learning_rate" in ablation.minimal.recipe) == bool(failing)


def test_a_required_fix_is_judged_but_never_left_out_of_the_minimal_recipe() -> None:
    structure = STRUCTURES["two needed together"]
    bench = Bench(lambda recipe, _: structure.skill(recipe))
    ablation = ablate(RECIPE, bench.measure, STANDARD, required=["kernel_initializer"])
    assert ablation.minimal is not None
    assert set(ablation.minimal.recipe) == {"scaling", "clipnorm", "kernel_initializer"}
    assert {proof.fix: proof.role for proof in ablation.fixes}["kernel_initializer"] is Role.NEUTRAL


def test_where_five_seeds_cannot_tell_more_are_trained() -> None:
    def skill(recipe: Recipe, seed: int) -> float:
        base = 0.8 if {"scaling", "clipnorm"} <= recipe.keys() else 0.0
        return noisy(base - (0 if "depth" in recipe else 0.06), recipe, seed, study=1, noise=0.025)

    bench = Bench(skill)
    winner: Recipe = {"scaling": "minmax", "clipnorm": 1.0, "depth": 1, "batch_normalization": True}
    ablation = ablate(winner, bench.measure, STANDARD)
    depth = next(proof for proof in ablation.fixes if proof.fix == "depth")
    seeds = {seed for key, seed in bench.trained if '"depth"' in key}
    assert depth.role is Role.NEUTRAL
    assert len(seeds) == 10
    assert depth.in_minimal


@given(st.integers(1, 5000), st.dictionaries(st.sampled_from(list(RECIPE)), st.floats(-0.3, 0.6)))
def test_whatever_the_structure_the_minimal_recipe_is_part_of_the_winner_and_as_good(
    study: int, worth: dict[str, float]
) -> None:
    def skill(recipe: Recipe, seed: int) -> float:
        true = sum(worth.get(fix, 0.0) for fix in recipe)
        return noisy(true, recipe, seed, study, noise=0.02)

    bench = Bench(skill)
    (winner,) = bench.measure([RECIPE], 5)
    if not winner.summary().holds(BAR):
        return
    ablation = ablate(RECIPE, bench.measure, STANDARD)
    assert ablation.finished
    assert ablation.minimal is not None
    assert ablation.minimal.recipe
    assert ablation.minimal.recipe.items() <= RECIPE.items()
    assert ablation.minimal.summary().holds(BAR)
    assert {proof.fix for proof in ablation.fixes if proof.in_minimal} == set(ablation.minimal.recipe)


@pytest.mark.parametrize("limit", [0, 1, 5, 20, 33, 47])
def test_an_ablation_that_runs_out_of_time_says_what_it_knows_and_goes_on_later(limit: int) -> None:
    structure = STRUCTURES["two substitutes beside a needed one"]

    def skill(recipe: Recipe, seed: int) -> float:
        return noisy(structure.skill(recipe), recipe, seed, 3)

    whole = Bench(skill)
    complete = ablate(RECIPE, whole.measure, STANDARD)
    bench = Bench(skill, limit=limit)
    partial = ablate(RECIPE, bench.measure, STANDARD)
    assert not partial.finished
    assert len(bench.trained) == limit
    for proof, final in zip(partial.fixes, complete.fixes, strict=True):
        assert proof.role in {None, final.role}
    bench.limit = 10_000
    assert ablate(RECIPE, bench.measure, STANDARD) == complete
    assert bench.trained == whole.trained


def test_nothing_is_trained_twice_and_hopeless_variants_are_given_up_early() -> None:
    bench = Bench(lambda recipe, _: STRUCTURES["one needed"].skill(recipe))
    ablate(RECIPE, bench.measure, STANDARD)
    of = {key: sum(other == key for other, _ in bench.trained) for key, _ in bench.trained}
    assert of[recipe_key(RECIPE)] == 5
    assert of[recipe_key({"clipnorm": 1.0})] == 3
    assert len(bench.trained) <= expected_trainings(len(RECIPE), 5) + 5  # and the winner's own


@pytest.mark.parametrize("name", list(STRUCTURES))
@pytest.mark.parametrize("seeds", [3, 5])
def test_an_ablation_takes_no_more_trainings_than_foretold(name: str, seeds: int) -> None:
    def trainings(study: int) -> int:
        bench = Bench(lambda recipe, seed: noisy(STRUCTURES[name].skill(recipe), recipe, seed, study))
        ablate(RECIPE, bench.measure, Standard(seeds=seeds, bar=BAR))
        return len(bench.trained)

    assert max(map(trainings, range(STUDIES))) <= most_trainings(len(RECIPE), seeds)


@given(st.integers(0, 20), st.integers(2, 10))
def test_at_most_as_many_trainings_are_no_fewer_than_expected(fixes: int, seeds: int) -> None:
    assert expected_trainings(fixes, seeds) <= most_trainings(fixes, seeds)
    assert most_trainings(fixes, seeds) <= most_trainings(fixes + 1, seeds)


def test_no_role_is_given_to_what_does_nothing() -> None:
    """Where every recipe has the same skill, all fixes are neutral."""

    def all_neutral(study: int) -> bool:
        bench = Bench(lambda recipe, seed: noisy(0.5, recipe, seed, study))
        return {proof.role for proof in ablate(RECIPE, bench.measure, STANDARD).fixes} == {Role.NEUTRAL}

    assert sum(map(all_neutral, range(STUDIES))) >= 19
