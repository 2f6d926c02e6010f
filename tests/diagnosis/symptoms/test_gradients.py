"""Gradients that vanish or explode, between layers and through time."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.diagnosis.symptom import Symptom
from remedy.diagnosis.symptoms.exploding_gradient import ExplodingGradient
from remedy.diagnosis.symptoms.vanishing_gradient import VanishingGradient
from remedy.diagnosis.symptoms.vanishing_through_time import VanishingThroughTime
from remedy.fixes import get_fix
from remedy.plan import Layer, Plan
from remedy.training.measurements import TimeGradient
from tests.diagnosis.symptoms.cases import case, find, layers_of, plan, stuck


def with_first(plan: Plan, start: float, end: float, **changes: Any) -> Any:
    return stuck(plan, layers=layers_of(plan, first={"gradient_start": start, "gradient_end": end} | changes))


def is_found(symptom: type[Symptom], plan: Plan, **changes: Any) -> bool:
    return symptom().find(case(plan, measured=stuck(plan, **changes))) is not None


@pytest.mark.parametrize(
    ("own", "recipe"),
    [
        (plan(activation="sigmoid"), {"activation": "relu"}),
        (plan(activation="relu"), {"kernel_initializer": "he_normal"}),
        (plan(template="lstm"), {"batch_normalization": True}),
    ],
)
def test_a_gradient_that_does_not_arrive_is_an_error(own: Plan, recipe: dict[str, Any]) -> None:
    finding = find(VanishingGradient, case(own, measured=with_first(own, 1e-8, 1e-7)))
    assert finding.severity == "error"
    assert finding.recipe == recipe
    ((name, value),) = recipe.items()
    assert get_fix(name).apply(own, value) != own
    assert finding.evidence[0].value == pytest.approx(1e-7 / 0.2)


@pytest.mark.parametrize(
    ("start", "end", "changes"),
    [
        (1e-8, 0.1, {}),
        (0.1, 1e-8, {}),
        (1e-3, 1e-3, {}),
        (0.0, 0.0, {"trainable": False}),
        (0.0, 0.0, {"kernels": ()}),
        (math.nan, math.nan, {}),
    ],
)
def test_a_gradient_that_comes_later_is_small_only_or_not_meant_to_be_does_not_vanish(
    start: float, end: float, changes: dict[str, Any]
) -> None:
    own = plan()
    assert VanishingGradient().find(case(own, measured=with_first(own, start, end, **changes))) is None


def test_no_gradient_anywhere_is_another_fault() -> None:
    own = plan()
    assert not is_found(VanishingGradient, own, layers=layers_of(own, gradient_start=0.0, gradient_end=0.0))


@given(scale=st.floats(1e-6, 1.0))
def test_gradients_that_are_alike_in_all_layers_never_vanish_or_explode(scale: float) -> None:
    own = plan()
    layers = layers_of(own, gradient_start=scale, gradient_end=scale)
    assert not is_found(VanishingGradient, own, layers=layers)
    assert not is_found(ExplodingGradient, own, layers=layers)


@pytest.mark.parametrize("signs", [{"gradient_norm_highest": 3e3}, {"gradient_norm_highest": math.inf}])
def test_a_large_gradient_is_an_error_and_is_clipped(signs: dict[str, Any]) -> None:
    own = plan()
    finding = find(ExplodingGradient, case(own, measured=stuck(own, **signs)))
    assert finding.severity == "error"
    assert finding.recipe == {"clipnorm": 1.0}


def test_numbers_that_are_not_finite_are_an_error_and_clipping_helps_against_later_ones_only() -> None:
    own = plan()
    for step, recipe in ((1, {}), (40, {"clipnorm": 1.0})):
        signs = {"first_bad_step": step, "skill_end": math.nan, "gradient_norm_highest": 9.0}
        finding = find(ExplodingGradient, case(own, measured=stuck(own, **signs)))
        assert finding.severity == "error"
        assert finding.recipe == recipe
        assert f"step {step}" in finding.cause


def test_a_norm_that_was_not_seen_is_no_explosion() -> None:
    own = plan()
    assert not is_found(ExplodingGradient, own, gradient_norm_highest=math.nan)


def test_a_gradient_that_grows_on_its_way_is_a_warning() -> None:
    own = plan()
    assert find(ExplodingGradient, case(own, measured=with_first(own, 50.0, 50.0))).severity == "warning"
    assert ExplodingGradient().find(case(own, measured=with_first(own, 5.0, 5.0))) is None


@pytest.mark.parametrize(
    ("template", "severity"), [("rnn", "error"), ("lstm", "warning"), ("gru", "warning")]
)
@pytest.mark.parametrize("start", ["orthogonal", "zeros"])
def test_the_first_steps_of_a_window_get_no_gradient(template: str, severity: str, start: str) -> None:
    own = plan(template=template, recurrent_initializer=start)
    faded = (TimeGradient("X", 80, first=1e-9, last=0.1),)
    finding = find(VanishingThroughTime, case(own, measured=stuck(own, through_time=faded)))
    assert finding.severity == severity
    assert "80" in finding.cause
    if start != "orthogonal":
        assert finding.recipe == {"recurrent_initializer": "orthogonal"}
    else:
        assert finding.recipe == ({"cell": "lstm"} if template == "rnn" else {})


def test_a_window_that_is_not_recurrent_or_not_faded_is_fine() -> None:
    faded = (TimeGradient("X", 80, first=1e-9, last=0.1),)
    assert not is_found(VanishingThroughTime, plan(template="conv1d"), through_time=faded)
    kept = (TimeGradient("X", 80, first=1e-3, last=0.1),)
    assert not is_found(VanishingThroughTime, plan(template="lstm"), through_time=kept)


@pytest.mark.parametrize(("first", "last"), [(0.0, 0.0), (math.nan, 0.1), (0.1, math.nan), (0.1, math.inf)])
def test_gradients_that_cannot_be_compared_say_nothing(first: float, last: float) -> None:
    own = plan(template="rnn")
    assert not is_found(VanishingThroughTime, own, through_time=(TimeGradient("X", 80, first, last),))


def test_masked_steps_get_no_gradient_by_design() -> None:
    own = plan(template="rnn")
    nothing = (TimeGradient("X", 80, first=0.0, last=0.1),)
    assert is_found(VanishingThroughTime, own, through_time=nothing)
    masking = Layer(name="masking", class_name="Masking")
    masked = own.with_layers((masking, *own.model.layers))
    assert not is_found(VanishingThroughTime, masked, through_time=nothing)
    padded = own.replace(data=own.data.model_copy(update={"padded": True}))
    assert not is_found(VanishingThroughTime, padded, through_time=nothing)


def test_the_layer_that_fades_is_named() -> None:
    own = plan(units=(16, 16, 16))
    first, *others = layers_of(own, first={"gradient_start": 1e-9, "gradient_end": 1e-9})
    frozen = dataclasses.replace(first, name="frozen", trainable=False)
    measured = stuck(own, layers=(frozen, first, *others))
    assert find(VanishingGradient, case(own, measured=measured)).evidence[0].at == first.name
