"""Models described by a few settings: a stack of hidden layers and an output layer that fits the task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from remedy.config.experiment import ModelSettings
from remedy.errors import ConfigError
from remedy.plan import Layer, Task

_EVERYWHERE = frozenset(
    {"template", "units", "activation", "dropout", "kernel_initializer", "output_activation"}
)
_USER_MODEL = frozenset({"build", "file", "keep_weights"})
_SIMPLE_RECURRENT = _EVERYWHERE | {"bidirectional", "recurrent_initializer"}
_GATED = _SIMPLE_RECURRENT | {"recurrent_activation"}

_OUTPUT_ACTIVATION: dict[Task, str] = {
    "regression": "linear",
    "binary": "sigmoid",
    "multiclass": "softmax",
    "multilabel": "sigmoid",
}


@dataclass(frozen=True)
class _Kind:
    """A template's hidden layers: their class, the settings that mean something, and Keras' defaults."""

    class_name: str
    settings: frozenset[str]
    defaults: dict[str, Any]
    recurrent: bool = False
    sequences: bool = False


_RECURRENT_DEFAULTS = {
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "kernel_initializer": "glorot_uniform",
    "recurrent_initializer": "orthogonal",
}
_FEED_FORWARD_DEFAULTS = {"activation": "linear", "kernel_initializer": "glorot_uniform"}

_KINDS = {
    "lstm": _Kind("LSTM", _GATED, _RECURRENT_DEFAULTS, recurrent=True, sequences=True),
    "gru": _Kind("GRU", _GATED, _RECURRENT_DEFAULTS, recurrent=True, sequences=True),
    "rnn": _Kind("SimpleRNN", _SIMPLE_RECURRENT, _RECURRENT_DEFAULTS, recurrent=True, sequences=True),
    "conv1d": _Kind("Conv1D", _EVERYWHERE | {"kernel_size"}, _FEED_FORWARD_DEFAULTS, sequences=True),
    "dense": _Kind("Dense", _EVERYWHERE, _FEED_FORWARD_DEFAULTS),
}


def template_layers(
    settings: ModelSettings,
    task: Task,
    output_units: int,
    input_shape: tuple[int, ...],
    *,
    target_steps: int | None = None,
    mask_value: float | None = None,
) -> tuple[Layer, ...]:
    """The layers of a template, from input to output.

    Args:
        settings: the template and its settings.
        task: decides the output layer's activation unless the settings name one.
        output_units: units of the output layer.
        input_shape: shape of one sample, `(features,)` or `(length, features)`.
        target_steps: steps of a target that has a value for every step, else `None`.
        mask_value: what padded steps hold, if there are any.

    Raises:
        ConfigError: a setting means nothing to this template, or it needs sequences and the samples are none.
    """
    assert settings.template is not None  # noqa: S101 - called for templates only
    template = _KINDS[settings.template]
    _check_settings(settings, template)
    if template.sequences and len(input_shape) != 2:
        found = f"a single row of {input_shape[0]} feature(s)" if len(input_shape) == 1 else str(input_shape)
        raise ConfigError(
            f"model.template: {settings.template} needs sequences, but every sample is {found}; "
            "set data.window, or use template: dense"
        )
    if mask_value is not None and not template.recurrent:
        raise ConfigError(
            f"model.template: {settings.template} cannot skip the padding of sequences of different lengths; "
            "use template: lstm, gru or rnn"
        )
    every_step = target_steps is not None
    return (
        *_entry(settings, input_shape, mask_value, every_step=every_step),
        *_hidden(settings, template, every_step=every_step),
        *_exit(settings, every_step=every_step),
        _output(settings, task, output_units),
    )


def _check_settings(settings: ModelSettings, template: _Kind) -> None:
    for name, field in type(settings).model_fields.items():
        if name in _USER_MODEL:
            continue
        if name not in template.settings and getattr(settings, name) != field.default:
            raise ConfigError(
                f"model.{name} means nothing to template: {settings.template}, which takes "
                f"{', '.join(sorted(template.settings - {'template'}))}"
            )


def _entry(
    settings: ModelSettings, input_shape: tuple[int, ...], mask_value: float | None, *, every_step: bool
) -> Iterator[Layer]:
    if mask_value is not None:
        yield Layer(class_name="Masking", name="masking", config={"mask_value": mask_value})
    if settings.template == "dense" and len(input_shape) > 1 and not every_step:
        yield Layer(class_name="Flatten", name="flatten")


def _hidden(settings: ModelSettings, template: _Kind, *, every_step: bool) -> Iterator[Layer]:
    for number, units in enumerate(settings.units, start=1):
        name = f"{settings.template}_{number}"
        arguments = _size(settings, units) | _arguments(settings, template)
        if template.recurrent and (every_step or number < len(settings.units)):
            arguments["return_sequences"] = True
        if settings.bidirectional:
            inner = {"module": "keras.layers", "class_name": template.class_name, "config": arguments}
            yield Layer(class_name="Bidirectional", name=name, config={"layer": inner})
        else:
            yield Layer(class_name=template.class_name, name=name, config=arguments)
        if settings.dropout:
            yield Layer(class_name="Dropout", name=f"dropout_{number}", config={"rate": settings.dropout})


def _size(settings: ModelSettings, units: int) -> dict[str, Any]:
    if settings.template == "conv1d":
        return {"filters": units, "kernel_size": settings.kernel_size, "padding": "same"}
    return {"units": units}


def _arguments(settings: ModelSettings, template: _Kind) -> dict[str, Any]:
    """The settings that differ from Keras' defaults; without recurrence the default activation is ReLU."""
    activation = settings.activation or (None if template.recurrent else "relu")
    values = {
        "activation": activation,
        "recurrent_activation": settings.recurrent_activation,
        "kernel_initializer": settings.kernel_initializer,
        "recurrent_initializer": settings.recurrent_initializer,
    }
    return {
        name: value
        for name, value in values.items()
        if value is not None and value != template.defaults.get(name)
    }


def _exit(settings: ModelSettings, *, every_step: bool) -> Iterator[Layer]:
    if settings.template == "conv1d" and not every_step:
        yield Layer(class_name="GlobalAveragePooling1D", name="global_average_pooling")


def _output(settings: ModelSettings, task: Task, output_units: int) -> Layer:
    values = {
        "activation": settings.output_activation or _OUTPUT_ACTIVATION[task],
        "kernel_initializer": settings.kernel_initializer,
    }
    differing = {
        name: value
        for name, value in values.items()
        if value is not None and value != _FEED_FORWARD_DEFAULTS[name]
    }
    return Layer(class_name="Dense", name="output", config={"units": output_units} | differing)
