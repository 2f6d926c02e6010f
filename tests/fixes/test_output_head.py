from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers

from remedy.fixes.output_head import OutputHead
from remedy.plan import DataFacts, Plan, Task, diff
from remedy.surgery.losses import fits
from tests.fixes import keras_models
from tests.fixes.keras_models import SOURCE, built, layer_of, plan_of_model

FIX = OutputHead()

BINARY_LOGITS = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}
SPARSE_LOGITS = {
    "module": "keras.losses",
    "class_name": "SparseCategoricalCrossentropy",
    "config": {
        "name": "sparse",
        "reduction": "sum_over_batch_size",
        "from_logits": True,
        "ignore_class": None,
    },
    "registered_name": None,
}
TASKS: dict[Task, tuple[int, str, str]] = {
    "regression": (2, "linear", "mse"),
    "binary": (1, "sigmoid", "binary_crossentropy"),
    "multiclass": (4, "softmax", "sparse_categorical_crossentropy"),
    "multilabel": (3, "sigmoid", "binary_crossentropy"),
}


def head_plan(task: Task, activation: str | None, loss: Any, units: int | None = None, *behind: Any) -> Plan:
    """A dense model for data that needs as many units as `TASKS` says, with this output layer."""
    wanted = TASKS[task][0]
    head = layers.Dense(units or wanted, activation=activation, name="out")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh"), head, *behind])
    return plan_of_model(model, task=task, loss=loss, data=DataFacts(output_units=wanted))


def head_of(plan: Plan) -> tuple[int, list[str], Any]:
    """Units, the activations that do something in order, and the loss."""
    model = built(FIX.apply(plan, True))
    output = model.get_layer("out")
    acting = [output.activation.__name__]
    for layer in model.layers[model.layers.index(output) + 1 :]:
        acting.append(getattr(layer, "activation", keras.activations.linear).__name__)
        if isinstance(layer, layers.Softmax | layers.ReLU):
            acting[-1] = type(layer).__name__.lower()
    return output.units, [name for name in acting if name != "linear"], FIX.apply(plan, True).loss


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("activation", ["linear", "relu", "sigmoid", "softmax", "tanh"])
@pytest.mark.parametrize("loss", ["mse", "binary_crossentropy", "categorical_hinge", BINARY_LOGITS])
@pytest.mark.parametrize("units", [1, 7])
def test_any_head_becomes_one_that_fits(task: Task, activation: str, loss: Any, units: int) -> None:
    plan = head_plan(task, activation, loss, units)
    fixed_units, acting, fixed_loss = head_of(plan)
    wanted_units, wanted, plain = TASKS[task]
    assert fixed_units == wanted_units
    logits = fixed_loss == BINARY_LOGITS
    assert acting == ([] if logits or wanted == "linear" else [wanted])
    assert fixed_loss == (BINARY_LOGITS if logits else plain)


@pytest.mark.parametrize("task", TASKS)
def test_what_fits_stays(task: Task) -> None:
    _, activation, loss = TASKS[task]
    plan = head_plan(task, activation, loss)
    assert FIX.apply(plan, True) == plan
    assert "what the baseline has already" in str(FIX.left_out(plan))


def test_softmax_on_one_unit_becomes_sigmoid() -> None:
    plan = head_plan("binary", "softmax", "binary_crossentropy")
    assert [(change.path, change.after) for change in diff(plan, FIX.apply(plan, True))] == [
        ("layers.out.activation", "sigmoid")
    ]


@pytest.mark.parametrize(
    ("task", "loss"),
    [
        *(
            ("regression", loss)
            for loss in ("mae", "huber", "log_cosh", "mape", "MSLE", "mean_squared_error")
        ),
        ("regression", {"class_name": "Huber", "config": {"delta": 2.0}}),
        ("multiclass", "categorical_crossentropy"),
        ("multiclass", {"class_name": "CategoricalCrossentropy", "config": {"label_smoothing": 0.1}}),
        ("binary", {"class_name": "BinaryFocalCrossentropy", "config": {}}),
        ("multilabel", {"module": "builtins", "class_name": "function", "config": "their_loss"}),
        ("binary", {"module": "theirs", "class_name": "Hinge", "config": {}}),
    ],
)
def test_a_loss_that_fits_or_is_the_users_own_stays(task: Task, loss: Any) -> None:
    assert head_of(head_plan(task, "relu", loss))[2] == loss


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_what_a_loss_of_the_users_own_takes_is_not_guessed(activation: str) -> None:
    own = {"module": "builtins", "class_name": "function", "config": "loss_of_logits"}
    plan = head_plan("binary", activation, own)
    assert FIX.apply(plan, True) == plan
    units, _, loss = head_of(head_plan("multiclass", activation, own, 7))
    assert (units, loss) == (4, own)


@pytest.mark.parametrize("activation", ["exponential", "softplus"])
def test_counts_stay_above_0(activation: str) -> None:
    plan = head_plan("regression", activation, "poisson")
    assert FIX.apply(plan, True) == plan


@pytest.mark.parametrize(("task", "loss"), [("binary", BINARY_LOGITS), ("multiclass", SPARSE_LOGITS)])
def test_logits_stay_logits(task: Task, loss: Any) -> None:
    plan = head_plan(task, None, loss)
    assert FIX.apply(plan, True) == plan


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_an_activation_in_front_of_a_loss_that_has_its_own_is_used_once(activation: str) -> None:
    assert head_of(head_plan("binary", activation, BINARY_LOGITS)) == (1, ["sigmoid"], "binary_crossentropy")
    units, acting, loss = head_of(head_plan("multiclass", "softmax", SPARSE_LOGITS))
    assert (units, acting) == (4, ["softmax"])
    assert loss == SPARSE_LOGITS | {
        "config": {"name": "sparse", "reduction": "sum_over_batch_size", "ignore_class": None}
    }
    assert keras.losses.get(loss).get_config()["from_logits"] is False


