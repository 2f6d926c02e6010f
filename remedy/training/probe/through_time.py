"""How much of the gradient reaches the first time steps."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray

from remedy.data.dataset import named_inputs
from remedy.training.measurements import TimeGradient
from remedy.training.probe.bench import Bench, Samples
from remedy.training.probe.listening import Hook, listening

_LOSS_SCALES = {"mixed_float16": (2.0**15, 2.0**8, 1.0)}
"""Without a scale small gradients vanish in float16; with too large a one, large gradients overflow."""


def time_gradients(bench: Bench, samples: Samples) -> tuple[TimeGradient, ...]:
    """The gradient of the loss for windows and sequences, step by step.

    Args:
        bench: its state changes, as far as a pass forward in training mode changes it.
        samples: a batch.

    Returns:
        One per input of windows or sequences; none if the user's own `train_step` decides what the loss is.
    """
    if type(bench.model).train_step is not keras.Model.train_step:
        return ()
    data = bench.data(samples)
    x, leaves = _named_leaves(bench, data[0])
    found: tuple[TimeGradient, ...] = ()
    for scale in _LOSS_SCALES.get(bench.model.dtype_policy.name, (1.0,)):
        gradients = _gradients(bench.model, x, leaves, data[1:], scale)
        found = tuple(
            _time_gradient(name, gradient, _lengths(bench, samples, gradient.shape[1]))
            for name, gradient in gradients.items()
            if gradient.shape[1] > 1
        )
        if all(math.isfinite(one.first) and math.isfinite(one.last) for one in found):
            break
    return found


def _named_leaves(bench: Bench, x: Any) -> tuple[Any, dict[str, Any]]:
    """What the model takes, as tensors, and the same tensors by the names that the data give them."""
    names = list(named_inputs(bench.start.train.X))
    x = keras.tree.map_structure(tf.convert_to_tensor, x)
    if isinstance(x, dict):
        return x, dict(zip(x if set(x) == set(names) else names, x.values(), strict=True))
    return x, dict(zip(names, x if isinstance(x, list) else [x], strict=True))


def _gradients(
    model: keras.Model, x: Any, leaves: dict[str, Any], targets: tuple[Any, ...], scale: float
) -> dict[str, NDArray[np.float64]]:
    """The loss' gradient for x, `(samples, steps, features)`, of tokens for what they are embedded as."""
    watched = {name: tensor for name, tensor in leaves.items() if _is_series(tensor)}
    tokens = {name: tensor for name, tensor in leaves.items() if _is_tokens(tensor)}

    def embedded(arguments: dict[str, Any], output: Any) -> None:
        codes = next(iter(arguments.values()))
        for name, tensor in tokens.items():
            if codes.shape == tensor.shape and bool(tf.reduce_all(tf.cast(codes, tensor.dtype) == tensor)):
                tape.watch(output)
                watched[name] = output

    embeddings = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.Embedding)]
    hooks: list[tuple[Any, Hook]] = [(layer, embedded) for layer in embeddings]
    with tf.GradientTape() as tape:
        for tensor in watched.values():
            tape.watch(tensor)
        with listening(hooks):
            predicted = model(x, training=True)
        y, weight = targets[0], (targets[1] if len(targets) > 1 else None)
        loss = model.compute_loss(x=x, y=y, y_pred=predicted, sample_weight=weight, training=True) * scale
    gradients = tape.gradient(loss, watched)
    return {
        name: np.asarray(ops.convert_to_numpy(gradient), np.float64) / scale
        for name, gradient in gradients.items()
        if gradient is not None
    }


def _is_series(tensor: Any) -> bool:
    return tensor.dtype.is_floating and len(tensor.shape) == 3


def _is_tokens(tensor: Any) -> bool:
    return tensor.dtype.is_integer and len(tensor.shape) == 2


def _lengths(bench: Bench, samples: Samples, steps: int) -> NDArray[np.int64]:
    lengths = bench.start.train.lengths
    full = np.full(len(samples), steps)
    return full if lengths is None else np.minimum(lengths[np.sort(samples)], full)


def _time_gradient(name: str, gradient: NDArray[np.float64], lengths: NDArray[np.int64]) -> TimeGradient:
    norms = np.sqrt((gradient**2).sum(axis=-1))
    steps = norms.shape[1]
    tenth = np.ceil(lengths / 10).astype(int)[:, None]
    number = np.arange(steps)[None, :]
    ends = lengths[:, None]  # padding comes after the last step
    first = number < tenth
    last = (number >= ends - tenth) & (number < ends)
    return TimeGradient(name, steps, float(norms[first].mean()), float(norms[last].mean()))
