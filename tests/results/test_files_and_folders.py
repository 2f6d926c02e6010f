"""A study's files are whole or absent, and a folder belongs to one experiment and one run at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remedy import pipeline
from remedy.config import Experiment, parse_experiment, to_plain
from remedy.errors import StudyError
from remedy.plan import KerasObject, Layer, Model, Plan
from remedy.results.curves import COLUMNS, Curves
from remedy.results.files import write_atomically, write_json, write_text
from remedy.results.folder import StudyFolder, find_study, studies
from remedy.training import EpochRecord
from tests.full_disk import no_file_beyond

BASELINE = Plan(
    task="regression",
    metric="mse",
    model=Model(input_shape=(3,), layers=(Layer(class_name="Dense", name="output", config={"units": 1}),)),
    optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.001}),
    loss="mse",
    epochs=5,
    batch_size=16,
)


def make_experiment(**search: object) -> Experiment:
    return parse_experiment(
        {
            "name": "waves",
            "data": {"source": "waves.csv", "target": "y"},
            "model": {"template": "dense"},
            "search": search or {"trials": 5},
        }
    )


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    write_text(path, "old")

    def fail(unfinished: Path) -> None:
        unfinished.write_text("half of the n")
        raise ValueError("interrupted")

    with pytest.raises(ValueError, match="interrupted"):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["trials.csv"]


def test_on_a_full_disk_the_old_file_stays_and_the_line_says_what_to_do(tmp_path: Path) -> None:
    write_text(tmp_path / "trials.csv", "old")
    curves = Curves(tmp_path, "search")
    curves.save(0, curve(3, 2))
    before = sorted(tmp_path.rglob("*"))
    message = r"cannot be written \(File too large\); allow larger files \(ulimit -f\), then the same command"
    with no_file_beyond(1000):
        with pytest.raises(StudyError, match=rf"trials\.csv: {message}"):
            write_text(tmp_path / "trials.csv", "new" * 1000)
        with pytest.raises(StudyError, match=rf"curves/search/1\.parquet: {message}"):
            curves.save(1, curve(1))
        with pytest.raises(StudyError, match=rf"curves\.parquet: {message}"):
            curves.merge()
    assert (tmp_path / "trials.csv").read_text() == "old"
    assert sorted(tmp_path.rglob("*")) == before


def test_numbers_that_json_does_not_know_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(tmp_path / "verdict.json", {"skill": float("nan")})
    write_json(tmp_path / "verdict.json", {"skill": 0.5})
    assert json.loads((tmp_path / "verdict.json").read_text()) == {"skill": 0.5}


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = "cannot be written \\(a file is where a folder should be\\)"
    with pytest.raises(StudyError, match=message):
        write_text(tmp_path / "file" / "trials.csv", "")
    with pytest.raises(StudyError, match=message):
        StudyFolder(tmp_path / "file" / "waves").hold()


def test_two_runs_cannot_work_on_one_study_at_once(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "waves")
    with folder.hold(), pytest.raises(StudyError, match="another run is working on this study"):
        StudyFolder(tmp_path / "waves").hold()
    with folder.hold():
        pass
    with folder.hold():
        pass


ENVIRONMENT = {"data": {"source": "waves.csv", "sha256": "abc"}}


def test_a_folder_takes_the_same_experiment_with_more_trials_but_no_other(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.adopt(make_experiment(trials=5), ENVIRONMENT, BASELINE)
    folder.adopt(make_experiment(trials=50, timeout="10m", workers=1), ENVIRONMENT, BASELINE)
    assert "trials: 50" in folder.experiment.read_text()
    with pytest.raises(StudyError, match=r"another experiment \(changed: search\.seed\); add --fresh"):
        folder.adopt(make_experiment(trials=5, seed=1), ENVIRONMENT, BASELINE)
    assert "seed: 0" in folder.experiment.read_text()


def test_of_many_changes_the_first_are_named(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.adopt(make_experiment(), ENVIRONMENT, BASELINE)
    one = make_experiment().model_copy(update={"fixes": {}})
    with pytest.raises(
        StudyError, match=r"changed: (fixes\.\w+(, )?){6} and \d+ more\); add --extend to go on"
    ):
        folder.adopt(one, ENVIRONMENT, BASELINE)


def test_a_study_whose_digests_cannot_be_read_does_not_go_on(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.adopt(make_experiment(), ENVIRONMENT, BASELINE)
    for damaged in ("{", "[]"):
        folder.environment.write_text(damaged)
        with pytest.raises(StudyError, match=r"environment\.json: cannot be read .* --fresh"):
            folder.adopt(make_experiment(), ENVIRONMENT, BASELINE)


def test_a_study_does_not_go_on_with_other_data_under_the_same_name(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.adopt(make_experiment(), ENVIRONMENT, BASELINE)
    with pytest.raises(StudyError, match=r"\(changed: the content of waves\.csv\)"):
        folder.adopt(make_experiment(), {"data": {"source": "waves.csv", "sha256": "xyz"}}, BASELINE)
    assert json.loads(folder.environment.read_text()) == ENVIRONMENT


def test_fresh_deletes_a_study_but_nothing_else(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "waves")
    with folder.hold():
        folder.adopt(make_experiment(), ENVIRONMENT, BASELINE)
        (folder.path / "models").mkdir()
        (folder.path / "models" / "a.keras").write_text("")
        (folder.path / "notes.txt").write_text("mine")
        folder.clear()
        assert sorted(path.name for path in folder.path.iterdir()) == [".lock", "notes.txt"]
        folder.remove()
        assert [path.name for path in folder.path.iterdir()] == ["notes.txt"]


def test_a_folder_that_holds_something_else_is_never_taken_for_a_study(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(StudyError, match="is not empty and no study; give the experiment another name"):
        StudyFolder(tmp_path).hold()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_fresh_waits_for_nobody_and_deletes_nothing_of_a_running_study(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = tmp_path_factory.mktemp("data") / "waves.csv"
    source.write_text("a,y\n" + "".join(f"{i},{i * i % 7}\n" for i in range(60)))
    plain = to_plain(make_experiment()) | {"data": {"source": str(source), "target": "y"}}
    folder = StudyFolder(tmp_path / "waves")
    with folder.hold():
        folder.adopt(make_experiment(), ENVIRONMENT, BASELINE)
        with pytest.raises(StudyError, match="another run is working on this study"):
            pipeline.run(plain, results=tmp_path, fresh=True)
        assert folder.experiment.exists()


def test_a_verdict_that_is_forgotten_is_told_nowhere_any_more(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    told = (folder.verdict, folder.report, folder.markdown)
    folder.figures.mkdir()
    for path in (*told, folder.figures / "fixes.svg", folder.trials):
        path.write_text("unstuck")
    folder.forget_verdict()
    assert [path.name for path in tmp_path.iterdir()] == ["trials.csv"]


def test_a_study_is_found_by_name_or_path_and_a_wrong_name_lists_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("waves", "tides"):
        StudyFolder(tmp_path / name).adopt(make_experiment(), ENVIRONMENT, BASELINE)
    assert find_study("waves", tmp_path).path == tmp_path / "waves"
    monkeypatch.chdir(tmp_path / "waves")
    assert find_study(".", tmp_path).path.name == "waves"
    assert find_study("../waves", tmp_path).path == Path("../waves")
    assert find_study(str(tmp_path / "tides"), tmp_path / "nowhere").path == tmp_path / "tides"
    assert {folder.path.name for folder in studies(tmp_path)} == {"waves", "tides"}
    with pytest.raises(StudyError, match=r"no study 'wave' under .*(waves, tides|tides, waves)"):
        find_study("wave", tmp_path)
    with pytest.raises(StudyError, match="nor any other; remedy run makes one"):
        find_study("wave", tmp_path / "nowhere")


def curve(*losses: float) -> tuple[EpochRecord, ...]:
    return tuple(
        EpochRecord(i, loss, loss, 1 - loss, 1 - loss, 1e-3, 2.0) for i, loss in enumerate(losses, 1)
    )


def test_curves_are_kept_at_once_and_end_up_in_one_table(tmp_path: Path) -> None:
    curves = Curves(tmp_path, "search")
    assert list(curves.read().columns) == COLUMNS
    curves.save(10, curve(3, 2))
    curves.save(2, curve(5, float("nan")))
    assert list(zip(curves.read()["trial"], curves.read()["epoch"], strict=True)) == [
        (2, 1),
        (2, 2),
        (10, 1),
        (10, 2),
    ]
    curves.merge()
    curves.save(11, curve(1))
    curves.merge()
    curves.merge()
    table = pd.read_parquet(tmp_path / "curves.parquet")
    assert list(table.columns) == COLUMNS
    assert list(table["trial"]) == [2, 2, 10, 10, 11]
    pd.testing.assert_frame_equal(table, Curves(tmp_path, "search").read())
    assert list((tmp_path / "curves").iterdir()) == []


def test_a_kill_while_curves_are_merged_loses_and_doubles_nothing(tmp_path: Path) -> None:
    curves = Curves(tmp_path, "baseline")
    curves.save(0, curve(3, 2))
    part = (tmp_path / "curves" / "baseline" / "0.parquet").read_bytes()
    curves.merge()
    (tmp_path / "curves" / "baseline").mkdir()
    (tmp_path / "curves" / "baseline" / "0.parquet").write_bytes(part)
    assert len(curves.read()) == 2
    curves.merge()
    assert len(pd.read_parquet(tmp_path / "curves-baseline.parquet")) == 2


def test_a_curve_takes_the_place_of_a_longer_one_with_its_number(tmp_path: Path) -> None:
    curves = Curves(tmp_path, "search")
    curves.save(0, curve(5, 4, 3, 2))
    curves.save(1, curve(7, float("nan")))
    curves.merge()
    curves.save(0, curve(9, 8))  # the study was deleted and begun anew
    assert list(curves.read()["loss"][:3]) == [9, 8, 7]
    assert curves.ends()[0] == curve(9, 8)[-1]
    assert np.isnan(curves.ends()[1].loss)
    curves.merge()
    assert len(pd.read_parquet(tmp_path / "curves.parquet")) == 4


def number_of_a_dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_a_curve_that_a_worker_writes_while_the_run_merges_is_kept(tmp_path: Path) -> None:
    curves = Curves(tmp_path, "search")
    curves.save(0, curve(3, 2))
    being_written = tmp_path / "curves" / "search" / f".{os.getpid()}-1.parquet"
    being_written.write_bytes(b"PAR1 and not more yet")
    curves.merge()
    assert being_written.exists()
    assert list(curves.read()["trial"]) == [0, 0]


def test_a_kill_while_a_curve_is_written_costs_nothing_but_that_curve(tmp_path: Path) -> None:
    curves = Curves(tmp_path, "search")
    curves.save(0, curve(3, 2))
    torn = tmp_path / "curves" / "search" / f".{number_of_a_dead_process()}-1.parquet"
    torn.write_bytes(b"PAR1 and no more")
    assert list(curves.read()["trial"]) == [0, 0]
    curves.merge()
    assert list(pd.read_parquet(tmp_path / "curves.parquet")["trial"]) == [0, 0]
    curves.save(1, curve(1))
    curves.merge()
    assert list(curves.read()["trial"]) == [0, 0, 1]


def test_what_killed_runs_left_half_written_is_removed_by_the_next(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    dead = number_of_a_dead_process()
    left = [
        f".{dead}-verdict.json",
        f"models/.{dead}-0a1b-3.keras",
        f"curves/search/.{dead}-4.parquet",
        f"best/.{dead}-model.keras",
    ]
    left += [".best/model.keras", ".best-x1/.export-y2/out/train.py"]
    kept = ["models/0a1b-3.keras", "curves/search/3.parquet", "best/model.keras"]
    kept += [f"inputs/.{dead}-data.npz", f"models/.{os.getpid()}-0a1b-4.keras"]
    for name in (*left, *kept):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    folder.adopt(make_experiment(), ENVIRONMENT, BASELINE)
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {*kept, "experiment.yaml", "environment.json", "baseline.json"}


@pytest.mark.parametrize(
    ("begun_with", "again"),
    [
        (["/venv/bin/remedy", "run", "my data.yaml", "--fresh"], "remedy run 'my data.yaml'"),
        (["remedy.exe", "run", "sine.yaml", "--trials", "9"], "remedy run sine.yaml --trials 9"),
        (["train.py"], "remedy run FILE"),
        (["remedy"], "remedy run FILE"),
        ([], "remedy run FILE"),
        (None, "remedy run FILE"),
    ],
)
def test_a_study_knows_the_command_that_goes_on_with_it(
    tmp_path: Path, begun_with: list[str] | None, again: str
) -> None:
    study = StudyFolder(tmp_path)
    assert study.command_to_go_on() == "remedy run FILE"
    study.environment.write_text(json.dumps({"command_line": begun_with}))
    assert study.command_to_go_on() == again
