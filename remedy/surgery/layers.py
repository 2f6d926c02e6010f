"""What the fixes know about single Keras layers: their kinds, what is inside a wrapper, their arguments."""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from remedy.plan import Layer
from remedy.surgery.initializers import normal_form

Config = dict[str, Any]


class Kind(enum.Enum):
    """A kind of layer that has a kernel; of two equally long stacks, the first kind here is the one meant."""

    RECURRENT = "recurrent"
    CONVOLUTION = "convolution"
    DENSE = "dense"


CELLS = frozenset({"SimpleRNN", "GRU", "LSTM"})

_KINDS = (
    dict.fromkeys(CELLS | {f"ConvLSTM{rank}D" for rank in (1, 2, 3)}, Kind.RECURRENT)
    | {f"Conv{rank}D{transpose}": Kind.CONVOLUTION for rank in (1, 2, 3) for transpose in ("", "Transpose")}
    | {f"{sort}Conv{rank}D": Kind.CONVOLUTION for rank in (1, 2) for sort in ("Separable", "Depthwise")}
    | {"Dense": Kind.DENSE, "EinsumDense": Kind.DENSE}
)
_WRAPPERS = frozenset({"Bidirectional", "TimeDistributed", "SpectralNormalization"})
_WRAPPED = ("layer", "backward_layer")
_OTHER_WEIGHTS = frozenset({"Embedding", "GroupedQueryAttention", "MultiHeadAttention", "RNN"})

NORMALISATIONS = frozenset(
    {
        "BatchNormalization",
        "LayerNormalization",
        "GroupNormalization",
        "RMSNormalization",
        "UnitNormalization",
    }
)
ACTIVATIONS = frozenset({"Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"})
NOISES = frozenset({"Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization"})
CONVOLUTION_NOISES = frozenset({"SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"})
POOLINGS = frozenset(
    f"{sort}Pooling{rank}D"
    for sort in ("Max", "Average", "AdaptiveMax", "AdaptiveAverage")
    for rank in (1, 2, 3)
)
GLOBAL_POOLINGS = frozenset(
    f"Global{sort}Pooling{rank}D" for sort in ("Max", "Average") for rank in (1, 2, 3)
)
RESIZINGS = frozenset(
    f"{sort}{rank}D" for sort in ("UpSampling", "ZeroPadding", "Cropping") for rank in (1, 2, 3)
)


def class_of(layer: Layer) -> str | None:
    """The layer's class if it is in `keras.layers`; `None` for operations, models and the user's classes."""
    return layer.class_name if layer.module is None and layer.inner is None else None


def core(layer: Layer) -> str | None:
    """The class of a layer of `keras.layers`, looking through wrappers."""
    return next((name for name, _ in _insides(layer)), None)


def kind(layer: Layer) -> Kind | None:
    """What kind of layer it is, looking through wrappers; `None` if it has no kernel that is known here."""
    return _KINDS.get(core(layer) or "")


def wraps(layer: Layer, wrapper: str) -> bool:
    """Whether this wrapper is around the layer, at any depth."""
    described: Mapping[str, Any] = {"class_name": class_of(layer), "config": layer.config}
    while described["class_name"] in _WRAPPERS:
        if described["class_name"] == wrapper:
            return True
        described = described["config"]["layer"]
    return False


def has_other_weights(layer: Layer) -> bool:
    """Whether it is a Keras layer that learns something, but by no kernel that is known here."""
    return class_of(layer) in _OTHER_WEIGHTS


def is_normalisation(layer: Layer) -> bool:
    """Whether the layer normalises its input."""
    return class_of(layer) in NORMALISATIONS


def is_frozen(layer: Layer) -> bool:
    """Whether the layer's weights are not trained."""
    return not layer.config.get("trainable", True) or not all(
        inside.get("trainable", True) for _, inside in _insides(layer)
    )


def config(layer: Layer) -> Config:
    """The constructor arguments of the layer, or of the layer inside a wrapper."""
    return next((inside for _, inside in _insides(layer)), layer.config)


def configs(layer: Layer) -> list[Config]:
    """The constructor arguments of the layer, or of the one or two layers inside a wrapper."""
    return [inside for _, inside in _insides(layer)]


def edit(layer: Layer, change: Callable[[Config], Config]) -> Layer:
    """The layer with changed constructor arguments; in a wrapper, those of the layer or layers inside."""
    return recast(layer, lambda class_name, arguments: (class_name, change(arguments)))


