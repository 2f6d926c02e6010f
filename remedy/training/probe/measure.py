"""Measures what the first few hundred batches of a plan's training show."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset
from remedy.errors import RemedyError
from remedy.plan import Plan
from remedy.surgery.schedules import is_cyclical
from remedy.training.measurements import KernelStart, LayerMeasurements, Measurements, RangeTest
from remedy.training.probe.bench import Bench, Samples
from remedy.training.probe.first_steps import FirstSteps, train_first_steps
from remedy.training.probe.one_batch import one_batch
from remedy.training.probe.probed_layers import kernel_start
from remedy.training.probe.range_test import STEPS as RANGE_STEPS
from remedy.training.probe.range_test import range_test
from remedy.training.probe.skill import prediction_spread, skill_of
from remedy.training.probe.through_time import time_gradients
from remedy.training.probe.units import Seen, dead_share, saturated_share
from remedy.training.starting_point import starting_point
from remedy.training.whole_batches import fixed_batch_size
from remedy.user_code import blaming

_SAMPLE = 1000
"""Samples on which skill and units are looked at."""

_SAMPLE_NUMBERS = 1 << 25
"""At most so many numbers of X in them."""

_GRADIENT_BATCHES = 5

_BATCH_IN_PART = 256
"""Samples of a larger batch that stand for it where a batch is trained on hundreds of times."""

_MOST_SKIPPED = 16
"""The scale of a loss in mixed precision starts at 2^15, and is halved with every step that is skipped."""


def measure_training(plan: Plan, dataset: Dataset, seed: int, *, steps: int = 300) -> Measurements:
    """Start a training and measure it, on the training split alone.

    Callbacks do not run. What is measured before the training leaves no trace in it.

    Args:
        plan: what to train.
        dataset: raw data; scalers are fitted on its training split.
        seed: for weights, order of the batches and dropout.
        steps: batches to train on, if the plan's epochs have as many.

    Raises:
        TrainingError: the model does not fit the data.
        UserCodeError: the user's code failed.
    """
    start = starting_point(plan, dataset, seed)
    with _blaming_the_user(plan):
        return _measure(Bench(plan, start, dataset.output_units), seed, steps)


def measure_rates(plan: Plan, dataset: Dataset, seed: int) -> RangeTest:
    """Find out which learning rates suit a training; takes a fraction of what measuring all of it does.

    Args:
        plan: what to train.
        dataset: raw data; scalers are fitted on its training split.
        seed: for weights, order of the batches and dropout.

    Returns:
        What `measure_training` finds in its place; empty if there is no rate to raise.

    Raises:
        TrainingError: the model does not fit the data.
        UserCodeError: the user's code failed.
    """
    start = starting_point(plan, dataset, seed)
    with _blaming_the_user(plan):
        bench = Bench(plan, start, dataset.output_units)
        if not bench.model.trainable_variables:
            return RangeTest((), (), None, None)
        test = _range_test(bench, _in_part(bench, _batches(bench, seed, RANGE_STEPS)))
    return test or RangeTest((), (), None, None)


@contextlib.contextmanager
def _blaming_the_user(plan: Plan) -> Iterator[None]:
    """What a model with code of the user's raises is theirs; of any other it is reported as it is."""
    source = plan.model.source
    try:
        yield
    except RemedyError:
        raise
    except Exception as error:
        if source is None or source.function is None:
            raise
        with blaming(Path(source.file), "training the model"):
            raise error


@dataclass(frozen=True)
class _Gradients:
    """Medians over a few batches.

    Attributes:
        norm: global.
        layers: by name.
    """

    norm: float
    layers: dict[str, float]


def _measure(bench: Bench, seed: int, steps: int) -> Measurements:
    samples = len(bench.start.train)
    per_epoch = math.ceil(samples / bench.batch_size)
    steps = min(steps, per_epoch * bench.plan.epochs)
    batches = _batches(bench, seed, max(steps, RANGE_STEPS))
    sample = _sample(bench, seed)
    initial = bench.state()
    kernels = {probed.name: tuple(map(kernel_start, probed.kernels)) for probed in bench.layers}
    outputs, seen = bench.look(sample)
    skill = skill_of(bench, sample, outputs)
    trainable = bool(bench.model.trainable_variables)
    if not trainable:
        nothing = _Gradients(0.0, {})
        return Measurements(
            steps=0,
            epochs=0.0,
            losses=(),
            skill_start=skill,
            skill_middle=skill,
            skill_end=skill,
            first_bad_step=None,
            gradient_norm_start=0.0,
            gradient_norm_highest=0.0,
            prediction_spread=prediction_spread(bench, sample, outputs),
            layers=_layers(bench, kernels, (nothing, nothing), (seen, seen), FirstSteps()),
        )
    few = batches[: min(_GRADIENT_BATCHES, per_epoch)]
    gradients = _gradients(bench, few)
    bench.restore(initial)
    through_time = time_gradients(bench, batches[0])
    bench.restore(initial)
    test = _range_test(bench, _in_part(bench, batches))
    bench.restore(initial)
    single = one_batch(bench, _in_part(bench, few), initial, test)
    bench.restore(initial)
    first = train_first_steps(bench, batches[:steps], sample, per_epoch)
    outputs, seen_end = bench.look(sample)
    gradients_end = _gradients(bench, few)
    norms = [norm for norm in first.norms if not math.isnan(norm)]
    return Measurements(
        steps=len(first.losses),
        epochs=len(first.losses) / per_epoch,
        losses=tuple(first.losses),
        skill_start=skill,
        skill_middle=first.skill_middle,
        skill_end=skill_of(bench, sample, outputs),
        first_bad_step=first.first_bad_step,
        gradient_norm_start=gradients.norm,
        gradient_norm_highest=max(norms, default=math.nan),
        prediction_spread=prediction_spread(bench, sample, outputs),
        layers=_layers(
            bench,
            kernels,
            (gradients, gradients_end),
            (seen, seen_end if np.isfinite(outputs).all() else {}),
            first,
        ),
        through_time=through_time,
        range_test=test,
        one_batch=single,
    )