@pytest.mark.parametrize(
    ("activation", "behind", "task"),
    [
        (None, layers.Softmax(), "multiclass"),
        (None, layers.Activation("softmax"), "multiclass"),
        ("softmax", layers.Activation("linear"), "multiclass"),
    ],
)
def test_an_activation_layer_behind_the_output_counts(
    activation: str | None, behind: Any, task: Task
) -> None:
    plan = head_plan(task, activation, "sparse_categorical_crossentropy", None, behind)
    assert FIX.apply(plan, True) == plan


def test_of_two_activations_one_is_left() -> None:
    double = head_plan("multiclass", "softmax", "categorical_crossentropy", None, layers.Softmax())
    assert head_of(double) == (4, ["softmax"], "categorical_crossentropy")
    assert head_of(head_plan("regression", "relu", "mae", None, layers.ReLU())) == (2, [], "mae")
    assert head_of(head_plan("binary", "relu", "mse", None, layers.LeakyReLU())) == (
        *(1, ["sigmoid"], "binary_crossentropy"),
    )


def test_reaches_into_nested_models_and_wrappers() -> None:
    facts = DataFacts(output_units=3)
    plan = plan_of_model(keras_models.nested(), task="multiclass", data=facts)
    assert layer_of(FIX.apply(plan, True), "head", "out").config == {"units": 3, "activation": "softmax"}
    steps = FIX.apply(plan_of_model(keras_models.encoder_decoder(), task="multiclass", data=facts), True)
    assert built(steps).output_shape == (None, 5, 3)
    assert built(steps).get_layer("out").layer.activation is keras.activations.softmax


def test_a_convolution_whose_output_is_pooled_is_an_output_layer() -> None:
    inputs = keras.Input((8, 2))
    x = layers.GlobalAveragePooling1D()(layers.Conv1D(5, 3, name="conv")(inputs))
    model = keras.Model(inputs, layers.Activation("softmax", name="end")(x))
    plan = FIX.apply(plan_of_model(model, task="multiclass", data=DataFacts(output_units=4)), True)
    assert built(plan).output_shape == (None, 4)
    assert layer_of(plan, "end").config == {"activation": "softmax"}


def _sum_of_two() -> keras.Model:
    inputs = keras.Input((3,))
    return keras.Model(inputs, layers.Add()([layers.Dense(1)(inputs), layers.Dense(1)(inputs)]))


def _reshaped() -> keras.Model:
    inputs = keras.Input((3,))
    return keras.Model(inputs, layers.Reshape((4, 1), name="steps")(layers.Dense(4, name="out")(inputs)))


def _recurrent() -> keras.Model:
    inputs = keras.Input((3, 1))
    return keras.Model(inputs, layers.LSTM(1, name="lstm")(inputs))


def _weightless() -> keras.Model:
    inputs = keras.Input((3,))
    return keras.Model(inputs, layers.ReLU()(inputs))


def _frozen() -> keras.Model:
    inputs = keras.Input((3,))
    return keras.Model(inputs, layers.Dense(1, trainable=False, name="still")(inputs))


def _with_an_operation() -> keras.Model:
    inputs = keras.Input((3,))
    return keras.Model(inputs, layers.Dense(1, name="out")(inputs) * 10.0)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (_sum_of_two, "the output of the model comes from several layers"),
        (_reshaped, "behind the output layer 'out' comes 'steps' (Reshape)"),
        (_recurrent, "the output layer 'lstm' is of the class LSTM"),
        (_weightless, "the output of the model comes from no dense or convolution layer"),
        (_frozen, "the output layer 'still' is frozen"),
        (_with_an_operation, "behind the output layer 'out' comes 'multiply' (Multiply)"),
    ],
)
def test_says_why_an_output_cannot_be_set_right(model: Callable[[], keras.Model], reason: str) -> None:
    keras.backend.clear_session()
    plan = plan_of_model(model(), loss="binary_crossentropy")
    assert FIX.not_applicable(plan) == reason
    assert FIX.apply(plan, True) == plan


def test_weights_that_the_model_keeps_do_not_hold_it_up() -> None:
    plan = head_plan("binary", "relu", "mse")
    kept = plan.model.model_copy(update={"source": SOURCE.model_copy(update={"keep_weights": True})})
    assert FIX.not_applicable(plan.replace(model=kept)) is None


def test_a_loss_is_the_same_under_all_its_names() -> None:
    for name in (
        "BinaryCrossentropy",
        "SparseCategoricalCrossentropy",
        "KLDivergence",
        "LogCosh",
        "CTC",
        "Dice",
    ):
        function = keras.losses.serialize(getattr(keras.losses, name)())
        judged = {task: fits(function, task) for task in TASKS}
        assert judged == {task: fits({"class_name": name, "config": {}}, task) for task in TASKS}
    for name in ("mse", "kl_divergence", "log_cosh", "categorical_crossentropy", "ctc"):
        function = keras.losses.serialize(keras.losses.get(name))
        assert {t: fits(function, t) for t in TASKS} == {t: fits(name, t) for t in TASKS}
    assert not any(fits("kl_divergence", task) for task in TASKS)
