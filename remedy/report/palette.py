"""The colours of a report: told apart by most colour-blind people, on white and on black.

They are those of Okabe and Ito, https://jfly.uni-koeln.de/color/, with a blue that tells on black, too.
"""

from __future__ import annotations

from remedy.report.gather import BASELINE, BEST, MINIMAL, OTHER

VERMILLION, GREEN, BLUE, PURPLE, GREY = "#d55e00", "#009e73", "#2a84cc", "#cc79a7", "#8b93a1"

CHOSEN = PURPLE
"""Of trials that the reader has ticked."""

TRAININGS = {BASELINE: VERMILLION, BEST: GREEN, MINIMAL: BLUE, OTHER: GREY}
ROLES = {"needed": GREEN, "helpful": BLUE, "neutral": GREY, "harmful": VERMILLION, "untested": GREY}
