"""Counts right and wrong diagnoses: planted faults that are named first, and findings in healthy trainings.

Run as `python -m benchmarks.diagnosis`; see README.md beside this file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.faults import FAULTS
from benchmarks.healthy import HEALTHY
from benchmarks.patients import Patient
from benchmarks.table import append_row, read_rows, say
from remedy.examination import examine
from remedy.preparation import prepare
from remedy.workers import WorkerPool

OUT = Path("results/reference/diagnosis.csv")


@dataclass(frozen=True)
class Row:
    """One diagnosis, as a line of the CSV file.

    Attributes:
        expected: the symptoms of which one is the cause, empty for a healthy training.
        place: of the first of these among the findings, from 1; 0 if it was not found.
        first: the first finding.
        errors: findings of that severity.
        warnings: likewise.
        others: all findings but the first, in order.
    """

    name: str
    model: str
    seed: int
    expected: str
    place: int
    first: str
    errors: int
    warnings: int
    others: str
    seconds: float

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells diagnoses apart."""
        return self.name, self.model, self.seed

    @property
    def is_right(self) -> bool:
        """The planted fault is named first, or a healthy training is not complained about."""
        return self.place == 1 if self.expected else self.errors == self.warnings == 0


def examine_patient(patient: Patient, seed: int) -> Row:
    """Diagnose one training in a temporary folder."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="remedy-benchmark-") as folder:
        prepared = prepare(patient.experiment(seed, Path(folder)))
        with WorkerPool(prepared.dataset, 1) as pool:
            diagnosis = examine(prepared, pool)
    found = [finding.symptom for finding in diagnosis.findings]
    severities = [finding.severity for finding in diagnosis.findings]
    return Row(
        patient.name,
        patient.model,
        seed,
        " or ".join(patient.causes),
        next((place for place, name in enumerate(found, start=1) if name in patient.causes), 0),
        found[0] if found else "",
        severities.count("error"),
        severities.count("warning"),
        " ".join(found[1:]),
        round(time.monotonic() - started, 1),
    )


def summary(rows: Sequence[Row]) -> list[str]:
    """How many faults were named first, and what healthy trainings were accused of."""
    planted = [row for row in rows if row.expected]
    healthy = [row for row in rows if not row.expected]
    lines = []
    if planted:
        first, found = sum(row.place == 1 for row in planted), sum(row.place > 0 for row in planted)
        lines.append(f"planted: {first} of {len(planted)} named first, {found} found at all")
    if healthy:
        errors, warnings = sum(row.errors for row in healthy), sum(row.warnings for row in healthy)
        lines.append(f"healthy: {errors} errors and {warnings} warnings in {len(healthy)} trainings")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Diagnose what the CSV file does not hold yet, and sum up.

    Returns:
        The exit status: 1 if a diagnosis is wrong, 2 if no training fits.
    """
    options = _parser().parse_args(arguments)
    chosen = [
        patient for patient in (*FAULTS, *HEALTHY) if fnmatch(f"{patient.name} {patient.model}", options.only)
    ]
    if not chosen:
        say(f"no training is called {options.only}")
        return 2
    done = {row.key: row for row in read_rows(Row, options.out)}
    planned = [(patient, seed) for seed in range(options.seeds) for patient in chosen]
    rows = []
    for number, (patient, seed) in enumerate(planned, start=1):
        row = done.get((patient.name, patient.model, seed))
        if row is None:
            row = examine_patient(patient, seed)
            append_row(options.out, row)
        rows.append(row)
        say(_line(row, f"{number}/{len(planned)}"))
    for line in summary(rows):
        say(line)
    return int(not all(row.is_right for row in rows))


def _line(row: Row, place: str) -> str:
    mark = "ok   " if row.is_right else "WRONG"
    missed = f" (expected {row.expected}, place {row.place})" if row.expected and not row.is_right else ""
    others = f"; then {row.others}" if row.others else ""
    found = row.first or "nothing found"
    return f"{place:>7} {mark} {row.name}, {row.model}, seed {row.seed}: {found}{missed}{others}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnosis", description=__doc__)
    parser.add_argument("--only", default="*", metavar="GLOB", help="trainings whose name and model fit")
    parser.add_argument("--seeds", type=int, default=2, help="of data and training, from 0 (default: 2)")
    parser.add_argument("--out", type=Path, default=OUT, help=f"CSV file (default: {OUT})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
