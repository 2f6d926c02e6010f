"""The baseline plan: the user's model and training settings exactly as they are."""

from __future__ import annotations

from remedy.config.experiment import Experiment, Optimizer
from remedy.data import Dataset, check_metric, default_metric
from remedy.errors import ConfigError
from remedy.models.templates import template_layers
from remedy.plan import KerasObject, Metric, Model, Plan, Task

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


def baseline_plan(experiment: Experiment, dataset: Dataset) -> Plan:
    """The plan of the training as the experiment describes it, without any fix.

    Raises:
        ConfigError: the template, the optimizer's arguments or the metric do not fit each other or the data.
    """
    task, training = dataset.task, experiment.training
    layers = template_layers(experiment.model, task, dataset.output_units, dataset.input_shape)
    return Plan(
        task=task,
        metric=_metric(experiment.metric, task),
        model=Model(input_shape=dataset.input_shape, layers=layers),
        optimizer=_optimizer(training.optimizer),
        loss=training.loss or _LOSSES[task],
        epochs=training.epochs,
        batch_size=training.batch_size,
    )


def _metric(metric: Metric | None, task: Task) -> Metric:
    if metric is not None:
        check_metric(task, metric)
    return metric or default_metric(task)


def _optimizer(settings: Optimizer) -> KerasObject:
    class_name, own = _OPTIMIZERS[settings.name]
    arguments = settings.model_dump(exclude={"name"}, exclude_none=True)
    taken = (*_EVERY_OPTIMIZER, *own)
    for argument in arguments:
        if argument not in taken:
            raise ConfigError(
                f"training.optimizer.{argument}: {settings.name} has no such argument; "
                f"it takes {', '.join(taken)}"
            )
    clipping = [argument for argument in _CLIPPING if argument in arguments]
    if len(clipping) > 1:
        raise ConfigError(
            f"training.optimizer.{clipping[1]}: Keras takes only one of {', '.join(_CLIPPING)}, "
            f"and {clipping[0]} is set too"
        )
    return KerasObject(class_name=class_name, config=arguments)
