"""The baseline plan: the user's model and training settings exactly as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from remedy.config.experiment import Experiment, ModelSettings, Optimizer
from remedy.data import Dataset, check_metric, data_facts, default_metric
from remedy.data.dataset import named_inputs
from remedy.errors import ConfigError
from remedy.models.description import Compilation, ModelDescription
from remedy.models.match_data import check_model, data_inputs
from remedy.models.templates import template_layers
from remedy.plan import KerasObject, Metric, Model, Plan, Preprocessing, Task

PADDING = -1e3
"""What padded steps hold for a template, which masks them. Not 0, which a scaled value can be."""

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
_EVERY_OPTIMIZER = ("learning_rate", "weight_decay", *_CLIPPING)
_MOMENTS = ("beta_1", "beta_2", "epsilon")

_OPTIMIZERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "adam": ("Adam", _MOMENTS),
    "adamw": ("AdamW", _MOMENTS),
    "nadam": ("Nadam", _MOMENTS),
    "adamax": ("Adamax", _MOMENTS),
    "sgd": ("SGD", ("momentum", "nesterov")),
    "rmsprop": ("RMSprop", ("rho", "momentum", "epsilon")),
    "adagrad": ("Adagrad", ("epsilon",)),
    "adadelta": ("Adadelta", ("rho", "epsilon")),
    "ftrl": ("Ftrl", ()),
    "lion": ("Lion", ("beta_1", "beta_2")),
}

_LOSSES: dict[Task, str] = {
    "regression": "mse",
    "binary": "binary_crossentropy",
    "multiclass": "sparse_categorical_crossentropy",
    "multilabel": "binary_crossentropy",
}


def baseline_plan(
    experiment: Experiment, dataset: Dataset, description: ModelDescription | None = None
) -> Plan:
    """The plan of the training as the experiment describes it, without any fix.

    Args:
        experiment: what the user has written.
        dataset: what it is about.
        description: the user's own model; `None` for a template.

    Raises:
        ConfigError: the template, the optimizer's arguments or the metric do not fit each other or the data.
    """
    task, training, facts = dataset.task, experiment.training, data_facts(dataset)
    compilation = description.compilation if description else Compilation()
    if description is None:
        model, preprocessing = _template(experiment.model, dataset, padded=facts.padded)
    else:
        check_model(description, dataset)
        model, preprocessing = description.model, _preprocessing(description, dataset)
    if facts.label_values:
        preprocessing = preprocessing.model_copy(update={"labels": "as_given"})
    return Plan(
        task=task,
        metric=_metric(experiment.metric, task),
        preprocessing=preprocessing,
        model=model,
        optimizer=_optimizer(training.optimizer, compilation.optimizer),
        loss=training.loss or compilation.loss or _LOSSES[task],
        metrics=compilation.metrics,
        run_eagerly=compilation.run_eagerly,
        jit_compile=compilation.jit_compile if training.jit_compile is None else training.jit_compile,
        epochs=training.epochs,
        batch_size=training.batch_size,
        data=facts,
    )


def _template(settings: ModelSettings, dataset: Dataset, *, padded: bool) -> tuple[Model, Preprocessing]:
    if len(dataset.input_shapes) > 1:
        raise ConfigError(
            f"model.template: {settings.template} has one input and the data has {len(dataset.input_shapes)} "
            f"({', '.join(dataset.input_shapes)}); use model.build"
        )
    layers = template_layers(
        settings,
        dataset.task,
        dataset.output_units,
        dataset.input_shape,
        target_steps=dataset.target_steps,
        mask_value=PADDING if padded else None,
    )
    model = Model(input_shape=dataset.input_shape, layers=layers)
    return model, Preprocessing(mask_value=PADDING) if padded else Preprocessing()


def _preprocessing(description: ModelDescription, dataset: Dataset) -> Preprocessing:
    names = data_inputs(description, dataset)
    tokens = tuple(names[name] for name in description.tokens)
    if not names and description.has_embedding:  # which of the inputs it looks up cannot be seen from outside
        inputs = named_inputs(dataset.train.X).items()
        tokens = tuple(name for name, array in inputs if np.issubdtype(array.dtype, np.integer))
    return Preprocessing(
        tokens=tokens,
        mask_value=0.0 if description.mask_value is None else description.mask_value,
    )


def _metric(metric: Metric | None, task: Task) -> Metric:
    if metric is not None:
        check_metric(task, metric)
    return metric or default_metric(task)


def _optimizer(settings: Optimizer, compiled: KerasObject | None) -> KerasObject:
    arguments = settings.model_dump(exclude={"name"}, exclude_none=True)
    clipping = [argument for argument in _CLIPPING if argument in arguments]
    if len(clipping) > 1:
        raise ConfigError(
            f"training.optimizer.{clipping[1]}: Keras takes only one of {', '.join(_CLIPPING)}, "
            f"and {clipping[0]} is set too"
        )
    if settings.name is None and compiled is not None:
        return _changed(compiled, arguments, keep_clipping=not clipping)
    name = settings.name or "adam"
    class_name, own = _OPTIMIZERS[name]
    _check_arguments(name, arguments, own)
    return KerasObject(class_name=class_name, config={"learning_rate": 0.001} | arguments)


def _changed(compiled: KerasObject, arguments: dict[str, Any], *, keep_clipping: bool) -> KerasObject:
    """The optimizer of a compiled model with what the experiment sets otherwise."""
    for name, (class_name, own) in _OPTIMIZERS.items():
        if class_name == compiled.class_name:
            _check_arguments(name, arguments, own)
    kept = {key: value for key, value in compiled.config.items() if keep_clipping or key not in _CLIPPING}
    return KerasObject(class_name=compiled.class_name, config=kept | arguments)


def _check_arguments(name: str, arguments: Mapping[str, Any], own: tuple[str, ...]) -> None:
    taken = (*_EVERY_OPTIMIZER, *own)
    for argument in arguments:
        if argument not in taken:
            raise ConfigError(
                f"training.optimizer.{argument}: {name} has no such argument; it takes {', '.join(taken)}"
            )
