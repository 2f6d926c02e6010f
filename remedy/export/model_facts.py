"""What only Keras can say of a plan's model, asked in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remedy.errors import UserCodeError
from remedy.plan import Layer, Plan
from remedy.workers.messages import Answer
from remedy.workers.process import WorkerDiedError, WorkerProcess


@dataclass(frozen=True)
class ModelFacts:
    """What a script has to know of a model beyond its description.

    Attributes:
        batch_size: how many samples every batch must have; `None` if any number will do.
        stateful: layers carry their state from batch to batch.
        inputs: for several inputs, what the data calls those of the model, by the model's names, in its
            order; empty for one input.
        as_list: several inputs go in as a list, not by name.
        logits: a classifier's outputs are no probabilities yet.
    """

    batch_size: int | None = None
    stateful: bool = False
    inputs: Mapping[str, str] | None = None
    as_list: bool = False
    logits: bool = False


def starts_from_file(plan: Plan) -> bool:
    """Whether the script has to read the weights from which the training starts.

    It has to where they are the user's own, and where the trial has built a nested model more than once, so
    that the numbers drawn after it are others than those of a script.
    """
    model = plan.model
    if model.opaque is not None or model.source is None:
        return False
    return model.source.keep_weights or (model.is_graph and any(layer.inner for layer in model.layers))


def draws_otherwise(plan: Plan) -> bool:
    """Whether layers of the script draw other random numbers in training than those of the trial.

    The trial has built the nested models of a graph more than once, after which dropout draws others.
    """
    model = plan.model
    built_again = model.is_graph and any(layer.inner for layer in model.layers)
    return built_again and any(_draws(layer) for layer in model.layers)


def _draws(layer: Layer) -> bool:
    if layer.inner is not None:
        return any(map(_draws, layer.inner.layers))
    return re.search("Dropout|Noise|Random", layer.class_name) is not None or bool(
        layer.config.get("dropout") or layer.config.get("recurrent_dropout")
    )


class _Process(WorkerProcess):
    module = "remedy.export.model_child"


def find_model_facts(plan: Plan, inputs: Any, seed: int, weights: Path) -> ModelFacts:
    """Build the plan's model in a child process and look at it.

    Args:
        plan: of the training.
        inputs: the first samples, preprocessed.
        seed: the training's.
        weights: where to write the weights from which it starts, if a script needs them.

    Raises:
        UserCodeError: the user's code failed.
    """
    process = _Process()
    try:
        process.send((plan, inputs, seed, weights if starts_from_file(plan) else None))
        answer = process.receive()
    except WorkerDiedError as death:
        raise UserCodeError(f"building the model: {death}", death.details) from death
    finally:
        process.stop()
    if not isinstance(answer, Answer):
        raise UserCodeError(answer.error, answer.details)
    facts: ModelFacts = answer.value
    return facts


def needs_looking_at(plan: Plan) -> bool:
    """Whether a model may have more to it than a template."""
    return plan.model.source is not None
