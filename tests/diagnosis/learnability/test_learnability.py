from __future__ import annotations

import json
import math
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from remedy.data import Dataset
from remedy.diagnosis import Learnability, ProbeResult, probe_learnability
from remedy.plan import Metric, Task
from tests.diagnosis.samples import autoregressive, dataset, plan, windows


def _features(samples: int = 1200, columns: int = 5, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(samples, columns))


def _noise(*shape: int) -> NDArray[np.float64]:
    return np.random.default_rng(99).normal(size=shape)


def _linear(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """A target of which R2 0.3 can be explained."""
    return math.sqrt(0.3 / 0.7) * X[:, :1] + _noise(len(X), 1)


def _probe(data: Dataset, metric: Metric | None = None, tokens: tuple[str, ...] = ()) -> Learnability:
    return probe_learnability(data, plan(data.task, metric, tokens))


def _skill(found: Learnability, name: str) -> float:
    return next(probe.skill for probe in found.probes if probe.name == name)


@pytest.mark.parametrize("metric", ["mse", "mae"])
def test_a_weak_linear_signal_is_found(metric: Metric) -> None:
    X = _features()
    found = _probe(dataset("regression", X, _linear(X)), metric)
    assert found.has_signal
    assert 0.1 < _skill(found, "ridge") < 0.4


def test_a_sine_is_found_that_no_line_goes_along_with() -> None:
    X = _features()
    found = _probe(dataset("regression", X, np.sin(3 * X[:, :1]) + 0.3 * _noise(1200, 1)))
    assert found.has_signal
    assert _skill(found, "ridge") < 0.1
    assert found.best.name == "gradient_boosting"


@pytest.mark.parametrize(("task", "classes"), [("binary", 2), ("multiclass", 2), ("multilabel", 0)], ids=str)
def test_exclusive_or_is_found(task: Task, classes: int) -> None:
    X = _features(columns=2)
    label = (X[:, :1] * X[:, 1:] > 0).astype(np.int64 if task == "multiclass" else np.float64)
    found = _probe(dataset(task, X, label, classes=classes))
    assert found.has_signal
    assert _skill(found, "logistic") < 0.1
    assert _skill(found, "nearest_neighbours") > 0.5


def test_a_noisy_series_is_found_to_follow_its_past() -> None:
    X, y, rows = windows(autoregressive(np.random.default_rng(0), 1200, 0.6), 12)
    found = _probe(dataset("regression", X, y, split_by="time", rows=rows))
    assert found.has_signal
    assert 0.2 < _skill(found, "ridge") < 0.5


def test_windows_cut_before_are_treated_like_windows_cut_here() -> None:
    X, y, rows = windows(autoregressive(np.random.default_rng(0), 600, 0.6), 12)
    cut_here = dataset("regression", X, y, split_by="time", rows=rows)
    assert _probe(cut_here) == _probe(dataset("regression", X, y, split_by="time"))


def test_ridge_has_the_skill_that_scikit_learn_gives_it() -> None:
    X = _features()
    y = np.concatenate([_linear(X), 50 - 9 * X[:, 2:3] * X[:, 1:2]], axis=1)
    data = dataset("regression", X, y)
    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 5, 8), alpha_per_target=True))
    model.fit(data.train.X, (data.train.y - data.train.y.mean(axis=0)) / data.train.y.std(axis=0))
    predicted = model.predict(data.validation.X) * data.train.y.std(axis=0) + data.train.y.mean(axis=0)
    assert _skill(_probe(data), "ridge") == pytest.approx(r2_score(data.validation.y, predicted), abs=1e-9)


def test_skill_does_not_depend_on_offset_and_unit_of_the_target() -> None:
    X = _features()
    y = _linear(X)
    plain, moved = (_probe(dataset("regression", X, values)) for values in (y, 1e6 + 1e-2 * y))
    for one, other in zip(plain.probes, moved.probes, strict=True):
        assert other.skill == pytest.approx(one.skill, abs=1e-3)