def recast(layer: Layer, change: Callable[[str, Config], tuple[str, Config]]) -> Layer:
    """The layer with changed class and arguments; in a wrapper, those of the layer or layers inside."""
    class_name, arguments = _recast(layer.class_name, layer.config, change)
    return layer.model_copy(update={"class_name": class_name, "config": arguments})


def _recast(
    class_name: str, arguments: Config, change: Callable[[str, Config], tuple[str, Config]]
) -> tuple[str, Config]:
    if class_name not in _WRAPPERS:
        return change(class_name, arguments)
    inner = {}
    for key in _WRAPPED:
        if arguments.get(key) is not None:
            changed, own = _recast(arguments[key]["class_name"], arguments[key]["config"], change)
            inner[key] = arguments[key] | {"class_name": changed, "config": own}
    return class_name, arguments | inner


def _insides(layer: Layer) -> Iterator[tuple[str, Config]]:
    """Class and arguments of a Keras layer, or of what is inside it if it is a wrapper."""
    if (class_name := class_of(layer)) is not None:
        yield from _unwrapped({"class_name": class_name, "config": layer.config})


def _unwrapped(described: Mapping[str, Any]) -> Iterator[tuple[str, Config]]:
    if described.get("module") not in {None, "keras.layers"}:
        return
    if described["class_name"] not in _WRAPPERS:
        yield described["class_name"], described["config"]
        return
    for key in _WRAPPED:
        if described["config"].get(key) is not None:
            yield from _unwrapped(described["config"][key])


def kernel_arguments(layer: Layer) -> tuple[str, ...]:
    """The names of the arguments that say from what a layer's kernels start."""
    class_name = core(layer) or ""
    if class_name.startswith("Separable"):
        return ("depthwise_initializer", "pointwise_initializer")
    if class_name.startswith("Depthwise"):
        return ("depthwise_initializer",)
    return ("kernel_initializer",) if class_name in _KINDS else ()


def with_initializer(layer: Layer, name: str, value: Any, default: str) -> Layer:
    """The layer with another initializer; unchanged where it has that already, however it is written."""

    def change(arguments: Config) -> Config:
        same = normal_form(arguments.get(name, default)) == normal_form(value)
        return arguments if same else arguments | {name: value}

    return edit(layer, change)


def with_activation(layer: Layer, name: str, value: str, default: str) -> Layer:
    """The layer with another activation; unchanged where it has that already, however it is written."""

    def change(arguments: Config) -> Config:
        same = activation_name(arguments.get(name, default)) == value
        return arguments if same else arguments | {name: value}

    return edit(layer, change)


def activation_name(value: Any) -> str | None:
    """The name of an activation as it stands in a layer's arguments; `None` if no name says all about it.

    >>> activation_name(None)
    'linear'
    """
    if value is None:
        return "linear"
    if not isinstance(value, Mapping):
        return str(value)
    if value.get("class_name") == "function":
        return None
    return layer_activation(
        Layer(name="", class_name=value["class_name"], config=value.get("config") or {}, module=None)
    )


def layer_activation(layer: Layer) -> str | None:
    """The name of what an activation layer computes; `None` if no name says all about it.

    >>> layer_activation(Layer(name="a", class_name="ReLU"))
    'relu'
    """
    if layer.class_name == "Activation":
        return activation_name(layer.config.get("activation"))
    known: dict[str, Config] = {
        "ReLU": {"max_value": None, "negative_slope": 0.0, "threshold": 0.0},
        "ELU": {"alpha": 1.0},
        "Softmax": {"axis": -1},
    }
    defaults = known.get(layer.class_name)
    if defaults is None or any(layer.config.get(key, value) != value for key, value in defaults.items()):
        return None
    return layer.class_name.lower()


def activation_layer(layer: Layer, activation: str) -> Layer:
    """The activation layer with this activation instead; unchanged where it has that already."""
    if layer_activation(layer) == activation:
        return layer
    kept = {key: layer.config[key] for key in ("dtype", "trainable") if key in layer.config}
    return layer.model_copy(update={"class_name": "Activation", "config": kept | {"activation": activation}})


def free_name(name: str, taken: Collection[str]) -> str:
    """The name itself if it is free, else the name with the next free number.

    >>> free_name("lstm_1", {"lstm_1", "lstm_2"})
    'lstm_3'
    """
    if name not in taken:
        return name
    match = re.fullmatch(r"(.+)_(\d+)", name)
    stem, number = (match[1], int(match[2])) if match else (name, 1)
    return next(
        candidate
        for following in itertools.count(number + 1)
        if (candidate := f"{stem}_{following}") not in taken
    )
