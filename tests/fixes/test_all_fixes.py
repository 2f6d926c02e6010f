"""What every fix owes to every kind of model."""

from __future__ import annotations

import copy
import functools
import inspect
import random
import re
from typing import Any

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remedy.config.experiment import ModelSettings
from remedy.fixes import Fix, Stage, apply_recipe, builtin_fixes, corners, get_fix
from remedy.models.build import rebuild
from remedy.models.templates import template_layers
from remedy.plan import DataFacts, KerasObject, Layer, Model, Plan, Preprocessing, diff, graph_key
from remedy.surgery.initializers import _ARGUMENTS, check_initializer
from remedy.surgery.schedules import CYCLICAL
from tests.fixes.keras_models import MODELS, OPAQUE, plan_of_model
from tests.fixes.places import PLACE, SURGERY, values

INPUT_SHAPE = (10, 2)
OUTPUT_UNITS = 1


def plan_with(layers: tuple[Layer, ...]) -> Plan:
    return Plan(
        task="regression",
        metric="mse",
        model=Model(input_shape=INPUT_SHAPE, layers=layers),
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.002, "clipvalue": 0.5}),
        loss="mse",
        epochs=5,
        batch_size=16,
    )


def template(**values: Any) -> Plan:
    return plan_with(template_layers(ModelSettings(**values), "regression", OUTPUT_UNITS, INPUT_SHAPE))


MIXED = plan_with(
    (
        Layer(
            name="conv", class_name="Conv1D", config={"filters": 4, "kernel_size": 3, "activation": "relu"}
        ),
        Layer(name="spatial", class_name="SpatialDropout1D", config={"rate": 0.1}),
        Layer(name="pool", class_name="MaxPooling1D", config={"pool_size": 2}),
        Layer(name="lstm_1", class_name="LSTM", config={"units": 3, "return_sequences": True}),
        Layer(name="norm", class_name="LayerNormalization"),
        Layer(name="lstm_2", class_name="LSTM", config={"units": 3}),
        Layer(name="drop", class_name="Dropout", config={"rate": 0.1}),
        Layer(name="dense", class_name="Dense", config={"units": 4}),
        Layer(name="relu", class_name="Activation", config={"activation": "relu"}),
        Layer(name="out", class_name="Dense", config={"units": OUTPUT_UNITS}),
        Layer(name="linear", class_name="Activation", config={"activation": "linear"}),
    )
)

WIDE = {"class_name": "RandomUniform", "config": {"minval": -5, "maxval": 5, "seed": None}}
PLAIN = template(
    template="rnn", units=[4, 3], activation="relu", kernel_initializer=WIDE, output_activation="softmax"
).replace(optimizer=KerasObject(class_name="SGD", config={"learning_rate": 1e-7}))

BASELINES = {
    "lstm": template(template="lstm", units=[4, 4, 3]),
    "gru": template(template="gru", units=[4, 3], dropout=0.1),
    "rnn": template(template="rnn", units=[4, 3], kernel_initializer="zeros"),
    "conv1d": template(template="conv1d", units=[4, 3], dropout=0.1),
    "dense": template(template="dense", units=[4, 3, 3]),
    "bidirectional": template(template="lstm", units=[3, 2], bidirectional=True, dropout=0.1),
    "mixed": MIXED,
    **{name: plan_of_model(model()) for name, model in MODELS.items()},
    "opaque": plan_of_model(OPAQUE),
}

every_baseline = pytest.mark.parametrize("baseline", BASELINES.values(), ids=BASELINES)
every_model = pytest.mark.parametrize("baseline", list(BASELINES.values())[:-1], ids=list(BASELINES)[:-1])
every_fix = pytest.mark.parametrize("fix", builtin_fixes().values(), ids=list(builtin_fixes()))


@functools.cache
def shapes_of(model: str) -> Any:
    """Input and output shapes of a plan's model, given as JSON."""
    keras_model = rebuild(Model.model_validate_json(model))
    return keras_model.input_shape, keras_model.output_shape


def shapes(plan: Plan) -> Any:
    return shapes_of(plan.model.model_dump_json())


@every_fix
@every_baseline
def test_changes_its_own_place_and_nothing_else(fix: Fix, baseline: Plan) -> None:
    for value in values(fix, baseline):
        for change in diff(baseline, fix.apply(baseline, value)):
            assert re.fullmatch(PLACE[fix.name], change.path), (value, change)


@every_fix
@every_baseline
def test_leaves_the_original_plan_alone(fix: Fix, baseline: Plan) -> None:
    before = copy.deepcopy(baseline)
    for value in values(fix, baseline):
        given = copy.deepcopy(value)
        fix.apply(baseline, value)
        assert value == given
    assert baseline == before


@every_fix
@every_baseline
def test_a_second_time_changes_nothing(fix: Fix, baseline: Plan) -> None:
    if fix.name in {"epochs", "batch_size", "regularization"}:
        pytest.skip("its default values are multiples")
    for value in values(fix, baseline):
        once = fix.apply(baseline, value)
        assert fix.apply(once, value) == once


