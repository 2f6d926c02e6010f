"""`remedy check`: an experiment as it would be run, without training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from remedy.ablation import expected_trainings, likely_fixes
from remedy.cli.console import make_console, make_table, print_json
from remedy.cli.introduction import data_text
from remedy.cli.model_text import model_lines
from remedy.fixes import corners, describe, to_plain
from remedy.inert import legible
from remedy.phases import BASELINE_SEEDS
from remedy.plan import Plan
from remedy.preparation import Prepared, prepare
from remedy.search import FixSpace, SearchSpace, recipe_parameters
from remedy.tracking import require_installed
from remedy.wording.text import count_text, duration_text, value_text

_NAMES_SHOWN = 12


@dataclass(frozen=True)
class Cost:
    """What a run is likely to take, in counts: how long a training takes is not known before one has run.

    Attributes:
        search: trials, which are fewer than asked for if there are fewer recipes.
        ablation: of a recipe with half of the fixes; a smaller one takes less.
        epochs_each: of a training, as the baseline has them and at most.
        optimizer_steps_each: likewise.
        optimizer_steps: of all trainings together, at most.
    """

    baseline: int
    search: int
    confirmation: int
    ablation: int
    trainings: int
    epochs_each: tuple[int, int]
    optimizer_steps_each: tuple[int, int]
    optimizer_steps: int


def check_experiment(file: Path, settings: Sequence[str], *, json: bool) -> None:
    """Validate and print.

    Raises:
        ConfigError, DataError: something is wrong with the experiment or its data.
    """
    prepared = prepare(file, settings)
    require_installed(prepared.experiment.tracking)
    if json:
        print_json(_plain(prepared))
    else:
        _print(make_console(), prepared)


def cost(prepared: Prepared) -> Cost:
    """The trainings of a run that uses up its budget, each to its last epoch."""
    experiment, baseline = prepared.experiment, prepared.baseline
    search = int(min(experiment.search.trials, prepared.space.size))
    confirmation = min(experiment.confirm.top, search) * experiment.confirm.seeds
    ablation = 0
    if experiment.ablation:
        ablation = expected_trainings(likely_fixes(len(prepared.space.fixes)), experiment.confirm.seeds)
    trainings = BASELINE_SEEDS + search + confirmation + ablation
    plans = list(prepared.space.plans(baseline))
    epochs, batch_size = max(plan.epochs for plan in plans), min(plan.batch_size for plan in plans)
    samples = len(prepared.dataset.train)
    as_baseline = baseline.epochs * math.ceil(samples / baseline.batch_size)
    longest = epochs * math.ceil(samples / batch_size)
    return Cost(
        baseline=BASELINE_SEEDS,
        search=search,
        confirmation=confirmation,
        ablation=ablation,
        trainings=trainings,
        epochs_each=(baseline.epochs, epochs),
        optimizer_steps_each=(as_baseline, longest),
        optimizer_steps=BASELINE_SEEDS * as_baseline + (search + confirmation + ablation) * longest,
    )


def optuna_parameters(name: str, entry: FixSpace) -> list[str]:
    """The names under which Optuna knows a fix."""
    alone = SearchSpace({name: entry}, {})
    names = [key for value in corners(entry.space) for key in recipe_parameters({name: value}, alone)]
    return list(dict.fromkeys(names))


def _print(console: Console, prepared: Prepared) -> None:
    data, plan = prepared.dataset, prepared.baseline
    facts = make_table(header=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("experiment", prepared.experiment.name)
    facts.add_row("data", legible(str(prepared.experiment.data.source)))
    facts.add_row("", data_text(prepared))
    facts.add_row("features", _listed(data.features))
    facts.add_row("target", ", ".join(map(legible, data.targets)))
    if data.classes:
        facts.add_row("classes", _listed(data.classes))
    for note in data.notes:
        facts.add_row("note", legible(note))
    for position, line in enumerate((*model_lines(plan.model), _training_text(plan))):
        facts.add_row("" if position else "baseline", legible(line))
    console.print(facts)
    console.print()
    _print_space(console, prepared.space)
    _print_cost(console, prepared)


def _print_space(console: Console, space: SearchSpace) -> None:
    table = make_table()
    table.add_column("fix", style="bold", no_wrap=True)
    table.add_column("values", overflow="fold")
    table.add_column("required", no_wrap=True)
    table.add_column("parameters in Optuna", overflow="fold")
    for name, entry in space.fixes.items():
        parameters = optuna_parameters(name, entry)
        required = "yes" if entry.required else "no"
        names = ", ".join(map(legible, parameters))
        table.add_row(legible(name), legible(describe(entry.space)), required, names or "none, it is fixed")
    console.print(table)
    console.print()
    for name, reason in space.ruled_out.items():
        console.print(legible(f"not tried: {name} ({reason})"))
    size = "infinitely many" if math.isinf(space.size) else f"{int(space.size):,}"
    console.print(f"different recipes: {size}")


def _print_cost(console: Console, prepared: Prepared) -> None:
    estimate, search = cost(prepared), prepared.experiment.search
    steps, most_steps = estimate.optimizer_steps_each
    console.print(
        f"cost: about {count_text(estimate.trainings, 'training')} ({estimate.baseline} of the baseline, "
        f"{estimate.search} in the search, up to {estimate.confirmation} to confirm, "
        + (
            f"some {estimate.ablation} to ablate a recipe of {likely_fixes(len(prepared.space.fixes))} fixes"
            if estimate.ablation
            else "no ablation"
        )
        + "), each of "
        f"{count_text(steps, 'optimizer step')} as the baseline is set"
        + (f" and up to {most_steps:,} with more epochs or smaller batches" if most_steps > steps else "")
    )
    if search.timeout is not None:
        console.print(
            f"no trial is started later than {duration_text(search.timeout)} after the run began, and "
            "none of the search later than leaves room to confirm and ablate"
        )
    console.print("Nothing was trained, so how long a step takes is not known.", style="dim")


def _listed(names: Sequence[str]) -> str:
    """Names in a row; of very many the first ones, the last one and their number."""
    names = [*map(legible, names)]
    if len(names) <= _NAMES_SHOWN:
        return ", ".join(names)
    return f"{', '.join(names[: _NAMES_SHOWN - 1])}, ... {names[-1]} ({len(names):,} in all)"


def _training_text(plan: Plan) -> str:
    optimizer = value_text(plan.optimizer.config)
    loss = plan.loss if isinstance(plan.loss, str) else plan.loss["class_name"]
    if not isinstance(plan.loss, str) and loss == "function":  # the user's own, which has a name of its own
        loss = plan.loss["config"]
    return (
        f"{plan.optimizer.class_name} ({optimizer}), loss {loss}, "
        f"{count_text(plan.epochs, 'epoch')}, batch size {plan.batch_size}, skill from {plan.metric}"
    )


def _plain(prepared: Prepared) -> dict[str, Any]:
    data, space = prepared.dataset, prepared.space
    return {
        "name": prepared.experiment.name,
        "task": data.task,
        "metric": prepared.baseline.metric,
        "data": {
            "source": str(prepared.experiment.data.source),
            "rows": data.rows,
            "samples": {
                "train": len(data.train),
                "validation": len(data.validation),
                "test": len(data.test),
            },
            "input_shape": list(data.input_shape),
            "features": list(data.features),
            "targets": list(data.targets),
            "classes": list(data.classes),
            "notes": list(data.notes),
        },
        "baseline": prepared.baseline.model_dump(mode="json"),
        "fixes": [
            {
                "fix": name,
                "space": to_plain(entry.space),
                "required": entry.required,
                "parameters": optuna_parameters(name, entry),
            }
            for name, entry in space.fixes.items()
        ],
        "ruled_out": dict(space.ruled_out),
        "recipes": None if math.isinf(space.size) else int(space.size),
        "cost": asdict(cost(prepared)),
    }