def test_columns_that_say_nothing_or_are_broken_do_no_harm() -> None:
    X = _features()
    broken = np.concatenate([X, X, 1e9 + 0 * X[:, :1], X[:, :1] * 1e-9], axis=1)
    broken[::7, 1], broken[::5, 2], broken[::9, 3] = np.nan, np.inf, -np.inf
    broken[:, 4] = np.nan
    broken[5, 5], broken[6, 5] = 1e300, -1e308
    found = _probe(dataset("regression", broken, _linear(X)))
    assert _skill(found, "ridge") == pytest.approx(
        _skill(_probe(dataset("regression", X, _linear(X))), "ridge"), abs=0.02
    )


@pytest.mark.parametrize(
    ("task", "y"),
    [
        ("regression", _noise(60, 2)),
        ("binary", (_noise(60, 1) > 0).astype(float)),
        ("multiclass", np.arange(60)[:, np.newaxis] % 3),
        ("multilabel", (_noise(60, 2) > 0).astype(float)),
    ],
)
def test_inputs_without_any_information_are_no_signal(task: Task, y: NDArray[Any]) -> None:
    for value in (0.0, np.nan):
        found = _probe(dataset(task, np.full((60, 2), value), y, classes=3))
        assert not found.has_signal
        assert all(math.isfinite(probe.skill) for probe in found.probes)


def test_classes_that_a_split_lacks_cost_little() -> None:
    X = _features(200)
    y = (X[:, :1] > 0).astype(np.int64)
    y[199] = 4
    assert _probe(dataset("multiclass", X, y, classes=7)).has_signal  # 4 to be tested, others never
    y[150] = 5  # validated, never trained
    assert _probe(dataset("multiclass", X, y, classes=7)).best.skill > 0


def test_five_validation_samples_are_enough_to_run() -> None:
    X = _features(25)
    for task, y in {"regression": X[:, :1], "binary": (X[:, :1] > 0).astype(float)}.items():
        found = _probe(dataset(task, X, y, shares=(0.6, 0.8)))  # type: ignore[arg-type]
        assert all(probe.skill_low <= probe.skill <= probe.skill_high for probe in found.probes)


def test_a_label_that_training_rows_all_share_is_survived() -> None:
    X = _features(100)
    y = (X[:, :2] > 0).astype(float)
    y[:60, 1] = 1
    assert _probe(dataset("multilabel", X, y)).probes[0].name == "logistic"


def test_tokens_are_counted_and_not_taken_for_numbers() -> None:
    tokens = np.random.default_rng(0).integers(0, 40, size=(600, 12))
    odd = (tokens == 17).any(axis=1, keepdims=True).astype(float)
    data = dataset("binary", tokens, odd)
    assert _skill(_probe(data, tokens=("X",)), "logistic") > 0.8
    assert _skill(_probe(data), "logistic") < 0.2


def test_of_padded_sequences_only_what_is_no_padding_counts() -> None:
    generator = np.random.default_rng(0)
    X, lengths = generator.normal(size=(600, 15, 2)), generator.integers(1, 16, size=600)
    y = X[np.arange(600), lengths - 1, :1].copy()
    padding = np.arange(15) >= lengths[:, np.newaxis]
    X[padding] = 0
    found = _probe(dataset("regression", X, y, lengths=lengths))
    assert _skill(found, "ridge") > 0.99
    X[padding] = 1e6 * generator.normal(size=(padding.sum(), 2))
    assert _probe(dataset("regression", X, y, lengths=lengths)) == found
    tokens = generator.integers(0, 9, size=(600, 15))
    before = _probe(dataset("regression", tokens, y, lengths=lengths), tokens=("X",))
    tokens[padding] = 3
    assert _probe(dataset("regression", tokens, y, lengths=lengths), tokens=("X",)) == before


def test_several_inputs_are_looked_at_together() -> None:
    X, tokens = _features(900), np.random.default_rng(5).integers(0, 30, size=(900, 4))
    y = X[:, :1] + 2 * (tokens == 7).sum(axis=1, keepdims=True)
    both = _probe(dataset("regression", {"numbers": X, "words": tokens}, y), tokens=("words",))
    assert _skill(both, "ridge") > 0.95
    assert _skill(_probe(dataset("regression", {"numbers": X}, y)), "ridge") < 0.8


