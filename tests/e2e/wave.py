"""A noisy wave far from zero: what runs are tested on that are stopped, killed and shared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def write_wave(folder: Path, experiment: str) -> Path:
    """Put `wave.csv`, and the experiment as `wave.yaml`, into the folder."""
    steps = np.arange(180)
    wave = 1000 + 300 * np.sin(steps / 4) + np.random.default_rng(0).normal(scale=10, size=len(steps))
    pd.DataFrame({"level": wave.round(2)}).to_csv(folder / "wave.csv", index=False)
    (folder / "wave.yaml").write_text(experiment)
    return folder
