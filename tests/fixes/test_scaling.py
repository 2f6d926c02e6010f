from __future__ import annotations

import pytest
from pydantic import ValidationError

from remedy.fixes.scaling import Scaling
from remedy.plan import Change, DataFacts, Plan, Preprocessing, diff

FIX = Scaling()


def test_sets_the_scaling_and_nothing_else(lstm_plan: Plan) -> None:
    assert diff(lstm_plan, FIX.apply(lstm_plan, "minmax")) == [
        Change("preprocessing.scaling", None, "minmax")
    ]


def test_keeps_the_other_scaling(lstm_plan: Plan) -> None:
    plan = lstm_plan.replace(preprocessing=Preprocessing(target_scaling="standard"))
    assert FIX.apply(plan, "minmax").preprocessing == Preprocessing(
        scaling="minmax", target_scaling="standard"
    )


@pytest.mark.parametrize(
    ("tokens", "shapes", "applies"),
    [
        ((), {"X": (10, 2)}, True),
        (("X",), {"X": (10,)}, False),
        (("words",), {"words": (10,), "prices": (10, 1)}, True),
        (("words", "tags"), {"words": (10,), "tags": (10,)}, False),
        ((), {}, True),
    ],
)
def test_indices_of_an_embedding_cannot_be_scaled(
    lstm_plan: Plan, tokens: tuple[str, ...], shapes: dict[str, tuple[int, ...]], applies: bool
) -> None:
    plan = lstm_plan.replace(
        preprocessing=Preprocessing(tokens=tokens), data=DataFacts(input_shapes=dict(shapes))
    )
    assert (FIX.not_applicable(plan) is None) == applies


@pytest.mark.parametrize("value", ["minmax", "standard", "robust"])
def test_accepts_its_scalers(value: str) -> None:
    FIX.check_value(value)


@pytest.mark.parametrize("value", ["min_max", True, None])
def test_refuses_unknown_scalers(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
