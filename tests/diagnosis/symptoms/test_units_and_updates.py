"""Dead and saturated units, and steps of the wrong length."""

from __future__ import annotations

import math
from typing import Any

import pytest

from remedy.diagnosis.symptom import Finding, Symptom
from remedy.diagnosis.symptoms.constant_predictions import ConstantPredictions
from remedy.diagnosis.symptoms.dead_units import DeadUnits
from remedy.diagnosis.symptoms.saturated_units import SaturatedUnits
from remedy.diagnosis.symptoms.update_ratio import UpdateRatio
from remedy.fixes import get_fix
from remedy.plan import Plan, Preprocessing
from tests.diagnosis.symptoms.cases import case, find, layers_of, plan, range_test, stuck, with_output


def diagnosis(symptom: type[Symptom], plan: Plan, **first: Any) -> Finding | None:
    return symptom().find(case(plan, measured=stuck(plan, layers=layers_of(plan, first=first))))


def test_a_layer_of_dead_units_is_an_error() -> None:
    own = plan(template="conv1d")
    measured = stuck(own, layers=layers_of(own, first={"dead_share": 0.9}))
    finding = find(DeadUnits, case(own, measured=measured))
    assert finding.severity == "error"
    assert "90 %" in finding.cause
    assert get_fix("activation").apply(own, finding.recipe["activation"]) != own


@pytest.mark.parametrize(
    "changes", [{"dead_share": 0.4}, {"dead_share": None}, {"dead_share": 1.0, "trainable": False}]
)
def test_some_dead_units_and_frozen_ones_are_no_fault(changes: dict[str, Any]) -> None:
    assert diagnosis(DeadUnits, plan(), **changes) is None


def test_a_dead_output_is_the_output_layers_fault() -> None:
    own = with_output(plan(), "relu")
    layers = layers_of(own)[:-1] + layers_of(own, dead_share=1.0)[-1:]
    assert find(DeadUnits, case(own, measured=stuck(own, layers=layers))).recipe == {"output_head": True}


@pytest.mark.parametrize(
    ("scaling", "recipe"),
    [(None, {"scaling": "standard"}), ("minmax", {"kernel_initializer": "glorot_uniform"})],
)
def test_gates_that_are_saturated_from_the_start_need_smaller_inputs(
    scaling: str | None, recipe: dict[str, Any]
) -> None:
    own = plan(template="lstm", kernel_initializer={"class_name": "RandomNormal", "config": {"stddev": 2.0}})
    own = own.replace(preprocessing=Preprocessing(scaling=scaling))
    measured = stuck(own, layers=layers_of(own, first={"saturated_share": 0.8, "saturated_share_end": 0.9}))
    finding = find(SaturatedUnits, case(own, measured=measured))
    assert finding.severity == "warning"
    assert finding.recipe == recipe
    assert "before the first step" in finding.explanation


def test_later_layers_are_normalised_and_gates_that_saturate_in_training_need_smaller_steps() -> None:
    own = plan(template="lstm")
    measured = stuck(own, layers=(*layers_of(own)[:1], *layers_of(own, saturated_share=0.8)[1:]))
    assert find(SaturatedUnits, case(own, measured=measured)).recipe == {"batch_normalization": True}
    measured = stuck(own, layers=layers_of(own, first={"saturated_share": 0.1, "saturated_share_end": 0.9}))
    assert find(SaturatedUnits, case(own, measured=measured)).fixes[0] == "learning_rate"


@pytest.mark.parametrize("changes", [{"saturated_share": 0.5}, {"saturated_share": 1.0, "trainable": False}])
def test_some_saturated_units_and_frozen_ones_are_no_fault(changes: dict[str, Any]) -> None:
    assert diagnosis(SaturatedUnits, plan(template="lstm"), **changes) is None


@pytest.mark.parametrize(
    ("ratio", "word", "recipe"),
    [
        (-6.0, "small", {"learning_rate": 0.005}),
        (-math.inf, "small", {"learning_rate": 0.005}),
        (0.3, "large", {}),
    ],
)
def test_steps_of_the_wrong_length_are_a_warning(ratio: float, word: str, recipe: dict[str, Any]) -> None:
    own = plan()
    layers = layers_of(own, first={"update_ratio": ratio})
    finding = find(UpdateRatio, case(own, measured=stuck(own, layers=layers, range_test=range_test(0.005))))
    assert finding.severity == "warning"
    assert word in finding.cause
    assert finding.recipe == recipe
    assert "inf" not in finding.explanation


@pytest.mark.parametrize(("ratio", "severity"), [(-6.1, "error"), (1.1, "error"), (-5.9, "warning")])
def test_steps_that_are_far_off_in_every_layer_keep_the_loss_where_it_is(ratio: float, severity: str) -> None:
    own = plan()
    finding = find(UpdateRatio, case(own, measured=stuck(own, layers=layers_of(own, update_ratio=ratio))))
    assert finding.severity == severity


@pytest.mark.parametrize(
    "changes",
    [
        *({"update_ratio": ratio} for ratio in (-4.0, -1.0, None, math.nan)),
        {"update_ratio": -math.inf, "trainable": False},
    ],
)
def test_usual_steps_and_layers_that_are_not_trained_are_fine(changes: dict[str, Any]) -> None:
    assert diagnosis(UpdateRatio, plan(), **changes) is None


@pytest.mark.parametrize("symptom", [DeadUnits, UpdateRatio, ConstantPredictions])
def test_weights_that_are_not_finite_say_nothing_about_units_and_steps(symptom: type[Symptom]) -> None:
    own = plan()
    signs: dict[str, Any] = {
        "layers": layers_of(own, dead_share=1.0, update_ratio=-math.inf),
        "prediction_spread": 0.0,
    }
    assert symptom().find(case(own, measured=stuck(own, **signs))) is not None
    assert symptom().find(case(own, measured=stuck(own, **signs, first_bad_step=3))) is None
