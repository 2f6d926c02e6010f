"""The page that the benchmark writes: goals, summary, a line per case, and the cases that fail."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.machine import machine
from benchmarks.repair_rate.rows import METHODS, REPAIRED, SHARES, Row
from benchmarks.repair_rate.summary import Summary, gaps_closed, goals, per_case, summarise

NAMES = {"remedy": "remedy", "random": "random search", "first_fit": "first-fit rules"}
_PACKAGES = ("tensorflow", "keras", "optuna", "scikit-learn", "numpy", "scipy")


def markdown(rows: Sequence[Row], budget: float, command: str, picture: str | None) -> str:
    """The page.

    Args:
        rows: with this budget.
        budget: of every search, in trainings of the baseline.
        command: that wrote it.
        picture: the file beside it, if there is one.
    """
    today = datetime.datetime.now(datetime.UTC).date()
    curable = [row for row in rows if row.is_curable]
    controls = [row for row in rows if not row.is_curable]
    lines = [
        "# Repair rate",
        "",
        f"Written by `{command}` on {today}. {machine(_PACKAGES)}",
        "",
        f"Curable cases: {_count(curable)}; controls: {_count(controls)}; "
        f"seeds: {len({row.seed for row in rows})}. "
        f"Every search may train as long as {budget:g} trainings of the baseline take. "
        "Means over the cases, of each case its mean over the seeds.",
        "",
        *([f"![Share of the gap closed]({picture})", ""] if picture else []),
        "| goal, all cases | found | |",
        "|---|---|---|",
        *(
            f"| {goal.text} | {goal.found} | {'reached' if goal.is_reached else 'MISSED'} |"
            for goal in goals(summarise(rows), budget)
        ),
        "",
        *_summary(rows, budget),
        "",
        "## Cases",
        "",
        *_cases(curable, budget),
        "",
        "## Controls",
        "",
        "| case | held out | verdicts | false |",
        "|---|---|---|---|",
        *_controls(controls),
        "",
        "## Cases that fail",
        "",
        *(list(_failures(rows)) or ["None."]),
    ]
    return "\n".join(lines) + "\n"


def _count(rows: Sequence[Row]) -> int:
    return len({row.case for row in rows})


def _summary(rows: Sequence[Row], budget: float) -> Iterator[str]:
    groups = [
        summarise(group)
        for group in (
            rows,
            [row for row in rows if row.held_out],
            [row for row in rows if not row.held_out],
        )
    ]
    yield "| | all | held out | others |"
    yield "|---|---|---|---|"
    for name, cells in _lines(groups, budget):
        yield f"| {name} | {' | '.join(cells)} |"


def _lines(groups: Sequence[Summary], budget: float) -> Iterator[tuple[str, list[str]]]:
    yield "curable cases", [f"{group.cases}" for group in groups]
    yield "trainings of these", [f"{group.rows}" for group in groups]
    yield "without a gap between baseline and known cure", [f"{group.without_gap}" for group in groups]
    for method in METHODS:
        for share, part in SHARES.items():
            cells = [
                f"{_number(group.mean_gap[method, share])} ({_number(group.median_gap[method, share])})"
                for group in groups
            ]
            yield f"{NAMES[method]}: gap closed at {part * budget:g}x, mean (median)", cells
    for method in METHODS:
        yield (
            f"{NAMES[method]}: repaired at {budget:g}x",
            [_share(group.repaired[method, "full"]) for group in groups],
        )
    yield "right verdict", [_share(group.unstuck) for group in groups]
    yield "cause named first", [_share(group.cause_first) for group in groups]
    yield "minimal recipe treats the cause", [_share(group.holds_cure) for group in groups]
    for share in ("quarter", "full"):
        yield (
            f"remedy better than random search at {SHARES[share] * budget:g}x, Wilcoxon's p",
            [f"{group.p_value[share]:.2g}" for group in groups],
        )
    yield "false verdicts on controls", [f"{group.false_verdicts} of {group.controls}" for group in groups]


def _cases(rows: Sequence[Row], budget: float) -> Iterator[str]:
    marks = [f"{part * budget:g}x" for part in SHARES.values()]
    yield (
        "Gap closed by remedy, random search and first-fit rules at "
        f"{', '.join(marks)}; seconds of one training of the baseline, of the diagnosis, of the search's "
        "trainings and of the proof's."
    )
    yield ""
    yield (
        "| case | held out | baseline | cure | remedy | random | first fit | verdicts | cause first | "
        "cure held | baseline s | diagnosis s | search s | proof s |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    for case in sorted({row.case for row in rows}):
        own = [row for row in rows if row.case == case]
        skills = [_number(_mean_of(own, name)) for name in ("baseline", "cure")]
        gaps = [" / ".join(_number(_gap_of(own, method, share)) for share in SHARES) for method in METHODS]
        marks = [_share(_mean_of(own, name)) for name in ("cause_right", "holds_cure")]
        seconds = [
            f"{_mean_of(own, f'{name}_seconds'):.1f}" for name in ("baseline", "diagnosis", "remedy", "proof")
        ]
        cells = [case, _held_out(own), *skills, *gaps, _verdicts(own), *marks, *seconds]
        yield f"| {' | '.join(cells)} |"


def _controls(rows: Sequence[Row]) -> Iterator[str]:
    for case in sorted({row.case for row in rows}):
        own = [row for row in rows if row.case == case]
        false = sum(not row.verdict_right for row in own)
        yield f"| {case} | {_held_out(own)} | {_verdicts(own)} | {false} |"


def _failures(rows: Sequence[Row]) -> Iterator[str]:
    for row in sorted(rows, key=lambda row: row.key):
        gap = row.gap_closed("remedy", "full")
        missed = [] if row.verdict_right else [f"verdict {row.verdict}"]
        missed += [f"gap closed {gap:.2f}"] if gap < REPAIRED else []
        if row.is_curable:
            missed += [] if row.cause_right else [f"{row.first_symptom or 'nothing'} named first"]
            missed += [] if row.holds_cure else [f"minimal recipe `{row.minimal or 'none'}`"]
        if missed:
            yield f"- {row.case}, seed {row.seed}: {'; '.join(missed)}"


def _held_out(rows: Sequence[Row]) -> str:
    return "yes" if rows[0].held_out else ""


def _verdicts(rows: Sequence[Row]) -> str:
    return ", ".join(f"{count} {name}" for name, count in Counter(row.verdict for row in rows).most_common())


def _mean_of(rows: Sequence[Row], name: str) -> float:
    [mean] = per_case(rows, lambda row: getattr(row, name)).values()
    return mean


def _gap_of(rows: Sequence[Row], method: str, share: str) -> float:
    return next(iter(gaps_closed(rows, method, share).values()), math.nan)


def _number(figure: float) -> str:
    return "" if math.isnan(figure) else f"{figure:.2f}"


def _share(figure: float) -> str:
    return "" if math.isnan(figure) else f"{figure:.0%}"
