"""Planted faults are named first, and healthy trainings left alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from benchmarks.diagnosis import Row, examine_patient, main, summary
from benchmarks.faults import FAULTS
from benchmarks.healthy import HEALTHY
from benchmarks.patients import Patient
from remedy.diagnosis import all_symptoms

EVERY = [*FAULTS, *HEALTHY]
ROW = Row("y in raw units", "dense", 0, "unscaled_target", 1, "unscaled_target", 1, 0, "", 9.0)


def _name(patient: Patient) -> str:
    return f"{patient.name} {patient.model}"


def test_there_are_enough_of_both_and_the_causes_are_symptoms() -> None:
    assert len(FAULTS) >= 20
    assert len(HEALTHY) >= 12
    assert len({_name(patient) for patient in EVERY}) == len(EVERY)
    assert {cause for patient in FAULTS for cause in patient.causes} <= all_symptoms().keys()


@pytest.mark.parametrize(
    "name",
    [
        "y in raw units lstm", "learning rate 1e-7 dense", "weights all zero lstm",
        "softmax on one unit dense", "gaps in X dense", "y shuffled dense",
    ],
)  # fmt: skip
def test_a_planted_fault_is_named_first(name: str) -> None:
    [patient] = [patient for patient in FAULTS if _name(patient) == name]
    row = examine_patient(patient, seed=1)
    assert row.place == 1, row


@pytest.mark.parametrize("name", ["rows dense", "waves gru", "digits conv2d", "sunspots lstm"])
def test_a_healthy_training_is_left_alone(name: str) -> None:
    [patient] = [patient for patient in HEALTHY if _name(patient) == name]
    row = examine_patient(patient, seed=1)
    assert row.is_right, row


def test_the_summary_counts_what_is_named_first_and_what_is_made_up() -> None:
    second = dataclasses.replace(ROW, place=2, first="no_signal")
    missed = dataclasses.replace(ROW, place=0, first="")
    accused = dataclasses.replace(ROW, expected="", place=0, errors=1, warnings=2)
    fine = dataclasses.replace(ROW, expected="", place=0, first="", errors=0)
    assert summary([ROW, second, missed, accused, fine]) == [
        "planted: 1 of 3 named first, 2 found at all",
        "healthy: 1 errors and 2 warnings in 2 trainings",
    ]
    assert [row.is_right for row in (ROW, second, missed, accused, fine)] == [True, False, False, False, True]


def test_a_name_that_fits_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nothing like it", "--out", str(tmp_path / "out.csv")]) == 2
    assert "no training is called nothing like it" in capsys.readouterr().out
    assert not (tmp_path / "out.csv").exists()
