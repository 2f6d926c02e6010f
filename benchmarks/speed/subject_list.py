"""Who is measured, in the order in which they take turns."""

from __future__ import annotations

from benchmarks.speed.subjects import Subject
from benchmarks.speed.table import BOOKKEEPING, FLOOR, FULL, HYPERBAND, MEMORY, PLAIN, SEARCH, XLA_FLOOR

MEMORY_TRIALS = 150
FLOOR_TRIALS = 6

SUBJECTS = (
    Subject(FULL, "remedy_search", ("--full",)),
    Subject(PLAIN, "plain_optuna"),
    Subject(SEARCH, "remedy_search"),
    Subject(HYPERBAND, "keras_tuner", ("--tuner", "hyperband"), needs="keras_tuner"),
    Subject(FLOOR, "floor", trials=FLOOR_TRIALS, seeded=False),
    Subject(XLA_FLOOR, "floor", ("--jit",), trials=FLOOR_TRIALS, seeded=False),
    Subject("KerasTuner RandomSearch", "keras_tuner", ("--tuner", "random"), needs="keras_tuner"),
    Subject(BOOKKEEPING, "bookkeeping", trials=1000, seeded=False),
    Subject(MEMORY, "remedy_search", ("--full", "--workers", "1"), trials=MEMORY_TRIALS, repeats=1),
)
