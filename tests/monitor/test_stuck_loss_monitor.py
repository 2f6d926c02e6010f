"""The monitor in real trainings: what it changes (nothing), what it says, and when it is silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from remedy.errors import ConfigError
from remedy.monitor.stuck_loss_monitor import StuckLossMonitor
from tests.monitor.trainings import Training, classes, dense, halves, model_of, sums


def names(monitor: StuckLossMonitor) -> list[str]:
    return [finding.symptom for finding in monitor.symptoms]


def regularised() -> keras.Model:
    return model_of(
        layers.LSTM(5, return_sequences=True, kernel_regularizer="l2", dropout=0.2),
        layers.BatchNormalization(),
        layers.GRU(4),
        layers.Dense(1),
        optimizer=keras.optimizers.AdamW(0.01, clipnorm=0.5, weight_decay=0.01),
    )


def twice_the_same_layer() -> keras.Model:
    inputs = keras.Input((6, 2))
    shared = layers.Dense(2, "tanh", name="shared")
    outputs = layers.Dense(1)(layers.Flatten()(shared(shared(inputs))))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mae", metrics=["mse"])
    return model


UNCHANGED: dict[str, tuple[Callable[[], keras.Model], dict[str, Any]]] = {
    "regularised LSTM and GRU": (regularised, {}),
    "shared layer": (twice_the_same_layer, {"validation_split": 0.2}),
    "several steps per execution": (lambda: dense(steps_per_execution=4), {}),
    "eager": (lambda: dense(run_eagerly=True), {"epochs": 1}),
    "compiled by XLA": (lambda: dense(jit_compile=True), {}),
}


@pytest.mark.parametrize("case", UNCHANGED)
def test_the_weights_are_the_same_to_the_bit_with_and_without_the_monitor(case: str) -> None:
    build, arguments = UNCHANGED[case]
    training = Training(build, sums(120), epochs=2)
    alone = training.fit(**arguments)
    watched = training.fit([StuckLossMonitor(quiet=True)], **arguments)
    for mine, theirs in zip(watched.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def convolution() -> keras.Model:
    return model_of(layers.Conv1D(8, 3, activation="relu"), layers.GlobalAveragePooling1D(), layers.Dense(1))


def embedding() -> keras.Model:
    model = keras.Sequential(
        [layers.Input((5,)), layers.Embedding(20, 4), layers.Flatten(), layers.Dense(1, "sigmoid")]
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model


def tokens() -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).integers(0, 20, size=(480, 5))
    return X, (X.sum(axis=1, keepdims=True) > 47).astype("float32")


HEALTHY: dict[str, Training] = {
    "dense regression": Training(dense, sums(), 15),
    "dense classes from logits": Training(
        lambda: dense(units=3, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        classes(),
        15,
    ),
    "LSTM regression": Training(lambda: model_of(layers.LSTM(8), layers.Dense(1)), sums()),
    "deep LSTM classes": Training(
        lambda: model_of(
            layers.LSTM(8, return_sequences=True),
            layers.LSTM(8),
            layers.Dense(3, "softmax"),
            loss="sparse_categorical_crossentropy",
        ),
        classes(),
    ),
    "GRU binary": Training(
        lambda: model_of(layers.GRU(8), layers.Dense(1, "sigmoid"), loss="binary_crossentropy"), halves()
    ),
    "convolution": Training(convolution, sums(), 15),
    "relu in recurrence that learns": Training(
        lambda: model_of(layers.SimpleRNN(8, activation="relu"), layers.Dense(1)), sums()
    ),
    "embedding": Training(embedding, tokens()),
    "SGD": Training(lambda: dense(optimizer=keras.optimizers.SGD(0.05)), sums(), 15),
}


@pytest.mark.parametrize("case", HEALTHY)
def test_a_healthy_training_hears_nothing(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    monitor = StuckLossMonitor()
    HEALTHY[case].fit([monitor], validation_split=0.2)
    assert monitor.symptoms == []
    assert "remedy" not in capsys.readouterr().err
    assert monitor.watches_gradients


def test_a_model_that_has_learned_and_stays_where_it_is_hears_nothing() -> None:
    model = Training(dense, sums(), 20).fit()
    monitor = StuckLossMonitor(quiet=True)
    X, y = sums()
    model.optimizer.learning_rate = 1e-4
    model.fit(X, y, batch_size=16, epochs=12, initial_epoch=0, verbose=0, callbacks=[monitor])
    assert monitor.symptoms == []


def scaled(
    data: tuple[np.ndarray, np.ndarray], X: float = 1.0, y: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    return data[0] * np.float32(X), data[1] * np.float32(y)


def deep_and_saturated() -> keras.Model:
    hidden = [layers.Dense(6, "sigmoid", kernel_initializer="glorot_uniform") for _ in range(9)]
    return model_of(layers.Flatten(), *hidden, layers.Dense(1), optimizer=keras.optimizers.SGD(0.01))


STUCK: dict[str, tuple[str, Training]] = {
    "rate too low": (
        "learning_rate_out_of_range",
        Training(lambda: dense(optimizer=keras.optimizers.Adam(1e-8)), sums()),
    ),
    "rate too high": (
        "learning_rate_out_of_range",
        Training(lambda: dense(optimizer=keras.optimizers.Adam(5.0)), sums()),
    ),
    "softmax on one unit": (
        "output_cannot_reach_target",
        Training(
            lambda: model_of(layers.Flatten(), layers.Dense(1, "softmax"), loss="binary_crossentropy"),
            halves(),
            1,
        ),
    ),
    "vanishing gradient": ("vanishing_gradient", Training(deep_and_saturated, sums())),
    "target far away": (
        "update_ratio",
        Training(lambda: dense(optimizer=keras.optimizers.SGD(1e-5)), scaled(sums(), y=1e-4)),
    ),
    "dead relu": (
        "untrained_layer",
        Training(
            lambda: model_of(
                layers.Flatten(),
                layers.Dense(8, "relu", bias_initializer=keras.initializers.Constant(-100)),
                layers.Dense(1),
            ),
            sums(),
        ),
    ),
    "NaN in X": (
        "non_finite",
        Training(dense, (np.where(np.arange(480)[:, None, None] == 77, np.nan, sums()[0]), sums()[1]), 1),
    ),
    "noise": (
        "flat_loss",
        Training(
            lambda: dense(optimizer=keras.optimizers.SGD(1e-4)),
            (sums()[0], np.random.default_rng(1).normal(size=(480, 1))),
        ),
    ),
}


@pytest.mark.filterwarnings("ignore:(?s).*softmax over axis -1:UserWarning")
@pytest.mark.parametrize("case", STUCK)
def test_what_holds_a_training_back_is_the_first_thing_that_is_said(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    expected, training = STUCK[case]
    monitor = StuckLossMonitor()
    training.fit([monitor])
    assert names(monitor)[0] == expected, monitor.symptoms
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("remedy: ")]
    assert len(told) == len(monitor.symptoms) == len(set(names(monitor)))


def test_a_loss_that_grows_is_told_after_two_epochs() -> None:
    monitor = StuckLossMonitor(quiet=True, stop=True)
    model = Training(
        lambda: dense(optimizer=keras.optimizers.SGD(0.6), loss="mse"), scaled(sums(64), X=3)
    ).fit([monitor], epochs=30)
    assert names(monitor)[0] in {"diverging_loss", "non_finite"}
    assert len(model.history.epoch) < 10


def test_stop_ends_the_training_at_the_first_error_and_quiet_says_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = (sums()[0], np.where(np.arange(480)[:, None] == 400, np.inf, sums()[1]))
    training = Training(dense, broken, 5)
    stopped, going_on = StuckLossMonitor(stop=True, quiet=True), StuckLossMonitor(quiet=True)
    assert training.fit([stopped]).history.epoch == [0]
    assert training.fit([going_on]).history.epoch == [0, 1, 2, 3, 4]
    assert names(stopped) == names(going_on) == ["non_finite"]
    assert capsys.readouterr().err == ""


def test_the_first_batch_and_layers_that_are_not_finite_are_named() -> None:
    X, y = sums()
    y[80] = np.nan
    monitor = StuckLossMonitor(quiet=True)
    Training(dense, (X, y), 1).fit([monitor], shuffle=False)
    (finding,) = monitor.symptoms
    assert finding.evidence[0].value == 6  # 16 samples in each batch
    assert "batch 6" in finding.cause
    assert "'hidden', 'out'" in finding.explanation


def test_findings_stand_between_the_lines_of_the_progress_bar(capfd: pytest.CaptureFixture[str]) -> None:
    keras.utils.set_random_seed(0)
    X, y = sums()
    dense(optimizer=keras.optimizers.Adam(1e-8)).fit(
        X, y, batch_size=16, epochs=11, verbose=1, callbacks=[StuckLossMonitor()]
    )
    captured = capfd.readouterr()
    assert captured.err.count("remedy: The learning rate of 1e-08 is too low for Adam") == 1
    assert "remedy" not in captured.out


def test_several_fits_in_a_row_are_one_training() -> None:
    keras.utils.set_random_seed(0)
    X, y = sums()
    model = dense(optimizer=keras.optimizers.Adam(1e-8))
    monitor = StuckLossMonitor(quiet=True)
    functions = set()
    for epoch in range(11):
        model.fit(X, y, batch_size=16, epochs=epoch + 1, initial_epoch=epoch, verbose=0, callbacks=[monitor])
        functions.add(id(model.train_function))
    assert names(monitor)[0] == "learning_rate_out_of_range"
    assert len(functions) == 1  # compiled once


def test_a_monitor_starts_over_with_another_model() -> None:
    monitor = StuckLossMonitor(quiet=True)
    X, y = sums()
    Training(dense, (X, y * np.nan), 1).fit([monitor])
    assert names(monitor) == ["non_finite"]
    Training(dense, (X, y), 1).fit([monitor])
    assert monitor.symptoms == []


def test_a_model_that_was_trained_without_the_monitor_is_watched_as_well() -> None:
    model = Training(dense, sums(), 1).fit()
    monitor = StuckLossMonitor(quiet=True)
    model.fit(*sums(), epochs=1, verbose=0, callbacks=[monitor])
    assert monitor.watches_gradients
    assert "apply" not in model.optimizer.__dict__
    assert "compute_loss" not in model.__dict__


def test_a_second_monitor_knows_nothing_of_what_the_first_one_found() -> None:
    first, second = StuckLossMonitor(quiet=True), StuckLossMonitor(quiet=True)
    X, y = sums()
    model = dense()
    start = model.get_weights()
    model.fit(X, y * np.inf, verbose=0, callbacks=[first])
    model.set_weights(start)
    for variable in model.optimizer.variables:
        variable.assign(keras.ops.zeros_like(variable))
    model.optimizer.learning_rate = 0.01
    function = model.train_function
    model.fit(X, y, verbose=0, callbacks=[second])
    assert names(first) == ["non_finite"]
    assert second.symptoms == []
    assert model.train_function is function


def test_under_a_distribution_strategy_gradients_are_not_watched() -> None:
    monitor = StuckLossMonitor(quiet=True)
    with tf.distribute.OneDeviceStrategy("/cpu:0").scope():
        model = dense(optimizer=keras.optimizers.Adam(1e-8))
    model.fit(*sums(320), batch_size=8, epochs=10, verbose=0, callbacks=[monitor])
    assert not monitor.watches_gradients
    assert names(monitor) == ["learning_rate_out_of_range", "update_ratio", "flat_loss"]


class Interrupting(keras.callbacks.Callback):  # type: ignore[misc]
    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if batch == 4:
            raise KeyboardInterrupt


def test_an_interrupted_training_can_be_resumed_with_and_without_the_monitor() -> None:
    monitor = StuckLossMonitor(quiet=True)
    X, y = sums()
    keras.utils.set_random_seed(0)
    model = dense()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y, verbose=0, callbacks=[monitor, Interrupting()])
    assert "apply" not in model.optimizer.__dict__
    model.fit(X, y, verbose=0)
    model.fit(X, y, epochs=3, verbose=0, callbacks=[monitor])
    assert monitor.symptoms == []
    assert monitor.watches_gradients


class OwnStep(keras.Model):  # type: ignore[misc]
    """A custom training step as Keras' guide writes it, with logs of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(8, "tanh")
        self.out = layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        return self.out(self.hidden(keras.ops.reshape(inputs, (-1, 12))))

    def train_step(self, data: Any) -> dict[str, Any]:
        X, y = data
        with tf.GradientTape() as tape:
            error = keras.ops.mean(keras.ops.square(self(X, training=True) - y))
        self.optimizer.apply_gradients(
            zip(tape.gradient(error, self.trainable_variables), self.trainable_variables, strict=True)
        )
        return {"error": error}


