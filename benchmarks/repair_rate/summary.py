"""What the rows say together: means over the cases, of each case its mean over the seeds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from benchmarks.repair_rate.rows import METHODS, REPAIRED, SHARES, Row


@dataclass(frozen=True)
class Summary:
    """A group of cases; a figure of which there is nothing to take a mean is NaN.

    Attributes:
        cases: that are curable.
        rows: of these.
        without_gap: of these, the ones whose known cure is no better than the baseline; they count nowhere
            where shares of the gap do.
        mean_gap: the share of the gap that a method closes with a share of the budget.
        median_gap: likewise.
        repaired: the share of the trainings of which a method closes enough of the gap.
        unstuck: the share of the trainings with a right verdict.
        cause_first: the share of the trainings of which the diagnosis names a cause first.
        holds_cure: the share of the trainings whose minimal recipe treats the cause.
        p_value: of Wilcoxon's signed-rank test of remedy against random search, one-sided, by share of the
            budget.
        controls: rows of controls.
        false_verdicts: among them.
    """

    cases: int
    rows: int
    without_gap: int
    mean_gap: Mapping[tuple[str, str], float]
    median_gap: Mapping[tuple[str, str], float]
    repaired: Mapping[tuple[str, str], float]
    unstuck: float
    cause_first: float
    holds_cure: float
    p_value: Mapping[str, float]
    controls: int
    false_verdicts: int


@dataclass(frozen=True)
class Goal:
    """A figure that has to be reached.

    Attributes:
        text: what is asked for.
        found: the figure as text.
    """

    text: str
    found: str
    is_reached: bool


def summarise(rows: Sequence[Row]) -> Summary:
    """Sum up a group of cases."""
    curable = [row for row in rows if row.is_curable]
    controls = [row for row in rows if not row.is_curable]
    gaps = {(method, share): gaps_closed(curable, method, share) for method in METHODS for share in SHARES}
    repaired = {(method, share): _repaired(curable, method, share) for method, share in gaps}
    return Summary(
        cases=len({row.case for row in curable}),
        rows=len(curable),
        without_gap=sum(math.isnan(row.gap_closed("remedy", "full")) for row in curable),
        mean_gap={key: _mean(cases.values()) for key, cases in gaps.items()},
        median_gap={
            key: float(np.median([*cases.values()])) if cases else math.nan for key, cases in gaps.items()
        },
        repaired={key: _mean(cases.values()) for key, cases in repaired.items()},
        unstuck=_mean(per_case(curable, lambda row: row.verdict_right).values()),
        cause_first=_mean(per_case(curable, lambda row: row.cause_right).values()),
        holds_cure=_mean(per_case(curable, lambda row: row.holds_cure).values()),
        p_value={share: p_value(gaps["remedy", share], gaps["random", share]) for share in SHARES},
        controls=len(controls),
        false_verdicts=sum(not row.verdict_right for row in controls),
    )


def per_case(rows: Iterable[Row], figure: Callable[[Row], float]) -> dict[str, float]:
    """The mean of a figure over the seeds of each case, in the order of their names; NaN is left out."""
    figures: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        value = figure(row)
        if not math.isnan(value):
            figures[row.case].append(value)
    return {case: _mean(figures[case]) for case in sorted(figures)}


def gaps_closed(rows: Iterable[Row], method: str, share: str) -> dict[str, float]:
    """How much of the gap a method closes in each case; cases without a gap are left out."""
    return per_case(rows, lambda row: row.gap_closed(method, share))


def goals(found: Summary, budget: float) -> list[Goal]:
    """What is asked of all cases, and whether it is reached; a figure that is not there is not reached."""
    full, quarter = f"{budget:g}x", f"{budget / 4:g}x"
    gap, early = found.mean_gap["remedy", "full"], found.mean_gap["remedy", "quarter"]
    late = found.p_value["full"]
    return [
        _at_least("right verdict on curable trainings", found.unstuck, 0.95),
        Goal(f"mean gap closed at {full}: at least 0.90", _number(gap), gap >= 0.9),
        Goal(f"mean gap closed at {quarter}: at least 0.75", _number(early), early >= 0.75),
        Goal(f"better than random search at {full}: p below 0.01", f"p = {late:.2g}", late < 0.01),
        _at_least("minimal recipe treats the cause", found.holds_cure, 0.85),
        _at_least("cause named first", found.cause_first, 0.85),
        Goal(
            "false verdicts on controls: none",
            f"{found.false_verdicts} of {found.controls}",
            found.controls > 0 and found.false_verdicts == 0,
        ),
    ]


def _at_least(text: str, found: float, share: float) -> Goal:
    return Goal(f"{text}: at least {share:.0%}", _number(found, ".1%"), found >= share)


def _number(found: float, form: str = ".2f") -> str:
    return "no case" if math.isnan(found) else format(found, form)


def _repaired(rows: Iterable[Row], method: str, share: str) -> dict[str, float]:
    with_gap = [row for row in rows if not math.isnan(row.gap_closed(method, share))]
    return per_case(with_gap, lambda row: row.gap_closed(method, share) >= REPAIRED)


def _mean(figures: Iterable[float]) -> float:
    listed = list(figures)
    return float(np.mean(listed)) if listed else math.nan


def p_value(ours: Mapping[str, float], others: Mapping[str, float]) -> float:
    """Of Wilcoxon's signed-rank test over the cases, that one method is better than another, one-sided."""
    differences = [ours[case] - others[case] for case in ours]
    if not any(differences):
        return 1.0
    return float(stats.wilcoxon(differences, alternative="greater").pvalue)
