"""Which rows of a split the probes look at."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Split
from remedy.data.dataset import named_inputs
from remedy.data.overlap import find_overlap

MOST_ROWS = 5_000
_MOST_BYTES = 2**30
_COPIES = 8
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Rows:
    """Some rows of a split: samples, or single steps of samples that have a target for every step.

    Attributes:
        samples: int64 `(rows,)`, never falling.
        steps: int64 `(rows,)`; `None` if a sample has one target.
    """

    samples: NDArray[np.int64]
    steps: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.samples)

    def of(self, y: NDArray[Any]) -> NDArray[Any]:
        """Their targets `(rows, outputs)`, out of those of the split."""
        picked: NDArray[Any] = y[self.samples] if self.steps is None else y[self.samples, self.steps]
        return picked


def pick_rows(split: Split, generator: np.random.Generator) -> Rows:
    """Pick at most 5,000 rows, evenly spread over a split, and no more than 1 GiB of X.

    One is drawn from each of as many stretches of equal length: a fixed stride could fall in step with a
    period in the data, and would then see one phase, or one class, of it only.

    Args:
        split: of any size; X is not touched.
        generator: draws within the stretches.
    """
    every_step = split.y.ndim > 2
    cost = sum(
        _cost(array, thinned=array.ndim > 2 and not every_step) for array in named_inputs(split.X).values()
    )
    most_samples = min(MOST_ROWS, max(_MOST_BYTES * len(split) // max(cost, 1), 1))
    samples = _spread(len(split), most_samples, generator)
    if not every_step:
        return Rows(samples)
    steps = split.y.shape[1]
    per_sample = min(steps, max(MOST_ROWS // len(samples), 1))
    # The golden ratio spreads the first step that is taken of each sample evenly over all steps.
    first = (np.arange(len(samples)) * _GOLDEN % 1 * steps).astype(np.int64)
    offsets = np.arange(per_sample) * steps // per_sample
    chosen = np.sort((first[:, np.newaxis] + offsets) % steps, axis=1)
    return Rows(np.repeat(samples, per_sample), chosen.ravel())


def overlapping_samples(split: Split, rows: Rows) -> int:
    """From how many of the chosen samples on two have no row of the source in common; 1 if none share any.

    Windows tell by their rows, arrays that came as windows by their contents.
    """
    length = split.rows.shape[1]
    if length == 1:
        found = find_overlap(named_inputs(split.X), split.y, np.arange(len(split)))
        reach = 1 if found is None else found.gap + 1
    else:
        shared = split.rows[:-1] == split.rows[1:, :1]
        strides = shared.argmax(axis=1)[shared.any(axis=1)]
        reach = math.ceil(length / strides.min()) if len(strides) else 1
    chosen = len(np.unique(rows.samples))
    return max(math.ceil(reach * chosen / len(split)), 1)


def _spread(count: int, most: int, generator: np.random.Generator) -> NDArray[np.int64]:
    if count <= most:
        return np.arange(count, dtype=np.int64)
    edges = np.arange(most + 1, dtype=np.int64) * count // most
    return generator.integers(edges[:-1], edges[1:])


def _cost(array: NDArray[Any], *, thinned: bool) -> int:
    """Bytes; what is not thinned out counts with the copies that are made of it on the way."""
    return array.nbytes if thinned else _COPIES * 8 * array.size
