from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from remedy.diagnosis.symptoms.loss_mismatch import LossMismatch
from remedy.plan import Layer, Task
from remedy.surgery.losses import _KNOWN, fits
from tests.diagnosis.symptoms.cases import (
    CLASSES,
    case,
    data,
    find,
    learning,
    plan,
    stuck,
    target,
    with_layers,
    with_output,
)


def with_logits(name: str) -> dict[str, Any]:
    return {"class_name": name, "config": {"from_logits": True}}


TASKS: list[Task] = ["regression", "binary", "multiclass", "multilabel"]
CODED: list[tuple[Task, str, Any]] = [
    ("binary", "linear", "binary_crossentropy"),
    ("binary", "tanh", "binary_crossentropy"),
    ("binary", "relu", "binary_crossentropy"),
    ("binary", "sigmoid", with_logits("BinaryCrossentropy")),
    ("multiclass", "linear", "sparse_categorical_crossentropy"),
    ("multiclass", "relu", "categorical_crossentropy"),
    ("multiclass", "linear", "kl_divergence"),
    ("multiclass", "softmax", with_logits("SparseCategoricalCrossentropy")),
    ("multilabel", "linear", "binary_crossentropy"),
]


@pytest.mark.parametrize(("task", "activation", "loss"), CODED)
def test_logits_in_place_of_probabilities_and_the_other_way_round(
    task: Task, activation: str, loss: Any
) -> None:
    own = with_output(plan(task), activation).replace(loss=loss)
    finding = find(LossMismatch, case(own, measured=stuck(own)))
    assert finding.severity == "error"
    assert finding.recipe == {"output_head": True}
    assert find(LossMismatch, case(own, measured=learning(own))).severity == "warning"


@pytest.mark.parametrize(
    ("task", "activation", "loss"),
    [
        ("binary", "linear", with_logits("BinaryCrossentropy")),
        ("binary", "hard_sigmoid", "binary_crossentropy"),
        ("multiclass", "linear", with_logits("CategoricalCrossentropy")),
        ("multiclass", "softmax", "kl_divergence"),
        ("multiclass", "softmax", "categorical_crossentropy"),
        ("binary", "tanh", "hinge"),
        ("binary", "linear", {"module": "my_losses", "class_name": "function", "config": "mse"}),
        ("regression", "linear", "huber"),
    ],
)
def test_what_belongs_together_is_left_alone(task: Task, activation: str, loss: Any) -> None:
    own = with_output(plan(task), activation).replace(loss=loss)
    assert LossMismatch().find(case(own, measured=stuck(own))) is None


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
@pytest.mark.parametrize("loss", ["mse", "mean_absolute_error", "Huber"])
def test_a_regression_loss_on_classes_is_an_error_only_if_nothing_is_learned(task: Task, loss: str) -> None:
    own = plan(task).replace(loss=loss)
    assert find(LossMismatch, case(own, measured=stuck(own))).severity == "error"
    assert LossMismatch().find(case(own, measured=learning(own))) is None


def test_the_loss_of_another_kind_of_classes_is_a_warning_if_nothing_is_learned() -> None:
    own = plan("multiclass").replace(loss="binary_crossentropy")
    assert find(LossMismatch, case(own, measured=stuck(own))).severity == "warning"
    assert LossMismatch().find(case(own, measured=learning(own))) is None


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_classes_are_not_told_by_one_unit(loss: str) -> None:
    own = plan("binary").replace(loss=loss)
    finding = find(LossMismatch, case(own, measured=stuck(own)))
    assert finding.severity == "error"
    assert "one output per class" in finding.cause


def test_cross_entropy_of_a_single_unit_has_no_gradient_in_keras() -> None:
    outputs = tf.Variable([[0.2], [0.9], [0.5]])
    with tf.GradientTape() as tape, pytest.warns(SyntaxWarning, match="num_classes > 1"):
        loss = keras.losses.CategoricalCrossentropy()(np.array([[0.0], [1.0], [1.0]]), outputs)
    assert np.allclose(tape.gradient(loss, outputs), 0)


@pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy"])
@pytest.mark.parametrize(("low", "high"), [(0, 300), (-2, 2)])
def test_cross_entropy_cannot_measure_a_number(loss: str, low: float, high: float) -> None:
    own = plan().replace(loss=loss)
    finding = find(LossMismatch, case(own, data("regression", target(low, high, 1, 1)), stuck(own)))
    assert finding.severity == "error"
    assert finding.recipe == {"output_head": True}


def test_cross_entropy_can_measure_shares() -> None:
    own = with_output(plan(), "sigmoid").replace(loss="binary_crossentropy")
    assert LossMismatch().find(case(own, data("regression", target(0, 1, 0.4, 0.2)), stuck(own))) is None
    own = own.replace(loss="categorical_crossentropy")
    assert LossMismatch().find(case(own, data("regression", target(0, 1, 0.4, 0.2)), stuck(own))) is not None


@pytest.mark.parametrize(
    ("loss", "low", "activation", "found"),
    [
        ("poisson", 0, "linear", True),
        ("poisson", 0, "softplus", False),
        ("poisson", -1, "softplus", True),
        ("mean_squared_logarithmic_error", -1, "linear", True),
        ("msle", 0, "linear", False),
        ("mape", -1, "linear", True),
        ("mean_absolute_percentage_error", 0.5, "linear", False),
        ("cosine_similarity", -1, "linear", True),
    ],
)
def test_losses_that_cannot_take_every_number(loss: str, low: float, activation: str, found: bool) -> None:
    own = with_output(plan(), activation).replace(loss=loss)
    facts = data("regression", target(low, 9, 4, 2))
    if found:
        assert find(LossMismatch, case(own, facts, stuck(own))).severity == "error"
    assert (LossMismatch().find(case(own, facts, stuck(own))) is not None) is found
    assert LossMismatch().find(case(own, facts, learning(own))) is None


def test_cosine_similarity_of_several_outputs_is_fine() -> None:
    own = with_output(plan().replace(loss="cosine_similarity"), "linear", units=2)
    assert LossMismatch().find(case(own, data("regression", target(), target()), stuck(own))) is None


def test_softmax_on_one_unit_is_told_once() -> None:
    own = with_output(plan("binary"), "softmax").replace(loss=with_logits("BinaryCrossentropy"))
    assert LossMismatch().find(case(own, measured=stuck(own))) is None


def test_an_activation_behind_the_output_layer_counts() -> None:
    sigmoid = Layer(name="s", class_name="Activation", config={"activation": "sigmoid"})
    own = with_layers(with_output(plan("binary"), "linear"), sigmoid)
    assert LossMismatch().find(case(own, measured=stuck(own))) is None


def test_the_surest_answer_of_two_softmaxes_is_that_of_keras() -> None:
    own = plan("multiclass").replace(loss=with_logits("SparseCategoricalCrossentropy"))
    surest = find(LossMismatch, case(own, measured=stuck(own))).evidence[0].value
    one_hot = np.eye(CLASSES, dtype=np.float32)[:1]
    assert surest == pytest.approx(float(np.asarray(keras.activations.softmax(one_hot)).max()), abs=1e-6)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("loss", sorted(_KNOWN))
def test_a_loss_that_fits_the_task_and_learns_is_never_a_symptom(task: Task, loss: str) -> None:
    own = plan(task).replace(loss=loss)
    if fits(loss, task):
        assert LossMismatch().find(case(own, measured=learning(own))) is None


@pytest.mark.parametrize(
    ("labels", "whole"),
    [((0.0, 1 / 255, 2 / 255, 3 / 255), "1 whole number is"), ((0.0, 0.5, 1.0, 1.5), "2 whole")],
)
def test_labels_that_are_no_whole_numbers(labels: tuple[float, ...], whole: str) -> None:
    own = plan("multiclass")
    given = own.replace(
        preprocessing=own.preprocessing.model_copy(update={"labels": "as_given"}),
        data=own.data.model_copy(update={"label_values": labels}),
    )
    finding = find(LossMismatch, case(given, measured=stuck(given)))
    assert finding.recipe == {"label_encoding": True}
    assert whole in finding.explanation
    assert LossMismatch().find(case(own, measured=stuck(own))) is None
