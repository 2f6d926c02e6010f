"""How good what a user takes home is: `python -m benchmarks.repair_rate.exported`.

The rows of the repair rate hold the smallest recipe of each cured training. It is trained again with the
fresh seeds of that study's confirmation. The training with the highest validation skill is the one that
`remedy export --minimal` writes; it is evaluated on the test split.
"""

from __future__ import annotations

import datetime
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.gallery import gallery
from benchmarks.machine import machine
from benchmarks.repair_rate.__main__ import OUT as ROWS
from benchmarks.repair_rate.methods import WORKERS, settings
from benchmarks.repair_rate.rows import REPAIRED, Row, gap_closed
from benchmarks.repair_rate.summary import gaps_closed, p_value, per_case
from benchmarks.repair_rate.trainer import Trainer
from benchmarks.repair_rate.trials import best
from benchmarks.table import append_row, read_rows, say
from remedy.preparation import prepare
from remedy.search import fresh_seeds
from remedy.workers import WorkerPool

OUT = ROWS.with_name("exported.csv")


@dataclass(frozen=True)
class Exported:
    """One exported training.

    Attributes:
        minimal: the recipe as JSON.
        chosen_seed: the one of the confirmation's seeds with the highest validation skill.
        skill: that validation skill.
        test: the score on the test split (see `score`).
    """

    case: str
    seed: int
    budget: float
    minimal: str
    chosen_seed: int
    skill: float
    test: float

    @property
    def key(self) -> tuple[str, int, float, str]:
        """What tells them apart; a row that was made anew may hold another recipe."""
        return self.case, self.seed, self.budget, self.minimal


def export(row: Row) -> Exported:
    """Train the smallest recipe of a row as it would be exported, and evaluate that training.

    Args:
        row: of a cured training.

    Raises:
        RemedyError: the case cannot be run.
    """
    [case] = gallery(row.case)
    prepared = prepare(case.experiment, settings(row.seed))
    recipe = json.loads(row.minimal)
    seeds = fresh_seeds(row.seed, prepared.experiment.confirm.seeds)
    with (
        tempfile.TemporaryDirectory(prefix="remedy-benchmark-") as name,
        WorkerPool(prepared.dataset, WORKERS) as pool,
    ):
        trainer = Trainer(prepared, pool, Path(name))
        chosen = best(trainer.trials((recipe, seed) for seed in seeds), math.nan)
        if chosen is None:
            return Exported(row.case, row.seed, row.budget, row.minimal, seeds[0], math.nan, 0.0)
        [test] = trainer.test_scores([(recipe, chosen.seed)])
    skill = round(chosen.skill, 4)
    return Exported(row.case, row.seed, row.budget, row.minimal, chosen.seed, skill, round(test, 4))


def gaps(rows: Sequence[Row], exported: Mapping[tuple[str, int, float, str], Exported]) -> dict[str, float]:
    """The share of the gap that the exported training closes in each case; nothing where there is none."""

    def closed(row: Row) -> float:
        test = exported[_key(row)].test if row.minimal else row.baseline
        return gap_closed(test, row.baseline, row.cure)

    return per_case(rows, closed)


def markdown(rows: Sequence[Row], exported: Mapping[tuple[str, int, float, str], Exported]) -> str:
    """The page.

    Args:
        rows: of curable cases, all of which are in `exported` if they are cured.
        exported: by key.
    """
    today = datetime.datetime.now(datetime.UTC).date()
    ours, others = gaps(rows, exported), gaps_closed(rows, "random", "full")
    budget = f"{rows[0].budget:g}x"
    lines = [
        "# What is exported",
        "",
        f"Written by `python -m benchmarks.repair_rate.exported` on {today}. "
        f"{machine(('tensorflow', 'keras', 'numpy'))}",
        "",
        f"The training that `remedy export --minimal` writes, for {len(rows)} stuck trainings of {len(ours)} "
        f"curable cases after a search of {budget}, on the test split. Confirmation and ablation, which find "
        "it, come on top of the budget.",
        "",
        "| | exported | random search |",
        "|---|---|---|",
        *_figures(ours, others),
        "",
        f"Better than random search, Wilcoxon's p: {p_value(ours, others):.2g}.",
        "",
        *_failures(rows, exported),
    ]
    return "\n".join(lines) + "\n"


def _figures(ours: Mapping[str, float], others: Mapping[str, float]) -> Iterator[str]:
    found = [np.array([*shares.values()]) for shares in (ours, others)]
    yield f"| gap closed, mean | {' | '.join(f'{shares.mean():.3f}' for shares in found)} |"
    yield f"| gap closed, median | {' | '.join(f'{np.median(shares):.3f}' for shares in found)} |"
    yield f"| gap closed, least | {' | '.join(f'{shares.min():.3f}' for shares in found)} |"


def _failures(rows: Sequence[Row], exported: Mapping[tuple[str, int, float, str], Exported]) -> Iterator[str]:
    failures = []
    for row in sorted(rows, key=lambda row: row.key):
        test = exported[_key(row)].test if row.minimal else row.baseline
        if (gap := gap_closed(test, row.baseline, row.cure)) < REPAIRED:
            failures.append(
                f"- {row.case}, seed {row.seed}: gap closed {gap:.2f} by `{row.minimal or 'no recipe'}`"
            )
    if failures:
        yield f"Less than {REPAIRED:g} of the gap is closed in"
        yield ""
        yield from failures
    else:
        yield f"Each of them closes at least {REPAIRED:g} of the gap."


def _key(row: Row) -> tuple[str, int, float, str]:
    return row.case, row.seed, row.budget, row.minimal


def main() -> int:
    """Export what is missing, and write the page.

    Returns:
        The exit status: 1 if there is no row yet.
    """
    rows = [row for row in read_rows(Row, ROWS) if row.is_curable]
    if not rows:
        say(f"{ROWS} holds no curable case yet; run: python -m benchmarks.repair_rate")
        return 1
    done = {one.key for one in read_rows(Exported, OUT)}
    missing = [row for row in rows if row.minimal and _key(row) not in done]
    for number, row in enumerate(missing, start=1):
        one = export(row)
        append_row(OUT, one)
        found = f"skill {one.skill:.2f}, test {one.test:.2f}"
        say(f"{number:>4}/{len(missing)} {one.case} seed {one.seed}: {found}")
    exported = {one.key: one for one in read_rows(Exported, OUT)}
    OUT.with_suffix(".md").write_text(markdown(rows, exported), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
