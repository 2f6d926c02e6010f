"""What is exported: one training, with all that its script depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset
from remedy.data.dataset import named_inputs
from remedy.data.input_preprocessing import has_padding
from remedy.export.model_facts import ModelFacts
from remedy.plan import Plan


@dataclass(frozen=True)
class Training:
    """A training to be written as a script.

    Attributes:
        title: what the script trains, such as `trial 7 of the study 'sunspots'`.
        plan: with all fixes applied.
        dataset: what it was trained on.
        seed: the training's.
        skill: its validation skill.
        model: what Keras says of the model.
        model_file: the file beside the script that holds the trained model or its weights.
    """

    title: str
    plan: Plan
    dataset: Dataset
    seed: int
    skill: float
    model: ModelFacts
    model_file: str

    def with_plan(self, plan: Plan) -> Training:
        """The same with another plan."""
        return replace(self, plan=plan)


@dataclass(frozen=True)
class InputFacts:
    """What a script has to know of one input.

    Attributes:
        array: of the training split, padded.
        tokens: it holds indices for an `Embedding`.
        ragged: its sequences have different lengths.
    """

    array: NDArray[Any]
    tokens: bool
    ragged: bool

    @property
    def features(self) -> int:
        """How many columns a scaler has."""
        return 1 if self.ragged and self.array.ndim == 2 else self.array.shape[-1]


def input_facts(dataset: Dataset, plan: Plan) -> Mapping[str, InputFacts]:
    """The inputs by name; a single one is called `X`."""
    ragged = dataset.train.lengths is not None
    return {
        name: InputFacts(array, name in plan.preprocessing.tokens, ragged and has_padding(array))
        for name, array in named_inputs(dataset.train.X).items()
    }


def is_single(dataset: Dataset) -> bool:
    """Whether X is one array."""
    return isinstance(dataset.train.X, np.ndarray)


def shape_text(shape: tuple[int, ...]) -> str:
    """The shape of some samples, as a docstring writes it.

    >>> shape_text((24, 1))
    '(samples, 24, 1)'
    """
    return f"({', '.join(['samples', *map(str, shape)])})"
