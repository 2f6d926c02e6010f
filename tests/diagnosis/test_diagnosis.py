"""The likeliest cause comes first, and what is found can be tried."""

from __future__ import annotations

import json
import math

import pytest

from remedy.diagnosis.case import Case
from remedy.diagnosis.data_statistics import DataStatistics
from remedy.diagnosis.diagnosis import Diagnosis, diagnose
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.registry import all_symptoms
from remedy.diagnosis.symptom import Finding, Severity
from remedy.plan import KerasObject, Layer, Model, Plan, Recipe

PLAN = Plan(
    task="regression",
    metric="mse",
    model=Model(input_shape=(3,), layers=(Layer(class_name="Dense", name="output", config={"units": 1}),)),
    optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.001}),
    loss="mse",
    epochs=5,
    batch_size=16,
)
CASE = Case(PLAN, DataStatistics("regression", 100, (), ()))


def finding(symptom: str, severity: Severity = "error", recipe: Recipe | None = None) -> Finding:
    evidence = (Evidence("largest magnitude", 255.0, 10.0, "pixel"),)
    return Finding(symptom, severity, evidence, f"{symptom} was found", "One. Two.", recipe=recipe or {})


def test_every_symptom_says_what_its_rule_is_and_where_it_comes_from() -> None:
    assert all_symptoms()
    for name, symptom in all_symptoms().items():
        assert symptom.name == name
        assert symptom.rule.endswith(".")
        assert symptom.source


def test_symptoms_come_in_the_order_in_which_causes_come_before_consequences() -> None:
    stages = [symptom.stage for symptom in all_symptoms().values()]
    assert stages == sorted(stages)


def test_severe_findings_come_first_and_else_the_ones_closest_to_a_cause() -> None:
    found = diagnose(CASE).findings
    places = [
        (("error", "warning", "advice").index(one.severity), all_symptoms()[one.symptom].stage)
        for one in found
    ]
    assert places == sorted(places)


X, Y, GRADIENT = (finding(name) for name in ("unscaled_features", "unscaled_target", "exploding_gradient"))
WARNING, ADVICE = finding("update_ratio", "warning"), finding("leakage", "advice")
STUCK = "The loss is stuck most likely because "
NOT_SURE = "No certain cause was found; look first at this: "


@pytest.mark.parametrize(
    ("findings", "stuck", "expected"),
    [
        ([X, GRADIENT], True, f"{STUCK}unscaled_features was found."),
        ([Y, X, GRADIENT], True, f"{STUCK}unscaled_target was found; and unscaled_features was found."),
        ([X], False, "The training learns, although unscaled_features was found."),
        ([WARNING], True, f"{NOT_SURE}update_ratio was found."),
        ([], True, "The training does not learn in its first steps, and none of the known causes was found."),
        ([ADVICE], False, "The training learns, and nothing was found that holds it back."),
    ],
)
def test_one_sentence_says_the_likely_cause(findings: list[Finding], stuck: bool, expected: str) -> None:
    assert Diagnosis(tuple(findings), stuck).sentence == expected


def test_a_training_that_learns_its_samples_by_heart_is_not_said_to_learn() -> None:
    told = "Nothing is learned beyond the training rows, "
    by_heart = Diagnosis((X,), is_stuck=False, learns_by_heart=True)
    assert by_heart.sentence == f"{told}most likely because unscaled_features was found."
    by_heart = Diagnosis((ADVICE,), is_stuck=False, learns_by_heart=True)
    assert by_heart.sentence == f"{told}and none of the known causes was found."


def test_causes_are_treated_together_first_then_everything_then_all_but_one() -> None:
    findings = (
        finding("learning_rate_out_of_range", recipe={"learning_rate": 0.01}),
        finding("unscaled_features", recipe={"scaling": "standard", "learning_rate": 0.5}),
        finding("no_signal"),
        finding("exploding_gradient", recipe={"clipnorm": 1.0}),
        finding("update_ratio", "warning", recipe={"optimizer": "nadam"}),
    )
    diagnosis = Diagnosis(findings, is_stuck=True)
    assert diagnosis.basis == {"learning_rate": 0.01, "scaling": "standard"}
    assert diagnosis.treatments == [
        diagnosis.basis,
        {"learning_rate": 0.01, "scaling": "standard", "clipnorm": 1.0},
        {"learning_rate": 0.01, "scaling": "standard", "clipnorm": 1.0, "optimizer": "nadam"},
        {"scaling": "standard"},
    ]
    assert diagnosis.single_treatments == [
        {"learning_rate": 0.01},
        {"scaling": "standard", "learning_rate": 0.5},
        {"clipnorm": 1.0},
        {"optimizer": "nadam"},
    ]


def test_a_second_look_adds_to_every_treatment_of_the_causes() -> None:
    findings = (
        finding("unscaled_target", recipe={"target_scaling": "minmax"}),
        finding("unscaled_features", recipe={"scaling": "standard"}),
        finding("undertrained", "warning", recipe={"epochs": "x5"}),
    )
    causes: Recipe = {"target_scaling": "minmax", "scaling": "standard"}
    diagnosis = Diagnosis(findings, is_stuck=True, second_look=causes | {"learning_rate": 0.01})
    assert diagnosis.basis == causes | {"learning_rate": 0.01}
    assert diagnosis.treatments == [
        diagnosis.basis,
        causes,
        causes | {"epochs": "x5", "learning_rate": 0.01},
        {"scaling": "standard", "learning_rate": 0.01},
        {"target_scaling": "minmax", "learning_rate": 0.01},
    ]


def test_errors_that_only_show_in_gradients_are_treated_where_there_are_no_others() -> None:
    findings = (
        finding("exploding_gradient", recipe={"clipnorm": 1.0}),
        finding("update_ratio", "warning", recipe={"optimizer": "nadam"}),
    )
    assert Diagnosis(findings, is_stuck=True).basis == {"clipnorm": 1.0}
    assert Diagnosis(findings[1:], is_stuck=True).basis == {}


def test_a_treatment_is_not_tried_twice() -> None:
    only = finding("unscaled_features", recipe={"scaling": "minmax"})
    diagnosis = Diagnosis((only,), is_stuck=True)
    assert diagnosis.treatments == diagnosis.single_treatments == [{"scaling": "minmax"}]


def test_a_diagnosis_becomes_json_even_with_numbers_that_are_none() -> None:
    odd = Finding(
        "update_ratio",
        "error",
        (
            Evidence("update ratio", -math.inf, (-4.0, -1.0), "lstm"),
            Evidence("update ratio", math.nan, (-4.0, -1.0), "dense"),
        ),
        "numbers went missing",
        "One. Two.",
        fixes=("clipnorm",),
    )
    plain = json.loads(json.dumps(Diagnosis((odd,), is_stuck=True).to_plain(), allow_nan=False))
    assert plain["symptoms"][0]["evidence"] == {
        "update ratio (lstm)": {"value": "-inf", "threshold": [-4.0, -1.0], "at": "lstm"},
        "update ratio (dense)": {"value": "nan", "threshold": [-4.0, -1.0], "at": "dense"},
    }
    assert plain["symptoms"][0]["fixes"] == ["clipnorm"]
    assert plain["sentence"].startswith("The loss is stuck")
