"""Dropout and penalties that outweigh the data, momentum beyond an epoch, batches without statistics."""

from __future__ import annotations

import math
from typing import Any

import pytest

from remedy.diagnosis.learnability import Learnability, ProbeResult
from remedy.diagnosis.symptom import Symptom
from remedy.diagnosis.symptoms.batch_too_small_to_normalize import BatchTooSmallToNormalize
from remedy.diagnosis.symptoms.linear_network import LinearNetwork
from remedy.diagnosis.symptoms.momentum_too_high import MomentumTooHigh
from remedy.diagnosis.symptoms.no_signal import NoSignal
from remedy.diagnosis.symptoms.too_much_regularization import TooMuchRegularization
from remedy.plan import DataFacts, Layer, Plan
from tests.diagnosis.symptoms.cases import STEPS, case, find, layers_of, learning, plan, stuck, with_rate


def penalised(weight: float, name: str = "l2", template: str = "dense") -> Plan:
    own = plan(template=template)
    first, *others = own.model.layers
    penalty = {"class_name": name.upper(), "config": {name: weight}}
    return own.with_layers(
        (first.model_copy(update={"config": first.config | {"kernel_regularizer": penalty}}), *others)
    )


@pytest.mark.parametrize(("rate", "found"), [(0.95, True), (0.81, True), (0.8, False), (0.5, False)])
def test_hardly_a_unit_that_is_kept(rate: float, found: bool) -> None:
    own = plan(template="lstm", dropout=rate)
    if not found:
        assert TooMuchRegularization().find(case(own, measured=stuck(own))) is None
        return
    for measured in (stuck(own), None):
        finding = find(TooMuchRegularization, case(own, measured=measured))
        assert finding.recipe == {"regularization": 0.0}
        assert finding.evidence[0].value == rate


def test_the_drop_rates_inside_a_recurrent_layer_count_too() -> None:
    own = plan(template="lstm")
    first, *others = own.model.layers
    inside = first.model_copy(update={"config": first.config | {"recurrent_dropout": 0.9}})
    finding = find(TooMuchRegularization, case(own.with_layers((inside, *others))))
    assert "lstm_1 drops 90 %" in finding.cause


@pytest.mark.parametrize(
    ("weight", "name", "found"),
    [
        # 256 weights of variance 2 / 32 have squares that add up to 16, and the first loss is 1.
        (1.0, "l2", True),
        (0.04, "l2", True),
        (0.01, "l2", False),
        # Their sizes add up to about 51.
        (0.02, "l1", True),
        (0.005, "l1", False),
    ],
)
def test_a_penalty_that_is_most_of_the_loss(weight: float, name: str, found: bool) -> None:
    own = penalised(weight, name)
    sick = case(own, measured=stuck(own))
    assert (TooMuchRegularization().find(sick) is not None) is found
    if found:
        assert "penalties on weights make up" in find(TooMuchRegularization, sick).cause


@pytest.mark.parametrize(
    ("momentum", "found"), [(0.999, True), (0.985, True), (0.975, False), (0.9, False), (0.0, False)]
)
@pytest.mark.parametrize(("optimizer", "argument"), [("SGD", "momentum"), ("Adam", "beta_1")])
def test_a_momentum_that_outlasts_an_epoch(
    momentum: float, found: bool, optimizer: str, argument: str
) -> None:
    own = with_rate(plan(), 0.01, optimizer, **{argument: momentum})
    sick = case(own, measured=stuck(own))  # of 50 batches an epoch
    assert (MomentumTooHigh().find(sick) is not None) is found
    if found:
        finding = find(MomentumTooHigh, sick)
        assert finding.evidence[1].value == pytest.approx(1 / (1 - momentum))
        assert finding.recipe["optimizer"] == ("adam" if optimizer == "SGD" else "rmsprop")


@pytest.mark.parametrize(("optimizer", "argument"), [("SGD", "momentum"), ("Adam", "beta_1")])
def test_a_momentum_that_never_forgets(optimizer: str, argument: str) -> None:
    own = with_rate(plan(), 0.01, optimizer, **{argument: 1.0})
    finding = find(MomentumTooHigh, case(own, measured=stuck(own)))
    assert finding.evidence[1].value == math.inf
    assert "adds up the gradients of all batches since the first, and an epoch has 50." in finding.explanation


def test_a_usual_momentum_is_fine_in_short_epochs() -> None:
    own = with_rate(plan(), 0.01, "SGD", momentum=0.95)
    assert MomentumTooHigh().find(case(own, measured=stuck(own, epochs=STEPS / 2))) is None
    assert MomentumTooHigh().find(case(own)) is None


