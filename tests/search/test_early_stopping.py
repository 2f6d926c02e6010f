"""What is stopped early is stuck or behind, and only where others have shown that the loss can fall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.plan import KerasObject, Plan
from remedy.search import EarlyStopping, PrunerName, SearchSpace, objective, protected_epochs, report
from remedy.search.early_stopping import FIRST_RUNG, REDUCTION_FACTOR, STARTUP_TRIALS, is_flat
from remedy.training import EpochRecord

EPOCHS, PROTECTED, SPARED = 20, 5, 3


def curve(*skills: float) -> list[EpochRecord]:
    return [EpochRecord(n, 1 - s, 1 - s, s, s, 1e-3, 1.0) for n, s in enumerate(skills, start=1)]


def rising(end: float) -> list[EpochRecord]:
    return curve(*(end * epoch / EPOCHS for epoch in range(1, EPOCHS + 1)))


FLAT = curve(*[0.0] * EPOCHS)


class Bench:
    """A study whose trials have given curves."""

    def __init__(self, name: PrunerName = "auto") -> None:
        self.study = optuna.create_study(direction="maximize")
        self.stopping = EarlyStopping(
            self.study, name, protected_epochs=PROTECTED, epochs=EPOCHS, min_skill=0.1
        )

    def epochs_of(self, records: Sequence[EpochRecord]) -> int:
        """How long a trial with this curve is trained."""
        trial = self.study.ask()
        for epoch in range(1, len(records)):
            report(trial, records[epoch - 1])
            if not self.stopping.goes_on(trial, records[:epoch], epochs=EPOCHS, spared_epochs=SPARED):
                self.study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                return epoch
        self.study.tell(trial, objective(records[-1].val_skill))
        return len(records)


def test_nothing_is_stopped_before_a_trial_has_learned() -> None:
    bench = Bench()
    assert [bench.epochs_of(FLAT) for _ in range(10)] == [EPOCHS] * 10
    late = curve(*[0.0] * 15, *[0.5] * 5)
    assert bench.epochs_of(late) == EPOCHS
    assert bench.epochs_of(FLAT) == SPARED


def test_nothing_is_stopped_before_a_few_trials_have_ended() -> None:
    bench = Bench()
    ended = [bench.epochs_of(rising(1 - number / 10)) for number in range(STARTUP_TRIALS)]
    assert ended == [EPOCHS] * STARTUP_TRIALS
    assert bench.epochs_of(rising(0.4)) == FIRST_RUNG


def test_what_falls_slowly_is_not_called_flat() -> None:
    slow = curve(*(1 - 2 * 0.9**epoch for epoch in range(PROTECTED)))
    assert slow[-1].skill < 0
    assert not is_flat(slow, epochs=EPOCHS, min_skill=0.1)
    assert is_flat(FLAT[:PROTECTED], epochs=EPOCHS, min_skill=0.1)
    assert not is_flat(rising(0.3)[:PROTECTED], epochs=EPOCHS, min_skill=0.1)


def test_of_what_learns_the_better_half_goes_on() -> None:
    bench = Bench()
    ends = [0.9, *(0.3 + 0.6 * number / 30 for number in range(30))]
    lengths = {end: bench.epochs_of(rising(end)) for end in reversed(ends)}
    assert lengths[0.9] == EPOCHS
    rungs = {FIRST_RUNG, FIRST_RUNG * REDUCTION_FACTOR, FIRST_RUNG * REDUCTION_FACTOR**2}
    assert set(lengths.values()) <= {EPOCHS, *rungs}
    assert sum(length == FIRST_RUNG for length in lengths.values()) > len(ends) / 3


@given(st.lists(st.lists(st.floats(-5, 1), min_size=EPOCHS, max_size=EPOCHS), min_size=1, max_size=6))
def test_no_trial_is_stopped_before_its_schedule_had_time_to_act(skills: list[list[float]]) -> None:
    bench = Bench()
    for _ in range(STARTUP_TRIALS):
        bench.epochs_of(rising(0.9))
    assert all(bench.epochs_of(curve(*one)) >= SPARED for one in skills)


def test_without_a_pruner_every_trial_ends() -> None:
    bench = Bench("none")
    assert [bench.epochs_of(one) for one in (rising(0.9), FLAT, rising(0.2))] == [EPOCHS] * 3


@pytest.mark.parametrize(
    ("fixes", "callbacks", "expected"),
    [
        ({}, (), 4),
        ({"reduce_lr_on_plateau": {"factor": 0.5, "patience": [2, 6], "min_lr": 1e-6}}, (), 10),
        ({}, (KerasObject(class_name="ReduceLROnPlateau", config={"patience": 4}),), 8),
        ({"cyclical_learning_rate": {"base": 1e-4, "peak": 1e-2, "epochs": [4, 11]}}, (), 9),
    ],
)
def test_protected_epochs_reach_beyond_the_first_act_of_every_schedule(
    make_space: Any, baseline: Plan, fixes: dict[str, Any], callbacks: tuple[KerasObject, ...], expected: int
) -> None:
    space: SearchSpace = make_space(scaling=True, **fixes)
    assert protected_epochs(space, baseline.replace(callbacks=callbacks)) == expected
