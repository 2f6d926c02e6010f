"""The experiment: everything an experiment file says, checked, with defaults filled in."""

from __future__ import annotations

import datetime
import importlib.util
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticKnownError

from remedy.config.duration import parse_duration
from remedy.config.memory_size import parse_memory_size
from remedy.config.problems import RejectedError, shown, unknown_value
from remedy.fixes import Initializer, Space, size
from remedy.plan import Metric, Task
from remedy.storage_address import parse_storage_address


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, data: Any) -> Any:
        """A key without a value, such as a section whose lines are all commented out, has its default."""
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}


PositiveInt = Annotated[int, Field(ge=1)]
PositiveFloat = Annotated[float, Field(gt=0)]
MAX_SEED = 2**32 - 20_001
"""NumPy seeds end at 2**32 - 1; fresh seeds and replicates are counted upwards from the experiment's."""

Fraction = Annotated[float, Field(gt=0, lt=1)]

_Item = TypeVar("_Item")
_AtLeastOne = Annotated[list[_Item], Field(min_length=1)]


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _no_duplicates(names: list[str]) -> list[str]:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise RejectedError(f"column {name!r} is listed twice", (index,))
    return names


def _no_repeated_horizons(horizons: list[int]) -> list[int]:
    for index, horizon in enumerate(horizons):
        if horizon in horizons[:index]:
            raise RejectedError(f"horizon {horizon} is listed twice", (index,))
    return horizons


def _check_categorical(value: Any) -> Any:
    """Check each column's entry by itself, so that the message names its place."""
    if not isinstance(value, Mapping):
        allowed = [word for word in get_args(ColumnEncoding) if word != "drop"]
        if not isinstance(value, str):
            raise ValueError(f"expected one_hot, integer or a mapping of columns, got {shown(value)}")
        if value not in allowed:
            raise ValueError(unknown_value(value, allowed))
        return value
    for column, encoding in value.items():
        if encoding not in get_args(ColumnEncoding):
            raise RejectedError(unknown_value(encoding, list(get_args(ColumnEncoding))), (column,))
    return value


def _as_path(value: Any) -> Path:
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise ValueError(f"expected the path of a file, got {shown(value)}")
    return Path(value)


