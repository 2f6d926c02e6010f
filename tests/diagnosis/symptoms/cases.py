"""Trainings to diagnose, made of numbers: a healthy one of each kind, and ways to make it sick."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

from remedy.config.experiment import ModelSettings
from remedy.data import default_metric
from remedy.diagnosis.case import Case
from remedy.diagnosis.data_statistics import DataStatistics, FeatureStatistics, TargetStatistics
from remedy.diagnosis.symptom import Finding, Symptom
from remedy.fixes import get_fix
from remedy.models.templates import template_layers
from remedy.plan import DataFacts, KerasObject, Layer, Model, Plan, Preprocessing, Task
from remedy.training.measurements import (
    KernelStart,
    LayerMeasurements,
    Measurements,
    OneBatch,
    RangeTest,
    TimeGradient,
)

CLASSES = 4
STEPS = 200
_UNITS = {"regression": 1, "binary": 1, "multiclass": CLASSES, "multilabel": CLASSES}
_LOSSES = {
    "regression": "mse",
    "binary": "binary_crossentropy",
    "multiclass": "sparse_categorical_crossentropy",
    "multilabel": "binary_crossentropy",
}
_SHARES = {
    "regression": (),
    "binary": (0.5, 0.5),
    "multiclass": (0.25,) * CLASSES,
    "multilabel": (0.5,) * CLASSES,
}


def plan(
    task: Task = "regression", template: str = "dense", units: tuple[int, ...] = (16, 16), **settings: Any
) -> Plan:
    """The plan of a template with Keras' defaults, trained with Adam.

    Args:
        settings: of the model's template.
    """
    shape = (8,) if template == "dense" else (20, 2)
    model = ModelSettings.model_validate({"template": template, "units": list(units)} | settings)
    return Plan(
        task=task,
        metric=default_metric(task),
        preprocessing=Preprocessing(),
        model=Model(input_shape=shape, layers=template_layers(model, task, _UNITS[task], shape)),
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.001}),
        loss=_LOSSES[task],
        epochs=10,
        batch_size=32,
        data=DataFacts(input_shapes={"X": shape}, output_units=_UNITS[task], class_shares=_SHARES[task]),
    )


def with_output(plan: Plan, activation: str | None, units: int | None = None) -> Plan:
    """The plan whose output layer has this activation, and as many units."""
    *others, last = plan.model.layers
    arguments = last.config | {"activation": activation} | ({} if units is None else {"units": units})
    return plan.with_layers((*others, last.model_copy(update={"config": arguments})))


def with_layers(plan: Plan, *layers: Layer) -> Plan:
    """The plan with more layers behind its output layer."""
    return plan.with_layers((*plan.model.layers, *layers))


def with_rate(plan: Plan, rate: Any, optimizer: str = "Adam", **arguments: Any) -> Plan:
    config = {"learning_rate": rate, **arguments}
    return plan.replace(optimizer=KerasObject(class_name=optimizer, config=config))


def target(low: float = -2.0, high: float = 2.0, mean: float = 0.0, std: float = 1.0) -> TargetStatistics:
    return TargetStatistics("y", low, high, mean, std, distinct=500, whole=False)


def data(task: Task = "regression", *targets: TargetStatistics, reaching: float = 2.0) -> DataStatistics:
    """Standardised features and targets, unless others are given."""
    own = targets or tuple(
        target() if task == "regression" else target(0.0, max(len(_SHARES[task]) - 1, 1), 0.5, 0.5)
        for _ in range(1 if task == "multiclass" else _UNITS[task])
    )
    features = (FeatureStatistics("x", "X", low=-2.0, high=reaching, mean=0.0, std=1.0),)
    return DataStatistics(task, 1000, features, own, class_shares=_SHARES[task])


def kernel(fan_in: int = 16, fan_out: int = 16, **changes: Any) -> KernelStart:
    """A kernel that starts from Glorot's distribution."""
    glorot = math.sqrt(2 / (fan_in + fan_out))
    start = KernelStart("kernel", (fan_in, fan_out), fan_in, fan_out, mean=0.0, std=glorot, units_alike=False)
    return dataclasses.replace(start, **changes)


