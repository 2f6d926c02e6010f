from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from remedy.plan import (
    Change,
    KerasObject,
    Layer,
    Model,
    Plan,
    Preprocessing,
    canonical_json,
    diff,
    graph_key,
    recipe_key,
)


def lstm(name: str = "lstm", **config: Any) -> Layer:
    return Layer(name=name, class_name="LSTM", config={"units": 8} | config)


OUTPUT = Layer(name="output", class_name="Dense", config={"units": 1})
PLAN = Plan(
    task="regression",
    metric="mse",
    model=Model(input_shape=(10, 2), layers=(lstm(), OUTPUT)),
    optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.001}),
    loss="mse",
    epochs=5,
    batch_size=16,
)


def adam(**config: Any) -> dict[str, Any]:
    return {"optimizer": KerasObject(class_name="Adam", config={"learning_rate": 0.001} | config)}


def test_equal_plans_do_not_differ() -> None:
    assert diff(PLAN, PLAN.model_copy(deep=True)) == []


def test_a_changed_argument_is_found_under_its_layer() -> None:
    changed = PLAN.with_layers((lstm(units=4, dropout=0.1), OUTPUT))
    assert diff(PLAN, changed) == [
        Change("layers.lstm.units", 8, 4),
        Change("layers.lstm.dropout", None, 0.1),
    ]


def test_a_layer_that_only_one_side_has_is_one_change() -> None:
    longer = PLAN.with_layers((lstm(), lstm("lstm_2"), OUTPUT))
    layer = {"class_name": "LSTM", "units": 8}
    assert diff(PLAN, longer) == [Change("layers.lstm_2", None, layer)]
    assert diff(longer, PLAN) == [Change("layers.lstm_2", layer, None)]


def test_changes_come_in_the_order_from_data_to_schedule() -> None:
    changed = PLAN.with_layers((lstm(units=4), OUTPUT)).replace(
        preprocessing=Preprocessing(scaling="minmax"),
        loss="mae",
        callbacks=(KerasObject(class_name="TerminateOnNaN"),),
        epochs=6,
        **adam(clipnorm=1.0),
    )
    assert [change.path for change in diff(PLAN, changed)] == [
        "preprocessing.scaling",
        "layers.lstm.units",
        "optimizer.clipnorm",
        "loss",
        "callbacks.TerminateOnNaN",
        "epochs",
    ]


def test_replace_leaves_the_original_alone() -> None:
    assert PLAN.replace(epochs=6).epochs == 6
    assert PLAN.epochs == 5


def test_a_plan_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        setattr(PLAN, "epochs", 6)  # noqa: B010


def test_a_plan_survives_json() -> None:
    assert Plan.model_validate_json(PLAN.model_dump_json()) == PLAN


def test_recipes_are_equal_whatever_their_order_and_what_is_off() -> None:
    recipe = {"scaling": "minmax", "reduce_lr_on_plateau": {"patience": 3, "factor": 0.1}}
    same = {"reduce_lr_on_plateau": {"factor": 0.1, "patience": 3}, "clipnorm": None, "scaling": "minmax"}
    assert recipe_key(recipe) == recipe_key(same)
    assert recipe_key(recipe) != recipe_key(recipe | {"scaling": "standard"})


def test_canonical_json_is_the_same_for_equal_data() -> None:
    assert (
        canonical_json({"b": [1, 2], "a": None})
        == canonical_json({"a": None, "b": [1, 2]})
        == '{"a":null,"b":[1,2]}'
    )


@pytest.mark.parametrize(
    "same_graph",
    [
        PLAN.with_layers((lstm(kernel_initializer="he_normal", recurrent_initializer="zeros"), OUTPUT)),
        PLAN.with_layers((lstm("another_name"), OUTPUT)),
        PLAN.replace(**adam(learning_rate=0.1)),
        PLAN.replace(**adam(clipnorm=1.0)),
        PLAN.replace(epochs=50),
        PLAN.replace(preprocessing=Preprocessing(scaling="minmax", target_scaling="standard")),
        PLAN.replace(callbacks=(KerasObject(class_name="ReduceLROnPlateau"),)),
    ],
    ids=["initializers", "layer name", "learning rate", "clipnorm", "epochs", "scaling", "callbacks"],
)
def test_a_compiled_model_is_shared(same_graph: Plan) -> None:
    assert graph_key(same_graph) == graph_key(PLAN)


@pytest.mark.parametrize(
    "other_graph",
    [
        PLAN.with_layers((lstm(units=4), OUTPUT)),
        PLAN.with_layers((lstm(return_sequences=True), lstm("lstm_2"), OUTPUT)),
        PLAN.replace(model=PLAN.model.model_copy(update={"input_shape": (10, 3)})),
        PLAN.replace(batch_size=32),
        PLAN.replace(loss="mae"),
        PLAN.replace(metric="mae"),
        PLAN.replace(optimizer=KerasObject(class_name="SGD", config={"learning_rate": 0.001})),
        PLAN.replace(**adam(beta_1=0.8)),
        PLAN.replace(**adam(global_clipnorm=1.0)),
        PLAN.replace(**adam(learning_rate={"class_name": "ExponentialDecay", "config": {}})),
    ],
    ids=[
        *("units", "layers", "input shape", "batch size", "loss", "metric", "optimizer class"),
        *("optimizer argument", "global_clipnorm", "learning rate schedule"),
    ],
)
def test_a_compiled_model_is_not_shared(other_graph: Plan) -> None:
    assert graph_key(other_graph) != graph_key(PLAN)


def test_initializers_inside_a_wrapper_share_a_compiled_model_too() -> None:
    def both(**arguments: Any) -> Plan:
        inner = {"module": "keras.layers", "class_name": "LSTM", "config": {"units": 8, **arguments}}
        return PLAN.with_layers(
            (Layer(name="lstm", class_name="Bidirectional", config={"layer": inner}), OUTPUT)
        )

    assert graph_key(both()) == graph_key(both(kernel_initializer="zeros"))
    assert graph_key(both()) != graph_key(both(units=4))
