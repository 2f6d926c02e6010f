"""Every fix on every kind of model that users bring: what it changes, and whether the result trains."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remedy.config import FixSetting
from remedy.data import Dataset, Split, data_facts
from remedy.fixes import Fix, apply_recipe, builtin_fixes, get_fix
from remedy.models.build import rebuild
from remedy.plan import Model, Plan, diff
from remedy.preparation import _without_what_keras_refuses
from remedy.search import SearchSpace, build_search_space
from remedy.search.parameters import suggest_recipe
from remedy.training.evaluation import evaluate
from remedy.training.saved_model import load_model, save_model
from remedy.training.trial import train
from remedy.workers.user_code_child import _try_to_build
from tests.fixes.places import PLACE, SURGERY, values
from tests.models.user_models import NAMES, OPAQUE, REBUILT, baseline

every_fix = pytest.mark.parametrize("fix", builtin_fixes().values(), ids=list(builtin_fixes()))
every_layer_fix = pytest.mark.parametrize(
    "fix", [get_fix(name) for name in sorted(SURGERY)], ids=sorted(SURGERY)
)


@pytest.mark.parametrize("name", REBUILT)
def test_a_model_of_layers_can_be_taken_apart(name: str) -> None:
    assert baseline(name).model.opaque is None


@every_fix
@pytest.mark.parametrize("name", REBUILT)
def test_a_fix_changes_its_own_place_and_nothing_else(name: str, fix: Fix) -> None:
    plan = baseline(name)
    for value in values(fix, plan):
        for change in diff(plan, fix.apply(plan, value)):
            assert re.fullmatch(PLACE[fix.name], change.path), (value, change)


def interface(model: Model) -> Any:
    """What a model takes and gives: structure, names, shapes and types of its inputs, shape of its output."""
    built = rebuild(model)
    if isinstance(built, keras.Sequential) and not built.built:
        built.build((None, 8, 2))
    tensors = built.inputs if isinstance(built, keras.Sequential) else built.input
    taken = keras.tree.map_structure(lambda tensor: (tensor.name, tensor.shape, tensor.dtype), tensors)
    return taken, built.output_shape


@pytest.mark.parametrize("name", REBUILT)
def test_a_changed_model_takes_and_gives_what_it_did(name: str) -> None:
    plan = baseline(name)
    before, written = interface(plan.model), plan.model_dump_json()
    for fix in map(get_fix, sorted(SURGERY)):
        for value in values(fix, plan):
            changed = fix.apply(plan, value).model
            if changed != plan.model:
                assert interface(changed) == before, (fix.name, value)
    assert plan.model_dump_json() == written


MASKED = {"masked_bidirectional": -1.0, "token_sequences": 0, "functional_tokens_with_masks": 0}


@pytest.mark.parametrize("name", MASKED)
def test_masked_steps_stay_without_effect(name: str) -> None:
    """Where they stand among the others makes no difference to the answer."""
    plan, padding = baseline(name), MASKED[name]
    rng = np.random.default_rng(0)
    known = rng.integers(1, 20, (4, 5)) if padding == 0 else rng.normal(size=(4, 5, 2))
    empty = np.full_like(known[:, :3], padding)
    tried = 0
    for fix in map(get_fix, ("activation", "batch_normalization", "cell", "depth")):
        for value in values(fix, plan):
            model = rebuild(fix.apply(plan, value).model)
            after, between = (
                model(np.concatenate(parts, axis=1), training=False)
                for parts in ([known, empty], [known[:, :2], empty, known[:, 2:]])
            )
            np.testing.assert_allclose(after, between, atol=1e-6, err_msg=f"{fix.name} {value}")
            tried += 1
    assert tried > 5


@pytest.mark.parametrize("name", sorted(OPAQUE))
@every_layer_fix
def test_a_model_that_cannot_be_taken_apart_rules_layer_fixes_out(name: str, fix: Fix) -> None:
    plan = baseline(name)
    reason = fix.left_out(plan)
    assert reason is not None
    assert str(plan.model.opaque) in reason


def made_up(plan: Plan, count: int, *, missing: bool, binary: bool) -> Split:
    """Samples that fit the plan's model."""
    rng = np.random.default_rng(count)
    inputs: dict[str, Any] = {}
    for name, shape in plan.data.input_shapes.items():
        sizes = (count, *(8 if size is None else size for size in shape))
        if name in plan.preprocessing.tokens:
            inputs[name] = rng.integers(0, 20, sizes)
        else:
            inputs[name] = rng.normal(10, 5, sizes)
            inputs[name][..., -1] = 3.0  # a feature that never varies
            if missing:
                inputs[name].reshape(count, -1)[1::4, 0] = np.nan
    steps = plan.data.target_steps
    y = rng.normal(100, 30, (count, 1) if steps is None else (count, steps, 1))
    rows = np.arange(count, dtype=np.int64)
    X = inputs if len(inputs) > 1 else next(iter(inputs.values()))
    return Split(X, (y > 105).astype(float) if binary else y, rows[:, None], rows)


