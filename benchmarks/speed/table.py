"""The table that the benchmark writes: what was measured, on what, and when."""

from __future__ import annotations

import datetime
import functools
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks.machine import cores, machine
from benchmarks.speed import workload
from benchmarks.speed.figures import (
    GOOD_SKILL,
    NEAR,
    Run,
    Spread,
    best_skill,
    epochs_per_second,
    growth,
    memory_per_trial,
    milliseconds_per_epoch,
    peak_memory,
    runs,
    seconds_per_trial,
    seconds_to,
    share_in_steps,
    spread,
    start_up,
    steps_against,
)
from benchmarks.speed.rows import Row

FULL, SEARCH, MEMORY = "remedy, full trials", "remedy, pruning and diagnosis", "remedy, one worker"
JAX_FULL, JAX_SEARCH = f"{FULL}, JAX", f"{SEARCH}, JAX"
PLAIN, HYPERBAND = "plain Optuna loop", "KerasTuner Hyperband"
FLOOR, XLA_FLOOR, BOOKKEEPING = "floor", "floor with XLA", "bookkeeping"
_RIVALS = (PLAIN, "KerasTuner RandomSearch", HYPERBAND)
_PACKAGES = ("tensorflow", "keras", "optuna", "keras-tuner", "numpy")
_EARLY, _LATE = 20, 150


def markdown(rows: Sequence[Row]) -> str:
    """The page, as far as its rows were measured."""
    found = runs(rows)
    today = datetime.datetime.now(datetime.UTC).date()
    lines = [
        "# Speed",
        "",
        f"Written by `python -m benchmarks.speed` on {today}. {machine(_PACKAGES)}",
        "",
        f"{workload.WINDOWS} windows of {workload.WINDOW} steps, LSTM({workload.UNITS}) of depth "
        f"{min(workload.DEPTHS)} to {max(workload.DEPTHS)}, {workload.EPOCHS} epochs, batches of "
        f"{workload.BATCH_SIZE}. Medians, in brackets the smallest and the largest of the repeats.",
        "",
        "| | runs of trials | seconds per trial | epochs per second | seconds to a skill of "
        f"{GOOD_SKILL:g} | to within {NEAR:g} of the best | before the search | peak "
        "memory, MiB | MiB more with every trial |",
        "|---|---|---|---|---|---|---|---|---|",
        *_tuners(found),
        "",
        "| | measured |",
        "|---|---|",
        *(f"| {name} | {_text(figure, pattern)} |" for name, figure, pattern in _figures(found) if figure),
    ]
    return "\n".join(lines) + "\n"


def _tuners(found: Mapping[str, Sequence[Run]]) -> Iterator[str]:
    near = best_skill(_comparable(found)) - NEAR
    columns: list[tuple[Callable[[Run], float | None], str]] = [
        (seconds_per_trial, "{:.2f}"),
        (epochs_per_second, "{:.1f}"),
        (lambda run: seconds_to(run, GOOD_SKILL), "{:.0f}"),
        (lambda run: seconds_to(run, near), "{:.0f}"),
        (start_up, "{:.1f}"),
        (peak_memory, "{:.0f}"),
        (memory_per_trial, "{:.1f}"),
    ]
    for subject in (FULL, SEARCH, MEMORY, JAX_FULL, JAX_SEARCH, *_RIVALS):
        if subject in found:
            cells = [_text(spread(found[subject], figure), pattern) for figure, pattern in columns]
            several = found[subject]
            cells.insert(0, f"{len(several)} of {statistics.median_low(map(len, several))}")
            yield f"| {subject} | {' | '.join(cells)} |"


def _figures(found: Mapping[str, Sequence[Run]]) -> Iterator[tuple[str, Spread | None, str]]:
    own = cores()
    near = best_skill(_comparable(found)) - NEAR
    for full, search in ((FULL, SEARCH), (JAX_FULL, JAX_SEARCH)):
        paces = _ratio(found, PLAIN, full, seconds_per_trial)
        yield f"seconds per trial, {PLAIN} / {full}", paces, "{:.1f}x"
        for rival in _RIVALS:
            times = _ratio(found, rival, search, lambda run: seconds_to(run, near))
            yield f"time to within {NEAR:g} of the best skill, {rival} / {search}", times, "{:.1f}x"
        share = spread(found.get(full, ()), lambda run: share_in_steps(run, own))
        yield f"share of worker time in training and validation steps, {full}", share, "{:.0%}"
    for floor, compiled in ((FLOOR, "of Keras' LSTM"), (XLA_FLOOR, "of Keras' LSTM compiled with XLA")):
        steps = spread(found.get(FULL, ()), functools.partial(steps_against, floor=found.get(floor, ())))
        yield (
            f"a trial's steps, validation included, against bare training steps {compiled}",
            steps,
            "{:.2f}x",
        )
    memory = spread(found.get(MEMORY, ()), lambda run: growth(run, _EARLY, _LATE))
    yield f"memory of a worker after {_LATE} trials against after {_EARLY}", memory, "{:.2f}x"
    overhead = spread(found.get(BOOKKEEPING, ()), milliseconds_per_epoch)
    yield (
        "asking, reporting and telling with 1,000 finished trials and 4 workers, per epoch",
        overhead,
        "{:.1f} ms",
    )


def _comparable(found: Mapping[str, Sequence[Run]]) -> dict[str, Sequence[Run]]:
    """Without the run that is about memory, which has more trials than the others."""
    return {subject: several for subject, several in found.items() if subject != MEMORY}


def _ratio(
    found: Mapping[str, Sequence[Run]], above: str, below: str, figure: Callable[[Run], float | None]
) -> Spread | None:
    """Of the medians; smallest and largest pair the extremes."""
    one, other = spread(found.get(above, ()), figure), spread(found.get(below, ()), figure)
    if one is None or other is None or math.isinf(other[2]):
        return None
    return one[0] / other[0], one[1] / other[2], one[2] / other[1]


def _text(figure: Spread | None, pattern: str) -> str:
    if figure is None:
        return ""
    if math.isinf(figure[1]):
        return "not reached"
    middle, low, high = ("not reached" if math.isinf(one) else pattern.format(one) for one in figure)
    return f"{middle} ({low} to {high})"