@every_fix
@every_baseline
def test_the_plan_survives_json(fix: Fix, baseline: Plan) -> None:
    for value in values(fix, baseline):
        plan = fix.apply(baseline, value)
        assert Plan.model_validate_json(plan.model_dump_json()) == plan


@every_fix
@every_baseline
def test_says_in_a_clause_what_was_wrong_and_in_a_noun_what_helps(fix: Fix, baseline: Plan) -> None:
    for value in values(fix, baseline):
        cause, cure = fix.cause(baseline, value), fix.cure(baseline, value)
        assert re.search(r" (was|were|had|did|stayed|started|followed|normalised) ", f"{cause} "), cause
        for text in (cause, cure):
            assert re.fullmatch(r"\S+( \S+)*", text), text
            assert not re.search(r"None|nan|True|False|[{}\[\]]|\.$", text), text
            assert len(text) < 100
        assert not re.search(r"^(is|are) | (is|are|was|were) ", cure), cure
        if said := re.search(r" too (low|high|few|many)$", cause):
            assert fix.explains_divergence(baseline, value) == (said[1] in {"high", "many"})


PRESENT = PLAIN.replace(
    preprocessing=Preprocessing(scaling="robust", target_scaling="standard", imputation="forward_fill"),
    optimizer=KerasObject(
        class_name="SGD",
        config={"learning_rate": {"class_name": "ExponentialDecay", "config": {}}, "global_clipnorm": 5.0},
    ),
    callbacks=(KerasObject(class_name="ReduceLROnPlateau", config={}),),
    model=template(template="lstm", units=[4], recurrent_initializer="identity").model,
    data=DataFacts(missing=True),
)


@pytest.mark.parametrize(
    ("plan", "name", "value", "cause", "cure"),
    [
        (PLAIN, "scaling", "minmax", "X was never scaled", "MinMax scaling of X"),
        (PRESENT, "scaling", "standard", "X was scaled by robust", "standard scaling of X"),
        (PLAIN, "target_scaling", "minmax", "y was never scaled", "MinMax scaling of y"),
        (PRESENT, "target_scaling", "minmax", "y was scaled by standard", "MinMax scaling of y"),
        (PLAIN, "imputation", "median", "X had a feature that never varies", "setting features that .* to 0"),
        (
            PRESENT,
            "imputation",
            "median",
            "missing values were filled in by forward fill",
            ".* by the median",
        ),
        (
            PLAIN,
            "learning_rate",
            0.0032,
            "the learning rate of 1e-07 was too low",
            "a learning rate of 0.0032",
        ),
        (PLAIN, "learning_rate", 1e-9, "the learning rate of 1e-07 was too high", "a learning rate of 1e-09"),
        (
            PRESENT,
            "learning_rate",
            0.1,
            "the learning rate followed ExponentialDecay",
            "a learning rate of 0.1",
        ),
        (PLAIN, "clipnorm", 1.0, "gradients were never clipped", "clipping gradients at norm 1"),
        (PRESENT, "clipnorm", 1.0, "gradients were clipped by global_clipnorm 5", "clipping .* at norm 1"),
        (PLAIN, "optimizer", "adam", "the optimizer was SGD", "Adam instead of SGD"),
        (
            PLAIN,
            "reduce_lr_on_plateau",
            {},
            "the learning rate stayed at 1e-07",
            "lowering the .* on plateaus",
        ),
        (
            PLAIN.replace(callbacks=PRESENT.callbacks),
            "cyclical_learning_rate",
            {"base": 1e-5, "peak": 0.01, "epochs": 5},
            "the learning rate was lowered on plateaus by another rule",
            r"a cyclical learning rate \(1e-05 to 0.01\)",
        ),
        (PLAIN, "epochs", "x5", "5 epochs were too few", r"5 times the epochs \(25\)"),
        (PLAIN, "epochs", 1, "5 epochs were too many", "a training of 1 epoch"),
        (PLAIN, "batch_size", "x0.5", "the batch size of 16 was too large", "a batch size of 8"),
        (PLAIN, "depth", 1, "2 hidden layers in a row were too many", "a depth of 1"),
        (PRESENT, "depth", 2, "1 hidden layer was too few", "a depth of 2"),
        (PLAIN, "cell", "gru", "the recurrent layers were SimpleRNN", "GRU instead of SimpleRNN"),
        (
            PLAIN,
            "activation",
            "tanh",
            "the activation of hidden layers was relu",
            "tanh in the hidden layers",
        ),
        (
            PLAIN,
            "kernel_initializer",
            "glorot_uniform",
            r"the kernels started from random_uniform\(-5, 5\)",
            r"Xavier \(glorot_uniform\) initialisation",
        ),
        (
            PLAIN,
            "kernel_initializer",
            {"class_name": "RandomUniform", "config": {"minval": -1, "maxval": 1}},
            r"the kernels started from random_uniform\(-5, 5\)",
            r"random_uniform\(-1, 1\) initialisation",
        ),
        (
            PRESENT,
            "recurrent_initializer",
            "orthogonal",
            "the recurrent kernels started from identity",
            "orthogonal initialisation of the recurrence",
        ),
        (
            PLAIN,
            "batch_normalization",
            True,
            "nothing normalised what flows .* layers",
            "batch normalisation",
        ),
        (MIXED, "batch_normalization", True, "not every hidden layer was normalised", "batch normalisation"),
        (
            PLAIN.replace(task="binary", loss="binary_crossentropy"),
            "output_head",
            True,
            r"the output layer \(softmax on 1 unit\) could not express the target",
            "sigmoid on 1 output unit",
        ),
        (
            PLAIN.replace(task="multiclass", loss="mse", data=DataFacts(output_units=1)),
            "output_head",
            True,
            "the loss mse did not fit the output layer and the target",
            "the loss sparse_categorical_crossentropy",
        ),
        (
            PLAIN.replace(task="binary"),
            "class_weight",
            "balanced",
            "rare classes had no more weight than their share of the samples",
            "weighing all classes alike",
        ),
    ],
)
def test_the_words_are_true_of_the_baseline(plan: Plan, name: str, value: Any, cause: str, cure: str) -> None:
    assert re.fullmatch(cause, get_fix(name).cause(plan, value))
    assert re.fullmatch(cure, get_fix(name).cure(plan, value))