@functools.cache
def dataset(name: str, *, missing: bool, binary: bool) -> Dataset:
    plan = baseline(name)
    train_split, validation, test = (
        made_up(plan, count, missing=missing, binary=binary) for count in (12, 8, 4)
    )
    return Dataset(
        task="binary" if binary else "regression",
        train=train_split,
        validation=validation,
        test=test,
        features=("x",),
        targets=("y",),
        classes=("0", "1") if binary else (),
        fingerprint="0" * 64,
        rows=24,
        split_by="time",
        notes=(),
    )


class _HereAndNow:
    """Builds models in this process, where Keras is loaded already."""

    def try_to_build(self, plans: Sequence[Plan]) -> list[str | None]:
        return _try_to_build(list(plans))


def prepared(name: str, *, missing: bool, binary: bool) -> tuple[Plan, SearchSpace]:
    """The baseline on its data, and what can be said to be worth a try without building a model."""
    facts = data_facts(dataset(name, missing=missing, binary=binary))
    plan = baseline(name).replace(epochs=1, batch_size=4, data=facts)
    if binary:
        plan = plan.replace(task="binary", metric="log_loss")
    every_fix = {fix: FixSetting(None, required=False) for fix in builtin_fixes()}
    return plan, build_search_space(every_fix, plan)


class _Drawn:
    """Chooses a recipe as an Optuna trial would."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        return self.draw(st.sampled_from(choices), label=name)

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None, log: bool) -> float:
        assert step is None
        return self.draw(st.floats(low, high), label=name)

    def suggest_int(self, name: str, low: int, high: int, *, step: int, log: bool) -> int:
        return self.draw(st.integers(0, (high - low) // step), label=name) * step + low


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_tried_has_a_reason(name: str) -> None:
    plan, space = prepared(name, missing=False, binary=False)
    assert set(space.fixes) | set(space.ruled_out) == set(builtin_fixes())
    assert all(space.ruled_out.values())
    # These layers are common enough for the fixes to know what they may do: Keras refuses nothing of it.
    assert _without_what_keras_refuses(space, plan, _HereAndNow()) == space  # type: ignore[arg-type]


@pytest.mark.slow
@given(st.data(), st.sampled_from(NAMES), st.booleans(), st.booleans())
@settings(
    max_examples=24,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_whatever_a_search_may_try_trains(
    tmp_path: Path, data: st.DataObject, name: str, missing: bool, binary: bool
) -> None:
    plan, space = prepared(name, missing=missing, binary=binary)
    recipe = suggest_recipe(_Drawn(data.draw), space)  # type: ignore[arg-type]
    plan, samples = apply_recipe(plan, recipe), dataset(name, missing=missing, binary=binary)
    trained = train(plan, samples, seed=0)
    model = load_model(save_model(trained.model, plan, tmp_path / "model.keras"), plan)
    if math.isfinite(trained.outcome.skill):
        assert len(trained.outcome.curve) == plan.epochs
        skill = evaluate(model, plan, trained.preprocessor, samples.validation).skill
        assert skill == pytest.approx(trained.outcome.skill, rel=2e-3, abs=2e-3)
