"""Faults of the data are found and named, and data that only look unusual are left in peace."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from remedy.diagnosis.case import Case
from remedy.diagnosis.data_statistics import (
    DataStatistics,
    FeatureStatistics,
    Leak,
    SeriesStatistics,
    TargetStatistics,
)
from remedy.diagnosis.learnability import Learnability, ProbeResult
from remedy.diagnosis.registry import all_symptoms
from remedy.diagnosis.symptom import Finding
from remedy.fixes import builtin_fixes, get_fix
from remedy.plan import DataFacts, KerasObject, Layer, Model, Plan, Preprocessing, Task
from remedy.training.measurements import LayerMeasurements, Measurements

NAMES = (
    "class_imbalance",
    "constant_feature",
    "leakage",
    "no_signal",
    "no_temporal_structure",
    "non_finite_data",
    "repeated_samples",
    "unscaled_features",
    "unscaled_target",
    "window_too_short",
)
FINE = FeatureStatistics("fine", "X", -2.0, 2.0, 0.0, 1.0)
Y = TargetStatistics("y", -2.0, 2.0, 0.0, 1.0, 100, whole=False)
NOISE = Learnability((ProbeResult("ridge", -0.02, -0.1, 0.05),))
SIGNAL = Learnability((ProbeResult("ridge", 0.5, 0.4, 0.6),))
SERIES = SeriesStatistics(500, 1e-9, 24, 0.8, 10)


def chain(*layers: Layer) -> Model:
    return Model(input_shape=(3,), layers=layers)


def dense(name: str = "output", **config: Any) -> Layer:
    return Layer(class_name="Dense", name=name, config={"units": 1} | config)


def case(task: Task = "regression", skill: float | None = 0.0, **parts: Any) -> Case:
    """A stuck training, unless it has a skill or `None` because it was not seen; other data are fine."""
    plan = Plan(
        task=task,
        metric="mse" if task == "regression" else "log_loss",
        model=parts.pop("model", chain(dense())),
        preprocessing=parts.pop("preprocessing", Preprocessing()),
        optimizer=KerasObject(class_name="Adam"),
        loss=parts.pop("loss", "mse"),
        data=parts.pop("facts", DataFacts()),
        class_weight=parts.pop("class_weight", None),
        epochs=5,
        batch_size=32,
    )
    learnability = parts.pop("learnability", None)
    layers, epochs = parts.pop("layers", ()), parts.pop("epochs", 2.0)
    data = DataStatistics(task, 1000, parts.pop("features", (FINE,)), parts.pop("targets", (Y,)), **parts)
    measured = None
    if skill is not None:
        measured = Measurements(300, epochs, (), 0.0, 0.0, skill, None, 1.0, 1.0, 1.0, layers)
    return Case(plan, data, measured, learnability)


def found(name: str, one: Case) -> Finding:
    finding = all_symptoms()[name].find(one)
    assert finding is not None
    return finding


def silent(name: str, one: Case) -> bool:
    return all_symptoms()[name].find(one) is None


def feature(low: float, high: float, mean: float, std: float, **others: Any) -> FeatureStatistics:
    return FeatureStatistics("pixel", "X", low, high, mean, std, **others)


PIXEL = feature(0.0, 255.0, 80.0, 70.0)
PLANTED: dict[str, Case] = {
    "missing": case(features=(FINE, feature(0, 1, 0.5, 0.3, missing=0.01))),
    "missing in a series": case(features=(feature(0, 1, 0.5, 0.3, missing=0.01),), series=SERIES),
    "missing elsewhere": case(facts=DataFacts(missing=True)),
    "infinite": case(features=(feature(0, 1, 0.5, 0.3, infinite=0.01),)),
    "infinite target": case(targets=(replace(Y, mean=float("inf")),)),
    "constant": case(features=(FINE, feature(7, 7, 7, 0), feature(0, 0, 0, 0))),
    "all constant": case(features=(feature(0, 0, 0, 0),)),
    "large": case(features=(FINE, PIXEL)),
    "outlier": case(features=(FINE, feature(-4, 60, 0, 1))),
    "uneven": case(features=(FINE, feature(0, 0.004, 0.002, 0.001))),
    "large target": case(targets=(replace(Y, mean=300.0, std=40.0, low=200, high=400),)),
    "small target": case(targets=(replace(Y, std=1e-3, low=-2e-3, high=2e-3),)),
    "rare class": case("binary", class_shares=(0.99, 0.01), classes=("no", "yes"), loss="bce"),
    "noise": case(learnability=NOISE),
    "noisy series": case(learnability=NOISE, series=replace(SERIES, ljung_box_p=0.4)),
    "short window": case(series=replace(SERIES, gain_of_longer_window=0.3, gain_low=0.2)),
    "seen": case(seen_in_validation=0.2, repeated=0.2),
    "copies": case(repeated=0.2),
    "contradictory": case(contradictory=0.2),
    "leak": case(leaks=(Leak("total", 1.0), Leak("sum", -1.0))),
}
EXPECTED: dict[str, tuple[str, str, dict[str, str]]] = {
    "missing": ("non_finite_data", "error", {"imputation": "median"}),
    "missing in a series": ("non_finite_data", "error", {"imputation": "forward_fill"}),
    "missing elsewhere": ("non_finite_data", "error", {"imputation": "median"}),
    "infinite": ("non_finite_data", "error", {}),
    "infinite target": ("non_finite_data", "error", {}),
    "constant": ("constant_feature", "warning", {"imputation": "median"}),
    "all constant": ("constant_feature", "error", {}),
    "large": ("unscaled_features", "error", {"scaling": "standard"}),
    "outlier": ("unscaled_features", "warning", {}),
    "uneven": ("unscaled_features", "warning", {"scaling": "standard"}),
    "large target": ("unscaled_target", "error", {"target_scaling": "standard"}),
    "small target": ("unscaled_target", "error", {"target_scaling": "standard"}),
    "rare class": ("class_imbalance", "error", {"class_weight": "balanced"}),
    "noise": ("no_signal", "error", {}),
    "noisy series": ("no_temporal_structure", "advice", {}),
    "short window": ("window_too_short", "advice", {}),
    "seen": ("repeated_samples", "advice", {}),
    "copies": ("repeated_samples", "advice", {}),
    "contradictory": ("repeated_samples", "advice", {}),
    "leak": ("leakage", "advice", {}),
}
STILL_SAID = {
    "missing elsewhere": "warning",
    "short window": "advice",
    "seen": "advice",
    "copies": "advice",
    "leak": "advice",
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_is_named_in_plain_words_with_its_numbers(fault: str) -> None:
    name, severity, recipe = EXPECTED[fault]
    finding = found(name, PLANTED[fault])
    assert (finding.symptom, finding.severity, finding.recipe) == (name, severity, recipe)
    assert not finding.cause.endswith(".")
    assert len(re.findall(r"[.?!](?: [A-Z]|$)", finding.explanation)) == 2
    assert finding.advice or finding.fixes
    for one in finding.evidence[:1]:
        assert one.threshold is not None
    assert set(finding.fixes) <= builtin_fixes().keys()
    for fix, value in finding.recipe.items():
        assert fix in finding.fixes
        get_fix(fix).check_value(value)


@pytest.mark.parametrize("fault", PLANTED)
def test_no_other_data_symptom_is_found_beside_it(fault: str) -> None:
    beside = {"noisy series": "no_signal"}.get(fault)
    others = [name for name in NAMES if name not in (EXPECTED[fault][0], beside)]
    assert all(silent(name, PLANTED[fault]) for name in others)


@pytest.mark.parametrize("fault", PLANTED)
def test_of_a_training_that_learns_only_what_it_cannot_show_is_said(fault: str) -> None:
    one = PLANTED[fault]
    assert one.measured is not None
    learning = replace(one, measured=replace(one.measured, skill_end=0.5))
    findings = [all_symptoms()[name].find(learning) for name in NAMES]
    said = [finding.severity for finding in findings if finding]
    assert said == ([STILL_SAID[fault]] if fault in STILL_SAID else [])


def test_a_feature_without_any_finite_value_hides_no_large_one() -> None:
    empty = replace(PIXEL, name="empty", low=math.nan, high=math.nan, std=0.0, missing=1.0)
    assert found("unscaled_features", case(features=(empty, PIXEL, empty))).evidence[0].at == "pixel"


def test_data_that_are_fine_have_no_finding_even_if_the_training_is_stuck() -> None:
    for one in (case(), case(skill=None), case("binary", class_shares=(0.9, 0.1), loss="bce")):
        assert all(silent(name, one) for name in NAMES)


def test_missing_values_that_the_first_batches_did_not_meet_are_an_error_although_they_learned() -> None:
    few = replace(PLANTED["missing"], measured=case(skill=0.5, epochs=0.3).measured)
    assert found("non_finite_data", few).severity == "error"


def test_what_preprocessing_and_class_weights_do_is_not_asked_for_again() -> None:
    done = Preprocessing(imputation="median", scaling="minmax", target_scaling="standard")
    for fault in ("missing", "missing elsewhere", "constant", "large", "outlier", "uneven", "large target"):
        one = PLANTED[fault]
        treated = replace(one, plan=one.plan.replace(preprocessing=done))
        assert silent(EXPECTED[fault][0], treated)
    rare = PLANTED["rare class"]
    assert silent("class_imbalance", replace(rare, plan=rare.plan.replace(class_weight="balanced")))


@pytest.mark.parametrize(
    "first",
    [
        Layer(class_name="Rescaling", name="first", config={"scale": 1 / 255}),
        Layer(class_name="Normalization", name="first"),
        Layer(class_name="BatchNormalization", name="first"),
        Layer(class_name="LayerNormalization", name="first"),
    ],
    ids=lambda layer: layer.class_name,
)
def test_a_model_that_scales_its_input_itself_needs_no_scaling(first: Layer) -> None:
    flat = Layer(class_name="Flatten", name="flat")
    assert silent("unscaled_features", case(features=(PIXEL,), model=chain(flat, first, dense())))
    late = chain(dense("early"), first, dense())
    assert not silent("unscaled_features", case(features=(PIXEL,), model=late))


def test_in_a_graph_the_way_of_each_input_counts() -> None:
    keras_model = _two_inputs()
    image, size = (replace(PIXEL, input=name) for name in ("image", "size"))
    assert silent("unscaled_features", case(features=(image,), model=keras_model))
    assert found("unscaled_features", case(features=(image, size), model=keras_model)).evidence[1].value == 1


def test_of_a_model_that_cannot_be_described_the_first_measured_layer_tells() -> None:
    opaque = Model(opaque="it is a subclass")

    def layer(class_name: str) -> LayerMeasurements:
        return LayerMeasurements("first", class_name, True, False, (), 1.0, 1.0)

    assert silent(
        "unscaled_features", case(features=(PIXEL,), model=opaque, layers=(layer("Normalization"),))
    )
    assert not silent("unscaled_features", case(features=(PIXEL,), model=opaque, layers=(layer("Dense"),)))


def test_flags_constants_and_features_that_are_mostly_zero_have_no_spread_to_compare() -> None:
    flag = feature(0, 1, 0.001, 0.03, binary=True)
    constant = feature(5, 5, 5, 0)
    mostly_zero = feature(0, 1, 1e-5, 1e-3)
    assert silent("unscaled_features", case(features=(FINE, flag, constant, mostly_zero)))
    assert not silent("unscaled_features", case(features=(feature(0, 255, 80, 90, binary=True),)))


@pytest.mark.parametrize(
    ("model", "loss"),
    [
        (chain(dense(activation="relu")), "mse"),
        (chain(dense(), Layer(class_name="Activation", name="a", config={"activation": "sigmoid"})), "mse"),
        (chain(dense()), "mean_squared_logarithmic_error"),
        (Model(opaque="it is a subclass"), "mse"),
    ],
    ids=["relu", "sigmoid", "logarithms", "opaque"],
)
def test_a_target_that_has_to_stay_positive_is_scaled_by_minmax(model: Model, loss: str) -> None:
    large = case(targets=PLANTED["large target"].data.targets, model=model, loss=loss)
    assert found("unscaled_target", large).recipe == {"target_scaling": "minmax"}


def test_a_model_that_scales_its_output_itself_needs_no_target_scaling() -> None:
    model = chain(dense(), Layer(class_name="Rescaling", name="up", config={"scale": 300}))
    assert silent("unscaled_target", case(targets=PLANTED["large target"].data.targets, model=model))


def test_classes_for_every_step_are_not_weighed_but_named() -> None:
    rare = PLANTED["rare class"]
    steps = replace(rare, plan=rare.plan.replace(data=DataFacts(target_steps=5)))
    finding = found("class_imbalance", steps)
    assert (finding.fixes, finding.recipe) == ((), {})
    assert finding.advice is not None
    assert "yes" in finding.cause


def test_a_signal_or_features_that_explain_the_target_silence_the_doubts_about_it() -> None:
    one = replace(PLANTED["noisy series"], learnability=SIGNAL)
    assert silent("no_temporal_structure", one)
    assert silent("no_signal", one)
    assert silent("no_temporal_structure", replace(one, learnability=None))


def test_of_a_training_that_was_not_seen_no_signal_is_advice() -> None:
    assert found("no_signal", case(skill=None, learnability=NOISE)).severity == "advice"


def test_a_gain_that_is_not_sure_is_no_reason_for_a_longer_window() -> None:
    unsure = replace(SERIES, gain_of_longer_window=0.3, gain_low=0.01)
    assert silent("window_too_short", case(series=unsure))


def test_samples_of_flags_only_can_hardly_help_being_alike() -> None:
    flags = (feature(0, 1, 0.4, 0.5, binary=True),) * 4
    assert silent("repeated_samples", case(features=flags, repeated=0.9, seen_in_validation=1.0))
    tokens = case(
        features=(), repeated=0.9, seen_in_validation=1.0, preprocessing=Preprocessing(tokens=("X",))
    )
    assert not silent("repeated_samples", tokens)


def _two_inputs() -> Model:
    """`image / 255` and `size` as it is, put together."""

    def layer(class_name: str, name: str, *sources: str, **config: Any) -> Layer:
        tensors = [{"tensor": [source, 0, 0]} for source in sources]
        args = [] if not sources else [tensors if len(sources) > 1 else tensors[0]]
        calls = [{"args": args}] if sources else []
        return Layer.model_validate(
            {"class_name": class_name, "name": name, "config": config, "calls": calls}
        )

    return Model(
        layers=(
            layer("InputLayer", "image", shape=[2]),
            layer("InputLayer", "size", shape=[2]),
            layer("Rescaling", "small", "image", scale=1 / 255),
            layer("Concatenate", "both", "small", "size"),
            layer("Dense", "output", "both", units=1),
        ),
        inputs=[["image", 0, 0], ["size", 0, 0]],
        outputs=[["output", 0, 0]],
    )