def test_every_fix_has_words_of_its_own() -> None:
    for fix in builtin_fixes().values():
        assert {"cause", "cure"} <= vars(type(fix)).keys(), fix.name


@every_fix
@every_baseline
def test_accepts_its_own_default_space(fix: Fix, baseline: Plan) -> None:
    fix.check_space(fix.default_space(baseline))


@every_fix
@every_baseline
def test_says_truly_whether_a_compiled_model_can_be_reused(fix: Fix, baseline: Plan) -> None:
    clipped_by_norm = get_fix("clipnorm").apply(baseline, 5.0)
    changed = [
        plan
        for plan in (fix.apply(clipped_by_norm, value) for value in values(fix, baseline))
        if plan != clipped_by_norm
    ]
    keys = {graph_key(plan) for plan in changed}
    assert fix.new_graph == bool(keys - {graph_key(clipped_by_norm)}) or not changed


@every_fix
@every_model
def test_the_model_takes_and_returns_what_it_did(fix: Fix, baseline: Plan) -> None:
    for value in values(fix, baseline):
        plan = fix.apply(baseline, value)
        if plan.model != baseline.model:
            assert shapes(plan) == shapes(baseline)


@every_model
def test_all_fixes_together_build_in_keras(baseline: Plan) -> None:
    for pick in (0, -1):
        recipe = {
            fix.name: options[pick] for fix in builtin_fixes().values() if (options := values(fix, baseline))
        }
        plan = apply_recipe(baseline, recipe)
        assert shapes(plan) == shapes(baseline)
        keras.optimizers.get({"class_name": plan.optimizer.class_name, "config": plan.optimizer.config})
        for callback in plan.callbacks:
            assert callback.class_name == CYCLICAL or hasattr(keras.callbacks, callback.class_name)


@pytest.mark.parametrize("name", sorted(set(PLACE) & set(builtin_fixes())))
def test_leaves_an_opaque_model_alone(name: str) -> None:
    baseline = BASELINES["opaque"]
    fix = get_fix(name)
    reason = fix.not_applicable(baseline)
    if name in SURGERY:
        assert str(baseline.model.opaque) in str(reason)
    if fix.stage is Stage.MODEL:
        for value in corners(fix.default_space(baseline)):
            assert fix.apply(baseline, value) == baseline


@st.composite
def recipes(draw: st.DrawFn) -> tuple[Plan, dict[str, Any]]:
    baseline = draw(st.sampled_from(list(BASELINES.values())))
    options = {fix.name: [None, *values(fix, baseline)] for fix in builtin_fixes().values()}
    recipe = {name: draw(st.sampled_from(choices)) for name, choices in options.items()}
    if recipe["activation"] and baseline == BASELINES["skip_connection"]:
        recipe["depth"] = None  # how many layers are in front of the sum decides which of them stays linear
    if recipe["activation"] == "relu":
        recipe["kernel_initializer"] = None  # ReLU brings its own, which the other then replaces
    return baseline, {name: value for name, value in recipe.items() if value is not None}


@given(recipes(), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_the_order_of_application_does_not_matter(
    drawn: tuple[Plan, dict[str, Any]], order: random.Random
) -> None:
    baseline, recipe = drawn
    plan = baseline
    for name in order.sample(list(recipe), k=len(recipe)):
        plan = get_fix(name).apply(plan, recipe[name])
    assert plan == apply_recipe(baseline, recipe)


def test_the_initializers_and_their_arguments_are_those_of_keras() -> None:
    for name, arguments in _ARGUMENTS.items():
        class_name = name.title().replace("_", "")
        check_initializer({"class_name": class_name, "config": dict.fromkeys(arguments, 1)})
        accepted = inspect.signature(getattr(keras.initializers, class_name)).parameters
        assert set(accepted) - {"input_axes", "output_axes"} == set(arguments), name
