"""Figures for papers, drawn with matplotlib: learning curves, what fixes are worth, predictions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from remedy.errors import StudyError
from remedy.inert import legible
from remedy.report import charts, tables
from remedy.report.gather import BASELINE, BEST, OTHER, Gathered, gather
from remedy.report.palette import BLUE, GREY, ROLES, TRAININGS
from remedy.results.files import write_atomically
from remedy.results.folder import StudyFolder
from remedy.wording.fixes import by_usefulness

if TYPE_CHECKING:
    import pandas as pd

Format = Literal["png", "svg"]

_STYLE = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.size": 8,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "svg.hashsalt": "remedy",
    "text.parse_math": False,  # names are no formulas
}
_WIDTH = 5.5
"""Inches of a text column."""
_LOWEST = -1.0
_MOST_PANELS = 4


def write_figures(folder: StudyFolder, kind: Format, out: Path | None = None) -> list[Path]:
    """Draw the figures of a study.

    Args:
        folder: of a study that has a verdict.
        kind: of file.
        out: the folder to write; without, `figures` in that of the study.

    Returns:
        The files: `curves`, and if there is something to draw, `fixes` and `predictions`.

    Raises:
        StudyError: matplotlib is missing, there is no verdict yet, a file is damaged, or a figure cannot be
            written.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise StudyError("figures need matplotlib; install it with: pip install 'remedy[figures]'") from None
    study = gather(folder)
    place = out or folder.figures
    paths = []
    metadata = {"Date": None} if kind == "svg" else None
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        for name, figure in _figures(study):
            path = place / f"{name}.{kind}"
            write_atomically(path, partial(figure.savefig, dpi=300, format=kind, metadata=metadata))
            paths.append(path)
    return paths


def _figures(study: Gathered) -> Iterator[tuple[str, Any]]:
    if not study.curves.empty:
        yield "curves", _curves(study.curves)
    measured = [row for row in by_usefulness(study.verdict["fixes"]) if row["drop_low"] is not None]
    if measured:
        yield "fixes", _fixes(measured)
    comparison = study.comparison
    if comparison is None or not comparison.rows or (comparison.baseline is None and comparison.best is None):
        return
    if study.baseline.task == "regression":
        name, table = tables.predictions(comparison)[0]
        yield "predictions", _predictions(_short(name, 40), table, in_order=comparison.in_order)
    elif found := tables.confusions(comparison, study.baseline.task):
        yield "predictions", _confusions(found[:_MOST_PANELS])


def _subplots(columns: int, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height))
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def _curves(curves: pd.DataFrame) -> Any:
    figure, (skill, loss) = _subplots(2, 2.4)
    for _, curve in curves[curves["whose"] == OTHER].groupby("training"):
        skill.plot(curve["epoch"], curve["val_skill"].clip(lower=_LOWEST), color=GREY, alpha=0.35, lw=0.5)
    for whose, color in TRAININGS.items():
        curve = curves[curves["whose"] == whose]
        if whose == OTHER or curve.empty:
            continue
        for axes, name, low in ((skill, "skill", _LOWEST), (loss, "loss", None)):
            axes.plot(curve["epoch"], curve[f"val_{name}"].clip(lower=low), color=color, lw=1.4, label=whose)
            axes.plot(curve["epoch"], curve[name].clip(lower=low), color=color, lw=0.9, ls="--")
    shown = curves[curves["whose"] != OTHER]
    if len(shown) and bool(shown[["loss", "val_loss"]].min().min() > 0):
        loss.set_yscale("log")
        loss.yaxis.set_major_formatter("{x:g}")  # the usual one writes formulas
        loss.yaxis.set_minor_formatter("")
    skill.axhline(0, color=GREY, lw=0.8, ls=":")
    skill.set(xlabel="epoch", ylabel="skill (dashed: training rows)", ylim=(None, 1.02))
    loss.set(xlabel="epoch", ylabel="loss")
    if skill.get_legend_handles_labels()[0]:
        figure.legend(*skill.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _fixes(fixes: Sequence[Mapping[str, Any]]) -> Any:
    figure, (axes,) = _subplots(1, 0.7 + 0.28 * len(fixes))
    axes.axvline(0, color=GREY, lw=0.8, ls=":")
    roles = set()
    for place, row in enumerate(fixes):
        role = row["role"] or "untested"
        axes.plot([row["drop_low"], row["drop_high"]], [place, place], color=ROLES[role], lw=2)
        label = None if role in roles else role
        axes.plot(row["drop"], place, "o", color=ROLES[role], ms=5, label=label)
        roles.add(role)
    axes.set_yticks(range(len(fixes)), [_short(row["fix"]) for row in fixes])
    axes.set_ylim(len(fixes) - 0.5, -0.5)
    low, high = charts.bounds(fixes)
    margin = 0.05 * (high - low)
    axes.set(xlabel="skill that is lost without it", xlim=(low - margin, high + margin))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _predictions(name: str, table: pd.DataFrame, *, in_order: bool) -> Any:
    trainings = [whose for whose in (BASELINE, BEST) if whose in table]
    figure, axes = _subplots(2 if in_order else 1, 2.4)
    scatter = axes[-1]
    ends = [table["truth"].min(), table["truth"].max()]
    scatter.plot(ends, ends, color=GREY, lw=0.8, ls="--")
    for whose in trainings:
        scatter.plot(
            table["truth"], table[whose], "o", ms=2.5, alpha=0.7, color=TRAININGS[whose], label=whose
        )
    scatter.set(xlabel="truth", ylabel="prediction")
    if in_order:
        axes[0].plot(table["sample"], table["truth"], color=GREY, lw=1.8, label="truth")
        for whose in trainings:
            axes[0].plot(table["sample"], table[whose], color=TRAININGS[whose], lw=1.1, label=whose)
        axes[0].set(xlabel="test sample", ylabel=name)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    else:
        scatter.set_title(name)
        scatter.legend(loc="best")
    return figure


def _confusions(found: Sequence[tuple[str, pd.DataFrame]]) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("shares", ["white", BLUE])
    labels = list(dict.fromkeys(found[0][1]["truth"]))
    figure, panels = _subplots(len(found), 1.2 + 0.22 * len(labels))
    for axes, (whose, table) in zip(panels, found, strict=True):
        shares = table["share"].to_numpy().reshape(len(labels), -1)
        counts = table["count"].to_numpy().reshape(len(labels), -1)
        axes.imshow(shares, cmap=shades, vmin=0, vmax=1.6, aspect="auto")
        for (row, column), count in [(place, counts[place]) for place in zip(*counts.nonzero(), strict=True)]:
            axes.text(column, row, str(count), ha="center", va="center", fontsize=6)
        across, down = (
            [_short(name) for name in dict.fromkeys(table[key])] for key in ("predicted", "truth")
        )
        slanted = {"rotation": 45, "ha": "right"} if max(map(len, across)) > 3 else {}
        axes.set_xticks(range(len(across)), across, **slanted)
        axes.set_yticks(range(len(down)), down)
        axes.grid(visible=False)
        axes.set(xlabel="predicted", ylabel="truth")
        axes.set_title(_short(whose), fontsize=7)
    return figure


def _short(name: str, most: int = 20) -> str:
    """A name that leaves room for what it belongs to."""
    name = legible(name)
    return name if len(name) <= most else f"{name[: most - 1]}\u2026"
