"""What each fix of the best recipe is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from remedy.report.charts._style import FIT, Chart
from remedy.report.palette import GREY, ROLES


def bounds(fixes: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Between which skills the chart is drawn: with all drops, and of their intervals what leaves them room.

    Args:
        fixes: as those of `fix_effects`.

    >>> bounds([{"drop": 0.5, "drop_low": -8.0, "drop_high": 17.0}])
    (-0.5, 1.0)
    """
    drops = [0.0, *(row["drop"] for row in fixes)]
    least, most = min(drops), max(drops)
    room = (most - least) or 1.0
    low = max(min(0.0, *(row["drop_low"] for row in fixes)), least - room)
    high = min(max(0.0, *(row["drop_high"] for row in fixes)), most + room)
    return low, high


def fix_effects(fixes: Sequence[Mapping[str, Any]]) -> Chart:
    """What is lost without each fix, with its interval.

    Args:
        fixes: rows of the verdict's `fixes` that have a drop with an interval.
    """
    data = pd.DataFrame(
        {
            "fix": row["fix"],
            "role": row["role"] or "untested",
            "drop": row["drop"],
            "low": row["drop_low"],
            "high": row["drop_high"],
        }
        for row in fixes
    )
    low, high = bounds(fixes)
    roles = [role for role in ROLES if (data["role"] == role).any()]
    base = alt.Chart(data).encode(
        y=alt.Y("fix:N", title=None, sort=None, axis=alt.Axis(grid=False, labelLimit=160)),
        color=alt.Color(
            "role:N", legend=None, scale=alt.Scale(domain=roles, range=[ROLES[role] for role in roles])
        ),
        tooltip=[
            alt.Tooltip("fix:N"),
            alt.Tooltip("role:N"),
            *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("drop", "low", "high")),
        ],
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(strokeDash=[2, 3], color=GREY).encode(x="zero:Q")
    interval = base.mark_rule(strokeWidth=4, strokeCap="round", opacity=0.75).encode(
        x=alt.X(
            "low:Q",
            title="skill that is lost without it",
            axis=alt.Axis(tickCount=6),
            scale=alt.Scale(domain=[low, high], clamp=True),
        ),
        x2="high:Q",
    )
    point = base.mark_point(size=110, filled=True, opacity=1).encode(x="drop:Q")
    return alt.layer(zero, interval, point).properties(
        description="Skill that is lost without each fix of the best recipe, with its interval",
        width="container",
        height=36 * len(data),
        autosize=FIT,
    )