def layer(name: str, **changes: Any) -> LayerMeasurements:
    """A layer that is trained, with a kernel and gradients as they should be."""
    healthy = LayerMeasurements(
        name, "Dense", True, False, (kernel(),), gradient_start=0.5, gradient_end=0.2, update_ratio=-2.7
    )
    return dataclasses.replace(healthy, **changes)


def layers_of(
    plan: Plan, *, first: dict[str, Any] | None = None, **changes: Any
) -> tuple[LayerMeasurements, ...]:
    """Healthy measurements of the plan's layers with a kernel.

    Args:
        first: what is different in the first layer.
        changes: what is different in every layer.
    """
    found = [
        one for one in plan.model.layers if one.class_name in {"Dense", "LSTM", "GRU", "SimpleRNN", "Conv1D"}
    ]
    return tuple(
        layer(
            one.name,
            class_name=one.class_name,
            is_output=one is found[-1],
            **(changes | ((first or {}) if one is found[0] else {})),
        )
        for one in found
    )


def learning(plan: Plan, **changes: Any) -> Measurements:
    """What a healthy training shows: the loss falls, and everything is of the usual size."""
    falling = tuple(0.2 + 0.8 * math.exp(-step / 60) for step in range(STEPS))
    healthy = Measurements(
        steps=STEPS,
        epochs=4.0,
        losses=falling,
        skill_start=-0.1,
        skill_middle=0.5,
        skill_end=0.7,
        first_bad_step=None,
        gradient_norm_start=1.0,
        gradient_norm_highest=3.0,
        prediction_spread=0.8,
        layers=layers_of(plan),
        through_time=(TimeGradient("X", 20, first=0.01, last=0.1),),
        range_test=range_test(0.003, highest=0.3),
        one_batch=OneBatch(32, 120, skill=0.99),
    )
    return dataclasses.replace(healthy, **changes)


def stuck(plan: Plan, **changes: Any) -> Measurements:
    """The same, but the loss does not move: whatever is the cause, it shows nowhere else."""
    flat = learning(
        plan, losses=(1.0,) * STEPS, skill_start=-0.01, skill_middle=0.0, skill_end=0.0, prediction_spread=0.3
    )
    return dataclasses.replace(flat, **changes)


def range_test(suggestion: float | None, highest: float | None = None, *, fall: float = 0.6) -> RangeTest:
    """A range test whose loss falls by this share of what it was."""
    rates = tuple(10 ** (-7 + step / 12) for step in range(97))
    losses = tuple(1.0 - fall * step / (len(rates) - 1) for step in range(len(rates)))
    return RangeTest(rates, losses, suggestion, highest)


def case(
    plan: Plan, data_: DataStatistics | None = None, measured: Measurements | None = None, **changes: Any
) -> Case:
    return Case(plan, data_ or data(plan.task), measured, **changes)


def find(symptom: type[Symptom], case: Case) -> Finding:
    """What the symptom says about a training that has it.

    It is checked for what every finding owes: two sentences, a threshold, fixes that exist, values that they
    take.
    """
    finding = symptom().find(case)
    assert finding is not None
    assert finding.symptom == symptom.name
    sentences = re.findall(r"[.?!](?= [A-Z]|$)", finding.explanation)
    assert len(sentences) == 2, finding.explanation
    assert finding.explanation[-1] == "."
    assert not re.search(r"\.$|[{}]|nan|None", finding.cause), finding.cause
    assert finding.evidence
    assert any(evidence.threshold is not None for evidence in finding.evidence) or len(finding.evidence) == 1
    for name in finding.fixes:
        get_fix(name)
    for name, value in finding.recipe.items():
        assert name in finding.fixes
        get_fix(name).check_value(value)
    assert finding.advice is None or finding.advice.endswith(".")
    return finding
