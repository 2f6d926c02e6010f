"""`remedy check`: an experiment as it would be run, without training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console

from remedy.ablation import expected_trainings, likely_fixes, most_trainings
from remedy.cli.console import make_console, make_table, print_json
from remedy.cli.introduction import data_text
from remedy.cli.known_pace import Known, known_pace
from remedy.cli.model_text import model_lines
from remedy.cli.time_left import Span, span_text
from remedy.config.experiment import Window
from remedy.fixes import corners, describe, to_plain
from remedy.inert import legible
from remedy.phases import BASELINE_SEEDS
from remedy.plan import Plan
from remedy.preparation import Prepared, prepare
from remedy.search import FixSpace, SearchSpace, recipe_parameters
from remedy.tracking import require_installed
from remedy.wording.text import count_text, duration_text, value_text

_NAMES_SHOWN = 12
_ROOM_FOR_VALUES = 18
_GAP = 3


@dataclass(frozen=True)
class Cost:
    """What a run is likely to take, in counts: how long a training takes is not known before one has run.

    Attributes:
        search: trials, which are fewer than asked for if there are fewer recipes.
        ablation: of a recipe with half of the fixes; a smaller one takes less.
        ablation_at_most: likewise, if nothing is clear without a closer look.
        epochs_each: of a training, as the baseline has them and at most.
        optimizer_steps_each: likewise.
        optimizer_steps: of `trainings` together, each as long as it can get.
    """

    baseline: int
    search: int
    confirmation: int
    ablation: int
    ablation_at_most: int
    trainings: int
    epochs_each: tuple[int, int]
    optimizer_steps_each: tuple[int, int]
    optimizer_steps: int


def check_experiment(file: Path, results: Path, settings: Sequence[str], *, json: bool) -> None:
    """Validate and print.

    Args:
        file: the experiment.
        results: the folder in which an earlier run of it may be.
        settings: `key=value` each, put in place of what the file says.
        json: print JSON.

    Raises:
        ConfigError, DataError: something is wrong with the experiment or its data.
    """
    prepared = prepare(file, settings)
    require_installed(prepared.experiment.tracking)
    known = known_pace(prepared, results, _trainings(cost(prepared)))
    if json:
        print_json(_plain(prepared, known.seconds if known else None))
    else:
        _print(make_console(), prepared, known)


def cost(prepared: Prepared) -> Cost:
    """The trainings of a run that uses up its budget, each to its last epoch."""
    experiment, baseline = prepared.experiment, prepared.baseline
    search = int(min(experiment.search.trials, prepared.space.size))
    confirmation = min(experiment.confirm.top, search) * experiment.confirm.seeds
    ablation = ablation_at_most = 0
    if experiment.ablation:
        recipe = likely_fixes(len(prepared.space.fixes)), experiment.confirm.seeds
        ablation, ablation_at_most = expected_trainings(*recipe), most_trainings(*recipe)
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
        ablation_at_most=ablation_at_most,
        trainings=trainings,
        epochs_each=(baseline.epochs, epochs),
        optimizer_steps_each=(as_baseline, longest),
        optimizer_steps=BASELINE_SEEDS * as_baseline + (search + confirmation + ablation) * longest,
    )


def _trainings(estimate: Cost) -> dict[str, Span]:
    """Those of each phase; an ablation may be needless."""
    counts = {name: getattr(estimate, name) for name in ("baseline", "search", "confirmation")}
    return {name: Span.exactly(count) for name, count in counts.items()} | {
        "ablation": Span(0, estimate.ablation, estimate.ablation_at_most)
    }


def optuna_parameters(name: str, entry: FixSpace) -> list[str]:
    """The names under which Optuna knows a fix."""
    alone = SearchSpace({name: entry}, {})
    names = [key for value in corners(entry.space) for key in recipe_parameters({name: value}, alone)]
    return list(dict.fromkeys(names))


def _print(console: Console, prepared: Prepared, known: Known | None) -> None:
    data, plan = prepared.dataset, prepared.baseline
    facts = make_table(header=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("experiment", prepared.experiment.name)
    facts.add_row("data", legible(str(prepared.experiment.data.source)))
    facts.add_row("", data_text(prepared))
    if (window := prepared.experiment.data.window) is not None:
        facts.add_row("", _window_text(window, by_group=data.split_by == "group"))
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
    _print_cost(console, prepared, known)


def _print_space(console: Console, space: SearchSpace) -> None:
    parameters = {name: optuna_parameters(name, entry) for name, entry in space.fixes.items()}
    # Rich breaks the longest names first; where there is room for them, the values give way.
    longest = max((cell_len(legible(name)) + 1 for names in parameters.values() for name in names), default=0)
    left = console.width - max(map(cell_len, space.fixes), default=0) - longest - 2 * _GAP
    roomy = left >= _ROOM_FOR_VALUES
    table = make_table()
    table.add_column("fix", style="bold", no_wrap=True)
    table.add_column("values", overflow="fold", max_width=left if roomy else None)
    table.add_column("parameters in Optuna", overflow="fold", max_width=None if roomy else longest)
    for name, entry in space.fixes.items():
        required = " (required)" if entry.required else ""
        names = ", ".join(map(legible, parameters[name]))
        table.add_row(legible(name), legible(describe(entry.space)) + required, names or "none, it is fixed")
    console.print(table)
    console.print()
    for name, reason in space.ruled_out.items():
        console.print(legible(f"not tried: {name} ({reason})"))
    size = "infinitely many" if math.isinf(space.size) else f"{int(space.size):,}"
    console.print(f"different recipes: {size}")


def _print_cost(console: Console, prepared: Prepared, known: Known | None) -> None:
    estimate, search = cost(prepared), prepared.experiment.search
    fixes = likely_fixes(len(prepared.space.fixes))
    steps, most_steps = estimate.optimizer_steps_each
    console.print(
        f"cost: about {count_text(estimate.trainings, 'training')} ({estimate.baseline} of the baseline, "
        f"{estimate.search} in the search, up to {estimate.confirmation} to confirm, "
        + (
            (f"some {estimate.ablation} and " if estimate.ablation else "")
            + f"up to {estimate.ablation_at_most} to ablate a recipe of "
            f"{fixes} fix{'es' if fixes > 1 else ''}"
            if estimate.ablation_at_most
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
    if known is None:
        console.print(
            "Nothing was trained, so how long a step takes is not known; "
            "remedy run says how much time is left once it searches.",
            style="dim",
        )
        return
    console.print(
        legible(
            f"time: {span_text(known.seconds)} from the start with {count_text(known.workers, 'worker')}, "
            f"at the pace of the {count_text(known.trainings, 'training')} in {known.folder}"
        )
    )


def _window_text(window: Window, *, by_group: bool) -> str:
    """Why there are fewer samples than rows."""
    where = "one group" if by_group else "one split"
    rarely = f", and one window in {window.stride} is a sample" if window.stride > 1 else ""
    return (
        f"a window and its targets take {window.reach} consecutive rows of {where}, so the first "
        f"{window.reach - 1} of them are no samples of their own{rarely}"
    )


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


def _plain(prepared: Prepared, seconds: Span | None) -> dict[str, Any]:
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
        "cost": asdict(cost(prepared))
        | {
            "seconds": seconds and [round(seconds.low, 1), round(seconds.high, 1)],
            "likely_seconds": seconds and round(seconds.likely, 1),
        },
    }
