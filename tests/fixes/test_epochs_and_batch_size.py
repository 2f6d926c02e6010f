from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from remedy.fixes.batch_size import BatchSize
from remedy.fixes.epochs import Epochs
from remedy.fixes.space import corners
from remedy.plan import Change, DataFacts, Layer, Model, Plan, diff


@pytest.mark.parametrize(("value", "expected"), [("x5", 25), (40, 40), ("x.5", 2)])
def test_epochs_are_a_number_or_a_multiple(lstm_plan: Plan, value: int | str, expected: int) -> None:
    assert diff(lstm_plan, Epochs().apply(lstm_plan, value)) == [Change("epochs", 5, expected)]


@pytest.mark.parametrize(("value", "expected"), [("x0.5", 8), (64, 64), ("x4", 64)])
def test_the_batch_size_is_a_number_or_a_multiple(lstm_plan: Plan, value: int | str, expected: int) -> None:
    assert diff(lstm_plan, BatchSize().apply(lstm_plan, value)) == [Change("batch_size", 16, expected)]


@pytest.mark.parametrize(
    ("size", "factor", "expected"), [(1, "x0.5", 1), (3, "x0.5", 2), (5, "x2", 10), (32, "x0.01", 1)]
)
def test_there_is_always_a_whole_number_and_at_least_one(
    lstm_plan: Plan, size: int, factor: str, expected: int
) -> None:
    assert BatchSize().apply(lstm_plan.replace(batch_size=size), factor).batch_size == expected
    assert Epochs().apply(lstm_plan.replace(epochs=size), factor).epochs == expected


@pytest.mark.parametrize("fix", [Epochs(), BatchSize()])
@pytest.mark.parametrize("value", [0, -2, float("nan"), 0.5, "2", "x", "x-1", "twice", True])
def test_refuses_what_is_neither(fix: Epochs | BatchSize, value: object) -> None:
    with pytest.raises(ValidationError):
        fix.check_value(value)


@pytest.mark.parametrize(
    ("config", "fixed"),
    [
        ({"batch_shape": [None, 10, 2]}, False),
        ({"batch_shape": (16, 10, 2)}, True),
        ({"shape": [10, 2], "batch_size": 16}, True),
        ({"shape": [10, 2]}, False),
    ],
)
def test_a_model_for_batches_of_one_size_keeps_it(
    lstm_plan: Plan, config: dict[str, Any], fixed: bool
) -> None:
    inputs = Layer(class_name="InputLayer", name="series", config=config)
    chain = lstm_plan.with_layers((inputs, *lstm_plan.model.layers))
    nested = lstm_plan.with_layers((Layer(class_name="Sequential", name="inner", inner=chain.model),))
    for plan in (chain, nested):
        reason = BatchSize().not_applicable(plan)
        assert reason == (
            "the model takes batches of 16 samples only, as its input 'series' says" if fixed else None
        )


def test_a_model_that_cannot_be_described_may_take_any_batch(lstm_plan: Plan) -> None:
    assert BatchSize().not_applicable(lstm_plan.replace(model=Model(opaque="it is a subclass"))) is None


@pytest.mark.parametrize(
    ("size", "samples", "expected"),
    [
        (32, 1000, ["x0.5", "x2", "x4"]),
        (1, 1000, ["x2", "x4", 32]),
        (1024, 800, ["x0.5", 32]),
        (512, 800, ["x0.5", "x2", 32]),
        (64, 0, ["x0.5", "x2", "x4"]),
        (200, 0, ["x0.5", "x2", "x4", 32]),
    ],
)
def test_only_batch_sizes_that_differ_are_offered(
    lstm_plan: Plan, size: int, samples: int, expected: list[int | str]
) -> None:
    plan = lstm_plan.replace(batch_size=size, data=DataFacts(samples=samples))
    assert list(corners(BatchSize().default_space(plan))) == expected
