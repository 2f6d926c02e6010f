from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers, regularizers
from pydantic import ValidationError

from remedy.fixes.regularization import Regularization
from remedy.models.build import build_optimizer
from remedy.plan import Change, KerasObject, Layer, Plan, diff
from remedy.surgery.regularization import penalties, weaker
from tests.fixes.keras_models import OPAQUE, built, plan_of_model

FIX = Regularization()


def strict() -> keras.Model:
    """Everything that regularises, in one model."""
    inputs = keras.Input((6, 2))
    lstm = layers.LSTM(3, dropout=0.4, recurrent_dropout=0.2, recurrent_regularizer="l1")
    x = layers.Bidirectional(lstm, name="both")(layers.GaussianNoise(0.5, name="noise")(inputs))
    x = layers.Dropout(0.9, name="drop")(x)
    x = layers.ActivityRegularization(l2=0.3, name="activity")(x)
    penalty = regularizers.L1L2(0.1, 0.2)
    return keras.Model(inputs, layers.Dense(1, kernel_regularizer=penalty, name="out")(x))


def test_nothing_is_left_of_it() -> None:
    plan = FIX.apply(plan_of_model(strict()), 0.0)
    model, X = built(plan), np.ones((4, 6, 2), "float32")
    assert model.get_layer("drop").rate == model.get_layer("noise").stddev == 0
    both = model.get_layer("both")
    for cell in (both.forward_layer.cell, both.backward_layer.cell):
        assert (cell.dropout, cell.recurrent_dropout, cell.recurrent_regularizer) == (0, 0, None)
    assert model.get_layer("out").kernel_regularizer is None
    assert not np.any(model.losses)
    np.testing.assert_array_equal(model(X, training=True), model(X, training=False))


def test_a_tenth_is_left_of_it() -> None:
    model = built(FIX.apply(plan_of_model(strict()), 0.1))
    assert model.get_layer("drop").rate == pytest.approx(0.09)
    assert float(model.get_layer("both").forward_layer.cell.recurrent_regularizer.l1) == pytest.approx(0.001)
    penalty = model.get_layer("out").kernel_regularizer
    assert (float(penalty.l1), float(penalty.l2)) == pytest.approx((0.01, 0.02))


def test_weight_decay_is_weakened_too(lstm_plan: Plan) -> None:
    decaying = lstm_plan.replace(optimizer=KerasObject(class_name="AdamW", config={"weight_decay": 0.5}))
    assert diff(decaying, FIX.apply(decaying, 0.0)) == [Change("optimizer.weight_decay", 0.5, 0.0)]


def test_the_weight_decay_that_is_an_optimizers_default_is_weakened_too(lstm_plan: Plan) -> None:
    plan = lstm_plan.replace(optimizer=KerasObject(class_name="AdamW", config={"learning_rate": 0.01}))
    assert FIX.not_applicable(plan) is None
    assert FIX.cause(plan, 0.0) == "the training was regularised too much (weight decay 0.004)"
    optimizer = build_optimizer(FIX.apply(plan, 0.0))
    assert optimizer.weight_decay == 0


@pytest.mark.parametrize("config", [{"dropout": [0.1, 0.2]}, {"rate": 2}])
def test_arguments_of_the_users_own_layers_are_no_drop_rates(lstm_plan: Plan, config: dict[str, Any]) -> None:
    own = Layer(name="own", class_name="Own", module="mine", registered_name="mine>Own", config=config)
    plan = lstm_plan.with_layers((own, *lstm_plan.model.layers))
    assert FIX.apply(plan, 0.0) == plan
    assert "no dropout, noise, penalties" in str(FIX.not_applicable(plan))


def test_what_the_user_has_frozen_stays() -> None:
    model = strict()
    model.get_layer("out").trainable = False
    assert not any(change.path.startswith("layers.out") for change in _changes(plan_of_model(model)))


def test_a_penalty_of_the_users_own_goes_or_stays(plan_of: Callable[..., Plan]) -> None:
    own = {"module": "mine", "class_name": "Mine", "config": {"strength": 3.0}, "registered_name": "Mine"}
    plan = plan_of(("out", "Dense", {"units": 1, "kernel_regularizer": own}))
    assert FIX.apply(plan, 0.1) == plan
    assert diff(plan, FIX.apply(plan, 0.0)) == [Change("layers.out.kernel_regularizer", own, None)]
    assert "penalty of one's own" in FIX.cause(plan, 0.0)


def test_says_what_there_is_and_what_is_left_of_it() -> None:
    plan = plan_of_model(strict())
    assert "dropout 0.9, " in FIX.cause(plan, 0.0)
    assert "kernel penalty l2 0.2" in FIX.cause(plan, 0.0)
    assert FIX.cure(plan, 0.0) == "no regularisation"
    assert FIX.cure(plan, 0.1) == "10% of the regularisation"


def test_says_why_there_is_nothing_to_weaken(lstm_plan: Plan) -> None:
    assert FIX.not_applicable(plan_of_model(strict())) is None
    assert "no dropout, noise, penalties" in str(FIX.not_applicable(lstm_plan))
    assert "layers cannot be changed" in str(FIX.not_applicable(plan_of_model(OPAQUE)))
    decay = KerasObject(class_name="AdamW", config={"weight_decay": 0.5})
    assert FIX.not_applicable(plan_of_model(OPAQUE, optimizer=decay)) is None


@pytest.mark.parametrize("value", [1, 2.0, -0.1, float("nan"), "none", True])
def test_refuses_what_would_not_weaken(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)


@pytest.mark.parametrize(
    ("regularizer", "expected"),
    [
        ("l2", {"l2": 0.01}),
        ("L1", {"l1": 0.01}),
        ("l1_l2", {"l1": 0.0, "l2": 0.0}),
        ({"class_name": "L1L2", "config": {"l1": 0.5, "l2": None}}, {"l1": 0.5, "l2": 0.0}),
        ({"class_name": "OrthogonalRegularizer", "config": {"factor": 2}}, {"factor": 2.0}),
        ("mine", {}),
    ],
)
def test_reads_penalties_as_keras_does(regularizer: Any, expected: dict[str, float]) -> None:
    assert penalties(regularizer) == expected


@given(st.floats(0, 0.99), st.floats(0, 0.99))
def test_factors_multiply(rate: float, factor: float) -> None:
    layer = {"rate": rate, "name": "drop", "kernel_regularizer": {"class_name": "L2", "config": {"l2": rate}}}
    changed = weaker(layer, factor)
    assert changed["rate"] == pytest.approx(rate * factor)
    assert changed["name"] == "drop"
    left = penalties(changed["kernel_regularizer"] or "")
    assert left.get("l2", 0.0) == pytest.approx(rate * factor if factor else 0.0)


def _changes(plan: Plan) -> list[Change]:
    return diff(plan, FIX.apply(plan, 0.0))
