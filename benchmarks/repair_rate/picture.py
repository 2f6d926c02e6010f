"""The picture: how much of the gap each method closes with how much training, and in which case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.repair_rate.page import NAMES
from benchmarks.repair_rate.rows import METHODS, SHARES, Row
from benchmarks.repair_rate.summary import gaps_closed, summarise

_LOOKS = {"remedy": ("#0072b2", "o"), "random": ("#e69f00", "s"), "first_fit": ("#666666", "^")}


def draw(rows: Sequence[Row], budget: float, path: Path) -> None:
    """Write it as an SVG file, the same one for the same rows.

    Args:
        rows: with this budget, at least one of a curable case.
        budget: of every search, in trainings of the baseline.
        path: of the file.
    """
    curable = [row for row in rows if row.is_curable]
    gaps = {method: gaps_closed(curable, method, "full") for method in METHODS}
    cases = sorted(gaps["remedy"], key=lambda case: (gaps["remedy"][case], gaps["random"][case]))
    figure = Figure(figsize=(11, max(3.5, 1.2 + 0.19 * len(cases))), layout="constrained")
    budgets = [part * budget for part in SHARES.values()]
    means, each = figure.subplots(1, 2, width_ratios=[2, 3])
    found = summarise(rows).mean_gap
    for method in METHODS:
        color, marker = _LOOKS[method]
        shares = [found[method, share] for share in SHARES]
        means.plot(budgets, shares, color=color, marker=marker, label=NAMES[method])
        each.plot(
            [gaps[method][case] for case in cases],
            range(len(cases)),
            linestyle="none",
            color=color,
            marker=marker,
            markersize=5,
            alpha=0.8,
        )
    means.set(
        title=f"Mean of {len(cases)} cases",
        xlabel="budget in trainings of the baseline",
        ylabel="share of the gap closed",
        ylim=(-0.03, 1.03),
        xticks=budgets,
    )
    means.grid(alpha=0.3)
    means.legend(loc="lower right", frameon=False)
    each.set(title=f"Each case at {budget:g} trainings", xlabel="share of the gap closed", xlim=(-0.03, 1.03))
    each.set_yticks(range(len(cases)), cases, fontsize=7)
    each.set_ylim(-0.7, len(cases) - 0.3)
    each.grid(alpha=0.3)
    with mpl.rc_context({"svg.hashsalt": "repair_rate"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
