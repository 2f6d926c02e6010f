"""What stopping trials early saves, and what it loses: full curves are recorded once, then replayed.

Run as `python -m benchmarks.early_stopping`; see README.md beside this file.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import optuna
import pandas as pd

import remedy
from benchmarks.table import say
from remedy.fixes import apply_recipe
from remedy.preparation import prepare
from remedy.results.curves import Curves
from remedy.results.folder import StudyFolder
from remedy.search import (
    EarlyStopping,
    PrunerName,
    objective,
    own_protected_epochs,
    protected_epochs,
    read_records,
    report,
)
from remedy.training import EpochRecord

EXPERIMENTS = Path("experiments")
CURVES = Path("results/reference/full_curves.parquet")
TOP_SHARE = 0.1


@dataclass(frozen=True)
class Trial:
    """One recorded trial: its full curve, and the epochs in which its own schedule may cure it."""

    curve: tuple[EpochRecord, ...]
    spared_epochs: int


@dataclass(frozen=True)
class Search:
    """One recorded search, its trials in the order in which they began."""

    experiment: str
    seed: int
    protected_epochs: int
    min_skill: float
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Replay:
    """What a pruner would have done to a search.

    Attributes:
        saved: share of the epochs.
        top: how many trials are the best tenth.
        lost: how many of them it would have stopped.
        best: skill of the best trial.
        best_kept: skill of the best trial that it would not have stopped.
    """

    saved: float
    top: int
    lost: int
    best: float
    best_kept: float


def record(file: Path, seed: int, trials: int) -> pd.DataFrame:
    """Run a search whose trials all end, and return their curves."""
    settings: dict[str, Any] = {"search.trials": trials, "search.seed": seed, "search.pruner": "none"}
    settings |= {"diagnosis": "false", "ablation": "false", "confirm.top": 1, "confirm.seeds": 2}
    overrides = [f"{key}={value}" for key, value in settings.items()]
    prepared = prepare(file, overrides)
    with tempfile.TemporaryDirectory(prefix="remedy-benchmark-") as folder:
        remedy.run(file, results=folder, overrides=overrides)
        results = StudyFolder(Path(folder) / prepared.experiment.name)
        curves = Curves(results.path, "search").read()
        recipes = {one.number: one.recipe for one in read_records(results.journal, "search")}
    own = {trial: own_protected_epochs(apply_recipe(prepared.baseline, recipes[trial])) for trial in recipes}
    return curves.assign(
        experiment=prepared.experiment.name,
        seed=seed,
        spared_epochs=curves["trial"].map(own),
        protected_epochs=protected_epochs(prepared.space, prepared.baseline),
        min_skill=prepared.experiment.thresholds.min_skill,
    )


def searches(table: pd.DataFrame) -> list[Search]:
    """The searches in a table of curves."""
    found = []
    for (experiment, seed), one in table.groupby(["experiment", "seed"]):
        names = list(EpochRecord.__dataclass_fields__)
        trials = tuple(
            Trial(
                tuple(EpochRecord(*values) for values in trial[names].itertuples(index=False)),
                int(trial["spared_epochs"].iloc[0]),
            )
            for _, trial in one.groupby("trial")
        )
        protected, min_skill = one["protected_epochs"].iloc[0], one["min_skill"].iloc[0]
        found.append(Search(str(experiment), int(str(seed)), int(protected), float(min_skill), trials))
    return found


def replay(search: Search, pruner: PrunerName) -> Replay:
    """Run the recorded trials one after the other through a pruner."""
    study = optuna.create_study(direction="maximize", study_name=search.experiment)
    longest = max(len(trial.curve) for trial in search.trials)
    stopping = EarlyStopping(
        study, pruner, protected_epochs=search.protected_epochs, epochs=longest, min_skill=search.min_skill
    )
    trained, kept = 0, []
    for recorded in search.trials:
        length = _length(recorded, study.ask(), stopping)
        trained += length
        kept.append(length == len(recorded.curve))
        if kept[-1]:
            study.tell(len(kept) - 1, objective(recorded.curve[-1].val_skill))
        else:
            study.tell(len(kept) - 1, state=optuna.trial.TrialState.PRUNED)
    ends = [objective(trial.curve[-1].val_skill) for trial in search.trials]
    top = sorted(range(len(ends)), key=lambda number: -ends[number])[: math.ceil(TOP_SHARE * len(ends))]
    return Replay(
        saved=1 - trained / sum(len(trial.curve) for trial in search.trials),
        top=len(top),
        lost=sum(not kept[number] for number in top),
        best=max(ends),
        best_kept=max(end for end, is_kept in zip(ends, kept, strict=True) if is_kept),
    )


def _length(recorded: Trial, trial: optuna.Trial, stopping: EarlyStopping) -> int:
    """How many epochs a trial would have had."""
    epochs = len(recorded.curve)
    for epoch in range(1, epochs):
        report(trial, recorded.curve[epoch - 1])
        so_far = recorded.curve[:epoch]
        if not stopping.goes_on(trial, so_far, epochs=epochs, spared_epochs=recorded.spared_epochs):
            return epoch
    return epochs


def main(arguments: Sequence[str] | None = None) -> int:
    """Record what is missing, and print a line per search and pruner."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.early_stopping", description=__doc__)
    parser.add_argument("--trials", type=int, default=60, help="of each search (default: 60)")
    parser.add_argument("--seeds", type=int, default=2, help="searches of each experiment (default: 2)")
    parser.add_argument("--curves", type=Path, default=CURVES, help=f"default: {CURVES}")
    options = parser.parse_args(arguments)
    table = pd.read_parquet(options.curves) if options.curves.exists() else pd.DataFrame()
    done = set() if table.empty else set(zip(table["experiment"], table["seed"], strict=True))
    for seed in range(options.seeds):
        for file in sorted(EXPERIMENTS.glob("*.yaml")):
            if (file.stem, seed) not in done:
                say(f"recording {file.stem}, seed {seed}")
                table = pd.concat([table, record(file, seed, options.trials)], ignore_index=True)
                options.curves.parent.mkdir(parents=True, exist_ok=True)
                table.to_parquet(options.curves, index=False)
    for pruner in get_args(PrunerName):
        replays = []
        for search in searches(table):
            replays.append(replay(search, pruner))
            one = replays[-1]
            say(
                f"{pruner}, {search.experiment}, seed {search.seed}: {one.saved:.0%} of the epochs saved, "
                f"{one.lost} of the best {one.top} lost, best skill {one.best_kept:.3f} of {one.best:.3f}"
            )
        saved = sum(one.saved for one in replays) / len(replays)
        lost, top = sum(one.lost for one in replays), sum(one.top for one in replays)
        say(f"{pruner}: {saved:.0%} of the epochs saved, {lost} of the best {top} lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
