"""The search keeps its budget, starts with the textbook, and goes on after a stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from remedy.config import Search as Settings
from remedy.errors import ConfigError, StudyError, TrainingError, UserCodeError
from remedy.fixes import drop_idle_fixes, get_fix
from remedy.plan import Plan, Recipe, recipe_key
from remedy.search import (
    Context,
    Replicates,
    Search,
    SearchSpace,
    SearchTerms,
    Studies,
    TimeBudget,
    TrialRecord,
    check_sampler,
    make_sampler,
    opening_recipes,
)
from remedy.search.parameters import suggest_recipe
from remedy.search.protected_epochs import GRACE_EPOCHS
from remedy.search.records import place_order
from remedy.storage import open_journal
from remedy.training import EpochRecord, Status
from tests.search.conftest import StandIn, Watch

Make = Callable[..., SearchSpace]


def skill_of(plan: Plan, seed: int) -> float:
    """Scaling is what it takes; a high rate without clipping diverges."""
    rate = plan.optimizer.config["learning_rate"]
    if rate > 0.01 and "clipnorm" not in plan.optimizer.config:
        return -50.0
    scaled = plan.preprocessing.scaling is not None
    return (0.8 if scaled else -0.5) - 0.02 * abs(math.log10(rate) + 3) - 0.001 * (seed % 7)


def _slow_skill(*_: object) -> float:
    time.sleep(0.05)
    return 0.5


class Bench:
    """A search on a journal file with a trainer that computes its results."""

    def __init__(self, path: Path, space: SearchSpace, baseline: Plan, **settings: Any) -> None:
        self.trainer = StandIn(skill_of)
        self.watch = Watch()
        self.curves: dict[int, int] = {}
        context = Context(
            baseline=baseline,
            min_skill=0.1,
            trainer=self.trainer,
            progress=self.watch,
            save_curve=lambda trial, curve: self.curves.update({trial.number: len(curve)}),
        )
        self.context = context
        self.studies = Studies(open_journal(path))
        self.study = self.studies.open("search")
        self.search = Search(self.study, space, Settings(**settings), context)

    def recipes(self) -> list[str]:
        return [recipe_key(record.recipe) for record in self.search.records()]


@pytest.fixture
def space(make_space: Make) -> SearchSpace:
    return make_space(
        scaling=True,
        target_scaling=True,
        clipnorm=True,
        learning_rate=True,
        reduce_lr_on_plateau=True,
        depth=True,
    )


def test_the_budget_is_the_total_however_often_the_search_is_resumed(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    for trials in (5, 5, 12):
        bench = Bench(tmp_path / "journal", space, baseline, trials=trials)
        bench.search.run()
        assert len(bench.search.records()) == trials
        assert bench.search.is_over
    assert len(bench.trainer.trained) == 12 - 5


def test_the_textbook_recipes_are_tried_first(tmp_path: Path, space: SearchSpace, baseline: Plan) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=6)
    bench.search.run()
    assert bench.recipes()[:3] == [
        recipe_key(drop_idle_fixes(baseline, recipe)) for recipe in opening_recipes(space, baseline)
    ]


@pytest.mark.parametrize("sampler", ["tpe", "random", "cmaes"])
@pytest.mark.parametrize("stop", [0, 2, 11])
def test_a_search_that_was_killed_and_resumed_is_like_one_that_was_not(
    tmp_path: Path, space: SearchSpace, baseline: Plan, sampler: str, stop: int
) -> None:
    undisturbed = Bench(tmp_path / "one", space, baseline, trials=18, sampler=sampler)
    undisturbed.search.run()

    killed = Bench(tmp_path / "two", space, baseline, trials=18, sampler=sampler)
    killed.trainer.kill_in = stop
    with pytest.raises(KeyboardInterrupt):
        killed.search.run()
    assert len(killed.search.records()) == stop
    resumed = Bench(tmp_path / "two", space, baseline, trials=18, sampler=sampler)
    resumed.search.run()

    def facts(bench: Bench) -> list[tuple[int, str, int, float]]:
        return [(r.number, recipe_key(r.recipe), r.seed, r.skill) for r in bench.search.records()]

    assert facts(resumed) == facts(undisturbed)
    assert len(resumed.study.trials) == len(undisturbed.study.trials)


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_a_kill_while_a_recipe_is_chosen_neither_loses_nor_doubles_a_trial(
    tmp_path: Path, make_space: Make, baseline: Plan, sampler: str
) -> None:
    space = make_space(scaling=["minmax", "standard"], depth=[1], clipnorm=[1.0, 5.0])
    first = Bench(tmp_path / "journal", space, baseline, trials=16, sampler=sampler)
    first.search.run(stop_when=lambda record: record.number == 4)
    first.study.sampler = make_sampler("random", 0)
    half_chosen = first.study.ask()
    half_chosen.suggest_categorical("scaling", ["off", "minmax", "standard"])
    for _ in range(2):
        resumed = Bench(tmp_path / "journal", space, baseline, trials=16, sampler=sampler)
        resumed.search.run()
        assert [record.number for record in resumed.search.records()] == list(range(16))


def test_a_result_that_was_written_before_the_kill_is_not_trained_again(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=4)
    bench.search.run()
    trial = bench.study.ask()
    for name, value in bench.study.trials[0].user_attrs.items():
        trial.set_user_attr(name, value)
    resumed = Bench(tmp_path / "journal", space, baseline, trials=5)
    resumed.search.run()
    assert [record.number for record in resumed.search.records()] == [0, 1, 2, 3, trial.number]
    assert resumed.trainer.trained == []


def test_a_kill_while_a_result_is_written_goes_unnoticed(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=4)
    bench.search.run()
    bench.study.ask().set_constraint("diverged", 0.0)
    resumed = Bench(tmp_path / "journal", space, baseline, trials=5)
    resumed.search.run()
    assert [record.number for record in resumed.search.records()] == list(range(5))


def test_the_same_recipe_is_never_trained_twice_with_the_same_seed(
    tmp_path: Path, make_space: Make, baseline: Plan
) -> None:
    bench = Bench(
        tmp_path / "journal", make_space(scaling=["minmax", "standard"], clipnorm=1.0), baseline, trials=6
    )
    bench.search.run()
    assert len({(recipe_key(r.recipe), r.seed) for r in bench.search.records()}) == 6


def test_a_training_that_was_interrupted_keeps_its_seed(
    tmp_path: Path, make_space: Make, baseline: Plan
) -> None:
    space = make_space(scaling=["minmax", "standard"], depth=[1], clipnorm=[1.0])
    first = Bench(tmp_path / "journal", space, baseline, trials=11, sampler="random")
    first.search.run(stop_when=lambda record: record.number == 5)
    begun = first.study.ask()  # beside another worker, which has finished a later training of this recipe
    recipe = drop_idle_fixes(baseline, suggest_recipe(begun, space))
    place_order(begun, recipe, 12345)
    second = Bench(tmp_path / "journal", space, baseline, trials=11, sampler="random")
    second.search.run()
    [record] = [record for record in second.search.records() if record.number == begun.number]
    assert (record.recipe, record.seed) == (recipe, 12345)
    trained = [(recipe_key(record.recipe), record.seed) for record in second.search.records()]
    assert len(set(trained)) == len(trained) == 11


def test_epochs_of_a_trial_that_another_has_finished_end_the_training(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=4)
    trial = bench.study.ask()
    place_order(trial, {}, 0)
    terms = SearchTerms(bench.study, space, Settings(trials=4), baseline, 0.1)(trial, {}, 0)
    assert terms.go_on(EpochRecord(1, 0.9, 0.9, 0.1, 0.1, 1e-3, 1.0))
    Studies(open_journal(tmp_path / "journal")).open("search").tell(trial.number, 0.5)
    assert not terms.go_on(EpochRecord(2, 0.8, 0.8, 0.2, 0.2, 1e-3, 1.0))


def test_diverged_trials_reach_the_sampler_as_finite_and_infeasible(
    tmp_path: Path, make_space: Make, baseline: Plan
) -> None:
    space = make_space(learning_rate={"low": 0.05, "high": 0.1}, scaling=["minmax"])
    bench = Bench(tmp_path / "journal", space, baseline, trials=8, sampler="random", pruner="none")
    bench.search.run()
    diverged = {r.number for r in bench.search.records() if r.status is Status.DIVERGED}
    assert diverged
    for trial in bench.study.trials:
        assert trial.state is TrialState.COMPLETE
        assert math.isfinite(trial.value)
        assert (trial.value == pytest.approx(-50 / 51)) == (trial.number in diverged)
        assert trial.system_attrs["constraints:diverged"] == float(trial.number in diverged)


def test_no_trial_is_cut_before_its_plateau_schedule_could_act(
    tmp_path: Path, make_space: Make, baseline: Plan
) -> None:
    space = make_space(
        scaling=True,
        learning_rate=True,
        reduce_lr_on_plateau={"factor": 0.5, "patience": [2, 6], "min_lr": 1e-6},
    )
    bench = Bench(tmp_path / "journal", space, baseline, trials=40, sampler="random")
    bench.search.run()
    pruned = [r for r in bench.search.records() if r.status is Status.PRUNED]
    assert pruned
    for record in pruned:
        schedule = record.recipe.get("reduce_lr_on_plateau")
        assert record.epochs >= (schedule["patience"] + 1 if schedule else 1) + GRACE_EPOCHS
    assert {record.recipe.get("reduce_lr_on_plateau") is None for record in pruned} == {True, False}
    assert bench.curves == {record.number: record.epochs for record in bench.search.records()}


@pytest.mark.parametrize("pruner", ["auto", "none", "median", "hyperband", "successive_halving"])
def test_every_pruner_spares_the_good_recipes(
    tmp_path: Path, space: SearchSpace, baseline: Plan, pruner: str
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=25, pruner=pruner, sampler="random")
    bench.search.run()
    states = [trial.state for trial in bench.study.trials]
    assert (TrialState.PRUNED in states) == (pruner != "none")
    best = max(bench.search.records(), key=lambda record: record.skill)
    assert best.status is Status.LEARNING
    assert best.skill > 0.7


@pytest.mark.parametrize("sampler", ["tpe", "random", "cmaes"])
def test_every_sampler_finds_the_cure_in_a_default_space(
    tmp_path: Path, space: SearchSpace, baseline: Plan, sampler: str
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=25, sampler=sampler, pruner="none")
    bench.search.run()
    assert max(record.skill for record in bench.search.records()) > 0.75


def test_a_grid_holds_every_recipe_once_and_then_ends(
    tmp_path: Path, make_space: Make, baseline: Plan
) -> None:
    space = make_space(scaling=["minmax", "standard"], depth=[1], clipnorm=[1.0, 5.0])
    for trials in (7, 100):
        bench = Bench(tmp_path / "journal", space, baseline, trials=trials, sampler="grid", pruner="none")
        bench.search.run()
    assert bench.search.budget == space.size == 18
    assert len(set(bench.recipes())) == len(bench.recipes()) == 18


def test_a_grid_over_a_continuous_range_is_refused(make_space: Make) -> None:
    with pytest.raises(
        ConfigError, match=r"grid needs finite spaces, but fixes\.clipnorm is a continuous range"
    ):
        check_sampler("grid", make_space(scaling=True, clipnorm=True))


def test_tpe_learns_which_branch_is_worth_it(tmp_path: Path, space: SearchSpace, baseline: Plan) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=60, pruner="none")
    bench.search.run()
    scaled = ["scaling" in record.recipe for record in bench.search.records()]
    assert sum(scaled[30:]) / 30 > 0.85


def test_no_trial_starts_after_the_deadline(tmp_path: Path, space: SearchSpace, baseline: Plan) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=50)
    bench.search.run(out_of_time=TimeBudget(0).is_over)
    assert bench.trainer.trained == []
    bench.trainer.skill = _slow_skill
    budget = TimeBudget(0.12)
    bench.search.run(out_of_time=budget.is_over)
    assert 1 <= len(bench.trainer.trained) <= 4


def test_baseline_and_confirmation_stay_out_of_the_search_and_are_trained_once(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=3)
    bench.search.run()
    study = bench.studies.open("confirmation")
    recipes: list[Recipe] = [{"scaling": "minmax"}, {"clipnorm": 1.0}]

    def paths(recipe: object, seed: int) -> Path:
        return tmp_path / f"{seed}.keras"

    before = len(bench.trainer.trained)
    replicates = Replicates(study, bench.context, paths)
    groups = replicates.train(recipes, [5, 6, 7])
    assert [[record.seed for record in group] for group in groups] == [[5, 6, 7], [5, 6, 7]]
    assert [group[0].recipe for group in groups] == recipes
    assert len(bench.trainer.trained) - before == 6
    again = replicates.train(recipes, [5, 6, 7, 8])
    assert len(bench.trainer.trained) - before == 8
    assert [group[:3] for group in again] == groups
    assert len(bench.search.records()) == 3


def test_a_journal_whose_last_line_is_torn_opens_and_loses_nothing_else(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    path = tmp_path / "journal"
    bench = Bench(path, space, baseline, trials=3)
    bench.search.run()
    whole = path.read_bytes()
    (tmp_path / "journal.lock").symlink_to("journal")
    path.write_bytes(whole + b'{"op_code": 4, "worker')
    told: list[str] = []
    for _ in range(2):
        open_journal(path, told.append)
    assert told == [
        f"{path}: the last line was cut short when a run was killed; it is dropped, the rest is whole"
    ]
    resumed = Bench(path, space, baseline, trials=4)
    resumed.search.run()
    assert [record.number for record in resumed.search.records()] == [0, 1, 2, 3]
    assert path.read_bytes().startswith(whole)


def test_a_journal_that_ends_anywhere_in_its_last_two_records_goes_on_to_the_exact_count(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    Bench(tmp_path / "whole", space, baseline, trials=3).search.run()
    whole = (tmp_path / "whole").read_bytes()
    first_cut = len(whole) - sum(map(len, whole.splitlines(keepends=True)[-2:]))
    assert len(whole) - first_cut > 300
    for cut in range(first_cut, len(whole)):
        path = tmp_path / f"cut-{cut}"
        path.write_bytes(whole[:cut])
        resumed = Bench(path, space, baseline, trials=3)
        resumed.search.run()
        assert [record.number for record in resumed.search.records()] == [0, 1, 2]
        path.unlink()


def test_optuna_itself_can_open_the_journal(tmp_path: Path, space: SearchSpace, baseline: Plan) -> None:
    path = tmp_path / "journal"
    Bench(path, space, baseline, trials=2).search.run()
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    study = optuna.load_study(study_name="search", storage=optuna.storages.JournalStorage(backend))
    assert len(study.trials_dataframe()) == 3  # the two, and the textbook recipe that still waits


def test_the_gp_sampler_finds_the_cure_too(tmp_path: Path, space: SearchSpace, baseline: Plan) -> None:
    pytest.importorskip("torch", reason="remedy[gp] is not installed")
    bench = Bench(tmp_path / "journal", space, baseline, trials=25, sampler="gp", pruner="none")
    bench.search.run()
    assert max(record.skill for record in bench.search.records()) > 0.75


def test_a_value_that_the_baseline_has_already_is_not_part_of_a_recipe(
    tmp_path: Path, make_space: Make, baseline: Plan
) -> None:
    space = make_space(required=("depth",), depth={"low": 2, "high": 2}, scaling=["minmax"])
    bench = Bench(tmp_path / "journal", space, baseline, trials=2, sampler="random")
    bench.search.run()
    assert {key for record in bench.search.records() for key in record.recipe} <= {"scaling"}


def test_a_budget_that_covers_a_finite_space_tries_every_recipe(
    tmp_path: Path, make_space: Make, baseline: Plan
) -> None:
    space = make_space(scaling=["minmax", "standard"], depth=[1], clipnorm=[1.0, 5.0])
    bench = Bench(tmp_path / "journal", space, baseline, trials=60, pruner="none")
    bench.search.run()
    assert len(set(bench.recipes())) == len(bench.recipes()) == space.size == 18


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_budget_that_was_raised_until_it_covers_a_finite_space_tries_every_recipe(
    tmp_path: Path, make_space: Make, baseline: Plan, sampler: str
) -> None:
    space = make_space(scaling=["minmax", "standard"], depth=[1], clipnorm=[1.0])
    first = Bench(tmp_path / "journal", space, baseline, trials=11, sampler=sampler)
    first.search.run()
    assert len(set(first.recipes())) < 11  # samplers propose some twice
    second = Bench(tmp_path / "journal", space, baseline, trials=60, sampler=sampler)
    second.search.run()
    assert len(set(second.recipes())) == space.size == 12


def test_a_recipe_is_trained_with_no_further_seed_once_it_is_enough(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=3)
    recipes: list[Recipe] = [{"scaling": "minmax"}, {"clipnorm": 1.0}]

    def enough(records: Sequence[TrialRecord]) -> bool:
        return sum(record.status is Status.FLAT for record in records) == 2

    def replicates(name: str, *others: optuna.Study) -> Replicates:
        study = bench.studies.open(name)
        return Replicates(study, bench.context, lambda *_: tmp_path / "model.keras", others=others)

    groups = replicates("confirmation").train(recipes, [5, 6, 7, 8], enough=enough)
    assert [len(group) for group in groups] == [4, 2]
    assert len(bench.trainer.trained) == 6
    ablation = replicates("ablation", bench.studies.open("confirmation"))
    assert ablation.train(recipes, [5, 6, 7, 8], enough=enough) == groups
    assert len(bench.trainer.trained) == 6, "what another study has trained is not trained again"


def test_replicates_stop_when_the_time_is_up_and_go_on_later(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=3)
    study = bench.studies.open("ablation")
    replicates = Replicates(study, bench.context, lambda *_: tmp_path / "model.keras")
    recipes: list[Recipe] = [{"scaling": "minmax"}, {"clipnorm": 1.0}]

    def out_of_time() -> bool:
        return len(bench.trainer.trained) >= 3

    groups = replicates.train(recipes, [5, 6], out_of_time=out_of_time)
    assert [len(group) for group in groups] == [2, 1]
    assert [len(group) for group in replicates.train(recipes, [5, 6])] == [2, 2]
    assert len(bench.trainer.trained) == 4


def test_a_failure_that_is_kept_is_a_result_for_this_run_and_tried_again_by_the_next(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=3)
    study = bench.studies.open("ablation")

    def replicates() -> Replicates:
        return Replicates(study, bench.context, lambda *_: tmp_path / "model.keras", keep_failures=True)

    bench.trainer.fail = "out of memory"
    first = replicates()
    for _ in range(2):
        ((record,),) = first.train([{"scaling": "minmax"}], [5])
        assert record.status is Status.FAILED
    assert len(bench.trainer.trained) == 1
    bench.trainer.fail = None
    ((record,),) = replicates().train([{"scaling": "minmax"}], [5])
    assert record.status is Status.LEARNING


def test_time_is_kept_for_what_follows_the_search_but_never_more_than_half() -> None:
    now = [100.0]
    budget = TimeBudget(60, clock=lambda: now[0])
    now[0] = 100 + 29
    assert not budget.is_over(reserve=1000)
    now[0] = 100 + 31
    assert budget.is_over(reserve=1000)
    assert not budget.is_over(reserve=28)
    assert not TimeBudget(None, clock=lambda: now[0]).is_over(reserve=1000)


def test_a_replicate_that_fails_is_an_error_and_is_tried_again_later(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=3)
    study = bench.studies.open("confirmation")
    recipe: Recipe = {"scaling": "minmax"}

    def confirm() -> list[list[TrialRecord]]:
        return Replicates(study, bench.context, lambda *_: tmp_path / "model.keras").train([recipe], [5])

    bench.trainer.fail = "the worker process ended unexpectedly (signal 9)"
    with pytest.raises(
        TrainingError, match=r'the recipe \{"scaling":"minmax"\} cannot be trained: .*signal 9'
    ):
        confirm()
    bench.trainer.fail = None
    ((record,),) = confirm()
    assert record.status is Status.LEARNING


def test_a_full_disk_is_no_result_and_the_training_is_taken_up_again(
    tmp_path: Path, space: SearchSpace, baseline: Plan
) -> None:
    bench = Bench(tmp_path / "journal", space, baseline, trials=3)
    study = bench.studies.open("ablation")

    def train() -> list[list[TrialRecord]]:
        # Failures of the training itself would be kept.
        return Replicates(
            study, bench.context, lambda *_: tmp_path / "model.keras", keep_failures=True
        ).train([{"scaling": "minmax"}], [5])

    bench.trainer.fail, bench.trainer.fault = "model.keras: cannot be written (No space left)", True
    with pytest.raises(StudyError, match=r"^model\.keras: cannot be written \(No space left\)$") as refusal:
        train()
    assert refusal.value.details == "details"
    bench.trainer.fail = None
    ((record,),) = train()
    assert (record.number, record.status) == (0, Status.LEARNING)
    assert len(study.trials) == 1


def test_a_fix_of_the_users_that_fails_midway_costs_one_trial(
    tmp_path: Path, space: SearchSpace, baseline: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    clipnorm = get_fix("clipnorm")
    real = clipnorm.apply

    def apply(plan: Plan, value: float) -> Plan:
        if 1.5 < value < 8:  # not at the corners, which are tried before
            raise UserCodeError("fixes.py:3: apply() raised ValueError: too small")
        return real(plan, value)

    monkeypatch.setattr(clipnorm, "apply", apply)
    for trials in (20, 25):
        bench = Bench(tmp_path / "journal", space, baseline, trials=trials)
        bench.search.run()
        records = bench.search.records()
        assert len(records) == trials
    failed = [record for record in records if record.status is Status.FAILED]
    assert failed
    assert len(failed) < trials
    assert all("too small" in str(record.error) for record in failed)