@pytest.mark.parametrize("form", ["numbers", "tokens"])
def test_a_target_for_every_step_is_found_in_the_steps_before(form: str) -> None:
    generator = np.random.default_rng(0)
    if form == "tokens":
        X: NDArray[Any] = generator.integers(0, 5, size=(300, 9))
        found = _probe(dataset("multiclass", X, X[:, :, np.newaxis] % 3, classes=3), tokens=("X",))
    else:
        X = generator.normal(size=(300, 9, 2))
        y = np.concatenate([X[:, :1, :1] * 0, X[:, :-1, 1:]], axis=1)
        found = _probe(dataset("regression", X, y))
    assert found.best.skill > 0.8


def test_a_step_after_another_is_found_where_the_input_has_no_steps() -> None:
    X = _features(300)
    y = X[:, np.newaxis, :1] + np.arange(7)[:, np.newaxis]
    assert _probe(dataset("regression", X, y)).best.skill > 0.95


def test_one_column_of_thousands_is_found() -> None:
    X = _features(700, 3000)
    found = _probe(dataset("regression", X, 2 * X[:, 1234:1235] + _noise(700, 1)))
    assert found.best.skill_low > 0.4


def test_images_on_disk_give_the_same_as_in_memory(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    label = generator.integers(0, 2, size=(400, 1))
    images = generator.integers(0, 256, size=(400, 40, 40, 3), dtype=np.uint8)
    images[label[:, 0] == 1, :20] //= 2
    np.save(tmp_path / "X.npy", images)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    found = _probe(dataset("binary", mapped, label.astype(float)))
    assert found.best.skill_low > 0.8
    assert found == _probe(dataset("binary", images, label.astype(float)))


def test_the_test_split_is_not_touched() -> None:
    class Untouchable:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(f"{name} of the test split was read")

    X = _features(200)
    data = dataset("regression", X, _linear(X))
    untested = replace(data, test=Untouchable())  # type: ignore[arg-type]
    assert _probe(untested) == _probe(data)


def test_the_same_seed_gives_the_same_result() -> None:
    X = _features(6000)
    data = dataset("regression", X, _linear(X))
    assert probe_learnability(data, plan("regression"), seed=3) == probe_learnability(
        data, plan("regression"), seed=3
    )


def test_best_is_the_probe_that_is_surest() -> None:
    sure, lucky = ProbeResult("ridge", 0.3, 0.2, 0.4), ProbeResult("gradient_boosting", 0.5, -0.1, 0.9)
    assert Learnability((lucky, sure)).best is sure
    assert Learnability((lucky, sure)).has_signal
    assert not Learnability((lucky,)).has_signal
    assert not Learnability((replace(sure, skill_low=1e-16),)).has_signal


def test_results_survive_json() -> None:
    found = Learnability(
        (
            ProbeResult("ridge", 0.25, 0.125, 0.5),
            ProbeResult("nearest_neighbours", -math.inf, -math.inf, -math.inf),
        )
    )
    assert Learnability.from_plain(json.loads(json.dumps(found.to_plain(), allow_nan=False))) == found


@pytest.mark.slow
def test_thousands_of_windows_take_seconds() -> None:
    X, y, rows = windows(autoregressive(np.random.default_rng(0), 10_030, 0.6), 30)
    data = dataset("regression", X, y, split_by="time", rows=rows, shares=(0.5, 0.99))
    start = time.process_time()
    _probe(data)
    assert time.process_time() - start < 5


def test_tensorflow_is_not_loaded() -> None:
    code = (
        "import sys, numpy as np; from tests.diagnosis.samples import dataset, plan;"
        "from remedy.diagnosis import probe_learnability;"
        "X = np.random.default_rng(0).normal(size=(90, 2));"
        "probe_learnability(dataset('regression', X, X[:, :1]), plan('regression'));"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_loading_the_probes_leaves_no_package_of_scikit_learn_to_be_imported(task: Task) -> None:
    code = f"""
        import sys
        import numpy as np
        from remedy.diagnosis import load_probes, probe_learnability
        from tests.diagnosis.samples import dataset, plan

        def packages():
            return {{".".join(name.split(".")[:2]) for name in sys.modules if name.startswith("sklearn.")}}

        assert not packages(), packages()
        load_probes()
        loaded = packages()
        X = np.random.default_rng(0).normal(size=(300, 400))
        y = (X[:, :1] > 0).astype("int64") if "{task}" == "binary" else X[:, :1]
        probe_learnability(dataset("{task}", X, y, classes=2), plan("{task}"))
        print(*sorted(packages() - loaded))
    """
    probed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert probed.stdout.split() == []