@pytest.mark.filterwarnings("ignore:.*`build\\(\\)`.*:UserWarning")
def test_a_train_step_of_the_users_own_is_watched() -> None:
    keras.utils.set_random_seed(0)
    model = OwnStep()
    model.compile(keras.optimizers.Adam(0.01))
    monitor = StuckLossMonitor(quiet=True)
    X, y = sums()
    model.fit(X, y, epochs=2, batch_size=16, verbose=0, callbacks=[monitor])
    assert monitor.watches_gradients
    assert monitor.symptoms == []
    model.fit(X * np.nan, y, batch_size=16, verbose=0, callbacks=[monitor])
    assert names(monitor) == ["non_finite"]


def test_steps_that_mixed_precision_skips_are_no_findings() -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        monitor = StuckLossMonitor(quiet=True)
        model = Training(dense, sums(200), 4).fit([monitor])
        assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
        assert monitor.symptoms == []
        assert monitor.watches_gradients
    finally:
        keras.config.set_dtype_policy("float32")


def test_several_outputs_and_a_frozen_layer() -> None:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6, 2))
    frozen = layers.Dense(8, "tanh", trainable=False)(layers.Flatten()(inputs))
    model = keras.Model(inputs, [layers.Dense(1, name="a")(frozen), layers.Dense(1, name="b")(frozen)])
    model.compile(keras.optimizers.Adam(0.02), {"a": "mse", "b": "mae"})
    X, y = sums()
    monitor = StuckLossMonitor(quiet=True)
    model.fit(X, {"a": y, "b": y}, epochs=15, batch_size=16, verbose=0, callbacks=[monitor])
    assert monitor.symptoms == []


@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights:UserWarning")
def test_a_model_without_trainable_weights_is_only_said_to_be_flat() -> None:
    monitor = StuckLossMonitor(quiet=True)
    Training(lambda: model_of(layers.Flatten(), layers.Dense(1, trainable=False)), sums()).fit([monitor])
    assert not monitor.watches_gradients
    assert set(names(monitor)) <= {"flat_loss"}


def test_an_optimizer_without_a_rate_of_its_own_is_watched_all_the_same() -> None:
    def build() -> keras.Model:
        parts = {True: keras.optimizers.Adam(0.01), False: keras.optimizers.SGD(0.01)}
        optimizer = keras.optimizers.MultiOptimizer(lambda variable: parts["kernel" in variable.path])
        return model_of(layers.Flatten(), layers.Dense(4, "tanh"), layers.Dense(1), optimizer=optimizer)

    monitor = StuckLossMonitor(quiet=True)
    Training(build, sums()).fit([monitor])
    assert names(monitor) == []


def test_a_patience_of_one_epoch_is_refused() -> None:
    with pytest.raises(ConfigError, match="patience is 1"):
        StuckLossMonitor(patience=1)
