"""Draws the pictures of `docs/how-it-works.md`, from a finished study and from recorded searches.

Run as `python -m benchmarks.explained results/sunspots`; see README.md beside this file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from benchmarks.early_stopping import CURVES, Trial, searches
from benchmarks.table import say
from remedy.errors import RemedyError, StudyError
from remedy.results.study import Study, load
from remedy.training import Status, training_status

PICTURES = Path("docs/how-it-works")

_RED, _GREEN, _BLUE, _GREY = "#c0392b", "#1e8449", "#2471a3", "#7f8c8d"
_STATUS_COLORS = {
    Status.LEARNING: _GREEN,
    Status.OVERFIT: "#b9770e",
    Status.SLOW: _BLUE,
    Status.FLAT: _GREY,
    Status.DIVERGED: _RED,
    Status.OSCILLATING: "#7d3c98",
    Status.PRUNED: "#b3bcc2",
}
_SHORTEST = 10
"""Epochs that a curve needs to show anything; if all of a status are shorter, the longest is shown."""
_LOWEST = -1.0


def statuses(curves: pd.DataFrame) -> Figure:
    """A recorded training of each status that occurs, typical by its final skill, and how many there are."""
    found: dict[Status, list[Trial]] = {}
    for search in searches(curves):
        for trial in search.trials:
            status = training_status(trial.curve, min_skill=search.min_skill)
            found.setdefault(status, []).append(trial)
    shown = [status for status in _STATUS_COLORS if status in found]
    figure = Figure(figsize=(9, 2.1), layout="constrained")
    panels = figure.subplots(1, len(shown), sharey=True)
    for axes, status in zip(panels, shown, strict=True):
        curve = _typical(found[status]).curve
        epochs = [record.epoch for record in curve]
        color = _STATUS_COLORS[status]
        axes.plot(epochs, np.clip([r.skill for r in curve], _LOWEST, 1), color=color, linestyle="--")
        axes.plot(epochs, np.clip([r.val_skill for r in curve], _LOWEST, 1), color=color)
        if not np.isfinite(curve[-1].skill):
            axes.text(epochs[-1], 0.1, "NaN", color=color, ha="center")
        axes.axhline(0, color="black", linewidth=0.6)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.set(
            title=f"{status}: {len(found[status])}",
            xlabel="epoch",
            xlim=(0, epochs[-1] + 1),
            ylim=(-1.05, 1.05),
        )
    panels[0].set_ylabel("skill")
    return _bare(figure)


def _typical(trials: Sequence[Trial]) -> Trial:
    long = [trial for trial in trials if len(trial.curve) >= _SHORTEST]
    if not long:
        return max(trials, key=lambda trial: len(trial.curve))
    return sorted(long, key=lambda trial: trial.curve[-1].skill)[len(long) // 2]


def loss_and_skill(study: Study) -> Figure:
    """Losses of trials with and without a scaled target beside their skills."""
    curves = study.curves()
    figure = Figure(figsize=(7.2, 2.4), layout="constrained")
    loss, skill = figure.subplots(1, 2)
    for record in study.records():
        rows = curves[curves["trial"] == record.number]
        scaled = "target_scaling" in record.recipe
        look = {"color": _BLUE if scaled else _RED, "alpha": 0.7, "linewidth": 1.2}
        loss.plot(rows["epoch"], rows["val_loss"], **look)
        skill.plot(rows["epoch"], rows["val_skill"].clip(lower=_LOWEST), **look)
    loss.set(xlabel="epoch", ylabel="validation loss", yscale="log")
    skill.set(xlabel="epoch", ylabel=f"validation skill (from {_LOWEST:g})", ylim=(-1.05, 1.05))
    skill.axhline(0, color="black", linewidth=0.6)
    for color, label in ((_BLUE, "y scaled"), (_RED, "y raw")):
        loss.plot([], [], color=color, label=label)
    loss.legend(frameon=False)
    return _bare(figure)


def search(study: Study) -> Figure:
    """The trials in the order in which they began, and what fresh seeds made of baseline and winner."""
    verdict = _decided(study)
    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
    axes, fresh = figure.subplots(1, 2, width_ratios=[4, 1], sharey=True)
    records = study.records()
    for status, color in _STATUS_COLORS.items():
        of_status = [record for record in records if record.status == status]
        if of_status:
            skills = np.clip([record.skill for record in of_status], _LOWEST, 1)
            axes.plot([r.number for r in of_status], skills, "o", color=color, label=str(status))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="trial", ylabel=f"validation skill (from {_LOWEST:g})", ylim=(-1.05, 1.05))
    axes.legend(frameon=False, fontsize=8, loc="lower center")
    best = verdict["best"]
    _interval(fresh, 1, best["skill"], best["skill_low"], best["skill_high"], _GREEN)
    fresh.plot([0], [max(verdict["baseline"]["skill"], _LOWEST)], "o", color=_RED)
    fresh.plot([1.3], [best["test_skill"]], "^", color=_GREEN)
    fresh.set(xlim=(-0.6, 1.9), xlabel="fresh seeds")
    fresh.set_xticks([0, 1], ["baseline", "best"])
    for part in (axes, fresh):
        part.axhline(0, color="black", linewidth=0.6)
    return _bare(figure)


def ablation(study: Study) -> Figure:
    """How much skill the best recipe loses without each of its fixes, with 95 % intervals."""
    verdict = _decided(study)
    fixes = verdict["fixes"][::-1]
    figure = Figure(figsize=(7.2, 0.9 + 0.4 * len(fixes)), layout="constrained")
    axes = figure.subplots()
    for place, fix in enumerate(fixes):
        color = _GREEN if fix["role"] in {"needed", "helpful"} else _GREY
        if fix["drop"] is not None:
            _interval(axes, place, fix["drop"], fix["drop_low"], fix["drop_high"], color, horizontal=True)
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set(xlabel="skill lost without the fix", ylim=(-0.6, len(fixes) - 0.4))
    axes.set_yticks(range(len(fixes)), [f"{fix['fix']}: {fix['role']}" for fix in fixes])
    return _bare(figure)


def _decided(study: Study) -> dict[str, Any]:
    verdict = study.verdict
    if verdict is None or verdict["best"] is None or not verdict["fixes"]:
        raise StudyError(f"{study.path}: the pictures need a study with a cure and its ablation")
    return verdict


def _interval(
    axes: Axes, place: float, mean: float, low: float, high: float, color: str, *, horizontal: bool = False
) -> None:
    """A point with its interval, upright unless it is horizontal."""
    spread = [[mean - low], [high - mean]]
    if horizontal:
        axes.errorbar([mean], [place], xerr=spread, fmt="o", color=color, capsize=3)
    else:
        axes.errorbar([place], [mean], yerr=spread, fmt="o", color=color, capsize=3)


def _bare(figure: Figure) -> Figure:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the pictures.

    Returns:
        The exit status: 2 if there is no such study, or none with a cure.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explained", description=__doc__)
    parser.add_argument("study", help="a finished study with a cure, its folder or name")
    parser.add_argument("--out", type=Path, default=PICTURES, help=f"default: {PICTURES}")
    options = parser.parse_args(arguments)
    mpl.rcParams["svg.hashsalt"] = "remedy"
    mpl.rcParams["svg.fonttype"] = "none"
    try:
        study = load(options.study)
        pictures = {
            "statuses": statuses(pd.read_parquet(CURVES)),
            "loss-and-skill": loss_and_skill(study),
            "search": search(study),
            "ablation": ablation(study),
        }
    except RemedyError as error:
        say(str(error))
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        picture.savefig(options.out / f"{name}.svg", metadata={"Date": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
