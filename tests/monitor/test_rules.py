"""The rules on numbers alone."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.diagnosis.symptom import Finding
from remedy.monitor.rules import RULES, findings
from remedy.monitor.seen import LayerSeen, ModelFacts, NonFinite, Seen
from remedy.training.outcome import EpochRecord


def curve(skills: Sequence[float], rate: float = 1e-3) -> tuple[EpochRecord, ...]:
    return tuple(
        EpochRecord(epoch, 1 - skill, 1 - skill, skill, skill, rate, math.nan)
        for epoch, skill in enumerate(skills, 1)
    )


FLAT = [0.0] * 12
HEALTHY = (LayerSeen("first", 0.1, -3.0), LayerSeen("last", 0.2, -3.0))
SEEN = Seen(
    ModelFacts("Adam", "binary_crossentropy", False, "out", "sigmoid", 1),
    curve(FLAT),
    steps=400,
    start_loss=1.0,
    skill_is_known=True,
    prediction_spread=0.1,
    layers=HEALTHY,
    gradient_norm=0.3,
)


def names(seen: Seen) -> list[str]:
    return [finding.symptom for finding in findings(seen)]


def stack(*layers: tuple[float | None, float | None]) -> tuple[LayerSeen, ...]:
    return tuple(LayerSeen(f"layer {number}", *numbers) for number, numbers in enumerate(layers))


ONE_EACH: dict[str, Seen] = {
    "output_cannot_reach_target": replace(
        SEEN, model=replace(SEEN.model, output_activation="softmax"), curve=()
    ),
    "loss_mismatch": replace(SEEN, model=replace(SEEN.model, from_logits=True)),
    "learning_rate_out_of_range": replace(SEEN, curve=curve(FLAT, 0.5)),
    "relu_in_recurrence": replace(
        SEEN, model=replace(SEEN.model, unbounded=(("lstm", "relu"),)), gradient_norm=200.0
    ),
    "too_deep": replace(
        SEEN,
        model=replace(SEEN.model, recurrent=("a", "b", "c", "d")),
        layers=stack((1e-6, -3.0), (0.1, -3.0)),
    ),
    "vanishing_gradient": replace(SEEN, layers=stack((1e-6, -3.0), (0.1, -3.0))),
    "exploding_gradient": replace(SEEN, gradient_norm=120.0),
    "untrained_layer": replace(SEEN, layers=stack((0.0, -math.inf), (0.1, -3.0))),
    "update_ratio": replace(SEEN, layers=stack((0.1, -5.0), (0.1, -4.5), (0.1, -3.0))),
    "non_finite": replace(SEEN, curve=(), non_finite=NonFinite(1, 7, False, ("first",), ("first", "last"))),
    "diverging_loss": replace(SEEN, curve=curve([0.0, -20.0, -30.0])),
    "oscillating_loss": replace(SEEN, curve=curve([0.0, -0.5] * 6)),
    "constant_predictions": replace(SEEN, prediction_spread=1e-3),
    "flat_loss": SEEN,
}


@pytest.mark.parametrize("symptom", ONE_EACH)
def test_each_symptom_is_found_and_comes_before_its_consequences(symptom: str) -> None:
    assert names(ONE_EACH[symptom])[0] == symptom


def test_there_is_a_case_for_every_rule() -> None:
    assert [rule.__name__ for _, rule in RULES] == list(ONE_EACH)


@pytest.mark.parametrize("symptom", ONE_EACH)
def test_findings_read_well(symptom: str) -> None:
    finding = findings(ONE_EACH[symptom])[0]
    sentences = re.findall(r"[^.]+(?:\.\d[^.]*)*\.(?: |$)", finding.explanation)
    assert len(sentences) == 2, finding.explanation
    assert not finding.cause.endswith(".")
    assert not finding.cause[0].isupper()
    assert finding.advice is not None
    assert finding.advice.endswith(".")
    assert finding.to_plain()["evidence"]


numbers = st.floats(0, 1e6) | st.sampled_from([0.0, math.inf, math.nan])


@given(
    gradients=st.lists(numbers, min_size=1, max_size=4),
    ratio=st.floats(-12, 3),
    rate=st.floats(1e-12, 100),
    spread=st.floats(0, 10),
    norm=numbers,
    unbounded=st.booleans(),
)
def test_nothing_that_only_looks_unusual_is_told_of_a_training_that_learns(
    gradients: list[float], ratio: float, rate: float, spread: float, norm: float, unbounded: bool
) -> None:
    seen = replace(
        SEEN,
        model=replace(SEEN.model, from_logits=True, unbounded=(("lstm", "relu"),) if unbounded else ()),
        curve=curve([0.0] * 9 + [0.05, 0.2], rate),
        layers=stack(*((gradient, ratio) for gradient in gradients)),
        prediction_spread=spread,
        gradient_norm=norm,
    )
    assert findings(seen) == []
    assert findings(replace(seen, ended=True)) == []


@pytest.mark.parametrize(("epochs", "steps", "ended"), [(9, 4000, False), (40, 299, False), (2, 4000, True)])
def test_it_is_too_early_to_judge(epochs: int, steps: int, ended: bool) -> None:
    assert names(replace(SEEN, curve=curve([0.0] * epochs, 5.0), steps=steps, ended=ended)) == []


def test_a_short_training_is_judged_when_it_ends() -> None:
    assert names(replace(SEEN, curve=curve([0.0] * 3), ended=True)) == ["flat_loss"]


def test_a_loss_that_still_falls_is_not_flat() -> None:
    falling = [-3 + 3 * (1 - 0.9**epoch) for epoch in range(12)]
    assert names(replace(SEEN, curve=curve(falling))) == []
    validation = tuple(replace(record, val_loss=2 - record.epoch / 10) for record in SEEN.curve)
    assert names(replace(SEEN, curve=validation)) == []


def test_a_rate_that_is_too_low_for_a_slow_training_is_a_warning() -> None:
    falling = [-3 + 3 * (1 - 0.9**epoch) for epoch in range(12)]
    (finding,) = findings(replace(SEEN, curve=curve(falling, 1e-7)))
    assert (finding.symptom, finding.severity) == ("learning_rate_out_of_range", "warning")


def test_bad_numbers_in_the_first_batch_point_to_the_data() -> None:
    def finding(step: int | None) -> Finding:
        bad = NonFinite(1, step, in_loss=True)
        return findings(replace(SEEN, curve=(), non_finite=bad))[0]

    assert "NaN" in (finding(1).advice or "")
    assert "imputation" in finding(1).fixes
    assert "clipnorm" in finding(2).fixes
    assert finding(2).evidence[0].value == 2


def test_a_number_that_was_not_finite_once_is_a_warning() -> None:
    once = NonFinite(3, 50, in_loss=True, recovered=True)
    assert [finding.severity for finding in findings(replace(SEEN, curve=(), non_finite=once))] == ["warning"]
