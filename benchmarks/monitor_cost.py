"""Measures what `remedy.StuckLossMonitor` costs: the processor time of epochs with it and without it.

Run as `python -m benchmarks.monitor_cost`. Two models of the same kind are trained in turns, one of them
watched; the cost is the median of the ratios of the pairs. Processor time is less disturbed by what else runs
than wall time is.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence

import keras
import numpy as np

from remedy.monitor.stuck_loss_monitor import StuckLossMonitor

GOAL = 0.05
"""The share of an epoch's time that watching may cost."""

FEATURES = 4
STEPS = 30
BATCH_SIZE = 32


def lstm() -> keras.Model:
    """Two recurrent layers of 64 units."""
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((STEPS, FEATURES)),
            layers.LSTM(64, return_sequences=True),
            layers.LSTM(64),
            layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    return model


def dense() -> keras.Model:
    """A small network whose steps take hardly longer than Keras itself."""
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((STEPS, FEATURES)), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(1)]
    )
    model.compile("adam", "mse")
    return model


MODELS = {"lstm": lstm, "dense": dense}


def seconds(name: str, batches: int, pairs: int) -> tuple[list[float], list[float]]:
    """Times of epochs without and with the monitor, taken in turns; compiling is left out of both."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(batches * BATCH_SIZE, STEPS, FEATURES)).astype("float32")
    y = X.mean(axis=(1, 2))[:, None]
    models = [MODELS[name](), MODELS[name]()]
    callbacks = [[], [StuckLossMonitor(quiet=True)]]
    times: tuple[list[float], list[float]] = ([], [])
    for pair in range(pairs + 1):
        for side in (0, 1) if pair % 2 else (1, 0):
            started = time.process_time()
            models[side].fit(X, y, batch_size=BATCH_SIZE, verbose=0, callbacks=callbacks[side])
            if pair:
                times[side].append(time.process_time() - started)
    return times


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line per model; the exit status is 1 if the LSTM misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=15, help="epochs with and without, default 15")
    parser.add_argument("--batches", type=int, default=150, help="batches of an epoch, default 150")
    parser.add_argument("--model", choices=MODELS, action="append", help="one model only")
    options = parser.parse_args(arguments)
    missed = False
    for name in options.model or MODELS:
        without, with_monitor = seconds(name, options.batches, options.pairs)
        cost = (
            statistics.median(after / before for before, after in zip(without, with_monitor, strict=True)) - 1
        )
        best = min(with_monitor) / min(without) - 1
        step = 1000 * statistics.median(without) / options.batches
        sys.stdout.write(f"{name}: {cost:+.1%} (fastest epochs {best:+.1%}) of {step:.2f} ms per batch\n")
        missed = missed or (name == "lstm" and cost > GOAL)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
