"""Whether a model's output has the shape of the targets; Keras would stretch it until it fits."""

from __future__ import annotations

from typing import Any

import keras

from remedy.data import Dataset
from remedy.errors import TrainingError
from remedy.plan import Plan
from remedy.training.target_coding import is_sparse


def check_output(model: keras.Model, plan: Plan, dataset: Dataset, sample: Any) -> None:
    """Check that the model makes one prediction for every target.

    A model that is trained on class indices may have more units than there are classes.

    Args:
        model: not necessarily built.
        plan: names task and loss.
        dataset: knows the shape of the targets.
        sample: what the model takes as x, at least one sample; only used if the model does not know its
            shapes.

    Raises:
        TrainingError: the shapes differ, or the model has several outputs.
    """
    outputs = _declared_outputs(model)
    if outputs is None or any(None in tensor.shape[1:] for tensor in keras.tree.flatten(outputs)):
        outputs = model(sample, training=False)
    if isinstance(outputs, list | tuple) and len(outputs) == 1:
        outputs = outputs[0]
    needed = dataset.output_shape
    if keras.tree.is_nested(outputs):
        raise TrainingError(
            f"the model has {len(keras.tree.flatten(outputs))} output(s) in a {type(outputs).__name__}, "
            f"where the data need one of shape {needed}; return that one alone"
        )
    shape = tuple(outputs.shape[1:])
    if shape == needed:
        return
    if plan.task == "multiclass" and is_sparse(plan.loss) and _has_more_units(shape, needed):
        return
    hint = (
        "set task: multiclass if it has an output per class"
        if _is_per_class(plan, shape)
        else "change the model's last layer"
    )
    raise TrainingError(f"the model's output has shape {shape} where the data need {needed}; {hint}")


def _declared_outputs(model: keras.Model) -> Any:
    if isinstance(model, keras.Sequential):
        return model.outputs if model.built else None
    return model.output if getattr(model, "outputs", None) else None


def _has_more_units(shape: tuple[int, ...], needed: tuple[int, ...]) -> bool:
    return len(shape) == len(needed) and shape[:-1] == needed[:-1] and shape[-1] > needed[-1]


def _is_per_class(plan: Plan, shape: tuple[int, ...]) -> bool:
    return plan.task == "binary" and len(shape) > 0 and shape[-1] == 2
