"""The arithmetic of the repair rate on plain data, its rules, and one real case with a tiny budget."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from filelock import FileLock, Timeout

from benchmarks.gallery import gallery
from benchmarks.repair_rate import __main__ as command
from benchmarks.repair_rate import first_fit
from benchmarks.repair_rate.exported import Exported, export, gaps
from benchmarks.repair_rate.exported import markdown as exported_page
from benchmarks.repair_rate.methods import WORKERS, Meter, is_spent
from benchmarks.repair_rate.page import markdown
from benchmarks.repair_rate.processes import Task, run_tasks
from benchmarks.repair_rate.rows import METHODS, SHARES, Row, gap_closed, score
from benchmarks.repair_rate.summary import goals, per_case, summarise
from benchmarks.repair_rate.trials import Trial, best, ended_within, trials_of
from benchmarks.repair_rate.turn import Turn
from benchmarks.table import append_row, read_rows
from remedy.plan import KerasObject, Plan, Recipe
from remedy.preparation import prepare
from remedy.search import TrialRecord, fresh_seeds
from remedy.training import Status


def _row(case: str = "wine", seed: int = 0, **figures: Any) -> Row:
    skills = {f"{method}_{share}": 0.0 for method in METHODS for share in SHARES}
    plain: dict[str, Any] = {
        "case": case, "seed": seed, "budget": 20.0, "held_out": False, "is_curable": True,
        "baseline_seconds": 1.0, "baseline": 0.1, "cure": 0.9, **skills,
        "verdict": "unstuck", "verdict_right": True,
        "first_symptom": "unscaled_features", "cause_right": True,
        "minimal": '{"scaling":"standard"}', "holds_cure": True,
        "remedy_trials": 9, "random_trials": 8, "first_fit_trials": 2,
        "diagnosis_seconds": 2.5, "remedy_seconds": 18.0, "random_seconds": 20.5, "first_fit_seconds": 2.0,
        "proof_seconds": 30.0, "seconds": 90.0,
    }  # fmt: skip
    return Row(**plain | figures)


def _control(case: str = "noise", **figures: Any) -> Row:
    nothing = {f"{method}_{share}": math.nan for method in METHODS for share in SHARES}
    nothing |= {"baseline": math.nan, "cure": math.nan}
    plain: dict[str, Any] = {"is_curable": False, "verdict": "no_signal", "minimal": "", "holds_cure": False}
    return _row(case, **nothing | plain | figures)


def _trial(skill: float, seconds: float = 1.0, status: Status = Status.LEARNING, **recipe: Any) -> Trial:
    return Trial(recipe, 0, status, skill, seconds)


def _plan(optimizer: str = "SGD", **arguments: Any) -> Plan:
    """Of a network with one hidden layer."""
    experiment = next(case for case in gallery("raw_wine")).experiment
    baseline = prepare(experiment).baseline
    return baseline.replace(optimizer=KerasObject(class_name=optimizer, config=arguments))


@pytest.mark.parametrize(("skill", "worth"), [(0.4, 0.4), (-7.0, 0.0), (math.nan, 0.0), (-math.inf, 0.0)])
def test_what_is_worse_than_a_constant_is_worth_as_much_as_one(skill: float, worth: float) -> None:
    assert score(skill) == worth


@pytest.mark.parametrize(
    ("method", "baseline", "cure", "share"),
    [(0.5, 0.0, 1.0, 0.5), (0.9, 0.0, 0.8, 1.0), (0.1, 0.2, 0.8, 0.0), (0.35, 0.2, 0.8, 0.25)],
)
def test_the_share_of_the_gap_lies_between_nothing_and_all(
    method: float, baseline: float, cure: float, share: float
) -> None:
    assert gap_closed(method, baseline, cure) == pytest.approx(share)


def test_without_a_better_cure_there_is_no_gap() -> None:
    assert math.isnan(gap_closed(0.9, 0.5, 0.5))
    assert math.isnan(gap_closed(0.9, 0.6, 0.5))


def test_a_trial_counts_once_it_is_over() -> None:
    trials = [_trial(0.1, 2.0), _trial(0.5, 3.0), _trial(0.9, 5.0)]
    assert ended_within(trials, 1.9) == []
    assert ended_within(trials, 5.0) == trials[:2]
    assert ended_within(trials, 5.0, before=0.5) == trials[:1]
    assert ended_within(trials, math.inf, before=100.0) == trials


def test_of_two_workers_trials_the_one_that_ends_first_comes_first() -> None:
    start = datetime(2026, 1, 1)

    def record(number: int, seconds: float) -> TrialRecord:
        end = start + timedelta(seconds=seconds)
        return TrialRecord(number, {}, number, Status.LEARNING, 0.5, 0.5, 1, seconds, 1, start, end)

    trials = trials_of([record(0, 9.0), record(1, 2.0), record(2, 4.0)])
    assert [trial.seed for trial in trials] == [1, 2, 0]
    assert [trial.seed for trial in ended_within(trials, 6.0)] == [1, 2]


def test_the_best_trial_was_trained_to_its_end_and_beats_the_baseline() -> None:
    pruned = _trial(0.99, status=Status.PRUNED)
    diverged = _trial(math.nan, status=Status.DIVERGED)
    good, fair = _trial(0.6), _trial(0.3)
    assert best([fair, pruned, good, diverged], 0.1) is good
    assert best([fair], 0.3) is None
    assert best([fair], math.nan) is fair
    assert best([pruned, diverged], -1.0) is None
    assert best([], -1.0) is None


def test_a_first_trial_always_begins_and_none_after_the_budget_is_used_up() -> None:
    enough = is_spent(3.0)
    assert not enough([])
    assert not enough([_trial(0.1, 2.9)])
    assert enough([_trial(0.1, 2.9), _trial(0.1, 0.1)])
    assert not is_spent(0.0)([])


def test_the_diagnosis_belongs_to_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Meter(6.5, Turn(tmp_path / "turn"))
    record: Any = _trial(0.0, seconds=2.0)
    clock = iter([10.0, 15.0])
    monkeypatch.setattr("benchmarks.repair_rate.methods.time.monotonic", lambda: next(clock))
    meter.trial_finished("baseline", record)
    meter.diagnosed("The loss is stuck.")
    assert meter.diagnosis_seconds == WORKERS * 5.0
    assert meter.baseline_seconds == 2.0
    search: list[Any] = [_trial(0.0, seconds=math.nan)]
    assert not meter.is_spent([])
    assert not meter.is_spent([*search, _trial(0.0, seconds=2.9)])  # type: ignore[list-item]
    assert meter.is_spent([*search, _trial(0.0, seconds=3.0)])  # type: ignore[list-item]


def test_one_process_at_a_time_has_the_turn_until_its_proof_begins(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    own, other = Turn(path), FileLock(path)
    meter = Meter(6.5, own)
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as child, own.taken():
        before = psutil.Process(child.pid).nice()
        meter.phase("search", 10, [])
        with pytest.raises(Timeout):
            other.acquire(timeout=0.1)
        assert psutil.Process(child.pid).nice() == before
        meter.phase("confirmation", 4, [])
        with other.acquire(timeout=1):
            assert psutil.Process(child.pid).nice() == 19
            group = Path(f"/proc/{child.pid}/autogroup")
            assert not group.exists() or group.read_text().endswith(" nice 19\n")
            meter.phase("ablation", 4, [])
        child.kill()


def test_the_turn_is_over_when_what_is_measured_fails(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    with pytest.raises(ValueError, match="no"), Turn(path).taken():
        raise ValueError("no")
    FileLock(path).acquire(timeout=1).lock.release()


def test_the_rules_see_gradients_and_curves_and_nothing_else() -> None:
    assert first_fit.problems({"unscaled_target", "too_deep"}, {"learning"}) == []
    assert first_fit.problems({"vanishing_gradient"}, {"flat"}) == ["vanishing gradient", "slow convergence"]
    assert first_fit.problems((), {"diverged", "oscillating"}) == ["exploding gradient", "oscillating loss"]


def test_the_rules_leave_data_and_output_and_what_changes_nothing_alone() -> None:
    every = first_fit.problems(
        {"vanishing_gradient", "exploding_gradient", "dead_units"}, {"oscillating", "flat"}
    )
    assert len(every) == 5
    recipes = first_fit.repairs(every, _plan("Adam", learning_rate=0.001))
    fixes = {name for recipe in recipes for name in recipe}
    assert fixes == {
        "activation", "kernel_initializer", "batch_normalization", "clipnorm",
        "optimizer", "learning_rate", "reduce_lr_on_plateau", "batch_size",
    }  # fmt: skip
    assert {"optimizer": "nadam"} in recipes
    assert not any(recipe.get("optimizer") == "adam" for recipe in recipes)


def test_rates_go_down_when_the_loss_swings_and_up_when_it_creeps() -> None:
    plan = _plan("SGD", learning_rate=0.1)
    swinging = first_fit.repairs(["oscillating loss"], plan)
    assert swinging[0] == {"optimizer": "adam", "learning_rate": 0.001}
    assert [recipe["learning_rate"] for recipe in swinging[1:4]] == pytest.approx([0.01, 0.001, 0.0001])
    creeping = first_fit.repairs(["slow convergence"], plan)
    assert [recipe["learning_rate"] for recipe in creeping[3:]] == pytest.approx([1.0, 10.0, 100.0])


def test_the_first_repair_that_leaves_no_symptom_is_taken() -> None:
    results = {
        "a": _trial(0.8, status=Status.FLAT),
        "b": _trial(0.4, status=Status.LEARNING),
        "c": _trial(0.9, status=Status.LEARNING),
    }
    recipes: Sequence[Recipe] = [{"name": name} for name in results]

    def train(recipe: Recipe) -> Trial:
        return results[recipe["name"]]

    trials = first_fit.first_fit(recipes, train, is_spent(10.0))
    assert trials == [results["a"], results["b"]]
    assert first_fit.taken(trials, 0.0) is results["b"]
    assert first_fit.taken(trials[:1], 0.0) is results["a"]
    assert first_fit.taken(trials[:1], 0.8) is None
    assert first_fit.first_fit(recipes, train, is_spent(1.0)) == [results["a"]]


def test_rows_survive_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    rows = [_row(remedy_full=0.8), _row(seed=1, holds_cure=False, minimal="")]
    for row in rows:
        append_row(path, row)
    assert read_rows(Row, path) == rows


def test_a_case_counts_once_however_many_seeds_it_has() -> None:
    rows = [_row("a", seed, remedy_full=0.9) for seed in range(3)]
    rows += [_row("b", remedy_full=0.1, random_full=0.5, verdict_right=False, held_out=True)]
    found = summarise([*rows, _control(), _control("walk", verdict="unstuck", verdict_right=False)])
    assert (found.cases, found.rows, found.controls, found.false_verdicts) == (2, 4, 2, 1)
    assert found.mean_gap["remedy", "full"] == pytest.approx(0.5)
    assert found.median_gap["random", "full"] == pytest.approx(0.25)
    assert found.repaired["remedy", "full"] == pytest.approx(0.5)
    assert found.unstuck == pytest.approx(0.5)
    assert found.without_gap == 0


def test_a_case_whose_cure_is_no_better_is_counted_and_left_out_of_the_gaps() -> None:
    found = summarise([_row("a", remedy_full=0.9), _row("b", cure=0.1)])
    assert found.without_gap == 1
    assert found.mean_gap["remedy", "full"] == pytest.approx(1.0)
    assert per_case([_row("b", cure=0.1)], lambda row: row.gap_closed("remedy", "full")) == {}


def test_wilcoxon_pairs_the_cases() -> None:
    rows = [_row(f"case-{number}", remedy_full=0.8 + number / 100) for number in range(8)]
    found = summarise(rows)
    assert found.p_value["full"] == pytest.approx(2**-8)
    assert found.p_value["quarter"] == 1.0
    assert summarise([]).p_value["full"] == 1.0


def test_goals_are_reached_or_missed() -> None:
    good: dict[str, Any] = {f"remedy_{share}": 0.9 for share in SHARES}
    rows = [_row(f"case-{number}", **good) for number in range(8)]
    assert all(goal.is_reached for goal in goals(summarise([*rows, _control()]), 20))
    few = summarise([_row(cause_right=False, **good), *rows[1:3], _control()])
    missed = [goal.text for goal in goals(few, 8) if not goal.is_reached]
    assert missed == [
        "better than random search at 8x: p below 0.01",
        "cause named first: at least 85%",
    ]
    assert not any(goal.is_reached for goal in goals(summarise([]), 20))


def test_the_page_names_what_fails() -> None:
    rows = [
        _row("a", remedy_full=0.9),
        _row("b", remedy_full=0.34, verdict="still_stuck", verdict_right=False, held_out=True),
        _control("walk", verdict="unstuck", verdict_right=False),
    ]
    page = markdown(rows, 20.0, "python -m benchmarks.repair_rate", "repair_rate.svg")
    assert "Curable cases: 2; controls: 1; seeds: 1." in page
    assert "| false verdicts on controls: none | 1 of 1 | MISSED |" in page
    assert "| remedy: gap closed at 20x, mean (median) | 0.65 (0.65) | 0.30 (0.30) | 1.00 (1.00) |" in page
    failures = page.partition("## Cases that fail")[2]
    assert "- b, seed 0: verdict still_stuck; gap closed 0.30" in failures
    assert "- walk, seed 0: verdict unstuck" in failures
    assert "- a," not in failures


def test_what_is_exported_closes_its_own_share_of_the_gap() -> None:
    cured, other, stuck = _row(), _row("iris", random_full=0.5), _row("digits", minimal="", random_full=0.3)
    exported = {
        (row.case, 0, 20.0, row.minimal): Exported(row.case, 0, 20.0, row.minimal, 10_001, 0.8, test)
        for row, test in ((cured, 0.9), (other, 0.5))
    }
    rows = [cured, other, stuck]
    assert gaps(rows, exported) == pytest.approx({"digits": 0.0, "iris": 0.5, "wine": 1.0})
    page = exported_page(rows, exported)
    assert "| gap closed, mean | 0.500 | 0.250 |" in page
    assert "| gap closed, least | 0.000 | 0.000 |" in page
    assert '- iris, seed 0: gap closed 0.50 by `{"scaling":"standard"}`' in page
    assert "- digits, seed 0: gap closed 0.00 by `no recipe`" in page
    assert "wine, seed" not in page


@pytest.mark.timeout(280)
def test_the_smallest_recipe_of_a_case_is_trained_as_it_is_exported() -> None:
    [case] = gallery("raw_wine")
    row = _row("raw_wine", minimal='{"scaling":"standard"}', baseline=0.0, cure=0.9)
    one = export(row)
    assert case.is_treated_by({"scaling": "standard"})
    assert one.chosen_seed in fresh_seeds(0, 3)
    assert one.skill > 0.5
    assert one.test > 0.5


def test_the_picture_is_the_same_for_the_same_rows(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from benchmarks.repair_rate.picture import draw

    rows = [_row("a", remedy_full=0.9), _row("b", random_half=0.5), _control()]
    for name in ("one.svg", "two.svg"):
        draw(rows, 20.0, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert b"<dc:date>" not in (tmp_path / "one.svg").read_bytes()


def test_an_unknown_case_is_named_with_those_that_exist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--only", "nothing", "--out", str(tmp_path / "rows.csv")]) == 2
    assert "raw_wine" in capsys.readouterr().out


class _Pretended:
    """Processes that end at once, until they are interrupted."""

    def __init__(self, results: dict[str, Row | str | BaseException]) -> None:
        self.asked: list[str] = []
        self._results = results

    def __call__(self, tasks: Sequence[Task], count: int) -> Generator[tuple[Task, Row | str]]:
        for task in tasks:
            self.asked.append(task.case)
            result = self._results[task.case]
            if isinstance(result, BaseException):
                raise result
            yield task, result


def test_the_same_command_goes_on_after_an_interruption(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good: dict[str, Any] = {f"{method}_{share}": 0.9 for method in METHODS for share in SHARES}
    pretended = _Pretended(
        {
            "raw_and_slow": _row("raw_and_slow", **good),
            "raw_softmax": KeyboardInterrupt(),
            "raw_wine": "wine.csv: does not exist",
        }
    )
    monkeypatch.setattr(command, "run_tasks", pretended)
    out = tmp_path / "rows.csv"
    arguments = ["--only", "raw_*", "--seeds", "1", "--out", str(out)]
    assert command.main(arguments) == 130
    assert [row.case for row in read_rows(Row, out)] == ["raw_and_slow"]
    assert "Written by `python -m benchmarks.repair_rate --only 'raw_*'" in out.with_suffix(".md").read_text()

    pretended._results["raw_softmax"] = _row("raw_softmax", **good)
    pretended.asked.clear()
    assert command.main(arguments) == 1
    assert pretended.asked == ["raw_softmax", "raw_wine"]
    assert [row.case for row in read_rows(Row, out)] == ["raw_and_slow", "raw_softmax"]
    printed = capsys.readouterr().out
    assert "1 of 3 were done before" in printed
    assert "3/3 FAILED raw_wine seed 0: wine.csv: does not exist" in printed


def test_a_process_that_cannot_run_its_case_says_why() -> None:
    [(task, reason)] = run_tasks([Task("nothing", 0, 3.0)], 2)
    assert task.case == "nothing"
    assert isinstance(reason, str)
    assert "ValueError" in reason


@pytest.mark.slow
def test_a_case_is_run_by_all_methods_in_a_process_of_its_own() -> None:
    [(_, row)] = run_tasks([Task("raw_wine", 1, 2.0)], 1)
    assert isinstance(row, Row), row
    assert (row.case, row.seed, row.budget, row.is_curable) == ("raw_wine", 1, 2.0, True)
    assert (row.verdict, row.first_symptom) == ("unstuck", "unscaled_features")
    assert row.verdict_right
    assert row.cause_right
    assert row.holds_cure
    assert "scaling" in json.loads(row.minimal)
    assert row.cure > 0.8 > row.baseline
    assert row.gap_closed("remedy", "full") > 0.9
    assert row.remedy_trials >= 1
    assert row.random_seconds >= 1.99 * row.baseline_seconds
    assert row.first_fit_trials >= 1
    assert row.proof_seconds > 0
