"""Whether the user's model and the data belong together: inputs, output, task."""

from __future__ import annotations

import re
from typing import Any

from remedy.data import Dataset
from remedy.data.dataset import NUMBERED_INPUT, ONLY_INPUT
from remedy.errors import ConfigError
from remedy.models.description import ModelDescription, Serialized, Shape
from remedy.plan import Task, UserModel


def task_of_model(description: ModelDescription, dataset: Dataset) -> tuple[Task, str] | None:
    """The task that a model is made for, where its loss or output says more than the target alone.

    Args:
        description: the model.
        dataset: its task was inferred from the target.

    Returns:
        The task, and why; `None` if the target's reading stands.
    """
    loss, units = loss_name(description.compilation.loss), (description.output_shape or (None,))[-1]
    if loss in {"sparse_categorical_crossentropy", "categorical_crossentropy"}:
        # On a single unit it means nothing and the data decides, unless the data has asked for that unit.
        source = description.model.source
        asked = source is not None and "output_shape" in source.arguments
        found: Task | None = "multiclass" if units != 1 or asked else None
        why = f"the model is compiled with {loss}"
    elif dataset.task == "binary" and units == 2:
        found, why = "multiclass", "the model has an output for each of the two classes"
    else:
        return None
    return None if found is None or found == dataset.task else (found, why)


def answers_at_every_step(description: ModelDescription, dataset: Dataset) -> bool:
    """Whether the model answers with a sequence, and the columns of the target are the steps of it."""
    steps, columns = description.output_shape[:-1], dataset.output_shape
    return len(description.output_shape) == 2 and len(columns) == 1 and steps in {columns, (None,)}


def loss_name(loss: Serialized | None) -> str | None:
    """The name of a Keras loss in small letters, such as `binary_crossentropy`.

    >>> loss_name({"class_name": "BinaryCrossentropy", "config": {"from_logits": True}})
    'binary_crossentropy'
    """
    if loss is None:
        return None
    name = loss if isinstance(loss, str) else str(loss["class_name"])
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def check_model(description: ModelDescription, dataset: Dataset) -> None:
    """Check that the model takes these samples and answers with predictions of this target.

    Raises:
        ConfigError: it does not; the message names both shapes.
    """
    source = description.model.source
    assert source is not None  # noqa: S101 - it is the user's model
    place = f"model.{'file' if source.function is None else 'build'}"
    _check_inputs(place, description, dataset)
    wanted, found = dataset.output_shape, description.output_shape
    if not _fits(found, wanted) and not _has_spare_units(description, dataset):
        raise ConfigError(
            f"{place}: the output of the model has shape {_text(found)} where {_target_text(dataset)} needs "
            f"{_text(wanted)}; change the model's last layer{_advice(source)}"
        )


def data_inputs(description: ModelDescription, dataset: Dataset) -> dict[str, str]:
    """The names of the model's inputs, each with the name of the data's input that it gets."""
    names, own = list(dataset.input_shapes), list(description.input_shapes)
    return {name: name for name in own} if set(own) == set(names) else dict(zip(own, names, strict=False))


def _check_inputs(place: str, description: ModelDescription, dataset: Dataset) -> None:
    shapes = dataset.input_shapes
    if not description.input_shapes:
        return  # a subclassed model, which has taken these shapes when it was built
    if len(shapes) != len(description.input_shapes):
        raise ConfigError(
            f"{place}: the model has {len(description.input_shapes)} inputs "
            f"({', '.join(description.input_shapes)}) and the data {len(shapes)} ({', '.join(shapes)}); "
            "data of several inputs comes from a function that returns a dict of arrays for X"
        )
    missing = [name for name in description.input_shapes if name not in shapes]
    if 0 < len(missing) < len(shapes) and not all(map(NUMBERED_INPUT.fullmatch, shapes)):
        raise ConfigError(
            f"{place}: the model takes the inputs {', '.join(description.input_shapes)}, and the data have "
            f"{', '.join(shapes)}; give them the same names (none of {', '.join(missing)} is there)"
        )
    for name, data_name in data_inputs(description, dataset).items():
        wanted, found = description.input_shapes[name], shapes[data_name]
        if not _fits(wanted, found):
            which = "" if data_name == ONLY_INPUT else f" of input {name!r}"
            raise ConfigError(
                f"{place}: the model takes samples{which} of shape {_text(wanted)}, those of the data have "
                f"shape {_text(found)}; change the model's input, or data.window (remedy init: --window) and "
                "data.features"
            )


def _has_spare_units(description: ModelDescription, dataset: Dataset) -> bool:
    """Whether the model knows more classes than occur, which a loss on class indices does not mind."""
    wanted, found = dataset.output_shape, description.output_shape
    return (
        dataset.task == "multiclass"
        and "sparse" in (loss_name(description.compilation.loss) or "")
        and len(found) == len(wanted)
        and found[:-1] == wanted[:-1]
        and (found[-1] or 0) > wanted[-1]
    )


def _fits(model: Shape, data: tuple[int, ...]) -> bool:
    return len(model) == len(data) and all(
        size is None or size == given for size, given in zip(model, data, strict=True)
    )


def _text(shape: Any) -> str:
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def _target_text(dataset: Dataset) -> str:
    if dataset.task == "multiclass":
        return f"a multiclass target of {len(dataset.classes)} classes"
    return f"a {dataset.task} target of {len(dataset.targets)} column{'s' * (len(dataset.targets) > 1)}"


def _advice(source: UserModel) -> str:
    takes = source.function is not None and "output_shape" not in source.arguments
    hint = " (build may take output_shape as an argument)" if takes else ""
    return f"{hint}, or set task if it was read wrongly"
