"""Trainings for benchmarks of the diagnosis, and data in which there is something to learn."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.cases import Array, Experiment, rate, table_of

Write = Callable[[np.random.Generator, Path], Experiment]


@dataclass(frozen=True)
class Patient:
    """A training to diagnose.

    Attributes:
        name: of the fault, or of the healthy training.
        model: its kind.
        causes: symptoms of which one has to be found first; empty for a healthy training.
        write: draws the data, writes them into a folder, and returns the experiment without a name.
    """

    name: str
    model: str
    causes: tuple[str, ...]
    write: Write

    def experiment(self, seed: int, folder: Path) -> Experiment:
        """Write the data of a seed into a folder, and return the experiment as a user would hand it in."""
        generator = np.random.default_rng([seed, *f"{self.name} {self.model}".encode()])
        sections = self.write(generator, folder)
        optimizer = rate(0.01) if "template" in sections["model"] else {}  # else it brings its own
        training = {"epochs": 20, "batch_size": 32} | optimizer | sections.pop("training", {})
        name = re.sub(r"\W+", "-", f"{self.name}-{self.model}")
        return {"name": name, "training": training, "search": {"seed": seed}, **sections}


def rows(g: np.random.Generator, count: int = 1500) -> tuple[Array, Array]:
    """Five features, and a number that depends on four of them."""
    X = g.normal(size=(count, 5))
    return X, X[:, 0] + X[:, 1] * X[:, 2] + np.sin(2 * X[:, 3]) + 0.3 * g.normal(size=count)


def labelled(g: np.random.Generator) -> tuple[Array, Array]:
    """The same features, and whether that number is large."""
    X, y = rows(g)
    return X, (y > 0.2).astype(int)


def waves(g: np.random.Generator, samples: int = 1200, steps: int = 24) -> tuple[Array, Array]:
    """Windows of a noisy wave with two channels, and where the first one goes next."""
    phase, speed = g.uniform(0, 2 * np.pi, samples), g.uniform(0.2, 0.5, samples)
    angle = phase[:, np.newaxis] + speed[:, np.newaxis] * np.arange(steps + 1)
    X = np.stack([np.sin(angle[:, :-1]), np.cos(angle[:, :-1])], axis=-1)
    return X + 0.05 * g.normal(size=X.shape), np.sin(angle[:, -1])


def ups(g: np.random.Generator) -> tuple[Array, Array]:
    """The same windows, and whether the wave goes up."""
    X, y = waves(g)
    return X, (y > 0).astype(int)


def arrays(folder: Path, X: Array, y: Array) -> Experiment:
    """The data section for arrays, split at random."""
    path = folder / "arrays.npz"
    np.savez(path, X=X, y=y)
    return {"source": str(path), "split": {"by": "random"}}


def table(folder: Path, X: Array, y: Array) -> Experiment:
    """The data section for a table, split at random."""
    return table_of(folder, X, y) | {"split": {"by": "random"}}


def built(folder: Path, code: str) -> Experiment:
    """The model section for a function of the user's own."""
    path = folder / "model.py"
    path.write_text(f"import keras\nfrom keras import layers\n\n\ndef build():\n{code}", encoding="utf-8")
    return {"build": f"{path}:build"}


def sequential(*layers: str, shape: str, compiled: str) -> str:
    """The code of a function that builds a Sequential model of these layers."""
    lines = "".join(f"            {layer},\n" for layer in (f"keras.Input({shape})", *layers))
    return (
        f"    model = keras.Sequential(\n        [\n{lines}        ]\n    )\n"
        f"    model.compile({compiled})\n    return model\n"
    )
