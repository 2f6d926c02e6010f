"""One case with one seed: `python -m benchmarks.repair_rate.one_case NAME`.

It runs in a process of its own, which ends when its standard input is closed.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.gallery import GalleryCase, gallery
from benchmarks.repair_rate import first_fit
from benchmarks.repair_rate.methods import WORKERS, Cured, is_spent, random_search, run_remedy, settings
from benchmarks.repair_rate.rows import METHODS, SHARES, Row
from benchmarks.repair_rate.trainer import Trainer
from benchmarks.repair_rate.trials import Trial, best, ended_within, seconds_of
from benchmarks.repair_rate.turn import Turn
from benchmarks.table import append_row
from remedy.errors import RemedyError
from remedy.plan import canonical_json
from remedy.preparation import prepare
from remedy.workers import WorkerPool


def run_case(case: GalleryCase, seed: int, budget: float, turn: Turn) -> Row:
    """Run all methods on a curable case, remedy alone on a control.

    Args:
        case: of the gallery.
        seed: of every search.
        budget: of every search, in trainings of the baseline.
        turn: in which searches are run.

    Raises:
        RemedyError: the case cannot be run.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="remedy-benchmark-") as name:
        cured = run_remedy(case.experiment, seed, budget, Path(name) / "results", turn)
        row = _without_others(case, seed, budget, cured)
        if case.is_curable:
            row = _with_others(row, case, cured, Path(name), turn)
    return dataclasses.replace(row, seconds=round(time.monotonic() - started, 1))


def _without_others(case: GalleryCase, seed: int, budget: float, cured: Cured) -> Row:
    first = cured.symptoms[0] if cured.symptoms else ""
    skills = {f"{method}_{share}": math.nan for method in METHODS for share in SHARES}
    return Row(
        case=case.name,
        seed=seed,
        budget=budget,
        held_out=case.held_out,
        is_curable=case.is_curable,
        baseline_seconds=round(cured.baseline_seconds, 3),
        baseline=math.nan,
        cure=math.nan,
        **skills,
        verdict=cured.verdict,
        verdict_right=cured.verdict in case.verdicts,
        first_symptom=first,
        cause_right=first in case.symptoms if case.symptoms else not first,
        minimal="" if cured.minimal is None else canonical_json(cured.minimal),
        holds_cure=cured.minimal is not None and case.is_treated_by(cured.minimal),
        remedy_trials=len(cured.trials),
        random_trials=0,
        first_fit_trials=0,
        diagnosis_seconds=round(cured.diagnosis_seconds, 3),
        remedy_seconds=round(seconds_of(cured.trials), 3),
        random_seconds=0.0,
        first_fit_seconds=0.0,
        proof_seconds=round(cured.proof_seconds, 3),
        seconds=0.0,
    )


def _with_others(row: Row, case: GalleryCase, cured: Cured, folder: Path, turn: Turn) -> Row:
    prepared = prepare(case.experiment, settings(row.seed))
    seconds = row.budget * cured.baseline_seconds
    with turn.taken(), WorkerPool(prepared.dataset, WORKERS) as pool:
        trainer = Trainer(prepared, pool, folder / "models")
        (folder / "models").mkdir()
        # As in a run of remedy, the workers have trained the baseline before the first trial.
        baseline, cure = trainer.mean_test_score({}), trainer.mean_test_score(case.cure)
        drawn = random_search(prepared, trainer, row.seed, seconds)
        shown = first_fit.problems(cured.symptoms, cured.statuses)
        fitted = first_fit.first_fit(
            first_fit.repairs(shown, prepared.baseline),
            lambda recipe: trainer.trial(recipe, row.seed),
            is_spent(seconds),
        )
        turn.end()

        had: dict[str, Trial | None] = {}
        for share, part in SHARES.items():
            # A trial that begins within the budget may end beyond it.
            end = math.inf if share == "full" else part * seconds
            own = ended_within(cured.trials, end, before=cured.diagnosis_seconds)
            had[f"remedy_{share}"] = best(own, cured.baseline_skill)
            had[f"random_{share}"] = best(ended_within(drawn, end), cured.baseline_skill)
            had[f"first_fit_{share}"] = first_fit.taken(ended_within(fitted, end), cured.baseline_skill)
        chosen = {name: (trial.recipe, trial.seed) for name, trial in had.items() if trial is not None}
        if cured.winner is not None:
            chosen["remedy_full"] = cured.winner, row.seed
        found = dict(zip(chosen, trainer.test_scores(chosen.values()), strict=True))
        figures: dict[str, Any] = {name: found.get(name, baseline) for name in had}
        figures |= {"baseline": baseline, "cure": cure}
    return dataclasses.replace(
        row,
        **{name: round(figure, 4) for name, figure in figures.items()},
        random_trials=len(drawn),
        first_fit_trials=len(fitted),
        random_seconds=round(seconds_of(drawn), 3),
        first_fit_seconds=round(seconds_of(fitted), 3),
    )


def main() -> int:
    """Run a case and write its row to a CSV file.

    Returns:
        The exit status: 1 if the case cannot be run, with the reason as the last line of standard error.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repair_rate.one_case")
    parser.add_argument("case")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--budget", type=float, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--turn", type=Path, required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_the_input, daemon=True).start()
    [case] = gallery(options.case)
    try:
        append_row(options.out, run_case(case, options.seed, options.budget, Turn(options.turn)))
    except RemedyError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _end_with_the_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
