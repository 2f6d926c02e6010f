"""What is told of gates and units is what they do when they are computed by hand."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from scipy.special import expit

from remedy.training.probe.probed_layers import kernel_start, probed_layers
from remedy.training.probe.units import UnitObserver, dead_share, saturated_share

SIZE = 5


def x_of(samples: int = 40, steps: int = 7) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(samples, steps, 2)).astype(np.float32)


def seen_by(model: keras.Model, x: Any) -> Any:
    outputs, seen = UnitObserver(model, probed_layers(model)).observe(x)
    np.testing.assert_allclose(outputs, model(x), rtol=1e-5, atol=1e-6)
    return keras.tree.map_structure(np.asarray, seen)


def steepen(model: keras.Model, factor: float) -> None:
    """Make the weights large, so that a part of the gates saturates."""
    rng = np.random.default_rng(1)
    model.set_weights([factor * rng.normal(size=weights.shape) for weights in model.get_weights()])


def lstm_gates(weights: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    """The inputs of all gates, `(samples, steps, 4, units)`."""
    (w, u, b), inputs = weights, []
    h = c = np.zeros((len(x), SIZE))
    for step in range(x.shape[1]):
        z = (x[:, step] @ w + h @ u + b).reshape(len(x), 4, SIZE)
        inputs.append(z)
        c = expit(z[:, 1]) * c + expit(z[:, 0]) * np.tanh(z[:, 2])
        h = expit(z[:, 3]) * np.tanh(c)
    return np.stack(inputs, axis=1)


def gru_gates(weights: list[np.ndarray], x: np.ndarray, *, reset_after: bool) -> np.ndarray:
    (w, u, b), inputs = weights, []
    b_x, b_h = b if reset_after else (b, np.zeros_like(b))
    h = np.zeros((len(x), SIZE))
    for step in range(x.shape[1]):
        of_x = (x[:, step] @ w + b_x).reshape(len(x), 3, SIZE)
        of_h = (h @ u + b_h).reshape(len(x), 3, SIZE)
        z, r = (of_x + of_h)[:, :2].transpose(1, 0, 2)
        state = expit(r) * of_h[:, 2] if reset_after else (expit(r) * h) @ u[:, 2 * SIZE :]
        candidate = of_x[:, 2] + state
        inputs.append(np.stack([z, r, candidate], axis=1))
        h = expit(z) * h + (1 - expit(z)) * np.tanh(candidate)
    return np.stack(inputs, axis=1)


def simple_gates(weights: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    (w, u, b), inputs = weights, []
    h = np.zeros((len(x), SIZE))
    for step in range(x.shape[1]):
        inputs.append(x[:, step] @ w + h @ u + b)
        h = np.tanh(inputs[-1])
    return np.stack(inputs, axis=1)[:, :, None]


def beyond(inputs: np.ndarray) -> float:
    return float(np.mean(np.abs(inputs) > 5))


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize(
    ("layer", "gates"),
    [
        (layers.LSTM, lstm_gates),
        (layers.SimpleRNN, simple_gates),
        (layers.GRU, lambda weights, x: gru_gates(weights, x, reset_after=True)),
        (
            lambda units, **more: layers.GRU(units, reset_after=False, **more),
            lambda weights, x: gru_gates(weights, x, reset_after=False),
        ),
    ],
    ids=["LSTM", "SimpleRNN", "GRU", "GRU of old"],
)
def test_saturated_gates_are_those_that_a_forward_pass_by_hand_finds(
    layer: Any, gates: Any, sequences: bool
) -> None:
    model = keras.Sequential([keras.Input((7, 2)), layer(SIZE, return_sequences=sequences, name="cells")])
    steepen(model, 3.0)
    expected = beyond(gates(model.get_weights(), x_of()))
    assert 0.1 < expected < 0.9
    assert saturated_share(seen_by(model, x_of()), "cells") == pytest.approx(expected, abs=2e-3)


def test_both_directions_count() -> None:
    model = keras.Sequential([keras.Input((7, 2)), layers.Bidirectional(layers.LSTM(SIZE), name="both")])
    steepen(model, 3.0)
    weights = model.get_weights()
    forward, backward = lstm_gates(weights[:3], x_of()), lstm_gates(weights[3:], x_of()[:, ::-1])
    expected = (beyond(forward) + beyond(backward)) / 2
    assert saturated_share(seen_by(model, x_of()), "both") == pytest.approx(expected, abs=2e-3)


def test_masked_steps_do_not_count() -> None:
    model = keras.Sequential(
        [keras.Input((7, 2)), layers.Masking(9.0), layers.LSTM(SIZE, return_sequences=True, name="cells")]
    )
    steepen(model, 3.0)
    x = x_of()
    x[:, 5:] = 9.0
    expected = beyond(lstm_gates(model.get_weights(), x[:, :5]))
    assert saturated_share(seen_by(model, x), "cells") == pytest.approx(expected, abs=2e-3)


def test_what_cannot_be_looked_into_is_not_guessed_at() -> None:
    class Own(layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="own")
            self.dense = layers.Dense(1)
            self.activation = keras.activations.tanh

        def call(self, inputs: Any) -> Any:
            return 100 * self.activation(self.dense(inputs))

    model = keras.Sequential(
        [keras.Input(batch_shape=(40, 7, 2)), layers.LSTM(SIZE, stateful=True, name="stateful"), Own()]
    )
    _, seen = UnitObserver(model, probed_layers(model)).observe(x_of())
    assert saturated_share(seen, "stateful") is None
    assert saturated_share(seen, "own") is None
    assert dead_share(seen, "own") is None


def test_a_layer_that_is_looked_into_is_left_as_it_was() -> None:
    model = keras.Sequential([keras.Input((7, 2)), layers.LSTM(SIZE, return_state=False, name="cells")])
    seen_by(model, x_of())
    layer = model.get_layer("cells")
    assert not layer.return_sequences
    assert "call" not in vars(layer)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_dense_units_saturate_by_their_inputs(activation: str) -> None:
    model = keras.Sequential([keras.Input((2,)), layers.Dense(30, activation, name="units")])
    steepen(model, 5.0)
    w, b = model.get_weights()
    x = x_of()[:, 0]
    expected = beyond(x @ w + b)
    assert 0.1 < expected < 0.9
    assert saturated_share(seen_by(model, x), "units") == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("own_layer", [False, True], ids=["argument", "layer"])
def test_only_units_that_are_zero_for_all_samples_are_dead(own_layer: bool) -> None:
    dense = layers.Dense(8, None if own_layer else "relu", name="units")
    model = keras.Sequential([keras.Input((2,)), dense, *([layers.ReLU()] if own_layer else [])])
    w, b = model.get_weights()
    b[:3] = -100.0
    model.set_weights([w, b])
    x = x_of(200)[:, 0]
    assert (model.predict(x, verbose=0)[:, 3:] == 0).mean() > 0.2, "zeros alone are no dead units"
    seen = seen_by(model, x)
    assert dead_share(seen, "units") == pytest.approx(3 / 8)
    assert saturated_share(seen, "units") is None


def test_a_channel_of_a_convolution_is_one_unit() -> None:
    model = keras.Sequential([keras.Input((7, 2)), layers.Conv1D(4, 3, activation="relu", name="channels")])
    w, _ = model.get_weights()
    model.set_weights([w, np.array([-100.0, 0, 0, 0])])
    assert dead_share(seen_by(model, x_of()), "channels") == 0.25


def test_other_activations_are_never_called_dead() -> None:
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, "elu", name="units")])
    assert dead_share(seen_by(model, x_of()[:, 0]), "units") is None


def test_kernels_are_told_with_the_fans_that_keras_uses() -> None:
    inputs = keras.Input((7, 2))
    hidden = layers.Conv1D(6, 3)(inputs)
    hidden = layers.Bidirectional(layers.LSTM(SIZE))(hidden)
    model = keras.Model(inputs, layers.Dense(1, kernel_initializer="ones")(hidden))
    convolution, both, dense = ([*map(kernel_start, probed.kernels)] for probed in probed_layers(model))
    assert [(kernel.fan_in, kernel.fan_out) for kernel in convolution] == [(2 * 3, 6 * 3)]
    assert [kernel.role for kernel in both] == ["kernel", "recurrent_kernel"] * 2
    assert [(kernel.fan_in, kernel.fan_out) for kernel in both[:2]] == [(6, SIZE), (SIZE, SIZE)]
    assert both[1].shape == (SIZE, 4 * SIZE)
    weights = model.layers[2].get_weights()
    assert (both[3].mean, both[3].std) == pytest.approx((weights[4].mean(), weights[4].std()), rel=1e-5)
    assert (dense[0].mean, dense[0].std) == (1, 0)


@pytest.mark.parametrize(
    ("layer", "alike"),
    [
        (layers.Dense(4, kernel_initializer="zeros"), True),
        (layers.Dense(4), False),
        (layers.Dense(1, kernel_initializer="zeros"), False),
        (layers.LSTM(4, kernel_initializer="ones"), True),
        (layers.LSTM(4), False),
    ],
)
def test_units_are_alike_if_nothing_tells_them_apart(layer: Any, alike: bool) -> None:
    model = keras.Sequential([keras.Input((7, 2)), layer])
    assert kernel_start(probed_layers(model)[0].kernels[0]).units_alike is alike


def test_gates_that_differ_from_each_other_may_still_have_units_that_are_alike() -> None:
    model = keras.Sequential([keras.Input((7, 2)), layers.GRU(4)])
    _, u, b = model.get_weights()
    model.set_weights([np.repeat([[1.0, 2.0, 3.0]] * 2, 4, axis=1), u, b])
    kernel, recurrent = map(kernel_start, probed_layers(model)[0].kernels)
    assert kernel.units_alike
    assert not recurrent.units_alike
