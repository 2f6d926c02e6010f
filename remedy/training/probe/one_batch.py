"""Can the model learn a single batch by heart? If not, something is wrong with the optimisation."""

from __future__ import annotations

import math

from remedy.training.measurements import OneBatch, RangeTest
from remedy.training.probe.bench import Bench, Samples, State
from remedy.training.probe.skill import skill_of, varies

STEPS = 300
LEARNED = 0.99
_ENOUGH = 0.9
"""Of the second try, which has but to show that it can be done."""

_CHECK_EVERY = 20
_CLEARLY_DIFFERENT = 3.0
"""Rates that differ by a factor of less do much the same."""


def one_batch(bench: Bench, batches: list[Samples], initial: State, test: RangeTest | None) -> OneBatch:
    """Train on one batch over and over, and once more at a better rate if that is not enough.

    Args:
        bench: left in its initial state.
        batches: of which the first is taken whose targets vary.
        initial: the state to start from.
        test: says which rate is better.
    """
    batch = next((samples for samples in batches if varies(bench, samples)), batches[0])
    skill, steps = _train(bench, batch, until=LEARNED)
    bench.restore(initial)
    tuned = None
    rate, suggestion = bench.learning_rate, test.suggestion if test is not None else None
    fails = varies(bench, batch) and not skill >= _ENOUGH
    if fails and rate and suggestion and abs(math.log(suggestion / rate)) > math.log(_CLEARLY_DIFFERENT):
        bench.learning_rate = suggestion
        tuned, _ = _train(bench, batch, until=_ENOUGH)
        bench.restore(initial)
    return OneBatch(len(batch), steps, skill, tuned)


def _train(bench: Bench, batch: Samples, *, until: float) -> tuple[float, int]:
    """The skill that was reached, and the steps that it took."""
    data = bench.data(batch)
    skill = math.nan
    for number in range(1, STEPS + 1):
        bench.empty_states()
        if not bench.step(data).finite:
            return math.nan, number
        if number % _CHECK_EVERY == 0 or number == STEPS:
            outputs, _ = bench.look(batch)
            skill = skill_of(bench, batch, outputs)
            if skill >= until:
                return skill, number
    return skill, STEPS
