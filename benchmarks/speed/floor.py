"""The same training steps in one bare compiled function per core: `python -m benchmarks.speed.floor`.

Each process trains models of depth 1, 2, 3, 1, ... for one trial's steps with nothing around them: no
framework's loop, no metrics, no validation, batches cut from an array that lies in the graph. What is
reported for a trial is its time after compiling.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.speed import workload
from benchmarks.speed.report import Report


def seconds_per_trial(depth: int, *, jit_compile: bool) -> float:
    """The time of a trial's training steps, without compiling."""
    import keras
    import tensorflow as tf

    keras.backend.clear_session()
    choice: dict[str, Any] = {
        "depth": depth,
        "initializer": "glorot_uniform",
        "batch_normalization": False,
        "learning_rate": 0.001,
        "clipnorm": None,
    }
    model = workload.build(choice)
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    windows, _ = workload.splits()
    X, y = tf.constant(windows.X / 1000), tf.constant(windows.y / 1000)
    size = workload.BATCH_SIZE

    @tf.function(jit_compile=jit_compile)  # type: ignore[untyped-decorator]
    def step(x: Any, target: Any) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - target))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)

    batches = [(X[start : start + size], y[start : start + size]) for start in range(0, len(windows.y), size)]
    whole = [batch for batch in batches if len(batch[1]) == size]
    steps = math.ceil(workload.WINDOWS / size) * workload.EPOCHS
    step(*whole[0])
    started = time.perf_counter()
    for number in range(steps):
        step(*whole[number % len(whole)])
    return time.perf_counter() - started


def main() -> None:
    """Time trials, one process per core if asked for several."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--jit", action="store_true")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.processes > 1:
        command = [sys.executable, "-m", "benchmarks.speed.floor", "--trials", str(options.trials)]
        command += ["--processes", "1", *["--jit"] * options.jit]
        outs = [f"{options.out}.{number}" for number in range(options.processes)]
        alone = os.environ | {f"TF_NUM_{kind}_THREADS": "1" for kind in ("INTRAOP", "INTEROP")}
        running = [subprocess.Popen([*command, "--out", out], env=alone) for out in outs]  # noqa: S603 - ours
        if any(codes := [process.wait() for process in running]):
            sys.exit(f"floor: exit statuses {codes}")
        options.out.write_text("".join(Path(out).read_text(encoding="utf-8") for out in outs))
        return
    report = Report(options.out)
    depths = workload.DEPTHS
    for number in range(options.trials):
        depth = depths[number % len(depths)]
        seconds = seconds_per_trial(depth, jit_compile=options.jit)
        report.trial(0.0, workload.EPOCHS, seconds=seconds, graph=f"depth {depth}")


if __name__ == "__main__":
    main()
