"""What the gates of recurrent layers get as their input."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

_KNOWN = (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN)


def has_gates(layer: Any) -> bool:
    """Whether `gate_inputs` knows what happens inside the layer."""
    return type(layer) in _KNOWN and not layer.stateful


def hidden_states(layer: Any, arguments: dict[str, Any]) -> Any:
    """The layer's output after each step, in the order in which it goes through them.

    A step that is masked repeats the output of the one before.

    Args:
        layer: for which `has_gates` is true.
        arguments: of its call.

    Returns:
        `(samples, steps, units)`.
    """
    wanted = {"return_sequences": True, "return_state": False, "zero_output_for_mask": False}
    before = {name: getattr(layer, name) for name in wanted}
    for name, value in wanted.items():
        setattr(layer, name, value)
    try:
        return type(layer).call(layer, **arguments)
    finally:
        for name, value in before.items():
            setattr(layer, name, value)


def gate_inputs(layer: Any, arguments: dict[str, Any], states: Any) -> list[tuple[Any, Any]]:
    """What goes into each activation function: x W + h U + b, h being the hidden state of the step before.

    Args:
        layer: for which `has_gates` is true.
        arguments: of its call.
        states: what `hidden_states` says.

    Returns:
        Pairs of an activation function of the layer and its inputs, float32 `(samples, steps, units)`, the
        steps in the layer's order.
    """
    x = _float(next(iter(arguments.values())))
    if layer.go_backwards:
        x = tf.reverse(x, [1])
    states = _float(states)
    initial = arguments.get("initial_state")
    initial = initial[0] if isinstance(initial, list | tuple) else initial
    first = tf.zeros_like(states[:, 0]) if initial is None else _float(initial)
    h = tf.concat([first[:, None], states[:, :-1]], axis=1)
    cell, w, u = layer.cell, _float(layer.cell.kernel.value), _float(layer.cell.recurrent_kernel.value)
    bias = _float(cell.bias.value) if cell.use_bias else tf.zeros(w.shape[-1])
    if isinstance(cell, keras.layers.GRUCell):
        return _gru(cell, x @ w, h, u, bias)
    z = x @ w + h @ u + bias
    if isinstance(cell, keras.layers.SimpleRNNCell):
        return [(cell.activation, z)]
    i, f, candidate, o = tf.split(z, 4, axis=-1)
    gate = cell.recurrent_activation
    return [(gate, i), (gate, f), (cell.activation, candidate), (gate, o)]


def _gru(cell: Any, x: Any, h: Any, u: Any, bias: Any) -> list[tuple[Any, Any]]:
    separate = len(bias.shape) == 2  # one bias for the input, one for the state
    input_bias, state_bias = (bias[0], bias[1]) if separate else (bias, tf.zeros_like(bias))
    x_z, x_r, x_h = tf.split(x + input_bias, 3, axis=-1)
    u_z, u_r, u_h = tf.split(u, 3, axis=-1)
    b_z, b_r, b_h = tf.split(state_bias, 3, axis=-1)
    z, r = x_z + h @ u_z + b_z, x_r + h @ u_r + b_r
    reset = tf.cast(cell.recurrent_activation(r), "float32")
    state = reset * (h @ u_h + b_h) if cell.reset_after else (reset * h) @ u_h
    return [(cell.recurrent_activation, z), (cell.recurrent_activation, r), (cell.activation, x_h + state)]


def _float(tensor: Any) -> Any:
    return tf.cast(tf.convert_to_tensor(tensor), "float32")
