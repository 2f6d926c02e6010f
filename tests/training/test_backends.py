"""A backend is an accelerator: the same plan and seed give the same curve on each."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remedy.errors import ConfigError
from remedy.workers.keras_backend import keras_backend
from tests.training import curves_of_plans

needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs remedy[jax]")


def curves_on(backend: str) -> dict[str, Any]:
    trained = subprocess.run(
        [sys.executable, "-m", curves_of_plans.__name__],
        env=os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert trained.returncode == 0, trained.stderr
    curves: dict[str, Any] = json.loads(trained.stdout)
    return curves


@needs_jax
def test_curves_are_the_same_on_every_backend_and_for_models_that_are_used_again() -> None:
    tensorflow, jax = curves_on("tensorflow"), curves_on("jax")
    assert tensorflow.keys() == jax.keys() == curves_of_plans.plans().keys()
    for plan, runs in tensorflow.items():
        assert len(runs["fresh"]) == curves_of_plans.EPOCHS
        np.testing.assert_allclose(runs["pooled"], runs["fresh"], rtol=1e-6, err_msg=plan)
        np.testing.assert_allclose(jax[plan]["pooled"], jax[plan]["fresh"], rtol=1e-6, err_msg=plan)
        np.testing.assert_allclose(jax[plan]["fresh"], runs["fresh"], rtol=1e-3, atol=1e-5, err_msg=plan)


def test_a_backend_that_cannot_train_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(ConfigError, match="KERAS_BACKEND=torch: trainings run with tensorflow or jax"):
        keras_backend()


def test_tensorflow_trains_unless_something_else_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert keras_backend() == "tensorflow"


@needs_jax
def test_jax_trains_if_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert keras_backend() == "jax"
