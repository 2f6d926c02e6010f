from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from remedy.plan import KerasObject, Layer, Model, Plan

Described = tuple[str, str, dict[str, Any]]


@pytest.fixture
def plan_of() -> Callable[..., Plan]:
    """Plans from layers written as (name, class name, arguments), with any other part replaced."""

    def make(*layers: Described, **changes: Any) -> Plan:
        described = tuple(
            Layer(name=name, class_name=class_name, config=config) for name, class_name, config in layers
        )
        return Plan(
            task="regression",
            metric="mse",
            model=Model(input_shape=(10, 2), layers=described),
            optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.001}),
            loss="mse",
            epochs=5,
            batch_size=16,
        ).replace(**changes)

    return make


@pytest.fixture
def lstm_plan(plan_of: Callable[..., Plan]) -> Plan:
    """Two LSTM layers and an output layer."""
    return plan_of(
        ("lstm_1", "LSTM", {"units": 8, "return_sequences": True}),
        ("lstm_2", "LSTM", {"units": 4}),
        ("output", "Dense", {"units": 1}),
    )


@pytest.fixture
def linear_plan(plan_of: Callable[..., Plan]) -> Plan:
    """A model without hidden layers."""
    return plan_of(("flatten", "Flatten", {}), ("output", "Dense", {"units": 1}))
