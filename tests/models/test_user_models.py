"""With every fix off, the model that is trained is the user's, layer by layer and number by number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from remedy.errors import ConfigError
from remedy.models.build import build_model, build_optimizer
from remedy.models.describe import describe_model
from remedy.models.match_data import check_model
from remedy.plan import KerasObject, Plan, UserModel
from tests.models.user_models import NAMES, OPAQUE, REBUILT, baseline, description, original, samples
from tests.training.samples import make_samples

every_rebuilt_model = pytest.mark.parametrize("name", REBUILT)


def settings_of(value: Any) -> Any:
    """A Keras configuration without what Keras does not need to build the model."""
    if isinstance(value, dict):
        return {key: settings_of(item) for key, item in value.items() if key != "build_config"}
    return [settings_of(item) for item in value] if isinstance(value, list | tuple) else value


def rebuilt(name: str) -> keras.Model:
    plan = Plan.model_validate_json(baseline(name).model_dump_json())
    keras.utils.clear_session(free_memory=False)
    return build_model(plan)


@every_rebuilt_model
def test_the_rebuilt_model_has_the_same_configuration(name: str) -> None:
    before, after = settings_of(original(name).get_config()), settings_of(rebuilt(name).get_config())
    if name == "adapted_normalization":  # what it has learned of the data becomes its setting
        before["layers"][1], after["layers"][1] = None, None
    before.pop("build_input_shape", None)
    after.pop("build_input_shape", None)
    assert after == before


@every_rebuilt_model
def test_the_rebuilt_model_computes_the_same(name: str) -> None:
    user, own = original(name), rebuilt(name)
    if name == "adapted_normalization":
        for theirs, ours in zip(user.layers[1:], own.layers[1:], strict=True):
            ours.set_weights(theirs.get_weights())
    else:
        own.set_weights(user.get_weights())
    assert [weights.trainable for weights in own.trainable_weights] == [
        weights.trainable for weights in user.trainable_weights
    ]
    inputs = samples(user, count=4)
    np.testing.assert_allclose(
        own.predict(inputs, verbose=0, batch_size=4), user.predict(inputs, verbose=0, batch_size=4), atol=1e-6
    )


@every_rebuilt_model
def test_every_training_draws_its_own_weights_from_the_seed(name: str) -> None:
    baseline(name)  # is made once, and draws numbers

    def kernels(seed: int) -> list[Any]:
        keras.utils.set_random_seed(seed)
        return [weights.numpy() for weights in rebuilt(name).trainable_weights]

    first, again, other = kernels(0), kernels(0), kernels(1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize(
    "name",
    ["stacked_lstm", "masked_bidirectional", "time_distributed", "images", "stateful", "mixed_precision"],
)
def test_layers_made_in_order_get_the_weights_of_the_users_script(name: str) -> None:
    baseline(name)  # builds the user's model, too
    keras.utils.set_random_seed(0)
    user = original(name)
    keras.utils.set_random_seed(0)
    own = rebuilt(name)
    theirs = {weights.path: weights.numpy() for weights in user.trainable_weights}
    ours = {weights.path: weights.numpy() for weights in own.trainable_weights}
    assert len(ours) == len(theirs)
    for a, b in zip(theirs.values(), ours.values(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", sorted(OPAQUE))
def test_a_model_that_cannot_be_rebuilt_is_built_by_the_user_each_time(name: str) -> None:
    plan = baseline(name)
    assert plan.model.opaque is not None
    assert plan.model.layers == ()
    assert type(build_model(plan)) is type(original(name))


@pytest.mark.parametrize("name", NAMES)
def test_no_user_code_changes_keras_for_the_rest(name: str) -> None:
    original(name)
    assert keras.config.dtype_policy().name == "float32"


def test_shapes_tokens_and_masks_are_read_from_the_model() -> None:
    two = description("two_inputs")
    assert two.input_shapes == {"series": (8, 2), "facts": (6,)}
    assert two.output_shape == (1,)
    assert two.tokens == ()
    tokens = description("functional_tokens_with_masks")
    assert tokens.masks_tokens
    assert len(tokens.tokens) == 1
    assert description("masked_bidirectional").mask_value == -1.0
    assert description("frozen_embedding").frozen == ("embedding",)
    assert description("every_step").output_shape == (8, 1)


def test_inputs_of_which_some_have_the_names_of_the_data_are_not_taken_in_order() -> None:
    model = description("two_inputs")
    series, facts = np.zeros((200, 8, 2)), np.zeros((200, 6))
    y = np.zeros((200, 1))
    check_model(model, make_samples("regression", {"facts": facts, "series": series}, y))
    check_model(model, make_samples("regression", {"now": facts, "past": series}, y))
    numbered = replace(model, input_shapes={"input_1": (8, 2), "facts": (6,)})
    check_model(numbered, make_samples("regression", {"input_1": series, "input_2": facts}, y))
    mistyped = make_samples("regression", {"facts": facts, "serie": series}, y)
    with pytest.raises(ConfigError, match=r"takes the inputs facts, series, and the data have facts, serie;"):
        check_model(model, mistyped)


@pytest.mark.parametrize(
    "initializer",
    [keras.initializers.Constant(0.0), keras.initializers.Constant(3.0), keras.initializers.HeNormal()],
    ids=lambda one: f"{type(one).__name__} {one.get_config()}",
)
def test_initializers_are_written_so_that_keras_can_read_them(initializer: Any) -> None:
    layer = keras.layers.Dense(2, bias_initializer=initializer)
    model = describe_model(keras.Sequential([keras.Input((3,)), layer]), UserModel(file="/nowhere.py"))
    assert model.opaque is None
    again = keras.layers.Dense(**model.layers[-1].config)
    assert type(again.bias_initializer) is type(initializer)


@pytest.mark.parametrize("name", ["Lamb", "Muon", "Ftrl", "ScheduleFreeAdamW"])
def test_optimizers_that_keras_does_not_find_by_their_names_are_built_all_the_same(name: str) -> None:
    plan = baseline("stacked_lstm").replace(optimizer=KerasObject(class_name=name))
    assert type(build_optimizer(plan)) is getattr(keras.optimizers, name)


def test_only_what_differs_from_keras_defaults_is_written_down() -> None:
    layers = {layer.name: layer.config for layer in baseline("stacked_lstm").model.layers}
    assert layers == {
        "input_layer": {"batch_shape": [None, 8, 2]},
        "lstm": {"units": 4, "return_sequences": True},
        "dropout": {"rate": 0.1},
        "lstm_1": {"units": 3},
        "dense": {"units": 1},
    }
