"""The gallery: whole, varied, and each case diagnosed and decided as it has to be."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

import remedy
from benchmarks.gallery import GALLERY, GalleryCase, gallery
from remedy.diagnosis.registry import all_symptoms
from remedy.fixes import apply_recipe, builtin_fixes
from remedy.plan import diff
from remedy.preparation import Prepared, prepare
from remedy.search import recipe_parameters

CASES = gallery()
CURABLE = [case for case in CASES if case.is_curable]
SMALL_BUDGET = (
    *("search.workers=1", "search.until=unstuck"),
    *("confirm.top=1", "confirm.seeds=3", "ablation=false"),
)

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def prepared(case: GalleryCase) -> Prepared:
    return prepare(case.experiment, tell=lambda _: None)


@every_case
def test_a_case_is_whole(case: GalleryCase) -> None:
    experiment = prepared(case).experiment
    assert experiment.name == case.name
    assert set(case.symptoms) <= all_symptoms().keys()
    assert len(re.findall(r"[.?](?= |$)", case.story)) >= 3
    if case.is_curable:
        assert set(case.verdicts) <= {"unstuck", "undertrained"}
        assert all(fixes <= builtin_fixes().keys() for fixes in case.accepted)
    else:
        assert case.verdicts in {("already_learning",), ("no_signal",)}
        assert bool(case.symptoms) is (case.verdicts == ("no_signal",))


@pytest.mark.parametrize("case", CURABLE, ids=[case.name for case in CURABLE])
def test_the_known_cure_can_be_found_and_changes_something(case: GalleryCase) -> None:
    own = prepared(case)
    assert recipe_parameters(case.cure, own.space)
    assert diff(own.baseline, apply_recipe(own.baseline, case.cure))
    assert case.is_treated_by(case.cure)


def test_the_gallery_is_large_and_varied_enough() -> None:
    assert len(CURABLE) >= 30
    verdicts = Counter(case.verdicts for case in CASES)
    assert verdicts["already_learning",] >= 6
    assert verdicts["no_signal",] >= 4
    plans = {case.name: prepared(case).baseline for case in CASES}
    cells = {"LSTM", "GRU", "SimpleRNN"}
    recurrent = [
        case for case in CURABLE if any(layer.class_name in cells for layer in plans[case.name].model.layers)
    ]
    assert len(recurrent) >= 15
    tasks = {plan.task for plan in plans.values()}
    assert tasks == {"regression", "binary", "multiclass", "multilabel"}
    assert any(plan.data.target_steps for plan in plans.values())
    for kind in (CURABLE, [case for case in CASES if not case.is_curable]):
        held_out = sum(case.held_out for case in kind)
        assert 0.25 * len(kind) <= held_out <= 0.45 * len(kind)


def test_every_data_file_is_described() -> None:
    readme = (GALLERY / "data" / "README.md").read_text()
    for file in (GALLERY / "data").iterdir():
        assert file.name == "README.md" or file.name in readme or file.is_dir()


def test_the_page_tells_every_case() -> None:
    page = (Path(__file__).parents[2] / "docs" / "gallery.md").read_text()
    pictures = {path.stem for path in (Path(__file__).parents[2] / "docs" / "gallery").glob("*.svg")}
    assert pictures == {case.name for case in CASES}
    for case in CASES:
        assert case.story in page
        assert f"(gallery/{case.name}.svg)" in page


@pytest.mark.gallery
@every_case
def test_the_cause_is_named_first_and_the_verdict_is_right(case: GalleryCase, tmp_path: Path) -> None:
    trials = 16 if case.is_curable else 4
    overrides = [*SMALL_BUDGET, f"search.trials={trials}"]
    verdict = remedy.run(case.experiment, results=tmp_path, overrides=overrides)
    assert verdict.verdict in case.verdicts
    diagnosis = tmp_path / case.name / "diagnosis.json"
    found = json.loads(diagnosis.read_text())["symptoms"] if diagnosis.exists() else []
    first = [one["name"] for one in found[:1]]
    assert set(first) <= set(case.symptoms)
    assert bool(first) is bool(case.symptoms)
