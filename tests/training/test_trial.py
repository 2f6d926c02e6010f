"""What a trial records besides losses, and how it ends early."""

from __future__ import annotations

import math
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from remedy.data import Dataset
from remedy.data.dataset import named_inputs
from remedy.fixes import apply_recipe
from remedy.plan import KerasObject, Layer, Model, Plan
from remedy.training import EpochRecord, Status
from remedy.training.saved_model import load_model, save_model
from remedy.training.trial import train
from remedy.training.trial_optimizer import trial_optimizer

needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="takes gradients with TensorFlow"
)


@pytest.fixture
def plan(waves: Dataset) -> Plan:
    return Plan(
        task="regression",
        metric="mse",
        model=Model(
            input_shape=waves.input_shape,
            layers=(
                Layer(name="gru_1", class_name="GRU", config={"units": 6}),
                Layer(name="output", class_name="Dense", config={"units": 1}),
            ),
        ),
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.01}),
        loss="mse",
        epochs=4,
        batch_size=16,
    )


def test_a_trial_that_learns_says_so_and_counts_its_cost(waves: Dataset, plan: Plan) -> None:
    plan = apply_recipe(plan, {"scaling": "standard", "target_scaling": "standard"}).replace(epochs=15)
    outcome = train(plan, waves, seed=0).outcome
    assert outcome.status is Status.LEARNING
    assert outcome.skill == outcome.curve[-1].val_skill > 0.1
    assert outcome.epochs == 15
    assert outcome.parameters == 3 * (2 * 6 + 6 * 6 + 2 * 6) + 7  # GRU(6) on 2 features, Dense(1)
    assert outcome.seconds > 0


def test_a_loss_that_is_not_a_number_ends_the_trial_at_once_and_is_recorded(
    waves: Dataset, plan: Plan
) -> None:
    layers = (
        Layer(name="simple_rnn_1", class_name="SimpleRNN", config={"units": 6, "activation": "relu"}),
        *plan.model.layers[1:],
    )
    exploding = plan.with_layers(layers).replace(
        optimizer=KerasObject(class_name="SGD", config={"learning_rate": 1e4}), epochs=50
    )
    seen: list[EpochRecord] = []

    def on_epoch(record: EpochRecord) -> bool:
        seen.append(record)
        return True

    outcome = train(exploding, waves, seed=0, on_epoch=on_epoch).outcome
    assert outcome.status is Status.DIVERGED
    assert outcome.epochs < 5
    assert math.isnan(outcome.skill)
    assert len(seen) == outcome.epochs - 1


def test_a_trial_is_pruned_when_it_is_told_not_to_go_on(waves: Dataset, plan: Plan) -> None:
    outcome = train(plan, waves, seed=0, on_epoch=lambda record: record.epoch < 2).outcome
    assert outcome.status is Status.PRUNED
    assert outcome.epochs == 2
    assert math.isfinite(outcome.skill)


def test_the_test_split_has_no_influence_on_a_trial(waves: Dataset, plan: Plan) -> None:
    other = Dataset(**(vars(waves) | {"test": waves.train}))
    assert train(plan, waves, seed=0).outcome.curve == train(plan, other, seed=0).outcome.curve


@needs_tensorflow
@pytest.mark.parametrize("scale", [None, 1024.0])
def test_the_gradient_norm_is_the_global_norm_before_clipping(waves: Dataset, scale: float | None) -> None:
    X, y = named_inputs(waves.train.X)["X"][:16], waves.train.y[:16]
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input(X.shape[1:]), keras.layers.GRU(4), keras.layers.Dense(1)])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(X, training=True) - y) ** 2)
    expected = float(tf.linalg.global_norm(tape.gradient(loss, model.trainable_weights)))

    optimizer = trial_optimizer(keras.optimizers.Adam(0.01, clipnorm=1e-3, loss_scale_factor=scale))
    model.compile(optimizer=optimizer, loss="mse")
    optimizer.reset_gradient_norm()
    model.fit(X, y, batch_size=16, epochs=1, verbose=0)
    assert optimizer.mean_gradient_norm() == pytest.approx(expected, rel=1e-4)


@needs_tensorflow
def test_the_gradient_norm_counts_a_token_that_occurs_twice_once() -> None:
    X, y = np.array([[1, 1, 2], [2, 2, 2]]), np.array([[1.0], [-2.0]])
    keras.utils.set_random_seed(5)
    layers = [keras.layers.Embedding(4, 3), keras.layers.Flatten(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((3,), dtype="int32"), *layers])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(X, training=True) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_weights)
    expected = float(tf.linalg.global_norm([tf.convert_to_tensor(gradient) for gradient in gradients]))

    optimizer = trial_optimizer(keras.optimizers.Adam(0.01))
    model.compile(optimizer=optimizer, loss="mse")
    model.fit(X, y, batch_size=2, epochs=1, verbose=0)
    assert optimizer.mean_gradient_norm() == pytest.approx(expected, rel=1e-4)


def test_measuring_the_gradient_norm_keeps_every_setting_of_the_optimizer() -> None:
    for optimizer in (
        keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True, clipvalue=0.5),
        keras.optimizers.AdamW(2e-3, weight_decay=0.01, global_clipnorm=1.0),
        keras.optimizers.RMSprop(1e-4, rho=0.8, centered=True),
    ):
        recording = trial_optimizer(optimizer)
        assert isinstance(recording, type(optimizer))
        assert recording.get_config() == optimizer.get_config()


def test_a_saved_model_opens_without_this_package_and_predicts_the_same(
    waves: Dataset, plan: Plan, tmp_path: Path
) -> None:
    plan = apply_recipe(plan, {"scaling": "minmax", "batch_normalization": True, "clipnorm": 1.0})
    trained = train(plan, waves, seed=0)
    path = tmp_path / "deep" / "model.keras"
    save_model(trained.model, plan, path)
    X = trained.preprocessor.inputs(waves.test.X)
    compiled = keras.saving.load_model(path, safe_mode=True)
    expected = trained.model.predict(X, verbose=0)
    np.testing.assert_array_equal(compiled.predict(X, verbose=0), expected)
    np.testing.assert_array_equal(load_model(path, plan).predict(X, verbose=0), expected)
    assert compiled.optimizer.clipnorm == 1.0
    assert [file.name for file in path.parent.iterdir()] == ["model.keras"]
