"""Our loop over the batches gives the numbers of `keras.Model.fit`, whatever the model takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from remedy.training.fit import Arrays, Steps, fit

SAMPLES = 50
BATCH_SIZE = 16
EPOCHS = 3
SEED = 5

layers = keras.layers


def numbers(*shape: int) -> Any:
    return np.random.default_rng(0).normal(size=(SAMPLES, *shape))


def dense() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(8, "relu"),
            layers.Dropout(0.3),
            layers.BatchNormalization(),
            layers.Dense(1),
        ]
    )


def masked() -> keras.Model:
    recurrent = layers.Bidirectional(layers.LSTM(4, dropout=0.2, recurrent_dropout=0.2))
    return keras.Sequential([keras.Input((6, 2)), layers.Masking(0.0), recurrent, layers.Dense(1)])


def tokens() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((5,), dtype="int32"),
            layers.Embedding(9, 3, mask_zero=True),
            layers.GRU(4),
            layers.Dense(1),
        ]
    )


def two_inputs() -> keras.Model:
    one, other = keras.Input((4,), name="one"), keras.Input((3, 2), name="other")
    joined = layers.Concatenate()([one, layers.SimpleRNN(3)(other)])
    return keras.Model({"one": one, "other": other}, layers.Dense(1)(joined))


def padded() -> Any:
    X = numbers(6, 2)
    X[::3, 4:] = 0
    return X


CASES: dict[str, tuple[Callable[[], keras.Model], Any]] = {
    "dense": (dense, numbers(4)),
    "masked": (masked, padded()),
    "tokens": (tokens, np.random.default_rng(1).integers(0, 9, (SAMPLES, 5))),
    "two inputs": (two_inputs, {"one": numbers(4), "other": numbers(3, 2)}),
}


def compiled(build: Callable[[], keras.Model], *, jit_compile: bool = False) -> keras.Model:
    keras.utils.set_random_seed(SEED)
    model = build()
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"], jit_compile=jit_compile)
    return model


def validation(X: Any) -> Any:
    return {name: array[:20] for name, array in X.items()} if isinstance(X, dict) else X[:20]


def trained(
    build: Callable[[], keras.Model], X: Any, y: Any, *, jit_compile: bool = False, weights: Any = None
) -> Any:
    model = compiled(build, jit_compile=jit_compile)
    history = keras.callbacks.History()
    fit(
        model,
        Steps(model),
        Arrays(X, y, weights),
        Arrays(validation(X), y[:20]),
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        seed=SEED,
        callbacks=[history],
    )
    return history.history, model


@pytest.mark.parametrize("case", CASES)
def test_losses_metrics_and_weights_are_those_of_keras(case: str) -> None:
    build, X = CASES[case]
    y = numbers(1) + 1
    history, model = trained(build, X, y)
    twin = compiled(build)
    expected = twin.fit(
        X, y, validation_data=(validation(X), y[:20]), epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=0
    ).history
    assert history.keys() == expected.keys() == {"loss", "mae", "val_loss", "val_mae"}
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-6)
    for weights, others in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(weights, others, rtol=1e-6, atol=1e-7)


def test_weights_of_samples_count_as_in_keras() -> None:
    build, X = CASES["dense"]
    y = (numbers(1) > 0).astype("float32")
    weights = np.where(y.ravel() > 0, 3.0, 0.5).astype("float32")
    history, _ = trained(build, X, y, weights=weights)
    expected = compiled(build).fit(
        X, y, class_weight={0: 0.5, 1: 3.0}, epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=0
    )
    np.testing.assert_allclose(history["loss"], expected.history["loss"], rtol=1e-6)


def test_xla_draws_what_it_draws_in_keras() -> None:
    build, X = CASES["masked"]  # with dropout, for which XLA has another generator
    y = numbers(1) + 1
    history, _ = trained(build, X, y, jit_compile=True)
    twin = compiled(build, jit_compile=True)
    expected = twin.fit(
        X, y, validation_data=(validation(X), y[:20]), epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=0
    ).history
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5)


@pytest.mark.parametrize("case", ["tokens", "two inputs"])
def test_xla_changes_nothing_but_the_last_digits(case: str) -> None:
    build, X = CASES[case]
    y = numbers(1) + 1
    history, _ = trained(build, X, y, jit_compile=True)
    expected, _ = trained(build, X, y)
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5)


class Calls(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes down what it is called for."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("on_"):
            return super().__getattribute__(name)
        return lambda *given, **_: self.seen.append(
            (name, tuple(sorted(given[-1] or ())) if given and isinstance(given[-1], dict) else ())
        )


def test_callbacks_are_called_as_by_keras() -> None:
    build, X = CASES["dense"]
    y = numbers(1)
    ours, theirs = Calls(), Calls()
    model = compiled(build)
    fit(
        model,
        Steps(model),
        Arrays(X, y),
        Arrays(X, y),
        epochs=2,
        batch_size=BATCH_SIZE,
        seed=SEED,
        callbacks=[ours],
    )
    compiled(build).fit(
        X, y, validation_data=(X, y), epochs=2, batch_size=BATCH_SIZE, verbose=0, callbacks=[theirs]
    )
    assert ours.seen == theirs.seen
    assert ("on_test_end", ("loss", "mae")) in ours.seen


def test_a_model_of_a_fixed_batch_size_is_traced_for_it() -> None:
    def build() -> keras.Model:
        inputs = keras.Input(batch_shape=(10, 4))
        return keras.Model(inputs, layers.Dense(1)(inputs))

    X, y = numbers(4), numbers(1)
    model = compiled(build)
    history = keras.callbacks.History()
    data = Arrays(X, y)
    fit(model, Steps(model), data, data, epochs=2, batch_size=10, seed=SEED, callbacks=[history])
    expected = compiled(build).fit(X, y, validation_data=(X, y), epochs=2, batch_size=10, verbose=0).history
    np.testing.assert_allclose(history.history["val_loss"], expected["val_loss"], rtol=1e-6)


def test_a_callback_ends_the_training_in_the_middle_of_an_epoch_and_it_is_validated_once_more() -> None:
    class Stop(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = batch == 1

    model = compiled(dense)
    stop, history = Stop(), keras.callbacks.History()
    data = Arrays(numbers(4), numbers(1))
    fit(
        model, Steps(model), data, data, epochs=9, batch_size=BATCH_SIZE, seed=SEED, callbacks=[stop, history]
    )
    assert model.optimizer.iterations == 2
    assert len(history.history["val_loss"]) == 1
