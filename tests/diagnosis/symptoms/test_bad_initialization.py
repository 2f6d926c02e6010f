from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from remedy.diagnosis.symptom import Finding
from remedy.diagnosis.symptoms.bad_initialization import BadInitialization
from remedy.plan import Plan, UserModel
from remedy.training.measurements import KernelStart
from tests.diagnosis.symptoms.cases import case, find, kernel, layer, layers_of, learning, plan, stuck


def diagnosis(plan: Plan, **changes: Any) -> Finding | None:
    return BadInitialization().find(case(plan, measured=stuck(plan, **changes)))


def start(
    initializer: str | dict[str, Any], shape: tuple[int, ...], gates: int = 1, **changes: Any
) -> KernelStart:
    """The kernel that Keras draws."""
    weights = np.asarray(keras.initializers.get(initializer)(shape))
    receptive = int(np.prod(shape[:-2]))
    return kernel(
        shape[-2] * receptive,
        shape[-1] // gates * receptive,
        shape=shape,
        mean=float(weights.mean()),
        std=float(weights.std()),
        **changes,
    )


@pytest.mark.parametrize("template", ["dense", "lstm"])
@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_units_that_start_alike_are_an_error(template: str, weight: float) -> None:
    own = plan(template=template)
    alike = kernel(mean=weight, std=0.0, units_alike=True)
    finding = find(BadInitialization, case(own, measured=stuck(own, layers=layers_of(own, kernels=(alike,)))))
    assert finding.severity == "error"
    assert finding.recipe["kernel_initializer"] == ("he_normal" if template == "dense" else "glorot_uniform")
    assert ("zeros" in finding.cause) is (weight == 0)


def test_the_recurrence_is_started_anew_if_it_is_alike_as_well() -> None:
    own = plan(template="lstm")
    alike = kernel(mean=0.0, std=0.0, units_alike=True)
    both = (alike, kernel(role="recurrent_kernel", mean=0.0, std=0.0, units_alike=True))
    finding = diagnosis(own, layers=layers_of(own, kernels=both))
    assert finding is not None
    assert finding.recipe == {"kernel_initializer": "glorot_uniform", "recurrent_initializer": "orthogonal"}


def test_an_output_layer_of_zeros_learns() -> None:
    own = plan()
    zeros = kernel(mean=0.0, std=0.0, units_alike=True)
    *hidden, _ = layers_of(own)
    assert diagnosis(own, layers=(*hidden, layer("output", is_output=True, kernels=(zeros,)))) is None


@pytest.mark.parametrize(
    "initializer",
    [
        "glorot_uniform",
        "glorot_normal",
        "he_normal",
        "he_uniform",
        "lecun_normal",
        "lecun_uniform",
        "orthogonal",
    ],
)
@pytest.mark.parametrize(
    ("shape", "gates", "role"),
    [
        ((64, 64), 1, "kernel"),
        ((2, 64), 1, "kernel"),
        ((1, 256), 4, "kernel"),
        ((64, 256), 4, "recurrent_kernel"),
        ((64, 192), 3, "recurrent_kernel"),
        ((3, 1, 32), 1, "kernel"),
        ((3, 3, 16, 32), 1, "kernel"),
        ((512, 4), 1, "kernel"),
        ((1, 2), 1, "kernel"),
    ],
)
def test_what_keras_draws_by_name_is_fine(
    initializer: str, shape: tuple[int, ...], gates: int, role: str
) -> None:
    own = plan()
    keras.utils.set_random_seed(7)
    drawn = start(initializer, shape, gates, role=role)
    assert diagnosis(own, layers=layers_of(own, kernels=(drawn,))) is None


@pytest.mark.parametrize(
    ("initializer", "word"),
    [
        ({"class_name": "RandomNormal", "config": {"stddev": 1e-3}}, "small"),
        ({"class_name": "RandomUniform", "config": {"minval": -5.0, "maxval": 5.0}}, "large"),
        ({"class_name": "RandomNormal", "config": {"mean": 3.0, "stddev": 0.1}}, "large"),
    ],
)
def test_weights_of_the_wrong_size_are_an_error(initializer: dict[str, Any], word: str) -> None:
    own = plan()
    drawn = start(initializer, (32, 32))
    finding = find(BadInitialization, case(own, measured=stuck(own, layers=layers_of(own, kernels=(drawn,)))))
    assert finding.severity == "error"
    assert word in finding.cause


def test_one_kernel_a_little_off_is_a_warning_and_many_are_an_error() -> None:
    own = plan(units=(16, 16, 16, 16))
    off = kernel(std=kernel().std * 1.42 * 4)
    one = layers_of(own, first={"kernels": (off,)})
    assert find(BadInitialization, case(own, measured=stuck(own, layers=one))).severity == "warning"
    all_off = layers_of(own, kernels=(off,))
    assert find(BadInitialization, case(own, measured=stuck(own, layers=all_off))).severity == "error"


def test_a_handful_of_weights_may_be_small_by_chance() -> None:
    own = plan()
    layers = layers_of(own, kernels=(kernel(1, 2, std=0.2),))
    assert diagnosis(own, layers=layers) is None


def test_a_normalisation_behind_a_layer_makes_up_for_its_size() -> None:
    own = plan()
    small, normalisation = kernel(std=1e-4), layer("bn", class_name="BatchNormalization", kernels=())
    first, *others = layers_of(own, first={"kernels": (small,)})
    assert diagnosis(own, layers=(first, *others)) is not None
    assert diagnosis(own, layers=(first, normalisation, *others)) is None


def test_frozen_layers_and_weights_that_are_kept_are_as_they_should_be() -> None:
    own = plan()
    large = layers_of(own, kernels=(kernel(std=50.0),), trainable=False)
    assert diagnosis(own, layers=large) is None
    kept = own.model.model_copy(update={"source": UserModel(file="/model.keras", keep_weights=True)})
    assert diagnosis(own.replace(model=kept), layers=layers_of(own, kernels=(kernel(std=50.0),))) is None


def test_small_recurrent_kernels_are_harmless_and_large_ones_are_not() -> None:
    own = plan(template="rnn")
    small, large = (kernel(role="recurrent_kernel", std=std) for std in (1e-3, 5.0))
    assert diagnosis(own, layers=layers_of(own, kernels=(kernel(), small))) is None
    finding = diagnosis(own, layers=layers_of(own, kernels=(kernel(), large)))
    assert finding is not None
    assert finding.recipe == {"recurrent_initializer": "orthogonal"}


def test_nothing_is_wrong_with_the_start_of_a_training_that_learns() -> None:
    own = plan()
    assert (
        BadInitialization().find(
            case(own, measured=learning(own, layers=layers_of(own, kernels=(kernel(std=9.0),))))
        )
        is None
    )
