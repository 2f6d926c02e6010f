"""The experiment: everything an experiment file says, checked, with defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from remedy.config.duration import parse_duration
from remedy.fixes import Space
from remedy.plan import Metric, Task


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


PositiveInt = Annotated[int, Field(ge=1)]
PositiveFloat = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(gt=0, lt=1)]


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


ColumnNames = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]

TemplateName = Literal["lstm", "gru", "rnn", "conv1d", "dense"]
Activation = Literal[
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "softsign",
    "tanh", "sigmoid", "hard_sigmoid", "exponential", "softmax",
]  # fmt: skip
OptimizerName = Literal[
    "adam", "adamw", "nadam", "adamax", "sgd", "rmsprop", "adagrad", "adadelta", "ftrl", "lion"
]
LossName = Literal[
    "mse", "mae", "huber", "log_cosh", "msle",
    "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "hinge",
]  # fmt: skip


class Window(_Section):
    """Sliding windows: `length` rows of features predict the target `horizon` rows after the last of them."""

    length: PositiveInt
    horizon: PositiveInt = 1
    stride: PositiveInt = 1


class Split(_Section):
    """Shares of the rows that validate and test, and how rows are assigned (default: `time` if the rows have
    an order, that is a window or a time column, else `random`)."""

    validation: Fraction = 0.2
    test: Fraction = 0.1
    by: Literal["time", "random", "group"] | None = None


class Data(_Section):
    """Where the rows come from and what is to be predicted from what."""

    source: Path
    target: ColumnNames
    features: ColumnNames | None = None
    time: str | None = None
    group: str | None = None
    window: Window | None = None
    split: Split = Split()


class Template(_Section):
    """A model of ours, described by a few settings; absent settings are Keras' defaults."""

    template: TemplateName
    units: Annotated[list[PositiveInt], BeforeValidator(_as_list), Field(min_length=1)] = [64, 64]
    activation: Activation | None = None
    recurrent_activation: Activation | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    bidirectional: bool = False
    kernel_size: PositiveInt = 3
    kernel_initializer: str | dict[str, Any] | None = None
    recurrent_initializer: str | dict[str, Any] | None = None
    output_activation: Activation | None = None


class Optimizer(_Section):
    """A Keras optimizer and its arguments; absent arguments are Keras' defaults."""

    name: OptimizerName = "adam"
    learning_rate: PositiveFloat = 0.001
    momentum: Annotated[float, Field(ge=0, lt=1)] | None = None
    nesterov: bool | None = None
    beta_1: Fraction | None = None
    beta_2: Fraction | None = None
    rho: Fraction | None = None
    epsilon: PositiveFloat | None = None
    weight_decay: Annotated[float, Field(ge=0)] | None = None
    clipnorm: PositiveFloat | None = None
    clipvalue: PositiveFloat | None = None
    global_clipnorm: PositiveFloat | None = None


def _as_optimizer(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class Training(_Section):
    """How the baseline is trained. `loss` absent: the one that fits the task."""

    optimizer: Annotated[Optimizer, BeforeValidator(_as_optimizer)] = Optimizer()
    loss: LossName | None = None
    epochs: PositiveInt = 30
    batch_size: PositiveInt = 32


@dataclass(frozen=True)
class FixSetting:
    """What an experiment file says of one fix.

    Attributes:
        space: the values to try; `None` is the fix's default space for the baseline.
        required: the fix is never off.
    """

    space: Space | None = None
    required: bool = False


Seconds = Annotated[float, BeforeValidator(parse_duration), Field(gt=0)]
Workers = PositiveInt | Literal["auto"]


class Search(_Section):
    """How the recipes are searched."""

    trials: PositiveInt = 60
    timeout: Seconds | None = None
    until: Literal["budget", "unstuck"] = "budget"
    sampler: Literal["tpe", "random", "gp", "cmaes", "grid"] = "tpe"
    pruner: Literal["auto", "none", "median", "hyperband", "successive_halving"] = "auto"
    seed: Annotated[int, Field(ge=0)] = 0
    workers: Workers = "auto"


class Confirm(_Section):
    """How many of the best recipes are trained again, each with how many fresh seeds."""

    top: PositiveInt = 3
    seeds: Annotated[int, Field(ge=2)] = 5


class Thresholds(_Section):
    """Limits that decide about status and verdict."""

    min_skill: Annotated[float, Field(gt=0, lt=1)] = 0.1


class Experiment(_Section):
    """One experiment: data, baseline, fixes and search settings.

    `task`, `metric`, `training.loss` and `data.split.by` may be `None`: they are then inferred.
    """

    name: Annotated[str, Field(min_length=1)]
    task: Task | None = None
    data: Data
    model: Template
    training: Training = Training()
    fixes: Mapping[str, FixSetting]
    search: Search = Search()
    confirm: Confirm = Confirm()
    metric: Metric | None = None
    thresholds: Thresholds = Thresholds()