def _check_workers(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("dask://"):
        if not re.fullmatch(r"dask://[^\s/:@]+:\d+", value):
            raise ValueError(f"expected dask://host:port, got {shown(value)}")
    elif value != "auto" and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValueError(f"expected a whole number, auto or dask://host:port, got {shown(value)}")
    return value


def _check_storage(value: str) -> str:
    return parse_storage_address(value).url


ColumnName = Annotated[str, Field(min_length=1)]


def _is_time_format(form: str) -> str:
    try:
        datetime.datetime.strptime("", form)
    except (ValueError, re.error) as error:
        # Python tells a wrong format and a text that does not fit apart by the message only.
        if "%" in form and "does not match format" in str(error):
            return form
    raise ValueError(f"expected a format of dates such as '%d/%m/%Y', got {shown(form)}")


TimeFormat = Annotated[
    str, AfterValidator(_is_time_format), Field(description="the format of the dates, such as `%d/%m/%Y`")
]
ColumnNames = Annotated[
    _AtLeastOne[ColumnName],
    BeforeValidator(_as_list, json_schema_input_type=ColumnName | _AtLeastOne[ColumnName]),
    AfterValidator(_no_duplicates),
]
Horizons = Annotated[
    _AtLeastOne[PositiveInt],
    BeforeValidator(_as_list, json_schema_input_type=PositiveInt | _AtLeastOne[PositiveInt]),
    Field(description="rows from the end of the window to the target, or a list of them"),
    AfterValidator(_no_repeated_horizons),
]
ColumnEncoding = Literal["one_hot", "integer", "drop"]
Categorical = Annotated[
    Literal["one_hot", "integer"] | dict[ColumnName, ColumnEncoding], BeforeValidator(_check_categorical)
]
FilePath = Annotated[
    Path, BeforeValidator(_as_path, json_schema_input_type=Annotated[str, Field(min_length=1)])
]

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
    """Sliding windows: `length` rows of features predict the target `horizon` rows after the last of them.

    Several horizons make several outputs. With `targets: every` each row of the window has a target of its
    own, `horizon` rows after it.
    """

    length: Annotated[PositiveInt, Field(description="how many rows the model sees at once")]
    horizon: Horizons = [1]
    stride: PositiveInt = 1
    targets: Literal["last", "every"] = "last"

    @property
    def reach(self) -> int:
        """How many rows a window and its targets take."""
        return self.length + max(self.horizon)


class Split(_Section):
    """Shares of the rows that validate and test, and how rows are assigned (default: `time` if the rows have
    an order, that is a window or a time column, else `random`).
    """

    validation: Fraction = 0.2
    test: Fraction = 0.1
    by: Literal["time", "random", "group"] | None = None

    @model_validator(mode="after")
    def _leaves_rows_to_train_on(self) -> Self:
        if self.validation + self.test >= 1:
            raise RejectedError(
                f"validation ({self.validation:g}) and test ({self.test:g}) leave no rows to train on; "
                "their sum must be below 1"
            )
        return self


def holds_arrays(source: Path) -> bool:
    """Whether a source is a NumPy file or a function (`file.py:function`) rather than a table."""
    return source.suffix.lower() in {".npz", ".npy"} or re.search(r"\.py:[^/]*$", str(source)) is not None


class _NoColumns(list[str]):
    """No column was named, as opposed to an empty list."""


class Data(_Section):
    """Where the rows come from and what is to be predicted from what."""

    source: Annotated[FilePath, Field(description="the file that holds the data")]
    target: Annotated[ColumnNames, Field(description="the column or columns to predict")] = Field(
        default_factory=_NoColumns, validate_default=True
    )
    features: ColumnNames | None = None
    time: ColumnName | None = None
    time_format: TimeFormat | None = None
    group: ColumnName | None = None
    window: Window | None = None
    categorical: Categorical | None = None
    split: Split = Split()

    @field_validator("source")
    @classmethod
    def _names_a_function(cls, source: Path) -> Path:
        if source.suffix == ".py":
            raise ValueError(f"a Python file goes with a function in it: {source.name}:load")
        return source

    @field_validator("target", mode="wrap")
    @classmethod
    def _tables_have_a_target(
        cls, value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Any:
        """Arrays come with targets of their own; a table's have to be named."""
        if value == [] and ("source" not in info.data or holds_arrays(info.data["source"])):
            return []
        if isinstance(value, _NoColumns):
            raise PydanticKnownError("missing")
        return check(value)

    @model_validator(mode="after")
    def _every_column_has_one_role(self) -> Self:
        if self.time is not None and self.time == self.group:
            raise RejectedError(f"{self.group!r} is already the time column", ("group",))
        for role, name in (("time", self.time), ("group", self.group)):
            if name in self.target:
                raise RejectedError(f"{name!r} is the {role} column and cannot be a target too", ("target",))
            if self.features and name in self.features:
                raise RejectedError(
                    f"{name!r} is the {role} column and cannot be a feature too", ("features",)
                )
        return self

    @model_validator(mode="after")
    def _a_format_is_that_of_a_column(self) -> Self:
        if self.time_format is not None and self.time is None:
            raise RejectedError("time_format needs data.time, the column of dates", ("time_format",))
        return self

    @model_validator(mode="after")
    def _group_split_has_groups(self) -> Self:
        if self.split.by == "group" and self.group is None:
            raise RejectedError("group needs data.group, the column that names the series", ("split", "by"))
        return self


def _is_function_reference(reference: str) -> str:
    if not re.fullmatch(r".+\.py:[A-Za-z_]\w*", reference):
        raise ValueError(
            f"expected a Python file and a function in it, such as model.py:build, got {shown(reference)}"
        )
    return reference


class ModelSettings(_Section):
    """The model: a template described by a few settings, or the user's own.

    Settings of a template that are absent are Keras' defaults.
    """

    template: TemplateName | None = None
    build: Annotated[str, AfterValidator(_is_function_reference)] | None = None
    file: FilePath | None = None
    keep_weights: bool = False
    units: Annotated[
        _AtLeastOne[PositiveInt],
        BeforeValidator(_as_list, json_schema_input_type=PositiveInt | _AtLeastOne[PositiveInt]),
    ] = [64, 64]
    activation: Activation | None = None
    recurrent_activation: Activation | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    bidirectional: bool = False
    kernel_size: PositiveInt = 3
    kernel_initializer: Initializer | None = None
    recurrent_initializer: Initializer | None = None
    output_activation: Activation | None = None

    @model_validator(mode="after")
    def _is_one_model(self) -> Self:
        given = [key for key in ("template", "build", "file") if getattr(self, key) is not None]
        if not given:
            raise RejectedError("give one of template, build and file, which say where the model comes from")
        if len(given) > 1:
            raise RejectedError(f"{given[0]} is given too; a model comes from one of them", (given[1],))
        own = {"keep_weights"} if self.template is None else set(type(self).model_fields) - {"keep_weights"}
        for key in self.model_fields_set - own - {given[0]}:
            if getattr(self, key) != type(self).model_fields[key].default:
                raise RejectedError(f"means nothing to {given[0]}; remove it", (key,))
        return self


class Optimizer(_Section):
    """A Keras optimizer and its arguments; absent arguments are Keras' defaults.

    Without a name it is Adam, or for a compiled model its own optimizer with these arguments changed.
    """

    name: OptimizerName | None = None
    learning_rate: PositiveFloat | None = None
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
    if isinstance(value, str):
        return {"name": value}
    if not isinstance(value, Mapping | Optimizer):
        raise ValueError(f"expected an optimizer's name or {{name: adam, ...}}, got {shown(value)}")
    return value


class Training(_Section):
    """How the baseline is trained.

    Absent optimizer and loss are those of a compiled model, else Adam with a rate of 0.001 and the loss that
    fits the task. Without `jit_compile`, XLA compiles what surely gains by it.
    """

    optimizer: Annotated[
        Optimizer, BeforeValidator(_as_optimizer, json_schema_input_type=OptimizerName | Optimizer)
    ] = Optimizer()
    loss: LossName | None = None
    epochs: PositiveInt = 30
    batch_size: PositiveInt = 32
    jit_compile: bool | None = None


@dataclass(frozen=True)
class FixSetting:
    """What an experiment file says of one fix.

    Attributes:
        space: the values to try; `None` is the fix's default space for the baseline.
        required: the fix is never off.
    """

    space: Space | None = None
    required: bool = False


Seconds = Annotated[
    PositiveFloat, BeforeValidator(parse_duration, json_schema_input_type=PositiveFloat | str)
]
Memory = Annotated[
    PositiveInt, BeforeValidator(parse_memory_size, json_schema_input_type=PositiveFloat | str)
]
Storage = Annotated[str, AfterValidator(_check_storage)]
Workers = Annotated[PositiveInt | str, BeforeValidator(_check_workers)]


class Search(_Section):
    """How the recipes are searched."""

    trials: PositiveInt = 60
    timeout: Seconds | None = None
    until: Literal["budget", "unstuck"] = "budget"
    sampler: Literal["tpe", "random", "gp", "cmaes", "grid"] = "tpe"
    pruner: Literal["auto", "none", "median", "hyperband", "successive_halving"] = "auto"
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0
    workers: Workers = "auto"
    trial_timeout: Seconds | None = None
    trial_memory: Memory | None = None
    storage: Storage | None = None

    @field_validator("sampler")
    @classmethod
    def _sampler_is_installed(cls, sampler: str) -> str:
        if sampler == "gp" and importlib.util.find_spec("torch") is None:
            raise ValueError("gp needs PyTorch; install it with: pip install 'remedy[gp]'")
        return sampler


def is_on_cluster(experiment: Experiment) -> bool:
    """Whether a cluster trains, and this machine only leads."""
    return str(experiment.search.workers).startswith("dask://")


class Confirm(_Section):
    """How many of the best recipes are trained again, each with how many fresh seeds."""

    top: PositiveInt = 3
    seeds: Annotated[int, Field(ge=2)] = 5


class Thresholds(_Section):
    """Limits that decide about status and verdict."""

    min_skill: Annotated[float, Field(gt=0, lt=1)] = 0.1


def _is_tracking_address(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        has_password = parts.password is not None
    except ValueError:
        raise ValueError(f"expected the address of an MLflow server or database, got {shown(uri)}") from None
    if has_password:
        raise ValueError(
            "an address with a password would end up in files; put name and password into "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        )
    if not parts.scheme:
        raise ValueError(
            "expected the address of an MLflow server or database, such as http://localhost:5000 or "
            f"sqlite:///mlflow.db, got {shown(uri)}"
        )
    return uri


class Tracking(_Section):
    """Where finished trainings are logged as well: a folder for TensorBoard, an address for MLflow."""

    tensorboard: FilePath | None = None
    mlflow: Annotated[str, AfterValidator(_is_tracking_address)] | None = None


class Experiment(_Section):
    """One experiment: data, baseline, fixes and search settings.

    `task`, `metric`, `training.loss` and `data.split.by` may be `None`: they are then inferred.
    """

    name: Annotated[str, Field(description="it names the folder of the results")]
    task: Task | None = None
    data: Annotated[Data, Field(description="where the rows come from and what is to be predicted")]
    model: Annotated[ModelSettings, Field(description="the model that is stuck")]
    training: Training = Training()
    fixes: Annotated[Mapping[str, InstanceOf[FixSetting]], WithJsonSchema({"type": "object"})]
    diagnosis: bool = True
    search: Search = Search()
    confirm: Confirm = Confirm()
    ablation: bool = True
    metric: Metric | None = None
    thresholds: Thresholds = Thresholds()
    tracking: Tracking = Tracking()

    @field_validator("name")
    @classmethod
    def _names_a_folder(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", name):
            raise ValueError(
                f"{shown(name)} cannot name a folder; use up to 100 letters, digits, '_', '-' and '.', "
                "and begin with a letter, digit or '_'"
            )
        return name

    @model_validator(mode="after")
    def _grid_is_finite(self) -> Self:
        if self.search.sampler == "grid":
            for name, setting in self.fixes.items():
                if setting.space is not None and math.isinf(size(setting.space)):
                    raise RejectedError(
                        "search.sampler is grid, which cannot try every number of this range; "
                        "give a list of values or a range with a step",
                        ("fixes", name),
                    )
        return self
