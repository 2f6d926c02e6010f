"""Compiled models for trainings that share a graph: compiling takes seconds, and few fixes change it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from remedy.models.jit_compilation import jit_compile
from remedy.plan import Model, Plan, canonical_json, graph_key, names_user_code
from remedy.surgery.layers import core
from remedy.training.fit import Steps
from remedy.training.skill_metric import Skill
from remedy.training.whole_batches import is_stateful

_BEGIN_FROM_WEIGHTS = frozenset({"ScheduleFreeAdamW"})
"""Optimizers whose variables begin as copies of the weights."""

_MOST = 8
"""So many are kept; a worker whose memory grows is replaced anyway."""


@dataclass(frozen=True)
class CompiledModel:
    """A model with everything that its compiled training step refers to.

    Attributes:
        optimizer_start: values of the optimizer's variables before the first step.
        steps: the model's, traced.
    """

    model: keras.Model
    optimizer: Any
    skill: Skill
    optimizer_start: tuple[NDArray[Any], ...]
    steps: Steps

    @classmethod
    def of(cls, model: keras.Model, optimizer: Any, skill: Skill) -> CompiledModel:
        """What has just been compiled."""
        optimizer.build(model.trainable_variables)
        return cls(model, optimizer, skill, tuple(map(np.array, optimizer.variables)), Steps(model))

    def start_over(self, fresh: keras.Model, plan: Plan) -> None:
        """Go back to before the first step of a training.

        Args:
            fresh: the same model with the weights, and states of random generators, to start from.
            plan: names the learning rate, if it is a number, and the norm at which gradients are clipped.
        """
        copy_state(fresh, self.model)
        for variable, value in zip(self.optimizer.variables, self.optimizer_start, strict=True):
            variable.assign(value)
        rate = plan.optimizer.config.get("learning_rate")
        if isinstance(rate, int | float):
            self.optimizer.learning_rate = rate
        self.optimizer.set_clipnorm(plan.optimizer.config.get("clipnorm"))


class CompiledModels:
    """The models that were compiled last, by what their graphs are made of."""

    def __init__(self) -> None:
        self._models: OrderedDict[str, CompiledModel] = OrderedDict()

    def find(self, plan: Plan) -> CompiledModel | None:
        """A compiled model that this plan can use."""
        key = _key(plan)
        if key in self._models:
            self._models.move_to_end(key)
        return self._models.get(key)

    def keep(self, plan: Plan, compiled: CompiledModel) -> None:
        """Keep what was compiled for a plan, unless its trainings leave other traces than weights."""
        if not is_shareable(plan) or is_stateful(compiled.model):
            return
        self._models[_key(plan)] = compiled
        if len(self._models) > _MOST:
            self._models.popitem(last=False)


def is_shareable(plan: Plan) -> bool:
    """Whether nothing but weights and optimizer variables tells one training of the plan from another.

    A layer, optimizer or loss of the user's own may keep whatever it likes, such as an array that it drew.
    """
    if plan.optimizer.class_name in _BEGIN_FROM_WEIGHTS:
        return False
    if plan.model.opaque is not None or plan.model.dtype != "float32" or plan.run_eagerly:
        return False
    plain = plan.model_dump(mode="json", include={"model", "optimizer", "loss"})
    return not names_user_code(plain)


def copy_state(source: keras.Model, target: keras.Model) -> None:
    """Copy weights and the states of random generators between two models of one description."""
    for variable, value in zip(target.variables, source.variables, strict=True):
        variable.assign(value)


def _key(plan: Plan) -> str:
    rate, norm = (plan.optimizer.config.get(key) for key in ("learning_rate", "clipnorm"))
    # The default rate is not part of the config, and gradients of an embedding are clipped by a graph's own.
    return canonical_json(
        [graph_key(plan), jit_compile(plan), rate is None, bool(norm) and _has_embedding(plan.model)]
    )


def _has_embedding(model: Model) -> bool:
    return any(
        core(layer) == "Embedding" or (layer.inner is not None and _has_embedding(layer.inner))
        for layer in model.layers
    )