def normalised(shape: tuple[int, ...], batch_size: int) -> Plan:
    own = plan()
    first, *others = own.model.layers
    norm = Layer(class_name="BatchNormalization", name="norm")
    facts = DataFacts(input_shapes={"X": shape})
    return own.with_layers((first, norm, *others)).replace(batch_size=batch_size, data=facts)


@pytest.mark.parametrize(
    ("shape", "batch_size", "found"),
    [((8,), 1, True), ((8,), 3, True), ((8,), 4, False), ((20, 2), 1, False)],
)
def test_batches_that_have_no_statistics(shape: tuple[int, ...], batch_size: int, found: bool) -> None:
    own = normalised(shape, batch_size)
    sick = case(own, measured=stuck(own))
    assert (BatchTooSmallToNormalize().find(sick) is not None) is found
    if found:
        assert find(BatchTooSmallToNormalize, sick).recipe == {"batch_size": 32}


def test_batches_of_one_are_fine_without_normalisation() -> None:
    own = plan().replace(batch_size=1)
    assert BatchTooSmallToNormalize().find(case(own, measured=stuck(own))) is None


def probes(linear: tuple[float, float], other: tuple[float, float]) -> Learnability:
    """A linear and another model, each with the ends of its interval."""
    pairs = (("ridge", linear), ("gradient_boosting", other))
    return Learnability(tuple(ProbeResult(name, sum(ends) / 2, *ends) for name, ends in pairs))


BENT = probes((-0.1, 0.1), (0.6, 0.8))


@pytest.mark.parametrize(
    ("activation", "learnability", "found"),
    [
        ("linear", BENT, True),
        ("linear", probes((0.5, 0.7), (0.6, 0.8)), False),
        ("linear", probes((-2.0, -1.0), (-0.5, -0.1)), False),
        ("linear", None, False),
        ("relu", BENT, False),
    ],
)
def test_layers_that_are_one_straight_line(
    activation: str, learnability: Learnability | None, found: bool
) -> None:
    own = plan(activation=activation)
    sick = case(own, measured=stuck(own), learnability=learnability)
    assert (LinearNetwork().find(sick) is not None) is found
    if found:
        assert find(LinearNetwork, sick).recipe == {"activation": "relu"}


@pytest.mark.parametrize(
    ("layer", "linear"),
    [
        (Layer(class_name="Dropout", name="new", config={"rate": 0.1}), True),
        (Layer(class_name="BatchNormalization", name="new"), True),
        (Layer(class_name="Activation", name="new", config={"activation": "linear"}), True),
        (Layer(class_name="ReLU", name="new"), False),
        (Layer(class_name="Activation", name="new", config={"activation": "tanh"}), False),
        (Layer(class_name="Mine", name="new", module="mine"), False),
    ],
)
def test_whatever_may_bend_the_line_counts(layer: Layer, linear: bool) -> None:
    own = plan(activation="linear")
    first, *others = own.model.layers
    own = own.with_layers((first, layer, *others))
    assert (LinearNetwork().find(case(own, learnability=BENT)) is not None) is linear


@pytest.mark.parametrize("template", ["lstm", "gru", "rnn"])
def test_recurrent_layers_are_not_linear(template: str) -> None:
    assert LinearNetwork().find(case(plan(template=template), learnability=BENT)) is None


@pytest.mark.parametrize(
    ("symptom", "own", "changes"),
    [
        (TooMuchRegularization, plan(dropout=0.95), {}),
        (TooMuchRegularization, penalised(1.0), {}),
        (MomentumTooHigh, with_rate(plan(), 0.01, "SGD", momentum=0.999), {}),
        (BatchTooSmallToNormalize, normalised((8,), 1), {}),
        (LinearNetwork, plan(activation="linear"), {"learnability": BENT}),
    ],
)
def test_a_training_that_learns_is_left_alone(
    symptom: type[Symptom], own: Plan, changes: dict[str, Any]
) -> None:
    assert symptom().find(case(own, measured=learning(own), **changes)) is None
    assert symptom().find(case(own, measured=stuck(own, layers=layers_of(own)), **changes)) is not None


def test_samples_that_are_learned_by_heart_hide_no_lack_of_signal() -> None:
    own = plan()
    nothing = probes((-0.2, -0.1), (-0.3, -0.1))
    assert NoSignal().find(case(own, measured=learning(own), learnability=nothing)) is None
    by_heart = case(own, measured=learning(own), learnability=nothing, known_stuck=False)
    assert find(NoSignal, by_heart).severity == "error"


def test_rows_on_which_nothing_varies_are_no_lack_of_signal() -> None:
    own = plan()
    unseen = probes((-math.inf, -math.inf), (-math.inf, -math.inf))
    assert NoSignal().find(case(own, measured=stuck(own), learnability=unseen)) is None
