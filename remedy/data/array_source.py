"""Arrays as a source hands them over, before anything is inferred or split."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from remedy.data.chunks import sample_slices

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Samples:
    """X and y of some samples.

    Attributes:
        X: arrays by the name of the input, samples first; a single unnamed one is called `X`.
        y: the targets, samples first.
        lengths: int64 `(samples,)`: how many steps of each sample are no padding; `None` if none is padded.
    """

    X: Mapping[str, NDArray[Any]]
    y: NDArray[Any]
    lengths: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class RawData:
    """The arrays of a source: plain NumPy data that can be sent from one process to another.

    Attributes:
        name: the source's, for messages.
        samples: all of them under `all`, or those of each split if the source came split.
        feature_names: of the last axis of an input, where the source names them.
        target_names: of the last axis of y, empty if the source does not name them.
        notes: what was assumed, one sentence each.
        fingerprint: SHA-256 over the names, types, shapes and values of all arrays.
    """

    name: str
    samples: Mapping[Literal["all"] | Part, Samples]
    feature_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    target_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fingerprint: str = ""


def fingerprint(samples: Mapping[Any, Samples]) -> str:
    """SHA-256 over the names, types, shapes and values of arrays."""
    digest = hashlib.sha256()
    for part, these in samples.items():
        for name, array in {**these.X, "y": these.y, "lengths": these.lengths}.items():
            if array is None:
                continue
            digest.update(f"{part}/{name}/{array.dtype.str}/{array.shape}".encode())
            values = np.atleast_1d(array)
            for chunk in sample_slices(values):
                digest.update(np.ascontiguousarray(values[chunk]).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