def _batches(bench: Bench, seed: int, count: int) -> list[Samples]:
    """The samples of each batch, pass after pass, in an order of its own unless the model needs theirs."""
    generator = np.random.default_rng(seed)
    samples, batches = len(bench.start.train), list[Samples]()
    while len(batches) < count:
        order = np.arange(samples) if bench.ordered else generator.permutation(samples)
        batches += [order[first : first + bench.batch_size] for first in range(0, samples, bench.batch_size)]
    return batches[:count]


def _in_part(bench: Bench, batches: list[Samples]) -> list[Samples]:
    """Batches of no more samples than show what larger ones do; models may need theirs whole."""
    if bench.ordered or fixed_batch_size(bench.model) is not None:
        return batches
    return [batch[:_BATCH_IN_PART] for batch in batches]


def _sample(bench: Bench, seed: int) -> Samples:
    samples = len(bench.start.train)
    numbers = sum(array.size for array in keras.tree.flatten(bench.start.sample))
    per_sample = max(1, numbers // max(1, min(samples, bench.batch_size)))
    count = min(samples, _SAMPLE, max(bench.batch_size, _SAMPLE_NUMBERS // per_sample))
    if fixed_batch_size(bench.model) is not None:
        count = max(1, count // bench.batch_size) * bench.batch_size
    if bench.ordered:
        return np.arange(count)
    return np.sort(np.random.default_rng([seed, 1]).choice(samples, count, replace=False))


def _gradients(bench: Bench, batches: list[Samples]) -> _Gradients:
    """The gradients of batches for the weights that the model has now; nothing is changed in the end."""
    state = bench.state()
    squares = []
    for samples in batches:
        data = bench.data(samples)
        for _ in range(_MOST_SKIPPED if bench.skips_steps else 1):
            step = bench.step(data)
            if step.squares is not None:
                squares.append(step.squares)
                break
        bench.restore(state)
    if not squares:
        return _Gradients(math.nan, {probed.name: math.nan for probed in bench.layers})
    values = np.stack(squares)
    position = {id(variable): index for index, variable in enumerate(bench.model.trainable_variables)}
    layers = {}
    for probed in bench.layers:
        own = [position[id(weight)] for weight in probed.layer.weights if id(weight) in position]
        layers[probed.name] = _median(np.sqrt(values[:, own].sum(axis=1)))
    return _Gradients(_median(np.sqrt(values.sum(axis=1))), layers)


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if np.isfinite(values).all() else math.nan


def _range_test(bench: Bench, batches: list[Samples]) -> RangeTest | None:
    rate = bench.learning_rate
    if rate is None or is_cyclical(bench.plan):
        return None
    remaining = iter(batches)

    def train(rate: float) -> float:
        bench.learning_rate = rate
        return bench.step(bench.data(next(remaining))).loss

    result = range_test(train)
    bench.learning_rate = rate
    return result


def _layers(
    bench: Bench,
    kernels: dict[str, tuple[KernelStart, ...]],
    gradients: tuple[_Gradients, _Gradients],
    seen: tuple[Seen, Seen],
    first: FirstSteps,
) -> tuple[LayerMeasurements, ...]:
    trained = {id(variable) for variable in bench.model.trainable_variables}
    return tuple(
        LayerMeasurements(
            name=probed.name,
            class_name=type(probed.layer).__name__,
            trainable=any(id(weight) in trained for weight in probed.layer.weights),
            is_output=probed is bench.layers[-1],
            kernels=kernels[probed.name],
            gradient_start=gradients[0].layers.get(probed.name, 0.0),
            gradient_end=gradients[1].layers.get(probed.name, 0.0),
            update_ratio=first.update_ratios.get(probed.name),
            dead_share=dead_share(seen[1], probed.name),
            saturated_share=saturated_share(seen[0], probed.name),
            saturated_share_end=saturated_share(seen[1], probed.name),
        )
        for probed in bench.layers
    )
