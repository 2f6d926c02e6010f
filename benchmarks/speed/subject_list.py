"""Who is measured, in the order in which they take turns."""

from __future__ import annotations

from benchmarks.speed.subjects import Subject
from benchmarks.speed.table import (
    BOOKKEEPING,
    FLOOR,
    FULL,
    HYPERBAND,
    JAX_FULL,
    JAX_SEARCH,
    MEMORY,
    PLAIN,
    SEARCH,
    XLA_FLOOR,
)

FULL_TRIALS = 60
MEMORY_TRIALS = 150
FLOOR_TRIALS = 6

_JAX = (("KERAS_BACKEND", "jax"),)

SUBJECTS = (
    Subject(FULL, "remedy_search", ("--full",), trials=FULL_TRIALS),
    Subject(PLAIN, "plain_optuna"),
    Subject(SEARCH, "remedy_search"),
    Subject(JAX_FULL, "remedy_search", ("--full",), trials=FULL_TRIALS, environment=_JAX, needs="jax"),
    Subject(JAX_SEARCH, "remedy_search", environment=_JAX, needs="jax"),
    Subject(HYPERBAND, "keras_tuner", ("--tuner", "hyperband"), needs="keras_tuner"),
    Subject(FLOOR, "floor", trials=FLOOR_TRIALS, seeded=False),
    Subject(XLA_FLOOR, "floor", ("--jit",), trials=FLOOR_TRIALS, seeded=False),
    Subject("KerasTuner RandomSearch", "keras_tuner", ("--tuner", "random"), needs="keras_tuner"),
    Subject(BOOKKEEPING, "bookkeeping", trials=1000, seeded=False),
    Subject(MEMORY, "remedy_search", ("--full", "--workers", "1"), trials=MEMORY_TRIALS, repeats=1),
)
